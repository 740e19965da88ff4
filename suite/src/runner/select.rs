//! Which scenarios a run plays, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    family::Family,
    record::{Level, family_of},
    scenario::{Filter, Library, Scenario, ScenarioId},
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

    /// The families that they are of, in the order of the library.
    pub fn families<'l>(&self, library: &'l Library) -> impl Iterator<Item = &'l Family> {
        let chosen: BTreeSet<String> =
            self.iter().map(|scenario| family_of(scenario.id.as_str()).to_owned()).collect();
        library.catalogue.families.iter().filter(move |family| chosen.contains(&family.folder))
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

/// Chooses the scenarios that `filter` takes; their twins come with them, left out by it or not.
#[must_use]
pub fn select<'a>(library: &'a Library, filter: &Filter) -> Selection<'a> {
    let by_id: BTreeMap<&ScenarioId, &Scenario> =
        library.scenarios.iter().map(|scenario| (&scenario.id, scenario)).collect();
    let mut chosen: BTreeSet<&ScenarioId> = BTreeSet::new();
    for scenario in library.scenarios.iter().filter(|scenario| filter.takes(scenario)) {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario;

    fn library() -> Library {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        scenario::load(&root).expect("all scenarios load")
    }

    #[test]
    fn without_a_filter_everything_is_chosen_and_twins_come_first() {
        let library = library();
        let selection = select(&library, &Filter::default());
        assert_eq!(selection.len(), library.scenarios.len());
        assert!(!selection.leaves_out_a_must && !selection.is_empty());
        let mut seen: BTreeSet<&ScenarioId> = BTreeSet::new();
        for row in &selection.rows {
            for scenario in row {
                assert!(scenario.twin.as_ref().is_none_or(|twin| seen.contains(twin)));
            }
            seen.extend(row.iter().map(|scenario| &scenario.id));
        }
        assert_eq!(seen.len(), library.scenarios.len(), "each once");
    }

    #[test]
    fn a_path_pulls_in_its_twins_and_theirs() {
        let library = library();
        let selection = select(&library, &["4-certificat/expire-tls-1-3"].into_iter().collect());
        let rows: Vec<Vec<&str>> = selection
            .rows
            .iter()
            .map(|row| row.iter().map(|scenario| scenario.id.as_str()).collect())
            .collect();
        assert_eq!(
            rows,
            [
                ["reception/4-certificat/valide"],
                ["reception/4-certificat/valide-tls-1-3"],
                ["reception/4-certificat/expire-tls-1-3"],
            ]
        );
        assert!(selection.leaves_out_a_must);
    }

    #[test]
    fn a_twin_that_is_left_out_comes_all_the_same() {
        let library = library();
        let words = ["=reception/4-certificat/expire", "!=reception/4-certificat/valide"];
        let selection = select(&library, &words.into_iter().collect());
        let ids: Vec<&str> = selection.iter().map(|scenario| scenario.id.as_str()).collect();
        assert_eq!(ids, ["reception/4-certificat/valide", "reception/4-certificat/expire"]);
    }

    #[test]
    fn a_filter_that_means_nothing_chooses_nothing() {
        let library = library();
        assert!(select(&library, &["pas/de/tel/scénario"].into_iter().collect()).is_empty());
    }
}
