//! One proxy's way through the suite, in a simulated space of its own.

use std::{collections::BTreeSet, io, net::SocketAddr, time::Duration};

use fixtures::{
    pki::{Clock, KeyPool},
    space::{Space, SpaceError},
};
use jiff::Timestamp;
use tokio::sync::watch;

use super::record::Round;
use crate::proxy::{Delivery, Proxy, ProxyConfig, ProxyError, mutants::Mutant};
use suite::{
    oracle::reception::facts::Profile,
    record::RunRecord,
    runner::{self, RunError},
    scenario::Library,
    target::Target,
};

/// How long a reply may take: a mutant that falls silent must not hold the others back.
const REPLY: Duration = Duration::from_secs(3);

/// How long a delivery may take: the proxies deliver before they answer, in this very process.
const DELIVERY: Duration = Duration::from_millis(500);

/// Any free port of loopback.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Trouble of the harness, which ends the whole matrix.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// A simulated space cannot be started.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The reference proxy cannot be started.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A temporary folder cannot be made.
    #[error(
        "dossier temporaire impossible ({0}) ; libérez de la place ou désignez-en un autre par \
         TMPDIR"
    )]
    Folder(io::Error),
    /// A run cannot write its files.
    #[error(transparent)]
    Run(RunError),
}

/// What every round of a matrix shares.
#[derive(Debug)]
pub(super) struct Rules {
    /// The scenarios.
    pub library: Library,
    /// The keys of the spaces.
    pub pool: KeyPool,
    /// Seed of order and tokens.
    pub seed: u64,
    /// Scenarios at once.
    pub jobs: usize,
    /// How long a round may take.
    pub limit: Duration,
    /// Whether mutants go through all scenarios.
    pub whole: bool,
    /// The folders that the reference proxy goes through; all where it is empty.
    pub reference: BTreeSet<String>,
}

impl Rules {
    /// Plays what a mutant, or the reference proxy, is to go through. A space of its own
    /// costs 40 ms, and keeps what one mutant left behind (deliveries, fetches, questions) from the
    /// record of the next. `None` when `stop` turned true before the end.
    pub(super) async fn play(
        &self,
        mutant: Option<&Mutant>,
        stop: watch::Receiver<bool>,
    ) -> Result<Option<Round>, MatrixError> {
        let through = match mutant {
            _ if self.whole => BTreeSet::new(),
            Some(mutant) => folders(mutant),
            None => self.reference.clone(),
        };
        let space = Space::ephemeral(&self.pool, Clock::System).await?;
        let delivery = Delivery::Memory(space.mailroom().clone());
        let reference = ProxyConfig::of_space(&space, LISTEN, delivery)?;
        let config = match mutant {
            Some(mutant) => mutant.config(reference, &space),
            None => reference,
        };
        let proxy = match Proxy::start(config).await {
            Ok(proxy) => proxy,
            Err(error) if mutant.is_some() => {
                return Ok(Some(Round::unplayed(error.to_string())));
            }
            Err(error) => return Err(error.into()),
        };
        let mut target = proxy.target();
        target.reply_time = REPLY;
        target.greeting_time = REPLY;
        target.delivery_delay = DELIVERY;
        match self.run(&space, &target, &through, stop.clone()).await {
            Ok(_) if *stop.borrow() => Ok(None),
            Ok((record, on_time)) => {
                let late = || format!("arrêté au bout de {} s", self.limit.as_secs());
                Ok(Some(Round::of(&record, through, (!on_time).then(late))))
            }
            Err(MatrixError::Run(error @ RunError::Unreachable { .. })) => {
                Ok(Some(Round::unplayed(error.to_string())))
            }
            Err(error) => Err(error),
        }
    }

    /// The record of the run, and whether it ended within the limit.
    async fn run(
        &self,
        space: &Space,
        target: &Target,
        through: &BTreeSet<String>,
        stop: watch::Receiver<bool>,
    ) -> Result<(RunRecord, bool), MatrixError> {
        let out = scratch().map_err(MatrixError::Folder)?;
        let options = runner::Options {
            jobs: self.jobs,
            seed: self.seed,
            filter: through.iter().map(|folder| format!("{folder}/")).collect(),
            strict: false,
            profile: Profile::Default,
            out: out.path().to_owned(),
            started: Timestamp::now(),
            challenge: None,
        };
        let (end, ended) = watch::channel(false);
        let run = runner::run(&self.library, space, target, &options, ended, |_| {});
        let mut run = std::pin::pin!(run);
        let mut on_time = true;
        tokio::select! {
            record = &mut run => return Ok((record.map_err(MatrixError::Run)?, true)),
            () = tokio::time::sleep(self.limit) => on_time = false,
            () = asked(stop) => {}
        }
        // What was played until now is judged still.
        end.send_replace(true);
        let record = run.await;
        Ok((record.map_err(MatrixError::Run)?, on_time))
    }
}

/// The folders that the reference proxy goes through where these mutants alone are played: all of theirs.
pub(super) fn of_all(mutants: &[&Mutant]) -> BTreeSet<String> {
    let each: Vec<_> = mutants.iter().map(|mutant| folders(mutant)).collect();
    // One that names nobody goes through everything.
    if each.iter().any(BTreeSet::is_empty) {
        return BTreeSet::new();
    }
    each.into_iter().flatten().collect()
}

/// The folders of the scenarios that a mutant names: the steps which it goes through.
fn folders(mutant: &Mutant) -> BTreeSet<String> {
    let folder = |killer: &&str| killer.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    mutant.killers.iter().filter_map(folder).collect()
}

/// A folder for transcripts that nobody reads: in memory, where the system offers that.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Waits until `stop` turns true; for ever when nobody can turn it any more.
async fn asked(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
