//! What of a run is played, told as it happens: `played.jsonl`, one line a scenario, beside the
//! transcripts. From both, a run that was cut short is resumed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::Mutex,
    time::Duration,
};

use fixtures::smtp::transcript::{Entry, Event, Transcript};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    control::{Control, Which},
    transcripts::{TRANSCRIPT, Transcripts as _, entries},
};
use crate::{
    observe::deferral,
    play::{Letter, Tokens},
    record::ReadRecord,
    scenario::{Library, ScenarioId},
};

/// Name of the file in the folder of a run.
pub const JOURNAL: &str = "played.jsonl";
/// Octets of the largest journal read.
const LARGEST: u64 = 64 << 20;

/// A scenario, or a control after a changed world, that was played to its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    scenario: String,
    took_ms: u64,
    /// Time of the run so far.
    elapsed_ms: u64,
    /// The CRLs that the target was seen to read so far.
    crls: Vec<Event>,
    /// What it asked of the space so far.
    reads: Vec<ReadRecord>,
    /// What its transcript held then.
    octets: u64,
    sha256: String,
    /// Its messages: token, and whether the target took it.
    letters: Vec<(String, bool)>,
}

/// What was played of one scenario, before the end of the run.
#[derive(Debug)]
pub(super) struct Performance {
    pub transcript: Transcript,
    pub letters: Vec<Letter>,
    pub took: Duration,
}

/// The journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: Mutex<Option<File>>,
}

impl Journal {
    /// Begins the journal of the run in `folder` with what is kept of it.
    pub(super) fn begin(folder: &Path, kept: &Kept) -> Self {
        let path = folder.join(JOURNAL);
        let aside = folder.join(format!(".{JOURNAL}.tmp"));
        let begun = File::create(&aside).and_then(|mut file| {
            for line in kept.lines.values() {
                file.write_all(text(line).as_bytes())?;
            }
            fs::rename(&aside, &path)?;
            Ok(file)
        });
        // A run whose journal cannot be written can still be played: it cannot be resumed.
        Self { file: Mutex::new(begun.ok()) }
    }

    /// Notes that a scenario was played, once its transcript is on the disk.
    pub(super) fn played(
        &self,
        id: &ScenarioId,
        performance: &Performance,
        elapsed: Duration,
        crls: Vec<Event>,
        reads: Vec<ReadRecord>,
    ) {
        let written = performance.transcript.text();
        let line = Line {
            scenario: id.to_string(),
            took_ms: millis(performance.took),
            elapsed_ms: millis(elapsed),
            crls,
            reads,
            octets: written.len() as u64,
            sha256: hex::encode(Sha256::digest(written)),
            letters: performance.letters.iter().map(|l| (l.token.clone(), l.accepted)).collect(),
        };
        let mut file = self.file.lock().expect("no panic while the journal is held");
        // Nothing behind a line that is torn could be read again.
        if let Some(open) = file.as_mut()
            && open.write_all(text(&line).as_bytes()).is_err()
        {
            *file = None;
        }
    }
}

fn text(line: &Line) -> String {
    serde_json::to_string(line).expect("a line of the journal is always JSON") + "\n"
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What can be kept of a run that was cut short.
#[derive(Debug, Default)]
pub struct Kept {
    lines: BTreeMap<ScenarioId, Line>,
    pub(super) performances: BTreeMap<ScenarioId, Performance>,
    /// The controls after changed worlds.
    controls: Vec<(Which, Performance)>,
    /// Time of the run so far.
    pub(super) elapsed: Duration,
    /// The CRLs that the target was seen to read.
    pub(super) crls: Vec<Event>,
    /// What it asked of the space.
    pub(super) reads: Vec<ReadRecord>,
    /// How often the run was resumed, this time included.
    pub(super) part: u32,
}

impl Kept {
    /// Reads what is whole of the run in `folder`, whose tokens are these, and resumed for
    /// the `part`th time: each scenario that the journal says was played and whose transcript bears it
    /// out. What was torn off behind that is left out.
    #[must_use]
    pub fn read(library: &Library, folder: &Path, tokens: &Tokens, part: u32) -> Self {
        let mut kept = Self { part, ..Self::default() };
        let journal = folder.octets(JOURNAL, LARGEST).ok().flatten().unwrap_or_default();
        for line in journal.split(|octet| *octet == b'\n') {
            let Ok(line) = serde_json::from_slice::<Line>(line) else { continue };
            kept.elapsed = kept.elapsed.max(Duration::from_millis(line.elapsed_ms));
            kept.crls.clone_from(&line.crls);
            kept.reads.clone_from(&line.reads);
            let id = ScenarioId::from(line.scenario.clone());
            let control = Which::named(&id);
            if library.scenario(&id).is_none() && control.is_none() {
                continue;
            }
            let path = format!("transcripts/{}", id.transcript_name());
            let Some(entries) = whole(folder, &path, &line, tokens) else { continue };
            let letter = |(token, accepted): &(String, bool)| Letter {
                token: token.clone(),
                original: None,
                wire: Vec::new(),
                accepted: *accepted,
                traced: false,
            };
            let performance = Performance {
                transcript: Transcript::resume(&folder.join(path), entries),
                letters: line.letters.iter().map(letter).collect(),
                took: Duration::from_millis(line.took_ms),
            };
            match control {
                Some(which) => kept.controls.push((which, performance)),
                None => drop(kept.performances.insert(id.clone(), performance)),
            }
            kept.lines.insert(id, line);
        }
        kept.forget_unsettled(library);
        kept
    }

    /// Leaves out what was put off in a changed world: it goes on in that world alone, from its beginning.
    fn forget_unsettled(&mut self, library: &Library) {
        self.performances.retain(|id, played| {
            let scenario = library.scenario(id).filter(|one| !one.world().is_nominal());
            scenario.is_none_or(|scenario| {
                deferral::pending(&scenario.action, &played.transcript.entries()).is_none()
            })
        });
        self.forget_lines();
    }

    /// Leaves out the lines of what is not kept.
    fn forget_lines(&mut self) {
        let performances = &self.performances;
        self.lines.retain(|id, _| performances.contains_key(id) || Which::named(id).is_some());
    }

    /// The controls after changed worlds, whose transcripts are in `folder`.
    pub(super) fn controls(&mut self, library: &Library, folder: &Path) -> Vec<Control> {
        let families = &library.catalogue.families;
        let control = |(which, played): (Which, Performance)| {
            let family = families.iter().find(|family| family.folder == which.family)?;
            let path = folder.join(which.id().transcript_name());
            Some(Control::kept(which, library.nominal(family)?, path, played))
        };
        std::mem::take(&mut self.controls).into_iter().filter_map(control).collect()
    }

    /// Leaves out the scenarios whose messages were not all accepted: one that is delivered for all
    /// that could have come while nobody watched.
    pub fn forget_unwatched(&mut self) {
        self.performances.retain(|_, played| played.letters.iter().all(|letter| letter.accepted));
        self.forget_lines();
    }

    /// How many scenarios need not be played again.
    #[must_use]
    pub fn count(&self) -> usize {
        self.performances.len()
    }
}

/// The entries of a transcript, if it begins with what `line` says it held and goes on with nothing but
/// what the end of a run adds: an attempt that was cut short is no part of it. A torn last line is cut
/// off the file.
fn whole(folder: &Path, path: &str, line: &Line, tokens: &Tokens) -> Option<Vec<Entry>> {
    let octets = folder.octets(path, TRANSCRIPT).ok()??;
    let held = octets.get(..usize::try_from(line.octets).ok()?)?;
    if hex::encode(Sha256::digest(held)) != line.sha256 {
        return None;
    }
    let end = octets.iter().rposition(|octet| *octet == b'\n')? + 1;
    if end < octets.len() {
        let file = File::options().write(true).open(folder.join(path));
        file.and_then(|file| file.set_len(end as u64)).ok()?;
    }
    let octets = &octets[..end];
    let entries = entries(octets).ok()?;
    let before = held_lines(octets, line.octets);
    let ended = entries.get(before..)?.iter().all(|entry| {
        matches!(
            entry.event,
            Event::Delivered { .. } | Event::NotDelivered { .. } | Event::Notified { .. }
        )
    });
    if !ended {
        return None;
    }
    let id = ScenarioId::from(line.scenario.clone());
    tokens.head(&id, &entries.first()?.event).then_some(entries)
}

/// How many lines the first `octets` of a file are.
fn held_lines(file: &[u8], octets: u64) -> usize {
    let most = usize::try_from(octets).unwrap_or(usize::MAX).min(file.len());
    file[..most].split(|octet| *octet == b'\n').filter(|line| !line.is_empty()).count()
}
