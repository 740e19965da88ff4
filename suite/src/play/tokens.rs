//! Tokens: how a message of ours is recognised wherever it turns up.

use std::time::Duration;

use fixtures::smtp::{challenge::Challenge, transcript::Event};
use sha2::{Digest, Sha256};

use crate::scenario::model::ScenarioId;

/// Draws the tokens of a run.
#[derive(Clone, Debug)]
pub struct Tokens {
    run: String,
    part: u32,
    challenge: Option<Challenge>,
}

impl Tokens {
    /// Tokens of one run; two runs with another seed or start share none.
    #[must_use]
    pub fn new(seed: u64, started_us: i64) -> Self {
        let digest = Sha256::digest(format!("{seed}/{started_us}"));
        Self { run: hex::encode(&digest[..5]), part: 0, challenge: None }
    }

    /// Tokens that could not be drawn before the word of an agency was given; its ClientHellos carry it too.
    #[must_use]
    pub fn challenged(self, challenge: Option<Challenge>) -> Self {
        let Some(challenge) = challenge else { return self };
        let digest = Sha256::digest(format!("{}/{}", self.run, challenge.text()));
        Self { run: hex::encode(&digest[..5]), challenge: Some(challenge), ..self }
    }

    /// The word of an agency, where one was given.
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// Those of the same run once it was resumed `part` times: a message sent anew is another one than
    /// that of the attempt cut short, which may still be delivered.
    #[must_use]
    pub fn of_part(self, part: u32) -> Self {
        Self { part, ..self }
    }

    /// The token of message `transaction` in connection `session` of a scenario.
    #[must_use]
    pub fn token(&self, scenario: &ScenarioId, session: u16, transaction: u16) -> String {
        let digest = match self.part {
            0 => Sha256::digest(scenario.as_str()),
            part => Sha256::digest(format!("{}#{part}", scenario.as_str())),
        };
        format!("{}-{}-{session}-{transaction}", self.run, hex::encode(&digest[..5]))
    }

    /// The local part of a sender whom no target has met before: a policy on newcomers shows in every run.
    #[must_use]
    pub fn newcomer(&self) -> String {
        match self.part {
            0 => format!("essai-{}", self.run),
            part => format!("essai-{}-{part}", self.run),
        }
    }

    /// How often the run had been resumed.
    #[must_use]
    pub fn part(&self) -> u32 {
        self.part
    }

    /// What a transcript of this run begins with that begins when the run has lasted for `since`: whose it is.
    #[must_use]
    pub fn began(&self, scenario: &ScenarioId, since: Duration) -> Event {
        Event::Began {
            run: self.run.clone(),
            scenario: scenario.to_string(),
            part: self.part,
            since_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// Whether a transcript that begins so is that of this scenario in this run, in whichever part of it: one of
    /// another scenario, or of another run, cannot be taken for it.
    #[must_use]
    pub fn head(&self, scenario: &ScenarioId, first: &Event) -> bool {
        matches!(first, Event::Began { run, scenario: whose, .. }
            if *run == self.run && whose == scenario.as_str())
    }
}
