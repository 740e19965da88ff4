//! Runs that were cut short: what it takes to play their rest is in their folder from the first moment
//! on, and the next command finds them.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use reports::json;
use sha2::{Digest as _, Sha256};
use suite::runner::{self, HEAD_SCHEMA, Head, RunError};

use crate::{
    console::{Console, fill},
    exit::Trouble,
    place,
};

/// Name of the head in the folder of a run.
pub(crate) const HEAD: &str = "run.json";
/// Octets of the largest head read.
const LARGEST: u64 = 1 << 20;
/// How many unfinished runs are told of at once.
const MOST: usize = 3;

/// A run under way: its folder is locked, and it is among the unfinished ones until its record stands.
#[derive(Debug)]
pub(crate) struct Claim {
    _lock: Option<File>,
    pending: Option<PathBuf>,
}

impl Claim {
    /// Writes the head of the run in `folder`, and claims it.
    pub(crate) fn begin(folder: &Path, head: &Head) -> Result<Self, Trouble> {
        let path = folder.join(HEAD);
        reports::json::write_head(head, &path).map_err(Trouble::of)?;
        let lock =
            File::open(&path).and_then(|file| file.try_lock().map(|()| file).map_err(Into::into));
        // Without the link the run is still resumed by name.
        let pending = pending(folder).ok();
        Ok(Self { _lock: lock.ok(), pending })
    }

    /// The record stands: nothing is left to be found.
    pub(crate) fn settle(self) {
        if let Some(link) = &self.pending {
            // A link that stays leads to a run that is whole, which is not told of.
            drop(fs::remove_file(link));
        }
    }
}

fn pending_folder() -> PathBuf {
    place::runs().join(".unfinished")
}

/// Makes the link by which the next command finds the run.
fn pending(folder: &Path) -> io::Result<PathBuf> {
    let folder = fs::canonicalize(folder)?;
    let links = pending_folder();
    fs::create_dir_all(&links)?;
    let name = hex::encode(&Sha256::digest(folder.as_os_str().as_encoded_bytes())[..8]);
    let link = links.join(name);
    match std::os::unix::fs::symlink(&folder, &link) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(link),
    }
}

/// How the run in a folder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// There is none, or its record is whole.
    Whole,
    /// Another process is at it.
    UnderWay,
    /// It was cut short; its partial record may be there.
    Unfinished,
}

fn state(folder: &Path) -> State {
    let Ok(head) = File::open(folder.join(HEAD)) else { return State::Whole };
    if matches!(head.try_lock(), Err(TryLockError::WouldBlock)) {
        return State::UnderWay;
    }
    match json::read(&folder.join("record.json")) {
        Ok(record) if !record.interrupted => State::Whole,
        _ => State::Unfinished,
    }
}

/// Says which runs were cut short, and how to resume them. Runs whose partial record stands have said
/// so themselves.
pub(crate) fn tell(console: &Console) {
    let Ok(links) = fs::read_dir(pending_folder()) else { return };
    let mut found = Vec::new();
    for link in links.filter_map(Result::ok).map(|entry| entry.path()) {
        let Ok(folder) = fs::canonicalize(&link) else {
            // The folder is gone, and the run with it.
            drop(fs::remove_file(&link));
            continue;
        };
        match state(&folder) {
            State::Unfinished => found.push(folder),
            State::UnderWay => {}
            State::Whole => drop(fs::remove_file(&link)),
        }
    }
    found.sort();
    for folder in found.iter().rev().take(MOST) {
        let text = format!(
            "la campagne de {} n'est pas allée à son terme ; ce qu'elle a joué est gardé. Pour la \
             reprendre : cargo xtask conformance --resume {} ; pour l'oublier, supprimez ce dossier",
            place::shown(folder),
            place::typed(folder)
        );
        console.note(&fill(&text, console.err.width, "note     "));
    }
    if found.len() > MOST {
        console.note(&format!(
            "note     et {} autres, dans {}",
            found.len() - MOST,
            place::shown(&pending_folder())
        ));
    }
}

/// Puts an unfinished run aside that lies where another one is to be written; says where.
pub(crate) fn set_aside(folder: &Path, console: &Console) -> Result<(), Trouble> {
    let trouble = |path: &Path, source: io::Error| {
        Trouble::from(RunError::Output { path: path.to_owned(), source })
    };
    match state(folder) {
        State::Whole => return Ok(()),
        State::UnderWay => return Err(under_way(folder)),
        // A partial record says so itself: writing over it was always the user's choice.
        State::Unfinished if folder.join("record.json").exists() => return Ok(()),
        State::Unfinished => {}
    }
    let head = read(folder)?;
    let name = format!("interrompue-{}", head.started.strftime("%Y-%m-%dT%H-%M-%SZ"));
    let aside = folder.join(name);
    fs::create_dir_all(&aside).map_err(|source| trouble(&aside, source))?;
    for name in [HEAD, runner::JOURNAL, "transcripts"] {
        match fs::rename(folder.join(name), aside.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(trouble(&aside, error));
            }
            _ => {}
        }
    }
    let text = format!(
        "{} contenait une campagne inachevée, mise de côté. Pour la reprendre : cargo xtask \
         conformance --resume {}",
        place::shown(folder),
        place::typed(&aside)
    );
    console.note(&fill(&text, console.err.width, "note     "));
    Ok(())
}

fn under_way(folder: &Path) -> Trouble {
    Trouble::usage(
        format!("{} : une campagne y est en cours", place::shown(folder)),
        "attendez sa fin, ou désignez un autre dossier",
    )
}

/// The head of a run that can be resumed.
pub(crate) fn resumable(folder: &Path) -> Result<Head, Trouble> {
    let head = read(folder)?;
    match state(folder) {
        State::UnderWay => Err(under_way(folder)),
        State::Whole => Err(Trouble::usage(
            format!(
                "la campagne de {} est entière : il n'y a rien à reprendre",
                place::shown(folder)
            ),
            "lisez son rapport, ou lancez-en une autre sans --resume",
        )),
        State::Unfinished => Ok(head),
    }
}

fn read(folder: &Path) -> Result<Head, Trouble> {
    let path = folder.join(HEAD);
    let shown = place::shown(&path);
    let mut text = String::new();
    File::open(&path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)).map_err(
        |error| {
            Trouble::usage(
                format!("{shown} ne peut pas être lu ({error})"),
                "désignez le dossier d'une campagne : celui qui contient run.json et transcripts/",
            )
        },
    )?;
    let other = |why: String| {
        Trouble::usage(
            format!("{shown} n'est pas l'en-tête d'une campagne que cette version reprend ({why})"),
            "reprenez-la avec la version de la suite qui l'a commencée, ou rejouez-la",
        )
    };
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| other(error.to_string()))?;
    let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default();
    if schema != HEAD_SCHEMA {
        return Err(other(format!("format « {} »", schema.chars().take(80).collect::<String>())));
    }
    serde_json::from_value(value).map_err(|error| other(error.to_string()))
}
