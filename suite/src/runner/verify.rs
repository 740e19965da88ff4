//! Judging a run again from its files: record and transcripts alone give the same verdicts.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use fixtures::smtp::{
    challenge::Challenge,
    transcript::{Entry, Event},
};
use sha2::{Digest, Sha256};

use super::{
    changes,
    conclude::conclude,
    control,
    judgement::Basis,
    omission::{INTERRUPTED, not_played, unplayed},
    transcript_ref::transcript_name,
    verdicts::{Proceedings, judge_all},
};
use crate::{
    observe::possession::Possession,
    play::Tokens,
    record::{EpochRecord, Level, RunRecord, RunVerdict, ScenarioRecord, TranscriptRef, Verdict},
    scenario::{Capability, Library, Scenario, ScenarioId},
};

/// Octets of the largest transcript read.
const TRANSCRIPT: u64 = 256 * 1024 * 1024;

/// Octets of all transcripts that are read, which are held together; those of a run are a hundredth of it.
const TRANSCRIPTS: u64 = 512 * 1024 * 1024;

/// What was judged again.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejudged {
    /// Every scenario of the record: those played judged again, the others as the declaration of the
    /// target leaves them out.
    pub scenarios: Vec<ScenarioRecord>,
    /// The conclusion that follows.
    pub verdict: RunVerdict,
    /// What the handshakes prove.
    pub possession: Possession,
    /// What changed in the space, but for how it was undone.
    pub changes: Vec<EpochRecord>,
}

/// A verdict that the files do not bear out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The scenario.
    pub id: String,
    /// The verdict recorded.
    pub recorded: Verdict,
    /// The one that follows from the transcript.
    pub derived: Verdict,
}

/// A run that cannot be judged again.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The scenarios are not those of the run: whoever verifies takes the version that made it.
    #[error(
        "les scénarios ne sont pas ceux de la campagne (catalogue {found}, {recorded} dans le rapport) : \
         relancez verify avec la version de la suite qui l'a produite"
    )]
    OtherCatalogue {
        /// Digest of the scenarios at hand.
        found: String,
        /// Digest in the record.
        recorded: String,
    },
    /// The record names a profile that this version does not know.
    #[error("profil inconnu dans le rapport : {0}")]
    Profile(String),
    /// A transcript cannot be read.
    #[error(
        "{path} : transcription illisible ({source}) ; rendez le dossier de la campagne complet"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// The transcripts are more than are read.
    #[error(
        "transcriptions de plus de {} Mio en tout : c'est plus qu'une campagne n'en écrit ; reprenez le dossier tel \
         qu'elle l'a laissé",
        TRANSCRIPTS / 1024 / 1024
    )]
    TooMuch,
    /// A transcript is not the one that the record names.
    #[error("{path} : transcription modifiée depuis la campagne (SHA-256 différent)")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A transcript is that of another scenario, or of another run.
    #[error("{path} : transcription d'un autre scénario, ou d'une autre campagne")]
    Foreign {
        /// Its path by the record.
        path: String,
    },
    /// A control is not recorded as its transcript shows it.
    #[error("{path} : le message de contrôle n'est pas noté comme il a été vu")]
    Control {
        /// Its path by the record.
        path: String,
    },
    /// A line of a transcript is no event.
    #[error("{path}, ligne {line} : ce n'est pas un événement ({source})")]
    NotAnEvent {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
}

/// Judges the run of `record` again, from the transcripts in `folder`, the folder of the record.
///
/// # Errors
/// [`VerifyError`].
pub fn rejudge(
    library: &Library,
    record: &RunRecord,
    folder: &Path,
) -> Result<Rejudged, VerifyError> {
    if library.sha256 != record.catalogue_sha256 {
        return Err(VerifyError::OtherCatalogue {
            found: library.sha256.clone(),
            recorded: record.catalogue_sha256.clone(),
        });
    }
    let basis =
        Basis::recorded(record).ok_or_else(|| VerifyError::Profile(record.profile.clone()))?;
    let named = record.scenarios.iter().filter_map(|recorded| recorded.transcript.as_ref());
    let named = named.chain(record.controls.iter().map(|control| &control.transcript));
    // One that is not there is told when it is read.
    let octets = named.filter_map(|named| folder.join(&named.path).metadata().ok());
    if octets.map(|file| file.len()).fold(0, u64::saturating_add) > TRANSCRIPTS {
        return Err(VerifyError::TooMuch);
    }
    // A word that is none was never given: no transcript answers to what comes of it.
    let challenge = record.possession.challenge.as_deref();
    let challenge = challenge.and_then(|text| Challenge::new(text).ok());
    let tokens = Tokens::new(record.seed, record.started.as_microsecond());
    let tokens = tokens.challenged(challenge.clone());
    let mut all =
        Proceedings { controls: controls(record, &tokens, folder)?, ..Proceedings::default() };
    let mut transcripts = BTreeMap::new();
    for recorded in &record.scenarios {
        let id = ScenarioId::from(recorded.id.clone());
        match (library.scenario(&id), &recorded.transcript) {
            (Some(_), Some(transcript)) => {
                let took = Duration::from_millis(recorded.duration_ms);
                all.played.insert(id.clone(), (own(&id, &tokens, folder, transcript)?, took));
                transcripts.insert(id, transcript);
            }
            (Some(scenario), None) => {
                all.left_out.insert(id, left_out(scenario, record, recorded));
            }
            (None, _) => {
                all.left_out.insert(id, recorded.clone());
            }
        }
    }
    let possession = all.possession(challenge.as_ref());
    let changes = changes::epochs(changes::of(library, &all.played));
    let (judged, _) = judge_all(library, &basis, all);
    let referred = |(id, judged): (ScenarioId, ScenarioRecord)| match transcripts.get(&id) {
        Some(transcript) => ScenarioRecord { transcript: Some((*transcript).clone()), ..judged },
        None => judged,
    };
    let scenarios: Vec<ScenarioRecord> = judged.records.into_iter().map(referred).collect();
    let refused = record.controls.iter().any(|control| control.after && !control.accepted);
    let leaves_out_a_must = library.scenarios.iter().any(|scenario| {
        scenario.level == Level::Must
            && !scenarios.iter().any(|record| record.id == scenario.id.as_str())
    });
    let partial = leaves_out_a_must || record.interrupted || refused;
    let (verdict, _) = conclude(&scenarios, partial);
    Ok(Rejudged { scenarios, verdict, possession, changes })
}

/// The record of a scenario without a transcript: what the declaration of the target makes of it, and
/// never more than that.
fn left_out(scenario: &Scenario, record: &RunRecord, recorded: &ScenarioRecord) -> ScenarioRecord {
    if record.interrupted && recorded.reason == INTERRUPTED {
        return unplayed(scenario, Verdict::Skipped, INTERRUPTED);
    }
    let offers = Capability::ALL.into_iter().filter(|one| record.target.offers(*one)).collect();
    let declared = record.target.declaration.iter().flat_map(|declared| &declared.not_applicable);
    let not_applicable =
        declared.map(|(id, reason)| (ScenarioId::from(id.clone()), reason.clone())).collect();
    not_played(scenario, &offers, &not_applicable).unwrap_or_else(|| {
        unplayed(scenario, Verdict::Skipped, "aucune transcription ne montre qu'il a été joué")
    })
}

/// The entries of the controls, once they are known to be those of the run and recorded as they show.
fn controls(
    record: &RunRecord,
    tokens: &Tokens,
    folder: &Path,
) -> Result<Vec<(bool, Vec<Entry>)>, VerifyError> {
    let mut controls = Vec::new();
    for control in &record.controls {
        let name = if control.after { "controle/apres" } else { "controle/avant" };
        let id = ScenarioId::from(name.to_owned());
        let entries = own(&id, tokens, folder, &control.transcript)?;
        if control::accepted(&entries) != control.accepted {
            return Err(VerifyError::Control { path: control.transcript.path.clone() });
        }
        controls.push((control.after, entries));
    }
    Ok(controls)
}

/// The entries of a transcript, known to be that of scenario `id` in this run.
fn own(
    id: &ScenarioId,
    tokens: &Tokens,
    folder: &Path,
    transcript: &TranscriptRef,
) -> Result<Vec<Entry>, VerifyError> {
    let entries = read(folder, transcript)?;
    let placed = transcript.path == format!("transcripts/{}", transcript_name(id));
    let headed = entries.first().is_some_and(
        |entry| matches!(&entry.event, Event::Note { text } if *text == tokens.heading(id)),
    );
    if placed && headed {
        Ok(entries)
    } else {
        Err(VerifyError::Foreign { path: transcript.path.clone() })
    }
}

impl Rejudged {
    /// What `record` says of changes of the space and the transcripts do not, or the reverse, in French.
    #[must_use]
    pub fn unsaid_changes(&self, record: &RunRecord) -> Vec<String> {
        changes::differences(&record.changes, &self.changes)
    }

    /// The verdicts that differ from those of `record`.
    #[must_use]
    pub fn disagreements(&self, record: &RunRecord) -> Vec<Disagreement> {
        let derived: BTreeMap<&str, Verdict> =
            self.scenarios.iter().map(|s| (s.id.as_str(), s.verdict)).collect();
        record
            .scenarios
            .iter()
            .filter_map(|recorded| {
                let derived = *derived.get(recorded.id.as_str())?;
                (derived != recorded.verdict).then(|| Disagreement {
                    id: recorded.id.clone(),
                    recorded: recorded.verdict,
                    derived,
                })
            })
            .collect()
    }
}

fn read(folder: &Path, transcript: &TranscriptRef) -> Result<Vec<Entry>, VerifyError> {
    let path = folder.join(&transcript.path);
    let unreadable = |source| VerifyError::Unreadable { path: path.clone(), source };
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(unreadable)?;
    file.take(TRANSCRIPT).read_to_end(&mut bytes).map_err(unreadable)?;
    if hex::encode(Sha256::digest(&bytes)) != transcript.sha256 {
        return Err(VerifyError::Changed { path });
    }
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(i, line)| {
            serde_json::from_slice(line).map_err(|source| VerifyError::NotAnEvent {
                path: path.clone(),
                line: i + 1,
                source,
            })
        })
        .collect()
}
