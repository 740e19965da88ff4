//! A family, checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{oracle::ClauseId, record::Level, scenario::ScenarioId};

/// One transaction of the trust space, and what the suite says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its folder below `scenarios/`, such as `reception`; the first part of its scenarios' ids.
    pub folder: String,
    /// Its title, in French: `Réception du courrier MSSanté`.
    pub title: String,
    /// The transaction's name in the DSFT: `TM3.1P`.
    pub transaction: String,
    /// By which facts and rules its scenarios are judged, and who plays them.
    pub rules: Rules,
    /// What a run of it covers, in French, without a full stop.
    pub scope: String,
    /// The scenario that is accepted where nothing is wrong, by which it is known that the target still lives.
    pub nominal: ScenarioId,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// What it leaves untested, whatever the run.
    pub outside: Vec<Titled>,
    /// Its clauses, in the order of their source.
    pub clauses: Vec<Clause>,
}

impl Family {
    /// The step in whose folder a scenario of the family lies.
    #[must_use]
    pub fn step(&self, id: &ScenarioId) -> Option<&Step> {
        let below = id.as_str().strip_prefix(self.folder.as_str())?.strip_prefix('/')?;
        let (folder, _) = below.rsplit_once('/')?;
        self.steps.iter().find(|step| step.folder == folder)
    }
}

/// A step of a transaction, and the folder of its scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The folder below the family's, such as `4-certificat`.
    pub folder: String,
    /// What the step is, in French.
    pub title: String,
}

/// A text under a title, both in French.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Titled {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
}

/// A clause as `clauses.toml` words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its id.
    pub id: ClauseId,
    /// Its wording, in French, quoted from its source.
    pub wording: String,
    /// Its source, such as `ERR §2.2 étape 4`.
    pub source: String,
    /// How strong it is.
    pub level: Level,
    /// Numbers of the current Référentiel #1 that the operator mapped it to.
    pub referentiel: Vec<String>,
    /// What could come of it where it is not kept.
    pub consequence: Consequence,
}

/// What a peer or a third party could do where a clause is not kept, a French sentence for each way in which
/// a scenario can miss it; a scenario of which they would not be true has its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consequence {
    /// What was to be refused is accepted.
    pub accepted: Option<String>,
    /// What was to be accepted is refused, lost or altered.
    pub refused: Option<String>,
    /// Anything else: a dialogue that goes another way, several transactions of which one does.
    pub otherwise: Option<String>,
}

/// The facts and rules by which scenarios are judged: all that code knows of a family. `Rules::oracle`, in
/// `scenario/facts.rs`, has the oracle of each, and nothing else looks at which one it is.
/// A variant is added where a transaction is played or decided in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rules {
    /// A peer sends mail to the target, which takes it or refuses it (`oracle::reception`).
    Reception,
    /// The same mail, by a whitelist that changes, is spoilt or cannot be had (`oracle::liste_blanche`).
    ListeBlanche,
    /// A door and a key, of the tests (`oracle::trial`).
    #[cfg(test)]
    #[schemars(skip)]
    Trial,
}

impl Rules {
    /// All that files may name.
    pub const ALL: &'static [Self] = &[Self::Reception, Self::ListeBlanche];
}
