//! A non-conformity, told so that it can be understood and repaired without anything else at hand.

use serde::Serialize;
use suite::record::{RunRecord, Verdict};

use super::{
    extract::{self, Extract},
    prose, quoted,
    scenario::ScenarioSection,
    transcript::Transcript,
};

/// One non-conformity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NonConformity {
    /// Its number in this report, from 1.
    number: usize,
    scenario: ScenarioSection,
    /// The sentence that demands it, and its source.
    wording: String,
    source: String,
    referentiel: String,
    /// The decisive lines of its transcript; `None` when there is no transcript to read.
    extract: Option<Extract>,
    transcript: Option<String>,
}

/// The numbers of the non-conformities of a clause.
pub(super) fn numbers(record: &RunRecord, clause: &str) -> Vec<usize> {
    let failed = record.scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Fail);
    let numbered = failed.zip(1..);
    numbered.filter(|(scenario, _)| scenario.clause == clause).map(|(_, number)| number).collect()
}

/// Every non-conformity of the run, in the order of the scenarios.
pub(super) fn all(record: &RunRecord, transcripts: &[Option<Transcript>]) -> Vec<NonConformity> {
    let failed = record
        .scenarios
        .iter()
        .zip(transcripts)
        .filter(|(scenario, _)| scenario.verdict == Verdict::Fail);
    failed
        .enumerate()
        .map(|(index, (scenario, transcript))| {
            let clause = record.clauses.get(&scenario.clause);
            let text =
                |of: fn(&suite::record::ClauseRecord) -> String| clause.map(of).unwrap_or_default();
            let extract = transcript
                .as_ref()
                .map(|read| extract::extract(&read.events, scenario.stage.as_deref()));
            NonConformity {
                number: index + 1,
                scenario: ScenarioSection::new(record, scenario),
                wording: text(|clause| prose(&clause.wording)),
                source: text(|clause| prose(&clause.source)),
                referentiel: text(|clause| quoted(&clause.referentiel.join(", "))),
                extract,
                transcript: scenario.transcript.as_ref().map(|file| quoted(&file.path)),
            }
        })
        .collect()
}
