//! The text that says what has changed between two runs.

use suite::{
    comparison::{Change, Comparison, Kind},
    record::{RunRecord, RunVerdict, Verdict},
};

use super::{Style, page::Page};
use crate::words;

/// The comparison of an earlier run with a later one, ending with a line feed.
#[must_use]
pub fn comparison(
    before: &RunRecord,
    after: &RunRecord,
    comparison: &Comparison,
    style: &Style,
) -> String {
    let mut page = Page::new(style);
    for (label, record) in [("Avant", before), ("Après", after)] {
        let conclusion = words::conclusion(record.verdict);
        let scenarios = words::plural(record.scenarios.len(), "scénario");
        page.field(
            label,
            &format!(
                "{} · {} · {} · {scenarios} · {conclusion}",
                words::moment(record.started),
                record.target.name,
                record.target.address,
            ),
        );
    }
    for setting in &comparison.settings {
        page.field("Diffère", &words::setting(setting));
    }
    page.blank();
    for kind in Kind::ALL {
        let changes: Vec<_> = comparison.of_kind(kind).collect();
        if changes.is_empty() {
            continue;
        }
        page.line(&style.strong(&format!("{} ({})", words::change(kind), changes.len())));
        for change in changes {
            entry(&mut page, change);
        }
        page.blank();
    }
    let worse = comparison.is_worse();
    let verdict = if worse { RunVerdict::NonConcluant } else { RunVerdict::Concluant };
    let words = if worse { "EN RECUL" } else { "SANS RECUL" };
    page.line(&format!(
        "{} · {} · {}",
        style.conclusion(verdict, words),
        words::plural(comparison.changes.len(), "changement"),
        words::plural(comparison.same as usize, "scénario") + " sans changement",
    ));
    page.text
}

fn entry(page: &mut Page<'_>, change: &Change) {
    let name = |verdict: Option<Verdict>| verdict.map_or("absent", words::verdict);
    let verdict = change.after.or(change.before).unwrap_or(Verdict::Skipped);
    page.item(
        verdict,
        &format!(
            "{} · {} · {} · {} → {}",
            change.id,
            change.clause,
            words::level(change.level),
            name(change.before),
            name(change.after),
        ),
    );
    if change.after != Some(Verdict::Pass) {
        page.detail("motif", &change.reason);
    }
    if !change.reworded.is_empty() {
        let parts: Vec<_> = change.reworded.iter().map(|part| words::part(part)).collect();
        page.detail("énoncé", &format!("a changé : {}", parts.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use suite::comparison::{Setting, in_order, of_one_target};

    use super::*;
    use crate::sample;

    #[test]
    fn the_comparison_stays_as_it_is() {
        let (before, after) = (sample::earlier(), sample::record());
        let compared = Comparison::of(&before, &after);
        for kind in [Kind::Broken, Kind::Fixed, Kind::New, Kind::Gone, Kind::Reworded] {
            assert!(compared.of_kind(kind).next().is_some(), "{kind:?} is in the sample");
        }
        let text = comparison(&before, &after, &compared, &Style::default());
        insta::assert_snapshot!("comparison", text);
    }

    #[test]
    fn a_run_compared_with_itself_has_not_changed() {
        let record = sample::record();
        let compared = Comparison::of(&record, &record);
        assert_eq!(compared.changes, []);
        assert_eq!(compared.settings, []);
        assert_eq!(compared.same as usize, record.scenarios.len());
        assert!(!compared.is_worse());
    }

    /// A scenario that is not played has no decision: its requirement is the same.
    #[rstest]
    #[case::skipped(Verdict::Skipped)]
    #[case::not_applicable(Verdict::NotApplicable)]
    fn what_is_merely_not_played_is_not_reworded(#[case] verdict: Verdict) {
        let (before, mut after) = (sample::record(), sample::record());
        for scenario in &mut after.scenarios {
            scenario.verdict = verdict;
            scenario.decisions.clear();
            scenario.interpretation = None;
            scenario.transcript = None;
        }
        for (before, after) in [(&before, &after), (&after, &before)] {
            let compared = Comparison::of(before, after);
            assert!(compared.changes.iter().all(|change| change.reworded.is_empty()));
            assert_eq!(compared.of_kind(Kind::Reworded).count(), 0);
        }
    }

    #[test]
    fn capabilities_are_told_once() {
        let (before, mut after) = (sample::record(), sample::record());
        let own = before.target.capabilities.clone();
        after.target.capabilities.retain(|name| *name != own[0]);
        after.target.capabilities.push("relay".to_owned());
        let settings = Comparison::of(&before, &after).settings;
        let [Setting { name: "target.capabilities", before, after }] = &settings[..] else {
            panic!("{settings:?}");
        };
        assert_eq!((before.as_str(), after.as_str()), (own[0].as_str(), "relay"));
    }

    #[test]
    fn the_later_run_is_no_earlier_one() {
        let (before, after) = (sample::earlier(), sample::record());
        assert_eq!(in_order(&before, &after), Ok(()));
        let error = in_order(&after, &before).expect_err("the other way round");
        insta::assert_snapshot!(error, @"la campagne donnée comme antérieure est du 22/11/2026 à 08:14:02 UTC, et l'autre du 01/10/2026 à 09:30:00 UTC : donnez d'abord l'ancienne, puis la nouvelle");
    }

    #[rstest]
    #[case::the_same(|_: &mut RunRecord| (), true)]
    #[case::another_name_of_one_dn(|record: &mut RunRecord| record.target.name = "autre".into(), true)]
    #[case::another_dn(|record: &mut RunRecord| record.target.dn = Some("CN=autre".into()), false)]
    #[case::another_name_without_a_dn(
        |record: &mut RunRecord| { record.target.dn = None; record.target.name = "autre".into(); }, false)]
    #[case::the_embedded_proxy(|record: &mut RunRecord| record.target.embedded = !record.target.embedded, false)]
    fn an_earlier_run_is_of_the_same_target(#[case] change: fn(&mut RunRecord), #[case] is: bool) {
        let (mut before, after) = (sample::earlier(), sample::record());
        assert!(after.target.dn.is_some());
        change(&mut before);
        assert_eq!(of_one_target(&before, &after).is_ok(), is);
    }
}
