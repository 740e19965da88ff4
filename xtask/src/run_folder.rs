//! The folder of a run: made, emptied of a former one, and led to by `latest`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use suite::runner;

use crate::{claim, console::Console, exit::Trouble, place};

/// The folder of a run.
pub(crate) struct Folder {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The folder of all runs and the name of this one, where it has none of its own.
    among: Option<(PathBuf, String)>,
}

impl Folder {
    /// The folder of a run to be resumed.
    pub(crate) fn of(path: &Path) -> Self {
        let runs = place::runs();
        let whole = fs::canonicalize(path).ok();
        let ours =
            whole.as_deref().and_then(Path::parent) == fs::canonicalize(&runs).ok().as_deref();
        let name = whole.as_deref().and_then(Path::file_name).filter(|_| ours);
        let among = name.map(|name| (runs.clone(), name.to_string_lossy().into_owned()));
        let path = among.as_ref().map_or_else(|| path.to_owned(), |(runs, name)| runs.join(name));
        Self { path, among }
    }

    /// The folder given, emptied of a former run, or a new one.
    pub(crate) fn prepare(
        given: Option<&Path>,
        started: Timestamp,
        console: &Console,
    ) -> Result<Self, Trouble> {
        let trouble = |path: &Path, source: io::Error| {
            Trouble::from(runner::RunError::Output { path: path.to_owned(), source })
        };
        if let Some(path) = given {
            claim::set_aside(path, console)?;
            forget(path).map_err(|source| trouble(path, source))?;
            fs::create_dir_all(path).map_err(|source| trouble(path, source))?;
            return Ok(Self { path: path.to_owned(), among: None });
        }
        let runs = place::runs();
        fs::create_dir_all(&runs).map_err(|source| trouble(&runs, source))?;
        let name = started.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        let (path, name) = fresh(&runs, &name).map_err(|source| trouble(&runs, source))?;
        Ok(Self { path, among: Some((runs, name)) })
    }

    /// The record stands: `latest` may lead to it. Without the link nothing is lost.
    pub(crate) fn stands(&self) {
        if let Some((runs, name)) = &self.among {
            drop(link(runs, name));
        }
    }
}

/// Makes the folder `name`, or `name-2`… when another run began in the same second.
fn fresh(runs: &Path, name: &str) -> io::Result<(PathBuf, String)> {
    let mut number = 1;
    loop {
        let name = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
        let path = runs.join(&name);
        match fs::create_dir(&path) {
            Ok(()) => return Ok((path, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Points `latest` at the run.
fn link(runs: &Path, name: &str) -> io::Result<()> {
    let latest = runs.join("latest");
    let beside = runs.join(format!(".latest.{}", std::process::id()));
    std::os::unix::fs::symlink(name, &beside)?;
    fs::rename(&beside, &latest).inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// Removes what a former run wrote to this folder, and nothing else.
fn forget(path: &Path) -> io::Result<()> {
    if !path.join("record.json").exists() {
        return Ok(());
    }
    for name in ["record.json", "junit.xml", "report.html"] {
        match fs::remove_file(path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let Ok(transcripts) = fs::read_dir(path.join("transcripts")) else { return Ok(()) };
    for file in transcripts.filter_map(Result::ok).map(|file| file.path()) {
        if file.extension().is_some_and(|extension| extension == "jsonl") {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}
