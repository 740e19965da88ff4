//! What the page shows, as its template reads it: every text ready to be printed.

use std::collections::BTreeSet;

use proof::matrix::{Matrix, MutantRow, Problem, ScenarioRow};
use serde::Serialize;
use suite::record::{Level, Verdict};

use super::outline::{self, Conclusion, found, short};
use crate::{
    content::{anchor, prose, quoted},
    outline::folder,
    words,
};

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct View {
    families: String,
    conclusion: String,
    conclusion_class: &'static str,
    figures: Vec<String>,
    course: &'static str,
    partly: bool,
    started: String,
    duration: String,
    warnings: Vec<String>,
    problems: Vec<ProblemView>,
    columns: Vec<Column>,
    groups: Vec<Group>,
    mutants: Vec<MutantView>,
    conditions: Vec<(&'static str, String)>,
}

/// A problem, and where its mutant is told of.
#[derive(Debug, Serialize)]
struct ProblemView {
    text: String,
    mutant: Option<Link>,
}

/// A place in the page.
#[derive(Debug, Serialize)]
struct Link {
    name: String,
    anchor: String,
}

/// The head of a mutant's column.
#[derive(Debug, Serialize)]
struct Column {
    name: String,
    anchor: String,
    fault: String,
    class: &'static str,
}

/// The scenarios of one step.
#[derive(Debug, Serialize)]
struct Group {
    folder: String,
    rows: Vec<Row>,
}

/// A scenario's row.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    title: String,
    anchor: String,
    level: &'static str,
    must: bool,
    finds: usize,
    idle: bool,
    cells: Vec<Square>,
}

/// A place of the matrix.
#[derive(Debug, Serialize)]
struct Square {
    /// Whether the mutant went through the scenario.
    played: bool,
    cell: Option<Cell>,
}

/// What a scenario says of a mutant, where it is not a pass, or where a finding was announced.
#[derive(Debug, Serialize)]
struct Cell {
    mark: &'static str,
    class: &'static str,
    /// Whether the scenario finds the mutant, by a failure or by a remark.
    found: bool,
    named: bool,
    label: String,
    anchor: String,
}

/// A mutant, told of.
#[derive(Debug, Serialize)]
struct MutantView {
    id: String,
    anchor: String,
    fault: String,
    clause: String,
    class: &'static str,
    mark: &'static str,
    duration: String,
    cut_short: Option<String>,
    killers: Vec<Said>,
    first: Option<Said>,
    others: Vec<Said>,
    problems: Vec<String>,
}

/// What a scenario said.
#[derive(Debug, Serialize)]
struct Said {
    id: String,
    anchor: Option<String>,
    mark: &'static str,
    class: &'static str,
    verdict: &'static str,
    reason: String,
}

impl View {
    pub(super) fn new(matrix: &Matrix) -> Self {
        let conclusion = Conclusion::of(matrix);
        let problems = matrix.problems();
        let mutants = || matrix.mutants.iter().enumerate();
        let partly = matrix.mutants.iter().any(|mutant| !mutant.round.through.is_empty());
        Self {
            families: families(matrix),
            course: outline::course(matrix),
            partly,
            conclusion: conclusion.words(),
            conclusion_class: words::slug(conclusion.verdict()),
            figures: outline::figures(matrix).iter().map(|text| prose(text)).collect(),
            started: words::moment(matrix.started),
            duration: words::duration(matrix.duration_ms),
            warnings: outline::warnings(matrix).iter().map(|text| prose(text)).collect(),
            problems: problems.iter().map(|problem| problem_view(problem, matrix)).collect(),
            columns: mutants()
                .map(|(at, mutant)| Column {
                    name: quoted(&mutant.id),
                    anchor: mutant_anchor(at),
                    fault: prose(&mutant.fault),
                    class: class(mutant),
                })
                .collect(),
            groups: groups(matrix),
            mutants: mutants()
                .map(|(at, mutant)| MutantView::new(at, mutant, matrix, &problems))
                .collect(),
            conditions: conditions(matrix),
        }
    }
}

impl MutantView {
    fn new(at: usize, mutant: &MutantRow, matrix: &Matrix, problems: &[Problem]) -> Self {
        let said = |id: &str| said(id, mutant, matrix);
        let others = mutant.round.others.keys().filter(|id| !mutant.killers.contains(id));
        Self {
            id: quoted(&mutant.id),
            anchor: mutant_anchor(at),
            fault: prose(&mutant.fault),
            clause: quoted(&mutant.clause),
            class: class(mutant),
            mark: words::mark(if found(mutant) { Verdict::Pass } else { Verdict::Fail }),
            duration: words::duration(mutant.round.duration_ms),
            cut_short: mutant.round.cut_short.as_deref().map(prose),
            killers: mutant.killers.iter().map(|id| said(id)).collect(),
            first: mutant.first_killer().map(|(id, _)| said(id)),
            others: others.map(|id| said(id)).collect(),
            problems: problems
                .iter()
                .filter(|problem| problem.mutant() == Some(&mutant.id))
                .map(|problem| prose(&problem.to_string()))
                .collect(),
        }
    }
}

fn said(id: &str, mutant: &MutantRow, matrix: &Matrix) -> Said {
    let finding = mutant.round.others.get(id);
    let verdict = finding.map_or(Verdict::Pass, |finding| finding.verdict);
    let known = matrix.scenarios.iter().any(|scenario| scenario.id == id);
    Said {
        id: quoted(short(matrix, id)),
        anchor: known.then(|| anchor("s", id)),
        mark: if known { words::mark(verdict) } else { "!" },
        class: words::slug(verdict),
        verdict: if known { words::verdict(verdict) } else { "n'existe pas" },
        reason: finding.map(|finding| prose(&finding.reason)).unwrap_or_default(),
    }
}

fn problem_view(problem: &Problem, matrix: &Matrix) -> ProblemView {
    let place = problem.mutant().and_then(|id| {
        let at = matrix.mutants.iter().position(|mutant| mutant.id == id)?;
        Some(Link { name: quoted(id), anchor: mutant_anchor(at) })
    });
    ProblemView { text: prose(&problem.to_string()), mutant: place }
}

/// The scenarios by step, each with a cell for each mutant.
fn groups(matrix: &Matrix) -> Vec<Group> {
    let busy = matrix.busy();
    let mut seen = BTreeSet::new();
    let mut groups: Vec<Group> = Vec::new();
    for scenario in &matrix.scenarios {
        let step = quoted(short(matrix, folder(&scenario.id)));
        if groups.last().is_none_or(|group| group.folder != step) {
            groups.push(Group { folder: step, rows: Vec::new() });
        }
        let finds = busy.get(scenario.id.as_str()).copied().unwrap_or_default();
        let must = scenario.level == Level::Must;
        let group = groups.last_mut().expect("one was pushed");
        let name = scenario.id.rsplit('/').next().unwrap_or(&scenario.id);
        group.rows.push(Row {
            name: quoted(name),
            title: prose(&scenario.title),
            // An id stands once in a page, even if the matrix has it twice.
            anchor: if seen.insert(&scenario.id) {
                anchor("s", &scenario.id)
            } else {
                anchor("s", &format!("{}-{}", scenario.id, seen.len()))
            },
            level: words::level(scenario.level),
            must,
            finds,
            idle: must && finds == 0 && matrix.is_whole(),
            cells: matrix
                .mutants
                .iter()
                .enumerate()
                .map(|(at, mutant)| Square {
                    played: mutant.round.covers(&scenario.id),
                    cell: cell(matrix, scenario, at, mutant),
                })
                .collect(),
        });
    }
    groups
}

fn cell(matrix: &Matrix, scenario: &ScenarioRow, at: usize, mutant: &MutantRow) -> Option<Cell> {
    let named = mutant.killers.contains(&scenario.id);
    let finding = mutant.round.others.get(&scenario.id);
    if finding.is_none() && !named {
        return None;
    }
    let verdict = finding.map_or(Verdict::Pass, |finding| finding.verdict);
    let mut label = format!(
        "{} · {} : {}{}",
        mutant.id,
        short(matrix, &scenario.id),
        words::verdict(verdict),
        if named { " (nommé)" } else { "" }
    );
    if let Some(finding) = finding {
        label.push_str(&format!(" — {}", finding.reason));
    }
    Some(Cell {
        mark: words::mark(verdict),
        class: words::slug(verdict),
        found: finding.is_some_and(|finding| finding.found),
        named,
        label: prose(&label),
        anchor: mutant_anchor(at),
    })
}

fn class(mutant: &MutantRow) -> &'static str {
    words::slug(if found(mutant) { Verdict::Pass } else { Verdict::Fail })
}

/// By place: an id may occur twice.
fn mutant_anchor(at: usize) -> String {
    format!("m:{}", at + 1)
}

/// The titles of the families.
fn families(matrix: &Matrix) -> String {
    let titles: Vec<String> = matrix.families.iter().map(|family| prose(&family.title)).collect();
    titles.join(", ")
}

fn conditions(matrix: &Matrix) -> Vec<(&'static str, String)> {
    let reference = match &matrix.reference {
        None => "non joué".to_owned(),
        Some(round) => match (&round.cut_short, round.others.len()) {
            (Some(why), _) => prose(why),
            (None, 0) => {
                let wherever = if round.through.is_empty() {
                    "partout"
                } else {
                    "dans les étapes des mutants joués"
                };
                format!("conforme {wherever}, en {}", words::duration(round.duration_ms))
            }
            (None, some) => {
                format!("{} non conforme", words::plural(some, "scénario"))
            }
        },
    };
    vec![
        ("Proxy de référence", reference),
        ("Suite", format!("version {}", quoted(&matrix.suite_version))),
        ("Scénarios", words::thousands(matrix.scenarios.len())),
        ("Catalogue, SHA-256", quoted(&matrix.catalogue_sha256)),
        ("Graine", matrix.seed.to_string()),
        ("Rigueur", "une recommandation non suivie compte comme un échec".to_owned()),
    ]
}
