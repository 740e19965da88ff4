//! The peer that plays a scenario.

use fixtures::{dn::DistinguishedName, pki::Variant};
use serde::{Deserialize, Serialize};

use crate::oracle::reception::facts::{DnStatus, EhloStatus, PtrStatus};

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
    /// Whether the CRL of its authority is published anew and revokes its certificate.
    pub revoked: bool,
    /// How its DN stands in the whitelist, where the scenario says so: by how it was made, looked up
    /// nowhere.
    pub listed: Option<DnStatus>,
}
