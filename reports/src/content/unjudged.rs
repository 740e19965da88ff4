//! Scenarios without a verdict of the target's own, grouped by reason, with what to do.

use serde::Serialize;
use suite::record::{Level, RunRecord, ScenarioRecord, Verdict};

use super::{prose, scenario::Scenario};
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
    scenarios: Vec<Scenario>,
}

/// The groups of one verdict, in order of first appearance.
pub(super) fn groups(record: &RunRecord, verdict: Verdict) -> Vec<Group> {
    outline::by_reason(&outline::steps(record), verdict)
        .into_iter()
        .map(|(reason, scenarios)| {
            // One scenario can be asked for by itself; several share a part of their ids, or none.
            let ids: Vec<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
            let advice = scenarios.iter().find_map(|scenario| scenario.advice.as_deref());
            Group {
                class: words::slug(verdict),
                mark: words::mark(verdict),
                heading: heading(verdict, &scenarios),
                reason: prose(reason),
                todo: prose(&todo(verdict, &ids, advice)),
                scenarios: scenarios.into_iter().map(|one| Scenario::new(record, one)).collect(),
            }
        })
        .collect()
}

/// `2 scénarios non exécutés, dont 1 obligatoire`.
fn heading(verdict: Verdict, scenarios: &[&ScenarioRecord]) -> String {
    let s = |count: usize| if count > 1 { "s" } else { "" };
    let count = scenarios.len();
    // « sans objet » does not agree.
    let agreed = if verdict == Verdict::NotApplicable { "" } else { s(count) };
    let mut text =
        format!("{} {}{agreed}", words::plural(count, "scénario"), words::verdict(verdict));
    match scenarios.iter().filter(|scenario| scenario.level == Level::Must).count() {
        0 => {}
        must if must == count => text.push_str(&format!(", obligatoire{}", s(count))),
        must => text.push_str(&format!(", dont {must} obligatoire{}", s(must))),
    }
    text
}

fn todo(verdict: Verdict, ids: &[&str], advice: Option<&str>) -> String {
    let filter = match ids {
        [id] => format!(" --filter {id}"),
        _ => String::new(),
    };
    let rerun = format!("rejouer : cargo xtask conformance{filter}, avec les mêmes options");
    match (verdict, advice) {
        (Verdict::Skipped, _) => {
            format!("Fournir ou déclarer ce qui manque d'après le motif, puis {rerun}.")
        }
        (Verdict::NotApplicable, _) => {
            "Rien, si la déclaration de l'opérateur est exacte ; le lecteur en juge.".to_owned()
        }
        (_, Some(advice)) => format!("{advice} Puis {rerun}."),
        (_, None) => format!("Lever la cause que dit le motif, puis {rerun}."),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

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
