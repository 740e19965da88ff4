//! The dossiers that were checked together, one line each.

use super::{Style, verification::verdict};
use crate::{dossier::Entry, words};

/// What became of one dossier, on one line, ending with a line feed.
#[must_use]
pub fn entry(entry: &Entry, style: &Style) -> String {
    let mut parts = Vec::new();
    if let Some(error) = &entry.error {
        parts.push(error.clone());
    }
    parts.extend(entry.operator.clone());
    if let Some(connector) = &entry.connector {
        let version = entry.connector_version.as_deref().unwrap_or_default();
        parts.push(format!("{connector} {version}").trim_end().to_owned());
    }
    parts.extend(entry.conclusion.map(|conclusion| words::conclusion(conclusion).to_owned()));
    if entry.error.is_none() {
        let signers: Vec<_> = entry.signers.iter().map(|signer| signer.subject.as_str()).collect();
        parts.push(match signers.as_slice() {
            [] => "non signé".to_owned(),
            signers => format!("signé par {}", signers.join(" et par ")),
        });
    }
    match entry.findings.values().map(|found| found.count).sum() {
        0 => {}
        count => parts.push(words::plural(count, "constat")),
    }
    let mark = if entry.accepted { "✔" } else { "✘" };
    let told = words::visible(&format!("{} · {}", entry.file, parts.join(" · "))).into_owned();
    format!("{mark} {} · {told}\n", verdict(entry.shortfalls.first().copied(), style))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;
    use suite::record::RunVerdict;

    use super::*;
    use crate::dossier::{FindingKind, Found, Shortfall};

    fn whole() -> Entry {
        Entry {
            file: "a.zip".to_owned(),
            accepted: true,
            operator: Some("CH de TEST".to_owned()),
            connector: Some("Éditeur".to_owned()),
            connector_version: Some("4.2".to_owned()),
            conclusion: Some(RunVerdict::Concluant),
            ..Entry::default()
        }
    }

    fn altered() -> Entry {
        let found = Found { count: 3, sentences: Vec::new() };
        Entry {
            accepted: false,
            shortfalls: vec![Shortfall::Altered, Shortfall::Unsigned],
            findings: BTreeMap::from([(FindingKind::File, found)]),
            ..whole()
        }
    }

    fn unreadable() -> Entry {
        let file = "b\u{1b}[2J.zip".to_owned();
        Entry::unchecked(file, Shortfall::Unreadable, "ce n'est pas une archive".to_owned())
    }

    #[rstest]
    #[case::whole(whole(), "✔ INTACT · a.zip · CH de TEST · Éditeur 4.2 · CONCLUANT · non signé\n")]
    #[case::altered(
        altered(),
        "✘ ALTÉRÉ · a.zip · CH de TEST · Éditeur 4.2 · CONCLUANT · non signé · 3 constats\n"
    )]
    #[case::unreadable(unreadable(), "✘ ILLISIBLE · b\\x1b[2J.zip · ce n'est pas une archive\n")]
    fn a_dossier_is_one_line(#[case] of: Entry, #[case] line: &str) {
        assert_eq!(entry(&of, &Style::default()), line);
    }
}
