//! What can go wrong with a report, by culprit: the user's disk, the file given, or this suite.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A report could not be written or a record could not be read. The messages are for the operator:
/// in French, each with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// User: no room left.
    #[error(
        "plus de place pour écrire {path} : libérez de l'espace disque, ou désignez un dossier d'un \
         autre disque, puis relancez"
    )]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// User: no right to write there.
    #[error(
        "droits insuffisants pour écrire {path} : donnez le droit d'écriture sur ce dossier à votre \
         compte, ou désignez un autre dossier, puis relancez"
    )]
    Denied {
        /// The file.
        path: PathBuf,
    },
    /// User: any other trouble in writing.
    #[error("{path} ne peut pas être écrit ({source}) : vérifiez le dossier, puis relancez")]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// User: the file cannot be read.
    #[error(
        "{path} ne peut pas être lu ({source}) : désignez le fichier record.json d'une exécution"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// User: the file is larger than any record.
    #[error(
        "{path} dépasse {limit} octets, ce n'est pas l'enregistrement d'une exécution : désignez le \
         fichier record.json d'une exécution"
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in octets.
        limit: u64,
    },
    /// User: the file ends in the middle.
    #[error(
        "{path} est tronqué (il s'arrête ligne {line}) : reprenez une copie entière de ce fichier, ou \
         relancez l'exécution"
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The line at which it ends, from 1.
        line: usize,
    },
    /// User: the file was written by another version.
    #[error("{path} est au format « {found} », cette version lit « {expected} » : {advice}")]
    Schema {
        /// The file.
        path: PathBuf,
        /// The schema it declares.
        found: String,
        /// The schema this version reads.
        expected: &'static str,
        /// What to do, in French.
        advice: String,
    },
    /// User: the file is no record.
    #[error(
        "{path} n'est pas l'enregistrement d'une exécution ({source}) : désignez le fichier \
         record.json d'une exécution, sans le modifier"
    )]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// What the parser says, with line and column.
        source: serde_json::Error,
    },
    /// Harness: a format cannot be rendered.
    #[error(
        "le rapport {format} ne peut pas être composé ({detail}) : c'est un défaut de la suite, \
         signalez-le avec le fichier record.json"
    )]
    Render {
        /// Name of the format.
        format: &'static str,
        /// What the renderer says.
        detail: String,
    },
}

impl ReportError {
    /// The error that a failed write of `path` is.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path }
            }
            _ => Self::Write { path, source },
        }
    }
}
