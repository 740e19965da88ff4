//! The judgement of a set of transcripts, by the one function that serves a run at its end and its files
//! read again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fixtures::smtp::{
    challenge::Challenge,
    transcript::{Entry, Event},
};

use super::{
    assemble::{self, End, Heard},
    changes,
    control::{self, Which},
    judgement::Basis,
    observations::observations,
    pace,
    select::select,
    timeline,
};
use crate::{
    judge::{Campaign, Twin},
    observe::possession::Possession,
    record::{
        ControlRecord, EpochRecord, Observation, ScenarioRecord, TranscriptRef, When, family_of,
    },
    scenario::{Filter, Library, Scenario, ScenarioId},
};

/// All that is judged together.
#[derive(Debug, Default)]
pub(super) struct Proceedings {
    /// The controls.
    pub controls: Vec<Checked>,
    /// Each scenario that was played.
    pub played: BTreeMap<ScenarioId, Proceeding>,
    /// The records of those that were not.
    pub left_out: BTreeMap<ScenarioId, ScenarioRecord>,
}

/// A control of them.
#[derive(Debug)]
pub(super) struct Checked {
    /// Which one.
    pub which: Which,
    /// What was played of it.
    pub played: Proceeding,
}

/// What was played of one of them.
#[derive(Debug)]
pub(super) struct Proceeding {
    /// Its transcript.
    pub entries: Vec<Entry>,
    /// The file that holds it.
    pub transcript: TranscriptRef,
    /// How long it took.
    pub took: Duration,
}

/// What all of it comes to.
#[derive(Debug)]
pub(super) struct Judged {
    /// The record of each scenario, by id.
    pub scenarios: Vec<ScenarioRecord>,
    /// Those of the controls, by the folder of their family.
    pub controls: BTreeMap<String, Vec<ControlRecord>>,
    /// Subject of the certificate that the target presented first.
    pub certificate: Option<String>,
    /// What the handshakes of all of them prove.
    pub possession: Possession,
    /// What changed in the space, and how it was undone.
    pub changes: Vec<EpochRecord>,
    /// What they show together that is worth a word.
    pub observations: Vec<Observation>,
    /// What the run as a whole showed of the target, in French.
    pub seen: Vec<String>,
}

/// The records of scenarios, and who of them can be another one's twin.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// The record of each scenario, without its transcript's digest.
    pub records: BTreeMap<ScenarioId, ScenarioRecord>,
    /// Scenarios that went as expected.
    witnesses: BTreeSet<ScenarioId>,
}

impl Proceedings {
    /// All transcripts, those of the controls first, the others by id.
    pub(super) fn all(&self) -> impl Iterator<Item = &Proceeding> {
        self.controls.iter().map(|one| &one.played).chain(self.played.values())
    }

    /// Whether the control of a scenario's family that came next was accepted: after its world, or after all; `None`
    /// where there was none. What a later world leaves behind in a target says nothing of what it did before it.
    fn closed(&self, scenario: &Scenario, entries: &[Entry]) -> Option<bool> {
        let family = family_of(scenario.id.as_str());
        let ended = timeline::last_act(entries);
        let of_the_family = self.controls.iter().filter(|one| one.which.family == family);
        let later = of_the_family.filter_map(|one| {
            let begins = timeline::begins(&one.played.entries);
            let is_later = match one.which.when? {
                When::Before => false,
                When::World(_) => begins >= ended && ended.is_some(),
                When::After => true,
            };
            let last = one.which.when == Some(When::After);
            is_later.then_some(((last, begins), control::accepted(&one.played.entries)))
        });
        later.min_by_key(|(order, _)| *order).map(|(_, accepted)| accepted)
    }
}

/// Judges everything for good, and tells what all of it shows together; the run took `took`, and
/// was made under this word of an agency.
pub(super) fn judge_all(
    library: &Library,
    basis: &Basis,
    proceedings: &Proceedings,
    took: Duration,
    challenge: Option<&Challenge>,
) -> Judged {
    let Proceedings { controls, played, left_out } = proceedings;
    // Row by row: a twin is judged before those that rest on it.
    let everything = select(library, &Filter::default());
    let order: Vec<(&Scenario, &Proceeding)> = everything
        .iter()
        .filter_map(|scenario| Some((scenario, played.get(&scenario.id)?)))
        .collect();
    let mut campaign = Campaign::default();
    let families = &library.catalogue.families;
    for Checked { which, played } in controls {
        let family = families.iter().find(|family| family.folder == which.family);
        if let Some(nominal) = family.and_then(|family| library.nominal(family)) {
            campaign.add_control(nominal, &played.entries);
        }
    }
    for (scenario, one) in &order {
        campaign.add_scenario(scenario, &one.entries);
    }
    let mut verdicts = Verdicts { records: left_out.clone(), ..Verdicts::default() };
    for (scenario, one) in order {
        let control_after = proceedings.closed(scenario, &one.entries);
        let end = Some(End { control_after, campaign: &campaign });
        verdicts.judge(scenario, basis, &one.entries, one.took, end);
    }
    let referred = |(id, record): (ScenarioId, ScenarioRecord)| {
        let transcript = played.get(&id).map(|one| one.transcript.clone());
        ScenarioRecord { transcript, ..record }
    };
    let all = || proceedings.all().map(|one| one.entries.as_slice());
    let pace = pace::pace(all(), took);
    let possession = Possession::of(challenge, all());
    Judged {
        possession,
        changes: changes::epochs(library, proceedings),
        observations: observations(all(), basis.embedded),
        scenarios: verdicts.records.into_iter().map(referred).collect(),
        controls: control_records(controls),
        certificate: proceedings.all().find_map(|one| certificate(&one.entries)),
        seen: campaign.deferrals().into_iter().chain(pace).collect(),
    }
}

fn control_records(controls: &[Checked]) -> BTreeMap<String, Vec<ControlRecord>> {
    let mut records: BTreeMap<String, Vec<ControlRecord>> = BTreeMap::new();
    for Checked { which, played } in controls {
        let Some(when) = which.when else { continue };
        records.entry(which.family.clone()).or_default().push(ControlRecord {
            when,
            part: which.part,
            accepted: control::accepted(&played.entries),
            observed: control::observed(&played.entries),
            transcript: played.transcript.clone(),
        });
    }
    records
}

/// The subject of the certificate that the target presents first.
fn certificate(entries: &[Entry]) -> Option<String> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::TlsEstablished { peer, .. } => peer.first().map(|leaf| leaf.subject.clone()),
        _ => None,
    })
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
