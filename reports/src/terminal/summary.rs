//! The text that ends a run: what was played, what is wrong and what to do next.

use std::path::Path;

use suite::record::{EpochRecord, RunRecord, RunVerdict, Tier, Verdict};

use super::{Style, page::Page, wrap::width};
use crate::{
    advice::{advice, consequence},
    content,
    outline::{self, StepScenarios},
    words::{self, VERDICTS},
};

/// Failures shown in full; the report has them all.
const MOST_FAILURES: usize = 20;
/// Scenarios named in one group of unplayed ones.
const MOST_NAMES: usize = 4;

/// The summary of a run, ending with a line feed. `report` is the HTML report's path, when there is
/// one; `options` are those that named the target, as typed and with a space before each: every
/// command advised repeats them, so that it is about the same proxy.
#[must_use]
pub fn summary(record: &RunRecord, style: &Style, report: Option<&Path>, options: &str) -> String {
    let steps = outline::steps(record);
    let mut page = Page::new(style);
    head(&mut page, record);
    counts_by_step(&mut page, &steps);
    failures(&mut page, &steps, options);
    inconclusive(&mut page, &steps);
    remarks(&mut page, record, &steps);
    unplayed(&mut page, &steps);
    conclusion(&mut page, record, report, options);
    page.text
}

fn head(page: &mut Page<'_>, record: &RunRecord) {
    let (target, world) = (&record.target, &record.world);
    let mut parts = vec![target.name.clone(), target.address.clone()];
    parts.extend(target.mx_host.as_ref().map(|host| format!("MX {host}")));
    parts.push(target.certificate.as_ref().map_or_else(
        || "aucun certificat présenté".to_owned(),
        |dn| format!("certificat {}", common_name(dn)),
    ));
    page.field("Cible", &parts.join(" · "));

    let mut parts = Vec::new();
    parts.extend(world.space.as_ref().map(|space| format!("{}/", space.trim_end_matches('/'))));
    let entries = words::plural(world.whitelist_entries as usize, "entrée");
    parts.push(format!("liste blanche signée, {entries}"));
    parts.push(format!("DNS {}", world.dns));
    parts.push(format!("CRL {}", world.crl_url));
    page.field("Espace", &parts.join(" · "));

    page.field(
        "Suite",
        &format!(
            "{} · {} · catalogue {} · {} · graine {}",
            record.suite_version,
            words::plural(record.scenarios.len(), "scénario"),
            words::short(&record.catalogue_sha256),
            words::tier(record.tier),
            record.seed
        ),
    );
    for warning in words::warnings(record) {
        page.field("Note", &warning);
    }
    worlds(page, record);
    page.blank();
}

/// The changed worlds, a line each; where there are many, one line for those of which nothing is to be said.
fn worlds(page: &mut Page<'_>, record: &RunRecord) {
    let is_plain = |epoch: &&EpochRecord| !content::is_unseen(epoch);
    let plain: Vec<&EpochRecord> = record.changes.iter().filter(is_plain).collect();
    let many = plain.len() > content::MOST_WORLDS;
    if many {
        let played = plain.iter().map(|epoch| epoch.scenarios.len()).sum();
        let played = words::plural(played, "scénario");
        page.field(
            "Monde",
            &format!("{} états changés, relus puis rendus · {played}", plain.len()),
        );
    }
    for epoch in record.changes.iter().filter(|epoch| !(many && is_plain(epoch))) {
        page.field("Monde", &content::brief(epoch));
    }
}

fn counts_by_step(page: &mut Page<'_>, steps: &[StepScenarios<'_>]) {
    let root = |folder: &str| folder.split('/').next().unwrap_or_default().to_owned();
    let first = steps.first().map(|step| root(step.folder));
    let one_root = steps.iter().all(|step| Some(root(step.folder)) == first);
    let name = |step: &StepScenarios<'_>| -> String {
        let short = step.folder.split_once('/').map_or(step.folder, |(_, name)| name);
        words::visible(if one_root { short } else { step.folder }).into_owned()
    };
    let column = steps.iter().map(|step| width(&name(step))).max().unwrap_or_default();
    for step in steps {
        let marks = VERDICTS.iter().map(|verdict| (*verdict, step.count(*verdict)));
        let marks = page.marks(marks);
        page.line(&format!("  {:column$}  {marks}", name(step)));
    }
    if !steps.is_empty() {
        page.blank();
    }
}

fn failures(page: &mut Page<'_>, steps: &[StepScenarios<'_>], options: &str) {
    let failed = outline::with(steps, Verdict::Fail);
    for scenario in failed.iter().take(MOST_FAILURES) {
        page.scenario_head(scenario);
        page.detail("motif", &scenario.reason);
        page.detail("attendu", &scenario.expected);
        page.detail("observé", &scenario.observed);
        for (index, line) in scenario.evidence.iter().enumerate() {
            page.detail(if index == 0 { "preuve" } else { "" }, line);
        }
        page.detail("risque", consequence(scenario).unwrap_or_default());
        page.detail("conseil", advice(scenario).unwrap_or_default());
        page.detail("ensuite", &explain(&scenario.id, options));
        page.blank();
    }
    if let Some(more) = failed.len().checked_sub(MOST_FAILURES).filter(|more| *more > 0) {
        let more = match more {
            1 => "une autre non-conformité, montrée".to_owned(),
            more => format!("{more} autres non-conformités, montrées"),
        };
        page.line(&format!("… et {more} dans le rapport."));
        page.blank();
    }
}

fn inconclusive(page: &mut Page<'_>, steps: &[StepScenarios<'_>]) {
    for scenario in outline::with(steps, Verdict::Inconclusive) {
        page.scenario_head(scenario);
        page.detail("motif", &scenario.reason);
        page.detail("observé", &scenario.observed);
        page.blank();
    }
}

fn remarks(page: &mut Page<'_>, record: &RunRecord, steps: &[StepScenarios<'_>]) {
    let remarked = outline::with(steps, Verdict::PassWithRemark);
    for scenario in &remarked {
        // Without the scenario's level: what is remarked is no obligation, even where the scenario is.
        page.item(Verdict::PassWithRemark, &format!("{} · {}", scenario.id, scenario.reason));
    }
    for remark in &record.remarks {
        page.field("Note", remark);
    }
    if !remarked.is_empty() || !record.remarks.is_empty() {
        page.blank();
    }
}

fn unplayed(page: &mut Page<'_>, steps: &[StepScenarios<'_>]) {
    let mut any = false;
    for verdict in [Verdict::Skipped, Verdict::NotApplicable] {
        for (reason, scenarios) in outline::by_reason(steps, verdict) {
            let names: Vec<_> =
                scenarios.iter().take(MOST_NAMES).map(|scenario| scenario.id.as_str()).collect();
            let more = scenarios.len() - names.len();
            let more = if more > 0 { format!(" et {more} de plus") } else { String::new() };
            let kind = words::verdicts(verdict, scenarios.len());
            page.item(
                verdict,
                &format!("{} {kind} · {reason} · {}{more}", scenarios.len(), names.join(", ")),
            );
            any = true;
        }
    }
    if any {
        page.blank();
    }
}

fn conclusion(page: &mut Page<'_>, record: &RunRecord, report: Option<&Path>, options: &str) {
    let verdict = page.style.conclusion(record.verdict, words::conclusion(record.verdict));
    let marks = VERDICTS.iter().map(|v| (*v, words::count(&record.summary, *v) as usize));
    let marks = page.marks(marks);
    let duration = words::duration(record.duration_ms);
    page.line(&format!("{verdict} sur le périmètre testé · {marks} · {duration}"));
    page.field("Portée", &format!("{} {}", record.scope, words::SOURCES));
    if let Some(report) = report {
        // Never wrapped: a path is there to be clicked or copied.
        page.line(&format!(
            "{}  {}",
            page.style.dim(&format!("{:7}", "Rapport")),
            words::visible(&report.to_string_lossy())
        ));
    }
    page.field("Ensuite", &next(record, report, options));
}

fn explain(id: &str, options: &str) -> String {
    format!("cargo xtask explain {id}{options}")
}

/// The one thing to do next.
fn next(record: &RunRecord, report: Option<&Path>, options: &str) -> String {
    let first = |verdict| record.scenarios.iter().find(|scenario| scenario.verdict == verdict);
    match record.verdict {
        _ if record.interrupted => match report.and_then(Path::parent) {
            Some(folder) => format!(
                "cargo xtask conformance --resume {}, qui joue le reste",
                words::visible(&folder.to_string_lossy())
            ),
            None => "relancez l'exécution jusqu'à son terme".to_owned(),
        },
        RunVerdict::NonConcluant => match first(Verdict::Fail) {
            Some(scenario) => explain(&scenario.id, options),
            None => "lisez le rapport".to_owned(),
        },
        RunVerdict::Concluant if record.target.embedded => {
            "cargo xtask conformance --target HÔTE:PORT, contre votre proxy".to_owned()
        }
        RunVerdict::Concluant => "lisez les remarques, puis conservez le rapport".to_owned(),
        RunVerdict::Inconclusive if !record.filter.is_empty() => {
            format!("relancez sans --filter pour conclure : cargo xtask conformance{options}")
        }
        RunVerdict::Inconclusive => match first(Verdict::Inconclusive) {
            Some(scenario) => explain(&scenario.id, options),
            None if record.tier == Tier::BlackBox => format!(
                "cargo xtask kit --space kit, à installer chez la cible ; puis cargo xtask \
                 conformance --space kit{options}"
            ),
            None => "déclarez dans target.toml ce qui manque ci-dessus, puis relancez".to_owned(),
        },
    }
}

/// `CN=host` of a DN in the whitelist's order, the whole DN when it does not begin with a CN.
fn common_name(dn: &str) -> &str {
    if dn.starts_with("CN=") { dn.split(',').next().unwrap_or(dn) } else { dn }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use suite::record::Summary;

    use super::*;
    use crate::{redaction, sample};

    #[test]
    fn the_summary_stays_as_it_is() {
        let record = redaction::redact(&sample::record());
        let report = Path::new("target/conformance/latest/report.html");
        insta::assert_snapshot!(
            "summary",
            summary(&record, &Style::default(), Some(report), " --space kit")
        );
    }

    #[rstest]
    #[case::wide(400, 100)]
    #[case::a_hundred(100, 100)]
    #[case::eighty(80, 80)]
    #[case::narrow(10, 60)]
    fn no_line_is_wider_than_the_terminal(#[case] columns: usize, #[case] most: usize) {
        let text = summary(&sample::record(), &Style { colour: false, width: columns }, None, "");
        for line in text.lines() {
            // A line of counts is not wrapped; it fits in 80 columns.
            assert!(width(line) <= most.max(80), "{} > {most}: {line}", width(line));
        }
    }

    #[test]
    fn many_worlds_are_one_line_but_for_those_that_want_a_word() {
        let mut record = sample::record();
        let one = record.changes[0].clone();
        record.changes = vec![one; 50];
        record.changes[7].undone = None;
        record.changes[8].awaited[0].failed = Some("aucune lecture".to_owned());
        let text = summary(&record, &Style { colour: false, width: 100 }, None, "");
        let told: Vec<&str> = text.lines().filter(|line| line.starts_with("Monde")).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(
            told[0].ends_with("48 états changés, relus puis rendus · 48 scénarios"),
            "{told:?}"
        );
    }

    #[test]
    fn a_hostile_reply_cannot_drive_the_terminal() {
        let text = summary(&sample::record(), &Style::default(), None, "");
        assert!(text.contains("\\x1b[31m"), "the escape is shown");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "no control character");
    }

    #[test]
    fn colours_change_no_word() {
        let record = sample::record();
        let plain = summary(&record, &Style::default(), None, "");
        let coloured = summary(&record, &Style { colour: true, ..Style::default() }, None, "");
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}["));
        let mut stripped = String::new();
        for (index, part) in coloured.split("\u{1b}[").enumerate() {
            stripped.push_str(if index == 0 { part } else { part.split_once('m').expect("SGR").1 });
        }
        assert_eq!(stripped, plain);
    }

    #[rstest]
    #[case::passed(RunVerdict::Concluant, "\nCONCLUANT sur le périmètre testé · ✔ 2 · 4,1 s\n")]
    #[case::failed(
        RunVerdict::NonConcluant,
        "\nNON CONCLUANT sur le périmètre testé · ✔ 2 · 4,1 s\n"
    )]
    #[case::neither(
        RunVerdict::Inconclusive,
        "\nNON CONCLUSIF sur le périmètre testé · ✔ 2 · 4,1 s\n"
    )]
    fn the_conclusion_is_one_line(#[case] verdict: RunVerdict, #[case] line: &str) {
        let mut record = sample::record();
        record.verdict = verdict;
        record.summary = Summary { pass: 2, ..Summary::default() };
        let text = summary(&record, &Style::default(), None, "");
        assert!(text.contains(line), "{text}");
    }

    #[rstest]
    #[case::failed(RunVerdict::NonConcluant, None, "explain reception/")]
    #[case::filtered(RunVerdict::Inconclusive, Some("5b"), "cargo xtask conformance --space kit\n")]
    fn what_is_advised_is_about_the_same_proxy(
        #[case] verdict: RunVerdict,
        #[case] filter: Option<&str>,
        #[case] advised: &str,
    ) {
        let mut record = sample::record();
        (record.verdict, record.filter) = (verdict, filter.into_iter().collect());
        let text = summary(&record, &Style::default(), None, " --space kit");
        assert!(text.contains(advised), "{text}");
        for line in text.lines().filter(|line| line.contains("cargo xtask explain")) {
            assert!(line.ends_with(" --space kit"), "{line}");
        }
    }

    #[test]
    fn a_run_with_nothing_played_says_so() {
        let mut record = sample::record();
        record.scenarios.clear();
        record.summary = Summary::default();
        record.interrupted = true;
        record.verdict = RunVerdict::Inconclusive;
        let text = summary(&record, &Style::default(), None, "");
        assert!(text.contains("NON CONCLUSIF sur le périmètre testé · aucun scénario"), "{text}");
        assert!(text.contains("Exécution interrompue"), "{text}");
    }
}
