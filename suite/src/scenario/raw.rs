//! The files as they are written: structure only, values unchecked. The JSON Schemas of
//! `scenarios/` are generated from these types.

use std::collections::BTreeMap;

use fixtures::{pki::Variant, smtp::probe::Probe, space::cast::OPERATORS, whitelist::ListFault};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use super::model::{
    Capability, DeliverySubject, Expected, Inspection, ListRequest, MessageKind, PeerTls,
    ReplyForm, Transfer, Verbs,
};
use crate::{
    oracle::{
        ClauseId, Fact as _,
        reception::facts::{DnStatus, DomainStatus, EhloStatus, MailFrom, PtrStatus},
    },
    record::Level,
};

/// The names of the [`MailFrom`]s that an address may be.
pub fn forms() -> impl Iterator<Item = (&'static str, MailFrom)> {
    let address = |form: &&(&str, MailFrom)| ![MailFrom::Absent, MailFrom::Null].contains(&form.1);
    MailFrom::NAMES.iter().filter(address).copied()
}

/// `none`, in the place of a certificate variant or of a reverse-path.
pub const NONE: &str = "none";

/// A scenario of the MSSanté conformance suite. What it leaves out takes the nominal value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Scenario")]
pub struct RawScenario {
    /// Several scenarios in one file: by the end of the id, which a hyphen joins to the file's own, the
    /// texts that stand for names between braces; `{variant}` is that end.
    #[serde(default)]
    pub variants: BTreeMap<String, BTreeMap<String, String>>,
    /// Title, in French, unique.
    #[schemars(with = "String")]
    pub title: Spanned<String>,
    /// What the target must do, in French, in a sentence or two.
    #[schemars(with = "String")]
    pub purpose: Spanned<String>,
    /// The clause that it tests, such as `TM3.1P/4a`.
    #[schemars(with = "ClauseId")]
    pub clause: Spanned<String>,
    /// The exact place of the sentence that it rests on: `ERR §2.2 étape 4`, `RFC 5321 §4.5.1`.
    #[schemars(with = "String")]
    pub source: Spanned<String>,
    /// How strong that sentence is.
    #[schemars(with = "Level")]
    pub level: Spanned<String>,
    /// Id of the passing scenario from which it differs by one change.
    #[schemars(with = "Option<String>")]
    pub twin: Option<Spanned<String>>,
    /// Slug of an entry of interpretations.md.
    #[schemars(with = "Option<String>")]
    pub interpretation: Option<Spanned<String>>,
    /// What it needs of the target beyond what is derived from the rest.
    #[serde(default)]
    #[schemars(with = "Vec<Capability>")]
    pub needs: Vec<Spanned<String>>,
    /// Changes the shared world or needs the target alone.
    #[serde(default)]
    pub exclusive: bool,
    /// Could hurt a weak server: played only when the operator allows it.
    #[serde(default)]
    pub destructive: bool,
    /// Advice for an operator whose target fails it, in French.
    #[schemars(with = "Option<String>")]
    pub advice: Option<Spanned<String>>,
    /// What a peer or a third party could do where the target fails it, one French sentence, where that of its
    /// clause would not be true.
    #[schemars(with = "Option<String>")]
    pub consequence: Option<Spanned<String>>,
    /// The peer that plays it.
    #[serde(default)]
    pub peer: RawPeer,
    /// The whitelist that the space serves, where it is not the nominal one.
    #[serde(default)]
    pub list: RawList,
    /// How the session of transactions is held.
    #[schemars(with = "Option<RawManner>")]
    pub session: Option<Spanned<RawManner>>,
    /// The envelope.
    #[schemars(with = "Option<RawEnvelope>")]
    pub envelope: Option<Spanned<RawEnvelope>>,
    /// The message.
    #[schemars(with = "Option<RawMessage>")]
    pub message: Option<Spanned<RawMessage>>,
    /// What is expected.
    #[schemars(with = "Option<RawExpect>")]
    pub expect: Option<Spanned<RawExpect>>,
    /// Several transactions in one session.
    #[schemars(with = "Option<Vec<RawTransaction>>")]
    pub transaction: Option<Vec<Spanned<RawTransaction>>>,
    /// Lines sent and replies awaited, in place of the nominal session. Among octets, `{header}` stands
    /// for the fields of a message, `{message}` for a whole one, `{header2}` and `{message2}` for a second.
    #[schemars(with = "Option<Vec<String>>")]
    pub script: Option<Vec<Spanned<String>>>,
    /// A hand-made ClientHello after STARTTLS.
    #[schemars(with = "Option<RawProbe>")]
    pub probe: Option<Spanned<RawProbe>>,
    /// A look at how the target asked for the whitelist of `[list]`.
    #[schemars(with = "Option<RawRequest>")]
    pub request: Option<Spanned<RawRequest>>,
    /// A look at the target's own certificate.
    #[schemars(with = "Option<RawInspect>")]
    pub inspect: Option<Spanned<RawInspect>>,
}

/// The peer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPeer {
    /// Name in the cast; `alpha` when left out.
    #[serde(default)]
    #[schemars(schema_with = "operator_schema")]
    pub operator: Option<Spanned<String>>,
    /// Certificate variant, or `none`; `valid` when left out.
    #[serde(default)]
    #[schemars(schema_with = "certificate_schema")]
    pub certificate: Option<Spanned<String>>,
    /// How it names itself in EHLO; `matches-certificate` when left out.
    #[serde(default)]
    #[schemars(schema_with = "ehlo_schema")]
    pub ehlo: Option<Spanned<String>>,
    /// Reverse name of its address; `valid` when left out.
    #[serde(default)]
    #[schemars(schema_with = "ptr_schema")]
    pub ptr: Option<Spanned<String>>,
    /// TLS versions that it offers; `any` when left out.
    #[schemars(with = "Option<PeerTls>")]
    pub tls: Option<Spanned<String>>,
    /// Whether a CRL published anew during the run revokes its certificate, a valid one until then.
    #[serde(default)]
    #[schemars(with = "Option<bool>")]
    pub revoked: Option<Spanned<bool>>,
    /// DN of its certificate in place of the operator's: one array for each RDN, the most specific
    /// first, of `TYPE=value`. Values stand as they are, with no quoting. Needs `listed`.
    #[schemars(with = "Option<Vec<Vec<String>>>")]
    pub dn: Option<Spanned<Vec<Vec<String>>>>,
    /// How that DN stands in the whitelist, by how the scenario was made.
    #[serde(default)]
    #[schemars(schema_with = "listed_schema")]
    pub listed: Option<Spanned<String>>,
}

/// The whitelist that the space serves: signed anew, and read anew by the target before the scenarios of that list are
/// played, after all others.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawList {
    /// What is wrong with it, or odd, or with how it is served; nothing when left out.
    #[serde(default)]
    #[schemars(with = "Option<ListFault>")]
    pub served: Option<Spanned<String>>,
    /// Domains all of whose entries are gone.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub remove: Vec<Spanned<String>>,
    /// Entries more.
    #[serde(default)]
    #[schemars(with = "Vec<RawListEntry>")]
    pub add: Vec<Spanned<RawListEntry>>,
}

/// An entry of the whitelist: of a domain, a DN as the list writes it, or that of an operator of the cast.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawListEntry {
    /// The mail domain.
    #[schemars(with = "String")]
    pub domain: Spanned<String>,
    /// The DN as the list writes it.
    #[schemars(with = "Option<String>")]
    pub dn: Option<Spanned<String>>,
    /// Name in the cast of the operator whose DN it is.
    #[serde(default)]
    #[schemars(schema_with = "operator_schema")]
    pub operator: Option<Spanned<String>>,
}

/// How a session of transactions is held.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawManner {
    /// Commands are sent together where the target offers PIPELINING (RFC 2920).
    #[serde(default)]
    pub pipelining: bool,
    /// RSET between any two transactions, and not after a refused one alone.
    #[serde(default)]
    pub reset: bool,
    /// The case of the verbs; `upper` when left out.
    #[schemars(with = "Option<Verbs>")]
    pub verbs: Option<Spanned<String>>,
}

/// The envelope.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEnvelope {
    /// Reverse-path without brackets, `<>`, or `none` for no MAIL; `{peer.from}` when left out.
    #[schemars(with = "Option<String>")]
    pub from: Option<Spanned<String>>,
    /// Recipients without brackets; `["{mailbox}"]` when left out.
    #[schemars(with = "Option<Vec<String>>")]
    pub to: Option<Vec<Spanned<String>>>,
    /// Parameters after the reverse-path, such as `BODY=8BITMIME`.
    #[schemars(with = "Option<String>")]
    pub mail_parameters: Option<Spanned<String>>,
    /// Form of the reverse-path, where it is not what the address looks like.
    #[serde(default)]
    #[schemars(schema_with = "form_schema")]
    pub form: Option<Spanned<String>>,
    /// How its domain stands in the whitelist, where the cast alone does not tell.
    #[serde(default)]
    #[schemars(schema_with = "domain_schema")]
    pub domain: Option<Spanned<String>>,
    /// How the peer's DN stands among those of that domain, where the whole list holds it otherwise.
    #[serde(default)]
    #[schemars(schema_with = "listed_schema")]
    pub listed: Option<Spanned<String>>,
}

/// The message.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMessage {
    /// Its kind; `text` when left out.
    #[schemars(with = "Option<MessageKind>")]
    pub kind: Option<Spanned<String>>,
    /// How long it is made, in octets, by lines of text at its end; for a `text` only.
    #[schemars(with = "Option<u32>")]
    pub size: Option<Spanned<u32>>,
    /// How it is handed over; `data` when left out. By BDAT, a target that does not offer CHUNKING is not
    /// concerned.
    #[schemars(with = "Option<Transfer>")]
    pub by: Option<Spanned<String>>,
}

/// What is expected.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawExpect {
    /// Outcome of the transaction or of the probe.
    #[schemars(with = "Option<Expected>")]
    pub outcome: Option<Spanned<String>>,
    /// For a script: tokens whose message must be delivered.
    #[schemars(with = "Option<Vec<String>>")]
    pub delivered: Option<Vec<Spanned<String>>>,
    /// For a script: tokens whose message must never be delivered.
    #[schemars(with = "Option<Vec<String>>")]
    pub not_delivered: Option<Vec<Spanned<String>>>,
    /// For a script: tokens whose message must never reach the third operator's domain.
    #[schemars(with = "Option<Vec<String>>")]
    pub not_relayed: Option<Vec<Spanned<String>>>,
    /// What of the delivery of the message the scenario is about: its faults are then its own.
    #[schemars(with = "Option<DeliverySubject>")]
    pub delivery: Option<Spanned<String>>,
    /// For a script: the form that every reply of the run must have.
    #[schemars(with = "Option<ReplyForm>")]
    pub replies: Option<Spanned<String>>,
}

/// One of several transactions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTransaction {
    /// As in `[envelope]`.
    #[schemars(with = "Option<String>")]
    pub from: Option<Spanned<String>>,
    /// As in `[envelope]`.
    #[schemars(with = "Option<Vec<String>>")]
    pub to: Option<Vec<Spanned<String>>>,
    /// As in `[envelope]`.
    #[schemars(with = "Option<String>")]
    pub mail_parameters: Option<Spanned<String>>,
    /// As in `[envelope]`.
    #[serde(default)]
    #[schemars(schema_with = "form_schema")]
    pub form: Option<Spanned<String>>,
    /// As in `[envelope]`.
    #[serde(default)]
    #[schemars(schema_with = "domain_schema")]
    pub domain: Option<Spanned<String>>,
    /// How the peer's DN stands among those of that domain, where the whole list holds it otherwise.
    #[serde(default)]
    #[schemars(schema_with = "listed_schema")]
    pub listed: Option<Spanned<String>>,
    /// Kind of the message; `text` when left out.
    #[schemars(with = "Option<MessageKind>")]
    pub message: Option<Spanned<String>>,
    /// How long the message is made, in octets, as in `[message]`.
    #[schemars(with = "Option<u32>")]
    pub size: Option<Spanned<u32>>,
    /// How it is handed over, as in `[message]`.
    #[schemars(with = "Option<Transfer>")]
    pub by: Option<Spanned<String>>,
    /// Outcome expected.
    #[schemars(with = "Expected")]
    pub outcome: Spanned<String>,
}

/// A probe.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawProbe {
    /// Its name.
    #[schemars(schema_with = "probe_schema")]
    pub hello: Spanned<String>,
}

/// An inspection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawInspect {
    /// What is looked at in the target's certificate.
    #[schemars(with = "Inspection")]
    pub certificate: Spanned<String>,
}

/// A look at requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRequest {
    /// What is looked at in how it asked for the whitelist.
    #[schemars(with = "ListRequest")]
    pub list: Spanned<String>,
}

/// The names that `peer.certificate` may take.
pub fn certificates() -> impl Iterator<Item = &'static str> {
    Variant::ALL.iter().map(|variant| variant.name()).chain([NONE])
}

/// The names that `probe.hello` may take.
pub fn probes() -> impl Iterator<Item = &'static str> {
    Probe::ALL.into_iter().map(Probe::name)
}

fn one_of(names: impl IntoIterator<Item = &'static str>) -> Schema {
    let names: Vec<&str> = names.into_iter().collect();
    json_schema!({ "type": "string", "enum": names })
}

fn operator_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(OPERATORS.iter().map(|operator| operator.name))
}

fn certificate_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(certificates())
}

fn ehlo_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(EhloStatus::NAMES.iter().map(|(name, _)| *name))
}

fn ptr_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(PtrStatus::NAMES.iter().map(|(name, _)| *name))
}

fn listed_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(DnStatus::NAMES.iter().map(|(name, _)| *name))
}

fn domain_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(DomainStatus::NAMES.iter().map(|(name, _)| *name))
}

fn form_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(forms().map(|(name, _)| name))
}

fn probe_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(probes())
}
