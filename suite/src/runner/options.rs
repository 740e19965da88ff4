//! How a run is made, and how much it can learn.

use std::path::PathBuf;

use fixtures::smtp::challenge::Challenge;
use jiff::Timestamp;

use crate::{oracle::reception::facts::Profile, play::Tokens, scenario::Filter};

/// How a run is to be made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Scenarios at once, at most.
    pub jobs: usize,
    /// Seed of order and tokens.
    pub seed: u64,
    /// Which scenarios are played; their twins come with them.
    pub filter: Filter,
    /// SHOULD counts as MUST.
    pub strict: bool,
    /// The letter that the target is held to.
    pub profile: Profile,
    /// Folder of the run; transcripts go into `transcripts/` below it.
    pub out: PathBuf,
    /// Start of the run.
    pub started: Timestamp,
    /// The word of an agency, which tokens and ClientHellos carry.
    pub challenge: Option<Challenge>,
}

impl Options {
    /// The tokens of the run.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens::new(self.seed, self.started.as_microsecond()).challenged(self.challenge.clone())
    }
}
