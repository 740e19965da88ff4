//! The zip archive, and a folder read as one.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read, Write},
    path::{Component, Path},
};

use zip::{
    CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions,
};

use super::{BundleError, tiling};
use crate::file;

/// Octets of a bundle, all files together.
const OCTETS: u64 = 1 << 30;
/// Files of a bundle.
const FILES: usize = 20_000;

/// The files of a bundle by name, folders separated by `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The archive of these files: the same files always give the same octets.
///
/// # Errors
/// [`BundleError::Encoding`].
pub fn pack(files: &Files) -> Result<Vec<u8>, BundleError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let write = || -> Result<Vec<u8>, ZipError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(name, options)?;
            zip.write_all(bytes)?;
        }
        Ok(zip.finish()?.into_inner())
    };
    write().map_err(|error| BundleError::Encoding(error.to_string()))
}

/// Reads the files of an archive, or of a folder.
///
/// # Errors
/// It cannot be read, is no archive, is too large, or holds a name that leads out of it.
pub fn unpack(path: &Path) -> Result<Files, BundleError> {
    if path.is_dir() {
        let mut files = Files::new();
        let mut room = OCTETS;
        folder(path, path, &mut files, &mut room)?;
        return Ok(files);
    }
    let broken = |detail: String| BundleError::NotAnArchive { path: path.to_owned(), detail };
    let too_large = || BundleError::TooLarge { path: path.to_owned(), limit: OCTETS };
    let bytes = read(path, OCTETS)?.ok_or_else(too_large)?;
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).map_err(|e| broken(e.to_string()))?;
    tiling::check(&bytes, OCTETS)
        .map_err(|detail| BundleError::Equivocal { path: path.to_owned(), detail })?;
    if archive.len() > FILES {
        return Err(too_large());
    }
    let mut files = Files::new();
    let mut room = OCTETS;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|e| broken(e.to_string()))?;
        if entry.is_dir() && entry.size() == 0 {
            continue;
        }
        let name = entry.name().map_err(|e| broken(e.to_string()))?.into_owned();
        if entry.is_dir() || !is_inside(&name) {
            return Err(BundleError::Name { path: path.to_owned(), name });
        }
        let mut bytes = Vec::new();
        let limit = room.saturating_add(1);
        entry.by_ref().take(limit).read_to_end(&mut bytes).map_err(|e| broken(e.to_string()))?;
        room = room.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Whether a name stays below the folder that it is unpacked into, on any system.
fn is_inside(name: &str) -> bool {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    // Some systems drop a full stop or a blank at the end of a name.
    let whole = name.split('/').all(|part| !part.ends_with(['.', ' ']) && !part.is_empty());
    plain && whole && !name.contains(['\\', ':', '\0'])
}

fn folder(root: &Path, path: &Path, files: &mut Files, room: &mut u64) -> Result<(), BundleError> {
    let unreadable = |source| BundleError::Read { path: path.to_owned(), source };
    let too_large = || BundleError::TooLarge { path: root.to_owned(), limit: OCTETS };
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        if kind.is_dir() {
            folder(root, &path, files, room)?;
        } else if kind.is_file() {
            if files.len() >= FILES {
                return Err(too_large());
            }
            let bytes = read(&path, *room)?.ok_or_else(too_large)?;
            *room -= bytes.len() as u64;
            let below = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> =
                below.components().map(|c| c.as_os_str().to_string_lossy()).collect();
            files.insert(parts.join("/"), bytes);
        } else {
            // A link leads elsewhere: what is read is not what was sent.
            let name = path.display().to_string();
            return Err(BundleError::Name { path: root.to_owned(), name });
        }
    }
    Ok(())
}

fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, BundleError> {
    file::read_at_most(path, limit)
        .map_err(|source| BundleError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn files() -> Files {
        [("b/c.txt", "é".repeat(5_000)), ("a", String::new())]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.into_bytes()))
            .collect()
    }

    #[test]
    fn an_archive_reads_back_and_is_always_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dossier.zip");
        let packed = pack(&files()).expect("packed");
        fs::write(&path, &packed).expect("written");
        assert_eq!(unpack(&path).expect("unpacked"), files());
        assert_eq!(pack(&files()).expect("packed"), packed);
    }

    #[test]
    fn a_folder_reads_as_an_archive_does() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files() {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        assert_eq!(unpack(folder.path()).expect("read"), files());
    }

    #[rstest]
    #[case::up("../a")]
    #[case::up_inside("a/../../b")]
    #[case::absolute("/etc/passwd")]
    #[case::other_separator("a\\b")]
    #[case::drive("c:a")]
    #[case::empty("")]
    #[case::a_full_stop_dropped("record.json.")]
    #[case::a_blank_dropped("a /record.json")]
    #[case::an_empty_part("a//b")]
    #[case::a_folder_at_its_end("a/")]
    fn a_name_that_leads_out_is_refused(#[case] name: &str) {
        assert!(!is_inside(name));
    }

    /// Two entries that the reader keeps as one, and other programs as the other.
    #[rstest]
    #[case::the_same_name(b'1')]
    #[case::but_for_its_case(b'R')]
    fn two_entries_of_one_name_are_refused(#[case] second: u8) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dossier.zip");
        let first = if second == b'R' { "rapport-r" } else { "rapport-1" };
        let two = Files::from([
            (first.to_owned(), b"CONCLUANT".to_vec()),
            ("rapport-2".to_owned(), b"NON CONCLUANT".to_vec()),
        ]);
        let mut bytes = pack(&two).expect("packed");
        while let Some(at) = bytes.windows(9).position(|nine| nine == b"rapport-2") {
            bytes[at + 8] = second;
        }
        fs::write(&path, &bytes).expect("written");
        unpack(&path).expect_err("hidden");
    }

    #[test]
    fn an_archive_that_programs_read_diversely_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dossier.zip");
        let packed = pack(&files()).expect("packed");
        let joined = [&*pack(&Files::new()).expect("packed"), &packed].concat();
        let followed = [&*packed, b"\n"].concat();
        for bytes in [joined, followed] {
            fs::write(&path, bytes).expect("written");
            let error = unpack(&path).expect_err("equivocal");
            assert!(matches!(error, BundleError::Equivocal { .. }), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_folder_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("a")).expect("linked");
        assert!(matches!(unpack(folder.path()), Err(BundleError::Name { .. })));
    }

    #[test]
    fn what_is_no_archive_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dossier.zip");
        let whole = pack(&files()).expect("packed");
        for bytes in [&b""[..], b"PK", &whole[..whole.len() / 2]] {
            fs::write(&path, bytes).expect("written");
            let error = unpack(&path).expect_err("no archive");
            assert!(matches!(error, BundleError::NotAnArchive { .. }), "{error}");
        }
    }
}
