//! What the page shows, as its template reads it: every text ready to be printed.

use std::path::Path;

use serde::Serialize;
use suite::record::{RunRecord, RunVerdict, ScenarioRecord, Verdict};

use super::exchange::{self, Exchange};
use crate::{
    facts,
    outline::{self, Step},
    words::{self, VERDICTS},
};

/// Octets of transcripts that one page may hold: a browser opens it at once still.
const BUDGET: u64 = 16 << 20;

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct View {
    target: String,
    address: String,
    started: String,
    duration: String,
    played: String,
    conclusion: &'static str,
    conclusion_class: &'static str,
    scope: String,
    sources: String,
    warnings: Vec<String>,
    remarks: Vec<String>,
    counts: Vec<Count>,
    clauses: Vec<Clause>,
    steps: Vec<StepView>,
    failed: Vec<ScenarioView>,
    inconclusive: Vec<ScenarioView>,
    remarked: Vec<ScenarioView>,
    unplayed: Vec<Unplayed>,
    conditions: Vec<(&'static str, String)>,
}

/// A verdict and how many scenarios have it.
#[derive(Debug, Serialize)]
struct Count {
    class: &'static str,
    mark: &'static str,
    label: &'static str,
    count: usize,
}

/// A row of the summary by clause.
#[derive(Debug, Serialize)]
struct Clause {
    id: String,
    wording: String,
    source: String,
    referentiel: String,
    counts: Vec<Count>,
}

/// A step and its scenarios.
#[derive(Debug, Serialize)]
struct StepView {
    folder: String,
    anchor: String,
    counts: Vec<Count>,
    duration: String,
    scenarios: Vec<ScenarioView>,
}

/// Scenarios that were not played for one reason.
#[derive(Debug, Serialize)]
struct Unplayed {
    class: &'static str,
    mark: &'static str,
    label: &'static str,
    reason: String,
    scenarios: Vec<Link>,
}

/// A scenario's id and its place in the page.
#[derive(Debug, Serialize)]
struct Link {
    id: String,
    anchor: String,
}

/// One scenario.
#[derive(Debug, Serialize)]
struct ScenarioView {
    id: String,
    name: String,
    anchor: String,
    title: String,
    purpose: String,
    clause: String,
    level: &'static str,
    class: &'static str,
    mark: &'static str,
    verdict: &'static str,
    reason: String,
    expected: String,
    observed: String,
    stage: Option<String>,
    permitted: String,
    rule_path: Vec<String>,
    evidence: Vec<String>,
    twin: Option<String>,
    twin_anchor: Option<String>,
    interpretation: Option<String>,
    facts: Vec<Fact>,
    duration: String,
    exchange: Option<Exchange>,
}

/// One fact of a scenario.
#[derive(Debug, Serialize)]
struct Fact {
    label: String,
    value: String,
    changed: bool,
}

impl View {
    /// The view of a record, its transcripts read from the run's folder.
    pub(super) fn new(record: &RunRecord, run_dir: &Path) -> Self {
        let steps = outline::steps(record);
        let brief = |verdict| {
            let scenarios = outline::with(&steps, verdict);
            scenarios.into_iter().map(|scenario| ScenarioView::new(record, scenario)).collect()
        };
        let mut budget = BUDGET;
        Self {
            target: prose(&record.target.name),
            address: quoted(&record.target.address),
            started: words::moment(record.started),
            duration: words::duration(record.duration_ms),
            played: words::plural(record.scenarios.len(), "scénario"),
            conclusion: words::conclusion(record.verdict),
            conclusion_class: match record.verdict {
                RunVerdict::Concluant => "pass",
                RunVerdict::NonConcluant => "fail",
                RunVerdict::Inconclusive => "inconclusive",
            },
            scope: prose(&record.scope),
            sources: prose(words::SOURCES),
            warnings: words::warnings(record).iter().map(|text| prose(text)).collect(),
            remarks: record.remarks.iter().map(|text| prose(text)).collect(),
            counts: counts(VERDICTS.map(|v| words::count(&record.summary, v) as usize)),
            clauses: clauses(record),
            failed: brief(Verdict::Fail),
            inconclusive: brief(Verdict::Inconclusive),
            remarked: brief(Verdict::PassWithRemark),
            unplayed: unplayed(&steps),
            conditions: conditions(record),
            steps: steps.iter().map(|s| StepView::new(record, s, run_dir, &mut budget)).collect(),
        }
    }
}

impl StepView {
    fn new(record: &RunRecord, step: &Step<'_>, run_dir: &Path, budget: &mut u64) -> Self {
        let whole = |scenario: &ScenarioRecord| {
            let transcript = scenario.transcript.as_ref();
            ScenarioView {
                exchange: transcript.map(|file| exchange::read(run_dir, file, budget)),
                ..ScenarioView::new(record, scenario)
            }
        };
        Self {
            folder: quoted(step.folder),
            anchor: anchor("etape", step.folder),
            counts: counts(outline::counts(step.scenarios.iter().copied())),
            duration: words::duration(step.scenarios.iter().map(|s| s.duration_ms).sum()),
            scenarios: step.scenarios.iter().copied().map(whole).collect(),
        }
    }
}

impl ScenarioView {
    /// All of a scenario but its transcript.
    fn new(record: &RunRecord, scenario: &ScenarioRecord) -> Self {
        let known = |id: &&String| record.scenarios.iter().any(|other| other.id == **id);
        let interpretation = scenario.interpretation.as_ref();
        let rows = scenario.facts.as_ref().map(facts::rows);
        let name = scenario.id.rsplit('/').next().unwrap_or(&scenario.id);
        Self {
            id: quoted(&scenario.id),
            name: quoted(name),
            anchor: anchor("s", &scenario.id),
            title: prose(&scenario.title),
            purpose: prose(&scenario.purpose),
            clause: quoted(&scenario.clause),
            level: words::level(scenario.level),
            class: words::slug(scenario.verdict),
            mark: words::mark(scenario.verdict),
            verdict: words::verdict(scenario.verdict),
            reason: prose(&scenario.reason),
            expected: prose(&scenario.expected),
            observed: quoted(&scenario.observed),
            stage: scenario.stage.as_deref().map(prose),
            permitted: prose(&scenario.permitted.join(", ")),
            rule_path: scenario.rule_path.iter().map(|text| prose(text)).collect(),
            evidence: scenario.evidence.iter().map(|text| prose(text)).collect(),
            twin: scenario.twin.as_deref().map(quoted),
            twin_anchor: scenario.twin.as_ref().filter(known).map(|id| anchor("s", id)),
            interpretation: interpretation
                .map(|slug| prose(record.interpretations.get(slug).unwrap_or(slug))),
            facts: rows
                .into_iter()
                .flatten()
                .map(|row| Fact {
                    label: prose(row.label),
                    value: prose(row.value),
                    changed: row.changed,
                })
                .collect(),
            duration: words::duration(scenario.duration_ms),
            exchange: None,
        }
    }
}

fn counts(counts: [usize; 6]) -> Vec<Count> {
    let row = |(verdict, count): (Verdict, usize)| Count {
        class: words::slug(verdict),
        mark: words::mark(verdict),
        label: words::verdict(verdict),
        count,
    };
    VERDICTS.into_iter().zip(counts).map(row).collect()
}

fn clauses(record: &RunRecord) -> Vec<Clause> {
    let row = |(id, clause): (&String, &suite::record::ClauseRecord)| Clause {
        id: quoted(id),
        wording: prose(&clause.wording),
        source: prose(&clause.source),
        referentiel: quoted(&clause.referentiel.join(", ")),
        counts: counts(outline::counts(record.scenarios.iter().filter(|s| s.clause == *id))),
    };
    record.clauses.iter().map(row).collect()
}

fn unplayed(steps: &[Step<'_>]) -> Vec<Unplayed> {
    let mut groups = Vec::new();
    for verdict in [Verdict::Skipped, Verdict::NotApplicable] {
        for (reason, scenarios) in outline::by_reason(steps, verdict) {
            groups.push(Unplayed {
                class: words::slug(verdict),
                mark: words::mark(verdict),
                label: words::verdict(verdict),
                reason: prose(reason),
                scenarios: scenarios
                    .into_iter()
                    .map(|s| Link { id: quoted(&s.id), anchor: anchor("s", &s.id) })
                    .collect(),
            });
        }
    }
    groups
}

fn conditions(record: &RunRecord) -> Vec<(&'static str, String)> {
    let (target, world) = (&record.target, &record.world);
    let known = |text: &Option<String>| text.as_deref().map_or("non déclaré".to_owned(), quoted);
    let entries = words::plural(world.whitelist_entries as usize, "entrée");
    let capabilities = match target.capabilities.as_slice() {
        [] => "aucune".to_owned(),
        some => some.join(", "),
    };
    vec![
        ("Cible", format!("{} · {}", prose(&target.name), quoted(&target.address))),
        ("Serveur MX", known(&target.mx_host)),
        ("DN déclaré", known(&target.dn)),
        ("Certificat présenté", target.certificate.as_deref().map_or("aucun".to_owned(), quoted)),
        ("Capacités", prose(&capabilities)),
        ("Niveau d'observation", words::tier(record.tier).to_owned()),
        ("Profil", quoted(&record.profile)),
        ("Espace", world.space.as_deref().map_or("créé pour cette exécution".to_owned(), quoted)),
        ("Liste blanche", format!("{entries} · {}", quoted(&world.whitelist_url))),
        ("— SHA-256", quoted(&world.whitelist_sha256)),
        ("CRL", quoted(&world.crl_url)),
        ("DNS", quoted(&world.dns)),
        ("Racine de test", quoted(&world.root)),
        ("— SHA-256", quoted(&world.root_sha256)),
        ("Suite", format!("version {}", quoted(&record.suite_version))),
        ("Catalogue, SHA-256", quoted(&record.catalogue_sha256)),
        ("Graine", record.seed.to_string()),
    ]
}

/// An id of the page, without blanks.
pub(crate) fn anchor(kind: &str, id: &str) -> String {
    let id = quoted(id);
    format!("{kind}:{}", id.replace(char::is_whitespace, "-"))
}

/// What someone else wrote, as it is but visible.
pub(crate) fn quoted(text: &str) -> String {
    words::visible(text).into_owned()
}

/// French text: a no-break space before what French sets apart, so that no line begins with it.
pub(crate) fn prose(text: &str) -> String {
    let mut out = quoted(text);
    for sign in [":", ";", "!", "?", "»"] {
        out = out.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    }
    out.replace("« ", "«\u{a0}")
}
