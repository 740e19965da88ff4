//! The whole suite against a real Postfix, held against a pinned table of its verdicts.

mod bed;

use std::{collections::BTreeMap, fs, path::Path};

use fixtures::{
    dns::{LoggedQuery, reverse_name},
    space::zone::PtrFault,
};
use jiff::Timestamp;
use serde::Deserialize;
use suite::{
    oracle::facts::Profile,
    record::{RunRecord, RunVerdict, ScenarioRecord, Verdict},
    runner::{Options, run},
    scenario,
    target::Target,
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
    let table =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postfix.toml"))
            .expect("the table is there");
    let table: Table = toml::from_str(&table).expect("the table is sound");
    // Kept until the next run, for who wants to know more of a difference.
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postfix");
    let record = play(&bed, &bed.target, None, &out).await;
    eprintln!("{} scenarios in {} ms", record.scenarios.len(), record.duration_ms);
    assert!(record.remarks.is_empty(), "the controls failed: {:?}", record.remarks);
    let differences = differences(&table, &record, bed.target.uses_dns);
    assert!(
        differences.is_empty(),
        "{} differences from tests/postfix.toml (transcripts in {}):\n{}\n\nPostfix's log ends:\n{}",
        differences.len(),
        out.display(),
        differences.join("\n"),
        log_end(&bed.postfix.log())
    );
    assert_eq!(record.verdict, RunVerdict::NonConcluant);
    if bed.target.uses_dns {
        for fault in PtrFault::ALL {
            let name = reverse_name(fault.source());
            let asked = |query: &LoggedQuery| query.name == name && !query.control;
            assert!(
                bed.space.dns().log().all().iter().any(asked),
                "Postfix did not ask for {name}"
            );
        }
    }

    // The same Postfix, of which its operator claims more than it does.
    let claims = Target { uses_crl: true, ..bed.target.clone() };
    let record = play(&bed, &claims, Some("revoque"), &out.join("uses-crl")).await;
    for id in ["reception/4-certificat/revoque", "reception/4-certificat/ac-revoquee"] {
        let scenario = record.scenarios.iter().find(|scenario| scenario.id == id);
        assert_eq!(scenario.map(|scenario| scenario.verdict), Some(Verdict::Fail), "{id}");
    }
}

async fn play(bed: &bed::Bed, target: &Target, filter: Option<&str>, out: &Path) -> RunRecord {
    if out.exists() {
        fs::remove_dir_all(out).expect("the last run is ours");
    }
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let library = scenario::load(&scenarios).expect("all scenarios load");
    let options = Options {
        jobs: 8,
        seed: 1,
        filter: filter.map(str::to_owned),
        strict: false,
        profile: Profile::Default,
        out: out.to_owned(),
        started: Timestamp::now(),
    };
    let (_go_on, stop) = watch::channel(false);
    run(&library, &bed.space, target, &options, stop, |_| {}).await.expect("the run is made")
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
