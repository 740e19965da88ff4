//! What the oracle answers: how each outcome would be graded, and by which rules.

use serde::{Deserialize, Serialize};

use super::ClauseId;

/// How one outcome is graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// In order.
    Conforming,
    /// Permitted, with a remark (a SHOULD not met).
    Remark,
    /// A MUST is broken.
    NonConforming,
}

impl Grade {
    /// The worse of the two.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        self.max(other)
    }
}

/// What a target did with one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// 2xx after the final dot.
    Accepted,
    /// Refused in any of the ways real servers refuse.
    Refused,
}

/// What a rule found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The rule is met.
    Met,
    /// The rule does not apply to these facts.
    NotApplicable,
    /// The rule is broken: refusal is demanded.
    Broken,
    /// The rule is broken in a way that SHOULD be refused.
    ShouldRefuse,
    /// Equal only by a reading that SHOULD be accepted.
    ShouldAccept,
    /// The sources leave the point open: both outcomes are permitted.
    Open,
}

/// One rule applied: a step of the rule path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Rule {
    /// The clause.
    pub clause: ClauseId,
    /// What it found.
    pub finding: Finding,
    /// Why, in French, for a report.
    pub why: &'static str,
}

/// The decision: both outcomes graded, the clause that decides, and the way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Grade of an acceptance.
    pub accept: Grade,
    /// Grade of a refusal.
    pub refuse: Grade,
    /// The clause that decides: the first one broken or open, else the last one.
    pub clause: ClauseId,
    /// Whether a strict refusal gives its reason (5b, 5c: TM3.1P/5d).
    pub reason_due: bool,
    /// The rules applied, in order.
    pub path: Vec<Rule>,
    /// Entry of `scenarios/interpretations.md` that settles an open point, by its heading's slug.
    pub interpretation: Option<&'static str>,
}

impl Decision {
    /// The grade of `outcome`.
    #[must_use]
    pub fn grade(&self, outcome: Outcome) -> Grade {
        match outcome {
            Outcome::Accepted => self.accept,
            Outcome::Refused => self.refuse,
        }
    }
}
