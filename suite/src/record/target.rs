//! The target of a run, and the space that was around it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The target as the run saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TargetRecord {
    /// The operator's name, or `proxy de référence embarqué`.
    pub name: String,
    /// `host:port` as given.
    pub address: String,
    /// The MX host that it declares.
    pub mx_host: Option<String>,
    /// The DN that it declares.
    pub dn: Option<String>,
    /// The certificate it presented in the first control, subject in the whitelist's order.
    pub certificate: Option<String>,
    /// Whether it is the embedded reference proxy.
    pub embedded: bool,
    /// Capabilities it offers, by name.
    pub capabilities: Vec<String>,
    /// What its operator declared in `target.toml`; `None` for the embedded proxy.
    #[serde(default)]
    pub declaration: Option<Declaration>,
}

/// What an operator declared of its proxy, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Declaration {
    /// Its mail domains.
    pub domains: Vec<String>,
    /// The mailbox that exists.
    pub mailbox: Option<String>,
    /// A second one.
    pub second: Option<String>,
    /// An address that does not exist.
    pub unknown: Option<String>,
    /// How deliveries were observed, in French; `None` where they were not.
    pub delivery: Option<String>,
    /// How long a delivery may take, in milliseconds.
    pub delivery_ms: u64,
    /// Where its outgoing mail was caught.
    pub outgoing: Option<String>,
    /// It trusts the simulated space.
    pub trusts_space: bool,
    /// It checks the space's CRLs.
    pub uses_crl: bool,
    /// It asks the space's DNS server.
    pub uses_dns: bool,
    /// How it reads the space's whitelist anew, in French; `None` where it does not.
    pub list_refresh: Option<String>,
    /// How it reads the space's CRLs anew, likewise.
    pub crl_refresh: Option<String>,
    /// Scenarios that could hurt a weak server were asked for.
    pub destructive: bool,
    /// Pause before each scenario, in milliseconds.
    pub pace_ms: u64,
    /// Connections at once, at most.
    pub max_connections: usize,
    /// How long a reply may take, in milliseconds.
    pub reply_ms: u64,
    /// How long what it puts off is tried again, in milliseconds.
    #[serde(default)]
    pub retry_ms: u64,
    /// Scenarios declared not applicable, by id, each with the reason that the operator gives.
    pub not_applicable: BTreeMap<String, String>,
}

/// The simulated space of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WorldRecord {
    /// Folder of a persistent space.
    pub space: Option<String>,
    /// SHA-256 of the whitelist's file.
    pub whitelist_sha256: String,
    /// Number of its entries.
    pub whitelist_entries: u32,
    /// URL at which it is served.
    pub whitelist_url: String,
    /// URL prefix of the CRLs.
    pub crl_url: String,
    /// Address of the DNS server.
    pub dns: String,
    /// Subject of the TEST root.
    pub root: String,
    /// SHA-256 of the root's DER.
    pub root_sha256: String,
}
