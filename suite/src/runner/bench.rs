//! One scenario alone, in memory: played and judged as a run does it, with no folder of a run.

use std::time::Instant;

use fixtures::{
    smtp::{
        mailroom::Mailroom,
        transcript::{Entry, Transcript},
    },
    space::Space,
};

use super::{
    assemble::{self, End, Heard},
    deliveries,
    judgement::Basis,
    requests,
};
use crate::{
    judge::{Campaign, Twin},
    observe::last_session,
    oracle::reception::facts::Profile,
    play::{Letter, Player, Tokens},
    record::ScenarioRecord,
    scenario::Scenario,
    target::{Observation, Target},
};

/// What scenarios are played against, one by one.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The simulated space.
    pub space: &'a Space,
    /// The target.
    pub target: &'a Target,
    /// Where its deliveries arrive.
    pub mailroom: &'a Mailroom,
    /// Names of the messages.
    pub tokens: &'a Tokens,
    /// SHOULD counts as MUST.
    pub strict: bool,
    /// The letter that the target is held to.
    pub profile: Profile,
}

/// A scenario once played.
#[derive(Clone, Debug)]
pub struct Played {
    /// All that happened.
    pub transcript: Transcript,
    /// The messages sent.
    pub letters: Vec<Letter>,
    begun: Instant,
}

impl Bench<'_> {
    /// Plays a scenario and awaits the deliveries of what was accepted.
    pub async fn play(&self, scenario: &Scenario) -> Played {
        let mut played = Played {
            transcript: Transcript::in_memory(),
            letters: Vec::new(),
            begun: Instant::now(),
        };
        self.act(scenario, &mut played, 0).await;
        played
    }

    /// Plays once more what was put off, from the connection after the last.
    pub async fn again(&self, scenario: &Scenario, played: &mut Played) {
        let next = last_session(&played.transcript.entries()).saturating_add(1);
        self.act(scenario, played, next).await;
    }

    async fn act(&self, scenario: &Scenario, played: &mut Played, first: u16) {
        let Self { space, target, tokens, .. } = *self;
        let transcript = &played.transcript;
        let player = Player {
            scenario,
            space,
            target,
            transcript: transcript.clone(),
            tokens,
            repeats_silence: true,
        };
        let asked = space.log().mark();
        let letters = if first == 0 { player.play().await } else { player.play_again(first).await };
        for letter in letters.iter().filter(|letter| letter.accepted) {
            deliveries::await_delivery(letter, self.mailroom, target, transcript).await;
        }
        requests::names(scenario, space, asked, transcript);
        played.letters.extend(letters);
    }

    /// Adds what came since of a scenario's messages. `closed` when a later message was delivered,
    /// which shows that the absence of these means something.
    pub fn sweep(&self, played: &Played, closed: bool) {
        let watched = (closed && self.target.delivery != Observation::None)
            .then_some(self.target.delivery_delay);
        deliveries::sweep(&played.letters, self.mailroom, watched, &played.transcript);
    }

    /// The verdict on what was played, beside what all that was played with it shows.
    #[must_use]
    pub fn judge(
        &self,
        scenario: &Scenario,
        played: &Played,
        twin: Twin,
        control_after: Option<bool>,
        campaign: &Campaign,
    ) -> ScenarioRecord {
        let basis = Basis::of(self.target, self.strict, self.profile);
        let entries: &[Entry] = &played.transcript.entries();
        let took = played.begun.elapsed();
        let end = Some(End { control_after, campaign });
        assemble::judged(scenario, &basis, &Heard { entries, twin, end, took }).record
    }
}
