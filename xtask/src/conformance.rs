//! `conformance`: plays the suite and writes its reports.

use std::{fs, io, path::PathBuf, sync::OnceLock};

use clap::{Args, ValueEnum};
use fixtures::smtp::challenge::Challenge;
use jiff::Timestamp;
use reports::{
    github, markdown,
    terminal::{Progress, summary},
};
use suite::{
    oracle::reception::facts::Profile,
    record::RunRecord,
    runner::{self, Head, Options, RunError, RunEvent, Selection},
    scenario::{self, Filter, Library},
    target::Target,
};

use crate::{
    choice::{self, FILTERS, Filters, Missed},
    claim::{self, Claim},
    cli::jobs,
    console::{Console, fill},
    exit::{self, Trouble},
    place,
    resumption::{kept, list_digest, same},
    run_folder::Folder,
    stop::Stop,
    target::{Bench, Former, TargetOptions, scenarios_typed},
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
  cargo xtask conformance --space kit --filter must --filter '!5-enveloppe'
  cargo xtask conformance --space kit --failed               (ce qui a manqué la fois d'avant)
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
#[command(long_about = LONG, after_long_help = format!("{FILTERS}\n\n{END}"))]
pub(crate) struct Conformance {
    #[command(flatten)]
    target: TargetOptions,

    #[command(flatten)]
    choice: Choice,

    /// What is played: of the options, of what missed before, or of the run that is resumed.
    #[arg(skip)]
    filter: Filter,
}

/// What is played, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Campagne")]
struct Choice {
    #[command(flatten)]
    filters: Filters,

    /// Seulement ce qui a manqué à la campagne précédente, celle de --out ou la dernière : non conforme ou non
    /// conclusif (une remarque ne manque pas)
    #[arg(long)]
    failed: bool,

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
                                "filter", "failed", "dry_run", "out", "seed", "challenge", "strict", "profile", "scenarios"])]
    resume: Option<PathBuf>,

    /// Graine de l'ordre et des jetons, pour rejouer la même campagne
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Mot donné par qui recevra le rapport, imprévisible : chaque ClientHello et chaque jeton le portent, et verify
    /// --challenge montre hors ligne que les signatures TLS de la cible sont postérieures au mot
    #[arg(long, value_name = "TEXTE", value_parser = Challenge::new)]
    challenge: Option<Challenge>,

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
        self.filter.clone_from(&head.filter);
        self.choice.scenarios.clone_from(&head.scenarios);
        self.choice.seed = Some(head.seed);
        self.choice.challenge =
            head.challenge.as_deref().and_then(|text| Challenge::new(text).ok());
        self.choice.strict = head.strict;
        self.choice.profile = match head.profile {
            Profile::Default => ProfileName::Default,
            Profile::Erratum2015 => ProfileName::Erratum2015,
        };
    }

    /// Plays; gives the exit code.
    pub(crate) async fn run(mut self, console: &Console) -> Result<u8, Trouble> {
        self.filter = self.choice.filters.filter();
        let former = self.choice.resume.as_deref().map(claim::resumable).transpose()?;
        if let Some(head) = &former {
            self.take_over(head);
        }
        let library = scenario::load(&place::scenarios(self.choice.scenarios.as_deref()))?;
        let mut selection = choice::chosen(&library, &self.filter)?;
        if self.choice.failed {
            match Missed::read(&library, &self.filter, self.choice.out.as_deref(), console)? {
                Missed::These(again) => self.filter = again,
                Missed::Nothing(record) => {
                    console.say("Rien à rejouer : rien n'a manqué à la campagne précédente.\n");
                    return Ok(runner::exit_code(record.verdict, record.interrupted));
                }
            }
            selection = choice::chosen(&library, &self.filter)?;
        }
        if self.choice.dry_run {
            return self.dry_run(console, &library, &selection).await;
        }
        let stop = Stop::listen(*console)?;
        let bench = self.target.bench(console, &library).await?;
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
            filter: self.filter.clone(),
            strict: self.choice.strict,
            profile: match self.choice.profile {
                ProfileName::Default => Profile::Default,
                ProfileName::Erratum2015 => Profile::Erratum2015,
            },
            out: folder.path.clone(),
            started,
            challenge: self.choice.challenge.clone(),
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
        Ok(runner::exit_code(record.verdict, record.interrupted))
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
    async fn dry_run(
        &self,
        console: &Console,
        library: &Library,
        selection: &Selection<'_>,
    ) -> Result<u8, Trouble> {
        let target = match self.target.target(library).await? {
            Some(target) => target,
            None => Target::embedded(std::net::SocketAddr::from(([127, 0, 0, 1], 0))),
        };
        let offers = target.capabilities();
        let mut scenarios: Vec<_> = selection.iter().collect();
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        let mut text = String::new();
        let mut skipped = 0;
        for scenario in &scenarios {
            match runner::withheld(scenario, &offers, &target.not_applicable) {
                None => text.push_str(&format!("✔ {}  {}\n", scenario.id, scenario.title)),
                Some((verdict, why)) => {
                    skipped += 1;
                    let mark = reports::mark(verdict);
                    let line = format!("{mark} {}  {}", scenario.id, scenario.title);
                    text.push_str(&console.dim(console.out, &line));
                    text.push('\n');
                    text.push_str(
                        &console.dim(console.out, &fill(&why, console.out.width, "    ")),
                    );
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
