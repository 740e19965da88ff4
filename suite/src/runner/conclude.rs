//! The conclusion of a run.

use crate::record::{Level, RunRecord, RunVerdict, ScenarioRecord, Summary, Verdict};

/// The conclusion from the scenarios' verdicts; `partial` when a `must` of the suite was not among
/// them or the run was interrupted.
#[must_use]
pub fn conclude(scenarios: &[ScenarioRecord], partial: bool) -> (RunVerdict, Summary) {
    let summary = Summary::of(scenarios);
    let untested_must = partial
        || scenarios.iter().any(|scenario| {
            scenario.level == Level::Must
                && matches!(scenario.verdict, Verdict::Inconclusive | Verdict::Skipped)
        });
    let verdict = if summary.fail > 0 {
        RunVerdict::NonConcluant
    } else if untested_must {
        RunVerdict::Inconclusive
    } else {
        RunVerdict::Concluant
    };
    (verdict, summary)
}

/// The exit code of a finished run: 130 interrupted, 1 non concluant, 3 inconclusive, 0 concluant.
#[must_use]
pub fn exit_code(record: &RunRecord) -> u8 {
    if record.interrupted {
        return 130;
    }
    match record.verdict {
        RunVerdict::NonConcluant => 1,
        RunVerdict::Inconclusive => 3,
        RunVerdict::Concluant => 0,
    }
}
