//! What was said in clear, kept across STARTTLS (TM3.1P/3, RFC 3207 §4.2).

use super::mutant::{Mutant, as_is};
use crate::proxy::Behaviour;
use suite::oracle::{
    ClauseId, Command,
    command::Verb,
    session::{Permitted, Reply, SessionPolicy, SessionState, next, permitted},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "ehlo-garde",
        fault: "garde dans TLS le nom donné à EHLO en clair, et se passe d'un autre",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/ehlo-oublie-sans-ehlo"],
        setting: as_is,
        behaviour: Behaviour {
            secured: |before| SessionState::ExpectMail { extended: before.extended() },
            named: |clear, inside| if inside.is_empty() { clear } else { inside }.to_owned(),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ehlo-premier-inscrit",
        fault: "inscrit dans Received le nom du premier EHLO, donné en clair, et non de celui de TLS",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/ehlo-oublie"],
        setting: as_is,
        behaviour: Behaviour {
            named: |clear, inside| if clear.is_empty() { inside } else { clear }.to_owned(),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "mail-refuse-garde",
        fault: "garde dans TLS, jusqu'à EHLO, un MAIL refusé en clair",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/etat-oublie-sans-ehlo"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match &command.verb {
                Verb::Rcpt { .. } if *state == SENDER => unjudged(state, command, policy),
                _ => starting(state, command, policy),
            },
            next: noted,
            secured: |before| match before {
                SessionState::ExpectRcpt { .. } => SENDER,
                _ => SessionState::secured(),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "transaction-refusee-gardee",
        fault: "garde dans TLS, jusqu'à EHLO, une transaction refusée en clair",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/transaction-oubliee"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match &command.verb {
                Verb::Data | Verb::Content { .. } if state.tls() && !state.extended() => {
                    unjudged(state, command, policy)
                }
                _ => starting(state, command, policy),
            },
            next: noted,
            secured: |before| match before {
                SessionState::ExpectData { .. } => RECIPIENT,
                _ => SessionState::secured(),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "destinataire-refuse-garde",
        fault: "garde dans TLS, pour le message suivant, un destinataire refusé en clair",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/destinataire-oublie"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match &command.verb {
                Verb::Mail { .. } if *state == RECIPIENT => {
                    permitted(&SessionState::ExpectMail { extended: true }, command, policy)
                }
                _ => starting(state, command, policy),
            },
            next: |state, command, accepted| match (state, &command.verb) {
                (&RECIPIENT, Verb::Hello { .. } | Verb::Mail { .. }) => RECIPIENT,
                _ => noted(state, command, accepted),
            },
            secured: |before| match before {
                SessionState::ExpectData { .. } => RECIPIENT,
                _ => SessionState::secured(),
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// MAIL was noted in clear. The extensions in use are forgotten, which no transaction opened inside TLS
/// shows.
const SENDER: SessionState = SessionState::ExpectRcpt { tls: true, extended: false };
/// RCPT was noted in clear.
const RECIPIENT: SessionState =
    SessionState::ExpectData { tls: true, extended: false, recipients: 1 };

const GO: Reply = Reply { code: 220, enhanced: Some("2.0.0"), text: "TLS" };

/// STARTTLS is taken within what was noted as well.
fn starting(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Permitted {
    let due = permitted(state, command, policy);
    match command.verb {
        Verb::StartTls if !state.tls() && state.in_transaction() => {
            Permitted { preferred: GO, policy: false, ..due }
        }
        _ => due,
    }
}

/// The reply due, whoever the peer is: what it rests on was noted, and looked at by nobody.
fn unjudged(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Permitted {
    Permitted { policy: false, ..permitted(state, command, policy) }
}

/// MAIL and RCPT are noted in clear, though they were refused.
fn noted(state: &SessionState, command: &Command, accepted: bool) -> SessionState {
    match (*state, &command.verb) {
        (SessionState::ExpectStartTls { extended }, Verb::Mail { .. }) => {
            SessionState::ExpectRcpt { tls: false, extended }
        }
        (SessionState::ExpectRcpt { tls: false, extended }, Verb::Rcpt { .. }) => {
            SessionState::ExpectData { tls: false, extended, recipients: 1 }
        }
        _ => next(state, command, accepted),
    }
}
