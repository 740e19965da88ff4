//! Faults in looking the sender's domain up (TM3.1P/5b, 5c).

use super::{
    answer::{instead, reply},
    mutant::{Mutant, as_is},
    sender::judged,
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Decision,
    address::Path,
    reception::{
        Facts, decide,
        facts::{DomainStatus, MailFrom},
    },
    session::Situation,
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "sous-domaine-accepte",
        fault: "accepte un sous-domaine d'un domaine listé",
        clause: ClauseId::DomainListed,
        killers: &["reception/5-enveloppe/sous-domaine"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    let parents =
                        mailbox.domain.match_indices('.').map(|(at, _)| &mailbox.domain[at + 1..]);
                    best(scene, parents, found)
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "super-domaine-accepte",
        fault: "accepte le parent d'un domaine listé",
        clause: ClauseId::DomainListed,
        killers: &["reception/5-enveloppe/super-domaine"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    let below = format!(".{}", mailbox.domain);
                    best(
                        scene,
                        scene.trusted.index.domains().filter(|listed| listed.ends_with(&below)),
                        found,
                    )
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "prefixe-accepte",
        fault: "accepte un domaine qui commence par un domaine listé",
        clause: ClauseId::DomainListed,
        killers: &["reception/5-enveloppe/prefixe-trompeur"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    best(
                        scene,
                        scene
                            .trusted
                            .index
                            .domains()
                            .filter(|listed| mailbox.domain.starts_with(listed)),
                        found,
                    )
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "suffixe-accepte",
        fault: "accepte un domaine qui finit par un domaine listé",
        clause: ClauseId::DomainListed,
        killers: &["reception/5-enveloppe/suffixe-trompeur", "reception/5-enveloppe/sous-domaine"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    best(
                        scene,
                        scene
                            .trusted
                            .index
                            .domains()
                            .filter(|listed| mailbox.domain.ends_with(listed)),
                        found,
                    )
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-a-la-lettre",
        fault: "compare les domaines en tenant compte de la casse",
        clause: ClauseId::DomainListed,
        killers: &["reception/5-enveloppe/domaine-casse"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |_, mailbox, found| {
                    match mailbox.domain.chars().any(char::is_uppercase) {
                        true => DomainStatus::Unlisted,
                        false => found,
                    }
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "point-final-non-controle",
        fault: "ne contrôle pas un domaine suivi d'un point",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/point-final-d-un-autre"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::TrailingDot, reply(250, "2.1.0", "Ok"))
            },
            decision: |scene| {
                let facts = scene.facts();
                match facts.mail_from {
                    MailFrom::TrailingDot => decide(&Facts {
                        mail_from: MailFrom::Mailbox,
                        domain: DomainStatus::Mapped,
                        ..facts
                    }),
                    _ => decide(&facts),
                }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "premiere-arobase",
        fault: "lit le domaine de l'expéditeur après la première arobase",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/arobase-entre-guillemets-echange"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| reads_domain(scene, |local| local.split_once('@')),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "premier-chevron",
        fault: "lit l'expéditeur jusqu'au premier chevron, entre guillemets ou non",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/chevron-entre-guillemets-echange"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| reads_domain(scene, |local| local.split_once('>')?.0.split_once('@')),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "guillemet-echappe",
        fault: "tient pour la fin des guillemets un guillemet protégé par une barre oblique inverse",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/guillemet-echappe-echange"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                reads_domain(scene, |local| local.split_once('>')?.0.split_once("\"@"))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "idn-non-converti",
        fault: "ne convertit pas un domaine écrit avec ses accents",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/idn-u-label"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |_, mailbox, found| match mailbox.domain.is_ascii() {
                    true => found,
                    false => DomainStatus::Unlisted,
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "idn-decode",
        fault: "décode un domaine en xn-- avant de le chercher dans la liste",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/idn-a-label"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |_, mailbox, found| match mailbox.domain.contains("xn--") {
                    true => DomainStatus::Unlisted,
                    false => found,
                })
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The decision on the domain that `read` finds in the local part, where it finds one.
fn reads_domain(
    scene: &Scene<'_>,
    read: for<'l> fn(&'l str) -> Option<(&'l str, &'l str)>,
) -> Decision {
    let facts = scene.facts();
    match scene.sender.and_then(Path::mailbox).and_then(|mailbox| read(&mailbox.local)) {
        Some((_, domain)) => decide(&Facts {
            mail_from: MailFrom::Mailbox,
            domain: scene.peer.domain(domain, scene.trusted),
            ..facts
        }),
        None => decide(&facts),
    }
}

/// Mapped if one of these domains is.
fn best<'d>(
    scene: &Scene<'_>,
    mut domains: impl Iterator<Item = &'d str>,
    found: DomainStatus,
) -> DomainStatus {
    let mapped = |domain| scene.peer.domain(domain, scene.trusted) == DomainStatus::Mapped;
    if domains.any(mapped) { DomainStatus::Mapped } else { found }
}
