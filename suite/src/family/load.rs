//! A family from its two files: all that is wrong with them at once.

use std::{collections::BTreeSet, sync::Arc};

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error as ValueError};
use toml::Spanned;

use super::{
    model::{Clause, Family, Step},
    raw::{RawCatalogue, RawClause, RawFamily},
};
use crate::{
    oracle::ClauseId,
    scenario::{Problem, ScenarioId, catalogue::is_slug, document, problem::Source},
};

/// Name of the file that describes a family, in its folder.
pub const FAMILY: &str = "famille.toml";
/// Name of the file of its clauses, in the same folder.
pub const CLAUSES: &str = "clauses.toml";
/// The folder of no family: the ids of the controls begin with it, and no folder begins as the names of their
/// transcripts do.
pub const CONTROLS: &str = "controle";

/// Reads the family of a folder. What is wrong is added to `problems`; a family that is not whole is none.
pub(crate) fn family(
    folder: &str,
    file: &Source,
    clauses: &Source,
    problems: &mut Vec<Problem>,
) -> Option<Family> {
    let clauses = self::clauses(clauses, problems);
    if folder.split('-').next() == Some(CONTROLS) {
        let message = format!("no family is called `{folder}`: the controls are");
        problems.push(Problem::new(file, message).help("rename its folder"));
    }
    let (raw, found) = document::read::<RawFamily>(file);
    let mut check = Check { file, whole: found.is_empty(), problems };
    check.problems.extend(found);
    let raw = raw?;
    let title = check.text("title", &raw.title);
    let transaction = check.text("transaction", &raw.transaction);
    let scope = check.text("scope", &raw.scope);
    let rules = check.name("rules", &raw.rules);
    let nominal = check.text("nominal", &raw.nominal);
    let steps = check.steps(&raw.step);
    for outside in &raw.outside {
        let one = outside.get_ref();
        if one.title.trim().is_empty() || one.text.trim().is_empty() {
            check.report(outside, "what lies outside has a title and a text", "one is empty");
        }
    }
    let whole = check.whole;
    let family = Family {
        folder: folder.to_owned(),
        title,
        transaction,
        rules: rules?,
        scope,
        nominal: ScenarioId(Arc::from(format!("{folder}/{nominal}"))),
        steps,
        outside: raw.outside.into_iter().map(Spanned::into_inner).collect(),
        clauses: clauses?,
    };
    whole.then_some(family)
}

struct Check<'f> {
    file: &'f Source,
    whole: bool,
    problems: &'f mut Vec<Problem>,
}

impl Check<'_> {
    fn report<T>(&mut self, at: &Spanned<T>, message: impl Into<String>, label: &str) {
        self.whole = false;
        self.problems.push(Problem::new(self.file, message).at(at.span(), label));
    }

    fn text(&mut self, key: &str, value: &Spanned<String>) -> String {
        if value.get_ref().trim().is_empty() {
            self.report(value, format!("`{key}` is empty"), "a text is awaited");
        }
        value.get_ref().clone()
    }

    fn name<T: DeserializeOwned>(&mut self, key: &str, value: &Spanned<String>) -> Option<T> {
        let found = named(value.get_ref());
        if let Err(names) = &found {
            self.whole = false;
            self.problems.push(
                Problem::new(self.file, format!("unknown {key} `{}`", value.get_ref()))
                    .at(value.span(), "not known")
                    .help(names.clone()),
            );
        }
        found.ok()
    }

    fn steps(&mut self, raw: &[Spanned<Step>]) -> Vec<Step> {
        let mut seen = BTreeSet::new();
        for step in raw {
            let Step { folder, title } = step.get_ref();
            if !folder.split('/').all(is_slug) {
                let message = format!("`{folder}` is no folder of scenarios");
                self.report(step, message, "a–z, 0–9 and inner hyphens");
            } else if !seen.insert(folder) {
                self.report(step, format!("the step `{folder}` stands twice"), "already above");
            }
            if title.trim().is_empty() {
                self.report(step, "a step has a title", "it is empty");
            }
        }
        raw.iter().map(|step| step.get_ref().clone()).collect()
    }
}

/// The value of that name, or the names that there are, as serde lists them.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    T::deserialize(IntoDeserializer::<ValueError>::into_deserializer(name)).map_err(|error| {
        let text = error.to_string();
        text.split_once(", ").map_or(text.as_str(), |(_, names)| names).to_owned()
    })
}

fn clauses(file: &Source, problems: &mut Vec<Problem>) -> Option<Vec<Clause>> {
    let (raw, found) = document::read::<RawCatalogue>(file);
    problems.extend(found);
    let mut clauses: Vec<Clause> = Vec::new();
    for raw in raw?.clause {
        match clause(file, &raw) {
            Ok(clause) if clauses.iter().any(|other| other.id == clause.id) => problems.push(
                Problem::new(file, format!("the clause `{}` stands twice", clause.id))
                    .at(raw.id.span(), "already above"),
            ),
            Ok(clause) => clauses.push(clause),
            Err(problem) => problems.push(problem),
        }
    }
    Some(clauses)
}

fn clause(file: &Source, raw: &RawClause) -> Result<Clause, Problem> {
    let id = ClauseId::parse(raw.id.get_ref()).ok_or_else(|| {
        Problem::new(file, format!("`{}` is no name of a clause", raw.id.get_ref()))
            .at(raw.id.span(), "a transaction, a slash and a sentence, such as `TM3.1P/4a`")
    })?;
    let level = named(raw.level.get_ref()).map_err(|names| {
        Problem::new(file, format!("unknown level `{}`", raw.level.get_ref()))
            .at(raw.level.span(), names)
    })?;
    Ok(Clause {
        id,
        wording: raw.wording.get_ref().clone(),
        source: raw.source.get_ref().clone(),
        level,
        referentiel: raw.referentiel.clone(),
        consequence: raw.consequence.clone(),
    })
}
