//! The verdict on a script: each awaited reply held against what came.

mod effects;
mod trace;
mod wording;

use fixtures::smtp::transcript::{Entry, Event, Stage};

use self::{
    effects::side_effects,
    wording::{cause, expected},
};
use super::{Context, Judgement, Twin, deferral, form};
use crate::{
    observe::{
        REPEATS,
        answer::{Answer, came, words},
        deferral::is_open,
        last_session,
        line::{Line, outcome},
        offers_enhanced_codes,
    },
    record::{Level, Verdict},
    scenario::model::{ScriptLine, ScriptStep, SideEffects},
};

const UNWELCOME: &str = "la cible refuse toute session à cet émetteur dès l'accueil, comme la RFC 5321 §3.1 le permet : rien \
     n'est montré de son accueil ; vérifiez qu'elle ouvre ses sessions aux adresses des pairs simulés";

/// Judges a script.
#[must_use]
pub fn judge(
    context: &Context<'_>,
    level: Level,
    lines: &[ScriptLine],
    effects: &SideEffects,
) -> Judgement {
    let expected = expected(lines);
    let judgement = if let Some(text) = trouble(context.entries) {
        Judgement::inconclusive(text)
    } else {
        replies(context, level, lines)
    };
    let judgement = side_effects(context, level, effects, judgement);
    let judgement = match effects.form {
        Some(form) => form::judge(context, level, form, judgement),
        None => judgement,
    };
    Judgement { expected, ..judgement }
}

fn trouble(entries: &[Entry]) -> Option<String> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::Trouble { text } => Some(text.clone()),
        _ => None,
    })
}

fn replies(context: &Context<'_>, level: Level, lines: &[ScriptLine]) -> Judgement {
    let last = last_session(context.entries);
    let offers = offers_enhanced_codes(context.entries, last);
    // The first remark, and what was seen there.
    let mut remarked: Option<(String, Judgement)> = None;
    let mut shown: Option<Judgement> = None;
    // Whether the target said no somewhere, as awaited: only the twin shows what it said no to.
    let mut refused = false;
    // The first temporary reply where a refusal is permitted and an acceptance is not.
    let mut put_off: Option<(Stage, String)> = None;
    for (i, line) in lines.iter().enumerate() {
        let step = u16::try_from(i).unwrap_or(u16::MAX);
        let came = came(context.entries, last, step, line.stage);
        if !matches!(line.step, ScriptStep::Send(_) | ScriptStep::SendRaw(_))
            && came != Answer::Nothing
        {
            let words = format!("{} à « {} »", words(&came), cause(lines, i));
            shown = Some(Judgement::at(line.stage, words));
        }
        let says_no = came.says_no();
        refused |= says_no && matches!(line.step, ScriptStep::Expect(_) | ScriptStep::TryHandshake);
        let temporary = came.temporary().filter(|_| !is_open(&line.step));
        if let Some((.., text)) = &temporary
            && matches!(line.step, ScriptStep::Expect(_))
        {
            put_off.get_or_insert_with(|| (line.stage, text.clone()));
        }
        let at = |shown: &Option<Judgement>| {
            shown.clone().unwrap_or_else(|| Judgement::at(line.stage, "rien n'est venu".into()))
        };
        match outcome(lines, i, &came, offers) {
            Line::Met => {}
            // What greets nobody shows nothing of how it greets.
            Line::Ends if line.stage == Stage::Greeting => return at(&shown).inconclude(UNWELCOME),
            Line::Ends => break,
            Line::EndsByClose => {
                let seen = alike(context.entries, last, lines, i, offers);
                if seen < REPEATS {
                    return at(&shown).inconclude(&format!(
                        "fermeture sans réponse, à revoir ; vue {seen} fois sur {REPEATS}"
                    ));
                }
                if let Some(why) = came.weak().and_then(|weak| context.distrusts(weak)) {
                    return at(&shown).inconclude(&format!("{}, {why}", words(&came)));
                }
                break;
            }
            Line::Remark(text) => {
                let remark = format!("{text}, à « {} »", cause(lines, i));
                remarked.get_or_insert_with(|| (remark, at(&shown)));
            }
            Line::Broken(text) => {
                let text = match temporary {
                    Some((code, enhanced, reply)) => {
                        let word = deferral::word(code, enhanced, &reply, line.stage, false);
                        let why = deferral::put_off(context, word, &reply);
                        format!("{} : {why}", prerequisite(&text))
                    }
                    None => text,
                };
                return at(&shown).inconclude(&text);
            }
            Line::Limit(what) => {
                let (_, _, reply) = temporary.unwrap_or_default();
                if let Some(why) = deferral::unproven(context, line.stage, &reply) {
                    return at(&shown).inconclude(&why);
                }
                return at(&shown).verdict(Verdict::PassWithRemark, &what).unmet();
            }
            Line::Unmet { what, ambiguous } => {
                let seen = alike(context.entries, last, lines, i, offers);
                if ambiguous && seen < REPEATS {
                    return at(&shown)
                        .inconclude(&format!("{what} ; vu {seen} fois sur {REPEATS}"));
                }
                if ambiguous && let Some(why) = came.weak().and_then(|weak| context.distrusts(weak))
                {
                    return at(&shown).inconclude(&format!("{what}, {why}"));
                }
                if let Some((code, enhanced, reply)) = temporary {
                    let refusal_due =
                        matches!(&line.step, ScriptStep::Expect(awaited) if awaited.is_refusal());
                    let why = if refusal_due {
                        deferral::unproven(context, line.stage, &reply)
                    } else {
                        let later = lines[..i]
                            .iter()
                            .any(|line| matches!(line.stage, Stage::Body | Stage::Bdat));
                        let word = deferral::word(code, enhanced, &reply, line.stage, later);
                        Some(deferral::put_off(context, word, &reply))
                    };
                    if let Some(why) = why {
                        return at(&shown).inconclude(&format!("{what} : {why}"));
                    }
                }
                // What the target did needs no twin; what it refused to do does, unless it says that
                // it does not know the command.
                if says_no
                    && !(context.twin == Twin::None && came.is_unknown_command())
                    && let Some(why) = context.untrusted_control()
                {
                    return at(&shown).inconclude(&format!("{what}, mais {why}"));
                }
                // What never answers this must be seen to answer others.
                if matches!(came, Answer::Silence { .. }) && !answers_others(context) {
                    return at(&shown).inconclude(&format!("{what}, et {}", NO_OTHER_ANSWER));
                }
                return match level {
                    Level::Must => at(&shown).verdict(Verdict::Fail, &what),
                    Level::Should => at(&shown).verdict(Verdict::PassWithRemark, &what),
                    Level::May => at(&shown).verdict(Verdict::Pass, &what),
                }
                .unmet();
            }
        }
    }
    let base = shown.unwrap_or_else(|| Judgement::at(Stage::Other, "déroulé jusqu'au bout".into()));
    if refused && let Some(why) = context.untrusted_control() {
        return base.inconclude(&format!("refus attendu et obtenu, mais {why}"));
    }
    if let Some((stage, reply)) = put_off
        && let Some(why) = deferral::unproven(context, stage, &reply)
    {
        return base.inconclude(&why);
    }
    match remarked {
        _ if level == Level::May => base
            .verdict(Verdict::Pass, "comportement observé ; les sources laissent le point ouvert"),
        Some((remark, there)) => there.verdict(Verdict::PassWithRemark, &remark),
        None => base.verdict(Verdict::Pass, "toutes les réponses attendues sont venues"),
    }
}

/// What of a prerequisite lacks, without the reply that came in its place.
fn prerequisite(text: &str) -> &str {
    text.split_once(" : ").map_or(text, |(what, _)| what)
}

const NO_OTHER_ANSWER: &str =
    "aucun autre message ne montre que la cible répond : cherchez la cause dans son journal";

/// Whether the twin, or the final control where there is no twin, had its replies.
fn answers_others(context: &Context<'_>) -> bool {
    context.untrusted_control().is_none()
        && (context.twin == Twin::Passed || context.control_after == Some(true))
}

/// In how many connections up to `last` line `i` was the first to go wrong, and by the same kind of
/// end.
fn alike(entries: &[Entry], last: u16, lines: &[ScriptLine], i: usize, offers: bool) -> u16 {
    let kind = |session: u16| {
        let step = u16::try_from(i).unwrap_or(u16::MAX);
        let reached = lines[..i].iter().enumerate().all(|(before, line)| {
            let step = u16::try_from(before).unwrap_or(u16::MAX);
            let came = came(entries, session, step, line.stage);
            matches!(outcome(lines, before, &came, offers), Line::Met | Line::Remark(_))
        });
        let came = came(entries, session, step, lines[i].stage);
        // Of the ends that a line permits, a close is as good as an alert.
        if reached && matches!(outcome(lines, i, &came, offers), Line::EndsByClose) {
            return Some(3);
        }
        match came {
            Answer::Reply { code, .. } if reached => Some(code),
            Answer::Closed { .. } if reached => Some(0),
            Answer::Alert(_) if reached => Some(1),
            Answer::Silence { .. } if reached => Some(2),
            _ => None,
        }
    };
    let wanted = kind(last);
    let count = (0..=last).filter(|&session| wanted.is_some() && kind(session) == wanted).count();
    u16::try_from(count).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
