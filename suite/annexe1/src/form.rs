//! The form as data: `annexe1.toml`, one key a field of the GUIDE's form.

use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};

/// `annexe1.toml`. What the form lets stand empty is an `Option`; an obligatory text that is
/// missing is empty, and [`check`](super::check) says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// The two boxes at the head of the form; exactly one is ticked.
    pub space: SpaceBoxes,
    /// 1. Identification of the operator.
    pub operator: Operator,
    /// 2. Its legal representative; absent when what the agency holds is to stay.
    pub legal_representative: Option<LegalRepresentative>,
    /// The project manager; absent when what the agency holds is to stay.
    pub project_manager: Option<Contact>,
    /// The technical manager, where it is another person.
    pub technical_manager: Option<Contact>,
    /// 3. Contacts for incidents between operators: the whitelist shows them to all.
    pub incident: Option<IncidentContacts>,
    /// 4. The DNS method; exactly one.
    pub dns: DnsMethod,
    /// The domains that the form is about.
    pub domains: Domains,
}

/// `[space]`: the boxes TEST and PRODUCTION.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpaceBoxes {
    /// The box TEST.
    pub test: bool,
    /// The box PRODUCTION.
    pub production: bool,
}

/// `[operator]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operator {
    /// Its name as in the contract.
    pub name: String,
    /// The DNs of its certificates, as the whitelist writes them: one, or two.
    pub dn: Vec<String>,
    /// The mailbox that answers automatically.
    pub auto_reply: String,
    /// The vendor of the connector, where it is not the operator itself.
    pub connector: Option<Connector>,
}

/// `[operator.connector]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Connector {
    /// Who makes the proxy.
    pub vendor: String,
    /// Its version. No field of the form, but the documents that go with it name it (GUIDE p. 16).
    pub version: String,
}

/// `[legal_representative]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LegalRepresentative {
    /// Name of the structure.
    pub structure: String,
    /// Its identifier: FINESS, or SIRET where it has none.
    pub identifier: String,
    /// Family name.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Postal address.
    pub address: String,
    /// Telephone number.
    pub phone: String,
    /// Mail address.
    pub email: String,
}

/// A person, or a service that answers under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// Family name.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Telephone number.
    pub phone: String,
    /// Mail address.
    pub email: String,
}

/// `[incident]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IncidentContacts {
    /// `ResponsableContact` of the whitelist.
    pub project: Contact,
    /// `SupportContact` of the whitelist.
    pub technical: Contact,
}

/// `[dns]`: one of the two tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DnsMethod {
    /// Method 1: the operator's own name servers.
    pub delegation: Option<Delegation>,
    /// Method 2: the operator's mail server.
    pub redirection: Option<Redirection>,
}

/// `[dns.delegation]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Delegation {
    /// Primary name server.
    pub primary: String,
    /// Secondary name server.
    pub secondary: String,
}

/// `[dns.redirection]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Redirection {
    /// The mail server, which is the CN of the certificate.
    pub server: String,
}

/// `[domains]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Domains {
    /// To be added to the whitelist.
    pub add: Vec<String>,
    /// In the whitelist, to be changed.
    pub modify: Vec<String>,
    /// To be taken out of the whitelist.
    pub remove: Vec<String>,
}

impl Domains {
    /// Every domain with its field.
    pub fn all(&self) -> impl Iterator<Item = (String, &str)> {
        [("add", &self.add), ("modify", &self.modify), ("remove", &self.remove)]
            .into_iter()
            .flat_map(|(list, domains)| numbered(&format!("domains.{list}"), domains))
    }

    /// Those that the operator's server will receive for: all but the removed ones.
    pub fn kept(&self) -> impl Iterator<Item = (String, &str)> {
        self.all().filter(|(field, _)| !field.starts_with("domains.remove"))
    }
}

/// The texts of a list, each with its field.
pub(super) fn numbered<'t>(
    list: &str,
    texts: &'t [String],
) -> impl Iterator<Item = (String, &'t str)> + use<'t> {
    let list = list.to_owned();
    texts.iter().enumerate().map(move |(rank, text)| (format!("{list}[{rank}]"), text.as_str()))
}

/// The JSON Schema of the file, for editors.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", schema_for!(Form).to_value())
}
