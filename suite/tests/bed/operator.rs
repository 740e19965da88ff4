//! What the operator of a real mail server does with a kit: everything goes through the files that it writes.

use std::{fs, os::unix::fs::symlink, path::Path};

use fixtures::{
    mta::{Listed, NAIVE_REFRESH, Names, Recipe, Server, Setup},
    pki::{Clock, KeyPool},
    space::{Space, SpaceError, cast::TARGET, kit, settings::Wanted},
    whitelist,
};
use suite::target::{Target, TargetDocument};
use tempfile::TempDir;

/// What the kit's `target.toml` proposes.
const LIST_COMMAND: &str = "sh DOSSIER/relire-liste.sh FORME TABLE";

/// How many kits are made when another process takes a port of theirs before they open.
pub(crate) const KITS: usize = 3;

/// What the operator of a server has it read anew.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reads {
    /// Whether it checks the CRLs.
    pub(crate) crl: bool,
    /// By which script of the kit it reads the list, if by any.
    pub(crate) list: Option<&'static str>,
}

/// How long a fetch of such a script may take, in seconds.
const FETCH: u64 = 3;

/// A new kit, running.
pub(crate) async fn open_kit() -> (TempDir, Space) {
    let mut kits = 1;
    loop {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().to_owned();
        share_keys(&path.join(kit::PKI));
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

/// Makes the kit's keys those of the tests' pool: new ones take seconds, and none is secret.
fn share_keys(pki: &Path) {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    fs::create_dir(pki).expect("the kit is empty");
    symlink(pool.dir(), pki.join("keys")).expect("the kit is empty");
}

/// What an operator takes from the kit.
pub(crate) fn setup(kit: &Path, space: &Space) -> Setup {
    let xml = fs::read(kit.join("whitelist.xml")).expect("the kit holds it");
    let list = whitelist::read(&xml).expect("a whitelist");
    Setup {
        host: TARGET.host.into(),
        port: 0,
        certificate: kit.join("target/cert.pem"),
        key: kit.join("target/key.pem"),
        trust: kit.join("trust/chain.pem"),
        crl: Some(kit.join("trust/crl.pem")),
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

/// The kit's `target.toml`, completed as its comments tell, then read like any other.
pub(crate) async fn declare<R: Recipe>(
    kit: &Path,
    space: &Space,
    server: &Server<R>,
    reads: Reads,
) -> Target {
    let path = kit.join("target.toml");
    let (sink, mail) = (space.settings().smtp_listen, server.mail());
    let simulated = matches!(server.names(), Names::Simulated { .. });
    let (commented, declared) = ("# refresh.crl     = ", "refresh.crl = ");
    let refresh = match server.crls() {
        Some((file, seconds)) => {
            (commented, declared.to_owned(), format!("{} && sleep {seconds}", file.display()))
        }
        None => (commented, commented.to_owned(), "FICHIER".to_owned()),
    };
    let (commented, declared) = ("# refresh.list    = ", "refresh.list = ");
    let list = match reads.list {
        Some(script) => {
            let address = space.whitelist_server().address().to_string();
            let naive = NAIVE_REFRESH
                .replace("{{address}}", &address)
                .replace("{{url}}", &space.whitelist_url());
            fs::write(kit.join("relire-naif.sh"), naive).expect("the kit can be written");
            let command = format!("DELAI={FETCH} sh DOSSIER/{script} {} TABLE", R::LIST.1);
            (commented, declared.to_owned(), command)
        }
        None => (commented, commented.to_owned(), LIST_COMMAND.to_owned()),
    };
    let changes = [
        (list.0, list.1),
        (LIST_COMMAND, list.2),
        ("TABLE", server.list().display().to_string()),
        ("port    = 2525", format!("port = {}", server.addr().port())),
        ("uses_crl     = false", format!("uses_crl = {}", reads.crl)),
        ("uses_dns     = false", format!("uses_dns = {simulated}")),
        (refresh.0, refresh.1),
        ("FICHIER", refresh.2),
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
    let text = text.replace("DOSSIER", &kit.display().to_string());
    fs::write(&path, text).expect("it can be completed");
    let target = TargetDocument::read(&path).expect("a target.toml");
    let target = target.check(&[]).await.expect("sound values");
    assert_eq!(target.outgoing, Some(sink));
    target
}
