//! Markdown, for the page that a forge shows of a job (`$GITHUB_STEP_SUMMARY`, a merge request).

use std::fmt::Write;

use suite::{
    comparison::{Comparison, Kind},
    record::{RunRecord, ScenarioRecord, Verdict},
};

use crate::{
    advice::consequence,
    outline,
    words::{self, VERDICTS},
};

/// Scenarios of one verdict shown; the record has them all.
const MOST: usize = 50;

/// A run: conclusion, warnings, counts by step, then what is wrong or was not judged.
#[must_use]
pub fn run(record: &RunRecord) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    line(&format!("## {} sur le périmètre testé", words::conclusion(record.verdict)));
    line("");
    for warning in words::warnings(record) {
        line(&format!("> **{}**", cell(&warning)));
        line(">");
    }
    line(&format!("> {} {}", cell(&record.scope), words::SOURCES));
    line("");
    line(&format!(
        "{} · {} · suite {} · {} · {}",
        cell(&record.target.name),
        code(&record.target.address),
        cell(&record.suite_version),
        words::moment(record.started),
        words::duration(record.duration_ms),
    ));
    line("");
    let heads: Vec<_> =
        VERDICTS.iter().map(|v| format!("{} {}", words::mark(*v), words::verdict(*v))).collect();
    line(&format!("| étape | {} |", heads.join(" | ")));
    line(&format!("|---|{}", "--:|".repeat(VERDICTS.len())));
    let steps = outline::steps(record);
    for step in &steps {
        let counts: Vec<_> = VERDICTS.iter().map(|v| step.count(*v).to_string()).collect();
        line(&format!("| {} | {} |", cell(step.folder), counts.join(" | ")));
    }
    let totals: Vec<_> =
        VERDICTS.iter().map(|v| words::count(&record.summary, *v).to_string()).collect();
    line(&format!("| **ensemble** | {} |", totals.join(" | ")));
    for verdict in [Verdict::Fail, Verdict::Inconclusive, Verdict::PassWithRemark, Verdict::Skipped]
    {
        let scenarios = outline::with(&steps, verdict);
        if !scenarios.is_empty() {
            line("");
            line(&section(verdict, &scenarios));
        }
    }
    for remark in &record.remarks {
        line("");
        line(&format!("- {}", cell(remark)));
    }
    text
}

/// One verdict's scenarios, unfolded when they call for work.
fn section(verdict: Verdict, scenarios: &[&ScenarioRecord]) -> String {
    let open = if verdict == Verdict::Fail { " open" } else { "" };
    let mut text = format!(
        "<details{open}><summary>{} {} ({})</summary>\n\n| scénario | clause | niveau | motif |\n|---|---|---|---|\n",
        words::mark(verdict),
        words::verdicts(verdict, scenarios.len()),
        scenarios.len()
    );
    for scenario in scenarios.iter().take(MOST) {
        writeln!(
            text,
            "| {}<br>{} | {} | {} | {} |",
            code(&scenario.id),
            cell(&scenario.title),
            cell(&scenario.clause),
            words::level(scenario.level),
            cell(&scenario.reason)
                + &consequence(scenario)
                    .map_or(String::new(), |text| { format!("<br>Risque : {}", cell(text)) })
        )
        .expect("writing to a string");
    }
    if scenarios.len() > MOST {
        writeln!(text, "\n… et {} de plus, dans le rapport.", scenarios.len() - MOST)
            .expect("writing to a string");
    }
    text + "\n</details>"
}

/// What has changed from one run to a later one.
#[must_use]
pub fn comparison(before: &RunRecord, after: &RunRecord, comparison: &Comparison) -> String {
    let verdict = if comparison.is_worse() { "En recul" } else { "Sans recul" };
    let mut text = format!(
        "## {verdict} : {}\n\n| | avant | après |\n|---|---|---|\n",
        words::plural(comparison.changes.len(), "changement")
    );
    let rows = [
        ("campagne", words::moment(before.started), words::moment(after.started)),
        ("cible", cell(&before.target.name), cell(&after.target.name)),
        (
            "conclusion",
            words::conclusion(before.verdict).to_owned(),
            words::conclusion(after.verdict).to_owned(),
        ),
    ];
    for (label, before, after) in rows {
        writeln!(text, "| {label} | {before} | {after} |").expect("writing to a string");
    }
    for setting in &comparison.settings {
        writeln!(text, "\n> {}", cell(&words::setting(setting))).expect("writing to a string");
    }
    for kind in Kind::ALL {
        let changes: Vec<_> = comparison.of_kind(kind).collect();
        if changes.is_empty() {
            continue;
        }
        write!(
            text,
            "\n### {} ({})\n\n| scénario | niveau | avant | après | motif |\n|---|---|---|---|---|\n",
            words::change(kind),
            changes.len()
        )
        .expect("writing to a string");
        for change in changes {
            let name = |verdict: Option<Verdict>| verdict.map_or("absent", words::verdict);
            writeln!(
                text,
                "| {}<br>{} | {} | {} | {} | {} |",
                code(&change.id),
                cell(&change.title),
                words::level(change.level),
                name(change.before),
                name(change.after),
                cell(&change.reason)
            )
            .expect("writing to a string");
        }
    }
    writeln!(text, "\n{} sans changement.", words::plural(comparison.same as usize, "scénario"))
        .expect("writing to a string");
    text
}

/// A text that no Markdown or HTML reader obeys, on one line.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in words::visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(' '),
            // A mention or a link would call on people and on the network.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A name as code.
fn code(text: &str) -> String {
    format!("<code>{}</code>", cell(text))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{redaction, sample};

    #[test]
    fn a_run_stays_as_it_is() {
        insta::assert_snapshot!("run.md", run(&redaction::redact(&sample::record())));
    }

    #[test]
    fn a_comparison_stays_as_it_is() {
        let (before, after) = (sample::earlier(), sample::record());
        let compared = Comparison::of(&before, &after);
        insta::assert_snapshot!("comparison.md", comparison(&before, &after, &compared));
    }

    #[rstest]
    #[case::markup("<b>a|b</b>", "&lt;b&gt;a\\|b&lt;/b&gt;")]
    #[case::link("[x](http://y)", "\\[x\\](http://y)")]
    #[case::mention("@equipe", "&#64;equipe")]
    #[case::lines("a\nb", "a b")]
    fn nothing_is_left_to_obey(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(cell(text), shown);
    }
}
