//! The transcripts of a run, read from its folder once.
//!
//! Read line by line as plain JSON: an event of a later version is kept as it is.

use std::path::{Component, Path};

use serde::Serialize;
use serde_json::{Map, Value};
use suite::{
    record::{RunRecord, TranscriptRef},
    runner::Transcripts,
};

use super::{anchor, quoted};
use crate::words;

/// The largest transcript that is read, in octets.
pub(super) const LIMIT: u64 = 1 << 20;

/// A transcript as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Transcript {
    /// Its path by the record.
    pub(super) path: String,
    /// Its digest by the record.
    pub(super) sha256: String,
    /// Octets of the file; `None` when it was not read.
    pub(super) size: Option<u64>,
    /// Its events.
    pub(super) events: Vec<Map<String, Value>>,
    /// What could not be read, and why.
    pub(super) note: Option<String>,
}

impl Transcript {
    /// Reads it; what cannot be read is said in its note.
    pub(super) fn read(
        transcripts: &(impl Transcripts + ?Sized),
        reference: &TranscriptRef,
    ) -> Self {
        let mut transcript = Self {
            path: reference.path.clone(),
            sha256: reference.sha256.clone(),
            ..Self::default()
        };
        let path = Path::new(&reference.path);
        // A record from elsewhere must not make us publish another file.
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            let note = "Chemin hors du dossier de l'exécution : échange non lu.";
            transcript.note = Some(note.to_owned());
            return transcript;
        }
        match transcripts.octets(&reference.path, LIMIT) {
            Ok(Some(bytes)) => {
                transcript.size = Some(bytes.len() as u64);
                transcript.fill(&String::from_utf8_lossy(&bytes));
            }
            Ok(None) => {
                transcript.note =
                    Some("Échange trop long pour ce rapport : lisez le fichier.".to_owned());
            }
            Err(error) => transcript.note = Some(format!("Échange illisible : {error}.")),
        }
        transcript
    }

    fn fill(&mut self, text: &str) {
        let mut unreadable = 0;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str(line) {
                Ok(event) => self.events.push(event),
                Err(_) => unreadable += 1,
            }
        }
        if unreadable > 0 {
            self.note = Some(format!(
                "{} illisible{} : l'écriture du fichier a été interrompue.",
                words::plural(unreadable, "ligne"),
                if unreadable > 1 { "s" } else { "" }
            ));
        }
    }
}

/// The file of a transcript, for the list at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FileRow {
    /// Its path in the dossier.
    path: String,
    /// Its digest by the record.
    sha256: String,
    /// Its octets, or why they are unknown.
    size: String,
    /// The place of its scenario; `None` for a control.
    anchor: Option<String>,
}

/// The files of a run with what they belong to, the controls first.
pub(super) fn files(
    record: &RunRecord,
    controls: &[Transcript],
    of_scenarios: &[Option<Transcript>],
) -> Vec<FileRow> {
    let row = |transcript: &Transcript, anchor: Option<String>| FileRow {
        path: quoted(&transcript.path),
        sha256: quoted(&transcript.sha256),
        size: transcript.size.map_or_else(
            || "non lue".to_owned(),
            |size| words::thousands(usize::try_from(size).unwrap_or(usize::MAX)),
        ),
        anchor,
    };
    let controls = controls.iter().map(|transcript| row(transcript, None));
    let scenarios =
        record.scenarios.iter().zip(of_scenarios).filter_map(|(scenario, transcript)| {
            transcript.as_ref().map(|transcript| row(transcript, Some(anchor("s", &scenario.id))))
        });
    controls.chain(scenarios).collect()
}
