//! The clauses that the reception is decided by.

use crate::oracle::ClauseId;

/// The reception, TM3.1P (ERR §2.2, EX_3.1_5030); a test holds them against `reception/clauses.toml`.
#[expect(
    non_upper_case_globals,
    reason = "they are matched on and read as the variants of an enum"
)]
impl ClauseId {
    /// The PTR of the sender is not checked.
    pub const Ptr: Self = Self("TM3.1P/1");
    /// An SMTP session per RFC 5321 and RFC 2034.
    pub const Smtp: Self = Self("TM3.1P/2");
    /// TLS by STARTTLS, and nothing else.
    pub const StartTls: Self = Self("TM3.1P/3");
    /// The sender's certificate is verified.
    pub const Certificate: Self = Self("TM3.1P/4a");
    /// Its DN is in the whitelist.
    pub const DnListed: Self = Self("TM3.1P/4b");
    /// MAIL FROM is given.
    pub const MailFrom: Self = Self("TM3.1P/5a");
    /// Its domain is in the whitelist.
    pub const DomainListed: Self = Self("TM3.1P/5b");
    /// Its domain is mapped to the certificate's DN.
    pub const DomainMapped: Self = Self("TM3.1P/5c");
    /// A refusal is notified with its reason.
    pub const Notified: Self = Self("TM3.1P/5d");
    /// `<>` is allowed, from a listed DN.
    pub const NullSender: Self = Self("TM3.1P/5e");
    /// For `<>` the coherence of domain and DN is not checked.
    pub const NullSenderUnchecked: Self = Self("TM3.1P/5f");
    /// The session ends per RFC 5321.
    pub const End: Self = Self("TM3.1P/6");

    /// All of them, in the order of ERR.
    pub const RECEPTION: [Self; 12] = [
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
}
