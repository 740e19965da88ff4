//! How many scenarios have each verdict.

use serde::Serialize;
use suite::record::{Level, RunRecord, ScenarioRecord, Verdict};

use crate::{
    outline,
    words::{self, VERDICTS},
};

/// A verdict and how many scenarios have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// The verdict as a class of the style.
    pub(crate) class: &'static str,
    /// Its sign.
    pub(crate) mark: &'static str,
    /// Its name, in agreement with the count.
    pub(crate) label: &'static str,
    /// How many.
    pub(crate) count: usize,
}

/// Every verdict, those without a scenario too, in the order of [`VERDICTS`].
pub(super) fn of<'a>(scenarios: impl IntoIterator<Item = &'a ScenarioRecord>) -> Vec<Tally> {
    tallies(outline::counts(scenarios))
}

/// The counts of the record.
pub(super) fn of_summary(record: &RunRecord) -> Vec<Tally> {
    tallies(VERDICTS.map(|verdict| words::count(&record.summary, verdict) as usize))
}

/// Scenarios of one obligation, counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// What they are, in agreement with their number.
    label: &'static str,
    total: usize,
    tallies: Vec<Tally>,
}

/// The obligatory scenarios, on which the conclusion rests, and all others.
pub(super) fn parts(scenarios: &[&ScenarioRecord]) -> Vec<Part> {
    [(true, ["obligatoire", "obligatoires"]), (false, ["autre", "autres"])]
        .into_iter()
        .map(|(must, labels)| {
            let of_part: Vec<_> =
                scenarios.iter().copied().filter(|s| (s.level == Level::Must) == must).collect();
            let total = of_part.len();
            Part { label: labels[usize::from(total > 1)], total, tallies: of(of_part) }
        })
        .collect()
}

fn tallies(counts: [usize; 6]) -> Vec<Tally> {
    let row = |(verdict, count): (Verdict, usize)| Tally {
        class: words::slug(verdict),
        mark: words::mark(verdict),
        label: words::verdicts(verdict, count),
        count,
    };
    VERDICTS.into_iter().zip(counts).map(row).collect()
}
