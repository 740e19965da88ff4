//! What transcripts say of each other, in words.

use suite::{
    record::Observation,
    runner::{Contradicted, Contradiction, IS_DECLARED},
};

use super::visible;

/// What a check of a dossier cannot show, and what of it is taken as declared.
pub(crate) const UNPROVEN: &str = "Déclarés par l'opérateur ou notés par la suite, et non vérifiés : le nom \
    de la cible, ses domaines et ce qu'elle déclare, l'espace simulé, l'horloge, les options. Ce que verify ne \
    peut pas montrer : qui tient la suite peut fabriquer des transcriptions entières et cohérentes ; seuls un \
    défi (--challenge) ou une campagne faite par l'agence y répondent.";

/// Whether a field of the record, by its path, is taken as it stands: no transcript bears it out.
pub(crate) fn is_declared(field: &str) -> bool {
    IS_DECLARED.iter().any(|one| {
        field.strip_prefix(one).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// What stands beside what [`is_declared`].
pub(crate) const UNVERIFIED: &str = "Déclaré par l'opérateur ou noté par la suite, non vérifié : aucune \
    transcription ne le prouve.";

/// Transcripts named of one contradiction.
const MOST: usize = 5;

/// What cannot be, and the transcripts that show it.
pub(crate) fn contradiction(one: &Contradiction) -> String {
    let what = match one.what {
        Contradicted::NoControl => {
            "message de contrôle absent : une campagne menée à son terme en envoie un au début, un à la fin, et un \
             après chaque changement de l'espace"
        }
        Contradicted::Backwards => "le temps recule",
        Contradicted::Duration => {
            "durées impossibles : les événements ne tiennent pas dans celles qui sont notées"
        }
        Contradicted::Address => "connexions à une autre adresse que celle de la cible",
        Contradicted::Message => "messages d'un autre scénario ou d'une autre campagne",
        Contradicted::Mailbox => "message adressé à une autre boîte que celle déclarée",
        Contradicted::Root => "certificats qui ne mènent pas à la racine de l'espace simulé",
        Contradicted::Spaces => "autorités d'un autre espace simulé que celui du premier contrôle",
        Contradicted::Reference => {
            "la cible, dite proxy de référence embarqué, ne se présente pas comme lui"
        }
        Contradicted::Delivery => {
            "remises observées ou guettées, quand aucune n'est dite observable"
        }
        Contradicted::LeftOut => "scénarios joués, que la déclaration de la cible écarte",
        Contradicted::Order => {
            "scénarios joués avant leur jumeau, avant le premier message de contrôle ou après le dernier"
        }
        Contradicted::Overlap => "scénarios joués en même temps qu'un autre qui se joue seul",
        Contradicted::Restored => {
            "fin d'un état changé de l'espace non constatée comme une campagne la constate, en tête du message de \
             contrôle qui le suit"
        }
        Contradicted::Crowd => {
            "plus de scénarios joués à la fois que la déclaration n'admet de connexions"
        }
        Contradicted::Resumed => "la campagne n'a pas été reprise comme le dit le rapport",
    };
    let shown: Vec<&str> = one.transcripts.iter().take(MOST).map(String::as_str).collect();
    let more = match one.transcripts.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" et {}", super::plural(more, "autre")),
    };
    match shown[..] {
        [] => format!("incohérence : {what}"),
        _ => format!("incohérence : {what} ({}{more})", shown.join(", ")),
    }
}

/// What is worth a word.
pub(crate) fn observation(one: &Observation) -> String {
    let listed = |all: &[String]| {
        let shown = all.iter().take(MOST).map(|text| visible(text)).collect::<Vec<_>>().join(" ; ");
        match all.len().saturating_sub(MOST) {
            0 => shown,
            more => format!("{shown} et {}", super::plural(more, "autre")),
        }
    };
    match one {
        Observation::Certificates(all) => {
            format!("{} certificats présentés par la cible : {}", all.len(), listed(all))
        }
        Observation::Extensions(all) => {
            format!("{} listes d'extensions annoncées par la cible : {}", all.len(), listed(all))
        }
        Observation::Greetings(all) => {
            format!("{} noms donnés à l'accueil par la cible : {}", all.len(), listed(all))
        }
        Observation::Reference => {
            "la cible se présente comme le proxy de référence de la suite".to_owned()
        }
    }
}
