//! Playing the scenarios of an epoch, each after its twin.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::atomic::Ordering,
    time::Instant,
};

use fixtures::smtp::transcript::{Event, Transcript};
use futures_util::{StreamExt, stream::FuturesUnordered};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{Stage, standing::Standing};
use crate::{
    observe::{deferral, last_session},
    play::{Letter, Player},
    record::ScenarioRecord,
    runner::{deliveries, journal::Performance, omission::not_played, requests, run::RunEvent},
    scenario::{Scenario, ScenarioId},
};

impl Stage<'_> {
    /// Plays each scenario as soon as its twin has been, up to `jobs` at once; those that need the
    /// target alone at the end, one after the other.
    pub(super) async fn play_all(
        &self,
        rows: &[Vec<&Scenario>],
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) {
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
        let path = self.folder.join(scenario.id.transcript_name());
        let transcript = Transcript::create(&path);
        // Of this moment all others of the transcript are told: making its file may have taken long.
        let begun = Instant::now();
        transcript.push(self.tokens.began(&scenario.id, self.elapsed()));
        let letters = self.act(scenario, &transcript).await;
        let performance = Performance { transcript, letters, took: begun.elapsed() };
        self.note(&scenario.id, &performance);
        performance
    }

    /// Plays a scenario into `transcript`, from its first connection or from the one after the last, and
    /// gives the messages sent.
    pub(super) async fn act(&self, scenario: &Scenario, transcript: &Transcript) -> Vec<Letter> {
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
        requests::baits(scenario, self.space, since, transcript);
        letters
    }

    /// Notes in the journal that a scenario was played. What is not on the disk yet is tried again at the
    /// end, and is not told as played.
    pub(super) fn note(&self, id: &ScenarioId, performance: &Performance) {
        if performance.transcript.finish().is_ok() {
            let crls = requests::crl_reads(self.space, &self.read_before);
            self.journal.played(id, performance, self.elapsed(), crls, self.reads());
        }
    }

    /// The judgement of what was played so far, without what only the end of the run can tell.
    pub(super) fn judge(&self, scenario: &Scenario, performance: &Performance) -> ScenarioRecord {
        let entries = performance.transcript.entries();
        let mut verdicts = self.verdicts.lock().expect("no panic while the verdicts are held");
        verdicts.judge(scenario, &self.basis(), &entries, performance.took, None).clone()
    }
}
