//! What has changed since an earlier run.

use serde::Serialize;
use suite::{
    comparison::{Change as Changed, Comparison, Kind},
    record::{RunRecord, Verdict},
};

use super::{prose, quoted, scenario::Link};
use crate::words;

/// The comparison with an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Since {
    worse: bool,
    /// Label, before, after.
    runs: Vec<[String; 3]>,
    /// What differs between the runs themselves.
    settings: Vec<String>,
    kinds: Vec<OfKind>,
    changed: String,
    same: String,
}

/// The changes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct OfKind {
    name: &'static str,
    changes: Vec<Change>,
}

/// One scenario that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Change {
    scenario: Link,
    title: String,
    clause: String,
    level: &'static str,
    before: &'static str,
    after: &'static str,
    class: &'static str,
    reason: String,
    reworded: String,
}

/// What has changed from `before` to `after`.
pub(super) fn since(before: &RunRecord, after: &RunRecord, comparison: &Comparison) -> Since {
    let row = |label: &str, of: fn(&RunRecord) -> String| [label.to_owned(), of(before), of(after)];
    let of_kind = |kind: Kind| {
        let changes: Vec<_> =
            comparison.of_kind(kind).map(|changed| change(after, changed)).collect();
        (!changes.is_empty()).then(|| OfKind { name: words::change(kind), changes })
    };
    Since {
        worse: comparison.is_worse(),
        runs: vec![
            row("Campagne", |record| words::moment(record.started)),
            row("Cible", |record| {
                format!("{} · {}", quoted(&record.target.name), quoted(&record.target.address))
            }),
            row("Suite", |record| quoted(&record.suite_version)),
            row("Scénarios", |record| words::thousands(record.scenarios.len())),
            row("Conclusion", |record| words::conclusion(record.verdict).to_owned()),
        ],
        settings: comparison.settings.iter().map(|s| prose(&words::setting(s))).collect(),
        kinds: Kind::ALL.into_iter().filter_map(of_kind).collect(),
        changed: words::plural(comparison.changes.len(), "changement"),
        same: words::plural(comparison.same as usize, "scénario"),
    }
}

fn change(after: &RunRecord, changed: &Changed) -> Change {
    let name = |verdict: Option<Verdict>| verdict.map_or("absent", words::verdict);
    let shown = changed.after.or(changed.before).unwrap_or(Verdict::Skipped);
    let parts: Vec<_> = changed.reworded.iter().map(|part| words::part(part)).collect();
    Change {
        scenario: Link::to(after, &changed.id),
        title: prose(&changed.title),
        clause: quoted(&changed.clause),
        level: words::level(changed.level),
        before: name(changed.before),
        after: name(changed.after),
        class: words::slug(shown),
        reason: prose(&changed.reason),
        reworded: parts.join(", "),
    }
}
