//! The stage of a run: scenarios after their twins, what was put off once more, the sweep at the end.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use fixtures::{
    change::{Applied, Proof, World},
    log::Mark,
    smtp::transcript::{Event, Transcript},
    space::Space,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use tokio::sync::watch;

use super::{
    changes,
    control::{self, Control, Stand, Which},
    deliveries,
    epoch::{self, Epoch, Serving, changed},
    journal::{Journal, Performance},
    judgement::Basis,
    omission::{INTERRUPTED, not_played, unplayed},
    options::Options,
    patience::{self, Again},
    reads, requests,
    run::RunEvent,
    select::Selection,
    timeline, transcript_ref,
    verdicts::{Checked, Proceeding, Proceedings, Verdicts},
};
use crate::{
    family::Family,
    observe::{
        deferral::{self, Deferral},
        last_session,
    },
    play::{Letter, Player, Tokens},
    record::{ReadRecord, ScenarioRecord, UndoneRecord, Verdict, When, family_of},
    scenario::{Capability, Library, Scenario, ScenarioId},
    target::Target,
};

/// What can be put off.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Control(&'a Control),
    Scenario(&'a Scenario),
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Control(one), Self::Control(other)) => one.which == other.which,
            (Self::Scenario(one), Self::Scenario(other)) => one.id == other.id,
            _ => false,
        }
    }
}

/// What the scenarios of an epoch stand on.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// What each of their transcripts begins with: what was changed and what the target read of it; the last is the
    /// trouble that keeps them from being played, if there is any.
    events: Vec<Event>,
    /// The moment of the access log from which on whatever is read is of their world.
    since: Mark,
}

impl Standing {
    /// What keeps the scenarios from being played.
    fn troubled(text: String) -> Self {
        Self { events: vec![Event::Trouble { text }], ..Self::default() }
    }
}

/// All that the scenarios of a run share.
pub(super) struct Stage<'a> {
    pub(super) library: &'a Library,
    pub(super) space: &'a Space,
    pub(super) target: &'a Target,
    pub(super) options: &'a Options,
    pub(super) tokens: Tokens,
    pub(super) folder: PathBuf,
    pub(super) offers: BTreeSet<Capability>,
    /// The verdicts so far.
    pub(super) verdicts: Mutex<Verdicts>,
    pub(super) performances: Mutex<BTreeMap<ScenarioId, Performance>>,
    /// What was played before the run was cut short.
    pub(super) kept: Mutex<BTreeMap<ScenarioId, Performance>>,
    /// The CRLs that the target was seen to read before that.
    pub(super) read_before: Vec<Event>,
    /// What it had asked of the space before that.
    pub(super) asked_before: Vec<ReadRecord>,
    pub(super) before: Duration,
    pub(super) begun: Instant,
    pub(super) journal: Journal,
    /// The first file that cannot be written.
    pub(super) lost: Mutex<Option<(PathBuf, io::Error)>>,
    /// What the present epoch stands on.
    pub(super) standing: Mutex<Standing>,
    /// How the epochs ended, by the moment at which each began.
    pub(super) undone: Mutex<BTreeMap<Timestamp, UndoneRecord>>,
    /// The controls played after changed worlds.
    pub(super) between: Mutex<Vec<Control>>,
    /// What the run says of the worlds.
    pub(super) remarks: Mutex<Vec<String>>,
    /// Whether the target answered a first control: silences are tried again.
    pub(super) answers: AtomicBool,
}

impl Again<Part<'_>> for &Stage<'_> {
    async fn again(&mut self, part: Part<'_>) -> Option<Deferral> {
        self.repeat(part).await;
        self.put_off(part)
    }
}

impl Stage<'_> {
    /// The nominal message of a family, where the target is prepared for it.
    async fn control(&self, family: &Family, when: When) -> Option<Control> {
        let nominal = self.library.nominal(family)?;
        if !nominal.needs.is_subset(&self.offers) {
            return None;
        }
        let which = Which { family: family.folder.clone(), when: Some(when) };
        Some(control::control(which, nominal, self.stand()).await)
    }

    /// Plays the control of each family before the first scenario; silences are told as such unless one was
    /// answered.
    pub(super) async fn controls_before(
        &self,
        selection: &Selection<'_>,
        before: &mut Vec<Control>,
    ) {
        for family in selection.families(self.library) {
            before.extend(self.control(family, When::Before).await);
        }
        let answered = |one: &Control| one.accepted() || one.put_off().is_some();
        let answers = before.is_empty() || before.iter().any(answered);
        self.answers.store(answers, Ordering::Relaxed);
    }

    /// Time of the run so far.
    pub(super) fn elapsed(&self) -> Duration {
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
        Stand { space, target, tokens, folder, before: self.before, begun: self.begun }
    }

    /// The control of each family after the last scenario, tried again while it is put off: all that was refused
    /// rests on it. None is played any more once the run is to stop.
    pub(super) async fn controls_after(
        &self,
        selection: &Selection<'_>,
        stop: &mut watch::Receiver<bool>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Vec<Control> {
        let mut after = Vec::new();
        for family in selection.families(self.library) {
            if !*stop.borrow() {
                after.extend(self.control_after(family, stop, observe).await);
            }
        }
        after
    }

    async fn control_after(
        &self,
        family: &Family,
        stop: &mut watch::Receiver<bool>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Option<Control> {
        let control = self.control(family, When::After).await?;
        tokio::select! {
            () = self.outwait(&control, observe) => {}
            Ok(_) = stop.wait_for(|stop| *stop) => {}
        }
        Some(control)
    }

    /// Tries a control again while it is put off.
    async fn outwait(&self, control: &Control, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        let waits = patience::waits(self.target.retry).into_iter();
        for wait in waits.chain([self.target.retry; 2]) {
            let Some(Deferral { text, .. }) = control.put_off() else { break };
            observe(RunEvent::Waiting { scenarios: 1, wait, reply: &text });
            tokio::time::sleep(wait).await;
            self.repeat(Part::Control(control)).await;
        }
    }

    /// Plays the control of each family of an epoch once its world is undone.
    async fn controls_of_world(&self, epoch: &Epoch<'_>, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        let Some(place) = epoch::places(self.library).get(&epoch.world).copied() else { return };
        let folders: BTreeSet<&str> =
            epoch.iter().map(|scenario| family_of(scenario.id.as_str())).collect();
        for family in &self.library.catalogue.families {
            if folders.contains(family.folder.as_str())
                && let Some(control) = self.control(family, When::World(place)).await
            {
                self.outwait(&control, observe).await;
                self.between.lock().expect("no panic while they are held").push(control);
            }
        }
    }

    /// Plays all scenarios, the world of each in place.
    pub(super) async fn play_everything(
        &self,
        selection: &Selection<'_>,
        before: &[Control],
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) {
        for epoch in epoch::epochs(selection) {
            if epoch.world.is_nominal() {
                self.play_epoch(&epoch, before, observe).await;
            } else if epoch.iter().any(|scenario| self.is_to_be_played(scenario)) {
                self.play_changed(&epoch, observe).await;
            } else {
                self.play_epoch(&epoch, &[], observe).await;
            }
        }
    }

    /// Whether this is neither left out nor known from before the run was cut short.
    fn is_to_be_played(&self, scenario: &Scenario) -> bool {
        let kept = self.kept.lock().expect("no panic while they are held");
        !kept.contains_key(&scenario.id)
            && not_played(scenario, &self.offers, &self.target.not_applicable).is_none()
    }

    /// Puts the world of an epoch in place, makes the target read it, plays, and puts the nominal world
    /// back.
    async fn play_changed(&self, epoch: &Epoch<'_>, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        if let Some(why) = self.left_over() {
            // What is seen in this world could come of the one before.
            self.stand_on(Standing::troubled(why));
            self.play_epoch(epoch, &[], observe).await;
            self.stand_on(Standing::default());
            return;
        }
        let (standing, applied) = match self.space.apply(&epoch.world).await {
            Err(error) => (Standing::troubled(error.to_string()), None),
            Ok(applied) => {
                let since = applied.since();
                let mut events = changed(applied.proofs());
                let read = epoch::read_anew(
                    self.space,
                    self.target,
                    (&epoch.world, Serving::World),
                    since,
                )
                .await;
                events.extend(read.events);
                events.extend(read.failed.map(|text| Event::Trouble { text }));
                (Standing { events, since }, Some(applied))
            }
        };
        self.stand_on(standing);
        self.play_epoch(epoch, &[], observe).await;
        self.stand_on(Standing::default());
        let Some(applied) = applied else { return };
        let began = applied.proofs().iter().map(|proof| proof.at).min();
        let undone = self.undo(&epoch.world, applied).await;
        if let Some(why) = &undone.failed {
            self.remarks.lock().expect("no panic while they are held").push(format!(
                "l'espace simulé a été rendu à son état nominal, mais rien ne montre que la cible l'a relu : {why}"
            ));
        }
        self.controls_of_world(epoch, observe).await;
        if let Some(began) = began {
            self.undone.lock().expect("no panic while it is held").insert(began, undone);
        }
    }

    /// Why an earlier world may be what the target still goes by, if so.
    fn left_over(&self) -> Option<String> {
        let undone = self.undone.lock().expect("no panic while it is held");
        if let Some(why) = undone.values().find_map(|one| one.failed.as_ref()) {
            return Some(format!(
                "rien ne montre que la cible a relu l'état nominal de l'espace après le changement d'avant ({why})"
            ));
        }
        let between = self.between.lock().expect("no panic while they are held");
        let refused = between.iter().find(|control| !control.accepted())?;
        Some(format!(
            "la cible n'accepte plus le message de contrôle depuis qu'un état changé de l'espace a pris fin ({}) : \
             rétablissez-la, puis rejouez ce qui manque avec --failed",
            refused.observed()
        ))
    }

    /// Puts the nominal world back and makes the target read it.
    async fn undo(&self, world: &World, applied: Applied<'_>) -> UndoneRecord {
        let mark = self.space.log().mark();
        let mut undone = UndoneRecord {
            since: Timestamp::now(),
            proofs: Vec::new(),
            read: Vec::new(),
            failed: None,
        };
        match applied.restore().await {
            Err(error) => undone.failed = Some(error.to_string()),
            Ok(proofs) => {
                let said = |proof: Proof| format!("{} → {}", proof.asked, proof.answer);
                undone.since = proofs.iter().map(|proof| proof.at).min().unwrap_or(undone.since);
                undone.proofs = proofs.into_iter().map(said).collect();
                let read =
                    epoch::read_anew(self.space, self.target, (world, Serving::Nominal), mark)
                        .await;
                undone.read = read.events.iter().filter_map(changes::fetch).collect();
                undone.failed = read.failed;
            }
        }
        undone
    }

    fn stand_on(&self, standing: Standing) {
        *self.standing.lock().expect("no panic while it is held") = standing;
    }

    /// Plays the scenarios of an epoch, then again what the target put off.
    async fn play_epoch(
        &self,
        epoch: &Epoch<'_>,
        before: &[Control],
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) {
        self.play_all(&epoch.rows, observe).await;
        // Twins before those that rest on them.
        let parts = before.iter().map(Part::Control);
        let parts = parts.chain(epoch.iter().map(Part::Scenario));
        let left: Vec<(Part<'_>, Deferral)> =
            parts.filter_map(|part| Some((part, self.put_off(part)?))).collect();
        let first: Vec<Part<'_>> = left.iter().map(|(part, _)| *part).collect();
        patience::outwait(self.target.retry, left, self, |scenarios, wait, reply| {
            observe(RunEvent::Waiting { scenarios, wait, reply });
        })
        .await;
        let verdicts = self.verdicts.lock().expect("no panic while the verdicts are held");
        for part in first {
            if let Part::Scenario(scenario) = part
                && let Some(record) = verdicts.records.get(&scenario.id)
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
        let since = self.elapsed();
        let begun = Instant::now();
        if timeline::part(&transcript.entries()) != Some(self.tokens.part()) {
            transcript.push(self.tokens.began(&scenario.id, since));
        }
        let letters = self.act(scenario, &transcript).await;
        let mut performances =
            self.performances.lock().expect("no panic while the performances are held");
        if let Some(performance) = performances.get_mut(&scenario.id) {
            performance.letters.extend(letters);
            performance.took += begun.elapsed();
            self.note(&scenario.id, performance);
            self.judge(scenario, performance);
        }
    }

    /// Notes in the journal that a scenario was played. What is not on the disk yet is tried again at the
    /// end, and is not told as played.
    fn note(&self, id: &ScenarioId, performance: &Performance) {
        if performance.transcript.finish().is_ok() {
            let crls = requests::crl_reads(self.space, &self.read_before);
            self.journal.played(id, performance, self.elapsed(), crls, self.reads());
        }
    }

    /// What the target asked of the space so far.
    pub(super) fn reads(&self) -> Vec<ReadRecord> {
        reads::reads(self.space, &self.asked_before)
    }

    /// Plays each scenario as soon as its twin has been, up to `jobs` at once; those that need the
    /// target alone at the end, one after the other.
    async fn play_all(&self, rows: &[Vec<&Scenario>], observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        let jobs = self.options.jobs.min(self.target.max_connections).max(1);
        let mut rng = StdRng::seed_from_u64(self.options.seed);
        let mut ready = VecDeque::new();
        let mut waiting: BTreeMap<&ScenarioId, Vec<&Scenario>> = BTreeMap::new();
        let mut alone: Vec<&Scenario> = Vec::new();
        let here: BTreeSet<&ScenarioId> =
            rows.iter().flatten().map(|scenario| &scenario.id).collect();
        for row in rows {
            let mut row = row.clone();
            row.shuffle(&mut rng);
            for scenario in row {
                // One of another epoch has been played.
                let twin = scenario.twin.as_ref().filter(|twin| here.contains(twin));
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
            Some(record) => {
                let mut verdicts =
                    self.verdicts.lock().expect("no panic while the verdicts are held");
                verdicts.records.insert(scenario.id.clone(), record.clone());
                record
            }
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
                let record = self.judge(scenario, &performance);
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
    }

    async fn play(&self, scenario: &Scenario) -> Performance {
        let begun = Instant::now();
        let path = self.folder.join(scenario.id.transcript_name());
        let transcript = Transcript::create(&path);
        // Of this moment all others of the transcript are told: making its file may have taken long.
        transcript.push(self.tokens.began(&scenario.id, self.elapsed()));
        let letters = self.act(scenario, &transcript).await;
        let performance = Performance { transcript, letters, took: begun.elapsed() };
        self.note(&scenario.id, &performance);
        performance
    }

    /// Plays a scenario into `transcript`, from its first connection or from the one after the last, and
    /// gives the messages sent.
    async fn act(&self, scenario: &Scenario, transcript: &Transcript) -> Vec<Letter> {
        let player = Player {
            scenario,
            space: self.space,
            target: self.target,
            transcript: transcript.clone(),
            tokens: &self.tokens,
            repeats_silence: self.answers.load(Ordering::Relaxed),
        };
        let asked = self.space.log().mark();
        let Standing { events: standing, since } =
            self.standing.lock().expect("no panic while it is held").clone();
        let entries = transcript.entries();
        let begun = entries.iter().any(|entry| {
            matches!(entry.event, Event::Connected { .. } | Event::ConnectFailed { .. })
        });
        if !begun {
            let troubled = matches!(standing.last(), Some(Event::Trouble { .. }));
            for event in standing {
                transcript.push(event);
            }
            if troubled {
                return Vec::new();
            }
        }
        let letters = if begun {
            player.play_again(last_session(&entries).saturating_add(1)).await
        } else {
            player.play().await
        };
        // What the target reads after its last reply it did not know when it gave it.
        requests::crls(scenario, self.space, (&self.read_before, since), transcript);
        for letter in letters.iter().filter(|letter| letter.accepted) {
            deliveries::await_delivery(letter, self.space.mailroom(), self.target, transcript)
                .await;
        }
        requests::names(scenario, self.space, asked, transcript);
        letters
    }

    /// The judgement of what was played so far, without what only the end of the run can tell.
    fn judge(&self, scenario: &Scenario, performance: &Performance) -> ScenarioRecord {
        let entries = performance.transcript.entries();
        let mut verdicts = self.verdicts.lock().expect("no panic while the verdicts are held");
        verdicts.judge(scenario, &self.basis(), &entries, performance.took, None).clone()
    }

    pub(super) fn basis(&self) -> Basis {
        Basis::of(self.target, self.options.strict, self.options.profile)
    }

    /// Sweeps the mailroom for what should not be there and seals the transcripts: all that is judged
    /// together.
    pub(super) fn finish(&self, selection: &Selection<'_>, controls: &[Control]) -> Proceedings {
        let mut performances =
            self.performances.lock().expect("no panic while the performances are held");
        // Where a resumed run was interrupted again, some were not come to.
        performances.append(&mut self.kept.lock().expect("no panic while they are held"));
        let mut verdicts = self.verdicts.lock().expect("no panic while the verdicts are held");
        let mut all = Proceedings::default();
        for control in controls {
            control.sweep(self.space.mailroom());
            let sealed = self.seal(&control.transcript, &control.path, Duration::ZERO);
            all.controls.push(Checked { which: control.which.clone(), played: sealed });
        }
        let closes =
            |control: &&Control| control.which.when == Some(When::After) && control.delivered();
        let closed: BTreeSet<&str> =
            controls.iter().filter(closes).map(|one| one.which.family.as_str()).collect();
        for scenario in selection.iter() {
            let id = scenario.id.clone();
            let Some(performance) = performances.get(&id) else {
                let record = verdicts.records.remove(&id);
                let interrupted = || unplayed(scenario, Verdict::Skipped, INTERRUPTED);
                all.left_out.insert(id, record.unwrap_or_else(interrupted));
                continue;
            };
            deliveries::sweep(
                &performance.letters,
                self.space.mailroom(),
                closed.contains(family_of(id.as_str())).then_some(self.target.delivery_delay),
                &performance.transcript,
            );
            let path = self.folder.join(id.transcript_name());
            all.played.insert(id, self.seal(&performance.transcript, &path, performance.took));
        }
        all
    }

    fn seal(&self, transcript: &Transcript, path: &Path, took: Duration) -> Proceeding {
        let (named, unwritten) = transcript_ref::reference(transcript, path);
        self.lose(path, unwritten);
        Proceeding { entries: transcript.entries(), transcript: named, took }
    }
}
