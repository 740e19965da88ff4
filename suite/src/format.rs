//! The published schemas of what a run writes: `record.json` and the transcripts. They are generated from
//! the types by `cargo xtask schema` and committed in `docs/`, for who reads a dossier by a program.

use fixtures::smtp::transcript::Entry;
use schemars::{Schema, schema_for};

use crate::record::RunRecord;

/// The committed files: name below `docs/`, and content.
#[must_use]
pub fn files() -> [(&'static str, String); 2] {
    [
        ("record.schema.json", text(&schema_for!(RunRecord))),
        ("transcript.schema.json", text(&schema_for!(Entry))),
    ]
}

fn text(schema: &Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema is JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn the_published_schemas_are_those_of_the_types() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        for (name, text) in files() {
            let published = fs::read_to_string(docs.join(name)).expect("published");
            assert!(
                published == text,
                "docs/{name} is not of these types; run `cargo xtask schema`"
            );
        }
    }
}
