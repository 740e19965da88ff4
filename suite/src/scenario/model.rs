//! A scenario after loading: everything checked, nothing to re-check.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc};

use fixtures::{
    dn::DistinguishedName,
    pki::Variant,
    smtp::{probe::Probe, transcript::Stage},
};
use serde::{Deserialize, Serialize};

use crate::{
    oracle::{
        ClauseId, Outcome,
        facts::{DnStatus, DomainStatus, EhloStatus, MailFrom, PtrStatus},
    },
    record::Level,
};

/// The path of a scenario below `scenarios/`, without `.toml`: its only name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct ScenarioId(pub Arc<str>);

impl From<ScenarioId> for String {
    fn from(id: ScenarioId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl From<String> for ScenarioId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl ScenarioId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of the step, such as `4-certificat`.
    #[must_use]
    pub fn step(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }
}

impl fmt::Display for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a scenario needs of the target or of the place where the suite runs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// The target trusts the simulated space: its PKI and its whitelist.
    SimulatedSpace,
    /// A mailbox of the target that the operator named for tests.
    Mailbox,
    /// A second one.
    SecondMailbox,
    /// An address of the target's domain that the operator declares unknown.
    UnknownMailbox,
    /// Deliveries to the mailboxes can be observed.
    Delivery,
    /// Mail that the target would send to a third domain can be observed.
    Relay,
    /// Peers can be bound to addresses of the simulated space (target on loopback).
    SourceAddresses,
    /// The target asks the simulated space's DNS server.
    Dns,
    /// The target declares its own DN, MX host and domains.
    DeclaredIdentity,
    /// The target can be given a whitelist for one scenario alone.
    OwnList,
    /// The operator allows scenarios that could hurt a weak server.
    Destructive,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::SimulatedSpace,
        Self::Mailbox,
        Self::SecondMailbox,
        Self::UnknownMailbox,
        Self::Delivery,
        Self::Relay,
        Self::SourceAddresses,
        Self::Dns,
        Self::DeclaredIdentity,
        Self::OwnList,
        Self::Destructive,
    ];

    /// What it is, in French.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SimulatedSpace => "confiance dans l'espace simulé",
            Self::Mailbox => "boîte de test",
            Self::SecondMailbox => "seconde boîte de test",
            Self::UnknownMailbox => "adresse inconnue",
            Self::Delivery => "remises observables",
            Self::Relay => "courrier sortant observable",
            Self::SourceAddresses => "adresses de l'espace simulé (boucle locale)",
            Self::Dns => "DNS de l'espace simulé",
            Self::DeclaredIdentity => "identité déclarée (dn, mx_host)",
            Self::OwnList => "liste blanche propre à un scénario",
            Self::Destructive => "scénarios destructeurs permis",
        }
    }
}

/// TLS versions that a peer offers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PeerTls {
    /// TLS 1.2 and 1.3.
    #[default]
    Any,
    /// TLS 1.2 alone.
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3 alone.
    #[serde(rename = "1.3")]
    Tls13,
    /// No STARTTLS: the transaction goes on in clear.
    None,
}

/// What the peer presents in the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// No certificate.
    None,
    /// A certificate of the peer's operator, of this variant.
    Certificate(Variant),
}

/// The peer that plays a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Name in the cast (`fixtures::space::cast`), such as `alpha`.
    pub operator: String,
    /// What it presents.
    pub certificate: Presented,
    /// How it names itself.
    pub ehlo: EhloStatus,
    /// The reverse name of its address.
    pub ptr: PtrStatus,
    /// The versions it offers.
    pub tls: PeerTls,
    /// The name that its certificate bears in place of the operator's.
    pub name: Option<DistinguishedName>,
    /// How its DN stands in the whitelist, where the scenario says so: by how it was made, looked up
    /// nowhere.
    pub listed: Option<DnStatus>,
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
    /// A header From of another operator's domain than the envelope's.
    OtherFrom,
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

/// An entry that a scenario adds to the whitelist of the cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// The mail domain.
    pub domain: String,
    /// The DN as the list writes it.
    pub dn: String,
}

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

/// What a script expects beyond its replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideEffects {
    /// Tokens (`{token}`, `{token2}`) whose message must be delivered.
    pub delivered: Vec<Template>,
    /// Tokens whose message must never be delivered.
    pub not_delivered: Vec<Template>,
}

/// What is looked at in the target's own certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inspection {
    /// A path leads to the space's root, and the chain sent is complete and in order.
    Chain,
    /// The certificate is in its validity period.
    Validity,
    /// Its CN is the declared MX host (GUIDE).
    Name,
    /// Its DN is the declared one.
    Dn,
    /// It asks the peer for a certificate.
    Request,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// One or more transactions in one session; the judge compares each with the oracle.
    Transactions(Vec<Transaction>),
    /// Lines sent and replies awaited.
    Script {
        /// The lines.
        lines: Vec<ScriptLine>,
        /// The transaction that `mail`, `rcpt` and `message` lines take their values from.
        transaction: Transaction,
        /// Side effects expected.
        effects: SideEffects,
    },
    /// A hand-made ClientHello after STARTTLS.
    Probe {
        /// Which.
        hello: Probe,
        /// `Refused`, or `Accepted` for a sound one.
        expect: Expected,
    },
    /// A look at the target's own certificate.
    Inspect(Inspection),
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its path.
    pub id: ScenarioId,
    /// Title, in French.
    pub title: String,
    /// Purpose, in French.
    pub purpose: String,
    /// The clause it tests.
    pub clause: ClauseId,
    /// The sentence that makes it a MUST or a SHOULD: `RFC 5321 §4.5.3.1.8`, `ERR §2.2 étape 4`.
    pub source: String,
    /// Level.
    pub level: Level,
    /// The passing scenario from which it differs by one change.
    pub twin: Option<ScenarioId>,
    /// Slug of the entry of `scenarios/interpretations.md` that it rests on.
    pub interpretation: Option<String>,
    /// What it needs, declared and derived.
    pub needs: BTreeSet<Capability>,
    /// Changes the shared world or needs the target alone.
    pub exclusive: bool,
    /// Advice for an operator whose target fails it, in French.
    pub advice: Option<String>,
    /// The peer.
    pub peer: Peer,
    /// Entries that the target's whitelist holds beside those of the cast.
    pub list: Vec<ListEntry>,
    /// How the session of transactions is held.
    pub manner: Manner,
    /// What is done.
    pub action: Action,
    /// The file.
    pub file: PathBuf,
}
