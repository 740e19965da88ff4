//! Tokens: how a message of ours is recognised wherever it turns up.

use sha2::{Digest, Sha256};

use crate::scenario::model::ScenarioId;

/// Draws the tokens of a run.
#[derive(Clone, Debug)]
pub struct Tokens {
    run: String,
}

impl Tokens {
    /// Tokens of one run; two runs with another seed or start share none.
    #[must_use]
    pub fn new(seed: u64, started_us: i64) -> Self {
        let digest = Sha256::digest(format!("{seed}/{started_us}"));
        Self { run: hex::encode(&digest[..5]) }
    }

    /// The token of message `transaction` in connection `session` of a scenario.
    #[must_use]
    pub fn token(&self, scenario: &ScenarioId, session: u16, transaction: u16) -> String {
        let digest = Sha256::digest(scenario.as_str());
        format!("{}-{}-{session}-{transaction}", self.run, hex::encode(&digest[..5]))
    }

    /// The local part of a sender whom no target has met before: a policy on newcomers shows in every run.
    #[must_use]
    pub fn newcomer(&self) -> String {
        format!("essai-{}", self.run)
    }

    /// What a transcript of this run begins with: whose it is. A transcript of another scenario, or of
    /// another run, cannot be taken for it.
    #[must_use]
    pub fn heading(&self, scenario: &ScenarioId) -> String {
        format!("campagne {} · {}", self.run, scenario.as_str())
    }
}
