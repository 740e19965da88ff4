//! Faults in what is checked of the sender (TM3.1P/5a, 5b, 5c).

use super::{
    answer::{instead, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Decision,
    address::{Mailbox, Path},
    reception::{
        Facts, decide,
        facts::{DomainStatus, MailFrom},
    },
    session::Situation,
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "mail-absent-accepte",
        fault: "accepte une transaction sans MAIL",
        clause: ClauseId::MailFrom,
        killers: &["reception/5-enveloppe/sans-mail", "reception/2-smtp/rcpt-avant-mail"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(
                    state,
                    command,
                    policy,
                    Situation::RcptBeforeMail,
                    reply(250, "2.1.5", "Ok"),
                )
            },
            decision: |scene| {
                let facts = scene.facts();
                match facts.mail_from {
                    MailFrom::Absent => decide(&Facts { mail_from: MailFrom::Null, ..facts }),
                    _ => decide(&facts),
                }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-non-controle",
        fault: "ne contrôle pas le domaine de l'expéditeur",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/domaine-d-un-autre",
            "reception/5-enveloppe/domaine-non-liste",
            "reception/5-enveloppe/autre-operateur-domaine-du-premier",
            "reception/5-enveloppe/en-tete-from-juste",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| judged(scene, |_, _, _| DomainStatus::Mapped),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-non-liste-accepte",
        fault: "accepte un domaine absent de la liste blanche",
        clause: ClauseId::DomainListed,
        killers: &[
            "reception/5-enveloppe/domaine-non-liste",
            "reception/5-enveloppe/domaine-etranger",
            "reception/5-enveloppe/prefixe-trompeur",
            "reception/5-enveloppe/suffixe-trompeur",
            "reception/5-enveloppe/sous-domaine",
            "reception/5-enveloppe/super-domaine",
            "reception/5-enveloppe/motif-domaine-non-liste",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |_, _, found| match found {
                    DomainStatus::Unlisted => DomainStatus::Mapped,
                    _ => found,
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-d-un-autre-accepte",
        fault: "accepte un domaine listé sans regarder le DN auquel il est associé",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/domaine-d-un-autre",
            "reception/5-enveloppe/autre-operateur-domaine-du-premier",
            "reception/5-enveloppe/motif-domaine-d-un-autre",
            "reception/5-enveloppe/plusieurs-dn-autre-domaine",
            "reception/5-enveloppe/plusieurs-dn-domaine-d-un-autre",
            "reception/5-enveloppe/en-tete-from-juste",
            "reception/5-enveloppe/rien-remis-apres-refus",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |_, _, found| match found {
                    DomainStatus::MappedToOthers => DomainStatus::Mapped,
                    _ => found,
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "en-tete-from-controle",
        fault: "contrôle le champ From du message à la place de l'expéditeur de l'enveloppe",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/en-tete-from-juste",
            "reception/5-enveloppe/en-tete-from-different",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let facts = scene.facts();
                if facts.mail_from != MailFrom::Mailbox {
                    return decide(&facts);
                }
                let domain = match scene.content {
                    Some(content) => header_domain(content)
                        .map_or(facts.domain, |from| scene.peer.domain(&from, scene.trusted)),
                    None => DomainStatus::Mapped,
                };
                decide(&Facts { domain, ..facts })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "en-tete-from-exige",
        fault: "exige que le champ From du message soit, lui aussi, d'un domaine de l'émetteur",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/en-tete-from-different"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let facts = scene.facts();
                let from = scene.content.and_then(header_domain);
                match from.map(|from| scene.peer.domain(&from, scene.trusted)) {
                    Some(domain) if domain != DomainStatus::Mapped => {
                        decide(&Facts { domain, ..facts })
                    }
                    _ => decide(&facts),
                }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "nom-ehlo-controle",
        fault: "contrôle le domaine du nom donné dans EHLO à la place de celui de l'expéditeur",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/domaine-d-un-autre",
            "reception/5-enveloppe/domaine-non-liste",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, _, found| {
                    scene
                        .hello
                        .split_once('.')
                        .map_or(found, |(_, domain)| scene.peer.domain(domain, scene.trusted))
                })
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The decision, the sender's domain judged by this proxy's lights.
pub(super) fn judged(
    scene: &Scene<'_>,
    status: fn(&Scene<'_>, &Mailbox, DomainStatus) -> DomainStatus,
) -> Decision {
    let facts = scene.facts();
    match scene.sender.and_then(Path::mailbox) {
        Some(mailbox) => decide(&Facts { domain: status(scene, mailbox, facts.domain), ..facts }),
        None => decide(&facts),
    }
}

/// The domain of the From field.
pub(super) fn header_domain(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    let from = text.lines().find_map(|line| line.strip_prefix("From: "))?;
    let (_, domain) = from.rsplit_once('@')?;
    Some(domain.trim_end_matches('>').to_owned())
}
