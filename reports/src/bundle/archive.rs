//! The zip archive, and a folder read as one.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Cursor, Write},
    path::{Component, Path},
};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    BundleError, folder,
    room::{Held, Room},
    tiling,
};

/// Files of a bundle.
pub(super) const FILES: usize = 20_000;

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

/// What was unpacked, and the room that it takes as long as it is held.
#[derive(Debug)]
pub struct Unpacked<'a> {
    /// The files.
    pub files: Files,
    _held: Held<'a>,
}

/// Reads the files of an archive, or of a folder.
///
/// # Errors
/// As [`unpack_within`].
pub fn unpack(path: &Path) -> Result<Files, BundleError> {
    Ok(unpack_within(path, &Room::default())?.files)
}

/// Reads the files of an archive, or of a folder, once there is room for them: each is inflated once, and held against
/// its size and its CRC.
///
/// # Errors
/// It cannot be read, is no archive, is larger than the whole room, or holds a name that leads out of it.
pub fn unpack_within<'a>(path: &Path, room: &'a Room) -> Result<Unpacked<'a>, BundleError> {
    let unreadable = |source| BundleError::Read { path: path.to_owned(), source };
    let no_room = || BundleError::NoRoom { path: path.to_owned(), limit: room.whole() };
    if path.is_dir() {
        let listed = folder::listed(path)?;
        let held = room.hold(folder::size(&listed)).ok_or_else(no_room)?;
        return Ok(Unpacked { files: folder::read(listed)?, _held: held });
    }
    let mut archive = File::open(path).map_err(unreadable)?;
    let about = archive.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(unreadable(io::ErrorKind::InvalidInput.into()));
    }
    // What is unpacked and what it is unpacked from, before either is read.
    let announced = tiling::announced(&mut archive, about.len()).map_err(unreadable)?;
    let needed = about.len().saturating_add(announced);
    let mut held = room.hold(needed).ok_or_else(no_room)?;
    let files = files(path, &folder::whole(path, about.len())?, announced)?;
    held.shrink(announced);
    Ok(Unpacked { files, _held: held })
}

/// The files of the archive `path`, of whose octets these are: no more than `announced` together.
fn files(path: &Path, bytes: &[u8], announced: u64) -> Result<Files, BundleError> {
    if !bytes.windows(tiling::END.len()).rev().any(|four| four == tiling::END) {
        let detail = "elle n'a pas de table, ou est coupée avant";
        return Err(BundleError::NotAnArchive { path: path.to_owned(), detail: detail.to_owned() });
    }
    let equivocal = |detail| BundleError::Equivocal { path: path.to_owned(), detail };
    let entries = tiling::entries(bytes, announced).map_err(equivocal)?;
    if entries.len() > FILES {
        return Err(BundleError::TooMany { path: path.to_owned(), limit: FILES });
    }
    let mut files = Files::new();
    for entry in entries {
        let shown = entry.shown();
        if shown.ends_with('/') && entry.size == 0 && entry.data.is_empty() {
            continue;
        }
        let name = str::from_utf8(entry.name).ok().filter(|name| is_inside(name));
        let name = name.ok_or_else(|| BundleError::Name {
            path: path.to_owned(),
            name: shown.clone().into_owned(),
        })?;
        let octets = entry.octets().map_err(|what| equivocal(format!("« {shown} » {what}")))?;
        files.insert(name.to_owned(), octets);
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

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::PathBuf,
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

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

    /// An archive of one file of so many zeros, a thousandth of that.
    fn bomb(folder: &Path, name: &str, octets: usize) -> PathBuf {
        let path = folder.join(name);
        let files = Files::from([("record.json".to_owned(), vec![0; octets])]);
        fs::write(&path, pack(&files).expect("packed")).expect("written");
        path
    }

    #[test]
    fn what_would_not_fit_is_not_inflated() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = bomb(folder.path(), "bombe.zip", 1 << 20);
        let room = Room::new((1 << 20) - 1);
        let error = unpack_within(&path, &room).expect_err("no room");
        assert!(matches!(error, BundleError::NoRoom { .. }), "{error}");
        unpack_within(&path, &Room::new(1 << 21)).expect("there is room");
        fs::create_dir(folder.path().join("a")).expect("made");
        fs::write(folder.path().join("a/b"), vec![0; 1 << 20]).expect("written");
        let error = unpack_within(&folder.path().join("a"), &room).expect_err("no room");
        assert!(matches!(error, BundleError::NoRoom { .. }), "{error}");
    }

    /// Head and directory say that the file is short.
    #[test]
    fn a_file_that_says_less_than_it_is_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = bomb(folder.path(), "bombe.zip", 1 << 20);
        let mut bytes = fs::read(&path).expect("read");
        let size = (1_u32 << 20).to_le_bytes();
        let told: Vec<usize> =
            (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size).collect();
        assert_eq!(told.len(), 2, "in its head and in the directory");
        for at in told {
            bytes[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        fs::write(&path, bytes).expect("written");
        let error = unpack_within(&path, &Room::new(1 << 16)).expect_err("more than it says");
        assert!(error.to_string().contains("ne sont pas de lui"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_of_its_sum_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = bomb(folder.path(), "faux.zip", 1 << 10);
        let mut bytes = fs::read(&path).expect("read");
        let crc: [u8; 4] = bytes[14..18].try_into().expect("four");
        let told: Vec<usize> =
            (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == crc).collect();
        assert_eq!(told.len(), 2, "in its head and in the directory");
        for at in told {
            bytes[at] ^= 1;
        }
        fs::write(&path, bytes).expect("written");
        let error = unpack(&path).expect_err("of another sum");
        assert!(error.to_string().contains("somme de contrôle"), "{error}");
    }

    /// Eight at once, of which the room holds two.
    #[test]
    fn bombs_at_once_take_no_more_than_the_room() {
        const OCTETS: usize = 1 << 20;
        let folder = tempfile::tempdir().expect("a folder");
        let paths: Vec<PathBuf> =
            (0..8).map(|one| bomb(folder.path(), &format!("{one}.zip"), OCTETS)).collect();
        let room = Room::new(5 << 19);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for path in &paths {
                scope.spawn(|| {
                    let unpacked = unpack_within(path, &room).expect("there comes to be room");
                    let octets: usize = unpacked.files.values().map(Vec::len).sum();
                    let held = now.fetch_add(octets, Ordering::SeqCst) + octets;
                    most.fetch_max(held, Ordering::SeqCst);
                    now.fetch_sub(octets, Ordering::SeqCst);
                });
            }
        });
        assert!((OCTETS..=2 * OCTETS).contains(&most.into_inner()));
    }
}
