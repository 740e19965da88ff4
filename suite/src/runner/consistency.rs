//! What the transcripts of a run say of each other and of its record: where they cannot be of one run
//! against the target that the record names, and what is worth a word though it can be.

use std::collections::{BTreeMap, BTreeSet};

use fixtures::{
    pki::Variant,
    smtp::transcript::{CertificateSummary, Entry, Event, Stage},
};

use super::{
    omission::not_played,
    select::select,
    verdicts::{Checked, Proceeding, Proceedings},
};
use crate::{
    play::Tokens,
    record::RunRecord,
    scenario::{Library, Presented, ScenarioId},
};

/// What the embedded reference proxy says of itself when it greets.
pub const REFERENCE: &str = "proxy de reference MSSante TEST";

/// How often a run may have been resumed.
const PARTS: u32 = 1_000;

/// Something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What.
    pub what: Contradicted,
    /// The transcripts that show it, by their paths; none where the record alone does.
    pub transcripts: Vec<String>,
}

/// What cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradicted {
    /// A control that could be made is not there, though the run was not interrupted.
    NoControl,
    /// Time goes back within a transcript.
    Backwards,
    /// What happened, or a scenario, lasted longer than the run.
    Duration,
    /// A connection to another address than the target's.
    Address,
    /// A message of another run or scenario.
    Message,
    /// A message to another mailbox than the one declared.
    Mailbox,
    /// A peer's chain that does not lead to the root of the simulated space.
    Root,
    /// Authorities of one name with several certificates: several simulated spaces.
    Spaces,
    /// The embedded reference proxy does not greet as it does.
    Reference,
    /// A delivery of a control, or one watched for in vain, where none is said to be observed.
    Delivery,
    /// What was played is left out by what is declared.
    LeftOut,
}

impl Contradicted {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoControl,
        Self::Backwards,
        Self::Duration,
        Self::Address,
        Self::Message,
        Self::Mailbox,
        Self::Root,
        Self::Spaces,
        Self::Reference,
        Self::Delivery,
        Self::LeftOut,
    ];
}

/// Something that can be, and is worth a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The target showed several certificates: subject and SHA-256 of each.
    Certificates(Vec<String>),
    /// The target greeted under several names.
    Greetings(Vec<String>),
    /// A target that is not the embedded proxy greets as it.
    Reference,
}

/// All that does not hold together.
pub(super) fn contradictions(
    library: &Library,
    record: &RunRecord,
    tokens: &Tokens,
    all: &Proceedings,
) -> Vec<Contradiction> {
    let mut found: BTreeMap<Contradicted, Vec<String>> = BTreeMap::new();
    let mut at = |what, one: Option<&Proceeding>| {
        let paths = found.entry(what).or_default();
        paths.extend(one.map(|one| one.transcript.path.clone()));
    };
    let offered = record.target.offered();
    for family in select(library, &record.filter).families(library) {
        let nominal = library.nominal(family);
        let controllable = nominal.is_some_and(|nominal| nominal.needs.is_subset(&offered));
        let own = all.controls.iter().filter(|one| one.which.family == family.folder);
        if controllable && !record.interrupted && own.count() < 2 {
            at(Contradicted::NoControl, None);
        }
    }
    // A run that is resumed has a space of its own for the rest, unless one is kept, and the embedded proxy
    // another port. The name of a host may have come to stand for another of its addresses.
    let resumed = record.resumed.is_some();
    let renewed = resumed && record.world.space.is_none();
    let (moved, named) =
        (resumed && record.target.embedded, resumed && record.target.is_named_by_host());
    let socket = record.target.socket().map(|socket| (socket.ip(), socket.port()));
    let controls = all.controls.iter().map(|one| (one.which.id(), &one.played, true));
    let played = all.played.iter().map(|(id, one)| (id.clone(), one, false));
    for (id, one, is_control) in controls.chain(played) {
        let entries = &one.entries;
        if goes_back(entries) {
            at(Contradicted::Backwards, Some(one));
        }
        if !fits(record, one) {
            at(Contradicted::Duration, Some(one));
        }
        for Entry { event, .. } in entries {
            let wrong = match event {
                Event::Connected { to, .. } | Event::ConnectFailed { to, .. } => {
                    let away = |(ip, port)| ip != to.ip() && !named || port != to.port() && !moved;
                    socket.is_none_or(away).then_some(Contradicted::Address)
                }
                Event::Message { session, transaction, token } => {
                    let parts = if record.resumed.is_some() { PARTS } else { 1 };
                    let own = |part| {
                        let tokens = tokens.clone().of_part(part);
                        tokens.token(&id, *session, *transaction) == *token
                    };
                    (!(0..parts).any(own)).then_some(Contradicted::Message)
                }
                // What a target relays to our receiving peer is seen whatever is declared; a control is for the
                // target's own mailbox.
                Event::Delivered { .. } if !is_control => None,
                Event::Delivered { .. } | Event::NotDelivered { .. } => {
                    let declared = record.target.declaration.as_ref();
                    let observed = |one: &crate::record::Declaration| {
                        one.delivery.is_some() || one.outgoing.is_some()
                    };
                    (!declared.is_none_or(observed)).then_some(Contradicted::Delivery)
                }
                Event::Reply { stage: Stage::Greeting, code: 220, lines, .. } => {
                    let ours = lines.iter().any(|line| line.to_string().contains(REFERENCE));
                    (record.target.embedded && !ours).then_some(Contradicted::Reference)
                }
                _ => None,
            };
            if let Some(wrong) = wrong {
                at(wrong, Some(one));
            }
        }
    }
    let mailbox = record.target.declaration.as_ref().and_then(|one| one.mailbox.as_deref());
    for Checked { played: one, .. } in &all.controls {
        if mailbox.is_some_and(|mailbox| !goes_to(&one.entries, mailbox)) {
            at(Contradicted::Mailbox, Some(one));
        }
        let strays = presented(&one.entries).any(|chain| {
            chain.last().is_some_and(|top| {
                top.issuer != record.world.root && top.subject != record.world.root
            })
        });
        if strays {
            at(Contradicted::Root, Some(one));
        }
    }
    for one in spaces(library, all).into_iter().filter(|_| !renewed) {
        at(Contradicted::Spaces, Some(one));
    }
    let not_applicable = record.target.not_applicable();
    for (id, one) in &all.played {
        let scenario = library.scenario(id);
        if scenario.is_some_and(|one| not_played(one, &offered, &not_applicable).is_some()) {
            at(Contradicted::LeftOut, Some(one));
        }
    }
    let contradiction = |(what, mut transcripts): (Contradicted, Vec<String>)| {
        transcripts.dedup();
        Contradiction { what, transcripts }
    };
    found.into_iter().map(contradiction).collect()
}

fn goes_back(entries: &[Entry]) -> bool {
    let mut latest = 0;
    entries.iter().any(|entry| {
        let back = entry.at_us < latest;
        latest = latest.max(entry.at_us);
        back
    })
}

/// Whether the durations recorded can be those of a transcript: none is longer than the run. How much longer than
/// its last event a scenario took says nothing, since a delivery that never comes is awaited in silence. A run that was
/// resumed does not count the time between.
fn fits(record: &RunRecord, one: &Proceeding) -> bool {
    let run = record.duration_ms.saturating_add(1).saturating_mul(1_000);
    let last = one.entries.iter().map(|entry| entry.at_us).max().unwrap_or(0);
    let took = u64::try_from(one.took.as_micros()).unwrap_or(u64::MAX);
    record.resumed.is_some() || last.max(took) <= run
}

/// Whether some recipient is this mailbox, where any was named. One that the wire writes otherwise is not
/// looked for.
fn goes_to(entries: &[Entry], mailbox: &str) -> bool {
    let plain = mailbox.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
    let recipients: Vec<String> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Sent { stage: Stage::Rcpt, bytes, .. } => Some(bytes.to_string()),
            _ => None,
        })
        .collect();
    !plain || recipients.is_empty() || recipients.iter().any(|one| one.contains(mailbox))
}

/// The chains that our peer was ready to present.
fn presented(entries: &[Entry]) -> impl Iterator<Item = &[CertificateSummary]> {
    entries.iter().filter_map(|entry| match &entry.event {
        Event::TlsStarted { presenting, .. } => Some(presenting.as_slice()),
        _ => None,
    })
}

/// What was played with an authority of another space than the first control, where nothing is wrong with
/// the certificate presented.
fn spaces<'a>(library: &Library, all: &'a Proceedings) -> Vec<&'a Proceeding> {
    let sound = |id: &ScenarioId| {
        let valid = Presented::Certificate(Variant::Valid);
        library.scenario(id).is_some_and(|one| one.peer.certificate == valid)
    };
    let played = all.played.iter().filter(|(id, _)| sound(id)).map(|(_, one)| one);
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    all.controls
        .iter()
        .map(|one| &one.played)
        .chain(played)
        .filter(|one| {
            let authorities = presented(&one.entries).flat_map(|chain| chain.iter().skip(1));
            authorities.fold(false, |other, authority| {
                let first = known.entry(&authority.subject).or_insert(&authority.sha256);
                other || *first != authority.sha256
            })
        })
        .collect()
}

/// What is worth a word.
pub(super) fn observations(record: &RunRecord, all: &Proceedings) -> Vec<Observation> {
    let (mut certificates, mut greetings) = (BTreeSet::new(), BTreeSet::new());
    let mut reference = false;
    for Entry { event, .. } in all.all().flat_map(|one| &one.entries) {
        match event {
            Event::TlsEstablished { peer, .. } | Event::TlsShown { peer, .. } => {
                certificates.extend(
                    peer.first().map(|leaf| format!("{}, SHA-256 {}", leaf.subject, leaf.sha256)),
                );
            }
            Event::Reply { stage: Stage::Greeting, code: 220, lines, .. } => {
                let first = lines.first().map(ToString::to_string).unwrap_or_default();
                reference |= first.contains(REFERENCE);
                // What follows the name may be the time of day (RFC 5321 §4.2).
                let rest = first.get(4..).unwrap_or_default();
                greetings.extend(rest.split_whitespace().next().map(str::to_owned));
            }
            _ => {}
        }
    }
    let several = |set: BTreeSet<String>| (set.len() > 1).then(|| set.into_iter().collect());
    several(certificates)
        .map(Observation::Certificates)
        .into_iter()
        .chain(several(greetings).map(Observation::Greetings))
        .chain((reference && !record.target.embedded).then_some(Observation::Reference))
        .collect()
}
