//! What a matrix shows: its figures and its problems.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    problem::Problem,
    record::{Matrix, MutantRow},
};
use suite::record::{Level, Verdict};

/// The figures of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mutants played.
    pub mutants: usize,
    /// Those that each scenario they name finds.
    pub killed: usize,
    /// Those that no scenario finds.
    pub survivors: usize,
    /// Mandatory scenarios.
    pub musts: usize,
    /// Those that find at least one mutant.
    pub busy_musts: usize,
    /// Scenarios of all levels.
    pub scenarios: usize,
    /// Those that find at least one mutant.
    pub busy: usize,
}

impl Matrix {
    /// Whether it holds all mutants: only then does it show which scenarios find none.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.filter.is_none() && !self.interrupted
    }

    /// Its figures.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let busy = self.busy();
        let is_busy = |id: &str| busy.contains_key(id);
        let musts = || self.scenarios.iter().filter(|scenario| scenario.level == Level::Must);
        let killed = |mutant: &&MutantRow| {
            !mutant.killers.is_empty()
                && mutant.round.cut_short.is_none()
                && mutant.killers.iter().all(|id| mutant.round.finds(id))
        };
        let survivor = |mutant: &&MutantRow| {
            mutant.round.cut_short.is_none() && mutant.round.finders().next().is_none()
        };
        Tally {
            mutants: self.mutants.len(),
            killed: self.mutants.iter().filter(killed).count(),
            survivors: self.mutants.iter().filter(survivor).count(),
            musts: musts().count(),
            busy_musts: musts().filter(|scenario| is_busy(&scenario.id)).count(),
            scenarios: self.scenarios.len(),
            busy: self.scenarios.iter().filter(|scenario| is_busy(&scenario.id)).count(),
        }
    }

    /// How many mutants each scenario finds; those that find none are absent.
    #[must_use]
    pub fn busy(&self) -> BTreeMap<&str, usize> {
        let mut busy = BTreeMap::new();
        for scenario in self.mutants.iter().flat_map(|mutant| mutant.round.finders()) {
            *busy.entry(scenario).or_default() += 1;
        }
        busy
    }

    /// Everything that is wrong: the reference proxy first, then the mutants in their order, then
    /// the scenarios. A partial matrix says nothing of scenarios that find no mutant.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.reference_problems(&mut problems);
        let doubles = doubles(self.scenarios.iter().map(|scenario| scenario.id.as_str()));
        problems.extend(doubles.map(|scenario| Problem::DoubleScenario { scenario }));
        let doubles = self::doubles(self.mutants.iter().map(|mutant| mutant.id.as_str()));
        problems.extend(doubles.map(|mutant| Problem::DoubleMutant { mutant }));
        for mutant in &self.mutants {
            self.mutant_problems(mutant, &mut problems);
        }
        if self.is_whole() {
            let busy = self.busy();
            let idle = self.scenarios.iter().filter(|scenario| {
                scenario.level == Level::Must && !busy.contains_key(scenario.id.as_str())
            });
            problems
                .extend(idle.map(|scenario| Problem::IdleMust { scenario: scenario.id.clone() }));
        }
        problems
    }

    fn reference_problems(&self, problems: &mut Vec<Problem>) {
        let Some(reference) = &self.reference else {
            let why = "interrompu".to_owned();
            problems.push(Problem::ReferenceCutShort { why });
            return;
        };
        if let Some(why) = &reference.cut_short {
            problems.push(Problem::ReferenceCutShort { why: why.clone() });
        }
        for (scenario, finding) in &reference.others {
            // What was not reached is no fault: the line above says so.
            if reference.cut_short.is_some() && finding.verdict == Verdict::Skipped {
                continue;
            }
            problems.push(Problem::Reference {
                scenario: scenario.clone(),
                verdict: finding.verdict,
                reason: finding.reason.clone(),
            });
        }
    }

    fn mutant_problems(&self, mutant: &MutantRow, problems: &mut Vec<Problem>) {
        let id = || mutant.id.clone();
        let level = |id: &str| {
            self.scenarios.iter().find(|scenario| scenario.id == id).map(|scenario| scenario.level)
        };
        if mutant.killers.is_empty() {
            problems.push(Problem::NoKiller { mutant: id() });
        }
        let (known, unknown): (Vec<&String>, Vec<&String>) =
            mutant.killers.iter().partition(|killer| level(killer).is_some());
        for scenario in unknown {
            problems.push(Problem::UnknownKiller { mutant: id(), scenario: scenario.clone() });
        }
        let round = &mutant.round;
        if let Some(why) = &round.cut_short {
            // Whatever was not reached would look like a miss.
            problems.push(Problem::CutShort { mutant: id(), why: why.clone() });
            return;
        }
        let failures: Vec<String> = round.finders().map(str::to_owned).collect();
        if failures.is_empty() {
            let fault = mutant.fault.clone();
            let unsettled = round.others.keys().cloned().collect();
            problems.push(Problem::Survivor { mutant: id(), fault, unsettled });
            return;
        }
        if !known.is_empty() && !known.iter().any(|killer| round.finds(killer)) {
            problems.push(Problem::KilledByOthers { mutant: id(), others: failures });
            return;
        }
        for scenario in known.iter().filter(|killer| !round.finds(killer)) {
            let other = round.others.get(*scenario);
            problems.push(Problem::Missed {
                mutant: id(),
                scenario: (*scenario).clone(),
                verdict: other.map_or(Verdict::Pass, |finding| finding.verdict),
                reason: other.map(|finding| finding.reason.clone()).unwrap_or_default(),
            });
        }
        let is_must = |id: &str| level(id) == Some(Level::Must);
        let fails = |id: &String| round.others[id].verdict == Verdict::Fail;
        let musts: Vec<String> =
            failures.into_iter().filter(|id| is_must(id) && fails(id)).collect();
        if !known.is_empty() && !known.iter().any(|killer| is_must(killer)) && !musts.is_empty() {
            problems.push(Problem::NoMustNamed { mutant: id(), musts });
        }
    }
}

/// What occurs more than once, sorted, each once.
fn doubles<'a>(ids: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    let doubles: BTreeSet<&str> = ids.filter(|id| !seen.insert(*id)).collect();
    doubles.into_iter().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::subsequence};
    use rstest::rstest;

    use super::*;
    use crate::matrix::{
        Round,
        testing::{mutant, round, sound},
    };

    /// A change to a sound matrix.
    type Change = fn(&mut Matrix);

    #[test]
    fn a_sound_matrix_has_no_problem() {
        let matrix = sound();
        assert_eq!(matrix.problems(), []);
        let tally = Tally {
            mutants: 3,
            killed: 3,
            survivors: 0,
            musts: 2,
            busy_musts: 2,
            scenarios: 3,
            busy: 3,
        };
        assert_eq!(matrix.tally(), tally);
        assert_eq!(matrix.busy().get("b"), Some(&2));
    }

    #[rstest]
    #[case::survivor(
        |m: &mut Matrix| m.mutants[0].round = Round::default(),
        &["m-a survit : un proxy qui fait une faute passe toute la suite ; écrivez le scénario qui \
           manque, ou retirez le mutant si aucune source n'oblige",
          "a est obligatoire et ne trouve aucun mutant : ajoutez le mutant qu'il doit trouver, ou \
           vérifiez que ce scénario peut échouer"]
    )]
    #[case::survivor_by_doubt(
        |m: &mut Matrix| m.mutants[2].round = round(&[("c", Verdict::Inconclusive)]),
        &["m-c survit : un proxy qui fait une faute passe toute la suite ; écrivez le scénario qui \
           manque, ou retirez le mutant si aucune source n'oblige (sans être conformes : c)"]
    )]
    #[case::killer_that_passes(
        |m: &mut Matrix| m.mutants[0].killers.push("c".into()),
        &["c ne trouve pas m-a, qui le nomme (conforme) : renforcez ce scénario, ou retirez-le de \
           killers"]
    )]
    #[case::killer_in_doubt(
        |m: &mut Matrix| {
            m.mutants[0].killers.push("c".into());
            m.mutants[0].round.others.extend(round(&[("c", Verdict::Inconclusive)]).others);
        },
        &["c ne trouve pas m-a, qui le nomme (non conclusif : parce que) : renforcez ce scénario, \
           ou retirez-le de killers"]
    )]
    #[case::killed_by_others(
        |m: &mut Matrix| m.mutants[1].round = round(&[("a", Verdict::Fail), ("c", Verdict::Fail)]),
        &["m-b n'est trouvé par aucun des scénarios qu'il nomme, mais par a, c : corrigez killers, \
           ou les scénarios nommés"]
    )]
    #[case::idle_must(
        |m: &mut Matrix| m.mutants[0] = mutant("m-a", &["b"], &["b"]),
        &["a est obligatoire et ne trouve aucun mutant : ajoutez le mutant qu'il doit trouver, ou \
           vérifiez que ce scénario peut échouer"]
    )]
    #[case::idle_must_of_a_partial_matrix(
        |m: &mut Matrix| {
            m.mutants.remove(0);
            m.filter = Some("m-b".into());
        },
        &[]
    )]
    #[case::idle_must_of_an_interrupted_matrix(
        |m: &mut Matrix| {
            m.mutants.remove(0);
            m.interrupted = true;
        },
        &[]
    )]
    #[case::idle_should(|m: &mut Matrix| drop(m.mutants.pop()), &[])]
    #[case::reference(
        |m: &mut Matrix| m.reference = Some(round(&[("c", Verdict::PassWithRemark)])),
        &["le proxy de référence n'est pas conforme à c (conforme avec remarque : parce que) : \
           corrigez le scénario ou le proxy avant de croire la matrice"]
    )]
    #[case::no_reference(
        |m: &mut Matrix| m.reference = None,
        &["le proxy de référence n'a pas été joué jusqu'au bout (interrompu) : sans lui rien ne \
           prouve que les échecs viennent des défauts ; relancez"]
    )]
    #[case::slow_reference(
        |m: &mut Matrix| {
            let mut cut = round(&[("a", Verdict::Skipped)]);
            cut.cut_short = Some("arrêté au bout de 60 s".into());
            m.reference = Some(cut);
        },
        &["le proxy de référence n'a pas été joué jusqu'au bout (arrêté au bout de 60 s) : sans lui \
           rien ne prouve que les échecs viennent des défauts ; relancez"]
    )]
    #[case::unknown_killer(
        |m: &mut Matrix| m.mutants[0].killers.push("d".into()),
        &["m-a nomme d, qui n'existe pas : corrigez killers (cargo xtask list)"]
    )]
    #[case::no_killer(
        |m: &mut Matrix| m.mutants[0].killers.clear(),
        &["m-a ne nomme aucun scénario : dites dans killers lesquels éprouvent ce défaut"]
    )]
    #[case::double_mutant(
        |m: &mut Matrix| m.mutants.push(mutant("m-b", &["b"], &["b"])),
        &["plusieurs mutants s'appellent m-b : donnez à chacun son nom"]
    )]
    #[case::double_scenario(
        |m: &mut Matrix| m.scenarios.push(m.scenarios[2].clone()),
        &["plusieurs scénarios s'appellent c : donnez à chacun son nom"]
    )]
    #[case::cut_short(
        |m: &mut Matrix| m.mutants[2].round.cut_short = Some("arrêté au bout de 60 s".into()),
        &["m-c n'a pas été joué jusqu'au bout (arrêté au bout de 60 s) : rendez ce mutant moins \
           lent ou moins brutal, puis relancez"]
    )]
    #[case::no_must_named(
        |m: &mut Matrix| m.mutants[2].round = round(&[("a", Verdict::Fail), ("c", Verdict::Fail)]),
        &["m-c rompt une obligation (a) et ne nomme que des recommandations : ajoutez à killers un \
           scénario obligatoire, ou rendez le mutant plus fin"]
    )]
    fn each_problem_says_what_to_do(#[case] change: Change, #[case] expected: &[&str]) {
        let mut matrix = sound();
        change(&mut matrix);
        let said: Vec<String> = matrix.problems().iter().map(ToString::to_string).collect();
        assert_eq!(said, expected);
    }

    /// Any mutant, over the three scenarios and one that does not exist.
    fn any_mutant(id: &'static str) -> impl Strategy<Value = MutantRow> {
        const IDS: [&str; 4] = ["a", "b", "c", "d"];
        let verdict = prop_oneof![
            Just(Verdict::Fail),
            Just(Verdict::Inconclusive),
            Just(Verdict::PassWithRemark)
        ];
        let cells = subsequence(&IDS[..3], 0..=3)
            .prop_flat_map(move |ids| (Just(ids), prop::collection::vec(verdict.clone(), 3)));
        (subsequence(&IDS, 0..=4), cells, any::<bool>()).prop_map(
            move |(killers, (ids, verdicts), cut)| {
                let cells: Vec<_> = ids.into_iter().zip(verdicts).collect();
                let mut row = mutant(id, &killers, &[]);
                row.round = round(&cells);
                row.round.cut_short = cut.then(|| "arrêté".to_owned());
                row
            },
        )
    }

    fn of(problems: &[Problem], mutant: &str) -> Vec<Problem> {
        problems.iter().filter(|problem| problem.mutant() == Some(mutant)).cloned().collect()
    }

    proptest! {
        /// A further mutant changes nothing that is said of the others, and can only put a scenario
        /// to use.
        #[test]
        fn a_further_mutant_hides_no_problem_of_another(
            first in any_mutant("m-1"),
            second in any_mutant("m-2"),
        ) {
            let mut matrix = sound();
            matrix.mutants = vec![first];
            let before = matrix.problems();
            matrix.mutants.push(second);
            let after = matrix.problems();
            prop_assert_eq!(of(&before, "m-1"), of(&after, "m-1"));
            let idle = |problems: &[Problem]| {
                problems.iter().filter(|p| matches!(p, Problem::IdleMust { .. })).count()
            };
            prop_assert!(idle(&after) <= idle(&before));
            prop_assert_eq!(matrix.tally().busy_musts + idle(&after), matrix.tally().musts);
        }

        /// A mutant counts as killed exactly when each known killer it names found it.
        #[test]
        fn nothing_is_said_of_a_mutant_only_if_it_is_killed(row in any_mutant("m-1")) {
            let mut matrix = sound();
            matrix.mutants = vec![row];
            let problems = of(&matrix.problems(), "m-1");
            if problems.is_empty() {
                prop_assert_eq!(matrix.tally().killed, 1);
            }
            if matrix.tally().killed == 1 {
                let other = |p: &Problem| !matches!(p, Problem::NoMustNamed { .. });
                prop_assert!(!problems.iter().any(other), "{:?}", problems);
            }
        }
    }
}
