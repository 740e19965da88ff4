//! The record of a run: the only source of every report.

mod control;
mod epoch;
mod family;
mod format;
mod observation;
mod scenario;
mod target;
mod verdict;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use control::{ControlRecord, TranscriptRef, When};
pub use epoch::{
    Answer, Asked, AwaitRecord, ChangeRecord, EpochRecord, FetchRecord, ReadRecord, UndoneRecord,
};
pub use family::{ClauseRecord, FamilyRecord, family_of};
pub use format::{Reading, SCHEMA, is_read};
pub use observation::Observation;
pub use scenario::{DecisionRecord, ScenarioRecord};
pub use target::{Declaration, TargetRecord, WorldRecord};
pub use verdict::{Level, RunVerdict, Summary, Tier, Verdict};

use crate::{observe::possession::Possession, scenario::Filter};

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this suite.
    pub suite_version: String,
    /// SHA-256 over all scenario files and the clause catalogue.
    pub catalogue_sha256: String,
    /// Start of the run.
    pub started: Timestamp,
    /// The clock that dates the run, in French.
    #[serde(default)]
    pub clock: String,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Seed of order and tokens.
    pub seed: u64,
    /// Profile the target was held to.
    pub profile: String,
    /// Tier.
    pub tier: Tier,
    /// The `--filter`s used: with any, the run is partial and says so.
    pub filter: Filter,
    /// Whether SHOULD counted as MUST.
    pub strict: bool,
    /// Whether the run was interrupted: some scenarios are then listed as not played.
    pub interrupted: bool,
    /// The target.
    pub target: TargetRecord,
    /// The simulated space.
    pub world: WorldRecord,
    /// What the target's handshakes prove of the key of its certificate.
    #[serde(default)]
    pub possession: Possession,
    /// Conclusion.
    pub verdict: RunVerdict,
    /// What the conclusion covers and what it does not, in French.
    pub scope: String,
    /// Counts.
    pub summary: Summary,
    /// Scenarios kept from before the run was cut short, where it was resumed.
    pub resumed: Option<u32>,
    /// Nothing: what the run of an earlier format noted of itself, in French, that no transcript showed.
    pub noted: Vec<String>,
    /// Remarks on the run as a whole, in French: failed controls, what could not be tested, worlds whose end nothing shows.
    pub remarks: Vec<String>,
    /// What the transcripts show together that is worth a word, and no fault.
    #[serde(default)]
    pub observations: Vec<Observation>,
    /// What changed in the simulated space, in the order in which it did.
    #[serde(default)]
    pub changes: Vec<EpochRecord>,
    /// What the target asked of it, all alike counted.
    #[serde(default)]
    pub reads: Vec<ReadRecord>,
    /// Wording of each clause met in the scenarios, by id.
    pub clauses: BTreeMap<String, ClauseRecord>,
    /// Wording of each interpretation met, by slug.
    pub interpretations: BTreeMap<String, String>,
    /// The families of the scenarios chosen, by folder.
    pub families: Vec<FamilyRecord>,
    /// Every scenario chosen, played or not, sorted by id.
    pub scenarios: Vec<ScenarioRecord>,
}

impl RunRecord {
    /// The controls of all families, in their order.
    pub fn controls(&self) -> impl Iterator<Item = &ControlRecord> {
        self.families.iter().flat_map(|family| &family.controls)
    }

    /// When the run ended.
    #[must_use]
    pub fn ended(&self) -> Timestamp {
        let millis = i64::try_from(self.duration_ms).unwrap_or(i64::MAX);
        let ended = self.started.saturating_add(SignedDuration::from_millis(millis));
        // Only units of the calendar could fail.
        ended.unwrap_or(self.started)
    }
}
