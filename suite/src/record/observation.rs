//! What the transcripts of a run show together that is worth a word, and no fault.

use serde::{Deserialize, Serialize};

/// Something that one target does not usually show, and may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The target showed several certificates: subject and SHA-256 of each.
    Certificates(Vec<String>),
    /// The target greeted under several names.
    Greetings(Vec<String>),
    /// The target announced several sets of extensions where it stood alike: in clear, or inside TLS. Each in French.
    Extensions(Vec<String>),
    /// A target that is not the embedded proxy greets as it.
    Reference,
}
