//! The readings of open points that the scenarios of a run rest on.

use serde::Serialize;
use suite::record::RunRecord;

use super::{anchor, quoted, scenario::Link, text::reading};

/// One reading, and the scenarios that rest on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Interpretation {
    slug: String,
    anchor: String,
    text: String,
    scenarios: Vec<Link>,
}

/// Every reading of the record.
pub(super) fn all(record: &RunRecord) -> Vec<Interpretation> {
    let uses = |slug: &str| {
        let scenarios = record.scenarios.iter();
        scenarios
            .filter(|scenario| scenario.interpretation.as_deref() == Some(slug))
            .map(|scenario| Link::to(record, &scenario.id))
            .collect()
    };
    record
        .interpretations
        .iter()
        .map(|(slug, text)| Interpretation {
            slug: quoted(slug),
            anchor: anchor("i", slug),
            text: reading(text),
            scenarios: uses(slug),
        })
        .collect()
}
