//! A dossier on the disk to which a signature is added.

use std::path::{Path, PathBuf};

use super::DossierError;
use crate::{
    bundle::{BundleError, Files, SIGNATURE, pack, unpack},
    file,
};

/// Where a signature was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countersigned {
    /// The archive and the folder that hold it now.
    pub written: Vec<PathBuf>,
    /// One of that name beside it which holds something else, and was left as it is.
    pub left: Option<PathBuf>,
}

/// Writes the signature `p7s` into the dossier at `path`, whose `files` were read from there, and into the
/// folder or archive of the same name beside it, if that holds the same.
///
/// # Errors
/// The disk refuses; each file is whole all the same, with the new signature or with the old one.
pub fn countersign(
    path: &Path,
    files: &Files,
    p7s: Vec<u8>,
) -> Result<Countersigned, DossierError> {
    let unsigned = |files: &Files| {
        let mut files = files.clone();
        files.remove(SIGNATURE);
        files
    };
    let same = |other: &Path| unpack(other).is_ok_and(|found| unsigned(&found) == unsigned(files));
    let beside = if path.is_dir() {
        // Its own name, however the path is written: with a slash at its end, or as `.`.
        let folder = path
            .canonicalize()
            .map_err(|source| BundleError::Read { path: path.to_owned(), source })?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        folder.with_file_name(format!("{name}.zip"))
    } else {
        path.with_extension("")
    };
    let beside = Some(beside).filter(|beside| beside != path && beside.exists());
    let (twin, left) = match beside {
        Some(beside) if same(&beside) => (Some(beside), None),
        other => (None, other),
    };
    let mut signed = files.clone();
    signed.insert(SIGNATURE.to_owned(), p7s);
    let mut written = Vec::new();
    for path in [Some(path.to_owned()), twin].into_iter().flatten() {
        if path.is_dir() {
            file::write_atomically(&path.join(SIGNATURE), &signed[SIGNATURE])?;
        } else {
            file::write_atomically(&path, &pack(&signed)?)?;
        }
        written.push(path);
    }
    Ok(Countersigned { written, left })
}
