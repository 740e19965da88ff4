//! What can go wrong with a dossier, by culprit.

use std::path::PathBuf;

use crate::{ReportError, bundle::BundleError};

/// A dossier could not be made. The messages are for the operator, in French, and say what to do behind
/// a colon.
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// User or suite: a part of it.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// User: a certificate or key; suite: an archive.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// User: a transcript that the record names is not to be had.
    #[error(
        "la transcription {path} ne peut pas être jointe ({detail}) : donnez le dossier entier de la \
         campagne, ou rejouez-la"
    )]
    Transcript {
        /// Its path by the record.
        path: String,
        /// Why.
        detail: String,
    },
    /// User: something of that name is there.
    #[error("{path} existe déjà : renommez-le, ou désignez un autre dossier avec --out")]
    Exists {
        /// The folder or archive.
        path: PathBuf,
    },
}
