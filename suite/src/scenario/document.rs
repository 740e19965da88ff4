//! A TOML document read against the schema of its type: every structural fault found at once.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::problem::{Problem, Source};

/// Reads `file` as a `T`, or says all that is wrong with its structure: syntax, unknown and missing
/// keys, values of a wrong type.
pub(crate) fn read<T: DeserializeOwned + JsonSchema>(file: &Source) -> (Option<T>, Vec<Problem>) {
    match parse(file) {
        Ok(table) => read_table(file, table),
        Err(problems) => (None, problems),
    }
}

/// The tables and values of `file`, or what is wrong with its syntax.
pub(crate) fn parse(file: &Source) -> Result<Spanned<DeTable<'_>>, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(file.inner());
    if errors.is_empty() {
        Ok(table)
    } else {
        Err(errors.iter().map(|error| from_toml(file, error)).collect())
    }
}

/// Reads the tables of `file` as a `T`, or says what is wrong with them.
pub(crate) fn read_table<T: DeserializeOwned + JsonSchema>(
    file: &Source,
    mut table: Spanned<DeTable<'_>>,
) -> (Option<T>, Vec<Problem>) {
    // Keys that the schema does not know are taken out, so that one of them hides nothing else.
    let schema = inlined_schema::<T>();
    let mut walk = Walk { file, problems: Vec::new() };
    let span = table.span();
    walk.table(&schema, table.get_mut(), span);
    let complete = walk.problems.is_empty();
    let mut problems = walk.problems;
    match T::deserialize(toml::de::Deserializer::from(table)) {
        Ok(value) => (Some(value), problems),
        Err(error) => {
            // A missing key was already reported by the walk.
            if complete || !error.message().starts_with("missing field") {
                problems.push(from_toml(file, &error));
            }
            (None, problems)
        }
    }
}

fn inlined_schema<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn from_toml(file: &Source, error: &toml::de::Error) -> Problem {
    let problem = Problem::new(file, error.message().trim_end());
    match error.span() {
        Some(at) => problem.at(at, "here"),
        None => problem,
    }
}

struct Walk<'f> {
    file: &'f Source,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn value(&mut self, schema: &Value, value: &mut Spanned<DeValue<'_>>) {
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.table(schema, table, span),
            DeValue::Array(array) => self.array(schema, array),
            _ => {}
        }
    }

    fn array(&mut self, schema: &Value, array: &mut DeArray<'_>) {
        let items = &of_kind(schema, "items")["items"];
        for index in 0..array.len() {
            let item = array.get_mut(index).expect("an index below the length");
            self.value(items, item);
        }
    }

    fn table(&mut self, schema: &Value, table: &mut DeTable<'_>, span: std::ops::Range<usize>) {
        let schema = of_kind(schema, "properties");
        let Some(known) = schema["properties"].as_object() else { return };
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let unknown: Vec<_> = table
            .keys()
            .filter(|key| !known.contains_key(key.get_ref().as_ref()))
            .cloned()
            .collect();
        for key in unknown {
            table.remove(&key);
            let name = key.get_ref();
            let problem = Problem::new(self.file, format!("unknown key `{name}`"))
                .at(key.span(), "no such key here");
            self.problems.push(match nearest(name, &names) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("keys here: {}", names.join(", "))),
            });
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().unwrap_or_default();
            if !table.keys().any(|key| key.get_ref() == name) {
                let line = span.start..span.start.saturating_add(1).min(span.end);
                self.problems.push(
                    Problem::new(self.file, format!("the key `{name}` is missing"))
                        .at(line, format!("`{name} = …` is awaited in this table")),
                );
            }
        }
        for (key, value) in table.iter_mut() {
            self.value(&known[key.get_ref().as_ref()], value);
        }
    }
}

/// The branch of an optional value's schema that has `keyword`.
fn of_kind<'s>(schema: &'s Value, keyword: &str) -> &'s Value {
    if schema.get(keyword).is_some() {
        return schema;
    }
    let branches = schema["anyOf"].as_array();
    branches
        .and_then(|branches| branches.iter().find(|branch| branch.get(keyword).is_some()))
        .unwrap_or(&Value::Null)
}

/// The known name nearest to `name`, when it is near enough to be what was meant.
pub fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    known
        .iter()
        .map(|candidate| (strsim::levenshtein(name, candidate), *candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::typo("certificat", Some("certificate"))]
    #[case::swap("tiwn", None)]
    #[case::missing_letter("twn", Some("twin"))]
    #[case::far("colour", None)]
    fn suggests_what_is_near(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(name, &["certificate", "twin", "level"]), expected);
    }
}
