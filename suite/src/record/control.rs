//! The nominal messages sent beside the scenarios, and how a transcript is named.

use serde::{Deserialize, Serialize};

/// When a control is played.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before the first scenario.
    Before,
    /// After a changed world was undone: its place among the worlds of the catalogue, from 1.
    World(u32),
    /// After the last scenario.
    After,
}

/// The nominal message of a family, sent once more beside the scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ControlRecord {
    /// When.
    pub when: When,
    /// Of one after a changed world, how often the run had been resumed then; 0 of the others, which the last part of a
    /// run makes anew.
    #[serde(default, skip_serializing_if = "is_first")]
    pub part: u32,
    /// Whether it was accepted.
    pub accepted: bool,
    /// What was observed, in French.
    pub observed: String,
    /// Its transcript.
    pub transcript: TranscriptRef,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(part: &u32) -> bool {
    *part == 0
}

/// A transcript file and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TranscriptRef {
    /// Path relative to the record's folder.
    pub path: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}
