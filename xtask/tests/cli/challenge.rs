//! A run under a challenge, and who is shown to have answered it.

use std::{fs, path::Path};

use rstest::rstest;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{Said, run};

const WORD: &str = "lune-42";

/// A small run under a challenge.
fn played(out: &Path, word: &str) {
    let out = out.display().to_string();
    let filters = ["--filter", "3-starttls/tls-1-2", "--filter", "5-enveloppe/nominal"];
    let said = run(&[&["conformance", "--out", &out, "--challenge", word][..], &filters].concat());
    assert_eq!(said.code, Some(3), "obligatory scenarios were left out: {said:?}");
}

fn verify(out: &Path, word: &str) -> Said {
    run(&["verify", &out.display().to_string(), "--challenge", word])
}

fn said(said: &Said) -> String {
    said.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Puts other lines in the place of those of the handshakes' signatures, and their digests right.
fn retouch(out: &Path, change: impl Fn(&mut Value)) {
    let path = out.join("record.json");
    let mut record: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a record")).expect("JSON");
    let played = record["scenarios"].as_array_mut().expect("scenarios");
    let mut named: Vec<&mut Value> =
        played.iter_mut().map(|scenario| &mut scenario["transcript"]).collect();
    let mut rest = Vec::new();
    for reference in &mut named {
        let Some(name) = reference["path"].as_str() else { continue };
        let file = out.join(name);
        let text = fs::read_to_string(&file).expect("a transcript");
        let lines = text.lines().map(|line| {
            let mut event: Value = serde_json::from_str(line).expect("JSON");
            if event["event"] == "tls-signed" {
                change(&mut event);
            }
            event.to_string() + "\n"
        });
        let text: String = lines.collect();
        fs::write(&file, &text).expect("written");
        reference["sha256"] = hex::encode(Sha256::digest(&text)).into();
        rest.push(file);
    }
    assert!(!rest.is_empty());
    fs::write(&path, record.to_string()).expect("written");
}

#[test]
fn a_run_under_a_challenge_answers_to_it_and_to_no_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("run");
    played(&out, WORD);
    let right = verify(&out, WORD);
    assert_eq!(right.code, Some(0), "{right:?}");
    assert!(said(&right).contains("signature postérieure au défi"), "{}", right.out);
    let other = verify(&out, "lune-43");
    assert_eq!(other.code, Some(7), "{other:?}");
    assert!(said(&other).contains("jouée sous un autre défi, « lune-42 »"), "{}", other.out);
    let plain = run(&["verify", &out.display().to_string()]);
    assert_eq!(plain.code, Some(0), "{plain:?}");
}

fn another_signature(event: &mut Value) {
    event["signature"] = "AAAA".into();
}

/// The leaf alone is exchanged.
fn another_certificate(event: &mut Value) {
    event["certificate"] = "MIIB".into();
}

/// What was signed is exchanged: another client random.
fn another_handshake(event: &mut Value) {
    let content = event["content"].as_str().expect("base64");
    let changed = match content.split_at(12) {
        (head, tail) if tail.starts_with('A') => format!("{head}B{}", &tail[1..]),
        (head, tail) => format!("{head}A{}", &tail[1..]),
    };
    event["content"] = changed.into();
}

#[rstest]
#[case::another_signature(another_signature)]
#[case::another_certificate(another_certificate)]
#[case::another_handshake(another_handshake)]
fn what_was_signed_cannot_be_made_up(#[case] change: fn(&mut Value)) {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("run");
    played(&out, WORD);
    retouch(&out, change);
    let forged = verify(&out, WORD);
    assert_eq!(forged.code, Some(1), "{forged:?}");
    assert!(said(&forged).contains("ce que prouvent les poignées de main TLS"), "{}", forged.out);
}

#[test]
fn a_challenge_that_cannot_be_one_is_refused() {
    let said = run(&["conformance", "--challenge", " "]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("le défi est vide"), "{}", said.err);
}
