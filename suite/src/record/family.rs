//! A family and the clauses, as a reader of a record needs them.

use serde::{Deserialize, Serialize};

use super::{ControlRecord, RunVerdict, Summary};
use crate::family::{Step, Titled};

/// A family as a reader needs it, and what came of its scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FamilyRecord {
    /// Its folder, the first part of its scenarios' ids.
    pub folder: String,
    /// Its title, in French: `Réception du courrier MSSanté`.
    pub title: String,
    /// The transaction's name in the DSFT: `TM3.1P`.
    pub transaction: String,
    /// What a run of it covers, in French.
    pub scope: String,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// What it leaves untested, whatever the run.
    pub outside: Vec<Titled>,
    /// Conclusion on its scenarios alone.
    pub verdict: RunVerdict,
    /// Counts of its scenarios.
    pub summary: Summary,
    /// Its controls: its nominal message before the first scenario of the run and after the last.
    pub controls: Vec<ControlRecord>,
}

/// The folder of the family of a scenario: the first part of its id.
#[must_use]
pub fn family_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(family, _)| family)
}

/// A clause as a reader needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClauseRecord {
    /// Wording, in French.
    pub wording: String,
    /// Source, such as `ERR §2.2 étape 4`.
    pub source: String,
    /// Numbers of the current Référentiel #1 that the operator mapped it to.
    pub referentiel: Vec<String>,
}
