//! What was tested of each clause, what was not and why; and what this suite never tests.

use std::collections::BTreeSet;

use serde::Serialize;
use suite::{
    family::Titled,
    record::{RunRecord, ScenarioRecord, Verdict},
};

use super::{
    anchor, nonconformity, prose, quoted,
    tally::{self, Part, Tally},
};
use crate::words;

/// A clause and how far it was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Clause {
    id: String,
    anchor: String,
    wording: String,
    source: String,
    referentiel: String,
    state: &'static str,
    state_class: &'static str,
    /// What came of it in one or two words.
    result: &'static str,
    result_class: &'static str,
    tallies: Vec<Tally>,
    total: usize,
    /// Its obligatory scenarios and its others.
    parts: Vec<Part>,
    /// Numbers of its non-conformities in this report.
    nonconformities: Vec<usize>,
    /// What was not judged and why.
    reasons: Vec<Reason>,
}

/// Why a part of a clause was not tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Reason {
    /// How many scenarios it concerns; 0 when it concerns those that are not in the record.
    count: usize,
    text: String,
}

/// Something that lies outside of a family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Outside {
    name: String,
    text: String,
}

/// How far a clause was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Tested,
    Partly,
    Untested,
}

/// Every clause of the record, and those that only its scenarios name.
pub(super) fn clauses(record: &RunRecord) -> Vec<Clause> {
    let of_scenarios = record.scenarios.iter().map(|scenario| &scenario.clause);
    let ids: BTreeSet<&String> = record.clauses.keys().chain(of_scenarios).collect();
    ids.into_iter().map(|id| clause(record, id)).collect()
}

fn clause(record: &RunRecord, id: &str) -> Clause {
    let scenarios: Vec<_> = record.scenarios.iter().filter(|s| s.clause == id).collect();
    let known = record.clauses.get(id);
    let state = state(record, &scenarios);
    let (result, result_class) = result(state, &scenarios);
    let (name, class) = match state {
        State::Tested => ("testée", "tested"),
        State::Partly => ("testée en partie", "partly"),
        State::Untested => ("non testée", "untested"),
    };
    Clause {
        id: quoted(id),
        anchor: anchor("c", id),
        wording: known.map_or_else(String::new, |clause| prose(&clause.wording)),
        source: known.map_or_else(String::new, |clause| prose(&clause.source)),
        referentiel: known.map_or_else(String::new, |c| quoted(&c.referentiel.join(", "))),
        state: name,
        state_class: class,
        tallies: tally::of(scenarios.iter().copied()),
        total: scenarios.len(),
        result,
        result_class,
        parts: tally::parts(&scenarios),
        nonconformities: nonconformity::numbers(record, id),
        reasons: reasons(record, &scenarios),
    }
}

fn judged(scenario: &ScenarioRecord) -> bool {
    matches!(scenario.verdict, Verdict::Pass | Verdict::PassWithRemark | Verdict::Fail)
}

fn state(record: &RunRecord, scenarios: &[&ScenarioRecord]) -> State {
    // What a filter or an interruption left out is not in the record.
    let complete = record.filter.is_empty() && !record.interrupted;
    let judged = scenarios.iter().filter(|scenario| judged(scenario)).count();
    match judged {
        0 => State::Untested,
        all if complete && all == scenarios.len() => State::Tested,
        _ => State::Partly,
    }
}

/// What came of a clause: a failure says it, whatever else was not judged.
fn result(state: State, scenarios: &[&ScenarioRecord]) -> (&'static str, &'static str) {
    let any = |verdict| scenarios.iter().any(|scenario| scenario.verdict == verdict);
    match state {
        _ if any(Verdict::Fail) => ("non conforme", "fail"),
        State::Untested => ("non jugée", "untested"),
        State::Partly => ("conforme pour ce qui est jugé", "partly"),
        State::Tested if any(Verdict::PassWithRemark) => ("conforme avec remarque", "remark"),
        State::Tested => ("conforme", "pass"),
    }
}

fn reasons(record: &RunRecord, scenarios: &[&ScenarioRecord]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for verdict in [Verdict::Inconclusive, Verdict::Skipped, Verdict::NotApplicable] {
        for scenario in scenarios.iter().filter(|scenario| scenario.verdict == verdict) {
            let text = prose(&format!("{} : {}", words::verdict(verdict), scenario.reason));
            match reasons.iter_mut().find(|reason| reason.text == text) {
                Some(reason) => reason.count += 1,
                None => reasons.push(Reason { count: 1, text }),
            }
        }
    }
    if let Some(partial) = words::partial(&record.filter) {
        reasons.push(Reason { count: 0, text: prose(&partial) });
    }
    if record.interrupted {
        let text = "campagne interrompue : des scénarios n'ont pas été atteints";
        reasons.push(Reason { count: 0, text: prose(text) });
    }
    if scenarios.is_empty() && reasons.is_empty() {
        let text = "aucun scénario de cette clause n'est dans l'enregistrement".to_owned();
        reasons.push(Reason { count: 0, text });
    }
    reasons
}

/// What the families of the run leave untested, each thing once.
pub(super) fn outside(record: &RunRecord) -> Vec<Outside> {
    let mut all: Vec<Outside> = Vec::new();
    for Titled { title, text } in record.families.iter().flat_map(|family| &family.outside) {
        let one = Outside { name: prose(title), text: prose(text) };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use suite::scenario::Filter;

    use super::*;
    use crate::sample;

    fn of(record: &RunRecord, id: &str) -> Clause {
        clauses(record).into_iter().find(|clause| clause.id == id).expect("a clause")
    }

    #[rstest]
    #[case::all_judged("TM3.1P/2", "testée")]
    #[case::a_part_inconclusive("TM3.1P/4a", "testée en partie")]
    #[case::a_part_skipped("TM3.1P/5c", "testée en partie")]
    fn a_clause_is_tested_as_far_as_it_was_judged(#[case] id: &str, #[case] state: &str) {
        let record = RunRecord { filter: Filter::default(), ..sample::record() };
        let clause = of(&record, id);
        assert_eq!(clause.state, state);
        assert_eq!(clause.reasons.is_empty(), state == "testée");
    }

    #[test]
    fn a_partial_run_tests_no_clause_wholly_and_says_why() {
        let clause = of(&sample::record(), "TM3.1P/2");
        assert_eq!(clause.state, "testée en partie");
        assert!(clause.reasons[0].text.contains("filtre"), "{:?}", clause.reasons);
        let record = RunRecord { filter: Filter::default(), interrupted: true, ..sample::record() };
        assert!(of(&record, "TM3.1P/2").reasons[0].text.contains("interrompue"));
    }

    #[test]
    fn a_clause_without_a_verdict_is_not_tested_and_says_why() {
        let mut record = RunRecord { filter: Filter::default(), ..sample::record() };
        record.scenarios.retain(|scenario| scenario.clause != "TM3.1P/6");
        let clause = of(&record, "TM3.1P/6");
        assert_eq!((clause.state, clause.total), ("non testée", 0));
        assert!(clause.reasons[0].text.contains("aucun scénario"), "{:?}", clause.reasons);
    }

    #[test]
    fn a_clause_that_only_a_scenario_names_is_not_forgotten() {
        let mut record = sample::record();
        record.clauses.clear();
        assert_eq!(of(&record, "TM3.1P/6").total, 1);
    }
}
