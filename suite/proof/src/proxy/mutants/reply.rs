//! Faults in the replies: enhanced codes (TM3.1P/2), classes and reasons (TM3.1P/5d).

use super::{
    answer::reply,
    mutant::{Mutant, as_is},
};
use crate::proxy::Behaviour;
use suite::oracle::{ClauseId, command::Keyword, session::Reply};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "succes-sans-code-etendu",
        fault: "annonce les codes étendus et n'en met pas aux réponses 2xx",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/codes-etendus-succes"],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due.code {
                200..=299 => Reply { enhanced: None, ..due },
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "quit-sans-code-etendu",
        fault: "annonce les codes étendus et n'en met pas à la réponse à QUIT",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/codes-etendus-succes"],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, command| match command.verb.keyword() {
                Some(Keyword::Quit) => Reply { enhanced: None, ..due },
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "erreur-sans-code-etendu",
        fault: "annonce les codes étendus et n'en met pas aux erreurs",
        clause: ClauseId::Smtp,
        killers: &[
            "reception/2-smtp/codes-etendus-commande",
            "reception/2-smtp/codes-etendus-sequence",
        ],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due.code {
                500..=503 => Reply { enhanced: None, ..due },
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "code-etendu-d-une-autre-classe",
        fault: "donne aux erreurs définitives un code étendu de classe 4",
        clause: ClauseId::Smtp,
        killers: &[
            "reception/2-smtp/codes-etendus-commande",
            "reception/2-smtp/codes-etendus-sequence",
        ],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due.code {
                500..=503 => Reply { enhanced: Some("4.5.0"), ..due },
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "boite-inconnue-sans-5-1-1",
        fault: "refuse une boîte inconnue par un code étendu qui ne le dit pas",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/codes-etendus-inconnu"],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due.enhanced {
                Some("5.1.1") => Reply { enhanced: Some("5.0.0"), ..due },
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refus-temporaire",
        fault: "refuse par un code temporaire un domaine non autorisé",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/motif-domaine-non-liste",
            "reception/5-enveloppe/motif-domaine-d-un-autre",
        ],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due {
                Reply { code: 550, enhanced: Some("5.7.1"), text } => reply(450, "4.7.1", text),
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refus-sans-code-etendu",
        fault: "refuse sans code étendu un domaine non autorisé",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/motif-domaine-non-liste",
            "reception/5-enveloppe/motif-domaine-d-un-autre",
        ],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due {
                Reply { code: 550, enhanced: Some("5.7.1"), text } => reply(550, "", text),
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "refus-sans-motif",
        fault: "refuse sans motif un domaine non autorisé",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/motif-domaine-non-liste",
            "reception/5-enveloppe/motif-domaine-d-un-autre",
        ],
        setting: as_is,
        behaviour: Behaviour {
            reply: |due, _| match due {
                Reply { code: 550, enhanced: Some("5.7.1"), .. } => reply(550, "5.7.1", ""),
                _ => due,
            },
            ..Behaviour::REFERENCE
        },
    },
];
