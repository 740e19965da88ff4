//! What the oracle answers: how each outcome would be graded, and by which rules.

use serde::{Deserialize, Serialize};

use super::{ClauseId, session::Reply};

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
    /// Why the point is open, in French, where that proof is lacking; `None` where the run decides it message by
    /// message.
    pub lacking: Option<&'static str>,
    /// Whether a strict refusal under it gives its reason.
    pub reasoned: bool,
    /// The strict refusal under it: 5xx, enhanced code, reason.
    pub refusal: Reply,
    /// The acceptance that it permits, in French, where a bare one is not enough.
    pub acceptance: Option<&'static str>,
}

impl Rule {
    /// A rule of that clause, whose finding follows from a source, and whose breach the reply proves.
    #[must_use]
    pub fn new(clause: ClauseId, finding: Finding, why: &'static str) -> Self {
        Self {
            clause,
            finding,
            why,
            interpretation: None,
            proof: Proof::Reply,
            lacking: None,
            reasoned: false,
            refusal: Reply::REFUSED,
            acceptance: None,
        }
    }

    /// One that rests on an entry of the interpretation register.
    #[must_use]
    pub fn read_by(self, entry: &'static str) -> Self {
        Self { interpretation: Some(entry), ..self }
    }

    /// One whose breach needs more than the reply as proof.
    #[must_use]
    pub fn needing(self, proof: Proof) -> Self {
        Self { proof, ..self }
    }

    /// One whose breach needs a proof that a run may lack as a whole: the point is open then, for this reason in
    /// French.
    #[must_use]
    pub fn needing_or(self, proof: Proof, lacking: &'static str) -> Self {
        Self { proof, lacking: Some(lacking), ..self }
    }

    /// One under which a strict refusal gives its reason.
    #[must_use]
    pub fn reasoned(self) -> Self {
        Self { reasoned: true, ..self }
    }

    /// One under which a strict refusal is this one.
    #[must_use]
    pub fn refused_by(self, refusal: Reply) -> Self {
        Self { refusal, ..self }
    }

    /// One that permits this acceptance, in French, where a bare one is not enough.
    #[must_use]
    pub fn accepted_by(self, acceptance: &'static str) -> Self {
        Self { acceptance: Some(acceptance), ..self }
    }

    /// The same once it is known whether a run has that proof.
    fn settled(self, proof: Proof, known: bool) -> Self {
        match self.lacking {
            Some(_) if self.proof == proof && known => self.needing(Proof::Reply),
            Some(why) if self.proof == proof => Self { finding: Finding::OpenRemark, why, ..self },
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
    /// The strict refusal of what the deciding rule is about.
    pub refusal: Reply,
    /// The acceptance that the deciding rule permits, in French, where a bare one is not enough.
    pub acceptance: Option<&'static str>,
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
        let Rule { clause, finding, interpretation, proof, reasoned, refusal, acceptance, .. } =
            path[at];
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
            refusal,
            acceptance,
        }
    }

    /// The same once it is `known` whether the run has a proof that rules need as a whole: without it their breach
    /// is no ground to blame an acceptance, and an acceptance in which nothing else decides tells nothing.
    #[must_use]
    pub fn settled(self, proof: Proof, known: bool) -> Self {
        Self::of(self.path.into_iter().map(|rule| rule.settled(proof, known)).collect())
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
