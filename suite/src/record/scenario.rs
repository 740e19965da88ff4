//! One scenario of a run.

use serde::{Deserialize, Serialize};

use super::{Level, TranscriptRef, Verdict};
use crate::oracle::FactRow;

/// One scenario of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScenarioRecord {
    /// Its path, such as `reception/4-certificat/expire`.
    pub id: String,
    /// Title, in French.
    pub title: String,
    /// Purpose, in French.
    pub purpose: String,
    /// Main clause.
    pub clause: String,
    /// Level.
    pub level: Level,
    /// The passing scenario from which it differs by one change.
    pub twin: Option<String>,
    /// What the oracle decided on each of its transactions; of a script, an inspection, or what was not
    /// played, nothing.
    pub decisions: Vec<DecisionRecord>,
    /// Slug of the entry of `scenarios/interpretations.md`.
    pub interpretation: Option<String>,
    /// Stage at which the decisive thing was seen.
    pub stage: Option<String>,
    /// What to do where it fails, in French.
    #[serde(default)]
    pub advice: Option<String>,
    /// What a peer or a third party could do where it fails, in French.
    #[serde(default)]
    pub consequence: Option<String>,
    /// What was expected, in French.
    pub expected: String,
    /// What was observed, in French.
    pub observed: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Why this verdict, in French, with the next step for the reader where there is one.
    pub reason: String,
    /// The lines that prove it, in French.
    pub evidence: Vec<String>,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// The transcript, relative to the record; `None` when nothing was played.
    pub transcript: Option<TranscriptRef>,
}

/// What the oracle decided on one transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DecisionRecord {
    /// Number of the transaction in the scenario, from 1.
    pub transaction: u16,
    /// The clause that decides.
    pub clause: String,
    /// The outcomes permitted, in French words, best first.
    pub permitted: Vec<String>,
    /// The rule path: clause, finding and why.
    pub rule_path: Vec<String>,
    /// The facts decided on, in the order in which a session meets them.
    pub facts: Vec<FactRow>,
    /// Slug of the entry of `scenarios/interpretations.md` that it rests on.
    pub interpretation: Option<String>,
}

impl DecisionRecord {
    /// The outcomes that these decisions permit, in French: those of several with their numbers.
    #[must_use]
    pub fn permitted(decisions: &[Self]) -> String {
        let one = |decision: &Self| decision.permitted.join(" ; ou ");
        match decisions {
            [only] => one(only),
            several => several
                .iter()
                .map(|decision| format!("{}. {}", decision.transaction, one(decision)))
                .collect::<Vec<_>>()
                .join(" · "),
        }
    }
}
