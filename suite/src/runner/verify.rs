//! Judging a run again from its files: record and transcripts alone give the same verdicts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use fixtures::smtp::transcript::Entry;
use sha2::{Digest, Sha256};

use super::{assemble, conclude::conclude, judgement::Basis, options::NOMINAL, select::select};
use crate::{
    judge::{Campaign, Twin, observation, transaction},
    oracle::facts::Profile,
    record::{Level, RunRecord, RunVerdict, ScenarioRecord, TranscriptRef, Verdict},
    scenario::{Capability, Library, ScenarioId},
};

/// Octets of the largest transcript read.
const TRANSCRIPT: u64 = 256 * 1024 * 1024;

/// What was judged again.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejudged {
    /// Every scenario of the record: those played judged again, the others as they are recorded.
    pub scenarios: Vec<ScenarioRecord>,
    /// The conclusion that follows.
    pub verdict: RunVerdict,
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
    /// A transcript is not the one that the record names.
    #[error("{path} : transcription modifiée depuis la campagne (SHA-256 différent)")]
    Changed {
        /// The file.
        path: PathBuf,
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
    let basis = basis(record)?;
    let control_after = record
        .controls
        .iter()
        .find(|control| control.after)
        .map(|control| accepted(&read(folder, &control.transcript)?))
        .transpose()?;
    let campaign = campaign(library, record, folder)?;
    let mut records: BTreeMap<ScenarioId, ScenarioRecord> = record
        .scenarios
        .iter()
        .map(|scenario| (ScenarioId::from(scenario.id.clone()), scenario.clone()))
        .collect();
    let mut witnesses: BTreeSet<ScenarioId> = BTreeSet::new();
    // By rows: a twin is judged before those that rest on it.
    for scenario in select(library, None).iter() {
        let Some(recorded) = records.get(&scenario.id) else { continue };
        let Some(transcript) = recorded.transcript.clone() else { continue };
        let twin = match &scenario.twin {
            None => Twin::None,
            Some(id) => assemble::twin(id, witnesses.contains(id), records.get(id)),
        };
        let judged = assemble::judged(
            scenario,
            &basis,
            &assemble::Seen {
                entries: &read(folder, &transcript)?,
                twin,
                control_after,
                campaign: Some(&campaign),
                took: Duration::from_millis(recorded.duration_ms),
            },
        );
        if judged.witness {
            witnesses.insert(scenario.id.clone());
        }
        let again = ScenarioRecord { transcript: Some(transcript), ..judged.record };
        records.insert(scenario.id.clone(), again);
    }
    let scenarios: Vec<ScenarioRecord> = records.into_values().collect();
    let leaves_out_a_must = library.scenarios.iter().any(|scenario| {
        scenario.level == Level::Must
            && !scenarios.iter().any(|record| record.id == scenario.id.as_str())
    });
    let partial = leaves_out_a_must || record.interrupted || control_after == Some(false);
    let (verdict, _) = conclude(&scenarios, partial);
    Ok(Rejudged { scenarios, verdict })
}

impl Rejudged {
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

/// What all transcripts show together.
fn campaign(library: &Library, record: &RunRecord, folder: &Path) -> Result<Campaign, VerifyError> {
    let mut campaign = Campaign::default();
    let nominal = library.scenario(&ScenarioId::from(NOMINAL.to_owned()));
    for control in &record.controls {
        if let Some(nominal) = nominal {
            campaign.add(&nominal.action, &read(folder, &control.transcript)?);
        }
    }
    for recorded in &record.scenarios {
        let scenario = library.scenario(&ScenarioId::from(recorded.id.clone()));
        if let (Some(scenario), Some(transcript)) = (scenario, &recorded.transcript) {
            campaign.add(&scenario.action, &read(folder, transcript)?);
        }
    }
    Ok(campaign)
}

fn basis(record: &RunRecord) -> Result<Basis, VerifyError> {
    let profile: Profile = serde_json::from_value(record.profile.clone().into())
        .map_err(|_| VerifyError::Profile(record.profile.clone()))?;
    let offers = |capability: Capability| {
        serde_json::to_value(capability)
            .ok()
            .and_then(|name| Some(name.as_str()?.to_owned()))
            .is_some_and(|name| record.target.capabilities.contains(&name))
    };
    Ok(Basis {
        strict: record.strict,
        profile,
        reads_crl: record.target.reads_crl,
        delivery_observed: offers(Capability::Delivery),
        outgoing_observed: offers(Capability::Relay),
    })
}

/// Whether the control of these entries was accepted.
fn accepted(entries: &[Entry]) -> Result<bool, VerifyError> {
    let last = transaction::last_session(entries);
    let seen = observation::transaction(entries, last, 0);
    Ok(matches!(seen, observation::Seen::Accepted { .. }))
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
