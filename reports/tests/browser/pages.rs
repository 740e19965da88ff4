//! The pages that the tests look at: the sample's, and the same run in every other state.

use annexe1::Form;
use reports::{
    content::{Content, Sources},
    html, sample,
};
use suite::{
    comparison::Comparison,
    record::{RunRecord, RunVerdict, ScenarioRecord, Summary, Verdict},
};
use tempfile::TempDir;

/// How many scenarios a whole run has, about.
const MANY: usize = 222;

/// The sample's page, with its transcripts: each verdict occurs in it, and hostile words.
pub(crate) fn sample() -> String {
    page(&sample::record())
}

/// The page of a record, with the transcripts of the sample.
pub(crate) fn page(record: &RunRecord) -> String {
    html::render(record, transcripts().path()).expect("rendered")
}

/// A page of each state that a run can be in, under a name.
pub(crate) fn states() -> Vec<(&'static str, String)> {
    vec![
        ("non-concluant", sample()),
        ("concluant", page(&conforming())),
        ("non-conclusif", page(&limited())),
        ("rien", page(&empty())),
        ("dossier", dossier()),
    ]
}

/// As many scenarios as a whole run has, in the steps of the sample, with its verdicts.
pub(crate) fn many() -> RunRecord {
    let mut record = sample::record();
    let one = record.scenarios.clone();
    record.scenarios = (0..MANY).map(|n| numbered(&one[n % one.len()], n)).collect();
    record.scenarios.sort_by(|a, b| a.id.cmp(&b.id));
    record.summary = Summary::of(&record.scenarios);
    record
}

fn numbered(scenario: &ScenarioRecord, number: usize) -> ScenarioRecord {
    ScenarioRecord {
        id: format!("{}-{number:03}", scenario.id),
        title: format!("{} ({number})", scenario.title),
        ..scenario.clone()
    }
}

/// A run that met every obligation.
fn conforming() -> RunRecord {
    let mut record = sample::record();
    record.scenarios.retain(|scenario| scenario.verdict == Verdict::Pass);
    record.summary = Summary::of(&record.scenarios);
    record.verdict = RunVerdict::Concluant;
    record.filter = suite::scenario::Filter::default();
    record.remarks.clear();
    record
}

/// A run with everything that limits one, each with its warning.
fn limited() -> RunRecord {
    let mut record = sample::record();
    record.scenarios.retain(|scenario| scenario.verdict != Verdict::Fail);
    record.summary = Summary::of(&record.scenarios);
    record.verdict = RunVerdict::Inconclusive;
    record.interrupted = true;
    record.strict = true;
    record.target.embedded = true;
    record.target.declaration = None;
    record.profile = "erratum-2015".to_owned();
    record
}

/// A run that played nothing.
fn empty() -> RunRecord {
    let mut record = sample::record();
    record.scenarios.clear();
    record.clauses.clear();
    record.remarks.clear();
    record.interpretations.clear();
    record.summary = Summary::default();
    record.verdict = RunVerdict::Inconclusive;
    record
}

/// What goes with Annexe 1: a form, hostile too, and an earlier run.
fn dossier() -> String {
    let record = sample::record();
    let mut form = Form::default();
    form.operator.name = sample::HOSTILE.to_owned();
    form.operator.dn = vec![sample::HOSTILE.to_owned()];
    form.domains.add = vec!["ch-test.fr".to_owned(), sample::HOSTILE.to_owned()];
    let earlier = sample::earlier();
    let compared = Comparison::of(&earlier, &record);
    let sources = Sources { annexe1: Some(&form), earlier: Some((&earlier, &compared)) };
    html::layout(&Content::new(&record, transcripts().path(), &sources)).expect("laid out")
}

/// A run's folder with the transcripts of the sample; only needed until the page is composed.
fn transcripts() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    sample::write_transcripts(folder.path()).expect("written");
    folder
}
