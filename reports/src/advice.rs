//! The advice of a scenario, and what could come of its failure, where they answer what was observed.

use suite::record::{Level, ScenarioRecord, Verdict};

/// What the operator should do, if the target missed what the scenario is about.
///
/// A scenario's advice is for who misses it. It says nothing to a target that passed, nor to one
/// that did what it must in another way than the best, nor of why a scenario could not be judged.
pub(crate) fn advice(scenario: &ScenarioRecord) -> Option<&str> {
    let missed = match (scenario.verdict, scenario.level) {
        (Verdict::Fail, _) => true,
        // A recommendation that is not followed is a remark; an obligation that is not met fails.
        (Verdict::PassWithRemark, level) => level == Level::Should,
        _ => false,
    };
    scenario.advice.as_deref().filter(|_| missed)
}

/// What a peer or a third party could do, where the target failed.
pub(crate) fn consequence(scenario: &ScenarioRecord) -> Option<&str> {
    scenario.consequence.as_deref().filter(|_| scenario.verdict == Verdict::Fail)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

    #[rstest]
    #[case::obligation_missed(Level::Must, Verdict::Fail, true)]
    #[case::recommendation_missed_under_strict(Level::Should, Verdict::Fail, true)]
    #[case::recommendation_missed(Level::Should, Verdict::PassWithRemark, true)]
    #[case::obligation_met_in_another_way(Level::Must, Verdict::PassWithRemark, false)]
    #[case::met(Level::Must, Verdict::Pass, false)]
    #[case::not_judged(Level::Must, Verdict::Inconclusive, false)]
    #[case::not_played(Level::Must, Verdict::Skipped, false)]
    #[case::not_applicable(Level::Should, Verdict::NotApplicable, false)]
    fn advice_is_for_who_missed(
        #[case] level: Level,
        #[case] verdict: Verdict,
        #[case] given: bool,
    ) {
        let one = sample::record().scenarios.into_iter().next().expect("the sample has some");
        let said = |text: &str| Some(text.to_owned());
        let one = ScenarioRecord {
            level,
            verdict,
            advice: said("Exiger TLS."),
            consequence: said("Un tiers pourrait lire."),
            ..one
        };
        assert_eq!(advice(&one), given.then_some("Exiger TLS."));
        let failed = verdict == Verdict::Fail;
        assert_eq!(consequence(&one), failed.then_some("Un tiers pourrait lire."));
        assert_eq!(advice(&ScenarioRecord { advice: None, ..one }), None);
    }
}
