//! What a script left behind: messages that must have been delivered, and those that must not.

use fixtures::smtp::transcript::Event;

use super::trace;
use crate::{
    judge::{Context, DeliveryFault, Judgement},
    observe::{is_foreign, last_session},
    record::{Level, Verdict},
    scenario::model::{DeliverySubject, SideEffects},
};

pub(super) fn side_effects(
    context: &Context<'_>,
    level: Level,
    effects: &SideEffects,
    judgement: Judgement,
) -> Judgement {
    let last = last_session(context.entries);
    let tokens = |name: &str| {
        let number = u16::from(name == "{token2}");
        context.entries.iter().filter_map(move |entry| match &entry.event {
            Event::Message { session, transaction, token } if *transaction == number => {
                Some((*session, token.as_str()))
            }
            _ => None,
        })
    };
    // The copies of a message: what was altered in any, and how many there are.
    let delivered = |wanted: &str| {
        let copies = context.entries.iter().filter_map(|entry| match &entry.event {
            Event::Delivered { token, altered, .. } if token == wanted => Some(altered.as_slice()),
            _ => None,
        });
        let copies: Vec<&[String]> = copies.collect();
        (!copies.is_empty()).then(|| (copies.concat(), copies.len()))
    };
    // What becomes of a message afterwards is no matter of the session.
    let mut judgement = if judgement.is_witness() { judgement.taken() } else { judgement };
    let graded = |judgement: Judgement, what: &str| match level {
        _ if judgement.verdict == Verdict::Fail => judgement.observe(&format!(" ; {what}")),
        Level::Must => judgement.observe(&format!(" ; {what}")).verdict(Verdict::Fail, what),
        Level::Should => {
            judgement.observe(&format!(" ; {what}")).verdict(Verdict::PassWithRemark, what)
        }
        Level::May => judgement.observe(&format!(" ; {what}")),
    };
    // In whatever connection, and however the script ended.
    for name in &effects.not_delivered {
        if tokens(&name.0).any(|(_, token)| delivered(token).is_some()) {
            let what = "un message qui ne devait pas l'être a été remis";
            judgement = got_through(level, judgement, what);
        }
    }
    for name in &effects.not_relayed {
        let relayed = |wanted: &str| {
            context.entries.iter().any(|entry| match &entry.event {
                Event::Delivered { token, recipients, .. } if token == wanted => {
                    recipients.iter().any(|recipient| is_foreign(recipient))
                }
                _ => false,
            })
        };
        if tokens(&name.0).any(|(_, token)| relayed(token)) {
            judgement =
                got_through(level, judgement, "le message a été relayé au domaine d'un tiers");
        }
    }
    // A script that did not get through says nothing by what it left undelivered.
    if judgement.verdict == Verdict::Inconclusive {
        return judgement;
    }
    let watched = context.delivery_observed && !effects.not_delivered.is_empty();
    if watched && !context.delivery_works() && judgement.verdict != Verdict::Fail {
        return judgement.inconclude(
            "rien n'a été remis, mais aucune remise n'a été vue de toute la campagne : l'absence ne \
             prouve rien ; vérifiez [delivery] dans target.toml",
        );
    }
    for name in &effects.delivered {
        let Some((_, token)) = tokens(&name.0).find(|(session, _)| *session == last) else {
            continue;
        };
        let twice = context.delivery == Some(DeliverySubject::Once);
        match delivered(token) {
            Some((altered, _))
                if !altered.is_empty() && context.blames(DeliveryFault::Altered) && !twice =>
            {
                let what = format!("le message remis est modifié : {}", altered.join(" ; "));
                judgement = graded(judgement, &what);
            }
            Some((_, copies @ 2..)) if context.blames(DeliveryFault::Doubled) => {
                judgement = graded(
                    judgement,
                    &format!(
                        "le message est remis {copies} fois : une seule copie est attendue (RFC 5321 §4.5.3.2.6)"
                    ),
                );
            }
            Some(_) if context.delivery == Some(DeliverySubject::Trace) => {
                judgement = trace::judge(context, level, token, judgement);
            }
            Some(_) => {}
            None if context.delivery_observed && judgement.verdict != Verdict::Fail => {
                judgement = judgement
                    .inconclude("la remise attendue n'a pas été vue dans le délai déclaré");
            }
            None => {}
        }
    }
    judgement
}

/// A message that had to be kept out got through: that leads, whatever was replied.
fn got_through(level: Level, judgement: Judgement, what: &str) -> Judgement {
    let seen = match judgement.observed.as_str() {
        "" => what.to_owned(),
        replied => format!("{what} ; {replied}"),
    };
    let reason = match judgement.verdict {
        Verdict::Fail if level == Level::Must => format!("{what} ; {}", judgement.reason),
        _ => what.to_owned(),
    };
    let judgement = Judgement { observed: seen, ..judgement };
    match level {
        Level::Must => judgement.verdict(Verdict::Fail, &reason),
        Level::Should => judgement.verdict(Verdict::PassWithRemark, &reason),
        Level::May => judgement,
    }
    .unmet()
}
