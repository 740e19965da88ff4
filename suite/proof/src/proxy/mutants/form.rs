//! Faults in the form of replies whose code is clear.

use super::mutant::{Mutant, as_is};
use crate::proxy::Behaviour;
use suite::oracle::ClauseId;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "reponses-lf",
        fault: "termine ses réponses par LF seul",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/reponses-fins-de-ligne"],
        setting: as_is,
        behaviour: Behaviour {
            octets: |text| text.replace("\r\n", "\n").into_bytes(),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "reponses-sans-espace",
        fault: "oublie l'espace après le code de ses réponses",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/reponses-syntaxe"],
        setting: as_is,
        behaviour: Behaviour { octets: without_a_space, ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "reponses-en-latin-1",
        fault: "écrit ses réponses en Latin-1",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/reponses-ascii"],
        setting: as_is,
        behaviour: Behaviour {
            octets: |text| text.replace("\r\n", " \u{e9}\r\n").chars().map(latin_1).collect(),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "reponses-trop-longues",
        fault: "fait des lignes de réponse de plus de 512 octets",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/reponses-longueur"],
        setting: as_is,
        behaviour: Behaviour {
            octets: |text| text.replace("\r\n", &format!(" {}\r\n", "x".repeat(512))).into_bytes(),
            ..Behaviour::REFERENCE
        },
    },
];

/// A reply of one line without what separates its code and its text, but for those that say more than
/// their code to a client: EHLO's.
fn without_a_space(text: String) -> Vec<u8> {
    if text.contains('-') && text.matches("\r\n").count() > 1 {
        return text.into_bytes();
    }
    text.replacen(' ', "", 1).into_bytes()
}

fn latin_1(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'?')
}
