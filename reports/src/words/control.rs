//! The controls of a run, in words.

use suite::record::{ControlRecord, RunRecord, When};

/// The controls, each with what follows the word `contrôle`; of one family alone they need no other name.
pub(crate) fn controls(record: &RunRecord) -> impl Iterator<Item = (String, &ControlRecord)> {
    let several = record.families.len() > 1;
    record.families.iter().flat_map(move |family| {
        family.controls.iter().map(move |control| {
            let when = match control.when {
                When::Before => "initial".to_owned(),
                When::World(place) => format!("après l'état changé {place}"),
                When::After => "final".to_owned(),
            };
            let of = if several { format!(" ({})", family.title) } else { String::new() };
            (format!("{when}{of}"), control)
        })
    })
}
