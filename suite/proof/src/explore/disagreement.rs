//! A disagreement between the target and the oracle.

use fixtures::{pki::Variant, smtp::transcript::Entry};

use super::{case::Made, cause::Cause, tally::cause};
use suite::{record::ScenarioRecord, scenario::Presented};

/// Where the target and the oracle disagree.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// Number of the case, from 0: with the seed it draws the same case again.
    pub number: u32,
    /// What it comes from.
    pub cause: Cause,
    /// How many further cases come from it.
    pub alike: u32,
    /// The smallest case that was found to disagree, as a scenario.
    pub made: Made,
    /// The judgement on it.
    pub record: ScenarioRecord,
    /// Its transcript.
    pub entries: Vec<Entry>,
    /// How many smaller ones were tried.
    pub tried: u32,
    /// Whether it disagreed again when it was played again. One that did not may depend on what was
    /// played beside it.
    pub stable: bool,
}

/// The kind of a disagreement: the reason, the clause that decides, and the certificate.
pub(super) fn kind(made: &Made, record: &ScenarioRecord) -> String {
    let peer = &made.scenario.peer;
    let certificate = match (peer.certificate, &peer.name) {
        (Presented::None, _) => "aucun certificat".to_owned(),
        (Presented::Certificate(Variant::Valid), Some(_)) => "certificat d'un DN à lui".to_owned(),
        (Presented::Certificate(variant), _) => format!("certificat {variant}"),
    };
    format!("{} ({}, {certificate})", cause(&record.reason), made.scenario.clause)
}
