//! A real mail server beside a running kit, as an operator sets them up.

mod operator;

use std::time::Duration;

use fixtures::{
    dns::DnsServer,
    mta::{MtaError, Names, Recipe, Server, Setup},
    skip,
    smtp::maildir::MaildirWatcher,
    space::Space,
};
use suite::target::Target;
use tempfile::TempDir;

pub(crate) use operator::Reads;
use operator::{declare, open_kit, setup};

/// How often the maildirs are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// A server, the space around it, and what its operator declares. Everything stops on drop.
pub(crate) struct Bed<R> {
    /// The target, read from a `target.toml`.
    pub(crate) target: Target,
    /// The server under test.
    pub(crate) server: Server<R>,
    _watcher: MaildirWatcher,
    /// The running kit.
    pub(crate) space: Space,
    _kit: TempDir,
}

impl<R: Recipe> Bed<R> {
    /// Starts a server on a new kit, of which its operator declares what it reads. `None` where
    /// the server is not available: the test is skipped.
    pub(crate) async fn start(
        available: fn() -> Result<(), MtaError>,
        start: impl AsyncFnOnce(Setup, &DnsServer) -> Result<Server<R>, MtaError>,
        reads: Reads,
    ) -> Option<Self> {
        if let Err(reason) = available() {
            skip::program(reason);
            return None;
        }
        let (dir, space) = open_kit().await;
        let server = start(setup(dir.path(), &space), space.dns()).await.expect("it starts");
        if let Names::Unavailable(reason) = server.names() {
            skip::place(format!("le DNS simulé, et tout ce qui en dépend : {reason}"));
        }
        let watcher = MaildirWatcher::start(vec![server.mail()], space.mailroom().clone(), LOOK)
            .expect("the maildirs can be read");
        let target = declare(dir.path(), &space, &server, reads).await;
        Some(Self { target, server, _watcher: watcher, space, _kit: dir })
    }
}
