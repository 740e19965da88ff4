//! Faults in reading commands (TM3.1P/2).

use super::{
    answer::{always, instead, reply, reread},
    mutant::{Mutant, as_is},
};
use crate::proxy::Behaviour;
use suite::oracle::{
    ClauseId, Command,
    address::Path,
    command::{Keyword, Verb},
    session::{Permitted, Reply, SessionPolicy, SessionState, Situation, permitted},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "verbes-en-majuscules",
        fault: "ne reconnaît les commandes qu'en majuscules",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/casse-des-verbes"],
        setting: as_is,
        behaviour: Behaviour {
            command: |line| {
                let command = (Behaviour::REFERENCE.command)(line);
                let verb = command.raw.split(|b| *b == b' ').next().unwrap_or_default();
                let lower = verb.iter().any(u8::is_ascii_lowercase);
                if lower { Command { verb: Verb::Unknown, ..command } } else { command }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "partie-locale-en-minuscules",
        fault: "refuse un expéditeur dont la partie locale a des majuscules",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/casse-partie-locale"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let upper = |local: &str| local.chars().any(char::is_uppercase);
                sender_refused(state, command, policy, upper)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "partie-locale-32",
        fault: "refuse un expéditeur dont la partie locale dépasse 32 octets",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/partie-locale-64"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                sender_refused(state, command, policy, |local| local.len() > 32)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "commande-256",
        fault: "refuse une ligne de commande de plus de 256 octets",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/ligne-commande-512"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                if command.raw.len() + 2 > 256 && command.verb.keyword() == Some(Keyword::Noop) {
                    return always(due, reply(500, "5.5.2", "Ligne trop longue"));
                }
                due
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "commande-inconnue-coupe",
        fault: "ferme la connexion à la première commande inconnue",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/commande-inconnue", "reception/2-smtp/codes-etendus-commande"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                let silence = due.silence || command.verb == Verb::Unknown;
                Permitted { silence, ..due }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "commande-inconnue-acceptee",
        fault: "répond 250 à une commande inconnue",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/commande-inconnue"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::Unknown, OK)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "noop-refuse",
        fault: "ne connaît pas NOOP",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/noop", "reception/6-fin/sans-transaction"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::Noop, UNKNOWN)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "vrfy-inconnu",
        fault: "ne connaît pas VRFY",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/vrfy"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::Vrfy, UNKNOWN)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "help-inconnu",
        fault: "ne connaît pas HELP",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/help"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::Help, UNKNOWN)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "parametre-inconnu-ignore",
        fault: "ignore un paramètre de MAIL qu'il ne connaît pas",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/parametre-inconnu"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                instead(state, command, policy, Situation::UnknownParameter, OK)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "syntaxe-temporaire",
        fault: "répond par un code temporaire à une faute de syntaxe",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/syntaxe", "reception/2-smtp/rcpt-vide"],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, command| match command.verb {
                Verb::Malformed { .. } => reply(451, "4.5.2", "Reessayez plus tard"),
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "rcpt-vide-accepte",
        fault: "accepte un destinataire vide",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/rcpt-vide"],
        setting: as_is,
        behaviour: Behaviour {
            command: |line| {
                reread(line, |text| (text == "RCPT TO:<>").then(|| "RCPT TO:<postmaster>".into()))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "pipelining-refuse",
        fault: "annonce PIPELINING et refuse les commandes groupées",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/pipelining", "reception/2-smtp/bdat-groupes"],
        setting: as_is,
        behaviour: Behaviour {
            hurried: |_, behind| {
                let hurried = reply(554, "5.5.0", "Commandes groupees refusees");
                (!behind.is_empty()).then_some(hurried)
            },
            ..Behaviour::REFERENCE
        },
    },
];

const UNKNOWN: Reply = reply(500, "5.5.1", "Commande inconnue");

const OK: Reply = reply(250, "2.0.0", "Ok");

/// 553 to a sender whose local part is wrong to this proxy.
fn sender_refused(
    state: &SessionState,
    command: &Command,
    policy: &SessionPolicy,
    wrong: fn(&str) -> bool,
) -> Permitted {
    let due = permitted(state, command, policy);
    match &command.verb {
        Verb::Mail { path: Path::Mailbox(mailbox), .. } if wrong(&mailbox.local) => {
            always(due, reply(553, "5.1.7", "Expediteur refuse"))
        }
        _ => due,
    }
}
