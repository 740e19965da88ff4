//! What changed during a run, told by its transcripts: each begins with the world that its scenario was
//! played in. One function serves a run at its end and its files read again.

use std::collections::BTreeMap;

use fixtures::{
    change::World,
    smtp::transcript::{Entry, Event},
};
use jiff::Timestamp;

use super::{
    epoch, restoration, timeline,
    verdicts::{Checked, Proceedings},
};
use crate::{
    record::{AwaitRecord, ChangeRecord, EpochRecord, FetchRecord},
    scenario::{Library, Scenario},
};

/// The epochs that these transcripts show, in their order, each with how the control after it says that it ended.
/// Scenarios that say the same of their world were played in one.
pub(super) fn epochs(library: &Library, all: &Proceedings) -> Vec<EpochRecord> {
    let played = all.played.iter();
    let played = played.filter_map(|(id, one)| Some((library.scenario(id)?, &one.entries[..])));
    shown(&epoch::places(library), played, &all.controls)
}

fn shown<'a>(
    places: &BTreeMap<World, u32>,
    played: impl IntoIterator<Item = (&'a Scenario, &'a [Entry])>,
    controls: &[Checked],
) -> Vec<EpochRecord> {
    let mut epochs: Vec<EpochRecord> = Vec::new();
    for (scenario, entries) in played {
        // Of the nominal world, which has no place, there is nothing to tell.
        let Some(place) = places.get(&scenario.world()) else { continue };
        let mut shown = head(scenario, entries);
        // Nothing could be put in place: there is no world to tell of.
        if shown.changes.is_empty() {
            continue;
        }
        let same = |epoch: &&mut EpochRecord| {
            (&epoch.changes, &epoch.awaited, &epoch.read)
                == (&shown.changes, &shown.awaited, &shown.read)
        };
        let id = scenario.id.to_string();
        if let Some(epoch) = epochs.iter_mut().find(same) {
            epoch.scenarios.push(id);
        } else {
            let part = timeline::began(entries);
            let mut after = controls.iter().filter(|control| {
                control.which.place() == Some(*place) && Some(control.which.part) == part
            });
            shown.undone = after.find_map(|one| restoration::undone(&one.played.entries));
            shown.scenarios.push(id);
            epochs.push(shown);
        }
    }
    for epoch in &mut epochs {
        epoch.scenarios.sort();
    }
    epochs.sort_by(|a, b| (since(a), &a.scenarios).cmp(&(since(b), &b.scenarios)));
    epochs
}

/// Since when the first change of an epoch was in place.
fn since(epoch: &EpochRecord) -> Option<Timestamp> {
    epoch.changes.iter().map(|change| change.since).min()
}

/// What a transcript says of the world, before its first connection.
fn head(scenario: &Scenario, entries: &[Entry]) -> EpochRecord {
    let world = scenario.world();
    let mut epoch = EpochRecord {
        changes: Vec::new(),
        awaited: Vec::new(),
        read: Vec::new(),
        scenarios: Vec::new(),
        undone: None,
    };
    for entry in entries {
        match &entry.event {
            Event::Began { .. } => {}
            Event::Changed { change, at, asked, answer } => {
                if world.changes().any(|one| one == change) {
                    epoch.changes.push(ChangeRecord {
                        change: change.clone(),
                        text: change.to_string(),
                        since: *at,
                        asked: asked.clone(),
                        answer: answer.clone(),
                    });
                }
            }
            event => match (awaited(event), fetch(event)) {
                (Some(awaited), _) => epoch.awaited.push(awaited),
                (_, Some(read)) => epoch.read.push(read),
                (None, None) => break,
            },
        }
    }
    epoch
}

/// What a wait for the target's read is in a record.
pub(super) fn awaited(event: &Event) -> Option<AwaitRecord> {
    let Event::Awaited { what, by, bound_ms, took_ms, said, failed } = event else { return None };
    let (what, by, bound_ms, took_ms) = (*what, by.clone(), *bound_ms, *took_ms);
    let (said, failed) = (said.clone(), failed.clone());
    Some(AwaitRecord { what, by, bound_ms, took_ms, said, failed })
}

/// What a fetch of a transcript is in a record, or a visit without one.
pub(super) fn fetch(event: &Event) -> Option<FetchRecord> {
    match event {
        Event::Fetched { what, from, at, fetch } => Some(FetchRecord {
            what: *what,
            from: *from,
            at: *at,
            status: fetch.status,
            octets: fetch.octets,
            left: None,
        }),
        Event::Left { what, from, at, handshake } => Some(FetchRecord {
            what: *what,
            from: *from,
            at: *at,
            status: None,
            octets: 0,
            left: Some(handshake.to_string()),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use fixtures::{log::Resource, pki::Role};

    use super::*;
    use crate::{
        observe::testing::{Played, crl_read},
        runner::{
            control::Which,
            restoration::testing::{checked, restored},
            testing::{id, library},
        },
    };

    const ADDED: &str = "5-enveloppe/domaine-ajoute-a-la-liste";

    /// A transcript whose world was in place at a second of the clock, before what was `played`.
    fn headed(
        scenario: &Scenario,
        second: i64,
        failed: Option<&str>,
        played: &Played,
    ) -> Vec<Entry> {
        let at = Timestamp::from_second(second).expect("a time");
        let world = scenario.world();
        let changed = world.changes().map(|change| Event::Changed {
            change: change.clone(),
            at,
            asked: "GET https://liste.test/".to_owned(),
            answer: "200".to_owned(),
        });
        let awaited = Event::Awaited {
            what: Resource::List,
            by: "command".to_owned(),
            bound_ms: 120_000,
            took_ms: 7,
            said: None,
            failed: failed.map(str::to_owned),
        };
        let head = changed.chain([awaited]).map(|event| Entry { at_us: 0, event });
        head.chain(played.entries().iter().cloned()).collect()
    }

    #[test]
    fn scenarios_of_one_head_are_of_one_epoch_and_the_nominal_world_is_none() {
        let library = library();
        let added = library.scenario(&id(ADDED)).expect("there is one");
        let nominal = library.scenario(&id("5-enveloppe/nominal")).expect("there is one");
        let bare = Played::new().ready().body(0, "250 ok");
        let one = headed(added, 5, None, &bare);
        // What is read while it is played is no head any more.
        let reading = Played::new().ready().push(crl_read(Role::Root, 6, 200)).body(0, "250 ok");
        let again = headed(added, 5, None, &reading);
        let resumed = headed(added, 9, Some("aucune lecture"), &bare);
        let all = [
            (nominal, bare.entries()),
            (added, resumed.as_slice()),
            (added, one.as_slice()),
            (added, again.as_slice()),
            (added, bare.entries()),
        ];
        let shown = shown(&epoch::places(&library), all, &[]);
        let told: Vec<(i64, usize, bool)> = shown
            .iter()
            .map(|epoch| {
                let at = since(epoch).expect("proven").as_second();
                (at, epoch.scenarios.len(), epoch.awaited[0].failed.is_some())
            })
            .collect();
        assert_eq!(told, [(5, 2, false), (9, 1, true)]);
    }

    /// Each part of a run that puts a world in place ends it by itself.
    #[test]
    fn how_an_epoch_ended_is_told_by_the_control_after_it() {
        let library = library();
        let places = epoch::places(&library);
        let added = library.scenario(&id(ADDED)).expect("there is one");
        let place = places[&added.world()];
        let of_part = |part, second| {
            let mut entries = headed(added, second, None, &Played::new());
            entries.insert(0, began(part));
            entries
        };
        let control = |part, failed: Option<&str>| {
            let which = Which::of_world("reception", place, part);
            let entries = [vec![began(part)], restored(added, failed)].concat();
            checked(which, entries)
        };
        let (first, second) = (of_part(0, 5), of_part(1, 9));
        let played = [(added, first.as_slice()), (added, second.as_slice())];
        let told = |controls: &[Checked]| -> Vec<Option<bool>> {
            let epochs = shown(&places, played, controls);
            let ends = epochs.iter().map(|epoch| epoch.undone.as_ref());
            ends.map(|end| end.map(|end| end.failed.is_none())).collect()
        };
        assert_eq!(told(&[]), [None, None]);
        assert_eq!(told(&[control(1, None)]), [None, Some(true)]);
        let both = [control(1, None), control(0, Some("aucune lecture"))];
        assert_eq!(told(&both), [Some(false), Some(true)]);
    }

    fn began(part: u32) -> Entry {
        let (run, scenario) = ("0123456789".to_owned(), ADDED.to_owned());
        Entry { at_us: 0, event: Event::Began { run, scenario, part, since_us: 0 } }
    }
}
