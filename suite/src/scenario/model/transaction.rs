//! A mail transaction, and the manner of a session of them.

use serde::{Deserialize, Serialize};

use crate::oracle::{
    Outcome,
    reception::facts::{DnStatus, DomainStatus, MailFrom},
};

/// What of the delivery of its message a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliverySubject {
    /// That it is delivered at all (RFC 5321 §6.1).
    Made,
    /// That one copy is delivered (RFC 5321 §4.5.3.2.6).
    Once,
    /// That it is delivered as it was sent (RFC 5321 §6.4).
    Intact,
    /// That its trace tells nothing that was said before TLS (RFC 3207 §4.2, RFC 5321 §4.4).
    Trace,
    /// That nothing is delivered (RFC 5321 §4.2.5).
    None,
}

/// The kind of message sent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// A short French text with accents, quoted-printable.
    #[default]
    Text,
    /// A text and a binary attachment.
    Attachment,
    /// An 8-bit body (RFC 6152).
    EightBit,
    /// Lines that begin with one and more dots (RFC 5321 §4.5.2).
    Dots,
    /// A text line of 998 octets and its CRLF (RFC 5321 §4.5.3.1.6).
    LongLine,
    /// Application header fields in `X-`.
    XHeaders,
    /// Two hundred header fields in `X-`.
    ManyFields,
    /// A folded header field of more than 64K octets.
    LongField,
    /// A header field on one line of 998 octets.
    LongFieldLine,
    /// `X-MSS-` fields, several of each name.
    RepeatedFields,
    /// Received and Resent- fields of earlier stations.
    TraceFields,
    /// Lines that look like SMTP commands and replies.
    Commands,
    /// Lines that begin with `From `.
    FromLines,
    /// Spaces and tabs at the ends of lines, empty lines at the end.
    TrailingSpaces,
    /// Parts that end with no line end, or with several.
    PartEnds,
    /// A header and an empty line.
    EmptyBody,
    /// A header alone.
    NoBody,
    /// A delivery status notification (RFC 3464).
    DeliveryStatus,
    /// A message disposition notification (RFC 8098).
    #[serde(rename = "disposition-notification")]
    Disposition,
    /// A signed message (multipart/signed).
    Signed,
    /// A signed text with spaces at the ends of its lines.
    SignedSpaces,
    /// An enveloped message (application/pkcs7-mime).
    Enveloped,
    /// A text and an archive IHE_XDM.ZIP.
    Xdm,
    /// Parts in parts: alternatives, an image, a message, a calendar.
    Structure,
    /// Attachments with accents in their names (RFC 2231).
    FileNames,
    /// A header From of another operator's domain than the envelope's.
    OtherFrom,
}

/// How the message is handed over.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Transfer {
    /// By DATA (RFC 5321 §4.1.1.4).
    #[default]
    Data,
    /// By one BDAT, which is the last (RFC 3030 §2).
    Bdat,
    /// In chunks, each answered before the next is sent; the last one has octets.
    BdatChunks,
    /// The same chunks, then `BDAT 0 LAST`.
    BdatZeroLast,
    /// The same, all sent before any is answered (RFC 3030 §4.2) where the target offers PIPELINING.
    BdatPipelined,
}

/// A text with `{…}` variables, filled in when the scenario is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub String);

/// The reverse-path of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReversePath {
    /// No MAIL command is sent.
    Absent,
    /// `<>`.
    Null,
    /// An address, without its angle brackets.
    Address(Template),
}

/// What is expected of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// 2xx after the final dot, and the message delivered where that can be seen.
    Accepted,
    /// Refused in any way, and nothing delivered.
    Refused,
    /// The sources leave it open: both are permitted, the report says which was seen.
    Either,
}

impl Expected {
    /// The one outcome expected, unless both are permitted.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Accepted => Some(Outcome::Accepted),
            Self::Refused => Some(Outcome::Refused),
            Self::Either => None,
        }
    }
}

/// One mail transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// MAIL FROM.
    pub from: ReversePath,
    /// RCPT TO, without angle brackets.
    pub to: Vec<Template>,
    /// Parameters after the reverse-path, such as `BODY=8BITMIME`.
    pub mail_parameters: Option<Template>,
    /// The message.
    pub message: MessageKind,
    /// How long the message is made, in octets before dots are stuffed; its own length when left out.
    pub size: Option<u32>,
    /// How the message is handed over.
    pub by: Transfer,
    /// What is expected.
    pub expect: Expected,
    /// What its reverse-path is, where the scenario says so.
    pub stated: StatedSender,
}

/// What a scenario says of a reverse-path by how it was made: it counts in place of what the
/// address looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatedSender {
    /// Its form.
    pub form: Option<MailFrom>,
    /// How its domain stands in the whitelist.
    pub domain: Option<DomainStatus>,
    /// How the peer's DN stands among those of that domain, where the whole list holds it otherwise.
    pub listed: Option<DnStatus>,
}

/// The case in which command verbs are sent (RFC 5321 §2.4: it is insignificant).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verbs {
    /// `MAIL FROM`.
    #[default]
    Upper,
    /// `mail from`.
    Lower,
    /// `mAiL fRoM`.
    Mixed,
}

/// How a session of transactions is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Commands are sent together where the target offers it (RFC 2920).
    pub pipelining: bool,
    /// RSET between any two transactions, and not after a refused one alone.
    pub reset: bool,
    /// The case of the verbs.
    pub verbs: Verbs,
}
