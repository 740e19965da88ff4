//! One scenario, with all that the record and its transcript say of it.

use serde::Serialize;
use suite::{
    oracle::FactRow,
    record::{DecisionRecord, Level, RunRecord, ScenarioRecord},
};

use super::{
    anchor,
    exchange::{self, Exchange},
    prose, quoted,
    text::reading,
    transcript::Transcript,
};
use crate::{
    advice::{advice, consequence},
    words,
};

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ScenarioSection {
    pub(super) id: String,
    name: String,
    pub(super) anchor: String,
    title: String,
    purpose: String,
    clause: String,
    clause_anchor: String,
    level: &'static str,
    level_class: &'static str,
    class: &'static str,
    mark: &'static str,
    verdict: &'static str,
    reason: String,
    expected: String,
    observed: String,
    stage: Option<String>,
    permitted: String,
    decisions: Vec<Decision>,
    evidence: Vec<String>,
    twin: Option<Link>,
    interpretation: Option<Link>,
    interpretation_text: Option<String>,
    /// What to do, where the target missed it.
    advice: Option<String>,
    /// What could come of it, where the target failed.
    consequence: Option<String>,
    duration: String,
    exchange: Option<Exchange>,
}

/// What was decided on one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Decision {
    /// Which transaction, where there are several.
    title: Option<String>,
    rule_path: Vec<String>,
    facts: Vec<Fact>,
}

impl Decision {
    fn new(decision: &DecisionRecord, several: bool) -> Self {
        let fact = |row: &FactRow| Fact {
            label: prose(&row.label),
            value: prose(&row.value),
            changed: row.changed,
        };
        Self {
            title: several.then(|| format!("Transaction {}", decision.transaction)),
            rule_path: decision.rule_path.iter().map(|text| prose(text)).collect(),
            facts: decision.facts.iter().map(fact).collect(),
        }
    }
}

/// One fact of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Fact {
    label: String,
    value: String,
    changed: bool,
}

/// A name and its place in the report, where it has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) anchor: Option<String>,
}

impl Link {
    /// A scenario, which the record may not have.
    pub(super) fn to(record: &RunRecord, id: &str) -> Self {
        let known = record.scenarios.iter().any(|other| other.id == id);
        Self { name: quoted(id), anchor: known.then(|| anchor("s", id)) }
    }

    /// The reading of an open point, which the record may not have.
    pub(super) fn to_interpretation(record: &RunRecord, slug: &str) -> Self {
        let known = record.interpretations.contains_key(slug);
        Self { name: quoted(slug), anchor: known.then(|| anchor("i", slug)) }
    }
}

impl ScenarioSection {
    /// All of a scenario but its transcript.
    pub(super) fn new(record: &RunRecord, scenario: &ScenarioRecord) -> Self {
        let several = scenario.decisions.len() > 1;
        let interpretation = scenario.interpretation.as_deref();
        let name = scenario.id.rsplit('/').next().unwrap_or(&scenario.id);
        Self {
            id: quoted(&scenario.id),
            name: quoted(name),
            anchor: anchor("s", &scenario.id),
            title: prose(&scenario.title),
            purpose: prose(&scenario.purpose),
            clause: quoted(&scenario.clause),
            clause_anchor: anchor("c", &scenario.clause),
            level: words::level(scenario.level),
            level_class: level_class(scenario.level),
            class: words::slug(scenario.verdict),
            mark: words::mark(scenario.verdict),
            verdict: words::verdict(scenario.verdict),
            reason: prose(&scenario.reason),
            expected: prose(&scenario.expected),
            observed: quoted(&scenario.observed),
            stage: scenario.stage.as_deref().map(prose),
            permitted: prose(&DecisionRecord::permitted(&scenario.decisions)),
            decisions: scenario.decisions.iter().map(|one| Decision::new(one, several)).collect(),
            evidence: scenario.evidence.iter().map(|text| prose(text)).collect(),
            twin: scenario.twin.as_deref().map(|id| Link::to(record, id)),
            interpretation: interpretation.map(|slug| Link::to_interpretation(record, slug)),
            interpretation_text: interpretation
                .and_then(|slug| record.interpretations.get(slug))
                .map(|text| reading(text)),
            advice: advice(scenario).map(prose),
            consequence: consequence(scenario).map(prose),
            duration: words::duration(scenario.duration_ms),
            exchange: None,
        }
    }

    /// With its transcript, if it has one.
    pub(super) fn whole(
        record: &RunRecord,
        scenario: &ScenarioRecord,
        transcript: Option<&Transcript>,
        budget: &mut u64,
    ) -> Self {
        let exchange = transcript.map(|transcript| exchange::of(transcript, budget));
        Self { exchange, ..Self::new(record, scenario) }
    }
}

/// A level as a class of the style.
pub(super) fn level_class(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// One decision stands without a title; several have the number of their transactions.
    #[test]
    fn decisions_are_titled_where_there_are_several() {
        let record = sample::record();
        let mut scenario = record.scenarios[0].clone();
        let titles = |scenario: &ScenarioRecord| {
            let shown = ScenarioSection::new(&record, scenario);
            let titles: Vec<_> = shown.decisions.into_iter().map(|one| one.title).collect();
            (titles, shown.permitted)
        };
        assert_eq!(titles(&scenario), (vec![None], "accepté".to_owned()));
        let second = DecisionRecord {
            transaction: 2,
            permitted: vec!["refusé".to_owned()],
            ..scenario.decisions[0].clone()
        };
        scenario.decisions.push(second);
        let both = vec![Some("Transaction 1".to_owned()), Some("Transaction 2".to_owned())];
        assert_eq!(titles(&scenario), (both, "1. accepté · 2. refusé".to_owned()));
        scenario.decisions.clear();
        assert_eq!(titles(&scenario), (Vec::new(), String::new()));
    }
}
