//! Ctrl-C: what was played is kept.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use rstest::rstest;
use suite::record::{RunRecord, Verdict};

use crate::support::{plain, said, xtask};

#[rstest]
#[case::ctrl_c("INT")]
#[case::sigterm("TERM")]
#[case::a_dropped_terminal("HUP")]
fn a_signal_leaves_a_partial_record(#[case] signal: &str) {
    let target = plain("220 plain.test ESMTP\r\n");
    let dir = tempfile::tempdir().expect("a folder");
    let config = dir.path().join("target.toml");
    let port = target.address.port();
    // So slow that the run cannot be over when the signal comes.
    let text = format!("host = '127.0.0.1'\nport = {port}\npace_ms = 1000\nmax_connections = 1\n");
    fs::write(&config, text).expect("written");
    let out = dir.path().join("run");
    let child = xtask()
        .args(["conformance", "--config", &config.display().to_string()])
        .args(["--out", &out.display().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built");
    // The first look, the ping, then a first scenario.
    for _ in 0..3 {
        target.connections.recv_timeout(Duration::from_secs(60)).expect("a connection");
    }
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", signal, &child.id().to_string()])
        .status()
        .expect("a shell");
    assert!(sent.success());
    let said = said(child.wait_with_output().expect("ends"));
    assert_eq!(said.code, Some(130), "{said:?}");
    assert!(said.err.contains("Arrêt demandé"), "{}", said.err);
    let text = fs::read_to_string(out.join("record.json")).expect("written");
    let record: RunRecord = serde_json::from_str(&text).expect("readable");
    assert!(record.interrupted);
    assert!(record.scenarios.iter().any(|s| s.verdict == Verdict::Skipped), "nothing was left");
    assert!(fs::metadata(out.join("report.html")).is_ok());
    let junit = fs::read_to_string(out.join("junit.xml")).expect("written");
    assert!(junit.contains("<error"), "a CI would be green");
    assert!(said.out.contains("--resume"), "{}", said.out);
    // One word for what was not played, wherever it is told.
    assert_eq!(said.out.matches("interrompue : les scénarios").count(), 1, "{}", said.out);
}
