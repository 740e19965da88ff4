//! The content as the templates read it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    document::{Attachment, broken},
    fit,
    world::hex,
};
use crate::{ReportError, content::Content, words};

/// Characters of all texts together; beyond, each is cut short.
const BUDGET: usize = 6_000_000;
/// The most characters of a text when the budget is spent.
const SHORT: usize = 80;
/// The most items of a list of lines within one table row or paragraph.
const MOST_LINES: usize = 60;

/// Names of texts that are the suite's own, to be set as French.
const PROSE: [&str; 30] = [
    "advice",
    "apart",
    "changed",
    "consequence",
    "expected",
    "form_remarks",
    "heading",
    "interpretation_text",
    "label",
    "limits",
    "meaning",
    "name",
    "observations",
    "permitted",
    "purpose",
    "reason",
    "remarks",
    "rule_path",
    "same",
    "scope",
    "settings",
    "source",
    "sources",
    "stage",
    "text",
    "title",
    "todo",
    "unverified",
    "warnings",
    "wording",
];
/// Those among them that quote nobody but official texts.
const OFFICIAL: [&str; 3] = ["interpretation_text", "source", "wording"];
/// Names of what is no text: places and classes.
const NAMES: [&str; 5] = ["class", "kind", "level_class", "result_class", "state_class"];
/// Names of places.
const ANCHORS: [&str; 2] = ["anchor", "clause_anchor"];
/// What the list of all scenarios does not show: it is in the chapters on those that need it.
const ELSEWHERE: [&str; 7] = [
    "advice",
    "consequence",
    "decisions",
    "evidence",
    "interpretation",
    "interpretation_text",
    "purpose",
];

/// The values for `content.json`: the content without the full exchanges, which the page and the
/// transcripts carry, each text fit for paper, and no link that leads nowhere; and the attachments.
///
/// # Errors
/// None that outside input can cause.
pub(super) fn of(content: &Content, attachments: &[Attachment<'_>]) -> Result<Value, ReportError> {
    let mut values = serde_json::to_value(content).map_err(|error| broken(error.to_string()))?;
    let mut places = BTreeSet::new();
    for list in ["clauses", "interpretations"] {
        for one in items(values.get_mut(list)) {
            place(one, &mut places);
        }
    }
    for step in items(values.get_mut("steps")) {
        place(step, &mut places);
        for scenario in items(step.get_mut("scenarios")) {
            place(scenario, &mut places);
            if let Some(fields) = scenario.as_object_mut() {
                fields.retain(|name, _| !ELSEWHERE.contains(&name.as_str()));
            }
            let exchange = scenario.get_mut("exchange").and_then(Value::as_object_mut);
            if let Some(exchange) = exchange {
                let rows = exchange.remove("rows");
                let count = rows.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
                exchange.insert("events".to_owned(), words::plural(count, "événement").into());
            }
        }
    }
    let mut left = BUDGET;
    fitted(&mut values, "", &places, &mut left);
    let attached: Vec<Value> = attachments.iter().map(attached).collect();
    values["attached"] = attached.into();
    Ok(values)
}

fn attached(file: &Attachment<'_>) -> Value {
    json!({
        "name": file.name,
        "media": file.media,
        "relation": file.relation,
        "description": file.description,
        "size": words::thousands(file.bytes.len()),
        "sha256": fit::quoted(&hex(&Sha256::digest(file.bytes)), 64),
    })
}

fn items(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

/// Notes where something stands. Of two of one name the first keeps it, so that a link leads to one.
fn place(one: &mut Value, places: &mut BTreeSet<String>) {
    let Some(anchor) = one.get("anchor").and_then(Value::as_str) else { return };
    if !places.insert(anchor.to_owned()) {
        one["anchor"] = Value::Null;
    }
}

/// Makes each text fit, and each anchor one of `places` or nothing; `name` is what it stands under.
fn fitted(value: &mut Value, name: &str, places: &BTreeSet<String>, left: &mut usize) {
    match value {
        Value::String(anchor) if ANCHORS.contains(&name) && places.contains(anchor) => {}
        Value::String(_) if ANCHORS.contains(&name) => *value = Value::Null,
        Value::String(text) if !NAMES.contains(&name) => {
            let most = if *left == 0 { SHORT } else { usize::MAX };
            *text = if OFFICIAL.contains(&name) {
                fit::official(text, most)
            } else if PROSE.contains(&name) {
                fit::prose(text, most)
            } else {
                fit::quoted(text, most)
            };
            *left = left.saturating_sub(text.len());
        }
        Value::Array(list) => {
            // Lists of records are chapters of the report, and are all shown.
            let lines = list.iter().all(Value::is_string);
            if lines && list.len() > MOST_LINES {
                let more = list.len() + 1 - MOST_LINES;
                list.truncate(MOST_LINES - 1);
                let more = words::plural(more, "ligne");
                list.push(format!("… et {more} de plus dans record.json").into());
            }
            list.iter_mut().for_each(|one| fitted(one, name, places, left));
        }
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, one)| fitted(one, name, places, left));
        }
        _ => {}
    }
}
