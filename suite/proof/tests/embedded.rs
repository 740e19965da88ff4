//! The whole suite against the embedded reference proxy: everything passes.

use std::path::Path;

use fixtures::{
    pki::{Clock, KeyPool},
    smtp::challenge::Challenge,
    space::Space,
};
use jiff::Timestamp;
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use suite::{
    oracle::reception::facts::Profile,
    record::{RunVerdict, Verdict},
    runner::{Options, VerifyError, rejudge, run},
    scenario::{self, Filter},
};
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_proxy_passes_every_scenario() {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    let space = Space::ephemeral(&pool, Clock::System).await.expect("the space starts");
    let config = ProxyConfig::of_space(
        &space,
        "127.0.0.1:0".parse().expect("an address"),
        Delivery::Memory(space.mailroom().clone()),
    )
    .expect("the space has a target");
    let proxy = Proxy::start(config).await.expect("the proxy starts");
    let target = proxy.target();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let library = scenario::load(&root).expect("all scenarios load");
    let out = tempfile::tempdir().expect("a folder");
    let options = Options {
        jobs: 8,
        seed: 1,
        filter: Filter::default(),
        strict: false,
        profile: Profile::Default,
        out: out.path().to_owned(),
        started: Timestamp::now(),
        challenge: Some(Challenge::new("lune-42").expect("a word")),
    };
    let (_go_on, stop) = watch::channel(false);
    let record =
        run(&library, &space, &target, &options, stop, |_| {}).await.expect("the run is made");
    let others: Vec<String> = record
        .scenarios
        .iter()
        .filter(|scenario| scenario.verdict != Verdict::Pass)
        .map(|s| {
            format!("{:?} {} : {} | {} | {}", s.verdict, s.id, s.reason, s.expected, s.observed)
        })
        .collect();
    assert!(others.is_empty(), "{}\n{:?}", others.join("\n"), record.remarks);
    assert_eq!(record.verdict, RunVerdict::Concluant);
    assert!(record.scenarios.len() >= 110);

    // The files alone give every word again (`verify`).
    let again = rejudge(&library, &record, out.path()).expect("the run can be judged again");
    assert_eq!(again.disagreements(&record), []);
    assert_eq!(again.verdict, record.verdict);
    assert!(record.possession.answers(), "{:?}", record.possession);
    assert_eq!(again.possession, record.possession);
    for (recorded, derived) in record.scenarios.iter().zip(&again.scenarios) {
        assert_eq!(recorded, derived);
    }

    // A change to a transcript, or to the scenarios, is seen.
    let touched = record.scenarios[0].transcript.clone().expect("it was played");
    let path = out.path().join(&touched.path);
    let mut text = std::fs::read_to_string(&path).expect("a transcript");
    text.push('\n');
    std::fs::write(&path, text).expect("written");
    let refused = rejudge(&library, &record, out.path());
    assert!(matches!(refused, Err(VerifyError::Changed { .. })), "{refused:?}");
    let mut other = record.clone();
    other.catalogue_sha256 = "0".repeat(64);
    let refused = rejudge(&library, &other, out.path());
    assert!(matches!(refused, Err(VerifyError::OtherCatalogue { .. })), "{refused:?}");

    // What is more than a run writes is not read. The file has a length, and no octets on the disk.
    let grown = std::fs::File::options().write(true).open(&path).expect("a transcript");
    grown.set_len(600 * 1024 * 1024).expect("a sparse file");
    let refused = rejudge(&library, &record, out.path());
    assert!(matches!(refused, Err(VerifyError::TooMuch)), "{refused:?}");
}
