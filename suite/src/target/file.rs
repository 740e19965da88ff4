//! The keys of `target.toml`: what an operator declares of its proxy.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::RefreshTable;

/// `target.toml` as written. Unknown keys are errors.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetFile {
    /// The operator's name, for the report.
    pub name: String,
    /// Host name or address of the proxy.
    pub host: String,
    /// Port, 25 if absent.
    pub port: Option<u16>,
    /// The MX host, which is the CN of its certificate (GUIDE).
    pub mx_host: Option<String>,
    /// The DN of its certificate, as the whitelist writes it.
    pub dn: Option<String>,
    /// Its mail domains.
    pub domains: Vec<String>,
    /// The target trusts the simulated space's root and reads its whitelist.
    pub trusts_space: bool,
    /// The target checks certificates against the simulated space's CRLs.
    pub uses_crl: bool,
    /// The target asks the simulated space's DNS server.
    pub uses_dns: bool,
    /// Confirms a target that is not on loopback, as `--yes` does.
    pub confirm: bool,
    /// Asks for the scenarios that could hurt a weak server.
    pub destructive: bool,
    /// Pause before each scenario, in milliseconds.
    pub pace_ms: u64,
    /// Connections at once, at most (8 if absent).
    pub max_connections: Option<usize>,
    /// How long a reply may take, in seconds (10 if absent).
    pub reply_seconds: Option<u64>,
    /// How long what the target puts off (4xx) is tried again, in seconds (3 if absent).
    pub retry_seconds: Option<u64>,
    /// Scenarios declared not applicable, by id, each with the reason.
    pub not_applicable: BTreeMap<String, String>,
    /// Mailboxes for tests.
    pub mailboxes: MailboxesTable,
    /// How deliveries can be observed.
    pub delivery: DeliveryTable,
    /// Where the target's outgoing mail is caught.
    pub outgoing: OutgoingTable,
    /// How the target reads anew what the simulated space serves.
    pub refresh: RefreshTable,
}

/// `[mailboxes]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailboxesTable {
    /// A mailbox that exists; its content may be lost.
    pub valid: Option<String>,
    /// A second one.
    pub second: Option<String>,
    /// An address of the target's domain that does not exist.
    pub unknown: Option<String>,
}

/// `[delivery]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryTable {
    /// `none`, `maildir` or `sink`.
    pub observe: Observe,
    /// For `maildir`: the folders, each with `new/` and `cur/`, or one above them.
    pub maildirs: Vec<PathBuf>,
    /// For `sink`: the address at which the suite receives by SMTP or LMTP.
    pub sink: Option<String>,
    /// For `sink`: what the target speaks to it.
    pub protocol: DeliveryProtocol,
    /// How long a delivery may take, in seconds (5 if absent).
    pub delay_seconds: Option<u64>,
}

/// How deliveries can be observed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Observe {
    /// They cannot.
    #[default]
    None,
    /// In maildirs that the suite can read.
    Maildir,
    /// By SMTP or LMTP to the suite.
    Sink,
}

/// What the target delivers by, to the suite.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryProtocol {
    /// SMTP (RFC 5321).
    #[default]
    Smtp,
    /// LMTP (RFC 2033).
    Lmtp,
}

/// `[outgoing]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutgoingTable {
    /// The address at which the suite receives all that the target sends out (its smarthost).
    pub sink: Option<String>,
}
