//! Variants: one file for several scenarios that differ by a few words.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize as _;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    catalogue::is_slug,
    problem::{Problem, Source},
    template,
};

/// The key of the table of variants.
const KEY: &str = "variants";
/// What stands for the suffix of a variant, beside the names of its values.
const SUFFIX: &str = "variant";
/// Most variants of a file.
const MOST: usize = 100;

/// One scenario of a file: what its id ends on, and the texts that stand for the names between
/// braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variant {
    suffix: Option<String>,
    values: Vec<(String, String)>,
}

/// The table of variants: values by name, by suffix.
type Raw = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, String>>;

/// Takes the variants out of a file's table; a file without them is one scenario.
pub(super) fn take(file: &Source, table: &mut DeTable<'_>) -> Result<Vec<Variant>, Vec<Problem>> {
    let Some((key, value)) = table.remove_entry(KEY) else { return Ok(vec![Variant::default()]) };
    let at = key.span();
    let raw = Raw::deserialize(toml::de::ValueDeserializer::from(value)).map_err(|error| {
        let at = error.span().unwrap_or(at.clone());
        vec![
            Problem::new(file, "a variant is a table of texts")
                .at(at, "not so")
                .help("write `suffix = { name = \"value\" }` in `[variants]`"),
        ]
    })?;
    let mut problems = Vec::new();
    if raw.len() < 2 || raw.len() > MOST {
        let message = format!("a file has from 2 to {MOST} variants");
        problems.push(Problem::new(file, message).at(at, format!("{} here", raw.len())));
    }
    let mut texts = Vec::new();
    table.iter().for_each(|(_, value)| gather(value, &mut texts));
    let names: Vec<&String> = raw
        .values()
        .next()
        .into_iter()
        .flat_map(|values| values.keys().map(Spanned::get_ref))
        .collect();
    for (suffix, values) in &raw {
        if !is_slug(suffix.get_ref()) {
            let message = format!("`{}` cannot end an id", suffix.get_ref());
            problems.push(Problem::new(file, message).at(suffix.span(), "a-z, 0-9 and hyphens"));
        }
        if !values.keys().map(Spanned::get_ref).eq(names.iter().copied()) {
            let message = "all variants of a file give a value to the same names";
            problems.push(Problem::new(file, message).at(suffix.span(), "other names here"));
        }
        for name in values.keys() {
            problems.extend(
                odd(name, &texts)
                    .map(|(message, label)| Problem::new(file, message).at(name.span(), label)),
            );
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let variant =
        |(suffix, values): (Spanned<String>, BTreeMap<Spanned<String>, String>)| Variant {
            suffix: Some(suffix.into_inner()),
            values: values.into_iter().map(|(name, value)| (name.into_inner(), value)).collect(),
        };
    Ok(raw.into_iter().map(variant).collect())
}

/// What is wrong with the name of a value, and with its place.
fn odd(name: &Spanned<String>, texts: &[String]) -> Option<(String, &'static str)> {
    let text = name.get_ref().as_str();
    let known = template::is_known(text) || template::MACROS.iter().any(|(name, ..)| *name == text);
    if text == SUFFIX || known || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let message = format!("`{text}` is no name for the values of variants");
        return Some((message, "a-z, and no variable"));
    }
    let used = texts.iter().any(|one| one.contains(&format!("{{{text}}}")));
    (!used).then(|| (format!("`{{{text}}}` is in no text of the file"), "not used"))
}

/// All texts of a value.
fn gather(value: &Spanned<DeValue<'_>>, out: &mut Vec<String>) {
    match value.get_ref() {
        DeValue::String(text) => out.push(text.to_string()),
        DeValue::Array(array) => array.iter().for_each(|item| gather(item, out)),
        DeValue::Table(table) => table.iter().for_each(|(_, value)| gather(value, out)),
        _ => {}
    }
}

impl Variant {
    /// The id of its scenario in a file whose path is `stem`.
    pub(super) fn id(&self, stem: &str) -> String {
        match &self.suffix {
            None => stem.to_owned(),
            Some(suffix) => format!("{stem}-{suffix}"),
        }
    }

    /// The file's table as this scenario has it.
    pub(super) fn of<'i>(&self, table: &Spanned<DeTable<'i>>) -> Spanned<DeTable<'i>> {
        let mut table = table.clone();
        if self.suffix.is_some() {
            table.get_mut().iter_mut().for_each(|(_, value)| self.fill(value));
        }
        table
    }

    fn fill(&self, value: &mut Spanned<DeValue<'_>>) {
        match value.get_mut() {
            DeValue::String(text) => {
                let suffix = self.suffix.iter().map(|suffix| (SUFFIX, suffix));
                let values = self.values.iter().map(|(name, value)| (name.as_str(), value));
                for (name, value) in suffix.chain(values) {
                    let name = format!("{{{name}}}");
                    if text.contains(&name) {
                        *text = Cow::Owned(text.replace(&name, value));
                    }
                }
            }
            DeValue::Array(array) => array.iter_mut().for_each(|item| self.fill(item)),
            DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| self.fill(value)),
            _ => {}
        }
    }
}
