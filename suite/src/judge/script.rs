//! The verdict on a script: each awaited reply held against what came.

mod came;
mod effects;
mod line;
mod wording;

use fixtures::smtp::transcript::{Entry, Event, Stage};

use self::{
    came::{Came, came, words},
    effects::side_effects,
    line::{Line, outcome},
    wording::{cause, expected},
};
use super::{
    Context, Judgement, Twin,
    observation::{Weak, offers_enhanced_codes},
    transaction::{REPEATS, last_session},
};
use crate::{
    record::{Level, Verdict},
    scenario::model::{ScriptLine, ScriptStep, SideEffects},
};

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
    Judgement { expected, ..judgement }
}

/// How connection `session` ended, when it did in a way that must be seen again before it counts: a
/// close, an alert or a 421 where a reply was due.
#[must_use]
pub fn weak_end(entries: &[Entry], session: u16, lines: &[ScriptLine]) -> Option<Weak> {
    let offers = offers_enhanced_codes(entries, session);
    lines.iter().enumerate().find_map(|(i, line)| {
        let step = u16::try_from(i).unwrap_or(u16::MAX);
        let came = came(entries, session, step, line.stage);
        match outcome(lines, i, &came, offers) {
            Line::Unmet { ambiguous: true, .. } | Line::EndsByClose | Line::Broken(_) => {
                came.weak()
            }
            Line::Unmet { .. } | Line::Met | Line::Ends | Line::Remark(_) => None,
        }
    })
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
    for (i, line) in lines.iter().enumerate() {
        let step = u16::try_from(i).unwrap_or(u16::MAX);
        let came = came(context.entries, last, step, line.stage);
        if !matches!(line.step, ScriptStep::Send(_) | ScriptStep::SendRaw(_))
            && came != Came::Nothing
        {
            let words = format!("{} à « {} »", words(&came), cause(lines, i));
            shown = Some(Judgement::at(line.stage, words));
        }
        let says_no = came.says_no();
        refused |= says_no && matches!(line.step, ScriptStep::Expect(_) | ScriptStep::TryHandshake);
        let at = |shown: &Option<Judgement>| {
            shown.clone().unwrap_or_else(|| Judgement::at(line.stage, "rien n'est venu".into()))
        };
        match outcome(lines, i, &came, offers) {
            Line::Met => {}
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
            Line::Broken(text) => return at(&shown).inconclude(&text),
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
                // What the target did needs no twin; what it refused to do does, unless it says that
                // it does not know the command.
                if says_no
                    && !(context.twin == Twin::None && came.is_unknown_command())
                    && let Some(why) = context.untrusted_control()
                {
                    return at(&shown).inconclude(&format!("{what}, mais {why}"));
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
    match remarked {
        _ if level == Level::May => base
            .verdict(Verdict::Pass, "comportement observé ; les sources laissent le point ouvert"),
        Some((remark, there)) => there.verdict(Verdict::PassWithRemark, &remark),
        None => base.verdict(Verdict::Pass, "toutes les réponses attendues sont venues"),
    }
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
        match came(entries, session, step, lines[i].stage) {
            Came::Reply { code, .. } if reached => Some(code),
            Came::Closed { .. } if reached => Some(0),
            Came::Alert(_) if reached => Some(1),
            _ => None,
        }
    };
    let wanted = kind(last);
    let count = (0..=last).filter(|&session| wanted.is_some() && kind(session) == wanted).count();
    u16::try_from(count).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
