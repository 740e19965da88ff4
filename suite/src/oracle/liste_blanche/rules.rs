//! One function a rule of TM4.1P, as far as it shows in the mail that is taken.

use super::{
    facts::{Facts, ListState as List, Sender},
    interpretation::{LAST_VALID, NOT_VERIFIED, OPEN_FORM, READ_ANEW, SERVER},
};
use crate::oracle::{ClauseId, Finding, Rule, session::Reply};

/// `TM4.1P/1`: the list is taken from the server that publishes it, and from no other.
///
/// ERR §2.1, the address of TM4.1P: « https://listeblanche.mssante.fr/listeblanchemssante ». Who asks an https server verifies
/// that it is the one (RFC 9110 §4.3.4); what it gives is signed all the same, so that the register only recommends it.
pub(super) fn asked(facts: &Facts) -> Rule {
    let rule = |finding, why| Rule::new(ClauseId::ListAsked, finding, why);
    match (facts.list, facts.sender) {
        (List::Unauthenticated, Sender::Added) => rule(
            Finding::ShouldRefuse,
            "l'émetteur ne figure que dans une liste qu'a donnée un serveur que rien n'atteste",
        )
        .read_by(SERVER),
        (List::Unauthenticated, _) => {
            rule(Finding::NotApplicable, "l'émetteur ne doit rien à ce serveur")
        }
        _ => rule(Finding::NotApplicable, "le serveur de la liste n'est pas en cause"),
    }
    .reasoned()
    .refused_by(Reply::new(550, "5.7.1", "Emetteur absent de la liste blanche (TM4.1P/1)"))
}

/// `TM4.1P/2`: the list in force is the one that is served.
///
/// ERR §2.2, étape 5: the sender's domain « doit […] Figurer dans la liste blanche des domaines autorisés […] Correspondre au
/// DN du certificat utilisé tel que référencé dans la liste blanche ».
pub(super) fn in_force(facts: &Facts) -> Rule {
    let rule = |finding, why| Rule::new(ClauseId::ListInForce, finding, why);
    match (facts.list, facts.sender) {
        (_, Sender::Neither) => {
            rule(Finding::Broken, "l'émetteur ne figure dans aucune liste blanche")
        }
        (List::Nominal, _) => rule(Finding::Met, "l'émetteur figure dans la liste blanche"),
        (List::Changed | List::Unusual, Sender::Both) => {
            rule(Finding::ShouldAccept, "l'émetteur figure toujours dans la liste blanche")
                .read_by(READ_ANEW)
        }
        (List::Changed | List::Unusual, Sender::Added) => {
            rule(Finding::ShouldAccept, "l'émetteur vient d'être ajouté à la liste blanche")
                .read_by(READ_ANEW)
        }
        (List::Changed | List::Unusual, Sender::Removed) => {
            rule(Finding::ShouldRefuse, "l'émetteur n'est plus dans la liste blanche")
                .read_by(READ_ANEW)
        }
        (List::Open, Sender::Added | Sender::Removed) => rule(
            Finding::Open,
            "rien ne dit si une liste de cette forme est à retenir ou à écarter",
        )
        .read_by(OPEN_FORM),
        (
            List::Open
            | List::Untrusted
            | List::Unreadable
            | List::Unauthenticated
            | List::Unavailable,
            _,
        ) => rule(Finding::NotApplicable, "la liste servie n'est pas en règle"),
    }
    .reasoned()
    .refused_by(Reply::new(550, "5.7.1", "Emetteur absent de la liste blanche (TM4.1P/2)"))
}

/// `TM4.1P/3`: nobody is let in by what is not the list of the authority.
///
/// ERR §2.2, étape 4: « dans la liste blanche des domaines autorisés ». What makes a list this one, its signature, no source
/// says; the register does.
pub(super) fn authentic(facts: &Facts) -> Rule {
    let rule = |finding, why| Rule::new(ClauseId::ListAuthentic, finding, why);
    match (facts.list, facts.sender) {
        (List::Untrusted, Sender::Added) => rule(
            Finding::ShouldRefuse,
            "l'émetteur ne figure que dans une liste dont rien n'atteste qu'elle est celle de l'autorité",
        )
        .read_by(NOT_VERIFIED),
        (List::Unreadable, Sender::Added) => {
            rule(Finding::ShouldRefuse, "l'émetteur ne figure que dans ce qui n'est pas une liste")
                .read_by(NOT_VERIFIED)
        }
        _ => rule(Finding::NotApplicable, "l'émetteur ne doit rien à une liste qui n'est pas en règle"),
    }
    .reasoned()
    .refused_by(Reply::new(550, "5.7.1", "Emetteur absent de la liste blanche (TM4.1P/3)"))
}

/// `TM4.1P/4`: the last valid list stays in force while none comes that is valid.
///
/// ERR §2.2, étape 5, as above: whoever stands in the list that was published last, and as it should be, is an operator of the
/// trust space, whatever became of a later file.
pub(super) fn kept(facts: &Facts) -> Rule {
    let rule = |finding, why| Rule::new(ClauseId::ListKept, finding, why);
    match (facts.list, facts.sender) {
        (
            List::Untrusted | List::Unreadable | List::Unauthenticated | List::Unavailable,
            Sender::Both | Sender::Removed,
        ) => rule(Finding::ShouldAccept, "l'émetteur figure dans la dernière liste valable")
            .read_by(LAST_VALID),
        (List::Open, Sender::Both) => rule(
            Finding::ShouldAccept,
            "l'émetteur figure dans la dernière liste valable comme dans celle qui est servie",
        )
        .read_by(LAST_VALID),
        (List::Unavailable, Sender::Added) => {
            rule(Finding::ShouldRefuse, "l'émetteur ne figure pas dans la dernière liste valable")
                .read_by(LAST_VALID)
        }
        _ => rule(Finding::NotApplicable, "la dernière liste valable ne décide pas seule"),
    }
    .reasoned()
    .refused_by(Reply::new(550, "5.7.1", "Emetteur absent de la liste blanche (TM4.1P/4)"))
}
