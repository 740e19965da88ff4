//! `conformance`: plays the suite and writes its reports.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use reports::{
    github, markdown,
    terminal::{Progress, summary},
};
use sha2::{Digest as _, Sha256};
use suite::{
    oracle::facts::Profile,
    record::RunRecord,
    runner::{self, Head, Kept, Options, RunError, RunEvent, Selection, select},
    scenario::{self, Library},
    target::{Observation, Target, how_to_supply},
};

use crate::{
    console::{Console, fill},
    exit::{self, Trouble},
    jobs::jobs,
    nearest, place,
    stop::Stop,
    target::{Bench, Former, TargetOptions, scenarios_typed},
    unfinished::{self, Claim},
};

const LONG: &str = "\
Joue la suite contre un proxy et rend son verdict.

Sans cible, elle est jouée contre le proxy de référence embarqué : de quoi voir en quelques secondes \
à quoi ressemble une campagne. Avec --target seul, rien n'est à préparer chez la cible : la suite joue \
ce qui peut se tester de l'extérieur (« boîte noire ») et dit ce qui manque pour aller plus loin. Avec \
--space, la cible fait confiance à un espace simulé (cargo xtask kit) et tout peut être joué.";

const END: &str = "\
Exemples :
  cargo xtask conformance
  cargo xtask conformance --target 127.0.0.1:2525
  cargo xtask conformance --space kit                        (cible : kit/target.toml)
  cargo xtask conformance --space kit --target mx-test.hopital.fr --yes
  cargo xtask conformance --space kit --filter 4-certificat
  cargo xtask conformance --filter TM3.1P/5c --dry-run
  cargo xtask conformance --space kit --format github        (dans GitHub Actions)
  cargo xtask conformance --resume target/conformance/2026-11-27T21-00-00Z

Une campagne laisse dans son dossier record.json (l'enregistrement), junit.xml, report.html et
transcripts/ (chaque échange, octet par octet). Ctrl-C, SIGTERM et SIGHUP (terminal fermé)
l'arrêtent proprement : l'enregistrement partiel est écrit. Après un arrêt brutal (kill -9, disque
plein, panne), la commande suivante le signale, et --resume joue ce qui manque, avec la même cible
et les mêmes options, puis juge le tout. latest désigne la dernière campagne enregistrée.

Codes de sortie :
    0  concluant : toutes les exigences obligatoires testées sont tenues
    1  non concluant : au moins une exigence obligatoire n'est pas tenue
    2  commande, configuration ou scénario à corriger ; rien n'a été joué
    3  impossible de conclure : ennui d'environnement, exigence obligatoire non testée, ou résultat
       non écrit (disque plein ; les verdicts sont affichés, et la campagne se reprend)
  130  interrompu (Ctrl-C, SIGTERM, SIGHUP) ; l'enregistrement partiel est sur le disque
";

/// Joue la suite contre un proxy et rend son verdict
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END)]
pub(crate) struct Conformance {
    #[command(flatten)]
    target: TargetOptions,

    #[command(flatten)]
    choice: Choice,
}

/// What is played, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Campagne")]
struct Choice {
    /// Ne joue que ces scénarios : partie d'un identifiant, ou clause ; les témoins suivent
    #[arg(long, value_name = "TEXTE")]
    filter: Option<String>,

    /// Montre ce qui serait joué, sans rien envoyer
    #[arg(long)]
    dry_run: bool,

    /// Scénarios joués à la fois, de 1 à 64 (8 à défaut, jamais plus que max_connections)
    #[arg(long, value_name = "N", default_value = "8", hide_default_value = true,
          value_parser = jobs)]
    jobs: usize,

    /// Dossier de la campagne (à défaut target/conformance/DATE, et le lien latest)
    #[arg(long, value_name = "DOSSIER")]
    out: Option<PathBuf>,

    /// Reprend la campagne inachevée de ce dossier : même cible, mêmes options, même graine
    #[arg(long, value_name = "DOSSIER",
          conflicts_with_all = ["target", "config", "space", "destructive", "production_target",
                                "filter", "dry_run", "out", "seed", "strict", "profile", "scenarios"])]
    resume: Option<PathBuf>,

    /// Graine de l'ordre et des jetons, pour rejouer la même campagne
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Une recommandation non suivie compte comme une non-conformité
    #[arg(long)]
    strict: bool,

    /// La lettre à laquelle la cible est tenue : default (TLS 1.2 exigé), ou erratum-2015
    #[arg(
        long,
        value_name = "PROFIL",
        default_value = "default",
        hide_default_value = true,
        hide_possible_values = true
    )]
    profile: ProfileName,

    /// Ce qui s'affiche à la fin : text (à défaut), markdown, ou github (annotations, et résumé dans
    /// $GITHUB_STEP_SUMMARY)
    #[arg(
        long,
        value_name = "FORME",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Form,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,
}

/// How the end of a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For a reader at a terminal.
    Text,
    /// For a page of a forge.
    Markdown,
    /// For GitHub Actions.
    Github,
}

/// The name of a profile.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// TLS 1.2 or later is demanded.
    Default,
    /// The letter of the erratum.
    #[value(name = "erratum-2015")]
    Erratum2015,
}

impl Conformance {
    /// Whether it resumes a run.
    pub(crate) fn is_a_resumption(&self) -> bool {
        self.choice.resume.is_some()
    }

    /// Takes over what the run to be resumed was begun with.
    fn take_over(&mut self, head: &Head) {
        self.target.former = Some(Former {
            file: head.target.clone(),
            typed: head.typed.clone(),
            begun: head.started,
        });
        self.target.space.clone_from(&head.space);
        self.target.production_target = head.production_target;
        self.choice.filter.clone_from(&head.filter);
        self.choice.scenarios.clone_from(&head.scenarios);
        self.choice.seed = Some(head.seed);
        self.choice.strict = head.strict;
        self.choice.profile = match head.profile {
            Profile::Default => ProfileName::Default,
            Profile::Erratum2015 => ProfileName::Erratum2015,
        };
    }

    /// Plays; gives the exit code.
    pub(crate) async fn run(mut self, console: &Console) -> Result<u8, Trouble> {
        let former = self.choice.resume.as_deref().map(unfinished::resumable).transpose()?;
        if let Some(head) = &former {
            self.take_over(head);
        }
        let library = scenario::load(&place::scenarios(self.choice.scenarios.as_deref()))?;
        let selection = select(&library, self.choice.filter.as_deref());
        if selection.is_empty() {
            return Err(nearest::no_scenario(
                self.choice.filter.as_deref().unwrap_or_default(),
                &library,
            ));
        }
        if self.choice.dry_run {
            return self.dry_run(console, &selection).await;
        }
        let stop = Stop::listen(*console)?;
        let bench = self.target.bench(console).await?;
        if !bench.target.embedded {
            let seen = self.target.first_look(&bench).await?;
            if let Err(why) = &seen.tls {
                console.note(&fill(
                    &format!(
                        "le certificat de la cible n'a pas pu être lu avant la campagne ({why})"
                    ),
                    console.err.width,
                    "note     ",
                ));
            }
        }
        if let Some(head) = &former {
            same(head, &library, &bench)?;
        }
        let started = former.as_ref().map_or_else(Timestamp::now, |head| head.started);
        let folder = match &self.choice.resume {
            Some(path) => Folder::of(path),
            None => Folder::prepare(self.choice.out.as_deref(), started, console)?,
        };
        let options = Options {
            jobs: self.choice.jobs,
            seed: self.choice.seed.unwrap_or_else(|| started.as_second().unsigned_abs()),
            filter: self.choice.filter.clone(),
            strict: self.choice.strict,
            profile: match self.choice.profile {
                ProfileName::Default => Profile::Default,
                ProfileName::Erratum2015 => Profile::Erratum2015,
            },
            out: folder.path.clone(),
            started,
        };
        let head = self.head(&library, &bench, &options, former.as_ref())?;
        let kept = kept(&library, &bench, &folder.path, &head);
        let claim = Claim::begin(&folder.path, &head)?;
        if head.resumed > 0 {
            let of = selection.iter().count();
            let text = format!("reprise : {} des {of} scénarios ont déjà été joués", kept.count());
            console.note(&fill(&text, console.err.width, "note     "));
        }
        let progress: OnceLock<Progress> = OnceLock::new();
        let (space, target) = (&bench.space, &bench.target);
        let run =
            runner::resume(&library, space, target, &options, kept, stop.orderly(), |event| {
                match event {
                    RunEvent::Planned(selection) => {
                        let ids = selection.iter().map(|scenario| scenario.id.as_str());
                        progress.get_or_init(|| Progress::new(ids, console.live, console.err));
                    }
                    RunEvent::Started(id) => {
                        if let Some(progress) = progress.get() {
                            progress.started(id.as_str());
                        }
                    }
                    RunEvent::PutOff(id) => {
                        if let Some(progress) = progress.get() {
                            progress.put_off(id.as_str());
                        }
                    }
                    RunEvent::Waiting { scenarios, wait, reply } => {
                        if let Some(progress) = progress.get() {
                            progress.waiting(scenarios, wait, reply);
                        }
                    }
                    RunEvent::Finished(record) => {
                        if let Some(progress) = progress.get() {
                            progress.finished(record);
                        }
                    }
                }
            });
        let (record, lost) = match Box::pin(run).await {
            Ok(record) => (record, None),
            Err(RunError::Unwritten { record, path, source }) => {
                (*record, Some(RunError::Output { path, source }))
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(progress) = progress.get() {
            progress.done();
        }
        // A record stands on its transcripts, or not at all.
        let written = match lost {
            Some(error) => Err(Trouble::from(error)),
            None => reports::write_all(&record, &folder.path).map_err(Trouble::of),
        };
        let shown = PathBuf::from(place::shown(&folder.path));
        let report = written.as_ref().ok().map(|_| shown.join("report.html"));
        let again = self.target.typed() + &scenarios_typed(self.choice.scenarios.as_deref());
        match self.choice.format {
            Form::Text => console.say(&summary(&record, &console.out, report.as_deref(), &again)),
            Form::Markdown => console.say(&markdown::run(&record)),
            Form::Github => {
                console.say(&github::annotations(&record));
                let text = summary(&record, &console.out, report.as_deref(), &again);
                console.say(&github::log(&record, &text));
                step_summary(&record, console);
            }
        }
        if let Err(error) = written {
            console.trouble(&error);
            let text = format!(
                "les verdicts ci-dessus ne sont pas enregistrés. Une fois la place faite : cargo xtask \
                 conformance --resume {}",
                place::typed(&folder.path)
            );
            console.note(&fill(&text, console.err.width, "note     "));
            return Ok(if record.interrupted { exit::INTERRUPTED } else { exit::UNKNOWN });
        }
        folder.stands();
        claim.settle();
        Ok(runner::exit_code(&record))
    }

    /// The head of the run: what it takes to resume it.
    fn head(
        &self,
        library: &Library,
        bench: &Bench,
        options: &Options,
        former: Option<&Head>,
    ) -> Result<Head, Trouble> {
        if let Some(former) = former {
            return Ok(Head { resumed: former.resumed.saturating_add(1), ..former.clone() });
        }
        let absolute = |path: &Option<PathBuf>| {
            path.as_deref().map(std::path::absolute).transpose().map_err(Trouble::of)
        };
        let persistent = bench.space.dir().is_some();
        Ok(Head {
            target: self.target.declared()?,
            typed: self.target.typed(),
            production_target: self.target.production_target,
            space: absolute(&self.target.space)?,
            whitelist_sha256: persistent.then(|| list_digest(bench)),
            scenarios: absolute(&self.choice.scenarios)?,
            ..Head::of(library, options)
        })
    }

    /// Says what would be played.
    async fn dry_run(&self, console: &Console, selection: &Selection<'_>) -> Result<u8, Trouble> {
        let target = match self.target.target().await? {
            Some(target) => target,
            None => Target::embedded(std::net::SocketAddr::from(([127, 0, 0, 1], 0))),
        };
        let offers = target.capabilities();
        let mut scenarios: Vec<_> = selection.iter().collect();
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        let mut text = String::new();
        let mut skipped = 0;
        for scenario in &scenarios {
            match scenario.needs.iter().find(|need| !offers.contains(need)) {
                None => text.push_str(&format!("✔ {}  {}\n", scenario.id, scenario.title)),
                Some(lacks) => {
                    skipped += 1;
                    let why = how_to_supply(*lacks);
                    let line =
                        console.dim(console.out, &format!("○ {}  {}", scenario.id, scenario.title));
                    text.push_str(&line);
                    text.push('\n');
                    text.push_str(&console.dim(console.out, &fill(why, console.out.width, "    ")));
                    text.push('\n');
                }
            }
        }
        let whom = if target.embedded { target.name.clone() } else { target.shown() };
        text.push_str(&format!(
            "\nÀ blanc : {} à jouer, {skipped} non jouables, contre {whom} ; rien n'a été envoyé.\n",
            scenarios.len() - skipped
        ));
        console.say(&text);
        Ok(exit::YES)
    }
}

/// Adds the run to the page that GitHub shows of the job, where there is one.
fn step_summary(record: &RunRecord, console: &Console) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return;
    };
    let written = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| io::Write::write_all(&mut file, markdown::run(record).as_bytes()));
    if let Err(error) = written {
        let text = format!("le résumé du travail n'a pas pu être écrit ({error})");
        console.note(&fill(&text, console.err.width, "note     "));
    }
}

/// SHA-256 of the whitelist that the space serves.
fn list_digest(bench: &Bench) -> String {
    hex::encode(Sha256::digest(bench.space.whitelist_xml()))
}

/// Refuses to resume a run in another world than that in which it began.
fn same(head: &Head, library: &Library, bench: &Bench) -> Result<(), Trouble> {
    let differs = if head.catalogue_sha256 != library.sha256 {
        "les scénarios ne sont plus ceux de la campagne"
    } else if head.suite_version != suite::VERSION {
        "la campagne vient d'une autre version de la suite"
    } else if head.whitelist_sha256.as_ref().is_some_and(|list| *list != list_digest(bench)) {
        "la liste blanche de l'espace a changé depuis le début de la campagne"
    } else {
        return Ok(());
    };
    Err(Trouble::usage(
        format!("{differs} : ses deux moitiés ne feraient pas une campagne"),
        "remettez-les comme ils étaient, ou lancez une autre campagne sans --resume",
    ))
}

/// What can be kept of a run that is resumed; nothing of one that begins.
fn kept(library: &Library, bench: &Bench, folder: &Path, head: &Head) -> Kept {
    if head.resumed == 0 {
        return Kept::default();
    }
    let started = head.started.as_microsecond();
    let mut kept = Kept::read(library, folder, head.seed, started, head.resumed);
    // A maildir keeps what came meanwhile; a receiving peer of ours was not there to receive it.
    let target = &bench.target;
    if matches!(target.delivery, Observation::Sink(..)) || target.outgoing.is_some() {
        kept.forget_unwatched();
    }
    kept
}

/// The folder of a run.
struct Folder {
    path: PathBuf,
    /// The folder of all runs and the name of this one, where it has none of its own.
    among: Option<(PathBuf, String)>,
}

impl Folder {
    /// The folder of a run to be resumed.
    fn of(path: &Path) -> Self {
        let runs = place::runs();
        let whole = fs::canonicalize(path).ok();
        let ours =
            whole.as_deref().and_then(Path::parent) == fs::canonicalize(&runs).ok().as_deref();
        let name = whole.as_deref().and_then(Path::file_name).filter(|_| ours);
        let among = name.map(|name| (runs.clone(), name.to_string_lossy().into_owned()));
        let path = among.as_ref().map_or_else(|| path.to_owned(), |(runs, name)| runs.join(name));
        Self { path, among }
    }

    /// The folder given, emptied of a former run, or a new one.
    fn prepare(
        given: Option<&Path>,
        started: Timestamp,
        console: &Console,
    ) -> Result<Self, Trouble> {
        let trouble = |path: &Path, source: io::Error| {
            Trouble::from(runner::RunError::Output { path: path.to_owned(), source })
        };
        if let Some(path) = given {
            unfinished::set_aside(path, console)?;
            forget(path).map_err(|source| trouble(path, source))?;
            fs::create_dir_all(path).map_err(|source| trouble(path, source))?;
            return Ok(Self { path: path.to_owned(), among: None });
        }
        let runs = place::runs();
        fs::create_dir_all(&runs).map_err(|source| trouble(&runs, source))?;
        let name = started.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        let (path, name) = fresh(&runs, &name).map_err(|source| trouble(&runs, source))?;
        Ok(Self { path, among: Some((runs, name)) })
    }

    /// The record stands: `latest` may lead to it. Without the link nothing is lost.
    fn stands(&self) {
        if let Some((runs, name)) = &self.among {
            drop(link(runs, name));
        }
    }
}

/// Makes the folder `name`, or `name-2`… when another run began in the same second.
fn fresh(runs: &Path, name: &str) -> io::Result<(PathBuf, String)> {
    let mut number = 1;
    loop {
        let name = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
        let path = runs.join(&name);
        match fs::create_dir(&path) {
            Ok(()) => return Ok((path, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Points `latest` at the run.
fn link(runs: &Path, name: &str) -> io::Result<()> {
    let latest = runs.join("latest");
    let beside = runs.join(format!(".latest.{}", std::process::id()));
    std::os::unix::fs::symlink(name, &beside)?;
    fs::rename(&beside, &latest).inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// Removes what a former run wrote to this folder, and nothing else.
fn forget(path: &Path) -> io::Result<()> {
    if !path.join("record.json").exists() {
        return Ok(());
    }
    for name in ["record.json", "junit.xml", "report.html"] {
        match fs::remove_file(path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let Ok(transcripts) = fs::read_dir(path.join("transcripts")) else { return Ok(()) };
    for file in transcripts.filter_map(Result::ok).map(|file| file.path()) {
        if file.extension().is_some_and(|extension| extension == "jsonl") {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}
