//! Exim, unpacked and not installed: Debian's packages of Exim and Postfix exclude each other.
//!
//! Its libraries exclude nothing: they are installed as apt installs any package. The system's own
//! mail server, its accounts and its files are left as they are.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The daemon, and the library by which it runs as a user that the system does not know.
const PACKAGES: [&str; 2] = ["exim4-daemon-heavy", "libnss-wrapper"];

/// Unpacks Exim into `folder`, in place of what is there, and gives the packages of its libraries.
///
/// # Errors
/// In words: apt-get or dpkg fails, or a file cannot be written.
pub(crate) fn unpack(apt: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let parent = folder.parent().unwrap_or(folder);
    let told = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path} : {error}")
    };
    fs::create_dir_all(parent).map_err(told(parent))?;
    let work = parent.join(format!("exim.{}", std::process::id()));
    clear(&work).map_err(told(&work))?;
    let done = download(apt, &work).and_then(|archives| {
        let root = work.join("root");
        let mut libraries = Vec::new();
        for archive in &archives {
            run(Command::new("dpkg").arg("-x").arg(archive).arg(&root))?;
            libraries.extend(libraries_of(archive)?);
        }
        libraries.sort();
        libraries.dedup();
        // It runs as whoever starts it, never as root for someone else.
        let exim = root.join("usr/sbin/exim4");
        fs::set_permissions(&exim, Permissions::from_mode(0o755)).map_err(told(&exim))?;
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(told(folder))?;
        }
        fs::rename(&root, folder).map_err(told(folder))?;
        Ok(libraries)
    });
    // What is left of the work is of no use, and does no harm.
    drop(fs::remove_dir_all(&work));
    done
}

fn clear(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir(folder)
}

fn download(apt: &Path, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let get = || run(Command::new(apt).arg("download").args(PACKAGES).current_dir(folder));
    get().or_else(|_| {
        run(Command::new(apt).args(["update", "-q"]))?;
        get()
    })?;
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let archives = entries.flatten().map(|entry| entry.path());
    Ok(archives.filter(|path| path.extension().is_some_and(|end| end == "deb")).collect())
}

/// The libraries that a package depends on.
fn libraries_of(archive: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("dpkg-deb")
        .arg("-f")
        .arg(archive)
        .arg("Depends")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("dpkg-deb : {error}"))?;
    if !output.status.success() {
        return Err(format!("dpkg-deb : {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(libraries(&String::from_utf8_lossy(&output.stdout)))
}

/// The libraries among the dependencies of a package, as its control file names them.
fn libraries(depends: &str) -> Vec<String> {
    let names = depends.split(',').filter_map(|one| {
        let first = one.split('|').next().unwrap_or_default();
        first.split(|c: char| c.is_whitespace() || c == '(').find(|word| !word.is_empty())
    });
    names.filter(|name| name.starts_with("lib")).map(str::to_owned).collect()
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    // Its words are no result of ours.
    let status = command.stdin(Stdio::null()).stdout(io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} : {status}")),
        Err(error) => Err(format!("{name} : {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_libraries_are_installed() {
        let depends = "exim4-base (>= 4.96), debconf (>= 0.5) | debconf-2.0, libc6 (>= 2.34), libdb5.3, \
                       libperl5.36 (>= 5.36.0), libpq5 | libpq6\n";
        assert_eq!(libraries(depends), ["libc6", "libdb5.3", "libperl5.36", "libpq5"]);
        assert!(libraries("").is_empty());
    }
}
