//! Faults with the empty sender (TM3.1P/5e, 5f).

use super::{
    mapping::shares,
    mutant::{Mutant, as_is},
    sender::header_domain,
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Decision,
    command::Verb,
    reception::{
        Facts, decide,
        facts::{DnStatus, DomainStatus, MailFrom, Recipients},
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "vide-refuse",
        fault: "refuse un expéditeur vide",
        clause: ClauseId::NullSender,
        killers: &[
            "reception/5-enveloppe/vide-dn-liste",
            "reception/5-enveloppe/vide-autre-operateur",
            "reception/5-enveloppe/vide-plusieurs-dn",
            "reception/2-smtp/plusieurs-transactions",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |_, facts| Facts { mail_from: MailFrom::Absent, ..facts })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "vide-de-tous",
        fault: "accepte un expéditeur vide de tout DN, listé ou non",
        clause: ClauseId::NullSender,
        killers: &["reception/5-enveloppe/vide-dn-non-liste"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| judged(scene, |_, facts| Facts { dn: DnStatus::Listed, ..facts }),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "vide-un-destinataire",
        fault: "refuse un expéditeur vide pour deux destinataires",
        clause: ClauseId::NullSender,
        killers: &["reception/5-enveloppe/vide-deux-destinataires"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, facts| match scene.recipients {
                    [] => facts,
                    _ if !matches!(scene.command.verb, Verb::Rcpt { .. }) => facts,
                    _ => Facts { recipients: Recipients::Unknown, ..facts },
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "vide-nom-ehlo",
        fault: "contrôle le nom donné dans EHLO quand l'expéditeur est vide",
        clause: ClauseId::NullSenderUnchecked,
        killers: &[
            "reception/5-enveloppe/vide-autre-operateur",
            "reception/5-enveloppe/vide-plusieurs-dn",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, facts| Facts {
                    mail_from: MailFrom::Mailbox,
                    domain: scene.peer.domain(scene.hello, scene.trusted),
                    ..facts
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "vide-domaine-partage",
        fault: "refuse un expéditeur vide quand le domaine de l'émetteur a plusieurs DN",
        clause: ClauseId::NullSenderUnchecked,
        killers: &["reception/5-enveloppe/vide-plusieurs-dn"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, facts| match shares(scene) {
                    true => Facts {
                        mail_from: MailFrom::Mailbox,
                        domain: DomainStatus::MappedToOthers,
                        ..facts
                    },
                    false => facts,
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "vide-en-tete-from",
        fault: "contrôle le champ From du message quand l'expéditeur est vide",
        clause: ClauseId::NullSenderUnchecked,
        killers: &["reception/5-enveloppe/vide-en-tete-from-different"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, facts| match scene.content.and_then(header_domain) {
                    Some(from) => Facts {
                        mail_from: MailFrom::Mailbox,
                        domain: scene.peer.domain(&from, scene.trusted),
                        ..facts
                    },
                    None => facts,
                })
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The decision, an empty sender judged by these facts.
fn judged(scene: &Scene<'_>, wrong: fn(&Scene<'_>, Facts) -> Facts) -> Decision {
    let facts = scene.facts();
    match facts.mail_from {
        MailFrom::Null => decide(&wrong(scene, facts)),
        _ => decide(&facts),
    }
}
