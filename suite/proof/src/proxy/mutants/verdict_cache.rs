//! Verdicts on a sender that are wrongly kept for another one (TM3.1P/5c, TM3.1P/2).

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, Memory, Scene};
use suite::oracle::{
    ClauseId, Decision, Grade,
    address::Path,
    reception::{
        Facts, decide,
        facts::{DomainStatus, MailFrom, Recipients},
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "controle-une-fois-par-session",
        fault: "ne contrôle que le premier expéditeur d'une session",
        clause: ClauseId::DomainMapped,
        killers: &["reception/2-smtp/refus-entre-deux-transactions"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| remembered(scene, scene.session, "accepted", Grade::Conforming),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refus-retenu-dans-la-session",
        fault: "refuse tout ce qui suit, dans la session, un expéditeur refusé",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/refus-entre-deux-transactions"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| remembered(scene, scene.session, "refused", Grade::NonConforming),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "adresse-retenue",
        fault: "ne contrôle plus l'expéditeur d'une adresse IP dont un message a été accepté",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/domaine-d-un-autre",
            "reception/5-enveloppe/rien-remis-apres-refus",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let address = scene.peer.address.map(|address| address.ip().to_string());
                remembered(scene, scene.process, &address.unwrap_or_default(), Grade::Conforming)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-retenu",
        fault: "ne contrôle plus l'expéditeur d'un DN dont un message a été accepté",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/domaine-d-un-autre",
            "reception/5-enveloppe/rien-remis-apres-refus",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let name = scene.peer.name.as_ref().map(ToString::to_string);
                remembered(scene, scene.process, &name.unwrap_or_default(), Grade::Conforming)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-retenu",
        fault: "accepte de tous un domaine dont un message a été accepté",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/autre-operateur-domaine-du-premier"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let domain =
                    scene.sender.and_then(Path::mailbox).map(|mailbox| mailbox.domain.clone());
                remembered(scene, scene.process, &domain.unwrap_or_default(), Grade::Conforming)
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The decision on the sender remembered under `name`; one that grades an acceptance so is kept.
fn remembered(scene: &Scene<'_>, memory: &Memory, name: &str, kept: Grade) -> Decision {
    let facts = scene.facts();
    if facts.mail_from != MailFrom::Mailbox {
        return decide(&facts);
    }
    let make = || decide(&Facts { recipients: Recipients::Known, ..facts });
    let verdict = memory.recall(name, make, |verdict| verdict.accept == kept);
    let domain = match verdict.accept {
        Grade::NonConforming if facts.domain == DomainStatus::Mapped => {
            DomainStatus::MappedToOthers
        }
        Grade::NonConforming => facts.domain,
        _ => DomainStatus::Mapped,
    };
    decide(&Facts { domain, ..facts })
}
