//! The transcripts that a record refers to: their digests.

use std::{fs, io, path::Path};

use fixtures::smtp::transcript::Transcript;

use sha2::{Digest, Sha256};

use crate::record::TranscriptRef;

/// A transcript's name and digest, and why it is not written, if so: the digest is then that of what the
/// file should hold.
pub(super) fn reference(
    transcript: &Transcript,
    path: &Path,
) -> (TranscriptRef, Option<io::Error>) {
    let (octets, unwritten) = match transcript.finish().and_then(|()| fs::read(path)) {
        Ok(octets) => (octets, None),
        Err(error) => (transcript.text().into_bytes(), Some(error)),
    };
    let sha256 = hex::encode(Sha256::digest(octets));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    (TranscriptRef { path: format!("transcripts/{name}"), sha256 }, unwritten)
}
