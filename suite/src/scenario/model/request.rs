//! What is looked at in how the target asks for the whitelist.

use serde::{Deserialize, Serialize};

/// What is looked at in how the target asks for the whitelist, once it was made to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListRequest {
    /// That it names the list's host in the Host field (RFC 9112 §3.2).
    Host,
    /// That it names the list's host in its ClientHello (RFC 6066 §3).
    ServerName,
    /// Whether it says which list it has (RFC 9110 §13).
    Conditional,
    /// That it asks for no external entity of the list's (XML 1.0 §4.4.3).
    Entity,
}
