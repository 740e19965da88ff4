//! The kill matrix as it is written and read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::proxy::mutants::Mutant;
use suite::{
    record::{Level, RunRecord, Verdict},
    scenario::{Library, Scenario},
};

/// The schema that this version writes.
pub const SCHEMA: &str = "mssante-mutants/2";

/// Which scenario finds which mutant: the only source of the reports on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this suite.
    pub suite_version: String,
    /// SHA-256 over all scenario files and the clause catalogue.
    pub catalogue_sha256: String,
    /// Start.
    pub started: Timestamp,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Seed of order and tokens, the same for every round.
    pub seed: u64,
    /// Part of the mutants' ids, or a clause: the others were left out, and the matrix is partial.
    pub filter: Option<String>,
    /// Whether it was interrupted: the mutants not listed were not reached.
    pub interrupted: bool,
    /// The families of the suite.
    pub families: Vec<FamilyRow>,
    /// Every scenario of the suite, sorted by id.
    pub scenarios: Vec<ScenarioRow>,
    /// The reference proxy; `None` when the matrix was interrupted before its end.
    pub reference: Option<Round>,
    /// The mutants played, in the order of their declaration.
    pub mutants: Vec<MutantRow>,
}

/// A family, as the matrix needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyRow {
    /// Its folder, with which the ids of its scenarios begin.
    pub folder: String,
    /// Title, in French.
    pub title: String,
}

/// A scenario, as the matrix needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioRow {
    /// Its path, such as `reception/4-certificat/expire`.
    pub id: String,
    /// Level.
    pub level: Level,
    /// Main clause.
    pub clause: String,
    /// Title, in French.
    pub title: String,
}

/// A mutant and what the suite found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutantRow {
    /// Its name.
    pub id: String,
    /// The fault, a sentence in French whose subject is the proxy.
    pub fault: String,
    /// The clause that it breaks.
    pub clause: String,
    /// The scenarios that must find it, each of them.
    pub killers: Vec<String>,
    /// Its way through the suite.
    pub round: Round,
}

/// One proxy's way through the suite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Why not all of it was played, in French; `None` when all was.
    pub cut_short: Option<String>,
    /// The folders whose scenarios were played, such as `reception/4-certificat`, with the twins that
    /// those need; all scenarios were where it is empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub through: BTreeSet<String>,
    /// Every verdict but [`Verdict::Pass`], by scenario.
    pub others: BTreeMap<String, Finding>,
}

/// A verdict that is not [`Verdict::Pass`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it finds the fault: an obligation or a recommendation is seen not to be met.
    pub found: bool,
    /// Why, in French.
    pub reason: String,
}

impl FamilyRow {
    /// The rows of a library.
    pub(super) fn all(library: &Library) -> Vec<Self> {
        let families = library.catalogue.families.iter();
        families.map(|f| Self { folder: f.folder.clone(), title: f.title.clone() }).collect()
    }
}

impl ScenarioRow {
    /// The rows of a library, in its order.
    pub(super) fn all(library: &Library) -> Vec<Self> {
        let row = |scenario: &Scenario| Self {
            id: scenario.id.to_string(),
            level: scenario.level,
            clause: scenario.clause.to_string(),
            title: scenario.title.clone(),
        };
        library.scenarios.iter().map(row).collect()
    }
}

impl MutantRow {
    /// The row of a mutant from its round.
    pub(super) fn new(mutant: &Mutant, round: Round) -> Self {
        Self {
            id: mutant.id.to_owned(),
            fault: mutant.fault.to_owned(),
            clause: mutant.clause.to_string(),
            killers: mutant.killers.iter().map(ToString::to_string).collect(),
            round,
        }
    }

    /// The named killer that is told of first: the first that found it.
    #[must_use]
    pub fn first_killer(&self) -> Option<(&str, &Finding)> {
        let mut killers = self.killers.iter();
        killers.find_map(|id| {
            let finding = self.round.others.get(id)?;
            finding.found.then_some((id.as_str(), finding))
        })
    }
}

impl Round {
    /// A round that was not begun.
    pub(super) fn unplayed(why: String) -> Self {
        Self { cut_short: Some(why), ..Self::default() }
    }

    /// A round from the record of its run.
    pub(super) fn of(
        record: &RunRecord,
        through: BTreeSet<String>,
        cut_short: Option<String>,
    ) -> Self {
        let others = record.scenarios.iter().filter(|scenario| scenario.verdict != Verdict::Pass);
        Self {
            duration_ms: record.duration_ms,
            cut_short,
            through,
            others: others
                .map(|scenario| {
                    let (verdict, reason) = (scenario.verdict, scenario.reason.clone());
                    // Where every outcome is permitted a remark finds nothing.
                    let found = match verdict {
                        Verdict::Fail => true,
                        Verdict::PassWithRemark => scenario.level != Level::May,
                        _ => false,
                    };
                    (scenario.id.clone(), Finding { verdict, found, reason })
                })
                .collect(),
        }
    }

    /// Whether a scenario was to be played: one of a folder that was not, is no pass.
    #[must_use]
    pub fn covers(&self, scenario: &str) -> bool {
        let (folder, _) = scenario.rsplit_once('/').unwrap_or_default();
        self.through.is_empty() || self.through.contains(folder)
    }

    /// Whether a scenario finds the fault.
    #[must_use]
    pub fn finds(&self, scenario: &str) -> bool {
        self.others.get(scenario).is_some_and(|finding| finding.found)
    }

    /// The scenarios that find the fault, by id.
    pub fn finders(&self) -> impl Iterator<Item = &str> {
        self.others.iter().filter(|(_, finding)| finding.found).map(|(id, _)| id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::all(&[], "reception/5-enveloppe/mime", true)]
    #[case::one_of_a_folder(&["reception/4-certificat"], "reception/4-certificat/expire", true)]
    #[case::one_of_another(&["reception/4-certificat"], "reception/5-enveloppe/mime", false)]
    #[case::a_folder_that_begins_alike(&["reception/4"], "reception/4-certificat/expire", false)]
    #[case::another_family(&["reception/1-ptr"], "emission/1-ptr/valide", false)]
    fn a_scenario_was_to_be_played(
        #[case] through: &[&str],
        #[case] scenario: &str,
        #[case] covered: bool,
    ) {
        let through = through.iter().map(ToString::to_string).collect();
        let round = Round { through, ..Round::default() };
        assert_eq!(round.covers(scenario), covered);
    }
}
