//! A dossier on the disk: whole, or not there at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use super::DossierError;
use crate::{
    ReportError,
    bundle::{Files, pack},
};

/// Where a dossier is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its folder.
    pub folder: PathBuf,
    /// The same as an archive.
    pub archive: PathBuf,
}

/// Where a dossier of that name goes.
///
/// # Errors
/// Something of that name is there.
pub fn vacant(parent: &Path, name: &str) -> Result<Placed, DossierError> {
    let placed = Placed { folder: parent.join(name), archive: parent.join(format!("{name}.zip")) };
    for path in [&placed.folder, &placed.archive] {
        if path.symlink_metadata().is_ok() {
            return Err(DossierError::Exists { path: path.clone() });
        }
    }
    Ok(placed)
}

/// Writes the files to the folder `name` below `parent`, and to the archive of that name. Both are
/// written under other names first: an error leaves nothing behind.
///
/// # Errors
/// Something of that name is there, or the disk refuses.
pub fn place(files: &Files, parent: &Path, name: &str) -> Result<Placed, DossierError> {
    let placed = vacant(parent, name)?;
    let packed = pack(files)?;
    let folder = Draft(parent.join(format!(".{name}.{}.tmp", process::id())));
    let archive = Draft(parent.join(format!(".{name}.zip.{}.tmp", process::id())));
    let write = |path: &Path, bytes: &[u8]| {
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(path, bytes))
            .map_err(|source| ReportError::write(path, source))
    };
    for (file, bytes) in files {
        write(&folder.0.join(file), bytes)?;
    }
    write(&archive.0, &packed)?;
    let rename = |draft: &Draft, path: &Path| -> io::Result<()> { fs::rename(&draft.0, path) };
    rename(&folder, &placed.folder).map_err(|e| ReportError::write(&placed.folder, e))?;
    if let Err(error) = rename(&archive, &placed.archive) {
        // Half a dossier is none. The error that led here is the one to report.
        let _ = fs::remove_dir_all(&placed.folder);
        return Err(ReportError::write(&placed.archive, error).into());
    }
    Ok(placed)
}

/// A file or folder in the making, removed on drop; once renamed there is nothing left to remove.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Best effort: one of the two is what it is.
        let _ = fs::remove_file(&self.0).or_else(|_| fs::remove_dir_all(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::unpack;

    fn files() -> Files {
        [("a.txt", "1"), ("transcripts/b.jsonl", "2")]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn folder_and_archive_hold_the_same_and_nothing_else_is_left() {
        let parent = tempfile::tempdir().expect("a folder");
        let out = parent.path().join("neuf");
        let placed = place(&files(), &out, "dossier-x").expect("placed");
        assert_eq!(unpack(&placed.folder).expect("read"), files());
        assert_eq!(unpack(&placed.archive).expect("read"), files());
        assert_eq!(names(&out), ["dossier-x", "dossier-x.zip"]);
        let error = place(&files(), &out, "dossier-x").expect_err("there already");
        assert!(error.to_string().contains("existe déjà"), "{error}");
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let parent = tempfile::tempdir().expect("a folder");
        let mut files = files();
        // A file where a folder is needed.
        files.insert("a.txt/b".to_owned(), Vec::new());
        place(&files, parent.path(), "dossier-x").expect_err("in the way");
        assert_eq!(names(parent.path()), Vec::<String>::new());
    }
}
