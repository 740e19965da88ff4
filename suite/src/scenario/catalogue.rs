//! What scenarios refer to: the families with their clauses, and the register of interpretations.

use std::collections::BTreeMap;

use super::{
    model::ScenarioId,
    problem::{Problem, Source},
};
use crate::{
    family::{Clause, Family},
    oracle::ClauseId,
};

/// Everything that scenarios refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The families, by folder.
    pub families: Vec<Family>,
    /// The register of interpretations: text by slug, in French.
    pub interpretations: BTreeMap<String, String>,
}

impl Catalogue {
    /// The clauses of all families.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.families.iter().flat_map(|family| &family.clauses)
    }

    /// The clause of that id.
    #[must_use]
    pub fn clause(&self, id: ClauseId) -> Option<&Clause> {
        self.clauses().find(|clause| clause.id == id)
    }

    /// The family of a scenario.
    #[must_use]
    pub fn family(&self, id: &ScenarioId) -> Option<&Family> {
        let folder = id.as_str().split('/').next()?;
        self.families.iter().find(|family| family.folder == folder)
    }
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
pub(crate) fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
