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

/// What a rule found, from "nothing against it" to "refusal is demanded".
///
/// The order is the one in which findings combine: the greatest of a path decides, since each step
/// up makes an acceptance no better and a refusal no worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The rule does not apply to these facts.
    NotApplicable,
    /// The rule is met.
    Met,
    /// Equal only by a reading that SHOULD be accepted.
    ShouldAccept,
    /// The sources leave the point open: both outcomes are permitted.
    Open,
    /// Open as well, but an acceptance is worth a remark.
    OpenRemark,
    /// The rule is broken in a way that SHOULD be refused.
    ShouldRefuse,
    /// The rule is broken: refusal is demanded.
    Broken,
}

impl Finding {
    /// How an acceptance is graded when this is the greatest finding.
    #[must_use]
    pub fn accept(self) -> Grade {
        match self {
            Self::NotApplicable | Self::Met | Self::ShouldAccept | Self::Open => Grade::Conforming,
            Self::OpenRemark | Self::ShouldRefuse => Grade::Remark,
            Self::Broken => Grade::NonConforming,
        }
    }

    /// How a refusal is graded when this is the greatest finding.
    #[must_use]
    pub fn refuse(self) -> Grade {
        match self {
            Self::NotApplicable | Self::Met => Grade::NonConforming,
            Self::ShouldAccept => Grade::Remark,
            Self::Open | Self::OpenRemark | Self::ShouldRefuse | Self::Broken => Grade::Conforming,
        }
    }
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
    /// Slug of the entry of the interpretation register that settles it, where the sources do not.
    pub interpretation: Option<&'static str>,
}

/// What an acceptance must be backed by before its grade counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The 2xx after the final dot is enough.
    Reply,
    /// Only a delivery to the foreign domain shows a relay; a 250 alone shows nothing.
    Relay,
    /// Only a target known to use the space's CRL can be blamed; else it is inconclusive.
    Revocation,
}

/// The number of rules: every decision walks through all of them, in ERR's order.
pub const RULES: usize = 12;

/// The decision: both outcomes graded, the clause that decides, and the way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Grade of an acceptance.
    pub accept: Grade,
    /// Grade of a refusal.
    pub refuse: Grade,
    /// What an acceptance must be backed by before [`Self::accept`] counts.
    pub proof: Proof,
    /// The clause that decides: the first one with the greatest finding, or the last one applied
    /// when all are met.
    pub clause: ClauseId,
    /// Whether a strict refusal gives its reason (5a, 5b, 5c: TM3.1P/5d).
    pub reason_due: bool,
    /// Every rule in order, those that do not apply included.
    pub path: [Rule; RULES],
    /// Entry of `scenarios/interpretations.md` that settles the deciding rule, by its slug.
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

    /// The rules that apply to the facts.
    pub fn applied(&self) -> impl Iterator<Item = &Rule> {
        self.path.iter().filter(|rule| rule.finding != Finding::NotApplicable)
    }

    /// The greatest finding, from which both grades follow.
    #[must_use]
    pub fn finding(&self) -> Finding {
        self.path.iter().map(|rule| rule.finding).max().unwrap_or(Finding::NotApplicable)
    }

    /// The clauses that a refusal seen from outside may rest on.
    ///
    /// With a sender in the envelope, 4b, 5b and 5c cannot be told apart: a verdict names the three.
    /// Only `<>` isolates 4b.
    #[must_use]
    pub fn indistinguishable(&self) -> &'static [ClauseId] {
        const WITH_SENDER: [ClauseId; 3] =
            [ClauseId::DnListed, ClauseId::DomainListed, ClauseId::DomainMapped];
        let sender = self.path.iter().any(|rule| {
            rule.clause == ClauseId::DomainListed && rule.finding != Finding::NotApplicable
        });
        if sender && WITH_SENDER.contains(&self.clause) {
            return &WITH_SENDER;
        }
        self.clause.alone()
    }
}
