//! A first contact that is put off in place of a check (RFC 6647; TM3.1P/5b, 5c).

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Decision, Grade,
    command::Verb,
    reception::{Facts, decide, facts::DomainStatus},
    session::Reply,
};

const LATER: Reply = Reply { code: 450, enhanced: Some("4.7.1"), text: "Liste grise, revenez" };
/// The code of a refusal that rests on [`ClauseId::Ptr`], as nothing else does here.
const PUT_OFF: u16 = 554;

pub(super) const MUTANTS: &[Mutant] = &[Mutant {
    id: "liste-grise-sans-controle",
    fault: "remet à plus tard (450) tout premier contact, puis accepte sans contrôler le domaine",
    clause: ClauseId::DomainListed,
    killers: &[
        "reception/5-enveloppe/domaine-non-liste",
        "reception/5-enveloppe/domaine-d-un-autre",
    ],
    setting: as_is,
    behaviour: Behaviour {
        decision: |scene| {
            let facts = scene.facts();
            let unchecked = decide(&Facts { domain: DomainStatus::Mapped, ..facts });
            if is_first_contact(scene, &unchecked) {
                Decision {
                    accept: Grade::NonConforming,
                    refuse: Grade::Conforming,
                    clause: ClauseId::Ptr,
                    refusal: Reply::REFUSED,
                    ..unchecked
                }
            } else {
                unchecked
            }
        },
        reply: |due, _| if due.code == PUT_OFF { LATER } else { due },
        ..Behaviour::REFERENCE
    },
}];

/// Whether this client never wrote from this sender to this recipient.
fn is_first_contact(scene: &Scene<'_>, decision: &Decision) -> bool {
    let Verb::Rcpt { path, .. } = &scene.command.verb else { return false };
    let client = scene.peer.address.map(|address| address.ip());
    let triple = format!("{client:?} {:?} {path:?}", scene.sender);
    let mut first = false;
    scene.process.recall(
        &triple,
        || {
            first = true;
            decision.clone()
        },
        |_| true,
    );
    first
}
