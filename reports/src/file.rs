//! Files written whole or not at all, and read up to a limit.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::ReportError;

/// Writes `bytes` to `path` through a temporary file beside it: a reader sees the old file or the
/// new one, and an error leaves nothing behind. Creates the folder.
///
/// # Errors
/// [`ReportError::DiskFull`], [`ReportError::Denied`], [`ReportError::Write`].
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    try_write(path, bytes).map_err(|source| ReportError::write(path, source))
}

fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)?;
    }
    let (temporary, mut file) = Temporary::beside(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary.0, path)
}

/// Reads `path`, at most `limit` octets of it; `None` when it holds more.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read_at_most(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let over = u64::try_from(bytes.len()).map_or(true, |read| read > limit);
    Ok((!over).then_some(bytes))
}

/// A file that is removed on drop; once renamed there is nothing left to remove.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(path: &Path) -> io::Result<(Self, File)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.{}-{number}.tmp", process::id()));
        // A file of that name can only be what a killed process of the same number left.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = File::options().write(true).create_new(true).open(&temporary)?;
        Ok((Self(temporary), file))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Best effort: the error that led here is the one to report.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_stays() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("un/deux/record.json");
        write_atomically(&path, b"ancien, plus long").expect("written");
        write_atomically(&path, b"neuf").expect("written again");
        assert_eq!(fs::read(&path).expect("read"), b"neuf");
        assert_eq!(names(&folder.path().join("un/deux")), ["record.json"]);
    }

    #[test]
    fn a_failed_write_says_what_to_do_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A folder of that name: the rename is what fails, after the whole file was written.
        let path = folder.path().join("record.json");
        fs::create_dir(&path).expect("created");
        let error = write_atomically(&path, b"x").expect_err("a folder is in the way");
        assert!(error.to_string().contains("vérifiez le dossier"), "{error}");
        assert_eq!(names(folder.path()), ["record.json"]);
    }

    #[test]
    fn a_full_disk_is_named() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            return fixtures::skip::place("/dev/full");
        }
        let source = File::options()
            .write(true)
            .open(full)
            .and_then(|mut file| file.write_all(b"x"))
            .expect_err("always full");
        let error = ReportError::write(Path::new("rapports/report.html"), source);
        assert_eq!(
            error.to_string(),
            "plus de place pour écrire rapports/report.html : libérez de l'espace disque, ou \
             désignez un dossier d'un autre disque, puis relancez"
        );
    }

    #[test]
    fn no_permission_is_named() {
        let error = ReportError::write(
            Path::new("/rapports/junit.xml"),
            io::Error::from(io::ErrorKind::PermissionDenied),
        );
        assert_eq!(
            error.to_string(),
            "droits insuffisants pour écrire /rapports/junit.xml : donnez le droit d'écriture sur ce \
             dossier à votre compte, ou désignez un autre dossier, puis relancez"
        );
    }

    #[test]
    fn a_read_stops_at_its_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("f");
        fs::write(&path, b"12345").expect("written");
        assert_eq!(read_at_most(&path, 5).expect("read").as_deref(), Some(&b"12345"[..]));
        assert_eq!(read_at_most(&path, 4).expect("read"), None);
    }
}
