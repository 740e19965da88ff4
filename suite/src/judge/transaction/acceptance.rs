//! The verdict on a message that was accepted, by what became of it.

use fixtures::smtp::transcript::{Entry, Event, Stage};

use super::fault::{NOT_PRESENTED, was_presented};
use crate::{
    judge::{Context, DeliveryFault, Judgement},
    observe::{Fate, fate, place},
    oracle::{Addressed, Bearing, Decision, Finding, Grade, Outcome, Proof},
    record::Verdict,
};

/// Judges transaction `t` of connection `session`, accepted by a reply of that text at that stage.
pub(super) fn accepted(
    context: &Context<'_>,
    (session, t): (u16, u16),
    bearing: &Bearing,
    decision: &Decision,
    (stage, text): (Stage, &str),
) -> Judgement {
    let observed = format!("{text} {}", place(stage));
    let base = Judgement::at(stage, observed);
    if !was_presented(context.entries, session, bearing) {
        return base.inconclude(&format!("accepté, mais {NOT_PRESENTED}"));
    }
    let fate = fate(context.entries, session, t);
    if decision.proof == Proof::Revocation {
        return base.inconclude(
            "accepté, mais rien ne montre que la cible pouvait connaître la révocation : aucune \
             lecture de la CRL n'a été vue ; déclarez uses_crl = true dans target.toml si elle la lit",
        );
    }
    match decision.grade(Outcome::Accepted) {
        Grade::NonConforming => accepted_against_a_must(context, bearing, decision, base, fate),
        grade => {
            let base = if grade == Grade::Remark {
                // A point that the sources leave open recommends no refusal.
                let remark = match decision.finding() {
                    Finding::OpenRemark => {
                        "accepté : les sources laissent le point ouvert, mais une acceptation sans CRL \
                         utilisable est à signaler"
                    }
                    _ => "accepté, là où un refus est recommandé",
                };
                base.verdict(Verdict::PassWithRemark, remark).unmet()
            } else {
                base.verdict(Verdict::Pass, "accepté comme attendu")
            };
            delivered_well(context, bearing, decision, base.taken(), fate)
        }
    }
}

const ACCEPTED: &str = "le message devait être refusé et a été accepté";

fn accepted_against_a_must(
    context: &Context<'_>,
    bearing: &Bearing,
    decision: &Decision,
    base: Judgement,
    fate: Fate,
) -> Judgement {
    match fate {
        // Where the twin comes back too, the notice is none of what is tested.
        Fate::Notified(text) if let Some(why) = context.untrusted_control() => base
            .observe(&format!(", puis avis de non-remise : {text}"))
            .inconclude(&format!("refusé par un avis de non-remise, mais {why}")),
        Fate::Notified(text) => base
            .observe(&format!(", puis avis de non-remise : {text}"))
            .verdict(
                Verdict::PassWithRemark,
                "refusé par un avis de non-remise après acceptation (RFC 5321 §6.1) : \
                 un refus pendant la session est préférable",
            ),
        // Relay is judged by what leaves, never by a 250.
        Fate::Delivered { relayed: false, .. } if decision.proof == Proof::Relay => base
            .observe(", et remis dans une boîte de la cible")
            .verdict(Verdict::PassWithRemark, "accepté mais non relayé")
            .unmet(),
        Fate::Delivered { .. } => base
            .observe(", et le message a été remis")
            .verdict(Verdict::Fail, "le message devait être refusé et a été remis"),
        Fate::NotDelivered { .. } if decision.proof == Proof::Relay => base
            .observe(", mais rien n'est parvenu au domaine tiers")
            .verdict(Verdict::PassWithRemark, "accepté mais non relayé")
            .unmet(),
        // The certificate and the channel are settled before the message: a 250 is too late.
        _ if bearing.before_the_message => {
            base.verdict(Verdict::Fail, ACCEPTED)
        }
        // Nobody declared which mailbox these end in: that it was not seen tells nothing, that it was
        // accepted does.
        Fate::NotDelivered { .. } if bearing.addressed == Addressed::Unwatched => {
            base.verdict(Verdict::Fail, ACCEPTED)
        }
        Fate::NotDelivered { watched_ms } if context.outgoing_observed => base
            .observe(&format!(", ni remise ni avis en {watched_ms} ms"))
            .verdict(
                Verdict::Fail,
                "message accepté puis supprimé en silence : le refus doit être notifié avec son motif",
            ),
        Fate::Unknown | Fate::NotDelivered { .. } if context.delivery_observed => base
            .inconclude("accepté mais non remis ; le retour d'un avis n'est pas observable : \
                 déclarez [outgoing] sink dans target.toml"),
        Fate::Unknown | Fate::NotDelivered { .. } => base.inconclude(
            "accepté ; un avis de non-remise peut encore suivre et ni la remise ni le retour ne sont \
             observables : déclarez [delivery] et [outgoing] dans target.toml",
        ),
    }
}

fn delivered_well(
    context: &Context<'_>,
    bearing: &Bearing,
    decision: &Decision,
    base: Judgement,
    fate: Fate,
) -> Judgement {
    match fate {
        Fate::Delivered { altered, .. }
            if !altered.is_empty() && context.blames(DeliveryFault::Altered) =>
        {
            base.observe(&format!(", remis mais modifié : {}", altered.join(" ; ")))
                .verdict(Verdict::Fail, "un message accepté doit être remis sans altération")
        }
        Fate::Delivered { altered, reordered, .. }
            if altered.is_empty() && !reordered.is_empty() && context.blames(DeliveryFault::Rewritten) =>
        {
            let what = reordered.join(" ; ");
            let reason = format!("{} ; {what} : leur ordre ne devrait pas changer", base.reason);
            base.observe(&format!(", remis : {what}")).verdict(Verdict::PassWithRemark, &reason)
        }
        Fate::Delivered { identical: false, altered, .. }
            if altered.is_empty() && context.blames(DeliveryFault::Rewritten) =>
        {
            let reason =
                format!("{} ; la copie remise n'est pas identique octet par octet", base.reason);
            base.observe(", remis : contenu décodé intact, mais octets réécrits")
                .verdict(Verdict::PassWithRemark, &reason)
        }
        // Two mailboxes may be one behind an alias, or one of them not be watched.
        Fate::Delivered { recipients: 1, .. } if bearing.addressed == Addressed::Several => base
            .observe(", remis à une seule des boîtes")
            .verdict(
                Verdict::PassWithRemark,
                "accepté pour deux boîtes, remis à une seule : un message accepté est à remettre à \
                 chacune (RFC 5321 §6.1) ; si les deux sont bien remises, vérifiez que [delivery] les \
                 observe",
            ),
        Fate::Delivered { copies: 2.., .. }
            if bearing.addressed == Addressed::Mailbox && context.blames(DeliveryFault::Doubled) =>
        {
            base.observe(", remis plusieurs fois").verdict(Verdict::PassWithRemark, DOUBLED)
        }
        Fate::Delivered { altered, identical, copies, .. } => {
            base.observe(&delivered_as_usual(&altered, identical, bearing, copies))
        }
        // Where a refusal is permitted, one that comes late is (RFC 5321 §6.1).
        Fate::Notified(text) if decision.refuse != Grade::NonConforming => base
            .observe(&format!(", puis avis de non-remise : {text}"))
            .verdict(
                Verdict::PassWithRemark,
                "refusé par un avis de non-remise après acceptation (RFC 5321 §6.1)",
            )
            .unmet(),
        Fate::Notified(text) => {
            base.observe(&format!(", puis avis de non-remise : {text}"))
                .verdict(
                    Verdict::Fail,
                    "le message devait être remis et a fait l'objet d'un avis de non-remise",
                )
                .unmet()
        }
        // Nobody declared which mailbox these end in: it may not be a watched one.
        Fate::NotDelivered { .. } if bearing.addressed == Addressed::Unwatched => {
            base.observe(", remise non observée (boîte de postmaster)")
        }
        Fate::NotDelivered { watched_ms } if bearing.addressed == Addressed::Unknown => {
            base.observe(&format!(", ni remise ni avis vus en {watched_ms} ms")).inconclude(
                "accepté pour une boîte inconnue, sans avis : rien ne dit si le message a été \
                 supprimé ou remis dans une boîte qui n'est pas observée",
            )
        }
        Fate::NotDelivered { watched_ms } if !is_missing_here(context) => {
            let base = base.observe(&format!(
                ", pas de remise vue en {watched_ms} ms, comme pour le message de contrôle"
            ));
            match context.delivery {
                None => base,
                Some(_) => base.inconclude(
                    "accepté, mais la remise n'a pas été vue, comme celle du message de contrôle : rien à \
                     comparer ; voyez le scénario 5-enveloppe/remis",
                ),
            }
        }
        // A wrong path in target.toml looks like a target that loses everything.
        Fate::NotDelivered { watched_ms } if !context.delivery_works() => {
            let reason = match unreadable(context.entries) {
                Some(what) => cannot_be_read(what),
                None => NEVER_SEEN.to_owned(),
            };
            base.observe(&format!(", pas de remise vue en {watched_ms} ms")).inconclude(&reason)
        }
        Fate::NotDelivered { watched_ms } if let Some(what) = unreadable(context.entries) => base
            .observe(&format!(", pas de remise vue en {watched_ms} ms"))
            .inconclude(&cannot_be_read(what)),
        Fate::NotDelivered { watched_ms } if context.outgoing_observed => base
            .observe(&format!(", ni remise ni avis en {watched_ms} ms"))
            .verdict(Verdict::Fail, "message accepté puis perdu en silence"),
        // Nobody may be told of it: where others are delivered, this one is lost.
        Fate::NotDelivered { watched_ms }
            if context.delivery_observed && bearing.null_sender =>
        {
            base.observe(&format!(", pas de remise vue en {watched_ms} ms")).verdict(
                Verdict::Fail,
                "message d'expéditeur vide accepté puis perdu, alors que d'autres sont remis : aucun avis ne \
                 peut le dire à personne (RFC 5321 §6.1) ; s'il est rangé ailleurs (indésirables), observez-y \
                 les remises ([delivery] dans target.toml)",
            )
        }
        Fate::NotDelivered { watched_ms } => {
            base.observe(&format!(", pas de remise vue en {watched_ms} ms")).inconclude(
                "accepté mais la remise n'a pas été vue dans le délai déclaré : vérifiez \
                 [delivery] (chemin, delay_seconds) dans target.toml",
            )
        }
        Fate::Unknown => base,
    }
}

const DOUBLED: &str = "accepté une fois pour une boîte, remis plusieurs fois : une seule copie est attendue \
                       (RFC 5321 §4.5.3.2.6) ; si [delivery] observe aussi une archive, écartez-la";

const NEVER_SEEN: &str = "accepté, mais aucune remise n'a été vue de toute la campagne : vérifiez d'abord \
                          [delivery] dans target.toml ; s'il est juste, la cible perd ce qu'elle accepte";

/// What lies where deliveries are awaited, and cannot be read.
fn unreadable(entries: &[Entry]) -> Option<&str> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::Unreadable { what } => Some(what.as_str()),
        _ => None,
    })
}

fn cannot_be_read(what: &str) -> String {
    format!(
        "accepté, mais la remise ne peut pas être vue : les maildirs contiennent des fichiers {what} ; faites \
         remettre les messages d'essai en clair ou lisibles, ou observez la remise par delivery.sink"
    )
}

/// Whether it is this scenario's to tell that its message was not seen: one that is about something else
/// says nothing of a channel that shows nothing at all.
fn is_missing_here(context: &Context<'_>) -> bool {
    context.is_about(DeliveryFault::Lost)
        || context.delivery_works() && context.blames(DeliveryFault::Lost)
}

/// A delivery whose faults, if any, are another scenario's to tell.
fn delivered_as_usual(
    altered: &[String],
    identical: bool,
    bearing: &Bearing,
    copies: usize,
) -> String {
    let twice = copies > 1 && bearing.addressed == Addressed::Mailbox;
    let how = match (altered, identical) {
        ([], true) if twice => "remis intact, plusieurs fois",
        ([], true) => return ", remis intact".to_owned(),
        ([], false) => "remis en octets réécrits",
        (altered, _) => {
            return format!(
                ", remis mais modifié, comme le message de contrôle : {}",
                altered.join(" ; ")
            );
        }
    };
    format!(", {how}, comme le message de contrôle")
}
