//! The judgement of a scenario, whatever it does, and what it rests on.

use std::time::Duration;

use fixtures::smtp::transcript::Entry;

use crate::{
    judge::{self, Context, Judgement},
    observe,
    oracle::{Decided, Decision, Grade, Proof, reception::facts::Profile},
    record::{Level, RunRecord, Verdict},
    scenario::{Action, Capability, Expected, Scenario, template::TemplateError},
    target::{Observation, Target},
};

/// What a verdict rests on beside the scenario and its transcript, the same for a whole run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basis {
    /// SHOULD counts as MUST.
    pub strict: bool,
    /// The letter that the target is held to.
    pub profile: Profile,
    /// How long what is put off is tried again.
    pub patience: Duration,
    /// Whether the target reads CRLs, as its operator declares.
    pub uses_crl: bool,
    /// Whether deliveries were observed.
    pub delivery_observed: bool,
    /// Whether the target's outgoing mail was observed.
    pub outgoing_observed: bool,
    /// Whether the target is the embedded reference proxy.
    pub embedded: bool,
}

impl Basis {
    /// The basis of what is played against `target`.
    pub(super) fn of(target: &Target, strict: bool, profile: Profile) -> Self {
        Self {
            strict,
            profile,
            patience: target.retry,
            uses_crl: target.uses_crl,
            delivery_observed: target.delivery != Observation::None,
            outgoing_observed: target.outgoing_observed(),
            embedded: target.embedded,
        }
    }

    /// The basis of a run as its record tells it; `None` where its profile is unknown.
    pub(super) fn recorded(record: &RunRecord) -> Option<Self> {
        let profile = serde_json::from_value(record.profile.clone().into()).ok()?;
        let declared = record.target.declaration.as_ref();
        let offered = record.target.offered();
        Some(Self {
            strict: record.strict,
            profile,
            patience: Duration::from_millis(declared.map_or(0, |declared| declared.retry_ms)),
            uses_crl: record.target.embedded || declared.is_some_and(|declared| declared.uses_crl),
            delivery_observed: offered.contains(&Capability::Delivery),
            outgoing_observed: offered.contains(&Capability::Relay),
            embedded: record.target.embedded,
        })
    }
}

/// Judges a scenario; with it, what the oracle tells of each transaction.
pub(super) fn judge(
    scenario: &Scenario,
    basis: &Basis,
    context: &Context<'_>,
) -> (Judgement, Vec<Decided>) {
    let (judgement, decided) = judge_action(scenario, basis, context);
    let not_offered = judge::version::not_offered(scenario, context)
        .or_else(|| judge::extension::not_offered(scenario, context));
    match not_offered {
        Some(not_offered)
            if judgement.verdict != Verdict::Fail || scenario.level != Level::Must =>
        {
            (not_offered, decided)
        }
        _ => (judgement, decided),
    }
}

fn judge_action(
    scenario: &Scenario,
    basis: &Basis,
    context: &Context<'_>,
) -> (Judgement, Vec<Decided>) {
    let oracle = scenario.rules.oracle();
    match &scenario.action {
        Action::Transactions(transactions) => {
            let knows = knows_of_revocations(scenario, basis, context.entries);
            let decided: Result<Vec<Decided>, _> = transactions
                .iter()
                .map(|transaction| {
                    let told = (oracle.transaction)(scenario, transaction, basis.profile)?;
                    let decision = told.decision.settled(Proof::Revocation, knows);
                    let decision = dated(scenario, decision);
                    Ok::<_, TemplateError>(Decided { decision, ..told })
                })
                .collect();
            let decided = match decided {
                Ok(decided) => decided,
                Err(error) => return (Judgement::inconclusive(error.to_string()), Vec::new()),
            };
            let parts = decided
                .iter()
                .enumerate()
                .map(|(t, Decided { bearing, decision, .. })| {
                    let t = u16::try_from(t).unwrap_or(u16::MAX);
                    judge::transaction::judge(context, t, bearing, decision)
                })
                .collect();
            (Judgement::combine(parts), decided)
        }
        Action::Script { lines, effects, .. } => {
            (judge::script::judge(context, scenario.level, lines, effects), Vec::new())
        }
        Action::Probe { hello, expect } => {
            let decided = (oracle.probe)(*hello, basis.profile);
            let level = probe_level(*expect, &decided.decision);
            (judge::probe::hello(context, level, *expect), vec![decided])
        }
        Action::Request(look) => {
            (judge::request::judge(context, scenario.level, *look), Vec::new())
        }
        Action::Inspect(inspection) => {
            (judge::probe::inspection(context, scenario.level, *inspection), Vec::new())
        }
    }
}

/// Whether the target could know of a revocation: its operator says that it reads CRLs, or it was seen to
/// read the one that tells of this certificate.
fn knows_of_revocations(scenario: &Scenario, basis: &Basis, entries: &[Entry]) -> bool {
    let Some(authority) = scenario.told_by() else { return basis.uses_crl };
    let changed = scenario.world().changes().any(|change| change.is_of_crl(authority));
    basis.uses_crl || observe::reads_crl(entries, authority, changed)
}

/// A decision as far as the sources carry it: they do not say how often a list or a CRL is read, so that an
/// outcome which rests on one that changed breaks a recommendation at most, where the scenario is one.
fn dated(scenario: &Scenario, decision: Decision) -> Decision {
    if scenario.level == Level::Should && scenario.is_dated() {
        Decision {
            accept: decision.accept.min(Grade::Remark),
            refuse: decision.refuse.min(Grade::Remark),
            ..decision
        }
    } else {
        decision
    }
}

/// The level of a probe under the profile of the run: what the unexpected outcome would be graded.
fn probe_level(expect: Expected, decision: &Decision) -> Level {
    let unexpected = match expect {
        Expected::Accepted => decision.refuse,
        Expected::Refused => decision.accept,
        Expected::Either => Grade::Conforming,
    };
    match unexpected {
        Grade::NonConforming => Level::Must,
        Grade::Remark => Level::Should,
        Grade::Conforming => Level::May,
    }
}
