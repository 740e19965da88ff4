//! The catalogue of clauses and the register of interpretations.

use std::collections::BTreeMap;

use super::{
    document,
    problem::{Problem, Source},
    raw::{RawCatalogue, RawClause},
};
use crate::{oracle::ClauseId, record::Level};

/// A clause as `scenarios/clauses.toml` words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its id.
    pub id: ClauseId,
    /// Its wording, in French, quoted from its source.
    pub wording: String,
    /// Its source, such as `ERR §2.2 étape 4`.
    pub source: String,
    /// How strong it is.
    pub level: Level,
    /// Numbers of the current Référentiel #1 that the operator mapped it to.
    pub referentiel: Vec<String>,
}

/// Everything that scenarios refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The clauses, in the order of ERR.
    pub clauses: Vec<Clause>,
    /// The register of interpretations: text by slug, in French.
    pub interpretations: BTreeMap<String, String>,
}

impl Catalogue {
    /// The clause of that id.
    #[must_use]
    pub fn clause(&self, id: ClauseId) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }
}

/// Reads `clauses.toml`: each clause that the oracle knows, once, and no other.
pub(super) fn clauses(file: &Source) -> (Vec<Clause>, Vec<Problem>) {
    let (raw, mut problems) = document::read::<RawCatalogue>(file);
    let mut clauses: Vec<Clause> = Vec::new();
    let complete = raw.is_some();
    for raw in raw.into_iter().flat_map(|raw| raw.clause) {
        match clause(file, &raw) {
            Ok(clause) if clauses.iter().any(|other| other.id == clause.id) => problems.push(
                Problem::new(file, format!("the clause `{}` stands twice", clause.id))
                    .at(raw.id.span(), "already above"),
            ),
            Ok(clause) => clauses.push(clause),
            Err(problem) => problems.push(problem),
        }
    }
    for id in ClauseId::ALL {
        if complete && problems.is_empty() && !clauses.iter().any(|clause| clause.id == id) {
            problems.push(Problem::new(file, format!("the clause `{id}` is missing")));
        }
    }
    clauses.sort_by_key(|clause| clause.id);
    (clauses, problems)
}

fn clause(file: &Source, raw: &RawClause) -> Result<Clause, Problem> {
    let id = ClauseId::ALL.into_iter().find(|id| id.as_str() == raw.id.get_ref());
    let id = id.ok_or_else(|| {
        Problem::new(file, format!("unknown clause `{}`", raw.id.get_ref()))
            .at(raw.id.span(), "the oracle knows no such clause")
    })?;
    let level = match raw.level.get_ref().as_str() {
        "must" => Level::Must,
        "should" => Level::Should,
        "may" => Level::May,
        other => {
            return Err(Problem::new(file, format!("unknown level `{other}`"))
                .at(raw.level.span(), "`must`, `should` or `may`"));
        }
    };
    Ok(Clause {
        id,
        wording: raw.wording.get_ref().clone(),
        source: raw.source.get_ref().clone(),
        level,
        referentiel: raw.referentiel.clone(),
    })
}

/// Reads `interpretations.md`: under each `## slug` the text up to the next heading.
pub(super) fn interpretations(file: &Source) -> (BTreeMap<String, String>, Vec<Problem>) {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut current: Option<String> = None;
    let mut at = 0;
    for line in file.inner().split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        if let Some(slug) = line.strip_prefix("## ") {
            let slug = slug.trim();
            if !is_slug(slug) {
                let message = format!("`{slug}` is no slug");
                problems.push(Problem::new(file, message).at(span, "a-z, 0-9 and hyphens"));
                current = None;
                continue;
            }
            if out.insert(slug.to_owned(), String::new()).is_some() {
                let message = format!("the entry `{slug}` stands twice");
                problems.push(Problem::new(file, message).at(span, "already above"));
            }
            current = Some(slug.to_owned());
        } else if let Some(text) = current.as_ref().and_then(|slug| out.get_mut(slug)) {
            text.push_str(line);
        }
    }
    for (slug, text) in &mut out {
        *text = text.trim().to_owned();
        if text.is_empty() {
            problems.push(Problem::new(file, format!("the entry `{slug}` has no text")));
        }
    }
    (out, problems)
}

/// Whether a text is made of a–z, 0–9 and inner hyphens.
pub(super) fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
