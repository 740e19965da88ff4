//! A real Postfix beside a running kit, as an operator sets them up: everything goes through the
//! files that the kit writes.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use fixtures::{
    pki::Clock,
    postfix::{Listed, Names, Postfix, PostfixConfig},
    smtp::maildir::MaildirWatcher,
    space::{Space, SpaceError, cast::TARGET, kit, settings::Wanted},
    whitelist,
};
use suite::target::{self, Target};
use tempfile::TempDir;

/// How often the maildirs are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How many kits are made when another process takes a port of theirs before they open.
const KITS: usize = 3;

/// Postfix, the space around it, and what its operator declares. Everything stops on drop.
pub(crate) struct Bed {
    /// The target, read from a `target.toml`.
    pub(crate) target: Target,
    /// The server under test.
    pub(crate) postfix: Postfix,
    _watcher: MaildirWatcher,
    /// The running kit.
    pub(crate) space: Space,
    _kit: TempDir,
}

impl Bed {
    /// `None`, said aloud, where no Postfix can be started; a failure when the environment demands
    /// the tools (`MSSANTE_REQUIRE_TOOLS=1`).
    pub(crate) async fn start() -> Option<Self> {
        if let Err(reason) = Postfix::available() {
            let required = std::env::var_os("MSSANTE_REQUIRE_TOOLS").is_some_and(|v| v == "1");
            assert!(!required, "Postfix is required: {reason}");
            eprintln!("skipped: {reason}");
            return None;
        }
        let (dir, space) = open_kit().await;
        let postfix =
            Postfix::start(config(dir.path(), &space), Some(space.dns())).await.expect("it starts");
        if let Names::Unavailable(reason) = postfix.names() {
            eprintln!("skipped: all that needs the simulated DNS: {reason}");
        }
        let mail = maildirs(&postfix);
        let watcher = MaildirWatcher::start(vec![mail.clone()], space.mailroom().clone(), LOOK)
            .expect("the maildirs can be read");
        let target = declare(dir.path(), &space, &postfix, &mail).await;
        Some(Self { target, postfix, _watcher: watcher, space, _kit: dir })
    }
}

/// A new kit, running.
async fn open_kit() -> (TempDir, Space) {
    let mut kits = 1;
    loop {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().to_owned();
        let made = tokio::task::spawn_blocking(move || {
            kit::create(&path, &Wanted::default(), Clock::System)
        });
        made.await.expect("no panic").expect("the kit is made");
        match Space::open(dir.path(), Clock::System).await {
            Ok(space) => return (dir, space),
            Err(SpaceError::Listen { .. } | SpaceError::Dns(_)) if kits < KITS => kits += 1,
            Err(error) => panic!("the kit does not open: {error}"),
        }
    }
}

/// What an operator takes from the kit.
fn config(kit: &Path, space: &Space) -> PostfixConfig {
    let xml = fs::read(kit.join("whitelist.xml")).expect("the kit holds it");
    let list = whitelist::read(&xml).expect("a whitelist");
    PostfixConfig {
        host: TARGET.host.into(),
        port: 0,
        certificate: kit.join("target/cert.pem"),
        key: kit.join("target/key.pem"),
        trust: kit.join("trust/chain.pem"),
        domains: vec![TARGET.domain().into()],
        mailboxes: ["test", "test2", "postmaster"]
            .map(|local| format!("{local}@{}", TARGET.domain()))
            .into(),
        whitelist: list
            .entries
            .into_iter()
            .map(|entry| Listed { domain: entry.domain, dn: entry.operator_dn })
            .collect(),
        sink: Some(space.settings().smtp_listen),
    }
}

/// The folder that holds every maildir.
fn maildirs(postfix: &Postfix) -> PathBuf {
    let first = postfix.maildir(&format!("test@{}", TARGET.domain())).expect("it has a mailbox");
    first.parent().expect("it is below the mail folder").to_owned()
}

/// The kit's `target.toml`, completed as its comments tell, then read like any other.
async fn declare(kit: &Path, space: &Space, postfix: &Postfix, mail: &Path) -> Target {
    let path = kit.join("target.toml");
    let sink = space.settings().smtp_listen;
    let simulated = matches!(postfix.names(), Names::Simulated { .. });
    let changes = [
        ("port    = 2525", format!("port = {}", postfix.addr().port())),
        ("uses_dns     = false", format!("uses_dns = {simulated}")),
        ("# destructive     = false", "destructive = true".into()),
        ("observe = \"none\"", format!("observe = \"maildir\"\nmaildirs = [{mail:?}]")),
        ("# [outgoing] ", "[outgoing] ".into()),
        ("# sink = ", "sink = ".into()),
    ];
    let text = fs::read_to_string(&path).expect("the kit holds it");
    let text = changes.iter().fold(text, |text, (line, change)| {
        assert!(text.contains(line), "the kit's target.toml holds no `{line}`");
        text.replacen(line, change, 1)
    });
    fs::write(&path, text).expect("it can be completed");
    let target = target::read(&path).expect("a target.toml");
    let target = target.check(&path.display().to_string()).await.expect("sound values");
    assert_eq!(target.outgoing, Some(sink));
    target
}
