//! What a script left behind: messages that must have been delivered, and those that must not.

use fixtures::smtp::transcript::Event;

use crate::{
    judge::{
        Context, Judgement,
        transaction::{is_foreign, last_session},
    },
    record::{Level, Verdict},
    scenario::model::SideEffects,
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
    let delivered = |wanted: &str| {
        context.entries.iter().find_map(|entry| match &entry.event {
            Event::Delivered { token, altered, .. } if token == wanted => Some(altered.clone()),
            _ => None,
        })
    };
    let mut judgement = judgement;
    let broken = |judgement: Judgement, what: &str| match level {
        _ if judgement.verdict == Verdict::Fail => judgement.observe(&format!(" ; {what}")),
        Level::Must => {
            judgement.observe(&format!(" ; {what}")).verdict(Verdict::Fail, what).unmet()
        }
        Level::Should => {
            judgement.observe(&format!(" ; {what}")).verdict(Verdict::PassWithRemark, what).unmet()
        }
        Level::May => judgement.observe(&format!(" ; {what}")).unmet(),
    };
    // In whatever connection, and however the script ended.
    for name in &effects.not_delivered {
        if tokens(&name.0).any(|(_, token)| delivered(token).is_some()) {
            judgement = broken(judgement, "un message qui ne devait pas l'être a été remis");
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
            judgement = broken(judgement, "le message a été relayé au domaine d'un tiers");
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
        match delivered(token) {
            Some(altered) if altered.is_empty() => {}
            Some(altered) => {
                judgement = broken(
                    judgement,
                    &format!("le message remis est modifié : {}", altered.join(" ; ")),
                );
            }
            None if context.delivery_observed && judgement.verdict != Verdict::Fail => {
                judgement = judgement
                    .inconclude("la remise attendue n'a pas été vue dans le délai déclaré");
            }
            None => {}
        }
    }
    judgement
}
