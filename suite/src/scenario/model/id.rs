//! The name of a scenario.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

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

    /// The file name of its transcript, such as `reception-6-fin-quit.jsonl`. No two scenarios of a library have one,
    /// and none has that of a control.
    #[must_use]
    pub fn transcript_name(&self) -> String {
        format!("{}.jsonl", self.0.replace('/', "-"))
    }
}

impl fmt::Display for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
