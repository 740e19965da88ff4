//! The verdict on a script: each awaited reply held against what came.

use fixtures::smtp::transcript::{Entry, Event, Side, Stage, Wire};

use super::{
    Context, Judgement, Twin,
    observation::Weak,
    transaction::{REPEATS, last_session},
};
use crate::{
    record::{Level, Verdict},
    scenario::{
        model::{ReplyExpectation, ScriptLine, ScriptStep, SideEffects},
        reply::{Match, begins_with},
    },
};

/// What came at one line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came<'a> {
    Reply {
        code: u16,
        enhanced: Option<&'a str>,
        lines: &'a [Wire],
    },
    Closed {
        close_notify: Option<bool>,
        reset: bool,
    },
    Alert(&'a str),
    Silence {
        after_ms: u64,
    },
    Unreadable(String),
    /// Octets in clear between the 220 to STARTTLS and the handshake.
    Injected(&'a Wire),
    Established,
    Nothing,
}

/// How one line ended.
enum Line {
    Met,
    /// Met, and the lines that follow have no object.
    Ends,
    /// The same by a close with no word, or an alert, which must be seen again before it counts.
    EndsByClose,
    Remark(String),
    Unmet {
        what: String,
        ambiguous: bool,
    },
    Broken(String),
}

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
    let mut remarks: Vec<String> = Vec::new();
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
            Line::Remark(text) => remarks.push(format!("{text}, à « {} »", cause(lines, i))),
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
    match remarks.first() {
        _ if level == Level::May => base
            .verdict(Verdict::Pass, "comportement observé ; les sources laissent le point ouvert"),
        Some(remark) => base.verdict(Verdict::PassWithRemark, remark),
        None => base.verdict(Verdict::Pass, "toutes les réponses attendues sont venues"),
    }
}

impl Came<'_> {
    /// What must be seen again before it counts, if it is of that kind.
    fn weak(&self) -> Option<Weak> {
        match self {
            Self::Closed { .. } => Some(Weak::Close),
            Self::Alert(_) => Some(Weak::Alert),
            Self::Reply { code: 421, .. } => Some(Weak::Busy),
            _ => None,
        }
    }

    /// Whether it is a refusal, in any of its forms.
    fn says_no(&self) -> bool {
        match self {
            Self::Reply { code, .. } => *code >= 400,
            Self::Closed { .. } | Self::Alert(_) => true,
            _ => false,
        }
    }

    /// Whether the command is not recognized, or not implemented (RFC 5321 §4.2.4): no server says
    /// so because it goes down, or because of who the client is.
    fn is_unknown_command(&self) -> bool {
        matches!(self, Self::Reply { code: 500 | 502, .. })
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

/// What the transcript holds for `step`.
fn came<'a>(entries: &'a [Entry], session: u16, step: u16, stage: Stage) -> Came<'a> {
    for Entry { event, .. } in entries {
        match event {
            Event::Reply { session: s, step: at, code, enhanced, lines, .. }
                if *s == session && *at == step =>
            {
                return Came::Reply { code: *code, enhanced: enhanced.as_deref(), lines };
            }
            // The end of a handshake carries the step of the last command before it.
            Event::Closed {
                session: s,
                step: at,
                by: Side::Target,
                stage: place,
                close_notify,
                reset,
            } if *s == session && (*at == step || in_handshake(stage, *place)) => {
                return Came::Closed { close_notify: *close_notify, reset: *reset };
            }
            Event::TimedOut { session: s, step: at, stage: place, after_ms }
                if *s == session && (*at == step || in_handshake(stage, *place)) =>
            {
                return Came::Silence { after_ms: *after_ms };
            }
            // What answers clear text where TLS was expected: an alert record (RFC 8446 §5.1).
            Event::Garbled { session: s, step: at, bytes, .. }
                if *s == session && *at == step && bytes.0.starts_with(&[0x15, 0x03]) =>
            {
                return Came::Alert("en clair");
            }
            Event::Garbled { session: s, step: at, problem, .. }
                if *s == session && *at == step =>
            {
                return Came::Unreadable(problem.clone());
            }
            Event::TooLong { session: s, step: at, limit, .. } if *s == session && *at == step => {
                return Came::Unreadable(format!("plus de {limit} octets"));
            }
            // Whatever stands behind the 220 in clear answers what was injected (RFC 3207 §4.2).
            Event::TlsStarted { session: s, plaintext_left, .. }
                if *s == session && stage == Stage::Handshake && !plaintext_left.0.is_empty() =>
            {
                return Came::Injected(plaintext_left);
            }
            Event::TlsEstablished { session: s, .. }
                if *s == session && stage == Stage::Handshake =>
            {
                return Came::Established;
            }
            Event::TlsAlert { session: s, stage: at, by: Side::Harness, description }
                if *s == session && *at == stage =>
            {
                return Came::Unreadable(format!("alerte TLS {description} émise par la suite"));
            }
            Event::TlsAlert { session: s, stage: at, description, .. }
                if *s == session && *at == stage =>
            {
                return Came::Alert(description);
            }
            Event::TlsFailed { session: s, stage: at, error } if *s == session && *at == stage => {
                return Came::Unreadable(format!("TLS rompu : {error}"));
            }
            Event::ConnectFailed { session: s, error, .. } if *s == session => {
                return Came::Unreadable(format!("connexion impossible : {error}"));
            }
            _ => {}
        }
    }
    Came::Nothing
}

fn in_handshake(line: Stage, event: Stage) -> bool {
    line == Stage::Handshake && event == Stage::Handshake
}

fn outcome(lines: &[ScriptLine], i: usize, came: &Came<'_>, offers: bool) -> Line {
    let accepted_before = || lines[..i].iter().any(|line| matches!(line.step, ScriptStep::Rcpt));
    match &lines[i].step {
        ScriptStep::Send(_)
        | ScriptStep::SendRaw(_)
        | ScriptStep::Message
        | ScriptStep::Abort
        | ScriptStep::Close => Line::Met,
        ScriptStep::Greeting => given(came, |code| code == 220, "l'accueil 220"),
        ScriptStep::Ehlo => given(came, |code| code == 250, "la réponse 250 à EHLO"),
        ScriptStep::StartTls => given(came, |code| code == 220, "la réponse 220 à STARTTLS"),
        ScriptStep::Mail => given(came, |code| code / 100 == 2, "l'acceptation de MAIL"),
        // The first one shows that the mailbox is taken: a later refusal is of the number.
        ScriptStep::Rcpt if accepted_before() => further_recipient(came),
        ScriptStep::Rcpt => given(came, |code| code / 100 == 2, "l'acceptation de RCPT"),
        ScriptStep::Data => given(came, |code| code == 354, "la réponse 354 à DATA"),
        ScriptStep::Handshake | ScriptStep::TryHandshake if matches!(came, Came::Injected(_)) => {
            Line::Unmet { what: words(came), ambiguous: false }
        }
        ScriptStep::Handshake => match came {
            Came::Established => Line::Met,
            other => {
                Line::Broken(format!("préalable non rempli, la négociation TLS : {}", words(other)))
            }
        },
        ScriptStep::TryHandshake => match came {
            Came::Established => Line::Met,
            Came::Closed { .. } | Came::Alert(_) => Line::EndsByClose,
            _ => Line::Broken(words(came)),
        },
        ScriptStep::AwaitClose => closing(came),
        ScriptStep::Expect(expectation) => reply(expectation, came, offers),
    }
}

fn given(came: &Came<'_>, good: impl Fn(u16) -> bool, what: &str) -> Line {
    match came {
        Came::Reply { code, .. } if good(*code) => Line::Met,
        other => Line::Broken(format!("préalable non rempli, {what} : {}", words(other))),
    }
}

fn further_recipient(came: &Came<'_>) -> Line {
    match came {
        Came::Reply { code, .. } if *code >= 400 => Line::Unmet {
            what: format!("un destinataire de plus est refusé, {}", words(came)),
            ambiguous: *code == 421,
        },
        _ => given(came, |code| code / 100 == 2, "l'acceptation de RCPT"),
    }
}

fn closing(came: &Came<'_>) -> Line {
    match came {
        Came::Closed { close_notify: Some(false), .. } => {
            Line::Remark("connexion fermée sans close_notify (RFC 8446 §6.1)".into())
        }
        // 421 is how a server says that it closes (RFC 5321 §3.8).
        Came::Closed { .. } | Came::Alert(_) | Came::Reply { code: 421, .. } => Line::Met,
        Came::Nothing | Came::Unreadable(_) => Line::Broken(words(came)),
        Came::Silence { after_ms } => Line::Unmet {
            what: format!("la connexion reste ouverte {} s après", after_ms.div_ceil(1000)),
            ambiguous: false,
        },
        other => Line::Unmet {
            what: format!("{} au lieu d'une fermeture", words(other)),
            ambiguous: false,
        },
    }
}

fn reply(expectation: &ReplyExpectation, came: &Came<'_>, offers: bool) -> Line {
    let line = strict_reply(expectation, came, offers);
    match line {
        Line::Unmet { what, .. } if expectation.recommended => Line::Remark(what),
        line => line,
    }
}

fn strict_reply(expectation: &ReplyExpectation, came: &Came<'_>, offers: bool) -> Line {
    match came {
        Came::Closed { .. } if expectation.permits_close() => Line::EndsByClose,
        Came::Alert(_) if expectation.permits_close() => Line::Ends,
        Came::Closed { .. } | Came::Alert(_) => Line::Unmet {
            what: format!("{} attendu, {}", expectation.codes_text(), words(came)),
            ambiguous: true,
        },
        Came::Silence { .. }
        | Came::Unreadable(_)
        | Came::Injected(_)
        | Came::Nothing
        | Came::Established => Line::Broken(words(came)),
        Came::Reply { code, .. } if expectation.ends(*code) => Line::Ends,
        Came::Reply { code, enhanced, lines } => {
            let texts: Vec<String> = lines.iter().map(text).collect();
            match expectation.compare(*code, *enhanced, &texts, offers) {
                Match::Met => Line::Met,
                Match::Lesser(remark) => Line::Remark(remark),
                Match::Unmet(what) => Line::Unmet { what, ambiguous: *code == 421 },
            }
        }
    }
}

/// The text of a reply line, after its code.
fn text(line: &Wire) -> String {
    line.lossy().get(4..).unwrap_or_default().to_owned()
}

fn offers_enhanced_codes(entries: &[Entry], session: u16) -> bool {
    entries.iter().any(|entry| match &entry.event {
        Event::Reply { session: s, stage: Stage::Ehlo | Stage::EhloTls, lines, .. }
            if *s == session =>
        {
            lines.iter().any(|line| begins_with("ENHANCEDSTATUSCODES", &text(line)))
        }
        _ => false,
    })
}

fn side_effects(
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

/// The command that a line answers.
fn cause(lines: &[ScriptLine], i: usize) -> String {
    lines[..=i].iter().rev().find(|line| !matches!(line.step, ScriptStep::Expect(_))).map_or_else(
        || "connexion".to_owned(),
        |line| shorten(line.text.trim_start_matches(['>', ' '])),
    )
}

fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

fn expected(lines: &[ScriptLine]) -> String {
    let wanted: Vec<String> = lines
        .iter()
        .enumerate()
        .filter_map(|(i, line)| match &line.step {
            ScriptStep::Expect(expectation) => {
                Some(format!("{} à « {} »", codes(expectation), cause(lines, i)))
            }
            ScriptStep::AwaitClose => Some("fermeture par la cible".to_owned()),
            _ => None,
        })
        .collect();
    const MOST: usize = 4;
    let mut shown = wanted.iter().take(MOST).cloned().collect::<Vec<_>>().join(" ; ");
    if wanted.len() > MOST {
        shown.push_str(&format!(" ; et {} autres réponses", wanted.len() - MOST));
    }
    shown
}

fn codes(expectation: &ReplyExpectation) -> String {
    let mut text = expectation.codes_text();
    if let Some(ideal) = expectation.ideal {
        text.push_str(&format!(" ({ideal} de préférence)"));
    }
    if let Some(enhanced) = &expectation.enhanced {
        text.push_str(&format!(", code étendu {enhanced}"));
    }
    for word in &expectation.has {
        text.push_str(&format!(", avec {word}"));
    }
    for word in &expectation.lacks {
        text.push_str(&format!(", sans {word}"));
    }
    text
}

fn words(came: &Came<'_>) -> String {
    match came {
        Came::Reply { lines, .. } => {
            let joined = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            shorten(&joined)
        }
        Came::Closed { reset: true, .. } => "connexion coupée (RST)".into(),
        Came::Closed { .. } => "connexion fermée".into(),
        Came::Alert(name) => format!("alerte TLS {name}"),
        Came::Silence { after_ms } => format!("aucune réponse en {} s", after_ms.div_ceil(1000)),
        Came::Unreadable(problem) => format!("réponse illisible ({problem})"),
        Came::Injected(bytes) => {
            format!("réponse en clair derrière le 220 à STARTTLS : {}", shorten(&bytes.to_string()))
        }
        Came::Established => "TLS établi".into(),
        Came::Nothing => "étape non atteinte".into(),
    }
}

#[cfg(test)]
mod tests;
