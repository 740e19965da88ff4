//! Faults in what becomes of a message after its final dot (TM3.1P/5d).

use memchr::memmem;

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, Parcel, Scene};
use suite::oracle::{
    ClauseId, Decision,
    reception::{
        Facts, decide,
        facts::{DomainStatus, MailFrom},
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "refus-muet",
        fault: "accepte le message d'un domaine non autorisé et le supprime en silence",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/motif-domaine-non-liste",
            "reception/5-enveloppe/motif-domaine-d-un-autre",
            "reception/5-enveloppe/domaine-non-liste",
            "reception/5-enveloppe/domaine-d-un-autre",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: any_domain,
            deliver: |parcel| match parcel.facts.domain {
                DomainStatus::Mapped => vec![parcel],
                _ => Vec::new(),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refus-par-avis",
        fault: "accepte le message d'un domaine non autorisé, puis notifie sa non-remise",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/motif-domaine-non-liste",
            "reception/5-enveloppe/motif-domaine-d-un-autre",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: any_domain,
            deliver: |parcel| match parcel.facts.domain {
                DomainStatus::Mapped => vec![parcel],
                _ => vec![parcel.bounce()],
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "piece-jointe-supprimee",
        fault: "accepte un message à pièce jointe et le supprime en silence",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-piece-jointe"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| match has_attachment(&parcel) {
                true => Vec::new(),
                false => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "texte-supprime",
        fault: "accepte un message de texte sans pièce jointe et le supprime en silence",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| match is_plain(&parcel) {
                true => Vec::new(),
                false => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "remis-deux-fois",
        fault: "remet deux fois chaque message",
        clause: ClauseId::Smtp,
        killers: &["reception/5-enveloppe/remis-une-fois"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| vec![parcel.clone(), parcel],
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refuse-et-remis",
        fault: "remet un message qu'il refuse après le point final",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/rien-remis-apres-refus",
            "reception/5-enveloppe/domaine-d-un-autre",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| match scene.content {
                Some(_) => decide(&scene.facts()),
                None => any_domain(scene),
            },
            refused: |parcel| vec![parcel],
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "avis-de-non-remise",
        fault: "accepte un message à pièce jointe, puis notifie sa non-remise",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-piece-jointe"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| match has_attachment(&parcel) {
                true => vec![parcel.bounce()],
                false => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// Whether the message is a short text, as most are.
fn is_plain(parcel: &Parcel) -> bool {
    memmem::find(&parcel.content, b"quoted-printable").is_some() && !has_attachment(parcel)
}

/// Whether the message is the one with an attachment.
fn has_attachment(parcel: &Parcel) -> bool {
    memmem::find(&parcel.content, b"application/pdf").is_some()
}

/// The decision, whatever the sender's domain.
fn any_domain(scene: &Scene<'_>) -> Decision {
    let facts = scene.facts();
    match facts.mail_from {
        MailFrom::Mailbox => decide(&Facts { domain: DomainStatus::Mapped, ..facts }),
        _ => decide(&facts),
    }
}
