//! `explore`: random cases against a proxy, compared with the oracle.

use std::{
    cell::Cell,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use proof::explore::{
    Disagreement, Exploration, ExploreError, Ground, Permitted, Plan, Progress, Tally, Written,
    explore, write,
};
use reports::{terminal::put_off, visible};
use suite::{oracle::reception::facts::Profile, scenario};

use crate::{
    cli::jobs,
    console::{Console, fill},
    exit::{self, Trouble},
    place,
    stop::Stop,
    target::TargetOptions,
};

const ABOUT: &str = "\
Joue des cas tirés au hasard contre un proxy et compare ce qu'il fait à ce que l'oracle permet.

Chaque cas tire un émetteur (son DN, son certificat, sa version de TLS, son nom EHLO, son PTR), une enveloppe \
et un message. Sans cible, la liste blanche aussi est tirée au hasard, et le proxy de référence embarqué est \
relancé avec chaque liste : c'est la suite qui s'éprouve elle-même. Avec --space, la liste est celle de \
l'espace : seuls les émetteurs et les enveloppes varient.

Un désaccord est réduit au plus petit cas qui le montre encore, et écrit comme un scénario que \
cargo xtask conformance rejoue. Les cas de même cause n'en font qu'un, et sont comptés. La même graine tire les mêmes cas.";

const END: &str = "\
Exemples :
  cargo xtask explore
  cargo xtask explore --cases 20000 --seed 7
  cargo xtask explore --space kit --cases 2000               (cible : kit/target.toml)
  cargo xtask conformance --scenarios target/exploration/7/scenarios    rejoue ce qui a été trouvé

Les messages ne vont qu'aux boîtes déclarées ; ce qui viserait d'autres adresses n'est tiré que si le courrier
sortant de la cible est observé ([outgoing] dans target.toml).

Codes de sortie :
    0  aucun désaccord
    1  au moins un désaccord ; les scénarios sont écrits
    2  commande ou configuration à corriger ; rien n'a été joué
    3  impossible de conclure : ennui d'environnement, ou aucun cas concluant
  130  interrompu
";

/// Redraws of the bar.
const TICK: Duration = Duration::from_millis(120);

/// Joue des cas tirés au hasard et les compare à l'oracle
#[derive(Args, Debug)]
#[command(long_about = ABOUT, after_long_help = END)]
pub(crate) struct Explore {
    #[command(flatten)]
    target: TargetOptions,

    #[command(flatten)]
    choice: Choice,
}

/// What is drawn, and how it is played.
#[derive(Args, Debug)]
#[command(next_help_heading = "Exploration")]
struct Choice {
    /// Nombre de cas (1000 à défaut)
    #[arg(long, value_name = "N", default_value = "1000", hide_default_value = true,
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    cases: u32,

    /// Graine : la même tire les mêmes cas (tirée de l'heure à défaut)
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Cas joués à la fois, de 1 à 64 (8 à défaut, jamais plus que max_connections)
    #[arg(long, value_name = "N", default_value = "8", hide_default_value = true,
          value_parser = jobs)]
    jobs: usize,

    /// Une recommandation non suivie compte comme un désaccord
    #[arg(long)]
    strict: bool,

    /// Dossier des désaccords (à défaut target/exploration/GRAINE)
    #[arg(long, value_name = "DOSSIER")]
    out: Option<PathBuf>,
}

impl Explore {
    /// Explores; gives the exit code.
    pub(crate) async fn run(self, console: &Console) -> Result<u8, Trouble> {
        let folder = place::scenarios(None);
        let library = scenario::load(&folder)?;
        let stop = Stop::listen(*console)?;
        let bench = self.target.bench(console, &library).await?;
        let ground = if bench.target.embedded {
            Ground::Embedded { space: &bench.space, spoil: None, mutant: None }
        } else {
            self.target.first_look(&bench).await?;
            Ground::Target { space: &bench.space, target: &bench.target }
        };
        let started = Timestamp::now().as_second().unsigned_abs();
        let seed = self.choice.seed.unwrap_or(started);
        let plan = Plan {
            cases: self.choice.cases,
            seed,
            jobs: self.choice.jobs,
            strict: self.choice.strict,
            profile: Profile::Default,
        };
        if !ground.draws_lists() {
            console.note(&fill(
                "la liste blanche est celle de l'espace : seuls les émetteurs et les enveloppes varient",
                console.err.width,
                "note     ",
            ));
        }
        let begun = Instant::now();
        let bar = Bar::new(console, plan.cases);
        let exploring =
            explore(ground, &library, &plan, stop.orderly(), |progress| bar.show(progress));
        let found = Box::pin(exploring).await.map_err(trouble)?;
        bar.bar.finish_and_clear();
        let out =
            self.choice.out.clone().unwrap_or_else(|| {
                place::runs().with_file_name("exploration").join(seed.to_string())
            });
        let mut written = Vec::new();
        for one in &found.disagreements {
            let files = write(one, &folder, &library.catalogue, &out).map_err(Trouble::of)?;
            written.push((one, files));
        }
        console.say(&self.told(console, &found, &written, seed, begun.elapsed()));
        Ok(if found.interrupted {
            exit::INTERRUPTED
        } else if !found.disagreements.is_empty() {
            exit::NO
        } else if found.tally.untold() == found.tally.cases {
            exit::UNKNOWN
        } else {
            exit::YES
        })
    }

    /// What was found, for a reader.
    fn told(
        &self,
        console: &Console,
        found: &Exploration,
        written: &[(&Disagreement, Written)],
        seed: u64,
        took: Duration,
    ) -> String {
        let width = console.out.width;
        let mut text = String::new();
        for (one, files) in written {
            let mark = console.bad(console.out, "✘");
            text.push_str(&format!("{mark} {}\n", one.made.scenario.id));
            let stable = if one.stable {
                ""
            } else {
                " (n'est pas revenu quand le cas a été rejoué seul)"
            };
            for (label, value) in [
                ("  cause     ", one.cause.to_string()),
                ("  motif     ", format!("{}{stable}", one.record.reason)),
                ("  attendu   ", one.record.expected.clone()),
                ("  observé   ", one.record.observed.clone()),
                ("  réduit    ", format!("en {} essais, depuis le cas {}", one.tried, one.number)),
                ("  scénario  ", place::shown(&files.file)),
            ] {
                text.push_str(&fill(&visible(&value), width, label));
                text.push('\n');
            }
            if one.alike > 0 {
                let line = match one.alike {
                    1 => "un autre cas de même cause".to_owned(),
                    alike => format!("{alike} autres cas de même cause"),
                };
                text.push_str(&fill(&line, width, "  et        "));
                text.push('\n');
            }
        }
        for (kind, count) in &found.more {
            let line = match count {
                1 => format!("un désaccord dont la cause n'a pas été cherchée : {kind}"),
                _ => format!("{count} désaccords dont la cause n'a pas été cherchée : {kind}"),
            };
            text.push_str(&fill(&visible(&line), width, "  et       "));
            text.push('\n');
        }
        text.push_str(&tallied(console, &found.tally));
        let cases = found.tally.cases;
        let rate = f64::from(cases) / took.as_secs_f64().max(0.001);
        let count = found.count();
        let causes = match found.disagreements.len() {
            0 | 1 => String::new(),
            causes => format!(", {causes} CAUSES"),
        };
        let untold = match found.tally.untold() {
            0 => String::new(),
            1 => ", dont un non conclusif".to_owned(),
            untold => format!(", dont {untold} non conclusifs"),
        };
        let verdict = if count == 0 {
            console.good(console.out, "AUCUN DÉSACCORD")
        } else {
            console.bad(
                console.out,
                &format!("{count} DÉSACCORD{}{causes}", if count > 1 { "S" } else { "" }),
            )
        };
        text.push_str(&format!(
            "\n{verdict} · {cases} cas{untold} · {:.1} s · {rate:.0} cas/s\n",
            took.as_secs_f64()
        ));
        let again = format!(
            "cargo xtask explore{} --cases {} --seed {seed}{}",
            self.target.typed(),
            self.choice.cases,
            if self.choice.strict { " --strict" } else { "" }
        );
        text.push_str(&format!("Refaire  {again}\n"));
        if let Some((_, files)) = written.first() {
            text.push_str(&format!(
                "Rejouer  cargo xtask conformance{} --scenarios {} --filter exploration\n",
                self.target.typed(),
                place::pasted(&files.root)
            ));
        }
        text
    }
}

/// The distribution, and what it does not show.
fn tallied(console: &Console, tally: &Tally) -> String {
    let mut text = format!(
        "  {:14} {:24} {:>9} {:>9} {:>12}\n",
        "étape", "permis par l'oracle", "accepté", "refusé", "sans réponse"
    );
    for ((step, permitted), seens) in &tally.transactions {
        let permitted = match permitted {
            Permitted::Acceptance => "une acceptation",
            Permitted::Refusal => "un refus",
            Permitted::Either => "l'un ou l'autre",
        };
        text.push_str(&format!(
            "  {step:14} {permitted:24} {:>9} {:>9} {:>12}\n",
            seens.accepted, seens.refused, seens.untold
        ));
    }
    for (title, reasons) in [("remarque", &tally.remarks), ("non conclusif", &tally.inconclusive)] {
        for (reason, count) in reasons {
            let line = format!("{count} cas, {title} : {reason}");
            text.push_str(&fill(&visible(&line), console.out.width, "  "));
            text.push('\n');
        }
    }
    if let Some(outcome) = tally.hardly_seen() {
        let line = format!(
            "moins d'un envoi sur dix a été {outcome} : cette exploration montre peu ; vérifiez que la \
             cible fait confiance à l'espace et lit sa liste blanche (cargo xtask check)"
        );
        text.push_str(&console.warn(console.out, &fill(&line, console.out.width, "  ▲ ")));
        text.push('\n');
    }
    text
}

fn trouble(error: ExploreError) -> Trouble {
    match error {
        ExploreError::Lacks(how) => Trouble::usage(
            "l'exploration demande une cible qui fait confiance à un espace simulé, une boîte de test et une \
             identité déclarée",
            how,
        ),
        ExploreError::KeptOff(why) => Trouble::usage(
            format!("{why} ; cette suite s'adresse à une plate-forme de test, et s'arrête là"),
            exit::KEPT_OFF,
        ),
        error => Trouble::of(error),
    }
}

/// The progress of an exploration.
struct Bar {
    bar: ProgressBar,
    shrinking: Cell<bool>,
    /// Whether it was told that the target puts off.
    told: Cell<bool>,
    console: Console,
    cases: u32,
    tenth: u32,
}

impl Bar {
    fn new(console: &Console, cases: u32) -> Self {
        let bar = if console.live {
            let bar = ProgressBar::new(cases.into());
            let style = ProgressStyle::with_template(
                "  {spinner} {pos}/{len} cas · {per_sec} · {elapsed} · {wide_msg}",
            );
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(TICK);
            bar
        } else {
            ProgressBar::hidden()
        };
        let tenth = (cases / 10).max(1);
        Self {
            bar,
            shrinking: Cell::new(false),
            told: Cell::new(false),
            console: *console,
            cases,
            tenth,
        }
    }

    fn show(&self, progress: Progress<'_>) {
        match progress {
            Progress::Played(number) => {
                self.bar.set_position(number.into());
                // Where there is no bar, a line for each tenth.
                if !self.console.live && number.is_multiple_of(self.tenth) {
                    self.console.note(&format!("  {number}/{} cas", self.cases));
                }
                if self.shrinking.replace(false) {
                    self.bar.set_message("");
                }
            }
            Progress::Shrinking(id) => {
                self.shrinking.set(true);
                self.bar.set_message(format!("désaccord, en cours de réduction : {id}"));
            }
            Progress::Waiting { cases, wait, reply } => {
                let line = put_off(cases, wait, reply);
                self.shrinking.set(true);
                self.bar.set_message(line.clone());
                if !self.console.live && !self.told.replace(true) {
                    self.console.note(&fill(&line, self.console.err.width, "note     "));
                }
            }
        }
    }
}
