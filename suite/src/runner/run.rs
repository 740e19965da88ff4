//! One run, from its first control to its record.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, atomic::AtomicBool},
    time::{Duration, Instant},
};

use fixtures::{smtp::session::SessionEnd, space::Space};
use tokio::sync::watch;

use super::{
    control,
    declared::{Declared, Ending},
    epoch,
    journal::{Journal, Kept},
    options::Options,
    run_record,
    select::{self, Selection},
    stage::Stage,
    verdicts::judge_all,
};
use crate::{
    record::{RunRecord, ScenarioRecord},
    scenario::{Library, ScenarioId},
    target::Target,
};

/// What a run tells while it goes on.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// The scenarios chosen.
    Planned(&'a Selection<'a>),
    /// One begins.
    Started(&'a ScenarioId),
    /// One was put off by the target: it is played again later.
    PutOff(&'a ScenarioId),
    /// All that was put off is played again after this time.
    Waiting {
        /// How many there are.
        scenarios: usize,
        /// How long.
        wait: Duration,
        /// A reply that put one off.
        reply: &'a str,
    },
    /// One is judged, but for what only the end of the run can tell.
    Finished(&'a ScenarioRecord),
}

/// A run that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing answers at the target's address, or nothing that speaks SMTP.
    #[error("la cible {address} ne répond pas en SMTP : {why}")]
    Unreachable {
        /// The address tried.
        address: String,
        /// What came in place of a greeting.
        why: String,
    },
    /// The target showed a certificate of production, or none that can be read: nothing more was sent.
    #[error("{address} : {why} ; cette suite s'adresse à une plate-forme de test, et s'arrête là")]
    KeptOff {
        /// The address.
        address: String,
        /// What its guard says, in French.
        why: String,
    },
    /// No scenario matches the filter.
    #[error("aucun scénario ne correspond à « {0} »")]
    NothingSelected(String),
    /// A file of the run cannot be written.
    #[error("{path} : écriture impossible ({source})")]
    Output {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// The run was played and judged, but transcripts are not on the disk: no record can stand on
    /// them. The verdicts are in this one.
    #[error("{path} : écriture impossible ({source})")]
    Unwritten {
        /// The record, to be shown and not to be kept.
        record: Box<RunRecord>,
        /// The first file that could not be written.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}

/// Plays the suite against `target`. When `stop` turns true, what is being played is abandoned and
/// the record is partial.
///
/// # Errors
/// [`RunError`]; whatever the target does is in the record.
pub async fn run(
    library: &Library,
    space: &Space,
    target: &Target,
    options: &Options,
    stop: watch::Receiver<bool>,
    observe: impl Fn(RunEvent<'_>) + Sync,
) -> Result<RunRecord, RunError> {
    resume(library, space, target, options, Kept::default(), stop, observe).await
}

/// Plays what is missing of a run that was cut short, and judges the whole. The options are those of
/// its beginning; the controls are made again.
///
/// # Errors
/// [`RunError`]; whatever the target does is in the record.
pub async fn resume(
    library: &Library,
    space: &Space,
    target: &Target,
    options: &Options,
    mut kept: Kept,
    mut stop: watch::Receiver<bool>,
    observe: impl Fn(RunEvent<'_>) + Sync,
) -> Result<RunRecord, RunError> {
    let begun = Instant::now();
    let selection = select::select(library, &options.filter);
    if selection.is_empty() {
        return Err(RunError::NothingSelected(options.filter.to_string()));
    }
    let folder = options.out.join("transcripts");
    fs::create_dir_all(&folder).map_err(|source| output(&folder, source))?;
    kept_on(target)?;
    control::ping(target, target.reply_time).await.map_err(|end| unreachable(target, &end))?;
    observe(RunEvent::Planned(&selection));
    let journal = Journal::begin(&options.out, &kept);
    let tokens = options.tokens().of_part(kept.part);
    let kept_count = kept.count();
    let between = kept.controls(library, &folder);

    let stage = Stage {
        library,
        space,
        target,
        places: epoch::places(library),
        options,
        tokens,
        folder,
        offers: target.capabilities(),
        verdicts: Mutex::default(),
        performances: Mutex::default(),
        kept: Mutex::new(std::mem::take(&mut kept.performances)),
        read_before: std::mem::take(&mut kept.crls),
        asked_before: std::mem::take(&mut kept.reads),
        left: Mutex::default(),
        between: Mutex::new(between),
        journal,
        before: kept.elapsed,
        begun,
        answers: AtomicBool::new(true),
        lost: Mutex::default(),
        standing: Mutex::default(),
    };
    let mut controls = Vec::new();
    let interrupted = {
        let playing = async {
            stage.controls_before(&selection, &mut controls).await;
            stage.play_everything(&selection, &controls, &observe).await;
        };
        tokio::select! {
            () = playing => false,
            // Without a sender nobody can stop the run any more.
            Ok(_) = stop.wait_for(|stop| *stop) => true,
            why = target.guard.until_closed() => return Err(kept_off(target, why)),
        }
    };
    if !interrupted {
        controls.extend(stage.controls_after(&selection, &mut stop, &observe).await);
    }
    // Whoever stops the wait for a last control stops the run.
    let interrupted = interrupted || *stop.borrow();
    kept_on(target)?;
    controls.append(&mut stage.between.lock().expect("no panic while they are held"));
    controls.sort_by_key(|one| (one.which.when, one.which.part));
    let proceedings = stage.finish(&selection, &controls);
    let ending = Ending {
        reads: stage.reads(),
        interrupted,
        resumed: (kept.part > 0).then_some(kept_count),
        took: stage.elapsed(),
    };
    let declared = Declared::of(target, space, options, ending);
    // As the record tells it: whoever judges again knows no finer time.
    let took = Duration::from_millis(declared.duration_ms);
    let judged = judge_all(library, &stage.basis(), &proceedings, took, options.challenge.as_ref());
    let record = run_record::record(library, declared, judged);
    match stage.lost.into_inner().expect("no panic while it is held") {
        None => Ok(record),
        Some((path, source)) => Err(RunError::Unwritten { record: Box::new(record), path, source }),
    }
}

/// An error where the target's guard is closed.
pub(super) fn kept_on(target: &Target) -> Result<(), RunError> {
    target.guard.closed().map_or(Ok(()), |why| Err(kept_off(target, why)))
}

fn kept_off(target: &Target, why: String) -> RunError {
    RunError::KeptOff { address: target.shown(), why }
}

fn output(path: &Path, source: io::Error) -> RunError {
    RunError::Output { path: path.to_owned(), source }
}

fn unreachable(target: &Target, end: &SessionEnd) -> RunError {
    RunError::unreachable(target.address.to_string(), end)
}

impl RunError {
    /// Nothing that speaks SMTP answered at `address`: what came in its place. Whoever makes all clients
    /// wait is not absent.
    #[must_use]
    pub fn unreachable(address: String, end: &SessionEnd) -> Self {
        let why = match end {
            SessionEnd::TimedOut { .. } => format!(
                "{end} ; si la cible fait attendre ses clients, augmentez reply_seconds dans target.toml"
            ),
            end => end.to_string(),
        };
        Self::Unreachable { address, why }
    }
}
