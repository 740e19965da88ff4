//! Faults in the coherence of domain and DN, where there are several of either (TM3.1P/5c).

use fixtures::dn::DistinguishedName;

use super::{
    mutant::{Mutant, as_is},
    sender::judged,
};
use crate::{
    oracle::{ClauseId, facts::DomainStatus},
    proxy::{Behaviour, Scene},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "un-domaine-par-dn",
        fault: "ne retient que le premier domaine associé à un DN",
        clause: ClauseId::DomainMapped,
        killers: &[
            "reception/5-enveloppe/second-domaine",
            "reception/5-enveloppe/idn-a-label",
            "reception/2-smtp/plusieurs-transactions",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    let name = scene.peer.name.as_ref();
                    let first = name.and_then(|name| {
                        scene.trusted.index.domains_of(&name.canonical()).next().map(str::to_owned)
                    });
                    match first {
                        Some(first)
                            if !first.eq_ignore_ascii_case(&mailbox.domain)
                                && found == DomainStatus::Mapped =>
                        {
                            DomainStatus::MappedToOthers
                        }
                        _ => found,
                    }
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "premier-dn-du-domaine",
        fault: "ne retient que le premier DN associé à un domaine",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/plusieurs-dn-2", "reception/5-enveloppe/plusieurs-dn-3"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    held(scene, scene.trusted.index.dns_of(&mailbox.domain).next(), found)
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dernier-dn-du-domaine",
        fault: "ne retient que le dernier DN associé à un domaine",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/plusieurs-dn-1", "reception/5-enveloppe/plusieurs-dn-2"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    held(scene, scene.trusted.index.dns_of(&mailbox.domain).last(), found)
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-partage-non-controle",
        fault: "ne contrôle pas un domaine associé à plusieurs DN",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/plusieurs-dn-domaine-d-un-autre"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, mailbox, found| {
                    match scene.trusted.index.dns_of(&mailbox.domain).count() {
                        0 | 1 => found,
                        _ => DomainStatus::Mapped,
                    }
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-partage-non-controle",
        fault: "ne contrôle pas un émetteur dont le domaine a plusieurs DN",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/plusieurs-dn-autre-domaine"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(
                    scene,
                    |scene, _, found| if shares(scene) { DomainStatus::Mapped } else { found },
                )
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// Mapped no more, unless to this DN.
fn held(scene: &Scene<'_>, only: Option<&DistinguishedName>, found: DomainStatus) -> DomainStatus {
    let same =
        only.zip(scene.peer.name.as_ref()).is_some_and(|(a, b)| a.canonical() == b.canonical());
    if found == DomainStatus::Mapped && !same { DomainStatus::MappedToOthers } else { found }
}

/// Whether a domain of the peer has several DNs.
pub(super) fn shares(scene: &Scene<'_>) -> bool {
    let index = &scene.trusted.index;
    let Some(name) = scene.peer.name.as_ref().map(DistinguishedName::canonical) else {
        return false;
    };
    index.domains_of(&name).any(|domain| index.dns_of(domain).count() > 1)
}
