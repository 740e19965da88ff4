//! The judgement of a set of transcripts, by the one function that serves a run at its end and its files
//! read again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fixtures::smtp::{challenge::Challenge, transcript::Entry};

use super::{
    assemble::{self, End, Heard},
    control,
    judgement::Basis,
    select::select,
};
use crate::{
    judge::{Campaign, Twin},
    observe::possession::Possession,
    record::ScenarioRecord,
    scenario::{Filter, Library, Scenario, ScenarioId},
};

/// All that is judged together.
#[derive(Debug, Default)]
pub(super) struct Proceedings {
    /// The transcripts of the controls, and whether each was the one after the last scenario.
    pub controls: Vec<(bool, Vec<Entry>)>,
    /// The transcript of each scenario that was played, and how long that took.
    pub played: BTreeMap<ScenarioId, (Vec<Entry>, Duration)>,
    /// The records of those that were not.
    pub left_out: BTreeMap<ScenarioId, ScenarioRecord>,
}

impl Proceedings {
    /// What the handshakes of all of them prove.
    pub(super) fn possession(&self, challenge: Option<&Challenge>) -> Possession {
        let controls = self.controls.iter().map(|(_, entries)| entries.as_slice());
        let played = self.played.values().map(|(entries, _)| entries.as_slice());
        Possession::of(challenge, controls.chain(played))
    }
}

/// The records of scenarios, and who of them can be another one's twin.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// The record of each scenario, without its transcript's digest.
    pub records: BTreeMap<ScenarioId, ScenarioRecord>,
    /// Scenarios that went as expected.
    witnesses: BTreeSet<ScenarioId>,
}

/// Judges everything for good, and tells what all of it shows together.
pub(super) fn judge_all(
    library: &Library,
    basis: &Basis,
    proceedings: Proceedings,
) -> (Verdicts, Campaign) {
    let Proceedings { controls, played, left_out } = proceedings;
    // Row by row: a twin is judged before those that rest on it.
    let everything = select(library, &Filter::default());
    let order: Vec<(&Scenario, &(Vec<Entry>, Duration))> = everything
        .iter()
        .filter_map(|scenario| Some((scenario, played.get(&scenario.id)?)))
        .collect();
    let mut campaign = Campaign::default();
    for (nominal, (_, entries)) in library.control().into_iter().cycle().zip(&controls) {
        campaign.add_control(nominal, entries);
    }
    for (scenario, (entries, _)) in &order {
        campaign.add_scenario(scenario, entries);
    }
    let last = controls.iter().rfind(|(after, _)| *after);
    let control_after = last.map(|(_, entries)| control::accepted(entries));
    let mut verdicts = Verdicts { records: left_out, ..Verdicts::default() };
    for (scenario, (entries, took)) in order {
        let end = Some(End { control_after, campaign: &campaign });
        verdicts.judge(scenario, basis, entries, *took, end);
    }
    (verdicts, campaign)
}

impl Verdicts {
    /// Judges one scenario beside those judged before it; before the end of the run, without what only
    /// that can tell.
    pub(super) fn judge(
        &mut self,
        scenario: &Scenario,
        basis: &Basis,
        entries: &[Entry],
        took: Duration,
        end: Option<End<'_>>,
    ) -> &ScenarioRecord {
        let twin = self.twin(scenario);
        let judged = assemble::judged(scenario, basis, &Heard { entries, twin, end, took });
        if judged.witness {
            self.witnesses.insert(scenario.id.clone());
        } else {
            self.witnesses.remove(&scenario.id);
        }
        self.records.entry(scenario.id.clone()).insert_entry(judged.record).into_mut()
    }

    /// What became of the scenario's twin.
    fn twin(&self, scenario: &Scenario) -> Twin {
        match &scenario.twin {
            None => Twin::None,
            Some(id) => assemble::twin(id, self.witnesses.contains(id), self.records.get(id)),
        }
    }
}
