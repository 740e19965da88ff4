//! What came at a line of a script.

use fixtures::smtp::transcript::{Entry, Event, Side, Stage, Wire};

use super::{
    PATIENCE, Weak, is_temporary, is_unfinished,
    limit::{asked_late, beyond_us},
};

/// What came at one line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer<'a> {
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

impl Answer<'_> {
    /// What must be seen again before it counts, if it is of that kind.
    pub(crate) fn weak(&self) -> Option<Weak> {
        match self {
            Self::Closed { .. } => Some(Weak::Close),
            Self::Alert(_) => Some(Weak::Alert),
            Self::Reply { code: 421, .. } => Some(Weak::Busy),
            Self::Silence { .. } => Some(Weak::Silence),
            _ => None,
        }
    }

    /// The code, the enhanced code and the text of a reply that puts off (RFC 5321 §4.2.1).
    pub(crate) fn temporary(&self) -> Option<(u16, Option<&str>, String)> {
        match self {
            Self::Reply { code, enhanced, lines } if is_temporary(*code) => {
                let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
                Some((*code, *enhanced, lines.join(" ")))
            }
            _ => None,
        }
    }

    /// Whether it is a refusal, in any of its forms.
    pub(crate) fn says_no(&self) -> bool {
        match self {
            Self::Reply { code, .. } => *code >= 400,
            Self::Closed { .. } | Self::Alert(_) => true,
            _ => false,
        }
    }

    /// Whether the command is not recognized, or not implemented (RFC 5321 §4.2.4): no server says
    /// so because it goes down, or because of who the client is.
    pub(crate) fn is_unknown_command(&self) -> bool {
        matches!(self, Self::Reply { code: 500 | 502, .. })
    }
}

/// What the transcript holds for `step`.
pub(crate) fn came<'a>(entries: &'a [Entry], session: u16, step: u16, stage: Stage) -> Answer<'a> {
    let came = held(entries, session, step, stage);
    let ends = came.says_no() || matches!(came, Answer::Silence { .. });
    match asked_late(entries, session) {
        Some(limit) if ends && stage > Stage::Handshake => Answer::Unreadable(limit.to_owned()),
        _ => came,
    }
}

fn held<'a>(entries: &'a [Entry], session: u16, step: u16, stage: Stage) -> Answer<'a> {
    for (i, Entry { event, .. }) in entries.iter().enumerate() {
        match event {
            // Part of a reply, and nothing more: the silence behind it is what came.
            Event::Garbled { .. } if is_unfinished(&entries[i..]) => {}
            Event::Reply { session: s, step: at, code, enhanced, lines, .. }
                if *s == session && *at == step =>
            {
                return Answer::Reply { code: *code, enhanced: enhanced.as_deref(), lines };
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
                return Answer::Closed { close_notify: *close_notify, reset: *reset };
            }
            Event::TimedOut { session: s, step: at, stage: place, after_ms }
                if *s == session && (*at == step || in_handshake(stage, *place)) =>
            {
                return Answer::Silence { after_ms: *after_ms };
            }
            // The same, a moment late: a reply in clear where the handshake was due.
            Event::Garbled { session: s, stage: place, bytes, .. }
                if *s == session && in_handshake(stage, *place) && obeys(bytes) =>
            {
                return Answer::Injected(bytes);
            }
            Event::Garbled { session: s, stage: place, problem, .. }
                if *s == session && in_handshake(stage, *place) =>
            {
                return Answer::Unreadable(problem.clone());
            }
            // What answers clear text where TLS was expected: an alert record (RFC 8446 §5.1).
            Event::Garbled { session: s, step: at, bytes, .. }
                if *s == session && *at == step && bytes.0.starts_with(&[0x15, 0x03]) =>
            {
                return Answer::Alert("en clair");
            }
            Event::Garbled { session: s, step: at, problem, .. }
                if *s == session && *at == step =>
            {
                return Answer::Unreadable(problem.clone());
            }
            Event::TooLong { session: s, step: at, limit, .. } if *s == session && *at == step => {
                return Answer::Unreadable(format!("plus de {limit} octets"));
            }
            // A reply behind the 220 in clear answers what was injected (RFC 3207 §4.2).
            Event::TlsStarted { session: s, plaintext_left, .. }
                if *s == session && stage == Stage::Handshake && obeys(plaintext_left) =>
            {
                return Answer::Injected(plaintext_left);
            }
            Event::TlsEstablished { session: s, .. }
                if *s == session && stage == Stage::Handshake =>
            {
                return Answer::Established;
            }
            Event::TlsAlert { session: s, stage: at, by: Side::Harness, description }
                if *s == session && *at == stage =>
            {
                return Answer::Unreadable(format!("alerte TLS {description} émise par la suite"));
            }
            Event::TlsAlert { session: s, stage: at, description, .. }
                if *s == session && *at == stage =>
            {
                if *at == Stage::Handshake
                    && let Some(limit) = beyond_us(entries)
                {
                    return Answer::Unreadable(limit);
                }
                return Answer::Alert(description);
            }
            Event::TlsFailed { session: s, stage: at, error } if *s == session && *at == stage => {
                let limit = beyond_us(entries).filter(|_| *at == Stage::Handshake);
                return Answer::Unreadable(limit.unwrap_or_else(|| format!("TLS rompu : {error}")));
            }
            Event::ConnectFailed { session: s, error, .. } if *s == session => {
                return Answer::Unreadable(format!("connexion impossible : {error}"));
            }
            _ => {}
        }
    }
    Answer::Nothing
}

/// Whether these octets begin as the reply to a command that was obeyed (RFC 5321 §4.2.1). A refusal in
/// clear shows nothing: it may be of the ClientHello, read as a command.
fn obeys(bytes: &Wire) -> bool {
    matches!(bytes.0[..], [b'2' | b'3', b'0'..=b'9', b'0'..=b'9', b' ' | b'-' | b'\r', ..])
}

fn in_handshake(line: Stage, event: Stage) -> bool {
    line == Stage::Handshake && event == Stage::Handshake
}

pub(crate) fn words(came: &Answer<'_>) -> String {
    match came {
        Answer::Reply { lines, .. } => {
            let joined = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            shorten(&joined)
        }
        Answer::Closed { reset: true, .. } => "connexion coupée (RST)".into(),
        Answer::Closed { .. } => "connexion fermée".into(),
        Answer::Alert(name) => format!("alerte TLS {name}"),
        Answer::Silence { after_ms } => {
            format!("aucune réponse en {} s{PATIENCE}", after_ms.div_ceil(1000))
        }
        Answer::Unreadable(problem) => format!("réponse illisible ({problem})"),
        Answer::Injected(bytes) => {
            format!("réponse en clair derrière le 220 à STARTTLS : {}", shorten(&bytes.to_string()))
        }
        Answer::Established => "TLS établi".into(),
        Answer::Nothing => "étape non atteinte".into(),
    }
}

/// The text of a reply line, after its code.
pub(crate) fn text(line: &Wire) -> String {
    line.lossy().get(4..).unwrap_or_default().to_owned()
}

pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}
