//! The conclusion of a run.

use crate::record::{Level, RunVerdict, ScenarioRecord, Summary, Verdict};

/// The conclusion from the scenarios' verdicts; `partial` when a `must` of the suite was not among
/// them or the run was interrupted.
#[must_use]
pub fn conclude(scenarios: &[ScenarioRecord], partial: bool) -> (RunVerdict, Summary) {
    let summary = Summary::of(scenarios);
    let untested_must = partial
        || scenarios.iter().any(|scenario| {
            scenario.level == Level::Must
                && matches!(scenario.verdict, Verdict::Inconclusive | Verdict::Skipped)
        });
    let verdict = if summary.fail > 0 {
        RunVerdict::NonConcluant
    } else if untested_must {
        RunVerdict::Inconclusive
    } else {
        RunVerdict::Concluant
    };
    (verdict, summary)
}

/// The exit code of a finished run: 130 interrupted, 1 non concluant, 3 inconclusive, 0 concluant.
#[must_use]
pub fn exit_code(verdict: RunVerdict, interrupted: bool) -> u8 {
    if interrupted {
        return 130;
    }
    match verdict {
        RunVerdict::NonConcluant => 1,
        RunVerdict::Inconclusive => 3,
        RunVerdict::Concluant => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::{Strategy, any, prop_assert_eq, prop_assert_ne, proptest},
        sample::{Index, select},
    };
    use rstest::rstest;

    use super::*;
    use Level::{May, Must, Should};
    use RunVerdict::{Concluant, Inconclusive as Unsettled, NonConcluant};
    use Verdict::{Fail, Inconclusive, NotApplicable, Pass, PassWithRemark, Skipped};

    fn scenario(level: Level, verdict: Verdict) -> ScenarioRecord {
        ScenarioRecord {
            id: "a/b/c".into(),
            title: String::new(),
            purpose: String::new(),
            clause: String::new(),
            level,
            twin: None,
            decisions: Vec::new(),
            interpretation: None,
            stage: None,
            advice: None,
            consequence: None,
            expected: String::new(),
            observed: String::new(),
            verdict,
            reason: String::new(),
            evidence: Vec::new(),
            duration_ms: 0,
            transcript: None,
        }
    }

    #[rstest]
    #[case::all_met(&[(Must, Pass), (Should, PassWithRemark), (May, Pass)], false, Concluant)]
    #[case::remark_on_a_must(&[(Must, PassWithRemark)], false, Concluant)]
    #[case::a_should_untested(&[(Must, Pass), (Should, Skipped), (May, Inconclusive)], false, Concluant)]
    #[case::a_must_not_applicable(&[(Must, Pass), (Must, NotApplicable)], false, Concluant)]
    #[case::a_must_skipped(&[(Must, Pass), (Must, Skipped)], false, Unsettled)]
    #[case::a_must_inconclusive(&[(Must, Pass), (Must, Inconclusive)], false, Unsettled)]
    #[case::filtered_or_interrupted(&[(Must, Pass)], true, Unsettled)]
    #[case::a_failure(&[(Must, Pass), (Must, Fail)], false, NonConcluant)]
    #[case::a_failure_before_all_else(&[(Must, Skipped), (Must, Fail)], true, NonConcluant)]
    #[case::a_strict_failure(&[(Must, Pass), (Should, Fail)], false, NonConcluant)]
    #[case::nothing_of_a_partial_run(&[], true, Unsettled)]
    fn the_conclusion(
        #[case] scenarios: &[(Level, Verdict)],
        #[case] partial: bool,
        #[case] expected: RunVerdict,
    ) {
        let scenarios: Vec<_> = scenarios.iter().map(|(l, v)| scenario(*l, *v)).collect();
        let (verdict, summary) = conclude(&scenarios, partial);
        assert_eq!(verdict, expected);
        let Summary { pass, pass_with_remark, fail, inconclusive, skipped, not_applicable } =
            summary;
        let sum = pass + pass_with_remark + fail + inconclusive + skipped + not_applicable;
        assert_eq!(sum as usize, scenarios.len());
    }

    const LEVELS: [Level; 3] = [Must, Should, May];
    const VERDICTS: [Verdict; 6] =
        [Pass, PassWithRemark, Fail, Inconclusive, Skipped, NotApplicable];

    fn verdicts() -> impl Strategy<Value = Vec<(Level, Verdict)>> {
        vec((select(LEVELS.to_vec()), select(VERDICTS.to_vec())), 0..40)
    }

    #[rstest]
    #[case::concluant(Concluant, false, 0)]
    #[case::non_concluant(NonConcluant, false, 1)]
    #[case::not_conclusive(RunVerdict::Inconclusive, false, 3)]
    #[case::interrupted(Concluant, true, 130)]
    #[case::interrupted_and_non_concluant(NonConcluant, true, 130)]
    fn a_code_for_each_end(
        #[case] verdict: RunVerdict,
        #[case] interrupted: bool,
        #[case] code: u8,
    ) {
        assert_eq!(exit_code(verdict, interrupted), code);
    }

    proptest! {
        #[test]
        fn no_run_is_conclusive_with_a_must_that_was_not_judged(
            drawn in verdicts(),
            untested in select(vec![Inconclusive, Skipped]),
            at in any::<Index>(),
            partial in any::<bool>(),
        ) {
            let mut drawn = drawn;
            drawn.insert(at.index(drawn.len() + 1), (Must, untested));
            let scenarios: Vec<_> = drawn.iter().map(|(l, v)| scenario(*l, *v)).collect();
            prop_assert_ne!(conclude(&scenarios, partial).0, Concluant);
        }

        #[test]
        fn a_conclusion_rests_on_all_verdicts_and_not_on_their_order(
            drawn in verdicts(),
            turn in any::<Index>(),
            partial in any::<bool>(),
        ) {
            let mut scenarios: Vec<_> = drawn.iter().map(|(l, v)| scenario(*l, *v)).collect();
            let (verdict, summary) = conclude(&scenarios, partial);
            let failed = drawn.iter().any(|(_, v)| *v == Fail);
            let untested = drawn.iter().any(|(l, v)| *l == Must && matches!(v, Inconclusive | Skipped));
            prop_assert_eq!(verdict == NonConcluant, failed);
            prop_assert_eq!(verdict == Concluant, !failed && !untested && !partial);
            if !scenarios.is_empty() {
                let middle = turn.index(scenarios.len());
                scenarios.rotate_left(middle);
            }
            prop_assert_eq!(conclude(&scenarios, partial), (verdict, summary));
        }
    }
}
