//! The head of a run: all that it takes to play the rest of it, written before anything is played.

use std::path::PathBuf;

use fixtures::smtp::challenge::Challenge;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::options::Options;
use crate::{
    oracle::reception::facts::Profile,
    play::Tokens,
    scenario::{Filter, Library},
    target::TargetFile,
};

/// The schema of `run.json` that this version writes and reads.
pub const HEAD_SCHEMA: &str = "mssante-run/2";

/// `run.json`, in the folder of a run from its first moment on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// [`HEAD_SCHEMA`].
    pub schema: String,
    /// Version of the suite.
    pub suite_version: String,
    /// Digest of the scenarios, as in the record.
    pub catalogue_sha256: String,
    /// Start of the run.
    pub started: Timestamp,
    /// Seed of order and tokens.
    pub seed: u64,
    /// The word of an agency, which tokens and ClientHellos carry.
    #[serde(default)]
    pub challenge: Option<String>,
    /// Scenarios at once, at most.
    pub jobs: usize,
    /// Which scenarios are played; their twins come with them.
    pub filter: Filter,
    /// SHOULD counts as MUST.
    pub strict: bool,
    /// The letter that the target is held to.
    pub profile: Profile,
    /// What was declared of the target, command line included; `None` for the embedded proxy.
    pub target: Option<TargetFile>,
    /// The options that named the target, as typed, each with a space before it.
    pub typed: String,
    /// A target that shows a production certificate was allowed.
    pub production_target: bool,
    /// Folder of the persistent space, if the target trusts one.
    pub space: Option<PathBuf>,
    /// SHA-256 of that space's whitelist.
    pub whitelist_sha256: Option<String>,
    /// Folder of the scenarios, where it is not the suite's own.
    pub scenarios: Option<PathBuf>,
    /// How often the run was resumed.
    pub resumed: u32,
}

impl Head {
    /// The tokens of the run. A word that is none was never given: no transcript answers to what comes of it.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        let challenge = self.challenge.as_deref().and_then(|text| Challenge::new(text).ok());
        Tokens::new(self.seed, self.started.as_microsecond()).challenged(challenge)
    }

    /// The head of a run that begins; what only the command line knows is left empty.
    #[must_use]
    pub fn of(library: &Library, options: &Options) -> Self {
        Self {
            schema: HEAD_SCHEMA.to_owned(),
            suite_version: crate::VERSION.to_owned(),
            catalogue_sha256: library.sha256.clone(),
            started: options.started,
            seed: options.seed,
            challenge: options.challenge.as_ref().map(|one| one.text().to_owned()),
            jobs: options.jobs,
            filter: options.filter.clone(),
            strict: options.strict,
            profile: options.profile,
            target: None,
            typed: String::new(),
            production_target: false,
            space: None,
            whitelist_sha256: None,
            scenarios: None,
            resumed: 0,
        }
    }
}
