//! Faults in the coherence of domain and DN, where there are several of either (TM3.1P/5c).

use fixtures::{dn::DistinguishedName, space::cast};

use super::{
    mutant::{Mutant, as_is},
    sender::judged,
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{ClauseId, reception::facts::DomainStatus};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "premier-operateur",
        fault: "ne connaît de la liste blanche que le premier opérateur",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/autre-operateur"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                judged(scene, |scene, _, found| {
                    let first = cast::OPERATORS[0].domain();
                    let own = scene.peer.name.as_ref().map(DistinguishedName::canonical);
                    let is_first = own.is_some_and(|own| {
                        let mut domains = scene.trusted.index.domains_of(&own);
                        domains.any(|domain| domain.eq_ignore_ascii_case(first))
                    });
                    match found {
                        DomainStatus::Mapped if !is_first => DomainStatus::Unlisted,
                        _ => found,
                    }
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "domaine-du-cn",
        fault: "n'accepte que le domaine du nom de serveur que porte le certificat",
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
                    let name = scene.peer.name.as_ref().map(ToString::to_string);
                    let below = format!(".{}", mailbox.domain);
                    let own = name.is_some_and(|name| {
                        name.split(',')
                            .any(|part| part.starts_with("CN=") && part.ends_with(&below))
                    });
                    match found {
                        DomainStatus::Mapped if !own => DomainStatus::MappedToOthers,
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
    let own = scene.peer.name.as_ref();
    let same = only.is_none_or(|only| own.is_some_and(|own| own.canonical() == only.canonical()));
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
