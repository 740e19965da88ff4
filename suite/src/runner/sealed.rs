//! The transcripts that a record refers to: their names and their digests.

use std::{fs, io, path::Path};

use sha2::{Digest, Sha256};

use crate::{
    record::{ScenarioRecord, TranscriptRef},
    scenario::ScenarioId,
};

/// The file name of a scenario's transcript.
pub(super) fn transcript_name(id: &ScenarioId) -> String {
    format!("{}.jsonl", id.as_str().replace('/', "-"))
}

/// Adds the transcript's digest to a record.
pub(super) fn seal(record: ScenarioRecord, path: &Path) -> io::Result<ScenarioRecord> {
    Ok(ScenarioRecord { transcript: Some(reference(path)?), ..record })
}

/// A transcript's name and digest.
pub(super) fn reference(path: &Path) -> io::Result<TranscriptRef> {
    let sha256 = hex::encode(Sha256::digest(fs::read(path)?));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(TranscriptRef { path: format!("transcripts/{name}"), sha256 })
}
