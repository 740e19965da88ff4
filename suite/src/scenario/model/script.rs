//! The lines of a script, and what it awaits.

use fixtures::smtp::transcript::Stage;

use super::Template;

/// Reply codes that an expectation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSet {
    /// One code, such as 250.
    Exact(u16),
    /// A class, such as 2 for `2xx`.
    Class(u8),
    /// The target closes the connection, or sends a TLS alert, in place of a reply.
    Closed,
}

impl CodeSet {
    /// Whether `code` is in the set.
    #[must_use]
    pub fn holds(self, code: u16) -> bool {
        match self {
            Self::Exact(exact) => exact == code,
            Self::Class(class) => u16::from(class) == code / 100,
            Self::Closed => false,
        }
    }
}

/// One awaited reply of a script: `< 5xx|closed ~ 503 has WORD lacks WORD`, or
/// `< 220 or 4xx|5xx|closed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyExpectation {
    /// Any of these meets it, and the script goes on.
    pub codes: Vec<CodeSet>,
    /// Any of these meets it too, and ends the script there, met: the lines that follow had no
    /// object any more. A close always ends it.
    pub or_end: Vec<CodeSet>,
    /// The best of them: another one is met with a remark.
    pub ideal: Option<u16>,
    /// Enhanced status code demanded when the target offers them, such as `5.7.0`; its class alone
    /// when written `5.x.x`, any when `x.x.x`. It is always of the reply's own class (RFC 2034 §4).
    pub enhanced: Option<String>,
    /// Words that a line of the reply begins with (EHLO keywords).
    pub has: Vec<String>,
    /// Words that no line may begin with.
    pub lacks: Vec<String>,
    /// The reply begins with the name of its server: a fully qualified domain name or an address
    /// literal (RFC 5321 §4.1.1.1, §4.2).
    pub named: bool,
    /// `<?`: unmet is a remark, not a failure.
    pub recommended: bool,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptStep {
    /// Read the greeting; anything but 220 stops the scenario.
    Greeting,
    /// EHLO with the peer's name; anything but 250 stops the scenario.
    Ehlo,
    /// STARTTLS; anything but 220 stops the scenario.
    StartTls,
    /// The TLS handshake; a refusal stops the scenario.
    Handshake,
    /// The TLS handshake; a refusal ends the script there, met.
    TryHandshake,
    /// MAIL with the transaction's reverse-path; anything but 2xx stops the scenario.
    Mail,
    /// RCPT with the transaction's first recipient; anything but 2xx stops the scenario.
    Rcpt,
    /// DATA; anything but 354 stops the scenario.
    Data,
    /// The message and the final dot; the reply is left to an expectation.
    Message,
    /// The message in one BDAT, which is the last (RFC 3030 §2); the reply is left to an expectation.
    Bdat,
    /// `chunk OCTETS`, `last-chunk OCTETS`: BDAT with the number of these octets, and the octets, with
    /// the escapes of `>>`.
    Chunk {
        /// The octets.
        octets: Template,
        /// Whether it is the last one of the message.
        last: bool,
    },
    /// `> TEXT`: a line and its CRLF.
    Send(Template),
    /// `>> TEXT`: octets as they are, with `\r \n \t \xNN` escapes.
    SendRaw(Template),
    /// `< …`: a reply.
    Expect(ReplyExpectation),
    /// Drop the connection with no QUIT (TCP reset).
    Abort,
    /// End the connection in order (close_notify, FIN) with no QUIT.
    Close,
    /// Await that the target closes, with close_notify inside TLS as a recommendation.
    AwaitClose,
}

/// A step and where it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLine {
    /// The step.
    pub step: ScriptStep,
    /// The line as written, for the report.
    pub text: String,
    /// Stage of the session in which it is played.
    pub stage: Stage,
}

/// What of the form of replies a script is about.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyForm {
    /// Lines end on CRLF, and CR and LF stand nowhere else (RFC 5321 §2.3.8).
    LineEnds,
    /// Three digits of a known class, the same in each line, then a space, a hyphen or nothing
    /// (RFC 5321 §4.2).
    Syntax,
    /// The text is printable ASCII and tabs (RFC 5321 §4.2).
    Ascii,
    /// Lines hold 512 octets at most (RFC 5321 §4.5.3.1.5).
    Length,
}

/// What a script expects beyond its replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideEffects {
    /// Tokens (`{token}`, `{token2}`) whose message must be delivered.
    pub delivered: Vec<Template>,
    /// Tokens whose message must never be delivered.
    pub not_delivered: Vec<Template>,
    /// Tokens whose message must never reach the third operator's domain, wherever else it goes.
    pub not_relayed: Vec<Template>,
    /// The form that every reply of the run must have.
    pub form: Option<ReplyForm>,
}
