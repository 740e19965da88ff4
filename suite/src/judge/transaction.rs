//! The verdict on mail transactions: what was seen, held against the oracle's decision.

mod acceptance;
mod fault;
mod refusal;
mod reverse_name;

use fixtures::{
    smtp::transcript::{Entry, Stage},
    space::zone::PtrFault,
};

use self::{acceptance::accepted, fault::was_presented, refusal::refused};
use super::{Context, Judgement};
use crate::{
    observe::{self, Fate, REPEATS, TransactionEnd, describe, fate, last_session, was_not_greeted},
    oracle::{Bearing, Decision, Grade, Proof},
    record::Verdict,
};

/// Judges transaction `t` of a scenario.
#[must_use]
pub fn judge(context: &Context<'_>, t: u16, bearing: &Bearing, decision: &Decision) -> Judgement {
    let expected = crate::oracle::words::expected_text(decision);
    let earliest = bearing.earliest();
    let (seen, session) = settled(context, t, earliest);
    let judgement = match seen {
        // What was delivered against a must was accepted, whatever was answered, in any attempt.
        TransactionEnd::Broken(_) | TransactionEnd::Refused(_)
            if leaked(context.entries, t, bearing, decision) =>
        {
            let (stage, text) = match &seen {
                TransactionEnd::Refused(refusal) => (refusal.stage, describe(refusal)),
                TransactionEnd::Broken(cause) => (Stage::Body, cause.clone()),
                TransactionEnd::Accepted { stage, text } => (*stage, text.clone()),
            };
            Judgement::at(stage, text)
                .observe(", et pourtant le message a été remis")
                .verdict(Verdict::Fail, "le message devait être refusé et a été remis")
        }
        TransactionEnd::Broken(cause)
            if bearing.reverse_name == Some(PtrFault::Silent)
                && was_not_greeted(context.entries, session) =>
        {
            not_greeted(context, session, bearing, cause)
        }
        TransactionEnd::Broken(cause) => Judgement::inconclusive(cause),
        TransactionEnd::Accepted { stage, text }
            if bearing.reverse_name == Some(PtrFault::Silent) =>
        {
            let judgement = accepted(context, (session, t), bearing, decision, (stage, &text));
            greeted_at_last(context, reverse_name::received(context, session, bearing, judgement))
        }
        TransactionEnd::Accepted { stage, text } => {
            let judgement = accepted(context, (session, t), bearing, decision, (stage, &text));
            reverse_name::received(context, session, bearing, judgement)
        }
        TransactionEnd::Refused(refusal) => {
            refused(context, session, t, bearing, decision, &refusal)
        }
    };
    Judgement { expected, ..judgement }
}

/// A peer whose reverse name does not answer waits as long as any client does (RFC 5321
/// §4.5.3.2.1). Whoever does not greet it by then, time after time, and greets all others, does not
/// receive it (TM3.1P/1). The same section has servers that greet late because they are busy: one
/// wait shows nothing.
fn not_greeted(context: &Context<'_>, session: u16, bearing: &Bearing, cause: String) -> Judgement {
    let waits = waits(context.entries);
    // This wait is the client's own, not the one that is declared.
    let base = Judgement::at(Stage::Greeting, cause.replace(observe::PATIENCE, ""));
    if waits < usize::from(REPEATS) {
        return base.inconclude(&format!(
            "pas d'accueil ; une cible chargée peut aussi tarder : vu {waits} fois sur {REPEATS}"
        ));
    }
    if let Some(why) = context.untrusted_greeting() {
        return base.inconclude(&format!("pas d'accueil, {why}"));
    }
    if let Some(why) = context.untrusted_control() {
        return base.inconclude(&format!("pas d'accueil, mais {why}"));
    }
    match reverse_name::refused_for_it(context, session, bearing) {
        Err(why) => base.inconclude(&format!("pas d'accueil, mais {why}")),
        Ok(seen) => base.observe(&format!(", {waits} fois de suite")).verdict(
            Verdict::Fail,
            &format!(
                "l'émetteur n'est pas accueilli dans le délai de la RFC 5321 §4.5.3.2.1 quand son nom \
                 inverse reste sans réponse : il n'est donc pas reçu{seen}"
            ),
        ),
    }
}

/// In how many connections the client gave up waiting for the greeting.
fn waits(entries: &[Entry]) -> usize {
    (0..=last_session(entries)).filter(|&session| was_not_greeted(entries, session)).count()
}

/// Greeted at last: the target was busy, or it remembers for a while that the reverse name does not
/// answer. The peers of every day come back after that while.
fn greeted_at_last(context: &Context<'_>, judgement: Judgement) -> Judgement {
    let waits = waits(context.entries);
    if waits == 0 || !matches!(judgement.verdict, Verdict::Pass | Verdict::PassWithRemark) {
        return judgement;
    }
    judgement.observe(&format!(", après {waits} attente(s) sans accueil")).inconclude(
        "accueilli à un nouvel essai seulement : la cible était chargée, ou elle cherche le nom inverse \
         et garde un moment qu'il ne répond pas ; retirez cette recherche, ou relancez avec \
         max_connections = 1",
    )
}

/// Whether a message that had to be refused was delivered in one of the attempts.
fn leaked(entries: &[Entry], t: u16, bearing: &Bearing, decision: &Decision) -> bool {
    decision.accept == Grade::NonConforming
        && decision.proof == Proof::Reply
        && (0..=last_session(entries)).any(|session| {
            was_presented(entries, session, bearing)
                && matches!(fate(entries, session, t), Fate::Delivered { .. })
        })
}

/// The observation that counts, over all attempts, and its session. A silent close or a 421 counts
/// once it was seen [`REPEATS`] times: the same thing each time, after the act tested or at the
/// same stage.
fn settled(context: &Context<'_>, t: u16, earliest: Stage) -> (TransactionEnd, u16) {
    let entries = context.entries;
    let last = last_session(entries);
    let seen = observe::transaction(entries, last, t);
    let TransactionEnd::Refused(refusal) = &seen else { return (seen, last) };
    let Some(weak) = refusal.how.weak() else { return (seen, last) };
    let alike = (0..=last)
        .filter(|&session| {
            matches!(observe::transaction(entries, session, t),
                TransactionEnd::Refused(other) if other.how.weak() == Some(weak)
                    && (other.stage == refusal.stage
                        || earliest > Stage::Connect
                            && other.stage.min(refusal.stage) >= earliest))
        })
        .count();
    let cause = if alike < usize::from(REPEATS) {
        format!(
            "{} ; ce n'est pas encore une réponse : vu {alike} fois sur {REPEATS}",
            describe(refusal)
        )
    } else if let Some(why) = context.distrusts(weak) {
        format!("{}, {REPEATS} fois de suite, {why}", describe(refusal))
    } else {
        return (seen, last);
    };
    (TransactionEnd::Broken(cause), last)
}

#[cfg(test)]
mod tests;
