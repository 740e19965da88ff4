//! `mutants`: does the suite find what is wrong?

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    path::PathBuf,
    thread,
    time::Duration,
};

use clap::Args;
use fixtures::pki::KeyPool;
use jiff::Timestamp;
use proof::{
    matrix::{self, Matrix, MatrixError, MatrixEvent, MatrixOptions, MutantRow, select},
    proxy::mutants::{self, Mutant},
};
use suite::{document::nearest, scenario};

use crate::{
    cli::jobs,
    console::Console,
    exit::{self, Trouble},
    place,
    stop::Stop,
};

/// How long one mutant's way through the suite may take; two seconds are usual.
const LIMIT: Duration = Duration::from_secs(120);

const LONG: &str = "\
Éprouve la suite elle-même : une suite de conformité n'est crédible que si elle trouve les fautes.

Chaque mutant est le proxy de référence avec un seul défaut, de ceux qu'un opérateur commet : un \
certificat expiré accepté, un refus sans motif, un STARTTLS qui garde ce qui le précède. Chacun nomme \
les scénarios qui doivent le trouver, et passe par toutes les étapes où ils sont ; avec --whole, par \
toute la suite. La matrice est bonne quand le proxy de référence est conforme partout, que chaque \
scénario nommé trouve son mutant, et que chaque scénario obligatoire en trouve au moins un.";

const END: &str = "\
Exemples :
  cargo xtask mutants
  cargo xtask mutants certificat                 les mutants dont le nom contient « certificat »
  cargo xtask mutants TM3.1P/5c                  ceux d'une exigence
  cargo xtask mutants --whole                    chacun par toute la suite, bien plus long
  cargo xtask mutants --list

Le dossier reçoit mutants.json (la matrice) et mutants.html (la même, à lire). Avec un filtre, la
matrice est partielle : elle ne dit pas quels scénarios ne trouvent rien, et le proxy de référence
ne passe que par les étapes de ces mutants, sauf avec --whole. Un mutant qui n'est pas trouvé comme
il le dit est joué une seconde fois, seul.

Codes de sortie :
    0  tout est trouvé
    1  un mutant survit, un scénario nommé ne trouve pas le sien, ou un scénario obligatoire aucun
    2  commande ou scénario à corriger ; rien n'a été joué
    3  ennui d'environnement
  130  interrompu ; la matrice partielle est sur le disque
";

/// Éprouve la suite : trouve-t-elle les fautes de proxys défectueux ?
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Mutants {
    /// Seulement ceux-ci : partie d'un nom, ou exigence
    #[arg(value_name = "FILTRE")]
    filter: Option<String>,

    /// Mutants joués à la fois, de 1 à 64 (à défaut, un de plus que de cœurs)
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,

    /// Dossier de la matrice (à défaut target/mutants)
    #[arg(long, value_name = "DOSSIER")]
    out: Option<PathBuf>,

    /// Graine de l'ordre et des jetons (1 à défaut)
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true)]
    seed: u64,

    /// Fait passer chaque mutant par toute la suite, et non par les seules étapes des scénarios qu'il nomme
    #[arg(long)]
    whole: bool,

    /// Montre les mutants, sans rien jouer
    #[arg(long, conflicts_with_all = ["jobs", "out", "seed", "whole"])]
    list: bool,
}

impl Mutants {
    /// Plays the matrix; gives the exit code.
    pub(crate) async fn run(self, console: &Console) -> Result<u8, Trouble> {
        let filter = self.filter.as_deref();
        let chosen = select(mutants::all(), filter);
        if chosen.is_empty() {
            return Err(no_mutant(filter.unwrap_or_default()));
        }
        if self.list {
            console.say(&list(&chosen, console));
            return Ok(exit::YES);
        }
        let library = scenario::load(&place::scenarios(None))?;
        let stop = Stop::listen(*console)?;
        let pool = KeyPool::open(&place::keys())?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let options = MatrixOptions {
            workers: self.jobs.unwrap_or(cores + 1),
            seed: self.seed,
            whole: self.whole,
            filter: self.filter.clone(),
            limit: LIMIT,
            started: Timestamp::now(),
        };
        let mut progress = Progress::new(console, chosen.len());
        let playing =
            matrix::play(library, &pool, &chosen, &options, stop.orderly(), |e| progress.hear(&e));
        let matrix = Box::pin(playing).await?;
        progress.clear();
        let out = self.out.unwrap_or_else(place::matrix);
        let written = reports::matrix::write_all(&matrix, &out);
        let page = written.as_ref().ok().map(|written| place::shown(&written.html));
        console.say(&reports::matrix::summary(&matrix, &console.out, page.as_deref()));
        if let Err(error) = written {
            console.trouble(&Trouble::of(error));
            return Ok(if matrix.interrupted { exit::INTERRUPTED } else { exit::UNKNOWN });
        }
        Ok(code(&matrix))
    }
}

/// The exit code of a matrix.
fn code(matrix: &Matrix) -> u8 {
    if matrix.interrupted {
        exit::INTERRUPTED
    } else if matrix.problems().is_empty() {
        exit::YES
    } else {
        exit::NO
    }
}

fn no_mutant(given: &str) -> Trouble {
    let near = nearest(given, mutants::all().map(|mutant| mutant.id));
    let help = if near.is_empty() {
        "voyez tous les mutants : cargo xtask mutants --list".to_owned()
    } else {
        let near = near.join(", ou ");
        format!("vouliez-vous dire {near} ? Sinon, voyez : cargo xtask mutants --list")
    };
    Trouble::usage(format!("aucun mutant ne correspond à « {given} »"), help)
}

fn list(mutants: &[&Mutant], console: &Console) -> String {
    let column = mutants.iter().map(|m| m.id.chars().count()).max().unwrap_or_default();
    let line = |mutant: &&Mutant| {
        format!("{:column$}  {:10}  {}\n", mutant.id, mutant.clause.as_str(), mutant.fault)
    };
    let s = if mutants.len() > 1 { "s" } else { "" };
    console.note(&console.dim(console.err, &format!("{} mutant{s}", mutants.len())));
    mutants.iter().map(line).collect()
}

/// What is under way: one line that is written over in a terminal, nothing elsewhere but each
/// mutant that is not found as it says.
struct Progress {
    console: Console,
    planned: usize,
    finished: usize,
    running: BTreeSet<&'static str>,
}

impl Progress {
    fn new(console: &Console, mutants: usize) -> Self {
        Self { console: *console, planned: mutants + 1, finished: 0, running: BTreeSet::new() }
    }

    fn hear(&mut self, event: &MatrixEvent<'_>) {
        match event {
            MatrixEvent::Started(id) => drop(self.running.insert(id.unwrap_or(REFERENCE))),
            MatrixEvent::Reference(round) => {
                self.ended(REFERENCE, round.others.is_empty() && round.cut_short.is_none());
            }
            MatrixEvent::Finished(row) => self.ended(&row.id, found(row)),
        }
        self.draw();
    }

    fn ended(&mut self, id: &str, as_it_should: bool) {
        self.running.retain(|running| *running != id);
        // A second look is no further mutant.
        self.finished = (self.finished + 1).min(self.planned);
        if !as_it_should {
            self.clear();
            let mark = self.console.warn(self.console.err, "?");
            self.console.note(&format!("{mark} {id} : pas comme annoncé"));
        }
    }

    fn draw(&self) {
        if !self.console.live {
            return;
        }
        let names = self.running.iter().copied().collect::<Vec<_>>().join(", ");
        let line = format!("  {}/{}  {names}", self.finished, self.planned);
        let room = self.console.err.width.saturating_sub(1);
        let line: String = line.chars().take(room).collect();
        self.write(&format!("\r\x1b[2K{line}"));
    }

    /// Leaves nothing of the line.
    fn clear(&self) {
        if self.console.live {
            self.write("\r\x1b[2K");
        }
    }

    fn write(&self, text: &str) {
        let mut err = io::stderr().lock();
        // Nobody to tell if this fails.
        drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
    }
}

/// The reference proxy, in the progress.
const REFERENCE: &str = "proxy de référence";

fn found(row: &MutantRow) -> bool {
    row.round.cut_short.is_none() && row.killers.iter().all(|killer| row.round.finds(killer))
}

impl From<MatrixError> for Trouble {
    fn from(error: MatrixError) -> Self {
        match error {
            MatrixError::Space(error) => error.into(),
            MatrixError::Run(error) => error.into(),
            error => Self::of(error),
        }
    }
}
