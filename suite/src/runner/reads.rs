//! What the target asked of the space during a run, counted.

use std::collections::BTreeMap;

use fixtures::{
    log::{self, Mark},
    space::Space,
};

use crate::record::{Answer, Asked, ReadRecord};

/// The most rows told by name; the names of the DNS beyond are counted together, by record type.
const ROWS: usize = 128;

/// The record types that a mail server may ask for; any other is [`OTHER`] where names are counted together.
const TYPES: [&str; 9] = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "TLSA", "TXT"];

/// Any other record type, of which there are 65,536.
const OTHER: &str = "autre type";

/// What was asked so far: `before` the run was cut short, and since.
pub(super) fn reads(space: &Space, before: &[ReadRecord]) -> Vec<ReadRecord> {
    space.log().read(Mark::START, |log| {
        let since = log.iter().filter(|access| !access.control).filter_map(|access| row(access));
        counted(before.iter().cloned().chain(since))
    })
}

/// Rows of one kind made one.
fn counted(all: impl Iterator<Item = ReadRecord>) -> Vec<ReadRecord> {
    let mut rows: BTreeMap<_, ReadRecord> = BTreeMap::new();
    for mut one in all {
        let key = (one.what.clone(), one.from, one.answer);
        if rows.len() >= ROWS
            && !rows.contains_key(&key)
            && let Asked::Dns { name, kind } = &mut one.what
        {
            *name = None;
            if !TYPES.contains(&kind.as_str()) {
                OTHER.clone_into(kind);
            }
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
        log::Asked::Smtp | log::Asked::Handshake(_) => return None,
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

    #[test]
    fn a_flood_of_record_types_is_counted_together() {
        let kind = |n: usize| Asked::Dns { kind: format!("TYPE{n}"), name: Some("a.test".into()) };
        let flood = (0..ROWS).map(name).chain((0..5_000).map(kind)).chain([name(ROWS + 1)]);
        let rows = counted(flood.map(|what| one(what, 1)));
        let told: Vec<_> = rows
            .iter()
            .filter_map(|row| match &row.what {
                Asked::Dns { kind, name: None } => Some((kind.as_str(), row.count)),
                _ => None,
            })
            .collect();
        assert_eq!((rows.len(), told), (ROWS + 2, vec![("A", 1), (OTHER, 5_000)]));
    }
}
