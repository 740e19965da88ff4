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
use suite::{
    oracle::facts::Profile,
    record::RunRecord,
    runner::{self, Options, RunEvent, Selection, select},
    scenario,
    target::{Target, how_to_supply},
};

use crate::{
    console::{Console, fill},
    exit::{self, Trouble},
    jobs::jobs,
    nearest, place,
    stop::Stop,
    target::{TargetOptions, scenarios_typed},
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

Une campagne laisse dans son dossier record.json (l'enregistrement), junit.xml, report.html et
transcripts/ (chaque échange, octet par octet). Ctrl-C arrête proprement et garde ce qui est joué.

Codes de sortie :
    0  concluant : toutes les exigences obligatoires testées sont tenues
    1  non concluant : au moins une exigence obligatoire n'est pas tenue
    2  commande, configuration ou scénario à corriger ; rien n'a été joué
    3  impossible de conclure : ennui d'environnement, ou exigence obligatoire non testée
  130  interrompu ; l'enregistrement partiel est sur le disque
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
    /// Plays; gives the exit code.
    pub(crate) async fn run(self, console: &Console) -> Result<u8, Trouble> {
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
            let seen = self.target.first_look(&bench.target).await?;
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
        let started = Timestamp::now();
        let folder = Folder::prepare(self.choice.out.as_deref(), started)?;
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
        let progress: OnceLock<Progress> = OnceLock::new();
        let run =
            runner::run(&library, &bench.space, &bench.target, &options, stop.orderly(), |event| {
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
        let record = Box::pin(run).await?;
        if let Some(progress) = progress.get() {
            progress.done();
        }
        let written = reports::write_all(&record, &folder.path);
        let shown = folder.shown();
        let report = written.as_ref().ok().map(|_| PathBuf::from(shown).join("report.html"));
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
            console.trouble(&Trouble::of(error));
            return Ok(if record.interrupted { exit::INTERRUPTED } else { exit::UNKNOWN });
        }
        Ok(runner::exit_code(&record))
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
        let whom = if target.embedded {
            target.name.clone()
        } else {
            format!("{}:{}", target.host, target.port)
        };
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

/// The folder of a run.
struct Folder {
    path: PathBuf,
    latest: Option<PathBuf>,
}

impl Folder {
    /// The folder given, emptied of a former run, or a new one and the link to it.
    fn prepare(given: Option<&Path>, started: Timestamp) -> Result<Self, Trouble> {
        let trouble = |path: &Path, source: io::Error| {
            Trouble::from(runner::RunError::Output { path: path.to_owned(), source })
        };
        if let Some(path) = given {
            forget(path).map_err(|source| trouble(path, source))?;
            fs::create_dir_all(path).map_err(|source| trouble(path, source))?;
            return Ok(Self { path: path.to_owned(), latest: None });
        }
        let runs = place::runs();
        fs::create_dir_all(&runs).map_err(|source| trouble(&runs, source))?;
        let name = started.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        let (path, name) = fresh(&runs, &name).map_err(|source| trouble(&runs, source))?;
        // Without the link nothing is lost: the run's own folder is shown then.
        let latest = link(&runs, &name).ok();
        Ok(Self { path, latest })
    }

    fn shown(&self) -> String {
        place::shown(self.latest.as_ref().unwrap_or(&self.path))
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
fn link(runs: &Path, name: &str) -> io::Result<PathBuf> {
    let latest = runs.join("latest");
    let beside = runs.join(format!(".latest.{}", std::process::id()));
    std::os::unix::fs::symlink(name, &beside)?;
    fs::rename(&beside, &latest).inspect_err(|_| drop(fs::remove_file(&beside)))?;
    Ok(latest)
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
