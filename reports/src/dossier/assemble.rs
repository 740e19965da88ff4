//! The files of a dossier.

use std::path::{Component, Path};

use jiff::Timestamp;
use suite::{
    annexe1::{Form, template},
    comparison::Comparison,
    record::{RunRecord, TranscriptRef},
};

use super::DossierError;
use crate::{
    ReportError,
    bundle::{Files, MANIFEST, Manifest, SIGNATURE, Signer},
    content::{Content, Sources},
    file, html, json, junit,
};

/// The form.
pub(super) const FORM: &str = "annexe1.toml";

/// The record of the run that the report compares with: without it, nobody could check that part.
pub(super) const EARLIER: &str = "precedente/record.json";

/// Octets of the largest transcript.
const LIMIT: u64 = 256 << 20;

/// The files of a dossier on a run, read from its folder. The form is written anew from its fields: its
/// comments may hold what is not meant for a reader.
///
/// # Errors
/// A transcript that the record names cannot be had.
pub fn assemble(
    record: &RunRecord,
    run_dir: &Path,
    form: &Form,
    earlier: Option<&RunRecord>,
) -> Result<Files, DossierError> {
    let mut files: Files = documents(record, run_dir, form, earlier)?.into_iter().collect();
    files.insert("record.json".to_owned(), json::render(record)?.into_bytes());
    if let Some(earlier) = earlier {
        files.insert(EARLIER.to_owned(), json::render(earlier)?.into_bytes());
    }
    let of_scenarios = record.scenarios.iter().filter_map(|one| one.transcript.as_ref());
    for transcript in of_scenarios.chain(record.controls.iter().map(|one| &one.transcript)) {
        files.insert(transcript.path.clone(), read(run_dir, transcript)?);
    }
    Ok(files)
}

/// The documents made of a run, one line a format of the report: each lays the same content out.
///
/// # Errors
/// None that outside input can cause.
pub(super) fn documents(
    record: &RunRecord,
    run_dir: &Path,
    form: &Form,
    earlier: Option<&RunRecord>,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let compared = earlier.map(|earlier| Comparison::of(earlier, record));
    let sources = Sources { annexe1: Some(form), earlier: earlier.zip(compared.as_ref()) };
    let content = Content::new(record, run_dir, &sources);
    let named = |name: &str, bytes| (name.to_owned(), bytes);
    Ok(vec![
        named("rapport.html", html::layout(&content)?.into_bytes()),
        named("junit.xml", junit::render(record)?),
        named(FORM, template::write(form).into_bytes()),
    ])
}

/// Adds the manifest and, with a signer, its signature made at `now`.
///
/// # Errors
/// The signature cannot be made.
pub fn seal(
    files: &mut Files,
    signer: Option<&Signer>,
    now: Timestamp,
) -> Result<(), DossierError> {
    let manifest = Manifest::of(files).render().into_bytes();
    if let Some(signer) = signer {
        files.insert(SIGNATURE.to_owned(), signer.sign(&manifest, now)?);
    }
    files.insert(MANIFEST.to_owned(), manifest);
    Ok(())
}

fn read(run_dir: &Path, transcript: &TranscriptRef) -> Result<Vec<u8>, DossierError> {
    let trouble = |detail: &str| DossierError::Transcript {
        path: transcript.path.chars().take(200).collect(),
        detail: detail.to_owned(),
    };
    let path = Path::new(&transcript.path);
    let mut parts = path.components();
    // A record from elsewhere must not make us send another file, nor write over one of ours.
    let below = parts.next() == Some(Component::Normal("transcripts".as_ref()));
    if !below || !parts.all(|part| matches!(part, Component::Normal(_))) {
        return Err(trouble("chemin hors du dossier transcripts"));
    }
    file::read_at_most(&run_dir.join(path), LIMIT)
        .map_err(|error| trouble(&error.to_string()))?
        .ok_or_else(|| trouble("fichier trop grand"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

    #[test]
    fn a_dossier_holds_what_the_record_names_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        sample::write_transcripts(folder.path()).expect("written");
        std::fs::write(folder.path().join("transcripts/autre.jsonl"), "x").expect("written");
        std::fs::write(folder.path().join("notes.txt"), "x").expect("written");
        let record = sample::record();
        let mut files =
            assemble(&record, folder.path(), &Form::default(), None).expect("assembled");
        seal(&mut files, None, record.started).expect("sealed");
        let transcripts = record.scenarios.iter().filter(|one| one.transcript.is_some()).count();
        assert_eq!(files.len(), transcripts + 5);
        let manifest = String::from_utf8(files[MANIFEST].clone()).expect("text");
        assert_eq!(Manifest::parse(&manifest).expect("sound").check(&files), []);
        assert!(!files.contains_key("transcripts/autre.jsonl"));
    }

    #[rstest]
    #[case::parent("../secret", "chemin hors")]
    #[case::up_again("transcripts/../../secret", "chemin hors")]
    #[case::absolute("/etc/hostname", "chemin hors")]
    #[case::another_file("record.json", "chemin hors")]
    #[case::missing("transcripts/absent.jsonl", "ne peut pas être jointe")]
    fn a_transcript_is_one_of_the_run(#[case] path: &str, #[case] words: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        sample::write_transcripts(folder.path()).expect("written");
        let mut record = sample::record();
        let transcript = TranscriptRef { path: path.to_owned(), sha256: String::new() };
        record.scenarios[0].transcript = Some(transcript);
        let error = assemble(&record, folder.path(), &Form::default(), None).expect_err("refused");
        assert!(error.to_string().contains(words), "{error}");
    }
}
