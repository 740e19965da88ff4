//! What a run and its scenarios come to.

use serde::{Deserialize, Serialize};

use super::ScenarioRecord;

/// The conclusion of a run, always *sur le périmètre testé*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// Every `must` was tested and met.
    Concluant,
    /// At least one `must` failed.
    NonConcluant,
    /// Neither: harness or environment trouble, or a `must` untested.
    Inconclusive,
}

/// The verdict on one scenario.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected.
    Pass,
    /// A SHOULD not met, or refused in a lesser way; a failure under `--strict`.
    PassWithRemark,
    /// A MUST is broken.
    Fail,
    /// Not judged: harness trouble, a fault not seen to be in place, a failing twin.
    Inconclusive,
    /// Not played: the target does not offer what it needs.
    Skipped,
    /// Declared not applicable by the operator.
    NotApplicable,
}

/// Level of a scenario.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Required by a sentence of ERR, GUIDE or an RFC.
    Must,
    /// Recommended.
    Should,
    /// Observed and reported; every outcome is permitted.
    May,
}

/// How much of a target can be learnt.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// *Boîte noire*: nothing was prepared at the target.
    BlackBox,
    /// *Espace simulé*: the target trusts the exported kit.
    SimulatedSpace,
}

/// Counts of verdicts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Summary {
    /// Scenarios that passed.
    pub pass: u32,
    /// Passed with a remark.
    pub pass_with_remark: u32,
    /// Failed.
    pub fail: u32,
    /// Inconclusive.
    pub inconclusive: u32,
    /// Skipped.
    pub skipped: u32,
    /// Not applicable.
    pub not_applicable: u32,
}

impl Summary {
    /// The count of these scenarios' verdicts.
    #[must_use]
    pub fn of(scenarios: &[ScenarioRecord]) -> Self {
        let mut summary = Self::default();
        for scenario in scenarios {
            *match scenario.verdict {
                Verdict::Pass => &mut summary.pass,
                Verdict::PassWithRemark => &mut summary.pass_with_remark,
                Verdict::Fail => &mut summary.fail,
                Verdict::Inconclusive => &mut summary.inconclusive,
                Verdict::Skipped => &mut summary.skipped,
                Verdict::NotApplicable => &mut summary.not_applicable,
            } += 1;
        }
        summary
    }
}
