//! What the oracle answers: how each outcome would be graded, and by which rules.

use serde::{Deserialize, Serialize};

use super::ClauseId;

/// How one outcome is graded.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// What its breach must be backed by.
    pub proof: Proof,
    /// Whether a strict refusal under it gives its reason.
    pub reasoned: bool,
}

impl Rule {
    /// One whose breach needs more than the reply as proof.
    #[must_use]
    pub fn needing(self, proof: Proof) -> Self {
        Self { proof, ..self }
    }

    /// One under which a strict refusal gives its reason.
    #[must_use]
    pub fn reasoned(self) -> Self {
        Self { reasoned: true, ..self }
    }

    /// The same once it is known that the target could know of the revocation which it is about.
    fn proven(self) -> Self {
        match self.proof {
            Proof::Revocation => self.needing(Proof::Reply),
            _ => self,
        }
    }

    /// The same where nothing shows that the target could know of the revocation which it is about.
    fn unproven(self) -> Self {
        match self.proof {
            Proof::Revocation => Self {
                finding: Finding::OpenRemark,
                why: "certificat révoqué, mais rien ne montre que la cible lit la CRL de l'espace",
                ..self
            },
            _ => self,
        }
    }
}

/// What the breach of a rule must be backed by before the grade of an acceptance counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The 2xx after the final dot is enough.
    Reply,
    /// Only a delivery to the foreign domain shows a relay; a 250 alone shows nothing.
    Relay,
    /// Only a target known to use the space's CRL can be blamed; else it is inconclusive.
    Revocation,
}

/// A rule of a family: what it finds in the facts.
pub type RuleOf<F> = fn(&F) -> Rule;

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
    /// Whether a strict refusal gives its reason, as the deciding rule wants, and no rule before it gives
    /// another ground for a refusal, be it a bare one.
    pub reason_due: bool,
    /// Every rule in order, those that do not apply included.
    pub path: Vec<Rule>,
    /// Entry of `scenarios/interpretations.md` that settles the deciding rule, by its slug.
    pub interpretation: Option<&'static str>,
}

impl Decision {
    /// Applies the rules of a family to its facts, in their order; none hides another. They combine by the
    /// greatest [`Finding`]:
    ///
    /// | greatest finding | acceptance | refusal |
    /// |---|---|---|
    /// | met | in order | non-conforming |
    /// | should accept | in order | remark |
    /// | open | in order | in order |
    /// | open, with a remark | remark | in order |
    /// | should refuse | remark | in order |
    /// | broken | non-conforming | in order |
    ///
    /// Down the table an acceptance never gets better and a refusal never worse, so that one more defect
    /// never makes a refusal less permitted. One outcome at least is always in order.
    ///
    /// # Panics
    /// Without a rule.
    #[must_use]
    pub fn by<F>(rules: &[RuleOf<F>], facts: &F) -> Self {
        Self::of(rules.iter().map(|rule| rule(facts)).collect())
    }

    /// The decision by rules applied.
    fn of(path: Vec<Rule>) -> Self {
        let at = deciding(&path);
        let Rule { clause, finding, interpretation, proof, reasoned, .. } = path[at];
        Self {
            accept: finding.accept(),
            refuse: finding.refuse(),
            proof,
            clause,
            reason_due: finding == Finding::Broken
                && reasoned
                && path[..at].iter().all(|rule| rule.reasoned || rule.finding <= Finding::Met),
            path,
            interpretation,
        }
    }

    /// The same where it is known that the target could know of a revocation, or where nothing shows that:
    /// a revoked certificate is no ground to blame an acceptance then, and an acceptance in which nothing
    /// else decides tells nothing ([`Proof::Revocation`]).
    #[must_use]
    pub fn knowing_of_revocations(self, known: bool) -> Self {
        let settle = if known { Rule::proven } else { Rule::unproven };
        Self::of(self.path.into_iter().map(settle).collect())
    }

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

/// The first rule with the greatest finding; when all are met, the last one applied.
fn deciding(path: &[Rule]) -> usize {
    let mut best = 0;
    for (at, rule) in path.iter().enumerate() {
        let best_finding = path[best].finding;
        if rule.finding > best_finding
            || (rule.finding == best_finding && rule.finding == Finding::Met)
        {
            best = at;
        }
    }
    best
}
