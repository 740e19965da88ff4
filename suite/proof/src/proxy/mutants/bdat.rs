//! Faults of the second door, BDAT (RFC 3030 §2; TM3.1P/2 to TM3.1P/6).

use fixtures::smtp::wire::Line;

use super::{
    answer::{instead, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, CRLF_DOT_CRLF, Scene};
use suite::oracle::{
    ClauseId, Command, Decision,
    address::Path,
    command::{Keyword, Verb},
    reception::{
        Facts, decide,
        facts::{DnStatus, Recipients},
    },
    session::{Reply, Situation, next},
};

const TAKEN: Reply = reply(250, "2.0.0", "Ok");

pub(super) const MUTANTS: &[Mutant] = &[
    // --- What is checked ------------------------------------------------------------------------
    Mutant {
        behaviour: Behaviour { decision: sender_at_data, ..Behaviour::REFERENCE },
        ..bdat(
            "bdat-emetteur-non-controle",
            "ne contrôle l'émetteur qu'à DATA, et jamais à BDAT",
            ClauseId::DomainMapped,
            &[
                "reception/5-enveloppe/bdat-domaine-d-un-autre",
                "reception/5-enveloppe/bdat-blocs-domaine-d-un-autre",
                "reception/5-enveloppe/bdat-domaine-non-liste",
                "reception/5-enveloppe/bdat-vide-dn-non-liste",
                "reception/5-enveloppe/bdat-second-expediteur",
                "reception/5-enveloppe/bdat-malgre-refus",
                "reception/4-certificat/bdat-aucun",
                "reception/4-certificat/bdat-expire",
                "reception/4-certificat/bdat-revoque",
            ],
        )
    },
    Mutant {
        behaviour: Behaviour { decision: recipients_at_data, ..Behaviour::REFERENCE },
        ..bdat(
            "bdat-destinataire-non-controle",
            "ne contrôle les destinataires qu'à DATA, et jamais à BDAT",
            ClauseId::Notified,
            &["reception/2-smtp/bdat-relais"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            next: |state, command, accepted| match command.verb {
                Verb::Mail { .. } | Verb::Rcpt { .. } if state.tls() => next(state, command, true),
                _ => next(state, command, accepted),
            },
            decision: |scene| match scene.command.verb {
                Verb::Bdat { .. } => decide(&Facts::default()),
                _ => decide(&scene.facts()),
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-malgre-refus",
            "prend par BDAT le message d'une transaction qu'il a refusée",
            ClauseId::DomainMapped,
            &["reception/5-enveloppe/bdat-malgre-refus"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            decision: |scene| match (&scene.command.verb, scene.sender) {
                (Verb::Bdat { .. }, Some(Path::Null)) => {
                    decide(&Facts { dn: DnStatus::Unlisted, ..scene.facts() })
                }
                _ => decide(&scene.facts()),
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-expediteur-vide-refuse",
            "refuse à BDAT l'expéditeur vide",
            ClauseId::NullSender,
            &["reception/5-enveloppe/bdat-vide-dn-liste", "reception/2-smtp/bdat-et-data"],
        )
    },
    // --- The octets of a chunk ------------------------------------------------------------------
    Mutant {
        behaviour: Behaviour { discards: false, ..Behaviour::REFERENCE },
        ..smtp(
            "bdat-refuse-non-lu",
            "exécute comme des commandes les octets d'un BDAT refusé",
            &[
                "reception/2-smtp/bdat-refuse-octets",
                "reception/2-smtp/bdat-refuse-destinataire-octets",
                "reception/2-smtp/bdat-refuse-groupes-octets",
                "reception/3-starttls/bdat-avant-octets",
            ],
        )
    },
    Mutant {
        behaviour: Behaviour { chunk_ends: &[CRLF_DOT_CRLF], ..Behaviour::REFERENCE },
        ..smtp(
            "bdat-fin-crlf-point-crlf",
            "tient <CRLF>.<CRLF> dans un bloc pour la fin du message",
            &["reception/2-smtp/bdat-crlf-point-crlf"],
        )
    },
    Mutant {
        behaviour: Behaviour { chunk_ends: &[b"\n.\n"], ..Behaviour::REFERENCE },
        ..smtp(
            "bdat-fin-lf-point-lf",
            "tient <LF>.<LF> dans un bloc pour la fin du message",
            &["reception/2-smtp/bdat-lf-point-lf"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            command: |line| {
                resized(line, |octets, last| Verb::Bdat { octets: octets.saturating_sub(1), last })
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-taille-moins-un",
            "lit un octet de moins que la taille du bloc",
            &["reception/2-smtp/bdat-blocs", "reception/2-smtp/bdat-groupes"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            command: |line| {
                resized(line, |octets, last| Verb::Bdat { octets: octets & 0xffff_ffff, last })
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-taille-sur-32-bits",
            "lit la taille d'un bloc sur 32 bits",
            &["reception/2-smtp/bdat-taille-32-bits"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            command: |line| {
                resized(line, |octets, last| Verb::Bdat {
                    octets: if octets == u64::MAX { 0 } else { octets },
                    last,
                })
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-taille-sur-64-bits",
            "tient pour nulle une taille de plus de 64 bits",
            &["reception/2-smtp/bdat-taille-64-bits"],
        )
    },
    // --- The chunks of a message ----------------------------------------------------------------
    joining(
        "bdat-points-otes",
        "ôte de chaque bloc le point qui commence une ligne",
        &["reception/5-enveloppe/remis-bdat"],
        |message, chunk| message.extend_from_slice(&(Behaviour::REFERENCE.unstuff)(chunk)),
    ),
    joining(
        "bdat-fin-de-ligne-ajoutee",
        "ajoute une fin de ligne derrière chaque bloc",
        &["reception/5-enveloppe/remis-bdat-blocs"],
        |message, chunk| {
            message.extend_from_slice(chunk);
            message.extend_from_slice(b"\r\n");
        },
    ),
    joining(
        "bdat-octet-perdu",
        "perd le dernier octet de chaque bloc suivi d'un autre",
        &["reception/5-enveloppe/remis-bdat-blocs"],
        |message, chunk| {
            message.pop();
            message.extend_from_slice(chunk);
        },
    ),
    joining(
        "bdat-dernier-bloc-seul",
        "ne remet que le dernier bloc",
        &["reception/5-enveloppe/remis-bdat-zero-last"],
        |message, chunk| chunk.clone_into(message),
    ),
    Mutant {
        behaviour: Behaviour { left_over: |chunks| chunks, ..Behaviour::REFERENCE },
        ..smtp(
            "bdat-rset-sans-effet",
            "garde après RSET les blocs déjà reçus",
            &["reception/2-smtp/bdat-rset"],
        )
    },
    // --- LAST -----------------------------------------------------------------------------------
    Mutant {
        behaviour: Behaviour {
            command: |line| {
                resized(line, |octets, last| Verb::Bdat { octets, last: last && octets > 0 })
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-last-vide-ignore",
            "n'entend pas LAST sur un bloc vide",
            &["reception/5-enveloppe/remis-bdat-zero-last"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            command: |line| {
                resized(line, |octets, last| match octets {
                    0 => Verb::Malformed { of: Keyword::Bdat, problem: "bloc vide" },
                    _ => Verb::Bdat { octets, last },
                })
            },
            ..Behaviour::REFERENCE
        },
        ..smtp("bdat-last-vide-refuse", "refuse un bloc vide", &["reception/2-smtp/bdat-zero-last"])
    },
    Mutant {
        behaviour: Behaviour {
            next: |state, command, accepted| match command.verb {
                Verb::Bdat { last: true, .. } if accepted => *state,
                _ => next(state, command, accepted),
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-transaction-ouverte",
            "garde la transaction ouverte après le dernier bloc",
            &["reception/2-smtp/bdat-apres-last", "reception/2-smtp/bdat-et-data"],
        )
    },
    // --- The order of commands ------------------------------------------------------------------
    Mutant {
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::BdatBeforeMail, TAKEN)
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-sans-mail",
            "accepte BDAT sans MAIL",
            ClauseId::MailFrom,
            &["reception/2-smtp/bdat-avant-mail", "reception/2-smtp/bdat-apres-last"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::BdatBeforeRcpt { last: true }, TAKEN)
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-sans-rcpt",
            "accepte BDAT sans destinataire",
            ClauseId::Smtp,
            &["reception/2-smtp/bdat-sans-destinataire"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(
                    state,
                    command,
                    policy,
                    Situation::DataAfterBdat,
                    reply(354, "", "Message attendu"),
                )
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "data-apres-bdat",
            "accepte DATA après BDAT dans la même transaction",
            ClauseId::Smtp,
            &["reception/2-smtp/bdat-puis-data"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::Malformed(Keyword::Bdat), TAKEN)
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-mal-forme",
            "répond 250 à un BDAT mal formé",
            ClauseId::Smtp,
            &["reception/2-smtp/bdat-syntaxe"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::BdatInClear, TAKEN)
            },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-en-clair",
            "accepte BDAT avant STARTTLS",
            ClauseId::StartTls,
            &["reception/3-starttls/bdat-avant"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            injected: |octets| if octets.starts_with(b"BDAT") { octets } else { Vec::new() },
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-injecte",
            "garde pour TLS un BDAT envoyé en clair derrière STARTTLS",
            ClauseId::StartTls,
            &["reception/3-starttls/injection-bdat"],
        )
    },
    // --- The replies ----------------------------------------------------------------------------
    Mutant {
        behaviour: Behaviour {
            reply: |due, command| match command.verb {
                Verb::Bdat { .. } if due.accepts() => reply(354, "", "Message attendu"),
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-354",
            "répond 354 à BDAT comme à DATA",
            &["reception/2-smtp/bdat-apres-last", "reception/2-smtp/bdat-puis-data"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            reply: |due, command| match command.verb {
                Verb::Bdat { .. } if due.accepts() => reply(502, "5.5.1", "Commande non servie"),
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
        ..smtp("bdat-non-servi", "annonce CHUNKING et ne sert pas BDAT", &["reception/2-smtp/bdat"])
    },
    Mutant {
        behaviour: Behaviour {
            hurried: |command, behind| {
                let chunk = matches!(command.verb, Verb::Bdat { .. });
                (chunk && !behind.is_empty()).then_some(reply(503, "5.5.1", "Trop vite"))
            },
            ..Behaviour::REFERENCE
        },
        ..smtp(
            "bdat-groupes-refuses",
            "refuse un bloc derrière lequel un autre est déjà là, bien qu'il annonce PIPELINING",
            &["reception/2-smtp/bdat-groupes"],
        )
    },
    Mutant {
        behaviour: Behaviour {
            cut: |content| Some(content).filter(|content| !content.is_empty()),
            ..Behaviour::REFERENCE
        },
        ..bdat(
            "bdat-coupe-remis",
            "remet les blocs d'un message dont le dernier n'est pas venu",
            ClauseId::End,
            &["reception/6-fin/coupure-en-bdat", "reception/6-fin/quit-avant-last"],
        )
    },
];

const fn bdat(
    id: &'static str,
    fault: &'static str,
    clause: ClauseId,
    killers: &'static [&'static str],
) -> Mutant {
    Mutant { id, fault, clause, killers, setting: as_is, behaviour: Behaviour::REFERENCE }
}

const fn smtp(id: &'static str, fault: &'static str, killers: &'static [&'static str]) -> Mutant {
    bdat(id, fault, ClauseId::Smtp, killers)
}

/// A proxy whose chunks join so.
const fn joining(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    join: fn(&mut Vec<u8>, &[u8]),
) -> Mutant {
    let behaviour = Behaviour { join, ..Behaviour::REFERENCE };
    Mutant { behaviour, ..bdat(id, fault, ClauseId::Notified, killers) }
}

/// The command of the line, a BDAT of that size and marker read so.
fn resized(line: &Line, read: fn(u64, bool) -> Verb) -> Command {
    let command = (Behaviour::REFERENCE.command)(line);
    match command.verb {
        Verb::Bdat { octets, last } => Command { verb: read(octets, last), ..command },
        _ => command,
    }
}

/// What DATA settles by the sender, decided at DATA alone.
fn sender_at_data(scene: &Scene<'_>) -> Decision {
    let facts = scene.facts();
    match scene.command.verb {
        Verb::Data | Verb::Content { .. } => decide(&facts),
        _ => decide(&Facts { recipients: facts.recipients, ..Facts::default() }),
    }
}

/// What DATA settles by the recipients, decided at DATA alone.
fn recipients_at_data(scene: &Scene<'_>) -> Decision {
    let facts = scene.facts();
    match scene.command.verb {
        Verb::Data | Verb::Content { .. } => decide(&facts),
        _ => decide(&Facts { recipients: Recipients::Known, ..facts }),
    }
}
