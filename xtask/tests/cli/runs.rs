//! Whole runs.

use std::fs;

use proof::matrix::Matrix;
use suite::record::{RunRecord, RunVerdict};

use crate::{
    catalogue::{self, FEW},
    support::{plain, run},
};

pub(crate) fn record(out: &std::path::Path) -> RunRecord {
    let text = fs::read_to_string(out.join("record.json")).expect("written");
    serde_json::from_str(&text).expect("a record")
}

#[test]
fn without_a_target_the_reference_proxy_passes() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("run");
    let scenarios = catalogue::copy(&dir.path().join("scenarios"), FEW);
    let of = ["--scenarios", &scenarios, "--seed", "7"];
    let said = run(&[&["conformance", "--out", &out.display().to_string()][..], &of].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("CONCLUANT sur le périmètre testé"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'), "colour without a terminal: {}", said.out);
    let record = record(&out);
    assert_eq!((record.verdict, record.seed), (RunVerdict::Concluant, 7));
    for name in ["junit.xml", "report.html"] {
        let text = fs::read_to_string(out.join(name)).expect(name);
        for scenario in &record.scenarios {
            // Its folder may be written with references of HTML.
            let (_, last) = scenario.id.rsplit_once('/').expect("a path");
            assert!(text.contains(last), "{name}: {}", scenario.id);
        }
    }
    let transcripts = fs::read_dir(out.join("transcripts")).expect("there").count();
    assert!(transcripts > record.scenarios.len(), "{transcripts}: the controls have theirs");
    assert_eq!(record.changes.len(), 2, "{:?}", record.changes);

    // The same folder again: the former run is replaced, not mixed with the new one.
    let out_shown = out.display().to_string();
    let said = run(&["conformance", "--filter", "6-fin/quit-en-clair", "--out", &out_shown]);
    assert_eq!(said.code, Some(3), "obligatory scenarios were left out: {said:?}");
    let transcripts: Vec<_> = fs::read_dir(out.join("transcripts"))
        .expect("there")
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with("controle"))
        .collect();
    assert_eq!(transcripts, ["reception-6-fin-quit-en-clair.jsonl"]);
}

/// What failed is played again with its twin, and nothing else; when nothing did, nothing is.
#[test]
fn what_missed_in_the_run_before_is_played_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("run");
    let shown = out.display().to_string();
    let nothing = run(&["conformance", "--failed", "--out", &shown]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    assert!(nothing.err.contains("aucune campagne"), "{}", nothing.err);

    let filters = ["--filter", "4-certificat/expire", "--filter", "6-fin/quit-en-clair"];
    let first = run(&[&["conformance", "--out", &shown][..], &filters].concat());
    assert_eq!(first.code, Some(3), "{first:?}");
    let all = run(&["conformance", "--failed", "--out", &shown]);
    assert_eq!(all.code, Some(3), "the run before stands: {all:?}");
    assert!(all.out.starts_with("Rien à rejouer"), "{}", all.out);

    let path = out.join("record.json");
    let mut record = record(&out);
    let expired = "reception/4-certificat/expire";
    for scenario in record.scenarios.iter_mut().filter(|scenario| scenario.id == expired) {
        scenario.verdict = suite::record::Verdict::Fail;
    }
    fs::write(&path, serde_json::to_string(&record).expect("JSON")).expect("written");
    let again = run(&["conformance", "--failed", "--out", &shown]);
    assert_eq!(again.code, Some(3), "{again:?}");
    let record = self::record(&out);
    let ids: Vec<&str> = record.scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(ids, [expired, "reception/4-certificat/valide"]);
    assert_eq!(record.filter.words().collect::<Vec<_>>(), [format!("={expired}")]);
}

#[test]
fn a_run_without_a_folder_is_named_by_its_date_and_found_at_latest() {
    let said = run(&["conformance", "--filter", "6-fin/quit-en-clair"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let report = said
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Rapport"))
        .expect("the report is named")
        .trim();
    assert!(!report.contains("latest"), "{report} would lead to another run tomorrow");
    assert!(fs::metadata(report).is_ok(), "{report}");
    let run = std::path::Path::new(report).parent().expect("a folder");
    let latest = run.with_file_name("latest");
    assert!(fs::symlink_metadata(&latest).expect("there").is_symlink(), "{}", latest.display());
    assert!(latest.join("record.json").exists());
}

#[test]
fn a_target_without_starttls_fails() {
    let target = plain("220 plain.test ESMTP\r\n");
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().display().to_string();
    let said = run(&["conformance", "--target", &target.address.to_string(), "--out", &out]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("NON CONCLUANT"), "{}", said.out);
    assert!(said.out.contains("cargo xtask explain reception/"), "{}", said.out);
    assert_eq!(record(dir.path()).verdict, RunVerdict::NonConcluant);
}

#[test]
fn a_dry_run_sends_nothing() {
    let target = plain("220 plain.test ESMTP\r\n");
    let address = target.address.to_string();
    let said = run(&["conformance", "--dry-run", "--filter", "starttls", "--target", &address]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("rien n'a été envoyé"), "{}", said.out);
    assert!(said.out.contains("cargo xtask kit"), "{}", said.out);
    assert!(target.connections.try_recv().is_err(), "a connection was made");
}

#[test]
fn a_mutant_is_found_and_a_partial_matrix_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let said = run(&["mutants", "certificat-expire", "--out", &dir.path().display().to_string()]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("Matrice partielle"), "{}", said.out);
    assert!(said.out.contains("TOUT EST TROUVÉ · 1 mutant"), "{}", said.out);
    let text = fs::read_to_string(dir.path().join("mutants.json")).expect("written");
    let matrix: Matrix = serde_json::from_str(&text).expect("a matrix");
    assert_eq!(matrix.filter.as_deref(), Some("certificat-expire"));
    let reference = matrix.reference.expect("played");
    assert!(reference.others.is_empty(), "{reference:?}");
    assert_eq!(reference.through, matrix.mutants[0].round.through, "it goes where its mutant does");
    let page = fs::read_to_string(dir.path().join("mutants.html")).expect("written");
    assert!(page.contains("Matrice partielle"), "said in each format");
}
