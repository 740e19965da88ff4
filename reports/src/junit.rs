//! `junit.xml`: for the test tabs of GitLab, GitHub, Jenkins and the like.
//!
//! `pass_with_remark` is a success with the remark in its output, `inconclusive` an error,
//! `skipped` and `not_applicable` are skipped.

use std::path::Path;

use junit_report::{Duration, OffsetDateTime, Report, TestCase, TestResult, TestSuite};
use suite::record::{RunRecord, ScenarioRecord, Verdict};

use crate::{
    ReportError,
    advice::{advice, consequence},
    file,
    outline::{self, StepScenarios},
    words,
};

/// Writes `junit.xml` to `path`.
///
/// # Errors
/// The file cannot be written; nothing is left of it then.
pub fn write(record: &RunRecord, path: &Path) -> Result<(), ReportError> {
    file::write_atomically(path, &render(record)?)
}

/// The report as XML in UTF-8: one test suite a step, one test case a scenario.
///
/// # Errors
/// None that outside input can cause.
pub fn render(record: &RunRecord) -> Result<Vec<u8>, ReportError> {
    let steps = outline::steps(record);
    let mut report = Report::new();
    report.add_testsuites(steps.iter().map(|step| test_suite(record, step)));
    if record.interrupted {
        report.add_testsuite(cut_short(record));
    }
    let mut xml = Vec::new();
    report
        .write_xml(&mut xml)
        .map_err(|error| ReportError::Render { format: "JUnit", detail: error.to_string() })?;
    Ok(with_totals(record, xml))
}

/// The root element with its name and totals, which some readers demand and the writer leaves out.
fn with_totals(record: &RunRecord, xml: Vec<u8>) -> Vec<u8> {
    const ROOT: &[u8] = b"<testsuites";
    let root = xml.windows(ROOT.len()).position(|window| window == ROOT);
    let after = root.expect("the writer always writes its root element") + ROOT.len();
    let summary = &record.summary;
    // A part of the suite never looks like the whole, not even in a list of names.
    let part = words::filter(&record.filter).map_or_else(String::new, |filter| {
        format!(" (exécution partielle, filtre {})", escaped(&attribute(&filter)))
    });
    let totals = format!(
        " name=\"mssante-conformance{part}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" \
         time=\"{}.{:03}\"",
        record.scenarios.len() + usize::from(record.interrupted),
        summary.fail,
        summary.inconclusive + u32::from(record.interrupted),
        summary.skipped + summary.not_applicable,
        record.duration_ms / 1_000,
        record.duration_ms % 1_000,
    );
    [&xml[..after], totals.as_bytes(), &xml[after..], b"\n"].concat()
}

fn test_suite(record: &RunRecord, step: &StepScenarios<'_>) -> TestSuite {
    let mut suite = TestSuite::new(&attribute(step.folder));
    suite.package = attribute(step.folder);
    suite.hostname = attribute(record.target.mx_host.as_ref().unwrap_or(&record.target.address));
    suite.timestamp = OffsetDateTime::from_unix_timestamp(record.started.as_second())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    suite.add_testcases(step.scenarios.iter().map(|scenario| test_case(step, scenario)));
    // The format has no place for what concerns the run as a whole.
    let title = step.title.into_iter().map(str::to_owned);
    let about: Vec<String> = std::iter::once(run(record)).chain(title).collect();
    suite.set_system_out(&cdata(&about.join("\n")));
    suite
}

/// What makes a run that was cut short red: what it left out would only show as skipped.
fn cut_short(record: &RunRecord) -> TestSuite {
    let message = "campagne interrompue : elle ne conclut pas ; reprenez-la avec cargo xtask \
                   conformance --resume, suivi de son dossier";
    let case =
        TestCase::error("campagne — menée à son terme", Duration::ZERO, "interrompue", message);
    let mut suite = TestSuite::new("campagne");
    suite.package = "campagne".to_owned();
    suite.timestamp = OffsetDateTime::from_unix_timestamp(record.started.as_second())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    suite.add_testcase(case);
    suite.set_system_out(&cdata(&run(record)));
    suite
}

fn run(record: &RunRecord) -> String {
    let mut lines = words::warnings(record);
    lines.push(format!("{} sur le périmètre testé", words::conclusion(record.verdict)));
    lines.push(record.scope.clone());
    lines.push(words::SOURCES.to_owned());
    lines.extend(record.remarks.iter().cloned());
    lines.join("\n")
}

fn test_case(step: &StepScenarios<'_>, scenario: &ScenarioRecord) -> TestCase {
    let name = attribute(&format!("{} — {}", scenario.id, scenario.title));
    let time = Duration::milliseconds(i64::try_from(scenario.duration_ms).unwrap_or(i64::MAX));
    let mut case = TestCase::success(&name, time);
    case.set_classname(&attribute(&format!("{} · {}", scenario.clause, step.folder)));
    case.set_filepath(&attribute(&format!("scenarios/{}.toml", scenario.id)));

    let type_ = words::slug(scenario.verdict).to_owned();
    let message = attribute(&scenario.reason);
    let cause = || Some(cdata(&details(scenario)));
    case.result = match scenario.verdict {
        Verdict::Pass => TestResult::Success,
        Verdict::PassWithRemark => {
            let remark = format!("{}\n{}", words::verdict(scenario.verdict), details(scenario));
            case.set_system_out(&cdata(&remark));
            TestResult::Success
        }
        Verdict::Fail => TestResult::Failure { type_, message, cause: cause() },
        Verdict::Inconclusive => TestResult::Error { type_, message, cause: cause() },
        Verdict::Skipped | Verdict::NotApplicable => {
            TestResult::SkippedWithCause { type_, message, cause: None }
        }
    };
    case
}

fn details(scenario: &ScenarioRecord) -> String {
    let mut lines = Vec::new();
    for (label, text) in [
        ("Motif    ", &scenario.reason),
        ("Attendu  ", &scenario.expected),
        ("Observé  ", &scenario.observed),
    ] {
        if !text.is_empty() {
            lines.push(format!("{label}{text}"));
        }
    }
    lines.extend(scenario.evidence.iter().map(|line| format!("Preuve   {line}")));
    lines.extend(scenario.twin.iter().map(|twin| format!("Témoin   {twin}")));
    lines.push(format!("Clause   {} · {}", scenario.clause, words::level(scenario.level)));
    lines.extend(scenario.transcript.iter().map(|file| format!("Échange  {}", file.path)));
    lines.extend(consequence(scenario).map(|consequence| format!("Risque   {consequence}")));
    lines.extend(advice(scenario).map(|advice| format!("Conseil  {advice}")));
    lines.push(format!("Ensuite  cargo xtask explain {}", scenario.id));
    lines.join("\n")
}

/// An attribute's text: the writer escapes it, but no character may be one that XML 1.0 §2.2 lacks.
fn attribute(text: &str) -> String {
    words::visible(text).replace(['\n', '\t'], " ")
}

/// The same as the writer escapes it, for an attribute written beside it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text of a CDATA section, which the writer copies as it is: the end mark inside it is split
/// over two sections, so that a reader gets it back whole.
fn cdata(text: &str) -> String {
    words::visible(text).replace("]]>", "]]]]><![CDATA[>")
}

#[cfg(test)]
mod tests {
    use quick_junit::{NonSuccessKind, TestCaseStatus};
    use rstest::rstest;

    use super::*;
    use crate::{redaction, sample};

    fn text(record: &RunRecord) -> String {
        String::from_utf8(render(record).expect("rendered")).expect("UTF-8")
    }

    /// The sample with `text` wherever a target or a file may put one.
    fn poisoned(text: &str) -> RunRecord {
        let mut record = sample::record();
        record.scope = text.to_owned();
        record.remarks = vec![text.to_owned()];
        record.filter = [text].into_iter().collect();
        record.target.mx_host = Some(text.to_owned());
        for scenario in &mut record.scenarios {
            scenario.id.push_str(text);
            for field in [
                &mut scenario.title,
                &mut scenario.clause,
                &mut scenario.expected,
                &mut scenario.observed,
                &mut scenario.reason,
            ] {
                *field = text.to_owned();
            }
            scenario.evidence = vec![text.to_owned()];
            scenario.twin = Some(text.to_owned());
            scenario.advice = Some(text.to_owned());
        }
        record
    }

    #[test]
    fn the_format_stays_as_it_is() {
        let xml = text(&redaction::redact(&sample::record()));
        insta::assert_snapshot!("junit.xml", xml.replace("><", ">\n<"));
    }

    #[test]
    fn each_verdict_is_told_as_a_ci_reads_it() {
        let record = sample::record();
        let report = quick_junit::Report::deserialize_from_str(&text(&record)).expect("JUnit");
        let mut seen = 0;
        let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
        for case in cases {
            let id = case.name.as_str().split(" — ").next().expect("an id");
            let scenario = record.scenarios.iter().find(|s| s.id == id).expect("of the record");
            let kind = match &case.status {
                TestCaseStatus::Success { .. } => "success",
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "failure",
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error",
                TestCaseStatus::Skipped { .. } => "skipped",
            };
            let expected = match scenario.verdict {
                Verdict::Pass | Verdict::PassWithRemark => "success",
                Verdict::Fail => "failure",
                Verdict::Inconclusive => "error",
                Verdict::Skipped | Verdict::NotApplicable => "skipped",
            };
            assert_eq!(kind, expected, "{id}");
            let remarked = scenario.verdict == Verdict::PassWithRemark;
            assert_eq!(case.system_out.is_some(), remarked, "{id}");
            seen += 1;
        }
        assert_eq!(seen, record.scenarios.len());
        let names: Vec<_> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
        assert_eq!(names[0], "reception/1-ptr");
    }

    #[rstest]
    #[case::filtered(Some("5b"), "mssante-conformance (exécution partielle, filtre « 5b »)")]
    #[case::whole(None, "mssante-conformance")]
    fn a_filtered_run_says_so_in_its_name_and_first_of_all(
        #[case] filter: Option<&str>,
        #[case] name: &str,
    ) {
        let record = RunRecord { filter: filter.into_iter().collect(), ..sample::record() };
        let report = quick_junit::Report::deserialize_from_str(&text(&record)).expect("JUnit");
        assert_eq!(report.name.as_str(), name);
        for suite in &report.test_suites {
            let output = suite.system_out.as_ref().expect("it says what concerns the run").as_str();
            let first = output.lines().next().expect("a line");
            assert_eq!(first.starts_with("Exécution partielle"), filter.is_some(), "{first}");
            assert!(filter.is_none_or(|filter| first.contains(filter)), "{first}");
        }
    }

    #[rstest]
    #[case::interrupted(true, 1)]
    #[case::whole(false, 0)]
    fn no_ci_is_green_on_an_interrupted_run(#[case] interrupted: bool, #[case] errors: usize) {
        let mut record = RunRecord { interrupted, ..sample::record() };
        record
            .scenarios
            .retain(|scenario| matches!(scenario.verdict, Verdict::Pass | Verdict::Skipped));
        record.summary = suite::record::Summary::of(&record.scenarios);
        let xml = text(&record);
        let report = quick_junit::Report::deserialize_from_str(&xml).expect("JUnit");
        assert_eq!((report.errors, report.failures), (errors, 0), "{xml}");
        assert_eq!(report.tests, record.scenarios.len() + errors);
        assert_eq!(xml.matches("<error").count(), errors, "{xml}");
    }

    #[test]
    fn a_run_that_played_nothing_is_still_a_report() {
        let mut record = sample::record();
        record.scenarios.clear();
        let report = quick_junit::Report::deserialize_from_str(&text(&record)).expect("JUnit");
        assert_eq!(report.tests, 0);
        assert!(report.test_suites.is_empty());
    }

    #[test]
    fn a_failure_gives_reason_expected_and_observed() {
        let xml = text(&sample::record());
        let document = roxmltree::Document::parse(&xml).expect("XML");
        let failure = document
            .descendants()
            .find(|node| {
                node.has_tag_name("failure")
                    && node
                        .parent()
                        .and_then(|case| case.attribute("name"))
                        .is_some_and(|name| name.starts_with("reception/4-certificat/revoque — "))
            })
            .expect("the failure");
        let message = failure.attribute("message").expect("a message");
        assert!(message.starts_with("Un message envoyé avec un certificat révoqué"), "{message}");
        let body = failure.text().expect("a body");
        assert!(body.contains("Attendu  un refus : alerte TLS"), "{body}");
        assert!(body.contains("Observé  250 2.0.0 Ok: queued as 4F2C1 après DATA"), "{body}");
    }

    #[rstest]
    #[case::end_of_cdata("a ]]> b ]]]]>> ]]&gt;")]
    #[case::controls("\0\u{1}\u{1b}[31m\u{7f}\u{9b}\u{85}\r\n")]
    #[case::noncharacters("\u{fffe}\u{ffff}\u{fdd0}")]
    #[case::surrogate_octets("\u{fffd}\u{fffd} \\xed\\xa0\\x80 \u{d7ff}\u{e000}")]
    #[case::beyond_the_bmp("🩺👩‍⚕️\u{10ffff}")]
    #[case::markup("<script>&amp;\"'</testsuite> <![CDATA[ -->")]
    #[case::direction("\u{202e}\u{2066}é\u{301}")]
    fn hostile_texts_make_no_broken_xml(#[case] hostile: &str) {
        let record = poisoned(hostile);
        let xml = text(&record);
        let document = roxmltree::Document::parse(&xml).expect("well formed");
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
        assert_eq!(cases.count(), record.scenarios.len());
        let failure = document.descendants().find(|n| n.has_tag_name("failure")).expect("one");
        let shown = words::visible(hostile);
        // CDATA sections side by side are one text to a reader.
        let body: String = failure.children().filter_map(|node| node.text()).collect();
        assert!(body.contains(&format!("Observé  {shown}")), "{body:?} lacks {shown:?}");
        quick_junit::Report::deserialize_from_str(&xml).expect("JUnit");
    }
}
