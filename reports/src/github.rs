//! Workflow commands of GitHub Actions: one annotation for each scenario that is not as it should
//! be, and one for the conclusion.

use std::fmt::Write;

use suite::record::{Level, RunRecord, RunVerdict, Verdict};

use crate::{
    advice::{advice, consequence},
    words,
};

/// The annotations of a run: errors for failures and for an obligation that could not be judged,
/// warnings for the rest, a notice for a run without a fault.
///
/// A forge shows the first ten of each kind: failures come first.
#[must_use]
pub fn annotations(record: &RunRecord) -> String {
    let mut text = String::new();
    let conclusion = format!("{} sur le périmètre testé", words::conclusion(record.verdict));
    let kind = match record.verdict {
        RunVerdict::Concluant => "notice",
        RunVerdict::NonConcluant | RunVerdict::Inconclusive => "error",
    };
    let mut whole = record.scope.clone();
    for warning in words::warnings(record) {
        whole.push('\n');
        whole.push_str(&warning);
    }
    annotation(&mut text, kind, None, &conclusion, &whole);
    for (verdict, kind) in [
        (Verdict::Fail, "error"),
        (Verdict::Inconclusive, "warning"),
        (Verdict::Skipped, "warning"),
        (Verdict::PassWithRemark, "notice"),
    ] {
        for scenario in record.scenarios.iter().filter(|s| s.verdict == verdict) {
            let kind = match (verdict, scenario.level) {
                (Verdict::Inconclusive, Level::Must) => "error",
                _ => kind,
            };
            let title = format!(
                "{} : {} ({}, {})",
                words::verdict(verdict),
                scenario.id,
                scenario.clause,
                words::level(scenario.level)
            );
            let mut message = format!("{}\n{}", scenario.title, scenario.reason);
            for (label, value) in [
                ("attendu", scenario.expected.as_str()),
                ("observé", scenario.observed.as_str()),
                ("risque", consequence(scenario).unwrap_or_default()),
                ("conseil", advice(scenario).unwrap_or_default()),
            ] {
                if !value.is_empty() {
                    write!(message, "\n{label} : {value}").expect("writing to a string");
                }
            }
            let file = format!("scenarios/{}.toml", scenario.id);
            annotation(&mut text, kind, Some(&file), &title, &message);
        }
    }
    text
}

/// A text for the log of a job, in which nothing is a workflow command, whatever the target said.
#[must_use]
pub fn log(record: &RunRecord, text: &str) -> String {
    // No target can guess it: the run's duration is known at its end only.
    let token = format!(
        "mssante-{:x}-{:x}-{:x}",
        record.started.as_nanosecond(),
        record.duration_ms,
        record.seed
    );
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    format!("::stop-commands::{token}\n{text}{newline}::{token}::\n")
}

fn annotation(text: &mut String, kind: &str, file: Option<&str>, title: &str, message: &str) {
    let file = file.map(|file| format!("file={},", property(file))).unwrap_or_default();
    writeln!(text, "::{kind} {file}title={}::{}", property(title), data(message))
        .expect("writing to a string");
}

/// A message, by the escapes that the runner undoes.
fn data(text: &str) -> String {
    words::visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, which ends at a comma or at a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{redaction, sample};

    #[test]
    fn the_annotations_stay_as_they_are() {
        insta::assert_snapshot!(annotations(&redaction::redact(&sample::record())));
    }

    #[test]
    fn a_log_ends_what_it_stops() {
        let text = log(&sample::record(), "a\n::error::b");
        let lines: Vec<_> = text.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").expect("it stops commands");
        assert_eq!(lines[1..], ["a", "::error::b", &format!("::{token}::")]);
    }

    #[test]
    fn a_hostile_reply_gives_no_command_of_its_own() {
        let mut record = sample::record();
        for scenario in &mut record.scenarios {
            scenario.reason = "a\n::add-mask::b\r\n::set-output name=x::y %0A".to_owned();
            scenario.advice = Some(scenario.reason.clone());
        }
        let text = annotations(&record);
        for line in text.lines() {
            let known = ["::error ", "::warning ", "::notice "];
            assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
        }
        assert!(text.contains("%250A"));
    }
}
