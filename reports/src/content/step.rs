//! The steps of the families' transactions, with what came of each and how long it took.

use std::collections::BTreeMap;

use serde::Serialize;
use suite::record::RunRecord;

use super::{
    anchor, prose, quoted,
    scenario::ScenarioSection,
    tally::{self, Tally},
    transcript::Transcript,
};
use crate::{outline, words};

/// Octets of transcripts that one report may hold: a browser opens it at once still.
const BUDGET: u64 = 16 << 20;

/// A step and its scenarios.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct StepSection {
    /// Its folder, such as `reception/4-certificat`.
    pub(crate) folder: String,
    /// What the step is, where its family says it.
    pub(crate) name: Option<String>,
    anchor: String,
    /// Counts by verdict.
    pub(crate) tallies: Vec<Tally>,
    total: usize,
    duration: String,
    /// How long its scenarios took; `None` when none was played.
    pub(crate) spread: Option<Spread>,
    scenarios: Vec<ScenarioSection>,
}

/// How long the played scenarios of a step took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Spread {
    /// How many were played.
    played: usize,
    /// The shortest, the quartiles and the longest, in milliseconds.
    pub(crate) ms: [u64; 5],
    /// The same, to be read.
    pub(crate) shown: [String; 5],
}

/// The steps of the run in their order. `transcripts` are those of the record's scenarios.
pub(super) fn all(record: &RunRecord, transcripts: &[Option<Transcript>]) -> Vec<StepSection> {
    let by_id: BTreeMap<&str, &Transcript> = record
        .scenarios
        .iter()
        .zip(transcripts)
        .filter_map(|(scenario, transcript)| Some((scenario.id.as_str(), transcript.as_ref()?)))
        .collect();
    let mut budget = BUDGET;
    let step = |step: &outline::StepScenarios<'_>| StepSection {
        folder: quoted(step.folder),
        name: step.title.map(prose),
        anchor: anchor("etape", step.folder),
        tallies: tally::of(step.scenarios.iter().copied()),
        total: step.scenarios.len(),
        duration: words::duration(
            step.scenarios.iter().fold(0, |sum, s| s.duration_ms.saturating_add(sum)),
        ),
        spread: spread(
            step.scenarios.iter().filter(|s| s.transcript.is_some()).map(|s| s.duration_ms),
        ),
        scenarios: step
            .scenarios
            .iter()
            .map(|scenario| {
                let transcript = by_id.get(scenario.id.as_str()).copied();
                ScenarioSection::whole(record, scenario, transcript, &mut budget)
            })
            .collect(),
    };
    outline::steps(record).iter().map(step).collect()
}

fn spread(durations: impl Iterator<Item = u64>) -> Option<Spread> {
    let mut sorted: Vec<u64> = durations.collect();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    // The nearest rank: each figure is the duration of a scenario.
    let ms = [0, 1, 2, 3, 4].map(|quarter| sorted[(last * quarter + 2) / 4]);
    Some(Spread { played: sorted.len(), ms, shown: ms.map(words::duration) })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(&[], None)]
    #[case::one(&[7], Some([7; 5]))]
    #[case::two(&[9, 1], Some([1, 1, 9, 9, 9]))]
    #[case::five(&[50, 10, 30, 20, 40], Some([10, 20, 30, 40, 50]))]
    fn a_spread_is_made_of_durations_that_were_seen(
        #[case] durations: &[u64],
        #[case] expected: Option<[u64; 5]>,
    ) {
        assert_eq!(spread(durations.iter().copied()).map(|spread| spread.ms), expected);
    }
}
