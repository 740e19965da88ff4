//! A refusal: in which of the ways real servers refuse, at which stage, and in words.

use fixtures::smtp::transcript::Stage;

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
    /// A command got no reply, or not the whole of one.
    Silence {
        /// How long it was waited for, in milliseconds.
        after_ms: u64,
    },
}

/// The ends that may mean nothing, and must be seen three times before they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weak {
    /// A close with no word: a server that goes down, a network that breaks.
    Close,
    /// A 421: a server that goes down, or holds too many sessions (RFC 5321 §3.8).
    Busy,
    /// An alert that does not speak of a certificate: octets changed on the way earn one too.
    Alert,
    /// No reply within the time allowed, which is ours: a busy server is slow.
    Silence,
}

impl How {
    /// What must be seen three times before it counts, if it is of that kind.
    #[must_use]
    pub fn weak(&self) -> Option<Weak> {
        match self {
            Self::Close { .. } => Some(Weak::Close),
            Self::Silence { .. } => Some(Weak::Silence),
            Self::Reply { code: 421, .. } => Some(Weak::Busy),
            Self::Alert(name) if !speaks_of_a_certificate(name) => Some(Weak::Alert),
            Self::Alert(_) | Self::Reply { .. } => None,
        }
    }

    /// Whether it must be seen three times before it counts.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.weak().is_some()
    }
}

/// Whether a reply of this code may turn into another one when tried again (RFC 5321 §4.2.1).
#[must_use]
pub const fn is_temporary(code: u16) -> bool {
    matches!(code, 400..=499)
}

/// Whether an alert says that a certificate, or its absence, is the cause (RFC 8446 §6.2).
fn speaks_of_a_certificate(alert: &str) -> bool {
    matches!(
        alert,
        "no_certificate"
            | "bad_certificate"
            | "unsupported_certificate"
            | "certificate_revoked"
            | "certificate_expired"
            | "certificate_unknown"
            | "unknown_ca"
            | "access_denied"
            | "certificate_required"
    )
}

/// A refusal and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stage of the session.
    pub stage: Stage,
    /// How.
    pub how: How,
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
        Stage::Bdat => "au BDAT",
        Stage::Quit => "au QUIT",
        Stage::Other => "à une commande du script",
    }
}

/// A refusal in words, for a report.
#[must_use]
pub fn describe(refusal: &Refusal) -> String {
    let place = place(refusal.stage);
    match &refusal.how {
        // The lines hold the code already.
        How::Reply { text, .. } => format!("{text} {place}"),
        How::Alert(name) => format!("alerte TLS {name} {place}"),
        How::Close { reset: true } => format!("connexion coupée (RST) {place}"),
        How::Close { reset: false } => format!("connexion fermée sans réponse {place}"),
        How::Silence { after_ms } => silence(refusal.stage, *after_ms),
    }
}

/// That no reply came, in French.
#[must_use]
pub fn silence(stage: Stage, after_ms: u64) -> String {
    format!("aucune réponse {} en {} s{PATIENCE}", place(stage), after_ms.div_ceil(1000))
}

/// The key of `target.toml` that says how long a reply may take, behind the time that it took.
pub(crate) const PATIENCE: &str = " (reply_seconds)";
