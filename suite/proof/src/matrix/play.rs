//! Playing a matrix: the reference proxy and the mutants, several at once.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fixtures::pki::KeyPool;
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    problem::Problem,
    record::{FamilyRow, Matrix, MutantRow, Round, SCHEMA, ScenarioRow},
    round::{MatrixError, Rules, of_all},
};
use crate::proxy::mutants::Mutant;
use suite::scenario::Library;

/// Scenarios at once in each round; the waits of one are the work of another.
const JOBS: usize = 8;

/// Mutants played once more when the suite did not find them as they say, at most. A machine under
/// load can end a reply too late; a hole in the suite is there the second time, too.
const SECOND_LOOKS: usize = 10;

/// How a matrix is to be played.
#[derive(Clone, Debug)]
pub struct MatrixOptions {
    /// Rounds at once.
    pub workers: usize,
    /// Seed of order and tokens.
    pub seed: u64,
    /// Whether each mutant goes through the whole suite, and not only through the steps of the scenarios
    /// that it names.
    pub whole: bool,
    /// What the mutants were chosen by, if they are not all: the reference proxy goes through their steps alone then,
    /// unless `whole`.
    pub filter: Option<String>,
    /// How long a round may take before it is ended.
    pub limit: Duration,
    /// Start of the matrix.
    pub started: Timestamp,
}

/// What is told while a matrix is played.
#[derive(Debug)]
pub enum MatrixEvent<'a> {
    /// A mutant's round, or that of the reference proxy, begins.
    Started(Option<&'static str>),
    /// The reference proxy's round is over.
    Reference(&'a Round),
    /// A mutant's round is over.
    Finished(&'a MutantRow),
}

/// What a worker tells.
enum News {
    Started(usize),
    Finished(usize, Round),
}

/// Plays the suite against the reference proxy, and against each of `mutants`, each as far as it is to go
/// through it. When `stop` turns true,
/// the rounds under way are abandoned, and the matrix holds those that are over.
///
/// # Errors
/// [`MatrixError`]: trouble of the harness. Whatever a mutant does is in the matrix.
pub async fn play(
    library: Library,
    pool: &KeyPool,
    mutants: &[&'static Mutant],
    options: &MatrixOptions,
    stop: watch::Receiver<bool>,
    mut observe: impl FnMut(MatrixEvent<'_>),
) -> Result<Matrix, MatrixError> {
    let begun = Instant::now();
    let (sha256, scenarios) = (library.sha256.clone(), ScenarioRow::all(&library));
    let families = FamilyRow::all(&library);
    let rules = Arc::new(Rules {
        library,
        pool: pool.clone(),
        seed: options.seed,
        jobs: JOBS,
        limit: options.limit,
        whole: options.whole,
        reference: options.filter.as_ref().map(|_| of_all(mutants)).unwrap_or_default(),
    });
    // The reference proxy is number 0: without it the others mean nothing.
    let queue: Arc<[Option<&'static Mutant>]> =
        std::iter::once(None).chain(mutants.iter().copied().map(Some)).collect();
    let next = Arc::new(AtomicUsize::new(0));
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut workers = JoinSet::new();
    for _ in 0..options.workers.clamp(1, queue.len()) {
        let (rules, queue, next) = (Arc::clone(&rules), Arc::clone(&queue), Arc::clone(&next));
        let (tell, stop) = (tell.clone(), stop.clone());
        workers.spawn(async move { work(&rules, &queue, &next, &tell, stop).await });
    }
    drop(tell);
    let mut reference = None;
    let mut rows: Vec<Option<MutantRow>> = vec![None; mutants.len()];
    while let Some(news) = told.recv().await {
        match news {
            News::Started(number) => {
                observe(MatrixEvent::Started(queue[number].map(|mutant| mutant.id)));
            }
            News::Finished(number, round) => match queue[number] {
                None => observe(MatrixEvent::Reference(reference.insert(round))),
                Some(mutant) => {
                    let row = rows[number - 1].insert(MutantRow::new(mutant, round));
                    observe(MatrixEvent::Finished(row));
                }
            },
        }
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    }
    let mut matrix = Matrix {
        schema: SCHEMA.into(),
        suite_version: suite::VERSION.into(),
        catalogue_sha256: sha256,
        started: options.started,
        duration_ms: milliseconds(begun.elapsed()),
        seed: options.seed,
        filter: options.filter.clone(),
        interrupted: reference.is_none() || rows.iter().any(Option::is_none),
        families,
        scenarios,
        reference,
        mutants: rows.into_iter().flatten().collect(),
    };
    let doubtful = doubtful(&matrix);
    if doubtful.len() <= SECOND_LOOKS && !matrix.interrupted {
        for mutant in queue.iter().filter(|m| doubtful.contains(&m.map(|m| m.id.to_owned()))) {
            observe(MatrixEvent::Started(mutant.map(|mutant| mutant.id)));
            let Some(round) = rules.play(*mutant, stop.clone()).await? else { break };
            let row = mutant.and_then(|m| matrix.mutants.iter_mut().find(|row| row.id == m.id));
            match row {
                None => observe(MatrixEvent::Reference(matrix.reference.insert(round))),
                Some(row) => {
                    row.round = round;
                    observe(MatrixEvent::Finished(row));
                }
            }
        }
        matrix.duration_ms = milliseconds(begun.elapsed());
    }
    Ok(matrix)
}

/// Those of which a problem tells, which is to be seen twice; `None` is the reference proxy.
fn doubtful(matrix: &Matrix) -> BTreeSet<Option<String>> {
    let problems = matrix.problems().into_iter();
    let of_a_round = problems.filter(|problem| !matches!(problem, Problem::IdleMust { .. }));
    of_a_round.map(|problem| problem.mutant().map(str::to_owned)).collect()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Plays one round after the other until none is left, or `stop` turns true.
async fn work(
    rules: &Rules,
    queue: &[Option<&'static Mutant>],
    next: &AtomicUsize,
    tell: &mpsc::UnboundedSender<News>,
    stop: watch::Receiver<bool>,
) -> Result<(), MatrixError> {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(mutant) = queue.get(number) else { return Ok(()) };
        if *stop.borrow() {
            return Ok(());
        }
        // Nobody listens only when the matrix is given up.
        drop(tell.send(News::Started(number)));
        let round = rules.play(*mutant, stop.clone()).await.inspect_err(|_| {
            // The others need not begin another one.
            next.fetch_add(queue.len(), Ordering::Relaxed);
        })?;
        let Some(round) = round else { return Ok(()) };
        drop(tell.send(News::Finished(number, round)));
    }
}
