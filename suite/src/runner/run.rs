//! One run: controls, scenarios after their twins, the sweep at the end, the record.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use fixtures::{
    smtp::{
        session::SessionEnd,
        transcript::{Event, Transcript},
    },
    space::Space,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use tokio::sync::watch;

use super::{
    assemble,
    control::{self, Control},
    fetched,
    judgement::Basis,
    late,
    options::{NOMINAL, Options},
    sealed,
    select::{self, Selection},
    unplayed::not_played,
    whole::{self, Ending},
};
use crate::{
    judge::{Campaign, Twin},
    play::{Letter, Player, Tokens},
    proxy::OwnList,
    record::{ControlRecord, RunRecord, ScenarioRecord},
    scenario::{Capability, Library, Scenario, ScenarioId},
    target::Target,
};

/// What a run tells while it goes on.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// The scenarios chosen.
    Planned(&'a Selection<'a>),
    /// One begins.
    Started(&'a ScenarioId),
    /// One is judged, but for what only the end of the run can tell.
    Finished(&'a ScenarioRecord),
}

/// A run that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing answers at the target's address, or nothing that speaks SMTP.
    #[error("la cible {address} ne répond pas en SMTP : {why}")]
    Unreachable {
        /// The address tried.
        address: String,
        /// What came in place of a greeting.
        why: String,
    },
    /// No scenario matches the filter.
    #[error("aucun scénario ne correspond à « {0} »")]
    NothingSelected(String),
    /// A file of the run cannot be written.
    #[error("{path} : écriture impossible ({source})")]
    Output {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}

/// What was played of one scenario, before the end of the run.
struct Performance {
    transcript: Transcript,
    letters: Vec<Letter>,
    took: Duration,
}

/// Plays the suite against `target`. When `stop` turns true, what is being played is abandoned and
/// the record is partial.
///
/// # Errors
/// [`RunError`]; whatever the target does is in the record.
pub async fn run(
    library: &Library,
    space: &Space,
    target: &Target,
    options: &Options,
    mut stop: watch::Receiver<bool>,
    observe: impl Fn(RunEvent<'_>) + Sync,
) -> Result<RunRecord, RunError> {
    let begun = Instant::now();
    let selection = select::select(library, options.filter.as_deref());
    if selection.is_empty() {
        return Err(RunError::NothingSelected(options.filter.clone().unwrap_or_default()));
    }
    let folder = options.out.join("transcripts");
    fs::create_dir_all(&folder).map_err(|source| output(&folder, source))?;
    control::ping(target, target.reply_time).await.map_err(|end| unreachable(target, &end))?;
    observe(RunEvent::Planned(&selection));

    let stage = Stage {
        library,
        space,
        target,
        options,
        tokens: Tokens::new(options.seed, options.started.as_microsecond()),
        folder,
        offers: target.capabilities(),
        records: Mutex::default(),
        witnesses: Mutex::default(),
        performances: Mutex::default(),
    };
    let before = stage.control("avant").await?;
    let interrupted = {
        let playing = stage.play_all(&selection, &observe);
        tokio::select! {
            result = playing => { result?; false }
            // Without a sender nobody can stop the run any more.
            Ok(_) = stop.wait_for(|stop| *stop) => true,
        }
    };
    let after = if interrupted { None } else { stage.control("apres").await? };
    stage.finish(&selection, before.as_ref(), after.as_ref())?;
    let controls = [(false, before), (true, after)];
    let ending = Ending {
        controls: controls
            .into_iter()
            .filter_map(|(after, control)| Some(control_record(after, control?)))
            .collect::<Result<_, _>>()?,
        reads_crl: stage.reads_crl(),
        interrupted,
        took: begun.elapsed(),
    };
    let records = stage.records.into_inner().expect("no panic while the records are held");
    Ok(whole::record(library, space, target, options, &selection, records, ending))
}

fn control_record(after: bool, control: Control) -> Result<ControlRecord, RunError> {
    let Control { accepted, observed, path, .. } = control;
    let reference = sealed::reference(&path).map_err(|source| output(&path, source))?;
    Ok(ControlRecord { after, accepted, observed, transcript: reference })
}

fn output(path: &Path, source: io::Error) -> RunError {
    RunError::Output { path: path.to_owned(), source }
}

fn unreachable(target: &Target, end: &SessionEnd) -> RunError {
    RunError::Unreachable { address: target.address.to_string(), why: end.to_string() }
}

/// All that the scenarios of a run share.
struct Stage<'a> {
    library: &'a Library,
    space: &'a Space,
    target: &'a Target,
    options: &'a Options,
    tokens: Tokens,
    folder: PathBuf,
    offers: BTreeSet<Capability>,
    records: Mutex<BTreeMap<ScenarioId, ScenarioRecord>>,
    /// Scenarios that went as expected: those that can be another one's twin.
    witnesses: Mutex<BTreeSet<ScenarioId>>,
    performances: Mutex<BTreeMap<ScenarioId, Performance>>,
}

impl Stage<'_> {
    /// The nominal message, where the target is prepared for it.
    async fn control(&self, name: &str) -> Result<Option<Control>, RunError> {
        let Some(nominal) = self.library.scenarios.iter().find(|s| s.id.as_str() == NOMINAL) else {
            return Ok(None);
        };
        if !nominal.needs.is_subset(&self.offers) {
            return Ok(None);
        }
        let control =
            control::control(name, nominal, self.space, self.target, &self.tokens, &self.folder)
                .await
                .map_err(|source| output(&self.folder, source))?;
        Ok(Some(control))
    }

    /// Plays each scenario as soon as its twin has been, up to `jobs` at once; those that need the
    /// target alone at the end, one after the other.
    async fn play_all(
        &self,
        selection: &Selection<'_>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Result<(), RunError> {
        let jobs = self.options.jobs.min(self.target.max_connections).max(1);
        let mut rng = StdRng::seed_from_u64(self.options.seed);
        let mut ready = VecDeque::new();
        let mut waiting: BTreeMap<&ScenarioId, Vec<&Scenario>> = BTreeMap::new();
        let mut alone: Vec<&Scenario> = Vec::new();
        for row in &selection.rows {
            let mut row = row.clone();
            row.shuffle(&mut rng);
            for scenario in row {
                let twin = scenario.twin.as_ref();
                // What rests on a scenario played alone comes after it, alone as well.
                if scenario.exclusive || alone.iter().any(|other| Some(&other.id) == twin) {
                    alone.push(scenario);
                } else if let Some(twin) = twin {
                    waiting.entry(twin).or_default().push(scenario);
                } else {
                    ready.push_back(scenario);
                }
            }
        }
        let mut playing = FuturesUnordered::new();
        loop {
            while playing.len() < jobs
                && let Some(scenario) = ready.pop_front()
            {
                playing.push(async move {
                    self.perform(scenario, observe).await.map(|()| &scenario.id)
                });
            }
            let Some(played) = playing.next().await else { break };
            ready.extend(waiting.remove(played?).unwrap_or_default());
        }
        for scenario in alone {
            self.perform(scenario, observe).await?;
        }
        Ok(())
    }

    async fn perform(
        &self,
        scenario: &Scenario,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Result<(), RunError> {
        observe(RunEvent::Started(&scenario.id));
        let record = match not_played(scenario, &self.offers, &self.target.not_applicable) {
            Some(record) => record,
            None => {
                tokio::time::sleep(self.target.pace).await;
                let performance = self.play(scenario).await?;
                let record = self.judge(scenario, &performance, None, None);
                self.performances
                    .lock()
                    .expect("no panic while the performances are held")
                    .insert(scenario.id.clone(), performance);
                record
            }
        };
        observe(RunEvent::Finished(&record));
        self.records
            .lock()
            .expect("no panic while the records are held")
            .insert(scenario.id.clone(), record);
        Ok(())
    }

    async fn play(&self, scenario: &Scenario) -> Result<Performance, RunError> {
        let begun = Instant::now();
        let path = self.folder.join(sealed::transcript_name(&scenario.id));
        let transcript = Transcript::create(&path).map_err(|source| output(&path, source))?;
        transcript.push(Event::Note { text: self.tokens.heading(&scenario.id) });
        // A list of its own is for a proxy of its own, which only the embedded one's place allows.
        let own = if scenario.list.is_empty() {
            None
        } else {
            let (list, mailroom) = (&scenario.list, self.space.mailroom());
            match OwnList::start(self.space, list, mailroom, None).await {
                Ok(own) => Some(own),
                Err(error) => {
                    transcript.push(Event::Trouble { text: error.to_string() });
                    transcript.finish().map_err(|source| output(&path, source))?;
                    let letters = Vec::new();
                    return Ok(Performance { transcript, letters, took: begun.elapsed() });
                }
            }
        };
        let player = Player {
            scenario,
            space: self.space,
            target: own.as_ref().map_or(self.target, |own| &own.target),
            transcript: transcript.clone(),
            tokens: &self.tokens,
        };
        let asked = self.space.dns().log().mark();
        let letters = player.play().await;
        for letter in letters.iter().filter(|letter| letter.accepted) {
            late::await_delivery(letter, self.space.mailroom(), self.target, &transcript).await;
        }
        fetched::names(scenario, self.space, asked, &transcript);
        fetched::crls(scenario, self.space, &transcript);
        transcript.finish().map_err(|source| output(&path, source))?;
        Ok(Performance { transcript, letters, took: begun.elapsed() })
    }

    /// Whether the target could know of a revocation: it says so, or it was seen to fetch a CRL,
    /// which nothing else does.
    fn reads_crl(&self) -> bool {
        self.target.uses_crl || fetched::crl_fetches(self.space).next().is_some()
    }

    /// What became of the scenario's twin.
    fn twin(&self, scenario: &Scenario) -> Twin {
        let Some(twin) = &scenario.twin else { return Twin::None };
        let witnesses = self.witnesses.lock().expect("no panic while the witnesses are held");
        let records = self.records.lock().expect("no panic while the records are held");
        assemble::twin(twin, witnesses.contains(twin), records.get(twin))
    }

    fn judge(
        &self,
        scenario: &Scenario,
        performance: &Performance,
        control_after: Option<bool>,
        campaign: Option<&Campaign>,
    ) -> ScenarioRecord {
        let judged = assemble::judged(
            scenario,
            &Basis::of(self.target, self.options, self.reads_crl()),
            &assemble::Seen {
                entries: &performance.transcript.entries(),
                twin: self.twin(scenario),
                control_after,
                campaign,
                took: performance.took,
            },
        );
        let mut witnesses = self.witnesses.lock().expect("no panic while the witnesses are held");
        if judged.witness {
            witnesses.insert(scenario.id.clone());
        } else {
            witnesses.remove(&scenario.id);
        }
        judged.record
    }

    /// Sweeps the mailroom for what should not be there, judges everything again, and seals the
    /// transcripts.
    fn finish(
        &self,
        selection: &Selection<'_>,
        before: Option<&Control>,
        after: Option<&Control>,
    ) -> Result<(), RunError> {
        let performances =
            self.performances.lock().expect("no panic while the performances are held");
        let mut campaign = Campaign::default();
        for control in [before, after].into_iter().flatten() {
            campaign.add(&control.action, &control.transcript.entries());
        }
        let closed = after.is_some_and(Control::delivered);
        for scenario in selection.iter() {
            let Some(performance) = performances.get(&scenario.id) else { continue };
            late::sweep(
                &performance.letters,
                self.space.mailroom(),
                closed.then_some(self.target.delivery_delay),
                &performance.transcript,
            );
            campaign.add(&scenario.action, &performance.transcript.entries());
        }
        // Row by row: a twin is judged for good before those that rest on it.
        for scenario in selection.iter() {
            let Some(performance) = performances.get(&scenario.id) else { continue };
            let path = self.folder.join(sealed::transcript_name(&scenario.id));
            performance.transcript.finish().map_err(|source| output(&path, source))?;
            let control_after = after.map(|control| control.accepted);
            let judged = self.judge(scenario, performance, control_after, Some(&campaign));
            let sealed = sealed::seal(judged, &path).map_err(|source| output(&path, source))?;
            self.records
                .lock()
                .expect("no panic while the records are held")
                .insert(scenario.id.clone(), sealed);
        }
        Ok(())
    }
}
