//! What of an epoch is played, and again what of it the target put off.

use std::time::Instant;

use fixtures::smtp::transcript::Transcript;

use super::Stage;
use crate::{
    observe::deferral::{self, Deferral},
    runner::{
        control::Control,
        epoch::Epoch,
        patience::{self, Again},
        run::RunEvent,
        timeline,
    },
    scenario::Scenario,
};

/// What can be put off.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
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

impl Again<Part<'_>> for &Stage<'_> {
    async fn again(&mut self, part: Part<'_>) -> Option<Deferral> {
        self.repeat(part).await;
        self.put_off(part)
    }
}

impl Stage<'_> {
    /// Plays the scenarios of an epoch, then again what the target put off.
    pub(super) async fn play_epoch(
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
    pub(super) async fn repeat(&self, part: Part<'_>) {
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
}
