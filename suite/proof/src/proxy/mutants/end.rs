//! Faults in ending the session (TM3.1P/6).

use super::{
    answer::{always, instead, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Farewell};
use suite::oracle::{
    ClauseId,
    command::Verb,
    session::{Permitted, Situation, permitted},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "quit-sans-reponse",
        fault: "ferme la connexion à QUIT sans répondre",
        clause: ClauseId::End,
        killers: &["reception/6-fin/quit", "reception/6-fin/quit-en-clair"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                let silence = due.silence || command.verb == Verb::Quit;
                Permitted { silence, ..due }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "quit-250",
        fault: "répond 250 à QUIT au lieu de 221",
        clause: ClauseId::End,
        killers: &["reception/6-fin/quit", "reception/6-fin/sans-transaction"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::Quit, reply(250, "2.0.0", "Ok"))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "quit-en-clair-refuse",
        fault: "refuse QUIT avant STARTTLS",
        clause: ClauseId::End,
        killers: &["reception/6-fin/quit-en-clair"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                if !state.tls() && command.verb == Verb::Quit {
                    return always(due, reply(530, "5.7.0", "STARTTLS attendu"));
                }
                due
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "quit-en-transaction-refuse",
        fault: "refuse QUIT dans une transaction",
        clause: ClauseId::End,
        killers: &["reception/6-fin/quit-en-transaction"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                if state.in_transaction() && command.verb == Verb::Quit {
                    return always(due, reply(503, "5.5.1", "Transaction en cours"));
                }
                due
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refus-ferme-la-session",
        fault: "ferme la session au premier refus",
        clause: ClauseId::End,
        killers: &["reception/6-fin/quit-apres-refus"],
        setting: as_is,
        behaviour: Behaviour { patience: 0, ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "connexion-gardee-apres-quit",
        fault: "garde la connexion ouverte après 221",
        clause: ClauseId::End,
        killers: &["reception/6-fin/fermeture"],
        setting: as_is,
        behaviour: Behaviour { farewell: Farewell::Never, ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "sans-close-notify",
        fault: "ferme la connexion sans close_notify",
        clause: ClauseId::End,
        killers: &["reception/6-fin/close-notify"],
        setting: as_is,
        behaviour: Behaviour { farewell: Farewell::Unnotified, ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "lignes-entieres-remises",
        fault: "remet ce qu'il a reçu d'un message quand la connexion est coupée",
        clause: ClauseId::End,
        killers: &["reception/6-fin/coupure-en-data", "reception/6-fin/fermeture-en-data"],
        setting: as_is,
        behaviour: Behaviour {
            cut: |part| part.ends_with(b"\r\n").then_some(part),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "point-sans-crlf",
        fault: "remet un message dont le point final n'a pas son CRLF quand la connexion se ferme",
        clause: ClauseId::End,
        killers: &["reception/6-fin/coupure-avant-le-point-entier"],
        setting: as_is,
        behaviour: Behaviour {
            cut: |part| part.strip_suffix(b".").map(<[u8]>::to_vec),
            ..Behaviour::REFERENCE
        },
    },
];
