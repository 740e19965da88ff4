//! Faults in the order of commands (TM3.1P/2).

use super::{
    answer::{always, instead, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::Behaviour;
use suite::oracle::{
    ClauseId,
    command::{Keyword, Verb},
    session::{Reply, SessionState, Situation, next, permitted},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "rcpt-sans-mail",
        fault: "accepte RCPT sans MAIL",
        clause: ClauseId::Smtp,
        killers: &[
            "reception/2-smtp/rcpt-avant-mail",
            "reception/2-smtp/codes-etendus-sequence",
            "reception/2-smtp/rset-efface",
            "reception/2-smtp/ehlo-efface",
        ],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let accepted = reply(250, "2.1.5", "Ok");
                instead(state, command, policy, Situation::RcptBeforeMail, accepted)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "data-sans-mail",
        fault: "accepte DATA sans MAIL",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/data-avant-mail"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::DataBeforeMail, GO_ON)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "data-sans-rcpt",
        fault: "accepte DATA sans destinataire",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/data-sans-destinataire"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::DataBeforeRcpt, GO_ON)
            },
            // What is for nobody lies nowhere.
            deliver: |parcel| {
                if parcel.recipients.is_empty() { Vec::new() } else { vec![parcel] }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "second-mail-accepte",
        fault: "recommence la transaction à un second MAIL, sans le refuser",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/mail-double"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let accepted = reply(250, "2.1.0", "Ok");
                instead(state, command, policy, Situation::MailTwice, accepted)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "rset-refuse",
        fault: "ne connaît pas RSET",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/rset", "reception/2-smtp/sequence"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let unknown = reply(502, "5.5.1", "Commande non offerte");
                instead(state, command, policy, Situation::Rset, unknown)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "rset-en-transaction-refuse",
        fault: "refuse RSET dans une transaction",
        clause: ClauseId::Smtp,
        killers: &[
            "reception/2-smtp/sequence",
            "reception/2-smtp/casse-des-verbes",
            "reception/2-smtp/rset-efface",
        ],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                if state.in_transaction() && command.verb == Verb::Rset {
                    return always(due, reply(503, "5.5.1", "Transaction en cours"));
                }
                due
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "rset-sans-effet",
        fault: "répond 250 à RSET et garde la transaction",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/rset-efface"],
        setting: as_is,
        behaviour: Behaviour {
            next: |state, command, accepted| match command.verb {
                Verb::Rset => *state,
                _ => next(state, command, accepted),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ehlo-sans-effet",
        fault: "garde la transaction ouverte quand EHLO revient",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/ehlo-efface"],
        setting: as_is,
        behaviour: Behaviour {
            next: |state, command, accepted| match command.verb.keyword() {
                Some(Keyword::Ehlo) if state.in_transaction() => *state,
                _ => next(state, command, accepted),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "une-transaction-par-session",
        fault: "ne reçoit qu'un message par session",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/plusieurs-transactions"],
        setting: as_is,
        behaviour: Behaviour {
            next: |state, command, accepted| match command.verb {
                Verb::Content { .. } if accepted => SessionState::ExpectQuit,
                _ => next(state, command, accepted),
            },
            ..Behaviour::REFERENCE
        },
    },
];

const GO_ON: Reply = reply(354, "", "Message attendu");
