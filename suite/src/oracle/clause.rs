//! The clauses that the oracle rests on, one for each sentence of ERR §2.2.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A clause of TM3.1P, reception (ERR §2.2, EX_3.1_5030). Wording and sources are in
/// `scenarios/clauses.toml`; both lists are held against each other by a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClauseId {
    /// The PTR of the sender is not checked.
    #[serde(rename = "TM3.1P/1")]
    Ptr,
    /// An SMTP session per RFC 5321 and RFC 2034.
    #[serde(rename = "TM3.1P/2")]
    Smtp,
    /// TLS by STARTTLS, and nothing else.
    #[serde(rename = "TM3.1P/3")]
    StartTls,
    /// The sender's certificate is verified.
    #[serde(rename = "TM3.1P/4a")]
    Certificate,
    /// Its DN is in the whitelist.
    #[serde(rename = "TM3.1P/4b")]
    DnListed,
    /// MAIL FROM is given.
    #[serde(rename = "TM3.1P/5a")]
    MailFrom,
    /// Its domain is in the whitelist.
    #[serde(rename = "TM3.1P/5b")]
    DomainListed,
    /// Its domain is mapped to the certificate's DN.
    #[serde(rename = "TM3.1P/5c")]
    DomainMapped,
    /// A refusal is notified with its reason.
    #[serde(rename = "TM3.1P/5d")]
    Notified,
    /// `<>` is allowed, from a listed DN.
    #[serde(rename = "TM3.1P/5e")]
    NullSender,
    /// For `<>` the coherence of domain and DN is not checked.
    #[serde(rename = "TM3.1P/5f")]
    NullSenderUnchecked,
    /// The session ends per RFC 5321.
    #[serde(rename = "TM3.1P/6")]
    End,
}

static ALL: [ClauseId; 12] = ClauseId::ALL;

impl ClauseId {
    /// All of them, in the order of ERR.
    pub const ALL: [Self; 12] = [
        Self::Ptr,
        Self::Smtp,
        Self::StartTls,
        Self::Certificate,
        Self::DnListed,
        Self::MailFrom,
        Self::DomainListed,
        Self::DomainMapped,
        Self::Notified,
        Self::NullSender,
        Self::NullSenderUnchecked,
        Self::End,
    ];

    /// The clause as a list of one.
    pub(super) fn alone(self) -> &'static [Self] {
        let at = Self::ALL.iter().position(|clause| *clause == self);
        at.and_then(|at| ALL.get(at..=at)).unwrap_or_default()
    }

    /// The id as written in scenarios and reports, such as `TM3.1P/4a`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ptr => "TM3.1P/1",
            Self::Smtp => "TM3.1P/2",
            Self::StartTls => "TM3.1P/3",
            Self::Certificate => "TM3.1P/4a",
            Self::DnListed => "TM3.1P/4b",
            Self::MailFrom => "TM3.1P/5a",
            Self::DomainListed => "TM3.1P/5b",
            Self::DomainMapped => "TM3.1P/5c",
            Self::Notified => "TM3.1P/5d",
            Self::NullSender => "TM3.1P/5e",
            Self::NullSenderUnchecked => "TM3.1P/5f",
            Self::End => "TM3.1P/6",
        }
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
