//! The whole content of a report.

use annexe1::Form;
use serde::Serialize;
use suite::{
    comparison::Comparison,
    record::{RunRecord, Verdict},
    runner::Transcripts,
};

use super::{
    certificate::{self, Certificates},
    comparison::{self, Since},
    conclusion::Conclusion,
    coverage::{self, Clause, Outside},
    environment::{self, Environment},
    group::{self, Group},
    identification,
    interpretation::{self, Interpretation},
    nonconformity::{self, NonConformity},
    prose, quoted,
    scenario::ScenarioSection,
    signature::{self, Attestation, Signatory},
    step::{self, StepSection},
    text::Row,
    timeline::Timeline,
    transcript::{self, FileRow, Transcript},
    world,
};
use crate::{bundle::Manifest, json, outline, words};

/// What a report is made from beside the record and its transcripts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// The operator's form.
    pub annexe1: Option<&'a Form>,
    /// An earlier run, and what has changed since.
    pub earlier: Option<(&'a RunRecord, &'a Comparison)>,
}

/// `Réception du courrier MSSanté (TM3.1P)`, and so on for each family of the run.
fn subject(record: &RunRecord) -> String {
    let families: Vec<String> = record
        .families
        .iter()
        .map(|family| format!("{} ({})", family.title, family.transaction))
        .collect();
    prose(&families.join(" · "))
}

/// All that a report says, every text ready to be laid out; serialized, it is what the formats read.
#[derive(Clone, Debug, Serialize)]
pub struct Content {
    pub(crate) operator: String,
    /// The families, with their transactions.
    subject: String,
    address: String,
    started: String,
    duration: String,
    played: String,
    /// What a reader must know before the conclusion.
    warnings: Vec<String>,
    pub(crate) conclusion: Conclusion,
    /// What the cover tells.
    cover: Vec<Row>,
    identification: Vec<Row>,
    environment: Environment,
    /// What stands beside what nothing bears out.
    unverified: String,
    /// What the operator declared; `None` where nothing was, as for the embedded proxy.
    declaration: Option<Vec<Row>>,
    controls: Vec<String>,
    /// What changed in the simulated space.
    changes: Vec<Row>,
    /// All that changed, where it is much.
    timeline: Option<Timeline>,
    /// What the target asked of it.
    reads: Vec<Row>,
    clauses: Vec<Clause>,
    outside: Vec<Outside>,
    pub(crate) steps: Vec<StepSection>,
    nonconformities: Vec<NonConformity>,
    inconclusive: Vec<Group>,
    skipped: Vec<Group>,
    not_applicable: Vec<Group>,
    /// Scenarios that conform with a remark.
    remarked: Vec<ScenarioSection>,
    /// Remarks on the run as a whole.
    remarks: Vec<String>,
    /// What the transcripts show together that is worth a word.
    observations: Vec<String>,
    /// Remarks on the operator's form.
    form_remarks: Vec<String>,
    earlier: Option<Since>,
    certificates: Certificates,
    whitelist_sha256: String,
    transcripts: Vec<FileRow>,
    interpretations: Vec<Interpretation>,
    attestation: Attestation,
    signatories: Vec<Signatory>,
    sources: String,
}

impl Content {
    /// The content of a report on `record`, with its transcripts; one that is
    /// missing or too large is said to be so.
    #[must_use]
    pub fn new(
        record: &RunRecord,
        transcripts: &(impl Transcripts + ?Sized),
        sources: &Sources<'_>,
    ) -> Self {
        let of_scenarios: Vec<Option<Transcript>> = record
            .scenarios
            .iter()
            .map(|one| one.transcript.as_ref().map(|file| Transcript::read(transcripts, file)))
            .collect();
        let of_controls: Vec<Transcript> = record
            .controls()
            .map(|control| Transcript::read(transcripts, &control.transcript))
            .collect();
        let operator = identification::operator(record, sources.annexe1);
        let remarked = outline::with(&outline::steps(record), Verdict::PassWithRemark);
        let certificates = certificate::of(record, &of_controls, &of_scenarios);
        // As `record.json` is written: who has the file can hold it against what is printed.
        let digest =
            json::render(record).map(|text| Manifest::digest(text.as_bytes())).unwrap_or_default();
        let declared = record.target.declaration.as_ref();
        Self {
            subject: subject(record),
            address: quoted(&record.target.address),
            started: words::moment(record.started),
            duration: words::duration(record.duration_ms),
            played: words::plural(record.scenarios.len(), "scénario"),
            warnings: words::warnings(record).iter().map(|text| prose(text)).collect(),
            conclusion: Conclusion::of(record),
            cover: identification::cover(record, sources.annexe1, &digest),
            identification: identification::rows(record, sources.annexe1),
            environment: environment::of(record, &certificates),
            unverified: prose(words::UNVERIFIED),
            declaration: declared.map(environment::declaration),
            controls: environment::controls(record),
            changes: world::changes(record),
            timeline: Timeline::of(record),
            reads: world::reads(record),
            clauses: coverage::clauses(record),
            outside: coverage::outside(record),
            steps: step::all(record, &of_scenarios),
            nonconformities: nonconformity::all(record, &of_scenarios),
            inconclusive: group::groups(record, Verdict::Inconclusive),
            skipped: group::groups(record, Verdict::Skipped),
            not_applicable: group::groups(record, Verdict::NotApplicable),
            remarked: remarked.into_iter().map(|one| ScenarioSection::new(record, one)).collect(),
            remarks: record.remarks.iter().map(|text| prose(text)).collect(),
            observations: record
                .observations
                .iter()
                .map(|one| prose(&words::observation(one)))
                .collect(),
            form_remarks: sources.annexe1.map(|f| form_remarks(record, f)).unwrap_or_default(),
            earlier: sources.earlier.map(|(run, what)| comparison::since(run, record, what)),
            attestation: signature::attestation(record, sources.annexe1, &certificates, &digest),
            certificates,
            whitelist_sha256: quoted(&record.world.whitelist_sha256),
            transcripts: transcript::files(record, &of_controls, &of_scenarios),
            interpretations: interpretation::all(record),
            signatories: signature::signatories(&operator, sources.annexe1),
            sources: prose(words::SOURCES),
            operator: prose(&operator),
        }
    }
}

/// What is to be looked at again in the form, by itself and against the target.
fn form_remarks(record: &RunRecord, form: &Form) -> Vec<String> {
    let mut problems = annexe1::check(form, &[]);
    problems.extend(annexe1::against_record(form, &record.target));
    problems
        .into_iter()
        .map(|problem| {
            prose(&format!("{} : {} ({})", problem.field, problem.message, problem.source))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn content(sources: &Sources<'_>) -> serde_json::Value {
        let folder = tempfile::tempdir().expect("a folder");
        sample::write_transcripts(folder.path()).expect("written");
        let content = Content::new(&sample::record(), folder.path(), sources);
        serde_json::to_value(content).expect("JSON")
    }

    #[test]
    fn every_scenario_is_listed_once_and_again_where_it_is_not_as_expected() {
        let content = content(&Sources::default());
        let record = sample::record();
        let count =
            |pointer: &str| content.pointer(pointer).and_then(|v| v.as_array()).map_or(0, Vec::len);
        let steps = content["steps"].as_array().expect("steps");
        let listed: usize =
            steps.iter().map(|step| step["scenarios"].as_array().map_or(0, Vec::len)).sum();
        assert_eq!(listed, record.scenarios.len());
        assert_eq!(count("/nonconformities"), record.summary.fail as usize);
        assert_eq!(count("/remarked"), record.summary.pass_with_remark as usize);
        assert_eq!(count("/inconclusive/0/scenarios"), record.summary.inconclusive as usize);
        assert_eq!(count("/skipped/0/scenarios"), record.summary.skipped as usize);
        assert_eq!(count("/not_applicable/0/scenarios"), record.summary.not_applicable as usize);
        let files = record.scenarios.iter().filter(|s| s.transcript.is_some()).count();
        assert_eq!(count("/transcripts"), files);
    }

    #[test]
    fn a_form_and_an_earlier_run_are_told_of() {
        let mut form = Form::default();
        form.operator.name = "CH de Test-sur-Yvette".to_owned();
        form.operator.connector =
            Some(annexe1::Connector { vendor: "Éditeur".to_owned(), version: "2".to_owned() });
        let earlier = sample::earlier();
        let compared = Comparison::of(&earlier, &sample::record());
        let with = content(&Sources { annexe1: Some(&form), earlier: Some((&earlier, &compared)) });
        assert_eq!(with["signatories"].as_array().map(Vec::len), Some(2));
        assert!(!with["form_remarks"].as_array().expect("some").is_empty());
        assert_eq!(with["earlier"]["worse"], true);
        let without = content(&Sources::default());
        assert_eq!(without["signatories"].as_array().map(Vec::len), Some(1));
        assert!(without["earlier"].is_null());
    }
}
