//! How a changed world ended: the transcript of the control after it tells that at its head.

use std::collections::BTreeSet;

use fixtures::{
    change::{Change, World},
    log::Resource,
    smtp::transcript::{Entry, Event},
};

use super::changes;
use crate::record::UndoneRecord;

/// How the world before a control ended, by the head of its transcript; `None` where it does not tell.
pub(super) fn undone(entries: &[Entry]) -> Option<UndoneRecord> {
    let mut undone: Option<UndoneRecord> = None;
    let mut unread = BTreeSet::new();
    for event in head(entries) {
        let (at, proof, error) = match event {
            Event::Restored { change, at, asked, answer } => {
                unread.extend(change.resource());
                (*at, Some(format!("{asked} → {answer}")), None)
            }
            Event::RestoreFailed { at, error } => (*at, None, Some(error.clone())),
            // Without a proof before it, it is of no end.
            other => {
                let told = undone.as_mut()?;
                if let Some(one) = changes::awaited(other) {
                    unread.remove(&one.what);
                    told.failed = told.failed.take().or_else(|| one.failed.clone());
                    told.awaited.push(one);
                }
                told.read.extend(changes::fetch(other));
                continue;
            }
        };
        let told = undone.get_or_insert_with(|| UndoneRecord {
            since: at,
            proofs: Vec::new(),
            awaited: Vec::new(),
            read: Vec::new(),
            failed: None,
        });
        told.since = told.since.min(at);
        told.proofs.extend(proof);
        told.failed = told.failed.take().or(error);
    }
    let mut undone = undone?;
    if let Some(what) = unread.first().filter(|_| undone.failed.is_none()) {
        undone.failed = Some(format!("relecture non attendue : {what}"));
    }
    Some(undone)
}

/// Whether a control's transcript tells of the end of `world` as a run does: each of its changes is proven to be gone and its
/// read was awaited, up to the first that was not seen; or nothing proves that they are. Of a list that is back,
/// the answer names this SHA-256 where there is one.
pub(super) fn is_told(entries: &[Entry], world: &World, list: Option<&str>) -> bool {
    let head: Vec<&Event> = head(entries).collect();
    if ends(entries) > head.iter().filter(|event| is_end(event)).count() {
        return false;
    }
    if let [Event::RestoreFailed { .. }] = head[..] {
        return true;
    }
    let proofs = head.iter().take_while(|event| is_end(event));
    let restored = proofs.map(|event| match event {
        Event::Restored { change, answer, .. } => {
            // Behind it stands that what the list's server lent is gone.
            let own = answer.split(" ; ").next().unwrap_or_default();
            let right = !matches!(change, Change::List { .. })
                || list.is_none_or(|digest| own.ends_with(&format!("SHA-256 {digest}")));
            right.then_some(change)
        }
        _ => None,
    });
    if !restored.eq(world.changes().map(Some)) {
        return false;
    }
    let mut rest = head[world.changes().count()..].iter();
    for what in world.changes().filter_map(Change::resource) {
        let Some(Event::Awaited { what: awaited, failed, .. }) = rest.next() else { return false };
        if *awaited != what {
            return false;
        }
        if failed.is_some() {
            // What the target may have asked for too late, or was not given.
            return rest.all(|event| is_read(event, what));
        }
        if !rest.next().is_some_and(|event| is_read(event, what)) {
            return false;
        }
    }
    rest.next().is_none()
}

/// How many events of a transcript tell of the end of a world, wherever they stand.
pub(super) fn ends(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| is_end(&entry.event)).count()
}

/// What a transcript says before its first connection, but that it began.
fn head(entries: &[Entry]) -> impl Iterator<Item = &Event> {
    let events = entries.iter().map(|entry| &entry.event);
    events.skip_while(|event| matches!(event, Event::Began { .. })).take_while(|event| {
        is_end(event) || matches!(event, Event::Awaited { .. } | Event::Fetched { .. })
    })
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Restored { .. } | Event::RestoreFailed { .. })
}

fn is_read(event: &Event, what: Resource) -> bool {
    matches!(event, Event::Fetched { what: read, .. } if *read == what)
}

#[cfg(test)]
pub(super) mod testing {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        record::TranscriptRef,
        runner::{
            control::Which,
            verdicts::{Checked, Proceeding},
        },
        scenario::Scenario,
    };

    /// What the served list is known by.
    pub(in crate::runner) const DIGEST: &str = "0a1b";

    /// The head of the control after a scenario's world: the read of its list `failed`, or was seen.
    pub(in crate::runner) fn restored(scenario: &Scenario, failed: Option<&str>) -> Vec<Entry> {
        let world = scenario.world();
        let proofs = world.changes().map(|change| Event::Restored {
            change: change.clone(),
            at: Timestamp::UNIX_EPOCH,
            asked: "GET https://liste.test/".to_owned(),
            answer: format!("200, 5 octets, SHA-256 {DIGEST}"),
        });
        let awaited = Event::Awaited {
            what: Resource::List,
            by: "command".to_owned(),
            bound_ms: 120_000,
            took_ms: 7,
            said: None,
            failed: failed.map(str::to_owned),
        };
        let read = failed.is_none().then(|| crate::observe::testing::list_read(6, 200));
        let events = proofs.chain([awaited]).chain(read);
        events.map(|event| Entry { at_us: 0, event }).collect()
    }

    /// A control of these entries.
    pub(in crate::runner) fn checked(which: Which, entries: Vec<Entry>) -> Checked {
        let path = format!("transcripts/{}", which.id().transcript_name());
        let transcript = TranscriptRef { path, sha256: String::new() };
        let played = Proceeding { entries, transcript, took: std::time::Duration::ZERO };
        Checked { which, played }
    }
}

#[cfg(test)]
mod tests {
    use fixtures::{change::CrlState, pki::Role};
    use jiff::Timestamp;
    use rstest::rstest;

    use super::{
        testing::{DIGEST, restored},
        *,
    };
    use crate::{
        observe::testing::{crl_read, list_read},
        runner::testing::{id, library},
    };

    const ADDED: &str = "5-enveloppe/domaine-ajoute-a-la-liste";

    fn failed() -> Event {
        Event::RestoreFailed { at: Timestamp::UNIX_EPOCH, error: "muet".to_owned() }
    }

    /// What is done to the head of an honest control.
    type Retouch = fn(&mut Vec<Entry>);

    fn push(entries: &mut Vec<Entry>, at: usize, event: Event) {
        entries.insert(at, Entry { at_us: 0, event });
    }

    fn answer(entry: &mut Entry) -> &mut String {
        let Event::Restored { answer, .. } = &mut entry.event else { panic!("no proof") };
        answer
    }

    fn change(entry: &mut Entry) -> &mut Change {
        let Event::Restored { change, .. } = &mut entry.event else { panic!("no proof") };
        change
    }

    /// Heads of a control, by what is done to an honest one, and whether a run writes them so.
    const HEADS: &[(&str, Retouch, bool)] = &[
        ("as it is", |_| {}, true),
        ("nothing", Vec::clear, false),
        ("no proof", |all| drop(all.remove(0)), false),
        ("the proof twice", |all| all.insert(0, all[0].clone()), false),
        ("the proof once more, later", |all| all.push(all[0].clone()), false),
        ("after an event", |all| push(all, 0, Event::Trouble { text: String::new() }), false),
        (
            "of another change",
            |all| {
                *change(&mut all[0]) =
                    Change::Crl { authority: Role::Root, state: CrlState::Absent };
            },
            false,
        ),
        (
            "what was lent is gone",
            |all| answer(&mut all[0]).push_str(" ; GET https://x : 404"),
            true,
        ),
        ("a digest more", |all| answer(&mut all[0]).push('0'), false),
        ("another list", |all| *answer(&mut all[0]) = "200, 5 octets".to_owned(), false),
        ("not awaited", |all| drop(all.remove(1)), false),
        ("no read", |all| drop(all.remove(2)), false),
        ("a read of another file", |all| all[2].event = crl_read(Role::Root, 6, 200), false),
        ("a read more", |all| all.push(all[2].clone()), false),
        (
            "nothing proves it",
            |all| {
                all.clear();
                push(all, 0, failed());
            },
            true,
        ),
        ("nothing proves it, and yet it is proven", |all| push(all, 0, failed()), false),
        ("nothing proves it, and yet it is awaited", |all| all[0].event = failed(), false),
    ];

    #[test]
    fn a_control_tells_how_its_world_ended() {
        let library = library();
        let scenario = library.scenario(&id(ADDED)).expect("there is one");
        for (name, retouch, told) in HEADS {
            let mut entries = restored(scenario, None);
            retouch(&mut entries);
            let is_told = is_told(&entries, &scenario.world(), Some(DIGEST));
            assert_eq!(is_told, *told, "{name}: {entries:?}");
        }
    }

    #[rstest]
    #[case::not_seen(Some("aucune lecture"), None)]
    #[case::seen_late(Some("aucune lecture"), Some(503))]
    fn a_read_that_is_not_seen_is_the_last_that_is_awaited(
        #[case] why: Option<&str>,
        #[case] late: Option<u16>,
    ) {
        let library = library();
        let scenario = library.scenario(&id(ADDED)).expect("there is one");
        let mut entries = restored(scenario, why);
        entries.extend(late.map(|status| Entry { at_us: 0, event: list_read(6, status) }));
        assert!(is_told(&entries, &scenario.world(), None));
        let undone = undone(&entries).expect("told");
        assert_eq!((undone.failed.as_deref(), undone.proofs.len()), (why, 1));
        assert_eq!((undone.awaited.len(), undone.read.len()), (1, usize::from(late.is_some())));
    }

    #[test]
    fn what_is_told_without_a_proof_is_of_no_end() {
        let library = library();
        let scenario = library.scenario(&id(ADDED)).expect("there is one");
        let mut entries = restored(scenario, None);
        let unproven = entries.split_off(1);
        assert_eq!(undone(&unproven), None);
        let unread = undone(&entries).expect("told").failed;
        assert!(unread.is_some_and(|why| why.contains("non attendue")));
        let nothing = undone(&[Entry { at_us: 0, event: failed() }]).expect("told");
        assert_eq!((nothing.failed.as_deref(), nothing.proofs.len()), (Some("muet"), 0));
    }
}
