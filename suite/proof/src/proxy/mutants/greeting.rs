//! Faults in opening the session (TM3.1P/2).

use super::{
    answer::{always, instead, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, ProxyConfig};
use suite::oracle::{
    ClauseId,
    session::{SessionPolicy, Situation, permitted, situation},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "accueil-250",
        fault: "accueille le client par 250 au lieu de 220",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/accueil"],
        setting: as_is,
        behaviour: Behaviour { banner: |host| format!("250 {host} ESMTP"), ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "accueil-sans-nom",
        fault: "ne donne pas son nom dans le message d'accueil",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/accueil-nom"],
        setting: as_is,
        behaviour: Behaviour {
            banner: |_| "220 ESMTP service pret".to_owned(),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "nom-court",
        fault: "se nomme par un nom court, sans domaine",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/accueil-nom", "reception/2-smtp/ehlo-nom"],
        setting: |config, _| ProxyConfig { host: "proxy1".to_owned(), ..config },
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "ehlo-refuse",
        fault: "ne connaît pas EHLO",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/ehlo", "reception/5-enveloppe/nominal"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let unknown = reply(500, "5.5.1", "Commande inconnue");
                instead(state, command, policy, Situation::Ehlo, unknown)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "second-ehlo-refuse",
        fault: "refuse EHLO à qui l'a déjà envoyé",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/ehlo-repete"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                if state.greeted() && situation(state, command, policy) == Situation::Ehlo {
                    return always(due, reply(503, "5.5.1", "EHLO deja recu"));
                }
                due
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "helo-refuse",
        fault: "ne connaît pas HELO",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/helo"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let unknown = reply(502, "5.5.1", "EHLO attendu");
                instead(state, command, policy, Situation::Helo, unknown)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "8bitmime-non-annonce",
        fault: "n'annonce pas 8BITMIME",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/8bitmime"],
        setting: as_is,
        behaviour: Behaviour {
            ehlo: |policy, tls| without(policy, tls, "8BITMIME"),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "pipelining-non-annonce",
        fault: "n'annonce pas PIPELINING",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/pipelining"],
        setting: as_is,
        behaviour: Behaviour {
            ehlo: |policy, tls| without(policy, tls, "PIPELINING"),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "codes-etendus-non-annonces",
        fault: "n'annonce pas ENHANCEDSTATUSCODES",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/codes-etendus-annonces"],
        setting: as_is,
        behaviour: Behaviour {
            ehlo: |policy, tls| without(policy, tls, "ENHANCEDSTATUSCODES"),
            ..Behaviour::REFERENCE
        },
    },
];

/// The lines of the EHLO reply without one extension.
fn without(policy: &SessionPolicy, tls: bool, keyword: &str) -> Vec<String> {
    let lines = policy.ehlo_lines(tls).into_iter();
    lines.filter(|line| !line.starts_with(keyword)).collect()
}
