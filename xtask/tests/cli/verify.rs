//! `verify` and `compare`, on a real run and on what somebody made of it.

use std::{fs, path::Path};

use reports::bundle;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Said, run};

const SCENARIO: &str = "reception/6-fin/quit";

fn made(out: &Path) {
    let said = run(&["conformance", "--filter", "6-fin/quit", "--out", &out.display().to_string()]);
    assert_eq!(said.code, Some(3), "obligatory scenarios were left out: {said:?}");
}

fn verify(path: &Path) -> Said {
    run(&["verify", &path.display().to_string()])
}

/// A text whose lines may end anywhere.
fn filled(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn edit(out: &Path, change: impl FnOnce(&mut Value)) {
    let path = out.join("record.json");
    let mut record =
        serde_json::from_str(&fs::read_to_string(&path).expect("there")).expect("JSON");
    change(&mut record);
    fs::write(path, record.to_string()).expect("written");
}

fn scenario(record: &mut Value) -> &mut Value {
    let scenarios = record["scenarios"].as_array_mut().expect("a list");
    scenarios.iter_mut().find(|scenario| scenario["id"] == SCENARIO).expect("played")
}

fn another_verdict(out: &Path) {
    edit(out, |record| scenario(record)["verdict"] = json!("fail"));
}

fn another_observation(out: &Path) {
    edit(out, |record| scenario(record)["observed"] = json!("rien"));
}

fn a_scenario_less(out: &Path) {
    edit(out, |record| {
        let scenarios = record["scenarios"].as_array_mut().expect("a list");
        scenarios.retain(|scenario| scenario["id"] != SCENARIO);
        record["summary"]["pass"] = json!(record["scenarios"].as_array().map(Vec::len));
    });
}

fn a_scenario_never_played(out: &Path) {
    edit(out, |record| scenario(record)["transcript"] = Value::Null);
}

fn other_counts(out: &Path) {
    edit(out, |record| record["summary"]["fail"] = json!(7));
}

fn another_conclusion(out: &Path) {
    edit(out, |record| record["verdict"] = json!("concluant"));
}

fn another_transcript(out: &Path) {
    let path = out.join("transcripts/reception-6-fin-quit.jsonl");
    let text = fs::read_to_string(&path).expect("there");
    fs::write(path, text.replacen("221", "421", 1)).expect("written");
}

fn a_transcript_less(out: &Path) {
    fs::remove_file(out.join("transcripts/reception-6-fin-quit.jsonl")).expect("there");
}

/// What failed, or nobody liked, said not to concern the target.
fn a_scenario_waved_away(out: &Path) {
    edit(out, |record| {
        let scenario = scenario(record);
        scenario["verdict"] = json!("not_applicable");
        scenario["transcript"] = Value::Null;
    });
}

fn a_lesser_level(out: &Path) {
    edit(out, |record| {
        let scenario = scenario(record);
        scenario["level"] = json!("may");
        scenario["verdict"] = json!("skipped");
        scenario["transcript"] = Value::Null;
    });
}

/// The transcript of another scenario, digest and all, under the name of this one.
fn a_borrowed_transcript(out: &Path) {
    let folder = out.join("transcripts");
    let other = fs::read(folder.join("controle-reception-avant.jsonl")).expect("there");
    fs::write(folder.join("reception-6-fin-quit.jsonl"), other).expect("written");
    edit(out, |record| {
        let digest = record["families"][0]["controls"][0]["transcript"]["sha256"].clone();
        scenario(record)["transcript"]["sha256"] = digest;
    });
}

fn a_transcript_of_another_name(out: &Path) {
    edit(out, |record| {
        let control = record["families"][0]["controls"][0]["transcript"].clone();
        scenario(record)["transcript"] = control;
    });
}

fn the_first_control_twice(out: &Path) {
    edit(out, |record| {
        let first = record["families"][0]["controls"][0]["transcript"].clone();
        record["families"][0]["controls"][1]["transcript"] = first;
    });
}

fn another_control(out: &Path) {
    edit(out, |record| record["families"][0]["controls"][1]["accepted"] = json!(false));
}

fn another_date(out: &Path) {
    edit(out, |record| record["started"] = json!("2027-03-01T08:00:00Z"));
}

fn a_scenario_twice(out: &Path) {
    edit(out, |record| {
        let again = scenario(record).clone();
        record["scenarios"].as_array_mut().expect("a list").push(again);
    });
}

fn a_key_of_its_own(out: &Path) {
    edit(out, |record| record["conclusion"] = json!("CONCLUANT"));
}

fn another_page(out: &Path) {
    let path = out.join("report.html");
    let text = fs::read_to_string(&path).expect("there");
    fs::write(path, text.replace("NON CONCLUSIF", "CONCLUANT")).expect("written");
}

fn other_results(out: &Path) {
    let path = out.join("junit.xml");
    let text = fs::read_to_string(&path).expect("there");
    fs::write(path, text.replacen("skipped", "ignored", 1)).expect("written");
}

#[rstest]
#[case::waved_away(a_scenario_waved_away, "« sans objet » dans l'enregistrement")]
#[case::lesser_level(a_lesser_level, "texte modifié")]
#[case::borrowed(a_borrowed_transcript, "transcription d'un autre scénario")]
#[case::another_name(a_transcript_of_another_name, "transcription d'un autre scénario")]
#[case::control_twice(the_first_control_twice, "transcription d'un autre scénario")]
#[case::control(
    another_control,
    "contrôles (families.reception.controls.1.accepted) : « false » dans l'enregistrement"
)]
#[case::date(another_date, "ou d'une autre campagne")]
#[case::twice(a_scenario_twice, "scénarios en double ou déplacés")]
#[case::own_key(a_key_of_its_own, "record.json : ne dit pas")]
#[case::page(another_page, "report.html : ne dit pas ce que dit l'enregistrement")]
#[case::results(other_results, "junit.xml : ne dit pas ce que dit l'enregistrement")]
#[case::verdict(another_verdict, "« non conforme » dans l'enregistrement, « conforme »")]
#[case::observation(another_observation, "texte modifié (observé)")]
#[case::scenario_less(a_scenario_less, "reception/6-fin/quit : scénario de la campagne, absent")]
#[case::never_played(a_scenario_never_played, "reception/6-fin/quit : verdict rendu sans")]
#[case::counts(other_counts, "les totaux ne sont pas ceux")]
#[case::conclusion(
    another_conclusion,
    "conclusion : CONCLUANT dans l'enregistrement, NON CONCLUSIF"
)]
#[case::transcript(another_transcript, "transcription modifiée depuis la campagne")]
#[case::transcript_less(a_transcript_less, "transcription nommée par l'enregistrement, absente")]
fn what_was_tampered_with_is_named(#[case] tamper: fn(&Path), #[case] named: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    made(dir.path());
    let said = verify(dir.path());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("INTACT"), "{}", said.out);
    tamper(dir.path());
    let said = verify(dir.path());
    assert_eq!(said.code, Some(1), "{said:?}");
    let words = filled(&said.out);
    assert!(words.contains("ALTÉRÉ") && words.contains(named), "{}", said.out);
}

/// The folder of a run is its owner's: a form kept there makes no dossier of it.
#[test]
fn a_form_beside_a_run_is_no_tampering() {
    let dir = tempfile::tempdir().expect("a folder");
    made(dir.path());
    fs::write(dir.path().join("annexe1.toml"), "[operator]\n").expect("written");
    fs::write(dir.path().join("notes.txt"), "à faire").expect("written");
    let said = verify(dir.path());
    assert_eq!(said.code, Some(0), "{said:?}");
    another_page(dir.path());
    assert_eq!(verify(dir.path()).code, Some(1));
}

#[test]
fn documents_of_another_version_leave_the_question_open() {
    let dir = tempfile::tempdir().expect("a folder");
    made(dir.path());
    edit(dir.path(), |record| record["suite_version"] = json!("0.0.1"));
    another_page(dir.path());
    let said = verify(dir.path());
    assert_eq!(said.code, Some(3), "{said:?}");
    let words = filled(&said.out);
    assert!(words.contains("non vérifié : report.html, non refait"), "{words}");
    assert!(words.contains("PAS ENTIÈREMENT VÉRIFIÉ"), "{words}");
}

#[rstest]
#[case::before_any("-009999-01-02T01:59:59Z")]
#[case::after_any("9999-01-02T01:59:59Z")]
fn an_impossible_date_is_an_error(#[case] started: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    made(dir.path());
    edit(dir.path(), |record| record["started"] = json!(started));
    let said = verify(dir.path());
    assert_eq!(said.code, Some(2), "{said:?}");
}

#[test]
fn what_cannot_be_verified_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("dossier.zip");
    fs::write(&file, "bonjour").expect("written");
    let said = verify(&file);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("n'est pas une archive zip lisible"), "{}", said.err);

    let empty = dir.path().join("vide");
    fs::create_dir(&empty).expect("made");
    let said = verify(&empty);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("ne contient pas record.json"), "{}", said.err);

    made(&dir.path().join("run"));
    edit(&dir.path().join("run"), |record| record["catalogue_sha256"] = json!("0".repeat(64)));
    let said = verify(&dir.path().join("run"));
    assert_eq!(said.code, Some(3), "another version of the suite made it: {said:?}");
}

#[test]
fn a_run_is_compared_with_an_earlier_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let (before, after) = (dir.path().join("avant"), dir.path().join("apres"));
    made(&before);
    made(&after);
    let compare = |more: &[&str]| {
        let (before, after) = (before.display().to_string(), after.display().to_string());
        run(&[&["compare", &before, &after], more].concat())
    };
    let said = compare(&[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("SANS RECUL"), "{}", said.out);

    let (first, last) = (before.display().to_string(), after.display().to_string());
    let said = run(&["compare", &last, &first]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("donnez d'abord l'ancienne"), "{}", said.err);

    another_verdict(&after);
    let said = compare(&[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("Nouvelles non-conformités (1)"), "{}", said.out);
    let said = compare(&["--format", "json"]);
    let compared: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(compared["changes"][0]["kind"], "broken");
    let said = compare(&["--format", "markdown"]);
    assert!(said.out.starts_with("## En recul"), "{}", said.out);

    fs::write(after.join("record.json"), "{\"schema\": \"mssante-conformance/2.0\", ").expect("ok");
    let said = compare(&[]);
    assert_eq!(said.code, Some(2), "{said:?}");
}

/// What is asked beyond unaltered has a code of its own each, and the worst one counts.
#[rstest]
#[case::signed(&["--require-signature"], 4, "sans signature recevable")]
#[case::concluant(&["--require-concluant"], 5, "la conclusion est NON CONCLUSIF")]
#[case::young(&["--max-age", "0"], 0, "INTACT")]
#[case::all(&["--require-concluant", "--require-signature"], 4, "--require-concluant demande")]
#[case::challenge(&["--challenge", "lune"], 7, "ni sous aucun autre")]
#[case::challenge_and_conclusion(&["--challenge", "lune", "--require-concluant"], 5, "ni sous aucun autre")]
fn what_is_asked_and_not_there_is_named(
    #[case] asked: &[&str],
    #[case] code: i32,
    #[case] words: &str,
) {
    let dir = tempfile::tempdir().expect("a folder");
    made(dir.path());
    let path = dir.path().display().to_string();
    let said = run(&[&["verify", &path], asked].concat());
    assert_eq!(said.code, Some(code), "{said:?}");
    let listed = run(&[&["verify", "--json", &path], asked].concat());
    assert_eq!(listed.code, Some(code), "the same, however it is told: {listed:?}");
    assert!(filled(&said.out).contains(words), "{}", said.out);
}

/// Those of a folder, one line each, and the details of what is altered; and the same as JSON.
#[test]
fn many_are_told_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in ["a-entier", "b-altere", "c-autre-version"] {
        made(&dir.path().join(name));
    }
    another_verdict(&dir.path().join("b-altere"));
    edit(&dir.path().join("c-autre-version"), |record| record["suite_version"] = json!("0.0.1"));
    fs::write(dir.path().join("d-rompu.zip"), "bonjour").expect("written");
    fs::write(dir.path().join("notes.txt"), "ce n'est pas un dossier").expect("written");

    let said = verify(dir.path());
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines: Vec<&str> = said.out.lines().filter(|line| line.contains(" · ")).take(4).collect();
    let told = [
        ("✔ INTACT · ", "a-entier"),
        ("✘ ALTÉRÉ · ", "b-altere"),
        ("✘ PAS ENTIÈREMENT VÉRIFIÉ, et rien d'altéré dans ce qui l'est · ", "c-autre-version"),
        ("✘ ILLISIBLE · ", "d-rompu.zip"),
    ];
    for (line, (verdict, name)) in lines.iter().zip(told) {
        assert!(line.starts_with(verdict) && line.contains(name), "{line}");
    }
    assert!(said.out.contains("4 dossiers · 1 admis"), "{}", said.out);
    assert!(filled(&said.err).contains("laissé de côté : notes.txt"), "{}", said.err);
    assert!(filled(&said.out).contains("« non conforme » dans l'enregistrement"), "{}", said.out);

    let path = |name: &str| dir.path().join(name).display().to_string();
    let (altered, broken, other) = (path("b-altere"), path("d-rompu.zip"), path("c-autre-version"));
    let said = run(&["verify", &broken, &altered, "--json", "--require-concluant"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let listing: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(listing["schema"], "mssante-verification/1.1");
    let [first, second] = listing["dossiers"].as_array().expect("a list").as_slice() else {
        panic!("{listing}");
    };
    assert_eq!(first["shortfalls"], json!(["unreadable"]));
    assert!(first["error"].as_str().is_some_and(|why| why.contains("archive zip")), "{first}");
    assert_eq!(second["shortfalls"], json!(["altered", "not_concluant"]));
    assert_eq!(second["conclusion"], "inconclusive");
    assert!(second["findings"]["verdict"]["count"].as_u64() > Some(0), "{second}");
    assert_eq!(run(&["verify", &broken, &other]).code, Some(2));
    assert_eq!(run(&["verify", &other, &path("a-entier")]).code, Some(3));
}

/// As many as an agency receives in a month, archives all, every second one with another verdict: each is named,
/// in its place, for what it is.
#[test]
fn a_hundred_are_each_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let (run_folder, received) = (dir.path().join("run"), dir.path().join("recus"));
    made(&run_folder);
    fs::create_dir(&received).expect("made");
    let pack = || bundle::pack(&bundle::unpack(&run_folder).expect("read")).expect("packed");
    let honest = pack();
    another_verdict(&run_folder);
    let altered = pack();
    for number in 0..100 {
        let bytes = if number % 2 == 0 { &honest } else { &altered };
        fs::write(received.join(format!("{number:02}.zip")), bytes).expect("written");
    }
    let said = run(&["verify", "--json", &received.display().to_string()]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let listing: Value = serde_json::from_str(&said.out).expect("JSON");
    let dossiers = listing["dossiers"].as_array().expect("a list");
    assert_eq!(dossiers.len(), 100);
    for (number, dossier) in dossiers.iter().enumerate() {
        let name = format!("{number:02}.zip");
        assert!(dossier["file"].as_str().is_some_and(|file| file.ends_with(&name)), "{dossier}");
        let altered = number % 2 == 1;
        assert_eq!(dossier["accepted"], json!(!altered), "{name}");
        let shortfalls = if altered { json!(["altered"]) } else { json!([]) };
        assert_eq!(dossier["shortfalls"], shortfalls, "{name}");
        assert_eq!(dossier["findings"]["verdict"]["count"].as_u64() > Some(0), altered, "{name}");
    }
}
