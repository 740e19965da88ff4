//! Runs that were cut short are resumed; results that cannot be written are not lost in silence.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use suite::record::{RunRecord, RunVerdict};

use crate::{
    catalogue::{self, FEW},
    support::{Said, copy_keys, said, space, xtask},
};

/// The program with a folder of runs of its own, so that no other test is told of what is left there;
/// the keys are those of all tests.
fn apart(dir: &Path) -> Command {
    let runs = dir.join("conformance");
    fs::create_dir_all(&runs).expect("made");
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xtask/keys-of-tests");
    let keys = runs.join("keys");
    if shared.is_dir() && !keys.exists() {
        copy_keys(&shared, &keys);
    }
    let mut command = xtask();
    command.env("CARGO_TARGET_DIR", dir).stdin(Stdio::null());
    command
}

fn ended(command: &mut Command) -> Said {
    said(command.output().expect("the program was built"))
}

fn start(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program was built")
}

/// Waits until the run in `folder` has played a dozen scenarios.
fn await_scenarios(folder: &Path) {
    let patience = Instant::now() + Duration::from_secs(120);
    loop {
        let text = fs::read_to_string(folder.join("played.jsonl")).unwrap_or_default();
        if text.lines().count() > 12 {
            return;
        }
        assert!(Instant::now() < patience, "nothing is played");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A step of many scenarios, so that a run is far from its end after a dozen, and one with changed worlds.
const MANY: &[&str] = &[
    "reception/2-smtp",
    "reception/5-enveloppe/nominal.toml",
    "reception/5-enveloppe/vide-dn-liste.toml",
    "liste-blanche/contenu",
];

fn record(folder: &Path) -> RunRecord {
    let text = fs::read_to_string(folder.join("record.json")).expect("written");
    serde_json::from_str(&text).expect("a record")
}

#[tokio::test]
async fn a_killed_run_is_told_of_resumed_and_verified() {
    // The keys are made.
    drop(space().await);
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("essai");
    let shown = out.display().to_string();
    let scenarios = catalogue::copy(&dir.path().join("scenarios"), MANY);
    let of = ["--scenarios", scenarios.as_str()];
    let arguments = ["conformance", "--seed", "7", "--out", &shown];
    let mut child = start(apart(dir.path()).args(arguments).args(of));
    await_scenarios(&out);
    child.kill().expect("killed");
    child.wait().expect("ends");
    assert!(!out.join("record.json").exists());
    assert!(fs::symlink_metadata(dir.path().join("conformance/latest")).is_err());
    // What a full disk or a crash leaves of the last lines.
    let journal = out.join("played.jsonl");
    let text = fs::read_to_string(&journal).expect("read");
    fs::write(&journal, &text[..text.len() - 9]).expect("torn");
    let first = out.join("transcripts/controle-reception-avant.jsonl");
    let text = fs::read_to_string(&first).expect("read");
    fs::write(&first, &text[..text.len() - 9]).expect("torn");

    let listed = ended(apart(dir.path()).arg("list"));
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(listed.err.contains("--resume"), "{}", listed.err);

    let resumed = ended(apart(dir.path()).args(["conformance", "--resume", &shown]));
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(resumed.err.contains("reprise"), "{}", resumed.err);
    let record = record(&out);
    assert_eq!((record.verdict, record.seed), (RunVerdict::Concluant, 7));
    assert!(!record.interrupted);
    assert!(record.remarks.iter().any(|remark| remark.contains("reprise")), "{:?}", record.remarks);
    let verified = ended(apart(dir.path()).args(["verify", &shown]).args(of));
    assert_eq!(verified.code, Some(0), "{verified:?}");

    let listed = ended(apart(dir.path()).arg("list"));
    assert!(!listed.err.contains("--resume"), "nothing is left to be told: {}", listed.err);
    let again = ended(apart(dir.path()).args(["conformance", "--resume", &shown]));
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("entière"), "{}", again.err);
}

#[tokio::test]
async fn a_run_over_an_unfinished_one_puts_it_aside() {
    drop(space().await);
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("essai");
    let shown = out.display().to_string();
    let mut child = start(apart(dir.path()).args(["conformance", "--out", &shown]));
    await_scenarios(&out);
    let other = ended(apart(dir.path()).args(["conformance", "--out", &shown]));
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.err.contains("en cours"), "{}", other.err);
    child.kill().expect("killed");
    child.wait().expect("ends");
    let filtered = ["conformance", "--filter", "quit-en-clair", "--out", &shown];
    let other = ended(apart(dir.path()).args(filtered));
    assert_eq!(other.code, Some(3), "{other:?}");
    assert!(other.err.contains("mise de côté"), "{}", other.err);
    let aside = fs::read_dir(&out)
        .expect("there")
        .map_while(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with("interrompue-"))
        .expect("it is there");
    assert!(aside.path().join("run.json").exists());
    assert_eq!(record(&out).scenarios.len(), 1);
}

#[tokio::test]
async fn a_full_disk_costs_no_verdict() {
    drop(space().await);
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("essai");
    let shown = out.display().to_string();
    let program = apart(dir.path());
    // Files of 16 KiB at most: some transcripts are larger.
    let mut limited = Command::new("bash");
    limited.args(["-c", "ulimit -f 16 && exec \"$0\" \"$@\""]).arg(program.get_program());
    limited.env("CARGO_TARGET_DIR", dir.path()).env_remove("NO_COLOR");
    let scenarios = catalogue::copy(&dir.path().join("scenarios"), FEW);
    let of = ["--scenarios", scenarios.as_str()];
    let full = ended(limited.args(["conformance", "--out", &shown]).args(of));
    assert_eq!(full.code, Some(3), "{full:?}");
    assert!(full.out.contains("CONCLUANT sur le périmètre testé"), "{}", full.out);
    assert!(!full.out.contains("Rapport"), "{}", full.out);
    // Lines are filled: where they end hangs on the name of the first file that found no room.
    let said = full.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("écriture impossible") && said.contains("--resume"), "{full:?}");
    assert!(!out.join("record.json").exists());
    let resumed = ended(apart(dir.path()).args(["conformance", "--resume", &shown]));
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(record(&out).verdict, RunVerdict::Concluant);
}

#[test]
fn a_result_that_nobody_gets_is_no_success() {
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        return fixtures::skip::place("/dev/full");
    };
    let dir = tempfile::tempdir().expect("a folder");
    for arguments in [&["list"][..], &["--help"]] {
        let output = apart(dir.path())
            .args(arguments)
            .stdout(full.try_clone().expect("cloned"))
            .stderr(Stdio::piped())
            .spawn()
            .and_then(std::process::Child::wait_with_output)
            .expect("ends");
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("sortie standard"));
    }
}
