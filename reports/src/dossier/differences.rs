//! What is wrong with a record that is not the one which follows from the suite and its transcripts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use suite::{
    record::{RunRecord, ScenarioRecord, Verdict},
    runner::{Difference, Rejudged},
};

use super::Finding;

/// Characters of a value shown.
const SHOWN: usize = 120;

/// What the differences of a record mean. With it, the paths of those that mean nothing, since another
/// version of the suite wrote the record: its words may be others.
pub(super) fn findings(record: &RunRecord, again: &Rejudged) -> (Vec<Finding>, Vec<String>) {
    let recorded: BTreeMap<&str, &ScenarioRecord> =
        record.scenarios.iter().map(|one| (one.id.as_str(), one)).collect();
    let derived: BTreeMap<&str, &ScenarioRecord> =
        again.record.scenarios.iter().map(|one| (one.id.as_str(), one)).collect();
    let same_version = record.suite_version == suite::VERSION;
    let mut all = Sorted::default();
    for difference in &again.differences {
        let path: Vec<&str> = difference.path.iter().map(String::as_str).collect();
        match path[..] {
            ["verdict"] => all.heavy.push(Finding::Conclusion {
                recorded: record.verdict,
                derived: again.record.verdict,
            }),
            ["possession", ..] => all.possession = true,
            ["summary" | "families", ..] if is_count(&path) => all.counts = true,
            ["scenarios", id] if difference.recorded.is_none() => {
                all.heavy.push(Finding::MissingScenario(id.to_owned()));
            }
            ["scenarios", id] => all.heavy.push(Finding::UnknownScenario(id.to_owned())),
            ["scenarios", id, ref part @ ..] => {
                if let (Some(recorded), Some(derived), Some(part)) =
                    (recorded.get(id), derived.get(id), part.first())
                {
                    all.scenario(recorded, derived, part);
                }
            }
            _ => all.fields.push((difference.to_string(), difference.clone())),
        }
    }
    let Sorted { mut heavy, words, fields, counts, possession } = all;
    if possession {
        heavy.push(Finding::Possession);
    }
    if counts {
        heavy.push(Finding::Counts);
    }
    if !same_version {
        let words = words
            .iter()
            .flat_map(|(id, parts)| parts.iter().map(move |part| format!("scenarios.{id}.{part}")));
        return (heavy, fields.into_iter().map(|(path, _)| path).chain(words).collect());
    }
    heavy.extend(
        words
            .into_iter()
            .map(|(id, parts)| Finding::Words { id, parts: parts.into_iter().collect() }),
    );
    heavy.extend(fields.into_iter().map(|(path, difference)| Finding::Field {
        path,
        recorded: shown(difference.recorded.as_ref()),
        derived: shown(difference.derived.as_ref()),
    }));
    (heavy, Vec::new())
}

/// The differences by what they mean.
#[derive(Default)]
struct Sorted {
    /// What is wrong whatever version wrote the record.
    heavy: Vec<Finding>,
    /// Parts of scenarios that say something else, by id.
    words: BTreeMap<String, BTreeSet<String>>,
    /// Other fields.
    fields: Vec<(String, Difference)>,
    /// Whether counts are wrong.
    counts: bool,
    /// Whether the handshakes prove something else.
    possession: bool,
}

impl Sorted {
    fn scenario(&mut self, recorded: &ScenarioRecord, derived: &ScenarioRecord, part: &str) {
        let id = recorded.id.clone();
        let judged =
            matches!(recorded.verdict, Verdict::Pass | Verdict::PassWithRemark | Verdict::Fail);
        let unplayed = judged && recorded.transcript.is_none();
        if part == "verdict" {
            self.heavy.push(if unplayed {
                Finding::Unplayed(id)
            } else {
                Finding::Verdict { id, recorded: recorded.verdict, derived: derived.verdict }
            });
        } else if recorded.verdict == derived.verdict {
            self.words.entry(id).or_default().insert(part.to_owned());
        }
    }
}

/// Whether this is a count, of the run or of a family.
fn is_count(path: &[&str]) -> bool {
    matches!(path, ["summary", ..] | ["families", _, "summary", ..])
}

/// A value as one reads it.
fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}
