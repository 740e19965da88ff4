//! What changed during a run, told by its transcripts: each begins with the world that its scenario was
//! played in. One function serves a run at its end and its files read again.

use std::collections::BTreeMap;

use fixtures::smtp::transcript::{Entry, Event};
use jiff::Timestamp;

use super::verdicts::Proceeding;
use crate::{
    record::{AwaitRecord, ChangeRecord, EpochRecord, FetchRecord, UndoneRecord},
    scenario::{Scenario, ScenarioId},
};

/// The epochs that these transcripts show, in their order. Scenarios that say the same of their world were
/// played in one.
pub(super) fn epochs<'a>(
    played: impl IntoIterator<Item = (&'a Scenario, &'a [Entry])>,
) -> Vec<EpochRecord> {
    let mut epochs: Vec<EpochRecord> = Vec::new();
    for (scenario, entries) in played {
        if scenario.world().is_nominal() {
            continue;
        }
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
pub(super) fn since(epoch: &EpochRecord) -> Option<Timestamp> {
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
            Event::Awaited { what, by, bound_ms, took_ms, said, failed } => {
                epoch.awaited.push(AwaitRecord {
                    what: *what,
                    by: by.clone(),
                    bound_ms: *bound_ms,
                    took_ms: *took_ms,
                    said: said.clone(),
                    failed: failed.clone(),
                });
            }
            event => match fetch(event) {
                Some(read) => epoch.read.push(read),
                None => break,
            },
        }
    }
    epoch
}

/// What a fetch of a transcript is in a record.
pub(super) fn fetch(event: &Event) -> Option<FetchRecord> {
    let Event::Fetched { what, from, at, fetch } = event else { return None };
    let (what, from, at) = (*what, *from, *at);
    Some(FetchRecord { what, from, at, status: fetch.status, octets: fetch.octets })
}

/// Adds how each epoch ended, by the moment at which it began.
pub(super) fn ended(epochs: &mut [EpochRecord], ends: &BTreeMap<Timestamp, UndoneRecord>) {
    for epoch in epochs {
        epoch.undone = since(epoch).and_then(|since| ends.get(&since)).cloned();
    }
}

/// How each epoch ended, by the moment at which it began.
pub(super) fn undone(epochs: &[EpochRecord]) -> BTreeMap<Timestamp, UndoneRecord> {
    epochs.iter().filter_map(|epoch| Some((since(epoch)?, epoch.undone.clone()?))).collect()
}

/// The scenarios of `library` among these, with their transcripts.
pub(super) fn of<'a>(
    library: &'a crate::scenario::Library,
    played: &'a BTreeMap<ScenarioId, Proceeding>,
) -> impl Iterator<Item = (&'a Scenario, &'a [Entry])> {
    played.iter().filter_map(|(id, one)| Some((library.scenario(id)?, one.entries.as_slice())))
}

#[cfg(test)]
mod tests {
    use fixtures::{log::Resource, pki::Role};

    use super::*;
    use crate::{
        observe::testing::{Played, crl_read},
        runner::testing::{id, library},
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
        let shown = epochs(all);
        let told: Vec<(i64, usize, bool)> = shown
            .iter()
            .map(|epoch| {
                let at = since(epoch).expect("proven").as_second();
                (at, epoch.scenarios.len(), epoch.awaited[0].failed.is_some())
            })
            .collect();
        assert_eq!(told, [(5, 2, false), (9, 1, true)]);
    }

    #[test]
    fn how_an_epoch_ended_is_kept_by_its_beginning() {
        let library = library();
        let added = library.scenario(&id(ADDED)).expect("there is one");
        let played = headed(added, 5, None, &Played::new());
        let shown = epochs([(added, played.as_slice())]);
        let mut recorded = shown.clone();
        let undone = UndoneRecord {
            since: Timestamp::UNIX_EPOCH,
            proofs: Vec::new(),
            read: Vec::new(),
            failed: None,
        };
        ended(&mut recorded, &[(since(&shown[0]).expect("proven"), undone)].into());
        assert!(recorded[0].undone.is_some());
        let mut again = shown;
        ended(&mut again, &super::undone(&recorded));
        assert_eq!(again, recorded);
    }
}
