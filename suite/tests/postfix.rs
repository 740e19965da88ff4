//! The whole suite against a real Postfix, held against a pinned table of its verdicts.

mod bed;

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use jiff::Timestamp;
use serde::Deserialize;
use suite::{
    oracle::facts::Profile,
    record::{RunRecord, ScenarioRecord, Verdict},
    runner::{Options, run},
    scenario,
};
use tokio::sync::watch;

/// `postfix.toml`: every verdict but `pass`, with its reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    deviation: Vec<Deviation>,
}

/// One scenario that Postfix does not simply pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    /// The scenario.
    id: String,
    /// Its verdict.
    verdict: Verdict,
    /// Why Postfix earns it.
    reason: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn postfix_earns_the_pinned_verdicts() {
    let Some(bed) = bed::Bed::start().await else { return };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = scenario::load(&here.join("../scenarios")).expect("all scenarios load");
    let out = tempfile::tempdir().expect("a folder");
    let options = Options {
        jobs: 8,
        seed: 1,
        filter: None,
        strict: false,
        profile: Profile::Default,
        out: out.path().to_owned(),
        started: Timestamp::now(),
    };
    let (_go_on, stop) = watch::channel(false);
    let begun = Instant::now();
    let record = run(&library, &bed.space, &bed.target, &options, stop, |_| {})
        .await
        .expect("the run is made");
    eprintln!("{} scenarios in {:.1?}", record.scenarios.len(), begun.elapsed());
    if let Some(kept) = std::env::var_os("MSSANTE_KEEP") {
        let _ = std::process::Command::new("cp").arg("-r").arg(out.path()).arg(&kept).status();
        let _ = fs::write(
            Path::new(&kept).join("record.json"),
            serde_json::to_string_pretty(&record).unwrap(),
        );
        let _ = fs::write(Path::new(&kept).join("postfix.log"), bed.postfix.log());
    }
    assert!(record.remarks.is_empty(), "the controls failed: {:?}", record.remarks);
    let text = fs::read_to_string(here.join("tests/postfix.toml")).expect("the table is there");
    let table: Table = toml::from_str(&text).expect("the table is sound");
    let differences = differences(&table, &record, bed.target.uses_dns);
    assert!(
        differences.is_empty(),
        "{} differences from tests/postfix.toml:\n{}\n\nPostfix's log ends:\n{}",
        differences.len(),
        differences.join("\n"),
        log_end(&bed.postfix.log())
    );
}

/// Every scenario whose verdict is not the one that the table pins, or `pass` where it pins none.
fn differences(table: &Table, record: &RunRecord, uses_dns: bool) -> Vec<String> {
    let mut pinned: BTreeMap<&str, &Deviation> = BTreeMap::new();
    let mut differences = Vec::new();
    for deviation in &table.deviation {
        if deviation.verdict == Verdict::Pass || deviation.reason.trim().is_empty() {
            differences.push(format!("{}: a deviation has a verdict and a reason", deviation.id));
        }
        if pinned.insert(&deviation.id, deviation).is_some() {
            differences.push(format!("{}: pinned twice", deviation.id));
        }
    }
    for scenario in &record.scenarios {
        let pinned = pinned.remove(scenario.id.as_str());
        let wanted = pinned.map_or(Verdict::Pass, |deviation| deviation.verdict);
        // Where no namespace can be had, what needs our DNS is skipped and cannot be compared.
        let cannot_tell = !uses_dns
            && scenario.verdict == Verdict::Skipped
            && scenario.id.starts_with("reception/1-ptr/");
        if scenario.verdict != wanted && !cannot_tell {
            differences.push(difference(scenario, wanted, pinned));
        }
    }
    differences.extend(
        pinned.into_keys().map(|id| format!("{id}: pinned, but there is no such scenario")),
    );
    differences
}

fn difference(scenario: &ScenarioRecord, wanted: Verdict, pinned: Option<&Deviation>) -> String {
    let pinned = pinned.map_or("not pinned", |deviation| deviation.reason.as_str());
    format!(
        "{}: {:?} in place of {wanted:?} ({pinned})\n    {}\n    expected: {}\n    observed: {}",
        scenario.id, scenario.verdict, scenario.reason, scenario.expected, scenario.observed
    )
}

fn log_end(log: &str) -> String {
    const LINES: usize = 20;
    let skipped = log.lines().count().saturating_sub(LINES);
    log.lines().skip(skipped).collect::<Vec<_>>().join("\n")
}
