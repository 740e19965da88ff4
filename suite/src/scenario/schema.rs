//! The JSON Schemas of the files below `scenarios/`, for editors: generated from the raw types by
//! `cargo xtask schema` and committed beside the files.

use std::{fs, io, path::Path};

use schemars::schema_for;
use serde_json::Value;

use super::raw::RawScenario;
use crate::family::raw::{RawCatalogue, RawFamily};

/// The committed files: name below `scenarios/`, and content.
#[must_use]
pub fn files() -> [(&'static str, String); 3] {
    [
        ("scenario.schema.json", text(&schema_for!(RawScenario).to_value())),
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
