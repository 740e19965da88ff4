//! Faults in checking the sender (TM3.1P/5a, 5b, 5c).

use fixtures::dn::DistinguishedName;

use super::{
    answer::{instead, reply},
    mutant::{Mutant, as_is},
};
use crate::{
    oracle::{
        ClauseId, Decision, Facts, Grade,
        address::{Mailbox, Path},
        decide,
        facts::{DomainStatus, MailFrom, Recipients},
        session::Situation,
    },
    proxy::{Behaviour, Memory, Scene},
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
            decision: |scene| {
                let facts = scene.facts();
                match scene
                    .sender
                    .and_then(Path::mailbox)
                    .and_then(|mailbox| mailbox.local.split_once('@'))
                {
                    Some((_, domain)) => decide(&Facts {
                        mail_from: MailFrom::Mailbox,
                        domain: scene.peer.domain(domain, scene.trusted),
                        ..facts
                    }),
                    None => decide(&facts),
                }
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

/// The decision, the sender's domain judged by this proxy's lights.
fn judged(
    scene: &Scene<'_>,
    status: fn(&Scene<'_>, &Mailbox, DomainStatus) -> DomainStatus,
) -> Decision {
    let facts = scene.facts();
    match scene.sender.and_then(Path::mailbox) {
        Some(mailbox) => decide(&Facts { domain: status(scene, mailbox, facts.domain), ..facts }),
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

/// The domain of the From field.
pub(super) fn header_domain(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    let from = text.lines().find_map(|line| line.strip_prefix("From: "))?;
    let (_, domain) = from.rsplit_once('@')?;
    Some(domain.trim_end_matches('>').to_owned())
}
