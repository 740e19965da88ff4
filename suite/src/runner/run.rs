//! One run: controls, scenarios after their twins, the sweep at the end, the record.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
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
    control::{self, Control, Sender, Stand},
    fetched,
    journal::{Journal, Kept, Performance},
    judgement::Basis,
    late,
    options::{NOMINAL, Options},
    pace,
    patience::{self, Again},
    sealed,
    select::{self, Selection},
    unplayed::not_played,
    whole::{self, Ending},
};
use crate::{
    judge::{
        Campaign, Twin,
        deferral::{self, Deferral},
        transaction::last_session,
    },
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
    /// One was put off by the target: it is played again later.
    PutOff(&'a ScenarioId),
    /// All that was put off is played again after this time.
    Waiting {
        /// How many there are.
        scenarios: usize,
        /// How long.
        wait: Duration,
        /// A reply that put one off.
        reply: &'a str,
    },
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
    /// The target showed a certificate of production, or none that can be read: nothing more was sent.
    #[error("{address} : {why} ; cette suite s'adresse à une plate-forme de test, et s'arrête là")]
    KeptOff {
        /// The address.
        address: String,
        /// What its guard says, in French.
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
    /// The run was played and judged, but transcripts are not on the disk: no record can stand on
    /// them. The verdicts are in this one.
    #[error("{path} : écriture impossible ({source})")]
    Unwritten {
        /// The record, to be shown and not to be kept.
        record: Box<RunRecord>,
        /// The first file that could not be written.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
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
    stop: watch::Receiver<bool>,
    observe: impl Fn(RunEvent<'_>) + Sync,
) -> Result<RunRecord, RunError> {
    resume(library, space, target, options, Kept::default(), stop, observe).await
}

/// Plays what is missing of a run that was cut short, and judges the whole. The options are those of
/// its beginning; the controls are made again.
///
/// # Errors
/// [`RunError`]; whatever the target does is in the record.
pub async fn resume(
    library: &Library,
    space: &Space,
    target: &Target,
    options: &Options,
    mut kept: Kept,
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
    kept_on(target)?;
    control::ping(target, target.reply_time).await.map_err(|end| unreachable(target, &end))?;
    observe(RunEvent::Planned(&selection));
    let journal = Journal::begin(&options.out, &kept);
    let tokens = Tokens::new(options.seed, options.started.as_microsecond()).of_part(kept.part);
    let kept_count = kept.count();

    let stage = Stage {
        library,
        space,
        target,
        options,
        tokens,
        folder,
        offers: target.capabilities(),
        records: Mutex::default(),
        witnesses: Mutex::default(),
        performances: Mutex::default(),
        kept: Mutex::new(std::mem::take(&mut kept.performances)),
        read_crl: kept.reads_crl,
        journal,
        before: kept.elapsed,
        begun,
        answers: AtomicBool::new(true),
        lost: Mutex::default(),
    };
    let mut before = None;
    let interrupted = {
        let playing = async {
            before = stage.control("avant", Sender::Newcomer).await;
            if before.as_ref().is_some_and(|one| !one.accepted() && one.put_off().is_none()) {
                stage.answers.store(false, Ordering::Relaxed);
            }
            stage.play_everything(&selection, before.as_ref(), &observe).await;
        };
        tokio::select! {
            () = playing => false,
            // Without a sender nobody can stop the run any more.
            Ok(_) = stop.wait_for(|stop| *stop) => true,
            why = target.guard.until_closed() => return Err(kept_off(target, why)),
        }
    };
    let after = if interrupted { None } else { stage.control_after(&mut stop, &observe).await };
    // Whoever stops the wait for the last control stops the run.
    let interrupted = interrupted || *stop.borrow();
    kept_on(target)?;
    let campaign = stage.finish(&selection, before.as_ref(), after.as_ref());
    let controls = [&before, &after].into_iter().flatten().map(|control| &control.transcript);
    let pace = stage.pace(controls);
    let controls = [(false, before), (true, after)];
    let ending = Ending {
        controls: controls
            .into_iter()
            .filter_map(|(after, control)| Some(stage.control_record(after, control?)))
            .collect(),
        reads_crl: stage.reads_crl(),
        interrupted,
        resumed: (kept.part > 0).then_some(kept_count),
        took: stage.elapsed(),
        seen: campaign.deferrals().into_iter().chain(pace).collect(),
    };
    let records = stage.records.into_inner().expect("no panic while the records are held");
    let record = whole::record(library, space, target, options, &selection, records, ending);
    match stage.lost.into_inner().expect("no panic while it is held") {
        None => Ok(record),
        Some((path, source)) => Err(RunError::Unwritten { record: Box::new(record), path, source }),
    }
}

/// An error where the target's guard is closed.
pub(super) fn kept_on(target: &Target) -> Result<(), RunError> {
    target.guard.closed().map_or(Ok(()), |why| Err(kept_off(target, why)))
}

fn kept_off(target: &Target, why: String) -> RunError {
    RunError::KeptOff { address: target.shown(), why }
}

fn output(path: &Path, source: io::Error) -> RunError {
    RunError::Output { path: path.to_owned(), source }
}

fn unreachable(target: &Target, end: &SessionEnd) -> RunError {
    RunError::unreachable(target.address.to_string(), end)
}

impl RunError {
    /// Nothing that speaks SMTP answered at `address`: what came in its place. Whoever makes all clients
    /// wait is not absent.
    #[must_use]
    pub fn unreachable(address: String, end: &SessionEnd) -> Self {
        let why = match end {
            SessionEnd::TimedOut { .. } => format!(
                "{end} ; si la cible fait attendre ses clients, augmentez reply_seconds dans target.toml"
            ),
            end => end.to_string(),
        };
        Self::Unreachable { address, why }
    }
}

/// What can be put off.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Control(&'a Control),
    Scenario(&'a Scenario),
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Control(_), Self::Control(_)) => true,
            (Self::Scenario(one), Self::Scenario(other)) => one.id == other.id,
            _ => false,
        }
    }
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
    /// What was played before the run was cut short.
    kept: Mutex<BTreeMap<ScenarioId, Performance>>,
    /// Whether the target was seen to read a CRL before that, and how long all took.
    read_crl: bool,
    before: Duration,
    begun: Instant,
    journal: Journal,
    /// The first file that cannot be written.
    lost: Mutex<Option<(PathBuf, io::Error)>>,
    /// Whether the target answered the first control: silences are tried again.
    answers: AtomicBool,
}

impl Again<Part<'_>> for &Stage<'_> {
    async fn again(&mut self, part: Part<'_>) -> Option<Deferral> {
        self.repeat(part).await;
        self.put_off(part)
    }
}

impl Stage<'_> {
    /// The nominal message, where the target is prepared for it.
    async fn control(&self, name: &str, sender: Sender) -> Option<Control> {
        let nominal = self.library.scenarios.iter().find(|s| s.id.as_str() == NOMINAL)?;
        if !nominal.needs.is_subset(&self.offers) {
            return None;
        }
        Some(control::control(name, sender, nominal, self.stand()).await)
    }

    fn control_record(&self, after: bool, control: Control) -> ControlRecord {
        let (accepted, observed) = (control.accepted(), control.observed());
        let (transcript, unwritten) = sealed::reference(&control.transcript, &control.path);
        self.lose(&control.path, unwritten);
        ControlRecord { after, accepted, observed, transcript }
    }

    /// Time of the run so far.
    fn elapsed(&self) -> Duration {
        self.before.saturating_add(self.begun.elapsed())
    }

    /// Remembers the first file that is not written: the run goes on, for its verdicts.
    fn lose(&self, path: &Path, unwritten: Option<io::Error>) {
        if let Some(error) = unwritten {
            let mut lost = self.lost.lock().expect("no panic while it is held");
            lost.get_or_insert_with(|| (path.to_owned(), error));
        }
    }

    fn stand(&self) -> Stand<'_> {
        let Self { space, target, tokens, folder, .. } = self;
        Stand { space, target, tokens, folder }
    }

    /// The control after the last scenario, tried again while it is put off: all that was refused rests
    /// on it.
    async fn control_after(
        &self,
        stop: &mut watch::Receiver<bool>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Option<Control> {
        let control = self.control("apres", Sender::Nominal).await?;
        let waits = patience::waits(self.target.retry).into_iter();
        for wait in waits.chain([self.target.retry; 2]) {
            let Some(Deferral { text, .. }) = control.put_off() else { break };
            observe(RunEvent::Waiting { scenarios: 1, wait, reply: &text });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(_) = stop.wait_for(|stop| *stop) => break,
            }
            self.repeat(Part::Control(&control)).await;
        }
        Some(control)
    }

    /// Plays all scenarios, then again what the target put off.
    async fn play_everything(
        &self,
        selection: &Selection<'_>,
        before: Option<&Control>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) {
        self.play_all(selection, observe).await;
        // Twins before those that rest on them.
        let parts = before.map(Part::Control).into_iter();
        let parts = parts.chain(selection.iter().map(Part::Scenario));
        let left: Vec<(Part<'_>, Deferral)> =
            parts.filter_map(|part| Some((part, self.put_off(part)?))).collect();
        let first: Vec<Part<'_>> = left.iter().map(|(part, _)| *part).collect();
        patience::outwait(self.target.retry, left, self, |scenarios, wait, reply| {
            observe(RunEvent::Waiting { scenarios, wait, reply });
        })
        .await;
        let records = self.records.lock().expect("no panic while the records are held");
        for part in first {
            if let Part::Scenario(scenario) = part
                && let Some(record) = records.get(&scenario.id)
            {
                observe(RunEvent::Finished(record));
            }
        }
    }

    /// The temporary reply with which this ended, if it did.
    fn put_off(&self, part: Part<'_>) -> Option<Deferral> {
        match part {
            Part::Control(control) => control.put_off(),
            Part::Scenario(scenario) => {
                let entries = self.transcript(scenario)?.entries();
                deferral::pending(&scenario.action, &entries)
            }
        }
    }

    fn transcript(&self, scenario: &Scenario) -> Option<Transcript> {
        let performances =
            self.performances.lock().expect("no panic while the performances are held");
        performances.get(&scenario.id).map(|performance| performance.transcript.clone())
    }

    /// Plays it once more.
    async fn repeat(&self, part: Part<'_>) {
        let scenario = match part {
            Part::Control(control) => {
                control.again(self.stand()).await;
                return;
            }
            Part::Scenario(scenario) => scenario,
        };
        let Some(transcript) = self.transcript(scenario) else { return };
        tokio::time::sleep(self.target.pace).await;
        let begun = Instant::now();
        let letters = self.act(scenario, &transcript).await;
        let mut performances =
            self.performances.lock().expect("no panic while the performances are held");
        if let Some(performance) = performances.get_mut(&scenario.id) {
            performance.letters.extend(letters);
            performance.took += begun.elapsed();
            self.note(&scenario.id, performance);
            let record = self.judge(scenario, performance, None, None);
            let mut records = self.records.lock().expect("no panic while the records are held");
            records.insert(scenario.id.clone(), record);
        }
    }

    /// Notes in the journal that a scenario was played. What is not on the disk yet is tried again at the
    /// end, and is not told as played.
    fn note(&self, id: &ScenarioId, performance: &Performance) {
        if performance.transcript.finish().is_ok() {
            self.journal.played(id, performance, self.elapsed(), self.reads_crl());
        }
    }

    /// What the run says of a target that takes its time.
    fn pace<'t>(&self, controls: impl Iterator<Item = &'t Transcript>) -> Option<String> {
        let performances =
            self.performances.lock().expect("no panic while the performances are held");
        let played = performances.values().map(|performance| performance.transcript.entries());
        let entries: Vec<_> = controls.map(Transcript::entries).chain(played).collect();
        pace::pace(entries.iter().map(Vec::as_slice), self.elapsed())
    }

    /// Plays each scenario as soon as its twin has been, up to `jobs` at once; those that need the
    /// target alone at the end, one after the other.
    async fn play_all(&self, selection: &Selection<'_>, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
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
                    self.perform(scenario, observe).await;
                    &scenario.id
                });
            }
            let Some(played) = playing.next().await else { break };
            ready.extend(waiting.remove(played).unwrap_or_default());
        }
        for scenario in alone {
            self.perform(scenario, observe).await;
        }
    }

    async fn perform(&self, scenario: &Scenario, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        observe(RunEvent::Started(&scenario.id));
        let mut put_off = false;
        let record = match not_played(scenario, &self.offers, &self.target.not_applicable) {
            Some(record) => record,
            None => {
                let kept =
                    self.kept.lock().expect("no panic while they are held").remove(&scenario.id);
                let performance = match kept {
                    Some(kept) => kept,
                    None => {
                        tokio::time::sleep(self.target.pace).await;
                        self.play(scenario).await
                    }
                };
                let record = self.judge(scenario, &performance, None, None);
                let entries = performance.transcript.entries();
                put_off = deferral::pending(&scenario.action, &entries).is_some();
                self.performances
                    .lock()
                    .expect("no panic while the performances are held")
                    .insert(scenario.id.clone(), performance);
                record
            }
        };
        observe(if put_off { RunEvent::PutOff(&scenario.id) } else { RunEvent::Finished(&record) });
        self.records
            .lock()
            .expect("no panic while the records are held")
            .insert(scenario.id.clone(), record);
    }

    async fn play(&self, scenario: &Scenario) -> Performance {
        let begun = Instant::now();
        let path = self.folder.join(sealed::transcript_name(&scenario.id));
        let transcript = Transcript::create(&path);
        transcript.push(Event::Note { text: self.tokens.heading(&scenario.id) });
        let letters = self.act(scenario, &transcript).await;
        let performance = Performance { transcript, letters, took: begun.elapsed() };
        self.note(&scenario.id, &performance);
        performance
    }

    /// Plays a scenario into `transcript`, from its first connection or from the one after the last, and
    /// gives the messages sent.
    async fn act(&self, scenario: &Scenario, transcript: &Transcript) -> Vec<Letter> {
        // A list of its own is for a proxy of its own, which only the embedded one's place allows.
        let own = if scenario.list.is_empty() {
            None
        } else {
            let (list, mailroom) = (&scenario.list, self.space.mailroom());
            match OwnList::start(self.space, list, mailroom, None).await {
                Ok(own) => Some(own),
                Err(error) => {
                    transcript.push(Event::Trouble { text: error.to_string() });
                    return Vec::new();
                }
            }
        };
        let player = Player {
            scenario,
            space: self.space,
            target: own.as_ref().map_or(self.target, |own| &own.target),
            transcript: transcript.clone(),
            tokens: &self.tokens,
            repeats_silence: self.answers.load(Ordering::Relaxed),
        };
        let asked = self.space.dns().log().mark();
        let entries = transcript.entries();
        let begun = entries.iter().any(|entry| {
            matches!(entry.event, Event::Connected { .. } | Event::ConnectFailed { .. })
        });
        let letters = if begun {
            player.play_again(last_session(&entries).saturating_add(1)).await
        } else {
            player.play().await
        };
        for letter in letters.iter().filter(|letter| letter.accepted) {
            late::await_delivery(letter, self.space.mailroom(), self.target, transcript).await;
        }
        fetched::names(scenario, self.space, asked, transcript);
        fetched::crls(scenario, self.space, transcript);
        letters
    }

    /// Whether the target could know of a revocation: it says so, or it was seen to fetch a CRL,
    /// which nothing else does.
    fn reads_crl(&self) -> bool {
        self.target.uses_crl || self.read_crl || fetched::crl_fetches(self.space).next().is_some()
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
                usual: campaign.map(|campaign| campaign.deliveries.usual(scenario)),
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
    ) -> Campaign {
        let mut performances =
            self.performances.lock().expect("no panic while the performances are held");
        // Where a resumed run was interrupted again, some were not come to.
        performances.append(&mut self.kept.lock().expect("no panic while they are held"));
        let mut campaign = Campaign::default();
        for control in [before, after].into_iter().flatten() {
            control.sweep(self.space.mailroom());
            campaign.add(control.action(), &control.transcript.entries());
            campaign.deliveries.add_control(&control.transcript.entries());
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
            campaign.deliveries.add(scenario, &performance.transcript.entries());
        }
        // Row by row: a twin is judged for good before those that rest on it.
        for scenario in selection.iter() {
            let Some(performance) = performances.get(&scenario.id) else { continue };
            let path = self.folder.join(sealed::transcript_name(&scenario.id));
            let control_after = after.map(Control::accepted);
            let judged = self.judge(scenario, performance, control_after, Some(&campaign));
            let (sealed, unwritten) = sealed::seal(judged, &performance.transcript, &path);
            self.lose(&path, unwritten);
            self.records
                .lock()
                .expect("no panic while the records are held")
                .insert(scenario.id.clone(), sealed);
        }
        campaign
    }
}
