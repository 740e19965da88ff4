//! What the transcripts of a run say of each other and of its record: where they cannot be of one run
//! against the target that the record names.

use std::collections::BTreeMap;

use fixtures::{
    pki::Variant,
    smtp::transcript::{CertificateSummary, Entry, Event, Stage},
};
use strum::VariantArray;

use super::{
    control::Which,
    epoch,
    observations::REFERENCE,
    omission::not_played,
    recipients::is_stray,
    restoration,
    select::select,
    timeline::{self, Timeline, stretches},
    verdicts::{Checked, Proceeding, Proceedings},
};
use crate::{
    play::Tokens,
    record::{RunRecord, UndoneRecord, When, family_of},
    scenario::{Library, Presented, Scenario, ScenarioId},
};

/// Something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What.
    pub what: Contradicted,
    /// The transcripts that show it, by their paths; none where the record alone does.
    pub transcripts: Vec<String>,
}

/// What cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub enum Contradicted {
    /// A control that could be made is not there, though the run was not interrupted.
    NoControl,
    /// Time goes back within a transcript, or from one part of a resumed run to the next.
    Backwards,
    /// What happened, or a scenario, lasted longer than the run.
    Duration,
    /// A connection to another address than the target's.
    Address,
    /// A message of another run or scenario.
    Message,
    /// A message to another mailbox than the one that is declared.
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
    /// A scenario was begun before its twin, before the first control or after the last.
    Order,
    /// Something was played beside what is played alone.
    Overlap,
    /// The control after a changed world does not tell how it ended, or tells it of another.
    Restored,
    /// More scenarios were played at once than the operator allows connections.
    Crowd,
    /// Other parts of the run than those of which the record tells.
    Resumed,
}

impl Contradicted {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;
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
    let timeline = Timeline::of(library, record, all);
    let lacks = |which: &Which| !all.controls.iter().any(|one| one.which == *which);
    let controllable = |folder: &str| {
        let family = library.catalogue.families.iter().find(|family| family.folder == folder);
        let nominal = family.and_then(|family| library.nominal(family));
        nominal.is_some_and(|nominal| nominal.needs.is_subset(&offered))
    };
    for family in select(library, &record.filter).families(library) {
        let mut ends = [When::Before, When::After].into_iter();
        let lacks = ends.any(|when| lacks(&Which::of_run(&family.folder, Some(when))));
        if lacks && !record.interrupted && controllable(&family.folder) {
            at(Contradicted::NoControl, None);
        }
    }
    for (id, one, place, part) in timeline.closed(record.interrupted) {
        let family = family_of(id.as_str());
        if lacks(&Which::of_world(family, place, part)) && controllable(family) {
            at(Contradicted::NoControl, Some(one));
        }
    }
    for one in unrestored(library, record, &timeline, all) {
        at(Contradicted::Restored, Some(one));
    }
    for Checked { which, played } in &all.controls {
        let parts = [timeline::began(&played.entries), timeline::part(&played.entries)];
        if which.place().is_some() && parts != [Some(which.part); 2] {
            at(Contradicted::Resumed, Some(played));
        }
    }
    // A run that is resumed has a space of its own for the rest, unless one is kept, and the embedded proxy
    // another port. The name of a host may have come to stand for another of its addresses.
    let renewed = record.world.space.is_none();
    let (moved, named) = (record.target.embedded, record.target.is_named_by_host());
    for (what, one) in timeline.contradictions(record, tokens, all) {
        at(what, one);
    }
    let socket = record.target.socket().map(|socket| (socket.ip(), socket.port()));
    let controls = all
        .controls
        .iter()
        .map(|Checked { which, played }| (which.id(), played, nominal(library, which), true));
    let played = all.played.iter().map(|(id, one)| (id.clone(), one, library.scenario(id), false));
    for (id, one, scenario, is_control) in controls.chain(played) {
        let entries = &one.entries;
        if goes_back(entries) {
            at(Contradicted::Backwards, Some(one));
        }
        let declared = record.target.declaration.as_ref();
        if scenario.zip(declared).is_some_and(|(own, declared)| is_stray(own, entries, declared)) {
            at(Contradicted::Mailbox, Some(one));
        }
        let happened = stretches(entries).flat_map(|stretch| {
            stretch.entries.iter().map(move |entry| (stretch.part, &entry.event))
        });
        for (part, event) in happened {
            let earlier = !timeline.is_last(part);
            let wrong = match event {
                Event::Connected { to, .. } | Event::ConnectFailed { to, .. } => {
                    let away = |(ip, port)| {
                        ip != to.ip() && !(named && earlier)
                            || port != to.port() && !(moved && earlier)
                    };
                    socket.is_none_or(away).then_some(Contradicted::Address)
                }
                Event::Message { session, transaction, token } => {
                    let own = tokens.clone().of_part(part).token(&id, *session, *transaction);
                    (own != *token).then_some(Contradicted::Message)
                }
                // What a target relays to our receiving peer is seen whatever is declared; a control is for the
                // target's own mailbox.
                Event::Delivered { .. } if !is_control => None,
                Event::Delivered { .. } | Event::NotDelivered { .. } => {
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
    for Checked { played: one, .. } in &all.controls {
        let strays = presented(&one.entries).any(|chain| {
            chain.last().is_some_and(|top| {
                top.issuer != record.world.root && top.subject != record.world.root
            })
        });
        if strays {
            at(Contradicted::Root, Some(one));
        }
    }
    for one in spaces(library, all, renewed) {
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

/// The nominal scenario of the family of a control.
fn nominal<'a>(library: &'a Library, control: &Which) -> Option<&'a Scenario> {
    let family =
        library.catalogue.families.iter().find(|family| family.folder == control.family)?;
    library.nominal(family)
}

fn goes_back(entries: &[Entry]) -> bool {
    let mut latest = 0;
    entries.iter().any(|entry| {
        let back = entry.at_us < latest;
        latest = latest.max(entry.at_us);
        back
    })
}

/// The transcripts that tell of the end of a changed world where there was none, that do not where there was one, or do so
/// otherwise than a run does or than the other controls after it.
fn unrestored<'a>(
    library: &Library,
    record: &RunRecord,
    timeline: &Timeline<'_>,
    all: &'a Proceedings,
) -> Vec<&'a Proceeding> {
    let places = epoch::places(library);
    let mut told: BTreeMap<(u32, u32), UndoneRecord> = BTreeMap::new();
    let controls = all.controls.iter().filter(|Checked { which, played }| {
        let entries = &played.entries;
        let world = places.iter().find(|(_, place)| which.place() == Some(**place));
        let Some((world, place)) = world else { return restoration::ends(entries) > 0 };
        let list = &record.world.whitelist_sha256;
        let list = timeline.is_last(which.part).then_some(list.as_str());
        let undone = restoration::undone(entries);
        let alike = undone.is_some_and(|one| {
            *told.entry((*place, which.part)).or_insert_with(|| one.clone()) == one
        });
        !(alike && restoration::is_told(entries, world, list))
    });
    let controls = controls.map(|one| &one.played);
    let played = all.played.values().filter(|one| restoration::ends(&one.entries) > 0);
    controls.chain(played).collect()
}

/// The chains that our peer was ready to present.
fn presented(entries: &[Entry]) -> impl Iterator<Item = &[CertificateSummary]> {
    entries.iter().filter_map(|entry| match &entry.event {
        Event::TlsStarted { presenting, .. } => Some(presenting.as_slice()),
        _ => None,
    })
}

/// What was played with an authority of another space than the first control, where nothing is wrong with
/// the certificate presented; each part of the run has its own where that is `renewed`.
fn spaces<'a>(library: &Library, all: &'a Proceedings, renewed: bool) -> Vec<&'a Proceeding> {
    let sound = |id: &ScenarioId| {
        let valid = Presented::Certificate(Variant::Valid);
        library.scenario(id).is_some_and(|one| one.peer.certificate == valid)
    };
    let played = all.played.iter().filter(|(id, _)| sound(id)).map(|(_, one)| one);
    let mut known: BTreeMap<(u32, &str), &str> = BTreeMap::new();
    all.controls
        .iter()
        .map(|one| &one.played)
        .chain(played)
        .filter(|one| {
            let mut other = false;
            for stretch in stretches(&one.entries) {
                let space = if renewed { stretch.part } else { 0 };
                for authority in presented(stretch.entries).flat_map(|chain| chain.iter().skip(1)) {
                    let key = (space, authority.subject.as_str());
                    let first = known.entry(key).or_insert(&authority.sha256);
                    other |= *first != authority.sha256;
                }
            }
            other
        })
        .collect()
}
