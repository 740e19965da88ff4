//! axe-core, the script that the tests of the pages look for obstacles with: the pinned release of
//! the npm registry, unpacked below `target/`, never part of the repository.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha512};

use crate::place;

/// Its name and version, and the digest that the registry gives of it.
const LOCK: &str = include_str!("../../reports/tests/browser/axe-core.lock");

/// What is taken out of the archive.
const FILES: [&str; 2] = ["package/axe.min.js", "package/LICENSE"];

/// The archive has 0.6 MiB.
const MOST: u64 = 16 << 20;

/// Whether it is there.
pub(crate) fn is_there() -> bool {
    folder().join("axe.min.js").is_file()
}

/// Fetches it by `npm`, in place of what is there.
///
/// # Errors
/// In words: npm or tar fails, the archive is not the pinned one, or a file cannot be written.
pub(crate) fn fetch(npm: &Path) -> Result<(), String> {
    let folder = folder();
    let work = folder.with_extension(std::process::id().to_string());
    let told = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path} : {error}")
    };
    fs::create_dir_all(&work).map_err(told(&work))?;
    let done = unpack(npm, &work).and_then(|()| {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(told(&folder))?;
        }
        fs::rename(&work, &folder).map_err(told(&folder))
    });
    if done.is_err() {
        // What is left of the work is of no use, and does no harm.
        drop(fs::remove_dir_all(&work));
    }
    done
}

fn unpack(npm: &Path, work: &Path) -> Result<(), String> {
    let (release, integrity) = pinned();
    let archive = work.join(format!("{}.tgz", release.replace('@', "-")));
    run(Command::new(npm).args(["pack", "--silent", &release, "--pack-destination"]).arg(work))?;
    let mut octets = Vec::new();
    fs::File::open(&archive)
        .and_then(|file| file.take(MOST).read_to_end(&mut octets))
        .map_err(|error| format!("{} : {error}", archive.display()))?;
    if digest(&octets) != integrity {
        return Err(format!("{release} n'est pas l'archive épinglée : {}", digest(&octets)));
    }
    let from = ["-xzf".as_ref(), archive.as_os_str(), "-C".as_ref(), work.as_os_str()];
    run(Command::new("tar").args(from).arg("--strip-components=1").args(FILES))?;
    fs::remove_file(&archive).map_err(|error| format!("{} : {error}", archive.display()))
}

/// `axe-core@4.14.1`, and `sha512-…`.
fn pinned() -> (String, &'static str) {
    let mut lines = LOCK.lines();
    let release = lines.next().unwrap_or_default().replace(' ', "@");
    (release, lines.next().unwrap_or_default())
}

/// Where the tests look for it.
fn folder() -> PathBuf {
    place::npm().join(pinned().0.replace('@', "-"))
}

/// A digest as npm writes it.
fn digest(octets: &[u8]) -> String {
    format!("sha512-{}", BASE64_STANDARD.encode(Sha512::digest(octets)))
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().display().to_string();
    // Their words are no result of ours.
    let status = command.stdin(Stdio::null()).stdout(io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} : {status}")),
        Err(error) => Err(format!("{program} : {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_release_is_pinned_by_its_digest() {
        let (release, integrity) = pinned();
        let version = release.strip_prefix("axe-core@").expect("a version");
        assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{version}");
        assert_eq!(integrity.len(), digest(b"").len());
        assert!(folder().ends_with(format!("npm/axe-core-{version}")));
    }

    #[test]
    fn digests_are_written_as_npm_writes_them() {
        let empty = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        assert_eq!(digest(b""), empty);
    }
}
