//! `record.json`: the record itself, the source of every other report.

use std::path::Path;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, de::Error as _};
use suite::{
    record::{Reading, RunRecord, SCHEMA, is_read},
    runner,
};

use crate::{ReportError, file};

/// No record is larger: some 300 scenarios take less than 1 MiB.
const LIMIT: u64 = 64 << 20;

/// Writes the record to `path`, indented, in the order of its fields, ending with a line feed.
///
/// # Errors
/// The file cannot be written; nothing is left of it then.
pub fn write(record: &RunRecord, path: &Path) -> Result<(), ReportError> {
    file::write_atomically(path, render(record)?.as_bytes())
}

/// Writes the head of a run to `path`, whole or not at all.
///
/// # Errors
/// The file cannot be written; nothing is left of it then.
pub fn write_head(head: &runner::Head, path: &Path) -> Result<(), ReportError> {
    file::write_atomically(path, pretty(head)?.as_bytes())
}

/// The record as text, as [`write()`] writes it: the same record always gives the same octets.
///
/// # Errors
/// None that outside input can cause.
pub fn render(record: &RunRecord) -> Result<String, ReportError> {
    pretty(record)
}

/// Anything as this suite writes JSON: indented, ending with a line feed.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String, ReportError> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| ReportError::Render { format: "JSON", detail: error.to_string() })
}

/// Reads a record back.
///
/// # Errors
/// The file cannot be read, is too large, truncated, of another schema, or no record.
pub fn read(path: &Path) -> Result<RunRecord, ReportError> {
    let bytes = file::read_at_most(path, LIMIT)
        .map_err(|source| ReportError::Read { path: path.to_owned(), source })?
        .ok_or_else(|| ReportError::TooLarge { path: path.to_owned(), limit: LIMIT })?;
    parse(path, &bytes)
}

/// Reads a record from its octets; `path` is how errors call it.
///
/// # Errors
/// They are too many, truncated, of another schema, or no record.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<RunRecord, ReportError> {
    if bytes.len() as u64 > LIMIT {
        return Err(ReportError::TooLarge { path: path.to_owned(), limit: LIMIT });
    }
    // The schema first: a record of another version fails in its fields, which says nothing.
    let head: Head = serde_json::from_slice(bytes).map_err(|error| unreadable(path, error))?;
    if let Some(advice) = head.advice() {
        return Err(ReportError::Schema {
            path: path.to_owned(),
            found: head.schema.chars().take(80).collect(),
            expected: SCHEMA,
            advice,
        });
    }
    let record: RunRecord =
        serde_json::from_slice(bytes).map_err(|error| unreadable(path, error))?;
    // No run was played outside these years, and not every format can write them.
    if !(2000..=9998).contains(&record.started.to_zoned(TimeZone::UTC).year()) {
        let error = serde_json::Error::custom("started : année impossible");
        return Err(unreadable(path, error));
    }
    Ok(record)
}

#[derive(Deserialize)]
struct Head {
    schema: String,
    suite_version: Option<String>,
}

impl Head {
    /// What whoever holds a record is to do where this version does not read it.
    fn advice(&self) -> Option<String> {
        let version: String = self.suite_version.iter().flat_map(|v| v.chars()).take(40).collect();
        let own = match version.as_str() {
            "" => "la version de la suite qui l'a produit".to_owned(),
            version => format!("la version de la suite qui l'a produit ({version})"),
        };
        match is_read(&self.schema) {
            Reading::Read => None,
            Reading::Older => Some(format!(
                "relisez-le avec {own}, ou rejouez la campagne avec celle-ci et gardez les deux"
            )),
            Reading::Newer => Some(format!("mettez la suite à jour, ou relisez-le avec {own}")),
            Reading::Foreign => Some("désignez le fichier record.json d'une campagne".to_owned()),
        }
    }
}

fn unreadable(path: &Path, source: serde_json::Error) -> ReportError {
    let path = path.to_owned();
    if source.is_eof() {
        ReportError::Truncated { path, line: source.line() }
    } else {
        ReportError::NotARecord { path, source }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use rstest::rstest;

    use super::*;
    use crate::{redaction, sample};

    #[test]
    fn a_record_reads_back_and_writes_the_same_octets() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("record.json");
        let record = sample::record();
        write(&record, &path).expect("written");
        let back = read(&path).expect("read back");
        assert_eq!(back, record);
        assert_eq!(fs::read_to_string(&path).expect("text"), render(&back).expect("rendered"));
    }

    #[rstest]
    #[case::truncated(
        "{\"schema\": \"mssante-conformance/2.0\",\n \"suite_ver",
        "est tronqué (il s'arrête ligne 2)"
    )]
    #[case::empty("", "est tronqué")]
    #[case::other_schema(
        "{\"schema\": \"mssante-conformance/9\"}",
        "est au format « mssante-conformance/9 », cette version lit « mssante-conformance/2.1 » : mettez la suite à jour"
    )]
    #[case::older(
        "{\"schema\": \"mssante-conformance/1\", \"suite_version\": \"0.0.7\"}",
        "relisez-le avec la version de la suite qui l'a produit (0.0.7), ou rejouez la campagne"
    )]
    #[case::foreign("{\"schema\": \"mssante-run/2\"}", "désignez le fichier record.json")]
    #[case::no_record(
        "{\"schema\": \"mssante-conformance/2.0\"}",
        "n'est pas l'enregistrement d'une exécution (missing field"
    )]
    #[case::no_json("<html>", "n'est pas l'enregistrement d'une exécution")]
    fn a_bad_file_is_named_for_what_it_is(#[case] text: &str, #[case] message: &str) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("record.json");
        fs::write(&path, text).expect("written");
        let error = read(&path).expect_err("bad").to_string();
        assert!(error.contains(message), "{error}");
    }

    /// The record of a real run, of the first 2.x: it is read forever.
    #[test]
    fn a_golden_record_is_read_forever() {
        let record = read(&golden("record-2.0.json")).expect("read");
        assert_eq!(record.schema, "mssante-conformance/2.0");
        let of = |name: &str| {
            let id = format!("reception/{name}");
            record.scenarios.iter().find(|scenario| scenario.id == id).expect("it was played")
        };
        assert_eq!(of("2-smtp/refus-entre-deux-transactions").decisions.len(), 3);
        assert!(record.scenarios.iter().all(|scenario| scenario.transcript.is_some()));
    }

    /// A later minor has fields that this version does not know.
    #[test]
    fn a_later_minor_is_read_without_what_is_new() {
        let text = fs::read_to_string(golden("record-2.0.json")).expect("text");
        let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let path = Path::new("record.json");
        let own = parse(path, text.as_bytes()).expect("read");
        value["schema"] = "mssante-conformance/2.9".into();
        value["later"] = "a field".into();
        value["scenarios"][0]["later"] = 1.into();
        value["scenarios"][0]["decisions"][0]["later"] = true.into();
        let later = parse(path, value.to_string().as_bytes()).expect("read");
        assert_eq!(RunRecord { schema: own.schema.clone(), ..later }, own);
    }

    #[test]
    fn a_golden_record_of_the_first_format_says_who_reads_it() {
        let error = read(&golden("record-1.json")).expect_err("another major").to_string();
        assert!(error.contains("est au format « mssante-conformance/1 »"), "{error}");
        assert!(
            error.contains("relisez-le avec la version de la suite qui l'a produit"),
            "{error}"
        );
    }

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../suite/tests/golden").join(name)
    }

    #[test]
    fn any_truncation_is_an_error_not_a_panic() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("record.json");
        let text = render(&sample::record()).expect("rendered");
        for end in (0..text.trim_end().len()).step_by(997) {
            fs::write(&path, &text.as_bytes()[..end]).expect("written");
            read(&path).expect_err("truncated");
        }
    }

    #[test]
    fn a_missing_file_is_said_to_be_missing() {
        let error = read(Path::new("/nulle/part/record.json")).expect_err("missing").to_string();
        assert!(error.contains("/nulle/part/record.json ne peut pas être lu"), "{error}");
    }

    #[test]
    fn the_format_stays_as_it_is() {
        let text = render(&redaction::redact(&sample::record())).expect("rendered");
        insta::assert_snapshot!("record.json", text);
    }
}
