//! What the target itself asked of the simulated space. That a fault is in place is proven by our own
//! control query; what was asked tells whether the target met it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use fixtures::{
    dns::reverse_name,
    log::{Access, Mark, Resource},
    pki::Role,
    smtp::transcript::{Event, Transcript},
    space::{
        Space,
        cast::{self, Operator},
        zone::PtrFault,
    },
};

use crate::scenario::{Action, Scenario};

/// The most questions recorded of one scenario.
const QUESTIONS: usize = 32;

/// The most reads of CRLs remembered of a run.
const READS: usize = 64;

/// Records what was asked of our DNS since `asked`, where the scenario is about the peer's reverse
/// name, but for the names of other peers, which may be asked late for sessions before. Those for
/// the name come first.
pub(super) fn names(scenario: &Scenario, space: &Space, asked: Mark, transcript: &Transcript) {
    let Some(fault) = scenario.peer.ptr.fault() else { return };
    let about = reverse_name(fault.source());
    let others: BTreeSet<String> = cast::OPERATORS
        .iter()
        .map(Operator::source)
        .chain(PtrFault::ALL.map(PtrFault::source))
        .map(reverse_name)
        .filter(|name| *name != about)
        .collect();
    let mut seen: BTreeMap<(bool, String, String, IpAddr), Event> = BTreeMap::new();
    for access in space.log().since(asked).iter().filter(|access| !access.control) {
        let Some(question) = access.question() else { continue };
        if others.contains(&question.name) {
            continue;
        }
        let (name, kind) = (question.name.clone(), question.kind.to_string());
        let from = access.peer.ip();
        let key = (name != about, name.clone(), kind.clone(), from);
        let event = Event::DnsAsked {
            name,
            kind,
            from,
            over: question.transport,
            answer: question.outcome,
        };
        seen.insert(key, event);
    }
    for event in seen.into_values().take(QUESTIONS) {
        transcript.push(event);
    }
}

/// Records who asked for the CRL that tells of the peer's certificate, where the scenario is about revocation: since
/// it `changed`, if the scenario's world changes it; if not, `before`, in what was played of the run before it was cut
/// short, and since. Reads of other CRLs prove nothing here.
pub(super) fn crls(
    scenario: &Scenario,
    space: &Space,
    (before, changed): (&[Event], Mark),
    transcript: &Transcript,
) {
    let Some(authority) = scenario.told_by() else { return };
    let told = if scenario.world().changes().any(|change| change.is_of_crl(authority)) {
        space.log().read(changed, |log| last_reads(&[], log))
    } else {
        crl_reads(space, before)
    };
    let already = transcript.entries();
    for event in told.into_iter().filter(|event| is_of(event, authority)) {
        if already.iter().all(|entry| entry.event != event) {
            transcript.push(event);
        }
    }
}

/// The last read of each CRL by each client that was given it, and the last by each that was not: `before` the run
/// was cut short, and since.
pub(super) fn crl_reads(space: &Space, before: &[Event]) -> Vec<Event> {
    space.log().read(Mark::START, |log| last_reads(before, log))
}

fn last_reads(before: &[Event], log: &[&Access]) -> Vec<Event> {
    let mut last: BTreeMap<(Role, IpAddr, bool), Event> = BTreeMap::new();
    let of_a_crl = |access: &&&Access| {
        access.fetch().is_some_and(|fetch| matches!(fetch.resource(), Resource::Crl(_)))
    };
    let theirs = log.iter().filter(|access| !access.control).filter(of_a_crl);
    let theirs = theirs.filter_map(|access| event(access));
    for event in before.iter().cloned().chain(theirs) {
        let Event::Fetched { what: Resource::Crl(role), from, fetch, .. } = &event else {
            continue;
        };
        let key = (*role, *from, fetch.gave(Resource::Crl(*role)));
        if last.len() < READS || last.contains_key(&key) {
            last.insert(key, event);
        }
    }
    last.into_values().collect()
}

fn is_of(event: &Event, authority: Role) -> bool {
    matches!(event, Event::Fetched { what: Resource::Crl(role), .. } if *role == authority)
}

/// Records who asked for the external entity of the list, where the scenario is about how the list is asked for: since the
/// list has it.
pub(super) fn baits(scenario: &Scenario, space: &Space, since: Mark, transcript: &Transcript) {
    if !matches!(scenario.action, Action::Request(_)) {
        return;
    }
    let is_bait = |access: &&Access| {
        !access.control && access.fetch().is_some_and(|fetch| fetch.resource() == Resource::Bait)
    };
    let log = space.log().since(since);
    for event in log.iter().filter(is_bait).take(READS).filter_map(event) {
        transcript.push(event);
    }
}

/// What a transcript says of a fetch, or of a visit to the list's server without one.
pub(super) fn event(access: &Access) -> Option<Event> {
    if let Some(handshake) = access.handshake() {
        return Some(Event::Left {
            what: Resource::List,
            from: access.peer.ip(),
            at: access.at,
            handshake: Box::new(handshake.clone()),
        });
    }
    let fetch = access.fetch()?;
    Some(Event::Fetched {
        what: fetch.resource(),
        from: access.peer.ip(),
        at: access.at,
        fetch: Box::new(fetch.clone()),
    })
}
