//! Scenarios without a verdict of the target's own, grouped by reason, with what to do.

use serde::Serialize;
use suite::record::{Level, RunRecord, ScenarioRecord, Verdict};

use super::{prose, scenario::ScenarioSection};
use crate::{outline, words};

/// Scenarios that were not judged for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    class: &'static str,
    mark: &'static str,
    /// How many scenarios, and how many of them are obligatory.
    heading: String,
    reason: String,
    /// What to do.
    todo: String,
    scenarios: Vec<ScenarioSection>,
}

/// The groups of one verdict, in order of first appearance.
pub(super) fn groups(record: &RunRecord, verdict: Verdict) -> Vec<Group> {
    outline::by_reason(&outline::steps(record), verdict)
        .into_iter()
        .map(|(reason, scenarios)| {
            // One scenario can be asked for by itself; several share a part of their ids, or none.
            let ids: Vec<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
            Group {
                class: words::slug(verdict),
                mark: words::mark(verdict),
                heading: heading(verdict, &scenarios),
                reason: prose(reason),
                todo: prose(&todo(
                    verdict,
                    &ids,
                    scenarios.iter().all(|one| one.transcript.is_some()),
                )),
                scenarios: scenarios
                    .into_iter()
                    .map(|one| ScenarioSection::new(record, one))
                    .collect(),
            }
        })
        .collect()
}

/// `2 scénarios non exécutés, dont 1 obligatoire`.
fn heading(verdict: Verdict, scenarios: &[&ScenarioRecord]) -> String {
    let s = |count: usize| if count > 1 { "s" } else { "" };
    let count = scenarios.len();
    let mut text =
        format!("{} {}", words::plural(count, "scénario"), words::verdicts(verdict, count));
    match scenarios.iter().filter(|scenario| scenario.level == Level::Must).count() {
        0 => {}
        must if must == count => text.push_str(&format!(", obligatoire{}", s(count))),
        must => text.push_str(&format!(", dont {must} obligatoire{}", s(must))),
    }
    text
}

/// What is to be done about these, of which a transcript tells where they were `played`.
fn todo(verdict: Verdict, ids: &[&str], played: bool) -> String {
    let filter = match ids {
        [id] => format!(" --filter {id}"),
        _ => String::new(),
    };
    let rerun = format!("rejouer : cargo xtask conformance{filter}, avec les mêmes options");
    match verdict {
        Verdict::Skipped => {
            format!("Fournir ou déclarer ce qui manque d'après le motif, puis {rerun}.")
        }
        Verdict::NotApplicable if played => {
            "Rien : la cible l'a montré elle-même, et la transcription le garde.".to_owned()
        }
        Verdict::NotApplicable => {
            "Rien, si la déclaration de l'opérateur est exacte ; le lecteur en juge.".to_owned()
        }
        // The scenario's own advice is for who fails it, which is not known here.
        _ => format!("Lever la cause que dit le motif, puis {rerun}."),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

    #[test]
    fn advice_for_who_fails_is_not_given_to_who_was_not_judged() {
        let mut record = sample::record();
        for scenario in &mut record.scenarios {
            scenario.advice = Some("Charger la CRL.".to_owned());
        }
        let groups = groups(&record, Verdict::Inconclusive);
        assert!(groups[0].todo.starts_with("Lever la cause que dit le motif"), "{groups:?}");
        assert!(!format!("{groups:?}").contains("Charger la CRL"), "{groups:?}");
    }

    #[test]
    fn what_the_target_showed_is_not_what_its_operator_declares() {
        let mut record = sample::record();
        let shown = record.scenarios.iter().find_map(|scenario| scenario.transcript.clone());
        for scenario in &mut record.scenarios {
            scenario.transcript.clone_from(&shown);
        }
        let groups = groups(&record, Verdict::NotApplicable);
        assert!(groups[0].todo.contains("la cible l'a montré"), "{groups:?}");
    }

    #[rstest]
    #[case::inconclusive(
        Verdict::Inconclusive,
        "1 scénario non conclusif, obligatoire",
        "--filter reception/4-certificat/expire"
    )]
    #[case::skipped(
        Verdict::Skipped,
        "2 scénarios non exécutés, obligatoires",
        "Fournir ou déclarer"
    )]
    #[case::not_applicable(Verdict::NotApplicable, "1 scénario sans objet", "si la déclaration")]
    fn what_was_not_judged_says_what_to_do(
        #[case] verdict: Verdict,
        #[case] heading: &str,
        #[case] todo: &str,
    ) {
        let groups = groups(&sample::record(), verdict);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].heading, heading);
        assert!(groups[0].todo.contains(todo), "{}", groups[0].todo);
    }
}
