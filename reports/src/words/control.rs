//! The controls of a run, in words.

use suite::record::{ControlRecord, FamilyRecord, RunRecord, When};

/// The controls, each with what follows the word `contrôle`; of one family alone they need no other name.
pub(crate) fn controls(record: &RunRecord) -> impl Iterator<Item = (String, &ControlRecord)> {
    record.families.iter().flat_map(move |family| {
        let of = of(record, family);
        family.controls.iter().map(move |control| (format!("{}{of}", when(control)), control))
    })
}

/// The controls, a line each; those accepted after changed worlds are one line where there are several.
pub(crate) fn told(record: &RunRecord) -> Vec<String> {
    let mut lines = Vec::new();
    for family in &record.families {
        let of = of(record, family);
        let is_folded = |one: &&ControlRecord| one.accepted && matches!(one.when, When::World(_));
        let folded: Vec<&ControlRecord> = family.controls.iter().filter(is_folded).collect();
        let mut fold = (folded.len() > 1).then(|| {
            let places = places(&folded);
            format!(
                "Contrôles après {} changements d'état ({places}){of} : messages acceptés",
                folded.len()
            )
        });
        for control in &family.controls {
            if folded.len() > 1 && is_folded(&control) {
                lines.extend(fold.take());
                continue;
            }
            let ControlRecord { accepted, observed, .. } = control;
            let not = if *accepted { "" } else { "non " };
            lines.push(format!(
                "Contrôle {}{of} : message {not}accepté ({observed})",
                when(control)
            ));
        }
    }
    lines
}

fn of(record: &RunRecord, family: &FamilyRecord) -> String {
    if record.families.len() > 1 { format!(" ({})", family.title) } else { String::new() }
}

fn when(control: &ControlRecord) -> String {
    match (control.when, control.part) {
        (When::Before, _) => "initial".to_owned(),
        (When::World(place), 0) => format!("après l'état changé {place}"),
        (When::World(place), part) => format!("après l'état changé {place}, reprise {part}"),
        (When::After, _) => "final".to_owned(),
    }
}

/// The places of the worlds of these, those in a row by their first and last.
fn places(controls: &[&ControlRecord]) -> String {
    let places = controls.iter().filter_map(|control| match control.when {
        When::World(place) => Some(place),
        When::Before | When::After => None,
    });
    let mut places: Vec<u32> = places.collect();
    places.sort_unstable();
    places.dedup();
    let rows = places.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    let row = |row: &[u32]| match row {
        [first, .., last] => format!("{first} à {last}"),
        [only] => only.to_string(),
        [] => String::new(),
    };
    rows.map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use suite::record::TranscriptRef;

    use super::*;
    use crate::sample;

    fn control(when: When, part: u32, accepted: bool) -> ControlRecord {
        let transcript = TranscriptRef { path: String::new(), sha256: String::new() };
        ControlRecord { when, part, accepted, observed: "250 ok".to_owned(), transcript }
    }

    fn told_of(worlds: &[(u32, u32, bool)]) -> Vec<String> {
        let mut record = sample::record();
        record.families.truncate(1);
        let worlds = worlds
            .iter()
            .map(|(place, part, accepted)| control(When::World(*place), *part, *accepted));
        let controls = [control(When::Before, 0, true)].into_iter().chain(worlds);
        record.families[0].controls = controls.chain([control(When::After, 0, true)]).collect();
        told(&record)
    }

    #[test]
    fn those_accepted_after_worlds_are_one_line() {
        let many: Vec<(u32, u32, bool)> = (1..=50).map(|place| (place, 0, place != 7)).collect();
        assert_eq!(
            told_of(&many),
            [
                "Contrôle initial : message accepté (250 ok)",
                "Contrôles après 49 changements d'état (1 à 6, 8 à 50) : messages acceptés",
                "Contrôle après l'état changé 7 : message non accepté (250 ok)",
                "Contrôle final : message accepté (250 ok)",
            ]
        );
    }

    #[test]
    fn one_alone_is_told_as_it_is() {
        assert_eq!(
            told_of(&[(2, 0, true), (2, 1, false)])[1..3],
            [
                "Contrôle après l'état changé 2 : message accepté (250 ok)",
                "Contrôle après l'état changé 2, reprise 1 : message non accepté (250 ok)",
            ]
        );
    }
}
