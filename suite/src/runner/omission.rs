//! The records of scenarios that were not played.

use std::collections::BTreeSet;

use crate::{
    record::{Level, ScenarioRecord, Verdict},
    scenario::{Capability, Scenario},
    target::{NotApplicable, how_to_supply},
};

/// Why a scenario of an interrupted run has no transcript.
pub(super) const INTERRUPTED: &str = "non joué : la campagne a été interrompue";

/// Why a scenario is not played against a target that offers this and is declared so, if it is not:
/// the verdict and, in French, the reason.
#[must_use]
pub fn withheld(
    scenario: &Scenario,
    offers: &BTreeSet<Capability>,
    not_applicable: &NotApplicable,
) -> Option<(Verdict, String)> {
    match not_applicable.get(&scenario.id) {
        Some(_) if scenario.level == Level::Must => {
            let reason = "déclaré sans objet dans target.toml, mais obligatoire : retirez-le de not_applicable";
            Some((Verdict::Skipped, reason.to_owned()))
        }
        Some(reason) => {
            let reason = format!("déclaré sans objet par l'opérateur : {reason}");
            Some((Verdict::NotApplicable, reason))
        }
        None => {
            // The first thing that lacks, in the order in which an operator would supply them.
            let lacks = scenario.needs.iter().find(|need| !offers.contains(need))?;
            Some((Verdict::Skipped, how_to_supply(*lacks).to_owned()))
        }
    }
}

/// The record of a scenario that this target cannot be played, if so.
pub(super) fn not_played(
    scenario: &Scenario,
    offers: &BTreeSet<Capability>,
    not_applicable: &NotApplicable,
) -> Option<ScenarioRecord> {
    let (verdict, reason) = withheld(scenario, offers, not_applicable)?;
    Some(unplayed(scenario, verdict, &reason))
}

/// The record of a scenario that was not played.
pub(super) fn unplayed(scenario: &Scenario, verdict: Verdict, reason: &str) -> ScenarioRecord {
    ScenarioRecord {
        id: scenario.id.to_string(),
        title: scenario.title.clone(),
        purpose: scenario.purpose.clone(),
        clause: scenario.clause.to_string(),
        level: scenario.level,
        twin: scenario.twin.as_ref().map(ToString::to_string),
        decisions: Vec::new(),
        interpretation: scenario.interpretation.clone(),
        stage: None,
        advice: scenario.advice.clone(),
        consequence: scenario.consequence.clone(),
        expected: String::new(),
        observed: "non joué".into(),
        verdict,
        reason: reason.into(),
        evidence: Vec::new(),
        duration_ms: 0,
        transcript: None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::runner::testing::{id, library, target};

    #[rstest]
    #[case::offered("4-certificat/expire", None, true, None)]
    #[case::must_declared(
        "4-certificat/expire",
        Some("4-certificat/expire"),
        true,
        Some((Verdict::Skipped, "retirez-le de not_applicable"))
    )]
    #[case::should_declared(
        "4-certificat/valide-tls-1-3",
        Some("4-certificat/valide-tls-1-3"),
        true,
        Some((Verdict::NotApplicable, "par l'opérateur : sans TLS 1.3"))
    )]
    #[case::no_trust(
        "4-certificat/expire",
        None,
        false,
        Some((Verdict::Skipped, "--space kit"))
    )]
    #[case::foreign_needs_no_trust("4-certificat/autre-igc", None, false, None)]
    fn who_is_not_played(
        #[case] name: &str,
        #[case] declared: Option<&str>,
        #[case] trusts: bool,
        #[case] expected: Option<(Verdict, &str)>,
    ) {
        let library = library();
        let scenario = library.scenario(&id(name)).expect("there is one");
        let mut target = target();
        target.trusts_space = trusts;
        target.not_applicable.extend(declared.map(|name| (id(name), "sans TLS 1.3".to_owned())));
        let record = not_played(scenario, &target.capabilities(), &target.not_applicable);
        match (record, expected) {
            (None, None) => {}
            (Some(record), Some((verdict, words))) => {
                assert_eq!(record.verdict, verdict);
                assert!(record.reason.contains(words), "{}", record.reason);
                assert_eq!((record.transcript, record.observed.as_str()), (None, "non joué"));
            }
            (record, _) => panic!("{record:?}"),
        }
    }

    /// Whatever a target lacks, each scenario left out says one thing that it needs and the target does
    /// not offer.
    #[test]
    fn a_skipped_scenario_names_what_lacks() {
        let library = library();
        let all = target().capabilities();
        let mut skipped = 0;
        for lacking in &all {
            let offers: BTreeSet<Capability> =
                all.iter().copied().filter(|c| c != lacking).collect();
            for scenario in &library.scenarios {
                let record = not_played(scenario, &offers, &target().not_applicable);
                assert_eq!(record.is_some(), scenario.needs.contains(lacking), "{}", scenario.id);
                let Some(record) = record else { continue };
                assert_eq!(record.verdict, Verdict::Skipped);
                assert_eq!(record.reason, how_to_supply(*lacking), "{}", scenario.id);
                skipped += 1;
            }
        }
        assert!(skipped > library.scenarios.len(), "most need more than one thing: {skipped}");
    }
}
