//! What a transcript shows of one mail transaction: accepted, refused and how, or broken.

use fixtures::smtp::transcript::{Entry, Event, Side, Stage, Wire};

use crate::play::steps;

/// How a target said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// An SMTP reply.
    Reply {
        /// Its code.
        code: u16,
        /// Its enhanced status code.
        enhanced: Option<String>,
        /// Its text, lines joined by a space.
        text: String,
    },
    /// A TLS alert, by its name.
    Alert(String),
    /// The connection ended with no word.
    Close {
        /// By a TCP reset.
        reset: bool,
    },
}

impl How {
    /// Whether it must be seen three times before it counts: a silent close, or a 421, may be
    /// nothing but a server that goes down.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Close { .. } | Self::Reply { code: 421, .. })
    }

    /// Whether trying once more is fair: greylisting answers 4xx to a first contact.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Reply { code: 400..=499, .. })
    }
}

/// A refusal and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stage of the session.
    pub stage: Stage,
    /// How.
    pub how: How,
}

/// What was seen of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// 2xx after the final dot.
    Accepted {
        /// The reply.
        text: String,
    },
    /// Refused.
    Refused(Refusal),
    /// Nothing that can be judged, with its cause in French.
    Broken(String),
}

/// Observes transaction `t` of connection number `session`.
#[must_use]
pub fn transaction(entries: &[Entry], session: u16, t: u16) -> Seen {
    // The transaction under way, for the ends of a session that carry no step.
    let mut current = None;
    let mut reached = false;
    for Entry { event, .. } in entries {
        if let Some(seen) = decisive(event, session, t) {
            let ended = matches!(event, Event::TlsAlert { .. } | Event::TlsFailed { .. });
            return if ended && current.is_some_and(|other| other < t) {
                Seen::Broken(EARLIER.into())
            } else {
                seen
            };
        }
        if let Event::Sent { session: s, step, .. } = event
            && *s == session
            && let Some(other) = steps::transaction(*step)
        {
            current = Some(other);
            reached |= other == t;
        }
    }
    Seen::Broken(if reached {
        "la transaction est restée sans réponse finale".into()
    } else {
        "la transaction n'a pas été atteinte".into()
    })
}

const EARLIER: &str = "la cible a fermé la session pendant une transaction précédente";

/// What `event` settles for transaction `t`, if anything.
fn decisive(event: &Event, session: u16, t: u16) -> Option<Seen> {
    // An event of the prelude concerns every transaction; one of a transaction, that one alone.
    let concerns = |step: u16| match steps::transaction(step) {
        None => step < steps::QUIT,
        Some(other) => other == t && step != steps::reset(t),
    };
    match event {
        Event::Trouble { text } => Some(Seen::Broken(text.clone())),
        Event::ConnectFailed { session: s, error, to, .. } if *s == session => {
            Some(Seen::Broken(format!("connexion à {to} impossible : {error}")))
        }
        Event::Reply { session: s, step, stage, code, enhanced, lines, .. }
            if *s == session && concerns(*step) =>
        {
            reply(*step, t, *stage, *code, enhanced.as_deref(), lines)
        }
        Event::TlsAlert { session: s, by, stage, description } if *s == session => Some(match by {
            Side::Target => refused(*stage, How::Alert(description.clone())),
            Side::Harness => Seen::Broken(format!(
                "le pair simulé a dû rompre TLS ({description}) : la cible n'offre rien d'acceptable"
            )),
        }),
        Event::TlsFailed { session: s, error, .. } if *s == session => {
            Some(Seen::Broken(format!("TLS rompu sans alerte : {error}")))
        }
        Event::Closed { session: s, step, by: Side::Target, stage, reset, .. }
            if *s == session
                && (concerns(*step) || steps::transaction(*step).is_some_and(|o| o < t)) =>
        {
            Some(if steps::transaction(*step).is_some_and(|other| other < t) {
                Seen::Broken(EARLIER.into())
            } else {
                refused(*stage, How::Close { reset: *reset })
            })
        }
        Event::TimedOut { session: s, step, stage, after_ms }
            if *s == session && concerns(*step) =>
        {
            Some(Seen::Broken(format!(
                "aucune réponse {} en {} s",
                place(*stage),
                after_ms.div_ceil(1000)
            )))
        }
        Event::Garbled { session: s, step, stage, problem, .. }
            if *s == session && concerns(*step) =>
        {
            Some(Seen::Broken(format!("réponse illisible {} : {problem}", place(*stage))))
        }
        Event::TooLong { session: s, step, stage, limit } if *s == session && concerns(*step) => {
            Some(Seen::Broken(format!("réponse de plus de {limit} octets {}", place(*stage))))
        }
        _ => None,
    }
}

fn reply(
    step: u16,
    t: u16,
    stage: Stage,
    code: u16,
    enhanced: Option<&str>,
    lines: &[Wire],
) -> Option<Seen> {
    let class = code / 100;
    let goes_on = match step {
        step if step == steps::data(t) => class == 3,
        step if step == steps::body(t) => {
            if class == 2 {
                return Some(Seen::Accepted { text: join(lines) });
            }
            false
        }
        _ => class == 2,
    };
    (!goes_on).then(|| {
        // A 3xx at RCPT, a 2xx at DATA: neither yes nor no.
        if !matches!(class, 4 | 5) {
            return Seen::Broken(format!(
                "réponse hors de propos {} : {}",
                place(stage),
                join(lines)
            ));
        }
        refused(
            stage,
            How::Reply { code, enhanced: enhanced.map(str::to_owned), text: join(lines) },
        )
    })
}

fn refused(stage: Stage, how: How) -> Seen {
    Seen::Refused(Refusal { stage, how })
}

fn join(lines: &[Wire]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Where something happened, in French: `au MAIL`, `après le point final`.
#[must_use]
pub fn place(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "à la connexion",
        Stage::Greeting => "à l'accueil",
        Stage::Ehlo => "à l'EHLO en clair",
        Stage::StartTls => "au STARTTLS",
        Stage::Handshake => "pendant la négociation TLS",
        Stage::EhloTls => "à l'EHLO sous TLS",
        Stage::Mail => "au MAIL",
        Stage::Rcpt => "au RCPT",
        Stage::Data => "au DATA",
        Stage::Body => "après le point final",
        Stage::Quit => "au QUIT",
        Stage::Other => "à une commande du script",
    }
}
