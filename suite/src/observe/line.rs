//! How a line of a script ended: what it awaited, held against what came.

use fixtures::smtp::transcript::Entry;

use super::{
    Weak,
    answer::{Answer, came, text, words},
    offers_enhanced_codes,
};
use crate::scenario::{
    model::{ReplyExpectation, ScriptLine, ScriptStep},
    reply::Match,
};

/// How one line ended.
pub(crate) enum Line {
    Met,
    /// Met, and the lines that follow have no object.
    Ends,
    /// The same by a close with no word, or an alert, which must be seen again before it counts.
    EndsByClose,
    Remark(String),
    /// One recipient more than the target takes at a time, in the form of RFC 5321 §4.5.3.1.10: what
    /// follows has no object.
    Limit(String),
    Unmet {
        what: String,
        ambiguous: bool,
    },
    Broken(String),
}

pub(crate) fn outcome(lines: &[ScriptLine], i: usize, came: &Answer<'_>, offers: bool) -> Line {
    let accepted_before = || lines[..i].iter().any(|line| matches!(line.step, ScriptStep::Rcpt));
    match &lines[i].step {
        ScriptStep::Send(_)
        | ScriptStep::SendRaw(_)
        | ScriptStep::Message
        | ScriptStep::Bdat
        | ScriptStep::Chunk { .. }
        | ScriptStep::Abort
        | ScriptStep::Close => Line::Met,
        ScriptStep::Greeting if matches!(came, Answer::Silence { .. }) => {
            Line::Broken(format!("préalable non rempli, l'accueil 220 : {}", words(came)))
        }
        ScriptStep::Greeting => given(came, |code| code == 220, "l'accueil 220"),
        ScriptStep::Ehlo => given(came, |code| code == 250, "la réponse 250 à EHLO"),
        ScriptStep::StartTls => given(came, |code| code == 220, "la réponse 220 à STARTTLS"),
        ScriptStep::Mail => given(came, |code| code / 100 == 2, "l'acceptation de MAIL"),
        // The first one shows that the mailbox is taken: a later refusal is of the number.
        ScriptStep::Rcpt if accepted_before() => further_recipient(came),
        ScriptStep::Rcpt => given(came, |code| code / 100 == 2, "l'acceptation de RCPT"),
        ScriptStep::Data => given(came, |code| code == 354, "la réponse 354 à DATA"),
        ScriptStep::Handshake | ScriptStep::TryHandshake if matches!(came, Answer::Injected(_)) => {
            Line::Unmet { what: words(came), ambiguous: false }
        }
        ScriptStep::Handshake => match came {
            Answer::Established => Line::Met,
            other => {
                Line::Broken(format!("préalable non rempli, la négociation TLS : {}", words(other)))
            }
        },
        ScriptStep::TryHandshake => match came {
            Answer::Established => Line::Met,
            Answer::Closed { .. } | Answer::Alert(_) => Line::EndsByClose,
            _ => Line::Broken(words(came)),
        },
        ScriptStep::AwaitClose => closing(came),
        // Octets that are no whole command have no reply due.
        ScriptStep::Expect(_)
            if matches!(came, Answer::Silence { .. }) && !answers_a_command(&lines[..i]) =>
        {
            Line::Broken(words(came))
        }
        ScriptStep::Expect(expectation) => reply(expectation, came, offers),
    }
}

fn given(came: &Answer<'_>, good: impl Fn(u16) -> bool, what: &str) -> Line {
    match came {
        Answer::Reply { code, .. } if good(*code) => Line::Met,
        Answer::Silence { .. } => unanswered(&format!("préalable non rempli, {what}"), came),
        other => Line::Broken(format!("préalable non rempli, {what} : {}", words(other))),
    }
}

/// A command without its reply (RFC 5321 §4.2), which must be seen again before it counts.
fn unanswered(due: &str, came: &Answer<'_>) -> Line {
    Line::Unmet {
        what: format!("{due} : {}, or toute commande a sa réponse (RFC 5321 §4.2)", words(came)),
        ambiguous: true,
    }
}

/// Whether what was sent last is a whole command, or a whole message or chunk.
fn answers_a_command(before: &[ScriptLine]) -> bool {
    let sent = before.iter().rev().find(|line| !matches!(line.step, ScriptStep::Expect(_)));
    sent.is_some_and(|line| {
        matches!(
            line.step,
            ScriptStep::Send(_) | ScriptStep::Message | ScriptStep::Bdat | ScriptStep::Chunk { .. }
        )
    })
}

fn further_recipient(came: &Answer<'_>) -> Line {
    match came {
        // The sender keeps these recipients for a message of their own.
        Answer::Reply { code: 452, .. } => Line::Limit(fewer_recipients(&words(came))),
        Answer::Reply { code, .. } if *code >= 400 => Line::Unmet {
            what: format!("un destinataire de plus est refusé, {}", words(came)),
            ambiguous: *code == 421,
        },
        _ => given(came, |code| code / 100 == 2, "l'acceptation de RCPT"),
    }
}

fn closing(came: &Answer<'_>) -> Line {
    match came {
        Answer::Closed { close_notify: Some(false), .. } => {
            Line::Remark("connexion fermée sans close_notify (RFC 8446 §6.1)".into())
        }
        // 421 is how a server says that it closes (RFC 5321 §3.8).
        Answer::Closed { .. } | Answer::Alert(_) | Answer::Reply { code: 421, .. } => Line::Met,
        Answer::Nothing | Answer::Unreadable(_) => Line::Broken(words(came)),
        Answer::Silence { after_ms } => Line::Unmet {
            what: format!("la connexion reste ouverte {} s après", after_ms.div_ceil(1000)),
            ambiguous: false,
        },
        other => Line::Unmet {
            what: format!("{} au lieu d'une fermeture", words(other)),
            ambiguous: false,
        },
    }
}

fn reply(expectation: &ReplyExpectation, came: &Answer<'_>, offers: bool) -> Line {
    let line = strict_reply(expectation, came, offers);
    match line {
        // Put off, the recommended thing is neither done nor refused.
        Line::Unmet { what, .. }
            if expectation.recommended
                && (expectation.is_refusal() || came.temporary().is_none()) =>
        {
            Line::Remark(what)
        }
        line => line,
    }
}

fn strict_reply(expectation: &ReplyExpectation, came: &Answer<'_>, offers: bool) -> Line {
    match came {
        Answer::Closed { .. } if expectation.permits_close() => Line::EndsByClose,
        Answer::Alert(_) if expectation.permits_close() => Line::Ends,
        Answer::Closed { .. } | Answer::Alert(_) => Line::Unmet {
            what: format!("{} attendu, {}", expectation.codes_text(), words(came)),
            ambiguous: true,
        },
        Answer::Silence { .. } => {
            unanswered(&format!("{} attendu", expectation.codes_text()), came)
        }
        Answer::Unreadable(_) | Answer::Injected(_) | Answer::Nothing | Answer::Established => {
            Line::Broken(words(came))
        }
        Answer::Reply { code, .. } if expectation.ends(*code) => Line::Ends,
        Answer::Reply { code, enhanced, lines } => {
            let texts: Vec<String> = lines.iter().map(text).collect();
            match expectation.compare(*code, *enhanced, &texts, offers) {
                Match::Met => Line::Met,
                Match::Lesser(remark) => Line::Remark(remark),
                Match::Unmet(what) => Line::Unmet { what, ambiguous: *code == 421 },
            }
        }
    }
}

/// How connection `session` ended, when it did in a way that must be seen again before it counts: a
/// close, an alert or a 421 where a reply was due.
#[must_use]
pub(crate) fn weak_end(entries: &[Entry], session: u16, lines: &[ScriptLine]) -> Option<Weak> {
    let offers = offers_enhanced_codes(entries, session);
    lines.iter().enumerate().find_map(|(i, line)| {
        let step = u16::try_from(i).unwrap_or(u16::MAX);
        let came = came(entries, session, step, line.stage);
        match outcome(lines, i, &came, offers) {
            // A greeting or a handshake that does not come is no reply that does not come.
            Line::Broken(_) if matches!(came, Answer::Silence { .. }) => None,
            Line::Unmet { ambiguous: true, .. } | Line::EndsByClose | Line::Broken(_) => {
                came.weak()
            }
            Line::Unmet { .. } | Line::Met | Line::Ends | Line::Remark(_) | Line::Limit(_) => None,
        }
    })
}

/// What is said of a target that takes fewer recipients at a time than it must, in the form of RFC 5321
/// §4.5.3.1.10: the sender keeps the others for a message of their own.
pub(crate) fn fewer_recipients(reply: &str) -> String {
    format!(
        "un destinataire de plus est remis à plus tard, {reply} : cette limite est dans les formes (452, RFC \
         5321 §4.5.3.1.10), mais la RFC 5321 §4.5.3.1.8 en demande cent au moins ; relevez-la"
    )
}
