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
}
