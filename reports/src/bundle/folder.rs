//! A folder read as an archive is.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use super::{BundleError, archive::FILES, archive::Files};

/// A file of a folder.
pub(super) struct Listed {
    name: String,
    path: PathBuf,
    /// Its octets.
    size: u64,
}

/// The files of a folder and of those below it.
///
/// # Errors
/// It cannot be read, has too many files, or something in it is neither a file nor a folder.
pub(super) fn listed(root: &Path) -> Result<Vec<Listed>, BundleError> {
    let mut files = Vec::new();
    below(root, root, &mut files)?;
    Ok(files)
}

fn below(root: &Path, path: &Path, files: &mut Vec<Listed>) -> Result<(), BundleError> {
    let unreadable = |source| BundleError::Read { path: path.to_owned(), source };
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        if kind.is_dir() {
            below(root, &path, files)?;
        } else if kind.is_file() {
            if files.len() >= FILES {
                return Err(BundleError::TooMany { path: root.to_owned(), limit: FILES });
            }
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> =
                inside.components().map(|c| c.as_os_str().to_string_lossy()).collect();
            let size = entry.metadata().map_err(unreadable)?.len();
            files.push(Listed { name: parts.join("/"), path, size });
        } else {
            // A link leads elsewhere: what is read is not what was sent.
            let name = path.display().to_string();
            return Err(BundleError::Name { path: root.to_owned(), name });
        }
    }
    Ok(())
}

/// The octets of all of them.
pub(super) fn size(files: &[Listed]) -> u64 {
    files.iter().map(|file| file.size).fold(0, u64::saturating_add)
}

/// Reads them.
///
/// # Errors
/// One cannot be read, or has become longer.
pub(super) fn read(files: Vec<Listed>) -> Result<Files, BundleError> {
    let read = |Listed { name, path, size }| Ok((name, whole(&path, size)?));
    files.into_iter().map(read).collect()
}

/// The octets of a file that had so many.
///
/// # Errors
/// It cannot be read, or has become longer.
pub(super) fn whole(path: &Path, size: u64) -> Result<Vec<u8>, BundleError> {
    let unreadable = |source| BundleError::Read { path: path.to_owned(), source };
    let mut octets = Vec::new();
    octets.reserve_exact(usize::try_from(size).unwrap_or_default());
    let mut file = File::open(path).map_err(unreadable)?;
    file.by_ref().take(size).read_to_end(&mut octets).map_err(unreadable)?;
    let longer = file.read(&mut [0]).map_err(unreadable)? > 0;
    if longer {
        return Err(BundleError::Growing { path: path.to_owned() });
    }
    Ok(octets)
}
