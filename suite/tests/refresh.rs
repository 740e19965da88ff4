//! Real servers whose list is read anew by a script, as it should be and as operators get it wrong, under every list of the suite.

mod bed;
#[path = "bed/verdicts.rs"]
mod verdicts;

use std::process::{Command, Stdio};

use fixtures::{exim::Exim, postfix::Postfix, skip};
use rstest::rstest;

use bed::{Bed, Reads};

/// What is played.
const FAMILY: Option<&str> = Some("liste-blanche");

/// What the scripts call, by the names that they call it by.
const PROGRAMS: [&str; 4] = ["curl", "xmlsec1", "openssl", "/usr/bin/python3"];

/// Whether the scripts can run; said aloud where they cannot.
fn scripts_run() -> bool {
    let runs = |program: &&str| {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    };
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|program| !runs(program)).collect();
    if !missing.is_empty() {
        skip::program(format!("{} : installez les paquets Debian de ce nom", missing.join(", ")));
    }
    missing.is_empty()
}

#[rstest]
#[case::careful("relire-liste.sh", "refresh-postfix")]
#[case::naive("relire-naif.sh", "refresh-naive")]
#[tokio::test(flavor = "multi_thread")]
async fn postfix_reads_by_a_script(#[case] script: &'static str, #[case] table: &str) {
    if !scripts_run() {
        return;
    }
    let start = async |setup, dns: &_| Postfix::start(setup, Some(dns)).await;
    let reads = Reads { crl: false, list: Some(script) };
    let Some(bed) = Bed::start(Postfix::available, start, reads).await else { return };
    verdicts::hold(&bed, FAMILY, table, None).await;
}

#[rstest]
#[case::careful("relire-liste.sh", "refresh-exim")]
#[case::naive("relire-naif.sh", "refresh-naive")]
#[tokio::test(flavor = "multi_thread")]
async fn exim_reads_by_a_script(#[case] script: &'static str, #[case] table: &str) {
    if !scripts_run() {
        return;
    }
    let start = async |setup, dns: &_| Exim::start(setup, Some(dns)).await;
    let reads = Reads { crl: true, list: Some(script) };
    let Some(bed) = Bed::start(Exim::available, start, reads).await else { return };
    verdicts::hold(&bed, FAMILY, table, None).await;
}
