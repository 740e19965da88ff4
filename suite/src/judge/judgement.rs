//! A verdict and its grounds.

use std::{collections::BTreeSet, time::Duration};

use fixtures::smtp::transcript::{Entry, Stage};

use super::{Campaign, DeliveryFault};
use crate::{observe::Weak, record::Verdict, scenario::model::DeliverySubject};

/// The twin of a scenario, as far as the run knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Twin {
    /// The scenario has none.
    None,
    /// It went as expected in this run: what it sends was accepted, whatever became of it.
    Passed,
    /// It did not: why, in French.
    NotPassed(String),
    /// It was played, and the target is not concerned: why, in French.
    NotConcerned(String),
}

/// What a judgement rests on, beside the decision.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The transcript.
    pub entries: &'a [Entry],
    /// The twin.
    pub twin: Twin,
    /// Whether the nominal message that came next was accepted, after the scenario's world or at the end of the run; `None`
    /// while it goes on.
    pub control_after: Option<bool>,
    /// How long what is put off is tried again.
    pub patience: Duration,
    /// What the whole run shows; `None` while it goes on.
    pub campaign: Option<&'a Campaign>,
    /// Whether deliveries can be observed.
    pub delivery_observed: bool,
    /// Whether the target's outgoing mail can be observed.
    pub outgoing_observed: bool,
    /// Whether the target is the embedded reference proxy, which asks no other DNS than ours.
    pub embedded: bool,
    /// Whether the scenario is the nominal one, which has no twin.
    pub is_nominal: bool,
    /// What of deliveries the scenario is about, if of any.
    pub delivery: Option<DeliverySubject>,
    /// Faults of deliveries that are none of the scenario's making; `None` while the run goes on.
    pub usual: Option<BTreeSet<DeliveryFault>>,
}

impl Context<'_> {
    /// Why an end of this kind is no answer in this run, if so.
    #[must_use]
    pub fn distrusts(&self, weak: Weak) -> Option<String> {
        self.campaign.and_then(|campaign| campaign.distrusts(weak))
    }

    /// Why a greeting that did not come tells nothing of its peer in this run, if so.
    #[must_use]
    pub fn untrusted_greeting(&self) -> Option<String> {
        self.campaign.and_then(Campaign::greets_late)
    }

    /// Whether deliveries are not only declared observable: one was seen. Trusted until the run ends.
    #[must_use]
    pub fn delivery_works(&self) -> bool {
        self.delivery_observed && self.campaign.is_none_or(Campaign::saw_a_delivery)
    }

    /// Whether a fault of a delivery is this scenario's to tell: it is about it, or nothing but what it
    /// changes brings it about. While the run goes on, no other scenario's is known to be its own.
    #[must_use]
    pub fn blames(&self, fault: DeliveryFault) -> bool {
        self.is_about(fault) || self.usual.as_ref().is_some_and(|usual| !usual.contains(&fault))
    }

    /// Whether the scenario is there to tell of this fault.
    #[must_use]
    pub fn is_about(&self, fault: DeliveryFault) -> bool {
        self.delivery.is_some_and(|subject| fault.is_of(subject))
    }

    /// Why a refusal cannot be laid to the tested cause, if it cannot.
    #[must_use]
    pub fn untrusted_control(&self) -> Option<String> {
        match (&self.twin, self.control_after) {
            (Twin::NotPassed(why) | Twin::NotConcerned(why), _) => {
                Some(format!("le témoin n'a pas été accepté ({why})"))
            }
            (_, Some(false)) => Some("le message de contrôle qui suit n'est pas accepté".into()),
            _ => None,
        }
    }
}

/// A verdict and its grounds, in French where a reader sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Stage of the decisive event.
    pub stage: Option<Stage>,
    /// What was expected.
    pub expected: String,
    /// What was observed.
    pub observed: String,
    /// Why this verdict.
    pub reason: String,
    /// Whether the target did otherwise than expected, even where its level lets that pass: such a
    /// scenario is nobody's twin.
    pub unmet: bool,
    /// Whether the remark is about what the run could not show, and not about what the target did: no
    /// strictness makes a failure of it.
    pub untold: bool,
    /// Whether the target accepted in the session what it had to: another one's refusal can be held
    /// against that (RFC 5321 §4.2.1), whatever became of the message afterwards.
    pub taken: bool,
}

impl Judgement {
    /// A judgement in the making, with its observation.
    #[must_use]
    pub fn at(stage: Stage, observed: String) -> Self {
        Self {
            verdict: Verdict::Inconclusive,
            stage: Some(stage),
            expected: String::new(),
            observed,
            reason: String::new(),
            unmet: false,
            untold: false,
            taken: false,
        }
    }

    /// Nothing could be judged.
    #[must_use]
    pub fn inconclusive(cause: String) -> Self {
        Self {
            verdict: Verdict::Inconclusive,
            stage: None,
            expected: String::new(),
            observed: cause.clone(),
            reason: cause,
            unmet: false,
            untold: false,
            taken: false,
        }
    }

    /// Adds to the observation.
    #[must_use]
    pub fn observe(mut self, more: &str) -> Self {
        self.observed.push_str(more);
        self
    }

    /// Settles the verdict. A reason already given is replaced.
    #[must_use]
    pub fn verdict(mut self, verdict: Verdict, reason: &str) -> Self {
        self.verdict = verdict;
        reason.clone_into(&mut self.reason);
        self
    }

    /// Notes that the target did otherwise than expected.
    #[must_use]
    pub fn unmet(self) -> Self {
        Self { unmet: true, ..self }
    }

    /// Notes that the target accepted in the session what it had to.
    #[must_use]
    pub fn taken(self) -> Self {
        Self { taken: true, ..self }
    }

    /// Whether the scenario went as expected in the session, so that it can be another one's twin.
    #[must_use]
    pub fn is_witness(&self) -> bool {
        let passed = matches!(self.verdict, Verdict::Pass | Verdict::PassWithRemark);
        !self.unmet && (self.taken || passed)
    }

    /// Settles that nothing can be concluded.
    #[must_use]
    pub fn inconclude(self, reason: &str) -> Self {
        self.verdict(Verdict::Inconclusive, reason)
    }

    /// The judgement on several parts of a scenario: the gravest one leads, the observations of
    /// all are kept.
    #[must_use]
    pub fn combine(parts: Vec<Self>) -> Self {
        let several = parts.len() > 1;
        let number = |i: usize, text: &str| {
            if several { format!("{}. {text}", i + 1) } else { text.to_owned() }
        };
        let all = |field: fn(&Self) -> &str| {
            parts
                .iter()
                .enumerate()
                .map(|(i, p)| number(i, field(p)))
                .collect::<Vec<_>>()
                .join(" · ")
        };
        let (expected, observed) = (all(|p| &p.expected), all(|p| &p.observed));
        // The first of the gravest leads: what came after it may only follow from it.
        let Some((i, lead)) =
            parts.iter().enumerate().rev().max_by_key(|(_, part)| gravity(part.verdict))
        else {
            return Self::inconclusive("rien n'a été joué".into());
        };
        let unmet = parts.iter().any(|part| part.unmet);
        let remarks = |part: &&Self| part.verdict == Verdict::PassWithRemark;
        let untold = parts.iter().filter(remarks).all(|part| part.untold);
        let taken = parts.iter().all(Self::is_witness);
        let reason = number(i, &lead.reason);
        Self { expected, observed, reason, unmet, untold, taken, ..lead.clone() }
    }
}

fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::NotApplicable => 1,
        Verdict::PassWithRemark => 2,
        Verdict::Skipped => 3,
        Verdict::Inconclusive => 4,
        Verdict::Fail => 5,
    }
}
