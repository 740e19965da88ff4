//! The files of a dossier.

use std::path::{Component, Path};

use annexe1::{Form, template};
use jiff::Timestamp;
use suite::{
    comparison::Comparison,
    record::{RunRecord, TranscriptRef},
    runner::{TRANSCRIPT, Transcripts},
};

use super::DossierError;
#[cfg(feature = "pdf")]
use crate::pdf::{self, Attachment, Relation};
use crate::{
    ReportError,
    bundle::{Files, MANIFEST, Manifest, SIGNATURE, Signer},
    content::{Content, Sources},
    html, json, junit,
};

/// The record: what all the rest is made from.
pub(super) const RECORD: &str = "record.json";

/// The form.
pub(super) const FORM: &str = "annexe1.toml";

/// The record of the run that the report compares with: without it, nobody could check that part.
pub(super) const EARLIER: &str = "precedente/record.json";

/// The report as a page.
pub(super) const REPORT: &str = "rapport.html";

/// Whether these files are a dossier, and not the folder of a run, in which its owner may keep what he
/// likes, a form among it.
pub(super) fn is_dossier(files: &Files) -> bool {
    [MANIFEST, SIGNATURE, REPORT, PAPER].iter().any(|name| files.contains_key(*name))
}

/// The report on paper.
pub(super) const PAPER: &str = "rapport.pdf";

/// Whether the report is laid out on paper too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// As `rapport.pdf`.
    #[cfg(feature = "pdf")]
    Pdf,
    /// No: the page alone.
    None,
}

impl Paper {
    /// The best that this build can do.
    #[cfg(feature = "pdf")]
    pub const BEST: Self = Self::Pdf;
    /// The best that this build can do.
    #[cfg(not(feature = "pdf"))]
    pub const BEST: Self = Self::None;
}

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
    paper: Paper,
) -> Result<Files, DossierError> {
    let mut files: Files = documents(record, run_dir, form, earlier, paper)?.into_iter().collect();
    files.insert(RECORD.to_owned(), json::render(record)?.into_bytes());
    if let Some(earlier) = earlier {
        files.insert(EARLIER.to_owned(), json::render(earlier)?.into_bytes());
    }
    let of_scenarios = record.scenarios.iter().filter_map(|one| one.transcript.as_ref());
    for transcript in of_scenarios.chain(record.controls().map(|one| &one.transcript)) {
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
    transcripts: &(impl Transcripts + ?Sized),
    form: &Form,
    earlier: Option<&RunRecord>,
    paper: Paper,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let compared = earlier.map(|earlier| Comparison::of(earlier, record));
    let sources = Sources { annexe1: Some(form), earlier: earlier.zip(compared.as_ref()) };
    let content = Content::new(record, transcripts, &sources);
    let named = |name: &str, bytes| (name.to_owned(), bytes);
    let (junit, form) = (junit::render(record)?, template::write(form).into_bytes());
    let mut documents = vec![named(REPORT, html::layout(&content)?.into_bytes())];
    match paper {
        #[cfg(feature = "pdf")]
        Paper::Pdf => {
            let text = json::render(record)?;
            let attachments = attachments(&text, &junit, &form);
            documents.push(named(PAPER, pdf::render(&content, record.started, &attachments)?));
        }
        Paper::None => {}
    }
    documents.extend([named("junit.xml", junit), named(FORM, form)]);
    Ok(documents)
}

/// What goes inside the PDF: whoever has it alone can still count again.
#[cfg(feature = "pdf")]
fn attachments<'a>(record: &'a str, junit: &'a [u8], form: &'a [u8]) -> [Attachment<'a>; 3] {
    [
        Attachment {
            name: "record.json",
            media: "application/json",
            relation: Relation::Data,
            description: "Enregistrement de la campagne : la seule source des chiffres de ce rapport",
            bytes: record.as_bytes(),
        },
        Attachment {
            name: "junit.xml",
            media: "application/xml",
            relation: Relation::Alternative,
            description: "Les résultats, lisibles par un outil d’intégration continue",
            bytes: junit,
        },
        Attachment {
            name: FORM,
            media: "application/toml",
            relation: Relation::Source,
            description: "Le formulaire de l’annexe 1, sans ses commentaires",
            bytes: form,
        },
    ]
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
    let octets = run_dir.octets(&transcript.path, TRANSCRIPT);
    let octets = octets.map_err(|error| trouble(&error.to_string()))?;
    Ok(octets.ok_or_else(|| trouble("fichier trop grand"))?.into_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    #[cfg(feature = "pdf")]
    use crate::bundle::Mismatch;
    use crate::sample;

    #[test]
    fn a_dossier_holds_what_the_record_names_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        sample::write_transcripts(folder.path()).expect("written");
        std::fs::write(folder.path().join("transcripts/autre.jsonl"), "x").expect("written");
        std::fs::write(folder.path().join("notes.txt"), "x").expect("written");
        let record = sample::record();
        let mut files = assemble(&record, folder.path(), &Form::default(), None, Paper::None)
            .expect("assembled");
        seal(&mut files, None, record.started).expect("sealed");
        let transcripts = record.scenarios.iter().filter(|one| one.transcript.is_some()).count();
        assert_eq!(files.len(), transcripts + 5);
        let manifest = String::from_utf8(files[MANIFEST].clone()).expect("text");
        assert_eq!(Manifest::parse(&manifest).expect("sound").check(&files), []);
        assert!(!files.contains_key("transcripts/autre.jsonl"));
    }

    #[cfg(feature = "pdf")]
    #[test]
    fn the_pdf_is_covered_by_the_manifest() {
        let folder = tempfile::tempdir().expect("a folder");
        sample::write_transcripts(folder.path()).expect("written");
        let record = sample::record();
        let mut files =
            assemble(&record, folder.path(), &Form::default(), None, Paper::Pdf).expect("made");
        seal(&mut files, None, record.started).expect("sealed");
        let manifest = String::from_utf8(files[MANIFEST].clone()).expect("text");
        assert!(manifest.contains("  rapport.pdf\n"), "{manifest}");
        files.get_mut(PAPER).expect("there").push(b' ');
        let manifest = Manifest::parse(&manifest).expect("sound");
        assert_eq!(manifest.check(&files), [Mismatch::Changed(PAPER.to_owned())]);
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
        let error = assemble(&record, folder.path(), &Form::default(), None, Paper::None)
            .expect_err("refused");
        assert!(error.to_string().contains(words), "{error}");
    }
}
