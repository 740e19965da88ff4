//! What a matrix shows: its figures and its problems.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    problem::Problem,
    record::{Matrix, MutantRow},
};
use crate::record::{Level, Verdict};

/// The figures of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mutants played.
    pub mutants: usize,
    /// Those that each scenario they name finds.
    pub killed: usize,
    /// Those that no scenario finds.
    pub survivors: usize,
    /// Mandatory scenarios.
    pub musts: usize,
    /// Those that find at least one mutant.
    pub busy_musts: usize,
    /// Scenarios of all levels.
    pub scenarios: usize,
    /// Those that find at least one mutant.
    pub busy: usize,
}

impl Matrix {
    /// Whether it holds all mutants: only then does it show which scenarios find none.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.filter.is_none() && !self.interrupted
    }

    /// Its figures.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let busy = self.busy();
        let is_busy = |id: &str| busy.contains_key(id);
        let musts = || self.scenarios.iter().filter(|scenario| scenario.level == Level::Must);
        let killed = |mutant: &&MutantRow| {
            !mutant.killers.is_empty()
                && mutant.round.cut_short.is_none()
                && mutant.killers.iter().all(|id| mutant.round.fails(id))
        };
        let survivor = |mutant: &&MutantRow| {
            mutant.round.cut_short.is_none() && mutant.round.failures().next().is_none()
        };
        Tally {
            mutants: self.mutants.len(),
            killed: self.mutants.iter().filter(killed).count(),
            survivors: self.mutants.iter().filter(survivor).count(),
            musts: musts().count(),
            busy_musts: musts().filter(|scenario| is_busy(&scenario.id)).count(),
            scenarios: self.scenarios.len(),
            busy: self.scenarios.iter().filter(|scenario| is_busy(&scenario.id)).count(),
        }
    }

    /// How many mutants each scenario finds; those that find none are absent.
    #[must_use]
    pub fn busy(&self) -> BTreeMap<&str, usize> {
        let mut busy = BTreeMap::new();
        for scenario in self.mutants.iter().flat_map(|mutant| mutant.round.failures()) {
            *busy.entry(scenario).or_default() += 1;
        }
        busy
    }

    /// Everything that is wrong: the reference proxy first, then the mutants in their order, then
    /// the scenarios. A partial matrix says nothing of scenarios that find no mutant.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.reference_problems(&mut problems);
        let doubles = doubles(self.scenarios.iter().map(|scenario| scenario.id.as_str()));
        problems.extend(doubles.map(|scenario| Problem::DoubleScenario { scenario }));
        let doubles = self::doubles(self.mutants.iter().map(|mutant| mutant.id.as_str()));
        problems.extend(doubles.map(|mutant| Problem::DoubleMutant { mutant }));
        for mutant in &self.mutants {
            self.mutant_problems(mutant, &mut problems);
        }
        if self.is_whole() {
            let busy = self.busy();
            let idle = self.scenarios.iter().filter(|scenario| {
                scenario.level == Level::Must && !busy.contains_key(scenario.id.as_str())
            });
            problems
                .extend(idle.map(|scenario| Problem::IdleMust { scenario: scenario.id.clone() }));
        }
        problems
    }

    fn reference_problems(&self, problems: &mut Vec<Problem>) {
        let Some(reference) = &self.reference else {
            let why = "interrompu".to_owned();
            problems.push(Problem::ReferenceCutShort { why });
            return;
        };
        if let Some(why) = &reference.cut_short {
            problems.push(Problem::ReferenceCutShort { why: why.clone() });
        }
        for (scenario, finding) in &reference.others {
            // What was not reached is no fault: the line above says so.
            if reference.cut_short.is_some() && finding.verdict == Verdict::Skipped {
                continue;
            }
            problems.push(Problem::Reference {
                scenario: scenario.clone(),
                verdict: finding.verdict,
                reason: finding.reason.clone(),
            });
        }
    }

    fn mutant_problems(&self, mutant: &MutantRow, problems: &mut Vec<Problem>) {
        let id = || mutant.id.clone();
        let level = |id: &str| {
            self.scenarios.iter().find(|scenario| scenario.id == id).map(|scenario| scenario.level)
        };
        if mutant.killers.is_empty() {
            problems.push(Problem::NoKiller { mutant: id() });
        }
        let (known, unknown): (Vec<&String>, Vec<&String>) =
            mutant.killers.iter().partition(|killer| level(killer).is_some());
        for scenario in unknown {
            problems.push(Problem::UnknownKiller { mutant: id(), scenario: scenario.clone() });
        }
        let round = &mutant.round;
        if let Some(why) = &round.cut_short {
            // Whatever was not reached would look like a miss.
            problems.push(Problem::CutShort { mutant: id(), why: why.clone() });
            return;
        }
        let failures: Vec<String> = round.failures().map(str::to_owned).collect();
        if failures.is_empty() {
            let fault = mutant.fault.clone();
            let unsettled = round.others.keys().cloned().collect();
            problems.push(Problem::Survivor { mutant: id(), fault, unsettled });
            return;
        }
        if !known.is_empty() && !known.iter().any(|killer| round.fails(killer)) {
            problems.push(Problem::KilledByOthers { mutant: id(), others: failures.clone() });
        } else {
            for scenario in known.iter().filter(|killer| !round.fails(killer)) {
                let other = round.others.get(*scenario);
                problems.push(Problem::Missed {
                    mutant: id(),
                    scenario: (*scenario).clone(),
                    verdict: other.map_or(Verdict::Pass, |finding| finding.verdict),
                    reason: other.map(|finding| finding.reason.clone()).unwrap_or_default(),
                });
            }
        }
        let is_must = |id: &str| level(id) == Some(Level::Must);
        let musts: Vec<String> = failures.into_iter().filter(|id| is_must(id)).collect();
        if !known.is_empty() && !known.iter().any(|killer| is_must(killer)) && !musts.is_empty() {
            problems.push(Problem::NoMustNamed { mutant: id(), musts });
        }
    }
}

/// What occurs more than once, sorted, each once.
fn doubles<'a>(ids: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    let doubles: BTreeSet<&str> = ids.filter(|id| !seen.insert(*id)).collect();
    doubles.into_iter().map(str::to_owned)
}
