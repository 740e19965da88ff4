//! Judging a run again from its files: record and transcripts alone give the same verdicts.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::Duration,
};

use fixtures::smtp::{challenge::Challenge, transcript::Entry};
use sha2::{Digest, Sha256};

use super::{
    consistency::{Contradiction, contradictions},
    control::Which,
    declared::Declared,
    difference::{Difference, differences},
    epoch,
    judgement::Basis,
    omission::{INTERRUPTED, not_played, unplayed},
    run_record,
    select::select,
    transcripts::{TRANSCRIPT, Transcripts, entries},
    verdicts::{Checked, Proceeding, Proceedings, judge_all},
};
use crate::{
    play::Tokens,
    record::{RunRecord, ScenarioRecord, TranscriptRef, Verdict, When},
    scenario::{Library, Scenario, ScenarioId},
};

/// Octets of all transcripts that are read, which are held together; those of a run are a hundredth of it.
const TRANSCRIPTS: u64 = 512 * 1024 * 1024;

/// What was judged again.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejudged {
    /// The whole record, derived from the suite, from the transcripts and from what is declared.
    pub record: RunRecord,
    /// Where the one that was recorded differs.
    pub differences: Vec<Difference>,
    /// Where record and transcripts cannot be of one run against that target.
    pub contradictions: Vec<Contradiction>,
    /// Transcripts that were read, those of the controls aside.
    pub played: usize,
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
        /// Its path by the record.
        path: String,
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
    /// A transcript is more than is read of one.
    #[error(
        "{path} : transcription de plus de {} Mio : c'est plus qu'un scénario n'en écrit ; reprenez-la telle que la \
         campagne l'a laissée",
        TRANSCRIPT / 1024 / 1024
    )]
    TooLong {
        /// Its path by the record.
        path: String,
    },
    /// A transcript is not the one that the record names.
    #[error("{path} : transcription modifiée depuis la campagne (SHA-256 différent)")]
    Changed {
        /// Its path by the record.
        path: String,
    },
    /// A transcript is that of another scenario, or of another run.
    #[error("{path} : transcription d'un autre scénario, ou d'une autre campagne")]
    Foreign {
        /// Its path by the record.
        path: String,
    },
    /// A line of a transcript is no event.
    #[error("{path}, ligne {line} : ce n'est pas un événement ({source})")]
    NotAnEvent {
        /// Its path by the record.
        path: String,
        /// Number of the line, from 1.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
}

/// Judges the run of `record` again, from its transcripts.
///
/// # Errors
/// [`VerifyError`].
pub fn rejudge(
    library: &Library,
    record: &RunRecord,
    transcripts: &(impl Transcripts + ?Sized),
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
    let named = named.chain(record.controls().map(|control| &control.transcript));
    // One that is not there is told when it is read.
    let octets = named.filter_map(|named| transcripts.size(&named.path));
    if octets.fold(0, u64::saturating_add) > TRANSCRIPTS {
        return Err(VerifyError::TooMuch);
    }
    // A word that is none was never given: no transcript answers to what comes of it.
    let challenge = record.possession.challenge.as_deref();
    let challenge = challenge.and_then(|text| Challenge::new(text).ok());
    let tokens = Tokens::new(record.seed, record.started.as_microsecond());
    let tokens = tokens.challenged(challenge.clone());
    let mut all = Proceedings {
        controls: controls(record, library, &tokens, transcripts)?,
        ..Proceedings::default()
    };
    let recorded: BTreeMap<&str, &ScenarioRecord> =
        record.scenarios.iter().map(|recorded| (recorded.id.as_str(), recorded)).collect();
    for scenario in select(library, &record.filter).iter() {
        let id = scenario.id.clone();
        let recorded = recorded.get(id.as_str()).copied();
        match recorded.and_then(|recorded| Some((recorded, recorded.transcript.as_ref()?))) {
            Some((recorded, transcript)) => {
                let took = Duration::from_millis(recorded.duration_ms);
                let played = own(&id, &tokens, transcripts, transcript, took)?;
                all.played.insert(id, played);
            }
            None => {
                all.left_out.insert(id, left_out(scenario, record, recorded));
            }
        }
    }
    let took = Duration::from_millis(record.duration_ms);
    let judged = judge_all(library, &basis, &all, took, challenge.as_ref());
    let derived = run_record::record(library, Declared::recorded(record), judged);
    Ok(Rejudged {
        differences: differences(record, &derived),
        contradictions: contradictions(library, record, &tokens, &all),
        record: derived,
        played: all.played.len(),
    })
}

/// The record of a scenario without a transcript: what the declaration of the target makes of it, and
/// never more than that.
fn left_out(
    scenario: &Scenario,
    record: &RunRecord,
    recorded: Option<&ScenarioRecord>,
) -> ScenarioRecord {
    if record.interrupted && recorded.is_some_and(|recorded| recorded.reason == INTERRUPTED) {
        return unplayed(scenario, Verdict::Skipped, INTERRUPTED);
    }
    let (offered, not_applicable) = (record.target.offered(), record.target.not_applicable());
    not_played(scenario, &offered, &not_applicable).unwrap_or_else(|| {
        unplayed(scenario, Verdict::Skipped, "aucune transcription ne montre qu'il a été joué")
    })
}

/// The controls, once they are known to be those of the run.
fn controls(
    record: &RunRecord,
    library: &Library,
    tokens: &Tokens,
    transcripts: &(impl Transcripts + ?Sized),
) -> Result<Vec<Checked>, VerifyError> {
    // One before and one after for each family, and one after each world in each part, whatever is recorded beside them.
    let selection = select(library, &record.filter);
    let places: BTreeSet<u32> = epoch::places(library).into_values().collect();
    let mut all: Vec<Checked> = Vec::new();
    for family in selection.families(library) {
        let recorded = record.families.iter().find(|one| one.folder == family.folder);
        for one in recorded.into_iter().flat_map(|one| &one.controls) {
            let which = match one.when {
                When::World(place) if !places.contains(&place) => continue,
                When::World(place) => Which::of_world(&family.folder, place, one.part),
                when => Which::of_run(&family.folder, Some(when)),
            };
            if all.iter().any(|known| known.which == which) {
                continue;
            }
            let played = own(&which.id(), tokens, transcripts, &one.transcript, Duration::ZERO)?;
            all.push(Checked { which, played });
        }
    }
    all.sort_by_key(|one| (one.which.when, one.which.part));
    Ok(all)
}

/// What a transcript holds, known to be that of scenario `id` in this run.
fn own(
    id: &ScenarioId,
    tokens: &Tokens,
    transcripts: &(impl Transcripts + ?Sized),
    transcript: &TranscriptRef,
    took: Duration,
) -> Result<Proceeding, VerifyError> {
    let foreign = || VerifyError::Foreign { path: transcript.path.clone() };
    // No other file is opened, whatever a record names.
    if transcript.path != format!("transcripts/{}", id.transcript_name()) {
        return Err(foreign());
    }
    let entries = read(transcripts, transcript)?;
    let headed = entries.first().is_some_and(|entry| tokens.head(id, &entry.event));
    if headed {
        Ok(Proceeding { entries, transcript: transcript.clone(), took })
    } else {
        Err(foreign())
    }
}

fn read(
    transcripts: &(impl Transcripts + ?Sized),
    transcript: &TranscriptRef,
) -> Result<Vec<Entry>, VerifyError> {
    let path = || transcript.path.clone();
    let too_long = || VerifyError::TooLong { path: path() };
    if transcripts.size(&transcript.path).is_some_and(|size| size > TRANSCRIPT) {
        return Err(too_long());
    }
    let bytes = transcripts
        .octets(&transcript.path, TRANSCRIPT)
        .map_err(|source| VerifyError::Unreadable { path: path(), source })?
        .ok_or_else(too_long)?;
    if hex::encode(Sha256::digest(&bytes)) != transcript.sha256 {
        return Err(VerifyError::Changed { path: path() });
    }
    entries(&bytes).map_err(|(line, source)| VerifyError::NotAnEvent { path: path(), line, source })
}
