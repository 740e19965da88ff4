//! The JSON Schemas of the files below `scenarios/`, for editors: generated from the raw types by
//! `cargo xtask schema` and committed beside the files.

use std::{borrow::Cow, fs, io, path::Path};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde_json::{Value, json};

use super::raw::RawScenario;
use crate::{
    family::{
        Rules,
        raw::{RawCatalogue, RawFamily},
    },
    oracle::ClauseId,
};

/// The committed files: name below `scenarios/`, and content.
#[must_use]
pub fn files() -> [(&'static str, String); 3] {
    [
        ("scenario.schema.json", text(&with_variants(schema_for!(RawScenario).to_value()))),
        ("famille.schema.json", text(&schema_for!(RawFamily).to_value())),
        ("clauses.schema.json", text(&schema_for!(RawCatalogue).to_value())),
    ]
}

/// Writes them into a scenario folder.
///
/// # Errors
/// A file cannot be written.
pub fn write(root: &Path) -> io::Result<()> {
    files().iter().try_for_each(|(name, text)| fs::write(root.join(name), text))
}

/// The schema of a file with variants: where one of a few texts is awaited, a name between braces may
/// stand for it.
fn with_variants(mut schema: Value) -> Value {
    let stands_for = || json!({ "type": "string", "pattern": r"\{[a-z]+\}" });
    match &mut schema {
        Value::Object(map) => {
            for (_, value) in map.iter_mut() {
                *value = with_variants(value.take());
            }
            if let Some(Value::Array(branches)) = map.get_mut("oneOf") {
                branches.push(stands_for());
            } else if let Some(names) = map.remove("enum") {
                map.remove("type");
                map.insert("anyOf".to_owned(), json!([{ "enum": names }, stands_for()]));
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| *one = with_variants(one.take())),
        _ => {}
    }
    schema
}

/// A name of a clause; those that an oracle decides by are its examples.
impl JsonSchema for ClauseId {
    fn schema_name() -> Cow<'static, str> {
        "ClauseId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let clauses = Rules::ALL.iter().flat_map(|rules| rules.oracle().clauses);
        let examples: Vec<&str> = clauses.map(|clause| clause.as_str()).collect();
        json_schema!({ "type": "string", "pattern": Self::PATTERN, "examples": examples })
    }
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schemas_are_those_of_the_code() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"));
        for (name, wanted) in files() {
            let committed = fs::read_to_string(root.join(name)).unwrap_or_default();
            assert!(
                committed == wanted,
                "scenarios/{name} is out of date: run `cargo xtask schema` and commit it"
            );
        }
    }
}
