//! The run that is forged: a few scenarios against the reference proxy, said to be an operator's.

use std::{fs, path::Path};

use fixtures::{
    pki::{Clock, KeyPool},
    smtp::challenge::Challenge,
    space::Space,
};
use jiff::Timestamp;
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use reports::{
    bundle::Files,
    dossier::{self, Finding},
    json,
};
use serde_json::Value;
use suite::{
    oracle::reception::facts::Profile,
    record::RunVerdict,
    runner::{Options, run},
    scenario::{self, Filter, Library},
};
use tokio::sync::watch;

/// Its record.
pub(crate) const RECORD: &str = "record.json";

/// The scenarios of the run, which is whole: the library has no others.
const KEPT: &[&str] = &[
    "reception/2-smtp/destinataire-inconnu-second",
    "reception/2-smtp/deux-destinataires",
    "reception/4-certificat/expire",
    "reception/4-certificat/valide",
    "reception/5-enveloppe/domaine-ajoute-a-la-liste",
    "reception/5-enveloppe/nominal",
    "reception/6-fin/quit",
];

pub(crate) fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut library = scenario::load(&root).expect("all scenarios load");
    library.scenarios.retain(|scenario| KEPT.contains(&scenario.id.as_str()));
    assert_eq!(library.scenarios.len(), KEPT.len());
    library
}

/// The files of a run against the reference proxy, said to be an operator's.
pub(crate) async fn honest(library: &Library) -> Files {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    let space = Space::ephemeral(&pool, Clock::System).await.expect("the space starts");
    let config = ProxyConfig::of_space(
        &space,
        "127.0.0.1:0".parse().expect("an address"),
        Delivery::Memory(space.mailroom().clone()),
    )
    .expect("the space has a target");
    let proxy = Proxy::start(config).await.expect("the proxy starts");
    let mut target = proxy.target();
    target.embedded = false;
    let out = tempfile::tempdir().expect("a folder");
    let options = Options {
        jobs: 4,
        seed: 1,
        filter: Filter::default(),
        strict: false,
        profile: Profile::Default,
        out: out.path().to_owned(),
        started: Timestamp::now(),
        challenge: Challenge::new("etoile-7").ok(),
    };
    let (_go_on, stop) = watch::channel(false);
    let record =
        run(library, &space, &target, &options, stop, |_| {}).await.expect("the run is made");
    assert_eq!(record.verdict, RunVerdict::Concluant, "{:#?}", record.scenarios);
    let mut files = Files::new();
    files.insert(RECORD.to_owned(), json::render(&record).expect("JSON").into_bytes());
    for file in fs::read_dir(out.path().join("transcripts")).expect("transcripts") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(format!("transcripts/{name}"), fs::read(&path).expect("read"));
    }
    files
}

pub(crate) fn record(files: &Files) -> Value {
    serde_json::from_slice(&files[RECORD]).expect("JSON")
}

pub(crate) fn found(library: &Library, files: &Files) -> Vec<Finding> {
    match dossier::verify(files, library, None, Timestamp::now()) {
        Ok(verification) => verification.findings,
        Err(error) => panic!("it can be verified: {error}"),
    }
}
