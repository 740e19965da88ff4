//! Faults in the way to TLS (TM3.1P/3, RFC 3207).

use super::{
    answer::always,
    faulty_facts::believing,
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Handshake, Scene};
use suite::oracle::{
    ClauseId, Command, Decision,
    address::Path,
    command::{Keyword, Verb},
    reception::{decide, facts::Channel},
    session::{Permitted, Reply, SessionPolicy, SessionState, next, permitted},
};

/// First octet of a TLS handshake record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// What asks for more of an authentication (RFC 4954 §4).
const AUTHENTICATE: Reply = Reply { code: 334, enhanced: None, text: "VXNlcm5hbWU6" };

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "clair-accepte",
        fault: "accepte un message transmis sans TLS",
        clause: ClauseId::StartTls,
        killers: &[
            "reception/3-starttls/en-clair",
            "reception/3-starttls/en-clair-expediteur-vide",
            "reception/3-starttls/mail-avant",
            "reception/3-starttls/rcpt-avant",
            "reception/3-starttls/data-avant",
        ],
        setting: as_is,
        behaviour: Behaviour {
            permitted: anything_in_clear,
            decision: in_clear_believed,
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "clair-accepte-expediteur-vide",
        fault: "admet sans TLS les avis de non-remise (expéditeur vide)",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/en-clair-expediteur-vide"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match &command.verb {
                Verb::Mail { path: Path::Mailbox(_), .. } => permitted(state, command, policy),
                _ => anything_in_clear(state, command, policy),
            },
            decision: in_clear_believed,
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "clair-refuse-au-rcpt",
        fault: "ne refuse une transaction en clair qu'au RCPT, avec 550",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/mail-avant", "reception/3-starttls/rcpt-avant"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match &command.verb {
                Verb::Mail { .. } if !state.tls() => taken_in_clear(state, command, policy),
                Verb::Rcpt { .. } if !state.tls() => {
                    answering(permitted(state, command, policy), NO_RELAY)
                }
                _ => permitted(state, command, policy),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "clair-refuse-apres-le-message",
        fault: "prend un message en clair jusqu'au point final avant de le refuser",
        clause: ClauseId::StartTls,
        killers: &[
            "reception/3-starttls/mail-avant",
            "reception/3-starttls/rcpt-avant",
            "reception/3-starttls/data-avant",
        ],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match &command.verb {
                Verb::Mail { .. } | Verb::Rcpt { .. } | Verb::Data if !state.tls() => {
                    taken_in_clear(state, command, policy)
                }
                _ => permitted(state, command, policy),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "starttls-non-annonce",
        fault: "n'annonce pas STARTTLS, bien qu'il l'accepte",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/annonce"],
        setting: as_is,
        behaviour: Behaviour { ehlo: |policy, _| policy.ehlo_lines(true), ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "starttls-reannonce",
        fault: "annonce encore STARTTLS dans TLS",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/non-reannonce"],
        setting: as_is,
        behaviour: Behaviour { ehlo: |policy, _| policy.ehlo_lines(false), ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "starttls-deux-fois",
        fault: "accepte un second STARTTLS dans TLS",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/second"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match command.verb {
                Verb::StartTls if state.tls() => answering(permitted(state, command, policy), GO),
                _ => permitted(state, command, policy),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "starttls-avec-parametre",
        fault: "accepte STARTTLS suivi d'un paramètre",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/parametre"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match command.verb {
                Verb::Malformed { of: Keyword::StartTls, .. } => {
                    answering(permitted(state, command, policy), GO)
                }
                _ => permitted(state, command, policy),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ehlo-refuse-dans-tls",
        fault: "refuse dans TLS un second EHLO, faute d'avoir oublié le premier",
        clause: ClauseId::StartTls,
        // Nothing can be sent at all, so `3-starttls/ehlo-apres` loses its control and says nothing.
        killers: &["reception/5-enveloppe/nominal", "reception/4-certificat/valide"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match command.verb {
                Verb::Hello { .. } if state.tls() => {
                    answering(permitted(state, command, policy), TWICE)
                }
                _ => permitted(state, command, policy),
            },
            secured: |before| SessionState::ExpectMail { extended: before.extended() },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ehlo-authentification-dans-tls",
        fault: "répond 334 à EHLO dans TLS, comme si une authentification était en cours",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/ehlo-apres"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| match command.verb {
                Verb::Hello { .. } if state.tls() => {
                    always(permitted(state, command, policy), AUTHENTICATE)
                }
                _ => permitted(state, command, policy),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "etat-garde",
        fault: "garde dans TLS la transaction commencée en clair",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/etat-oublie", "reception/3-starttls/mail-avant"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: kept_transaction,
            next: |state, command, accepted| match (state, &command.verb) {
                (&KEPT, Verb::Hello { .. }) => KEPT,
                _ => next(state, command, accepted),
            },
            secured: |before| match before {
                SessionState::ExpectRcpt { .. } => KEPT,
                _ => SessionState::secured(),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "injection-executee",
        fault: "exécute dans TLS ce qui a été reçu en clair derrière STARTTLS",
        clause: ClauseId::StartTls,
        killers: &[
            "reception/3-starttls/injection-noop",
            "reception/3-starttls/injection-message",
            "reception/3-starttls/injection-ligne-inachevee",
        ],
        setting: as_is,
        behaviour: Behaviour { injected: |octets| octets, ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "injection-ligne-inachevee",
        fault: "met devant la première commande reçue dans TLS le début de ligne reçu en clair derrière STARTTLS",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/injection-ligne-inachevee"],
        setting: as_is,
        behaviour: Behaviour {
            injected: |octets| {
                let whole = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
                octets[whole..].to_vec()
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "injection-servie-en-clair",
        fault: "sert encore en clair, après le 220 à STARTTLS, ce qui arrive avant la négociation TLS",
        clause: ClauseId::StartTls,
        killers: &[
            "reception/3-starttls/injection-noop",
            "reception/3-starttls/injection-segment-suivant",
        ],
        setting: as_is,
        behaviour: Behaviour {
            still_clear: |_| true,
            handshake: |first| match first.first() {
                Some(&HANDSHAKE) => Handshake::Library,
                _ => Handshake::Clear(SessionState::ExpectMail { extended: true }),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "echec-puis-clair",
        fault: "poursuit en clair, comme s'il était dans TLS, quand la négociation échoue",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/echec-puis-clair"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| match first.first() {
                Some(&HANDSHAKE) => Handshake::Library,
                _ => Handshake::Clear(SessionState::ExpectMail { extended: true }),
            },
            decision: in_clear_believed,
            ..Behaviour::REFERENCE
        },
    },
];

const NO_RELAY: Reply = Reply { code: 550, enhanced: Some("5.7.1"), text: "TLS est obligatoire" };
const GO: Reply = Reply { code: 220, enhanced: Some("2.0.0"), text: "TLS" };
const TWICE: Reply = Reply { code: 503, enhanced: Some("5.5.1"), text: "EHLO deja recu" };

/// The transaction that was open in clear, inside TLS. The extensions in use are forgotten, which no
/// transaction opened inside TLS shows.
const KEPT: SessionState = SessionState::ExpectRcpt { tls: true, extended: false };

/// An envelope and a message answered in clear as they are inside TLS.
fn anything_in_clear(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Permitted {
    match command.verb {
        Verb::Mail { .. } | Verb::Rcpt { .. } | Verb::Data | Verb::Content { .. } => {
            permitted(&as_in_tls(state), command, policy)
        }
        _ => permitted(state, command, policy),
    }
}

/// MAIL is taken in clear, and the transaction kept goes on.
fn kept_transaction(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Permitted {
    let as_usual = permitted(state, command, policy);
    match &command.verb {
        Verb::Mail { .. } if !state.tls() => taken_in_clear(state, command, policy),
        Verb::Rcpt { .. } if *state == KEPT => Permitted { policy: false, ..as_usual },
        Verb::StartTls if !state.tls() => answering(as_usual, GO),
        _ => as_usual,
    }
}

/// A command of an envelope answered in clear as it is inside TLS, whoever the peer is.
fn taken_in_clear(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Permitted {
    Permitted { policy: false, ..permitted(&as_in_tls(state), command, policy) }
}

fn in_clear_believed(scene: &Scene<'_>) -> Decision {
    match scene.peer.channel {
        Channel::Clear => decide(&believing(scene)),
        _ => decide(&scene.facts()),
    }
}

/// Where the session would stand inside TLS.
fn as_in_tls(state: &SessionState) -> SessionState {
    use SessionState as S;
    match *state {
        S::ExpectStartTls { extended } => S::ExpectMail { extended },
        S::ExpectRcpt { extended, .. } => S::ExpectRcpt { tls: true, extended },
        S::ExpectData { extended, recipients, .. } => {
            S::ExpectData { tls: true, extended, recipients }
        }
        S::ExpectContent { extended, .. } => S::ExpectContent { tls: true, extended },
        other => other,
    }
}

fn answering(permitted: Permitted, preferred: Reply) -> Permitted {
    Permitted { preferred, policy: false, ..permitted }
}
