//! The plain facts that the oracle decides on: everything already looked up, nothing to fetch.

use serde::{Deserialize, Serialize};

/// Which letter the suite holds a target to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// TLS 1.2 or later is demanded (RFC 8996, RFC 9325).
    #[default]
    Default,
    /// The letter of ERR, which cites RFC 2246: old TLS refused is a SHOULD.
    #[serde(rename = "erratum-2015")]
    Erratum2015,
}

/// The reverse name of the peer's address, as our DNS serves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PtrStatus {
    /// One PTR, to the EHLO name, which resolves back.
    #[default]
    Valid,
    /// NXDOMAIN.
    Absent,
    /// A PTR to another operator's name.
    Wrong,
    /// Several PTR records.
    Several,
    /// SERVFAIL.
    Servfail,
    /// No answer at all.
    Silent,
}

/// How the peer names itself in EHLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EhloStatus {
    /// The certificate's CN, which is the MX host (GUIDE).
    #[default]
    MatchesCertificate,
    /// Another name, which resolves to the peer.
    OtherName,
    /// A name that does not resolve.
    Unresolvable,
    /// An address literal (RFC 5321 §4.1.3).
    AddressLiteral,
}

/// The channel that the mail transaction runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// No TLS at all.
    Clear,
    /// SSL 3.0, TLS 1.0 or TLS 1.1 (RFC 8996).
    ObsoleteTls,
    /// TLS with a NULL, EXPORT, RC4 or anonymous suite (RFC 9325 §4.1).
    WeakSuite,
    /// TLS with 3DES.
    TripleDes,
    /// TLS 1.2 with a suite that RFC 9325 §4.2 recommends, and no other offered.
    RecommendedSuite,
    /// TLS 1.2 with a sound suite.
    Tls12,
    /// TLS 1.3.
    #[default]
    Tls13,
}

/// What path validation and revocation checking say of the certificate presented.
///
/// Computed at the edge (rustls-webpki, at the run's clock), never by the oracle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateStatus {
    /// A path to the IGC's root, in its validity, not revoked, serverAuth + clientAuth.
    #[default]
    Valid,
    /// The same with serverAuth alone.
    ValidServerAuthOnly,
    /// No certificate was presented.
    Absent,
    /// Past its end of validity.
    Expired,
    /// Before its start of validity.
    NotYetValid,
    /// No path to the IGC's root: self-signed, foreign CA, look-alike intermediate.
    UnknownIssuer,
    /// A signature of the path does not verify.
    BadSignature,
    /// The peer does not hold the certificate's private key.
    KeyMismatch,
    /// Issued for another use alone (e-mail protection, code signing) or another IGC product.
    OtherUsage,
    /// The leaf says CA:TRUE.
    CaLeaf,
    /// A path that RFC 5280 does not settle, or in which common libraries do not look at what is odd: an
    /// authority key identifier that is another, a policy demanded, basic constraints not critical, a
    /// self-issued authority, a key usage without digitalSignature, an issuer's name written otherwise.
    OpenPath,
    /// With a directory name outside those that its issuer may certify (RFC 5280 §4.2.1.10).
    DirectoryConstraintViolated,
    /// Issued by a certificate that is no CA, or whose key usage lacks keyCertSign.
    IssuerNotCa,
    /// A path length constraint of the path is broken.
    PathLengthExceeded,
    /// A name constraint of the path is broken (RFC 5280 §4.2.1.10).
    NameConstraintViolated,
    /// An unknown critical extension.
    UnknownCriticalExtension,
    /// Signed with SHA-1.
    WeakSignature,
    /// RSA of less than 2048 bits.
    WeakKey,
    /// The chain sent lacks its intermediate.
    IncompleteChain,
    /// The chain sent is out of order (RFC 5246 §7.4.2).
    ShuffledChain,
    /// The chain sent is far longer than it needs to be.
    LongChain,
    /// Revoked.
    Revoked,
    /// The CRL of its issuer has expired, is absent or cannot be reached.
    RevocationUnknown,
    /// Unreadable: no certificate in DER.
    Malformed,
}

/// The certificate's DN against the whitelist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnStatus {
    /// Listed, and its text in the whitelist's order is the listed text.
    #[default]
    Listed,
    /// Equal to a listed DN by RFC 5280 §7.1, but its text differs (case, spaces, quotes…).
    Equivalent,
    /// The same RDNs as a listed DN in another order.
    Reordered,
    /// Not in the whitelist.
    Unlisted,
}

impl DnStatus {
    /// Whether the whitelist may be said to hold it, at least by one permitted reading.
    #[must_use]
    pub fn may_be_listed(self) -> bool {
        self != Self::Unlisted
    }
}

/// The envelope's reverse-path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailFrom {
    /// RCPT or DATA with no MAIL before it.
    Absent,
    /// `<>` (RFC 5321 §4.5.5).
    Null,
    /// A mailbox in ordinary form.
    #[default]
    Mailbox,
    /// A quoted local part that holds an `@` and another domain.
    QuotedAt,
    /// A domain with a final dot, which RFC 5321's grammar does not have.
    TrailingDot,
    /// A U-label domain under SMTPUTF8 (RFC 6531).
    ULabel,
    /// An address that RFC 5321's grammar does not have.
    Malformed,
}

/// The sender's domain against the whitelist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainStatus {
    /// Listed, and mapped to the DN of the certificate used.
    #[default]
    Mapped,
    /// Listed, but mapped to other DNs only.
    MappedToOthers,
    /// Not in the whitelist.
    Unlisted,
}

/// The recipients of the envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipients {
    /// One mailbox of the target that exists.
    #[default]
    Known,
    /// Several mailboxes of the target that exist.
    Several,
    /// A mailbox that the target declares unknown, in its own domain.
    Unknown,
    /// `postmaster`, with or without a domain of the target (RFC 5321 §4.5.1).
    Postmaster,
    /// A mailbox of a domain that is not the target's, in any spelling.
    Foreign,
}

/// The content of the message, by what every server takes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Within the sizes that RFC 5321 §4.5.3.1 obliges every server to take.
    #[default]
    Ordinary,
    /// Beyond them: more than 64K octets in all, or a header that many servers bound.
    BeyondMinimum,
}

/// All that one decision rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Facts {
    /// The letter that the target is held to.
    pub profile: Profile,
    /// The reverse name of the peer's address.
    pub ptr: PtrStatus,
    /// The peer's EHLO name.
    pub ehlo: EhloStatus,
    /// The channel of the transaction.
    pub channel: Channel,
    /// The certificate presented.
    pub certificate: CertificateStatus,
    /// Its DN against the whitelist.
    pub dn: DnStatus,
    /// The reverse-path.
    pub mail_from: MailFrom,
    /// Its domain against the whitelist; of no weight for `<>` and an absent MAIL.
    pub domain: DomainStatus,
    /// The recipients.
    pub recipients: Recipients,
    /// The content; not given in records of former versions.
    #[serde(default)]
    pub content: Content,
}

/// Gives an enum its `ALL`; a variant left out does not compile.
macro_rules! all {
    ($name:ident: $($variant:ident),+ $(,)?) => {
        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
        const _: fn($name) = |value| match value { $($name::$variant => ()),+ };
    };
}

all!(Profile: Default, Erratum2015);
all!(PtrStatus: Valid, Absent, Wrong, Several, Servfail, Silent);
all!(EhloStatus: MatchesCertificate, OtherName, Unresolvable, AddressLiteral);
all!(Channel: Clear, ObsoleteTls, WeakSuite, TripleDes, RecommendedSuite, Tls12, Tls13);
all!(
    CertificateStatus:
    Valid, ValidServerAuthOnly, Absent, Expired, NotYetValid, UnknownIssuer, BadSignature,
    KeyMismatch, OtherUsage, CaLeaf, OpenPath, DirectoryConstraintViolated, IssuerNotCa, PathLengthExceeded, NameConstraintViolated,
    UnknownCriticalExtension, WeakSignature, WeakKey, IncompleteChain, ShuffledChain, LongChain, Revoked,
    RevocationUnknown, Malformed,
);
all!(DnStatus: Listed, Equivalent, Reordered, Unlisted);
all!(MailFrom: Absent, Null, Mailbox, QuotedAt, TrailingDot, ULabel, Malformed);
all!(DomainStatus: Mapped, MappedToOthers, Unlisted);
all!(Recipients: Known, Several, Unknown, Postmaster, Foreign);
all!(Content: Ordinary, BeyondMinimum);
