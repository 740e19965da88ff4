//! Small matrices made by hand.

use std::collections::BTreeMap;

use super::{FamilyRow, Finding, Matrix, MutantRow, Round, SCHEMA, ScenarioRow};
use suite::record::{Level, Verdict};

/// A round in which these scenarios have these verdicts, and all others pass.
pub(super) fn round(others: &[(&str, Verdict)]) -> Round {
    let found = |verdict| matches!(verdict, Verdict::Fail | Verdict::PassWithRemark);
    let finding = |verdict| Finding { verdict, found: found(verdict), reason: "parce que".into() };
    let others: BTreeMap<_, _> =
        others.iter().map(|(id, verdict)| ((*id).to_owned(), finding(*verdict))).collect();
    Round { others, duration_ms: 1, ..Round::default() }
}

/// A mutant that names `killers` and fails the scenarios of `failures`.
pub(super) fn mutant(id: &str, killers: &[&str], failures: &[&str]) -> MutantRow {
    let failures: Vec<_> = failures.iter().map(|id| (*id, Verdict::Fail)).collect();
    MutantRow {
        id: id.into(),
        fault: "fait une faute".into(),
        clause: "TM3.1P/2".into(),
        killers: killers.iter().map(ToString::to_string).collect(),
        round: round(&failures),
    }
}

/// Two mandatory scenarios `a` and `b`, a recommended one `c`, and a mutant for each: nothing is
/// wrong.
pub(super) fn sound() -> Matrix {
    let scenario = |id: &str, level| ScenarioRow {
        id: id.into(),
        level,
        clause: "TM3.1P/2".into(),
        title: format!("Scénario {id}"),
    };
    Matrix {
        schema: SCHEMA.into(),
        suite_version: "0.1.0".into(),
        catalogue_sha256: "0".repeat(64),
        started: jiff::Timestamp::UNIX_EPOCH,
        duration_ms: 3,
        seed: 1,
        filter: None,
        interrupted: false,
        families: vec![FamilyRow { folder: "reception".into(), title: "Réception".into() }],
        scenarios: vec![
            scenario("a", Level::Must),
            scenario("b", Level::Must),
            scenario("c", Level::Should),
        ],
        reference: Some(Round::default()),
        mutants: vec![
            mutant("m-a", &["a"], &["a", "b"]),
            mutant("m-b", &["b"], &["b"]),
            mutant("m-c", &["c"], &["c"]),
        ],
    }
}
