//! The stage of a run: scenarios after their twins, what was put off once more, the sweep at the end.

mod controls;
mod ending;
mod part;
mod performance;
mod standing;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, atomic::AtomicBool},
    time::{Duration, Instant},
};

use fixtures::{change::World, smtp::transcript::Event, space::Space};

use self::standing::Standing;
use super::{
    control::{Control, Stand},
    journal::{Journal, Performance},
    judgement::Basis,
    options::Options,
    reads,
    verdicts::Verdicts,
};
use crate::{
    play::Tokens,
    record::ReadRecord,
    scenario::{Capability, Library, ScenarioId},
    target::Target,
};

/// All that the scenarios of a run share.
pub(super) struct Stage<'a> {
    pub(super) library: &'a Library,
    pub(super) space: &'a Space,
    pub(super) target: &'a Target,
    /// The place of each changed world of the catalogue.
    pub(super) places: BTreeMap<World, u32>,
    pub(super) options: &'a Options,
    pub(super) tokens: Tokens,
    pub(super) folder: PathBuf,
    pub(super) offers: BTreeSet<Capability>,
    /// The verdicts so far.
    pub(super) verdicts: Mutex<Verdicts>,
    pub(super) performances: Mutex<BTreeMap<ScenarioId, Performance>>,
    /// What was played before the run was cut short.
    pub(super) kept: Mutex<BTreeMap<ScenarioId, Performance>>,
    /// The CRLs that the target was seen to read before that.
    pub(super) read_before: Vec<Event>,
    /// What it had asked of the space before that.
    pub(super) asked_before: Vec<ReadRecord>,
    pub(super) before: Duration,
    pub(super) begun: Instant,
    pub(super) journal: Journal,
    /// The first file that cannot be written.
    pub(super) lost: Mutex<Option<(PathBuf, io::Error)>>,
    /// What the present epoch stands on.
    pub(super) standing: Mutex<Standing>,
    /// Why nothing shows that the target is back in the nominal world, since one ended so.
    pub(super) left: Mutex<Option<String>>,
    /// The controls played after changed worlds, in this part of the run and before it.
    pub(super) between: Mutex<Vec<Control>>,
    /// Whether the target answered a first control: silences are tried again.
    pub(super) answers: AtomicBool,
}

impl Stage<'_> {
    /// Time of the run so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.before.saturating_add(self.begun.elapsed())
    }

    /// Remembers the first file that is not written: the run goes on, for its verdicts.
    fn lose(&self, path: &Path, unwritten: Option<io::Error>) {
        if let Some(error) = unwritten {
            let mut lost = self.lost.lock().expect("no panic while it is held");
            lost.get_or_insert_with(|| (path.to_owned(), error));
        }
    }

    fn stand(&self) -> Stand<'_> {
        let Self { space, target, tokens, folder, .. } = self;
        Stand { space, target, tokens, folder, before: self.before, begun: self.begun }
    }

    /// What the target asked of the space so far.
    pub(super) fn reads(&self) -> Vec<ReadRecord> {
        reads::reads(self.space, &self.asked_before)
    }

    pub(super) fn basis(&self) -> Basis {
        Basis::of(self.target, self.options.strict, self.options.profile)
    }
}
