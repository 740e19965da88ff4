//! Which scenarios a run plays, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    record::Level,
    scenario::{Library, Scenario, ScenarioId},
};

/// The scenarios chosen, by how far they stand from a scenario without twin: each row may be played
/// once the one before it is.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    /// Rows of scenarios; within a row the order is free.
    pub rows: Vec<Vec<&'a Scenario>>,
    /// Whether a `must` of the suite is not among them.
    pub leaves_out_a_must: bool,
}

impl<'a> Selection<'a> {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'a Scenario> + '_ {
        self.rows.iter().flatten().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Chooses the scenarios whose id holds `filter`, or whose clause it is, or begins with it; their
/// twins come with them. `None` chooses all.
#[must_use]
pub fn select<'a>(library: &'a Library, filter: Option<&str>) -> Selection<'a> {
    let by_id: BTreeMap<&ScenarioId, &Scenario> =
        library.scenarios.iter().map(|scenario| (&scenario.id, scenario)).collect();
    let mut chosen: BTreeSet<&ScenarioId> = BTreeSet::new();
    for scenario in library.scenarios.iter().filter(|scenario| scenario.matches(filter)) {
        let mut next = Some(scenario);
        while let Some(scenario) = next
            && chosen.insert(&scenario.id)
        {
            next = scenario.twin.as_ref().and_then(|twin| by_id.get(twin).copied());
        }
    }
    let mut rows: Vec<Vec<&Scenario>> = Vec::new();
    for id in &chosen {
        let scenario = by_id[id];
        let depth = depth(scenario, &by_id);
        if rows.len() <= depth {
            rows.resize_with(depth + 1, Vec::new);
        }
        rows[depth].push(scenario);
    }
    let leaves_out_a_must = library
        .scenarios
        .iter()
        .any(|scenario| scenario.level == Level::Must && !chosen.contains(&scenario.id));
    Selection { rows, leaves_out_a_must }
}

/// How many twins stand between a scenario and one that has none. The loader refuses cycles.
fn depth(scenario: &Scenario, by_id: &BTreeMap<&ScenarioId, &Scenario>) -> usize {
    let mut depth = 0;
    let mut next = scenario.twin.as_ref().and_then(|twin| by_id.get(twin).copied());
    while let Some(twin) = next
        && depth < by_id.len()
    {
        depth += 1;
        next = twin.twin.as_ref().and_then(|twin| by_id.get(twin).copied());
    }
    depth
}
