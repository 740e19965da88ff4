//! The scenarios of a record in the order that reports show them: by step, by clause.

use std::collections::BTreeMap;

use suite::record::{RunRecord, ScenarioRecord, Verdict};

use crate::words::VERDICTS;

/// The scenarios of one folder, such as `reception/4-certificat`.
#[derive(Clone, Debug)]
pub(crate) struct StepScenarios<'a> {
    /// The folder.
    pub(crate) folder: &'a str,
    /// What the step is, where its family says it.
    pub(crate) title: Option<&'a str>,
    /// Its scenarios, by id.
    pub(crate) scenarios: Vec<&'a ScenarioRecord>,
}

impl StepScenarios<'_> {
    /// How many of its scenarios have this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.scenarios.iter().filter(|scenario| scenario.verdict == verdict).count()
    }
}

/// The folder of a scenario, `reception/4-certificat` of `reception/4-certificat/expire`.
pub(crate) fn folder(id: &str) -> &str {
    id.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The place of a step's family in the record, and its own in its family.
fn place(record: &RunRecord, folder: &str) -> (usize, usize) {
    let (family, below) = folder.split_once('/').unwrap_or((folder, ""));
    let at = record.families.iter().position(|one| one.folder == family);
    let step =
        at.and_then(|at| record.families[at].steps.iter().position(|step| step.folder == below));
    (at.unwrap_or(usize::MAX), step.unwrap_or(usize::MAX))
}

fn title<'a>(record: &'a RunRecord, folder: &str) -> Option<&'a str> {
    let step = record.families.iter().find_map(|family| {
        let below = folder.strip_prefix(&family.folder)?.strip_prefix('/')?;
        family.steps.iter().find(|step| step.folder == below)
    })?;
    Some(&step.title)
}

/// The steps of the run, in the order in which their families tell them; those that no family tells come last, by folder.
pub(crate) fn steps(record: &RunRecord) -> Vec<StepScenarios<'_>> {
    let mut steps: BTreeMap<Vec<Part<'_>>, StepScenarios<'_>> = BTreeMap::new();
    for scenario in &record.scenarios {
        let folder = folder(&scenario.id);
        steps
            .entry(folder.split('/').map(part).collect())
            .or_insert_with(|| StepScenarios {
                folder,
                title: title(record, folder),
                scenarios: Vec::new(),
            })
            .scenarios
            .push(scenario);
    }
    let mut steps: Vec<_> = steps.into_values().collect();
    steps.sort_by_key(|step| place(record, step.folder));
    for step in &mut steps {
        step.scenarios.sort_by(|a, b| a.id.cmp(&b.id));
    }
    steps
}

/// How many of the scenarios have each verdict, in the order of [`VERDICTS`].
pub(crate) fn counts<'a>(scenarios: impl IntoIterator<Item = &'a ScenarioRecord>) -> [usize; 6] {
    let mut counts = [0; 6];
    for scenario in scenarios {
        let place = VERDICTS.iter().position(|verdict| *verdict == scenario.verdict);
        counts[place.expect("every verdict is listed")] += 1;
    }
    counts
}

/// The scenarios with this verdict, by step.
pub(crate) fn with<'a>(steps: &[StepScenarios<'a>], verdict: Verdict) -> Vec<&'a ScenarioRecord> {
    let all = steps.iter().flat_map(|step| step.scenarios.iter().copied());
    all.filter(|scenario| scenario.verdict == verdict).collect()
}

/// The scenarios with this verdict, grouped by their reason, in order of first appearance.
pub(crate) fn by_reason<'a>(
    steps: &[StepScenarios<'a>],
    verdict: Verdict,
) -> Vec<(&'a str, Vec<&'a ScenarioRecord>)> {
    let mut groups: Vec<(&str, Vec<&ScenarioRecord>)> = Vec::new();
    for scenario in with(steps, verdict) {
        match groups.iter_mut().find(|(reason, _)| *reason == scenario.reason) {
            Some((_, scenarios)) => scenarios.push(scenario),
            None => groups.push((&scenario.reason, vec![scenario])),
        }
    }
    groups
}

/// `10-x` comes after `9-x`.
type Part<'a> = (u32, &'a str);

fn part(name: &str) -> Part<'_> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    (name[..digits].parse().unwrap_or(u32::MAX), &name[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn steps_come_as_their_families_tell_them_and_then_by_number() {
        let mut record = sample::record();
        let model = record.scenarios[0].clone();
        for id in ["reception/10-x/a", "reception/9-x/a", "emission/1-mx/a"] {
            record.scenarios.push(ScenarioRecord { id: id.to_owned(), ..model.clone() });
        }
        let folders: Vec<_> = steps(&record).iter().map(|step| step.folder).collect();
        assert_eq!(
            folders,
            [
                "reception/1-ptr",
                "reception/2-smtp",
                "reception/3-starttls",
                "reception/4-certificat",
                "reception/5-enveloppe",
                "reception/6-fin",
                "reception/9-x",
                "reception/10-x",
                "emission/1-mx"
            ]
        );
    }

    #[test]
    fn every_scenario_is_in_one_step_and_counted_as_the_record_counts() {
        let record = sample::record();
        let steps = steps(&record);
        let listed: usize = steps.iter().map(|step| step.scenarios.len()).sum();
        assert_eq!(listed, record.scenarios.len());
        let counted = counts(&record.scenarios);
        for (count, verdict) in counted.into_iter().zip(VERDICTS) {
            assert_eq!(count, crate::words::count(&record.summary, verdict) as usize);
            assert_eq!(count, steps.iter().map(|step| step.count(verdict)).sum::<usize>());
        }
    }
}
