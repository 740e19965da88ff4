//! What the target asked of the space during a run, counted.

use std::collections::BTreeMap;

use fixtures::{log, space::Space};

use crate::record::{Answer, Asked, ReadRecord};

/// The most rows told by name; the names of the DNS beyond are counted together.
const ROWS: usize = 128;

/// What was asked so far: `before` the run was cut short, and since.
pub(super) fn reads(space: &Space, before: &[ReadRecord]) -> Vec<ReadRecord> {
    let log = space.log().all();
    let since = log.iter().filter(|access| !access.control).filter_map(row);
    counted(before.iter().cloned().chain(since))
}

/// Rows of one kind made one.
fn counted(all: impl Iterator<Item = ReadRecord>) -> Vec<ReadRecord> {
    let mut rows: BTreeMap<_, ReadRecord> = BTreeMap::new();
    for mut one in all {
        let key = (one.what.clone(), one.from, one.answer);
        if rows.len() >= ROWS
            && !rows.contains_key(&key)
            && let Asked::Dns { name, .. } = &mut one.what
        {
            *name = None;
        }
        let key = (one.what.clone(), one.from, one.answer);
        rows.entry(key)
            .and_modify(|row| {
                row.count = row.count.saturating_add(one.count);
                row.first = row.first.min(one.first);
                row.last = row.last.max(one.last);
            })
            .or_insert(one);
    }
    rows.into_values().collect()
}

fn row(access: &log::Access) -> Option<ReadRecord> {
    let (what, answer) = match &access.asked {
        log::Asked::Http(fetch) => (Asked::File(fetch.resource()), Answer::Http(fetch.status)),
        log::Asked::Dns(question) => {
            let (name, kind) = (Some(question.name.clone()), question.kind.to_string());
            (Asked::Dns { kind, name }, Answer::Dns(question.outcome))
        }
        log::Asked::Smtp => return None,
    };
    let (from, at) = (access.peer.ip(), access.at);
    Some(ReadRecord { what, from, answer, count: 1, first: at, last: at })
}

#[cfg(test)]
mod tests {
    use fixtures::log::{QuestionOutcome, Resource};
    use jiff::Timestamp;

    use super::*;

    fn one(what: Asked, second: i64) -> ReadRecord {
        let at = Timestamp::from_second(second).expect("a time");
        let answer = match &what {
            Asked::File(_) => Answer::Http(Some(200)),
            Asked::Dns { .. } => Answer::Dns(QuestionOutcome::NxDomain),
        };
        ReadRecord { what, from: [127, 0, 0, 1].into(), answer, count: 1, first: at, last: at }
    }

    fn name(n: usize) -> Asked {
        Asked::Dns { kind: "A".to_owned(), name: Some(format!("n{n}.test")) }
    }

    #[test]
    fn what_is_alike_is_one_row_and_a_resumed_run_counts_on() {
        let before = counted([one(Asked::File(Resource::List), 5)].into_iter());
        let since = [one(Asked::File(Resource::List), 9), one(name(1), 2)];
        let rows = counted(before.into_iter().chain(since));
        assert_eq!(rows.len(), 2, "{rows:?}");
        let list = &rows[0];
        let (first, last) = (list.first.as_second(), list.last.as_second());
        assert_eq!((&list.what, list.count), (&Asked::File(Resource::List), 2));
        assert_eq!((first, last), (5, 9));
    }

    #[test]
    fn a_flood_of_names_is_counted_and_not_told() {
        let flood = (0..ROWS + 500).map(|n| one(name(n), 1));
        let rows = counted(flood.chain([one(Asked::File(Resource::List), 1)]));
        assert_eq!(rows.len(), ROWS + 2);
        let rest = rows.iter().find(|row| matches!(&row.what, Asked::Dns { name: None, .. }));
        assert_eq!(rest.map(|row| row.count), Some(500));
    }
}
