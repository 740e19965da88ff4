//! A table held against a schema: unknown and missing keys, values of another type.

use std::ops::Range;

use serde_json::Value;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    fault::{Fault, FaultKind, Wanted},
    nearest::nearest,
    read::Names,
};

/// Takes out of a table what its schema does not allow, so that one fault hides no other, and says so.
pub(super) fn walk(
    schema: &Value,
    table: &mut DeTable<'_>,
    span: Range<usize>,
    names: Names,
) -> Vec<Fault> {
    let mut walk = Walk { names, faults: Vec::new() };
    walk.table(plain(schema), table, span, "");
    walk.faults
}

struct Walk {
    names: Names,
    faults: Vec<Fault>,
}

impl Walk {
    fn push(&mut self, field: &str, at: Range<usize>, kind: FaultKind) {
        self.faults.push(Fault { field: field.to_owned(), kind, at: Some(at) });
    }

    fn table(&mut self, schema: &Value, table: &mut DeTable<'_>, span: Range<usize>, path: &str) {
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().unwrap_or_default();
            if !table.keys().any(|key| key.get_ref() == name) {
                let line = span.start..span.start.saturating_add(1).min(span.end);
                self.push(path, line, FaultKind::MissingKey(name.to_owned()));
            }
        }
        let properties = schema["properties"].as_object();
        let keys: Vec<_> = table.keys().cloned().collect();
        for key in keys {
            let name = key.get_ref().as_ref();
            let field = below(path, name);
            let known = match properties {
                Some(properties) => properties.get(name),
                None => Some(&schema["additionalProperties"]),
            };
            let right = match (known, table.get_mut(&key)) {
                (Some(schema), Some(value)) => self.value(plain(schema), value, &field),
                _ => {
                    let known: Vec<String> =
                        properties.into_iter().flat_map(|known| known.keys().cloned()).collect();
                    let (key_text, near) = (name.to_owned(), near(name, &known));
                    let kind = FaultKind::UnknownKey { key: key_text, near, known };
                    self.push(&field, key.span(), kind);
                    false
                }
            };
            if !right {
                table.remove(&key);
            }
        }
    }

    /// Whether the value is of its type. What is wrong inside a table is taken out of it.
    fn value(&mut self, schema: &Value, value: &mut Spanned<DeValue<'_>>, field: &str) -> bool {
        let span = value.span();
        let wrong = match (wanted(schema), value.get_mut()) {
            (None, _) | (Some(Wanted::Boolean), DeValue::Boolean(_)) => return true,
            (Some(Wanted::Table), DeValue::Table(inner)) => {
                self.table(schema, inner, span, field);
                return true;
            }
            (Some(Wanted::List), DeValue::Array(items)) => {
                let schema = plain(&schema["items"]);
                let each = items.iter_mut().enumerate();
                return each.fold(true, |right, (rank, item)| {
                    self.value(schema, item, &format!("{field}[{rank}]")) && right
                });
            }
            (Some(Wanted::Text), DeValue::String(text)) => match self.odd(schema, text) {
                None => return true,
                Some(kind) => kind,
            },
            (Some(Wanted::Integer), DeValue::Integer(number)) => {
                let digits = number.as_str().replace('_', "");
                match (i128::from_str_radix(&digits, number.radix()), bounds(schema)) {
                    (Ok(number), (least, most))
                        if number >= least && most.is_none_or(|most| number <= most) =>
                    {
                        return true;
                    }
                    (_, (least, most)) => FaultKind::OutOfRange { least, most },
                }
            }
            (Some(other), _) => FaultKind::WrongType(other),
        };
        self.push(field, span, wrong);
        false
    }

    /// A text that is none of the few that its schema names, where they are to be checked here.
    fn odd(&self, schema: &Value, text: &str) -> Option<FaultKind> {
        if self.names == Names::Elsewhere {
            return None;
        }
        let known: Vec<String> = match (schema["enum"].as_array(), schema["oneOf"].as_array()) {
            (Some(names), _) => names.iter().filter_map(text_of).collect(),
            (None, Some(branches)) => {
                branches.iter().filter_map(|branch| text_of(&branch["const"])).collect()
            }
            (None, None) => return None,
        };
        if known.iter().any(|name| name == text) {
            return None;
        }
        let near = near(text, &known);
        Some(FaultKind::UnknownName { name: text.to_owned(), near, known })
    }
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn near(name: &str, known: &[String]) -> Option<String> {
    nearest(name, known.iter().map(String::as_str)).first().map(|near| (*near).to_owned())
}

/// The field of a key below another field, quoted where TOML asks for it.
fn below(path: &str, key: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let key = if key.bytes().all(bare) { key.to_owned() } else { format!("\"{key}\"") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The schema of an optional value without `null`.
fn plain(schema: &Value) -> &Value {
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    branches.into_iter().find(|branch| branch["type"] != "null").unwrap_or(schema)
}

fn wanted(schema: &Value) -> Option<Wanted> {
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null")?.as_str()?,
        Value::String(kind) => kind,
        _ if schema["oneOf"].is_array() || schema["enum"].is_array() => "string",
        _ => return None,
    };
    match kind {
        "string" => Some(Wanted::Text),
        "integer" => Some(Wanted::Integer),
        "boolean" => Some(Wanted::Boolean),
        "array" => Some(Wanted::List),
        "object" => Some(Wanted::Table),
        _ => None,
    }
}

/// The least and the most that a number may be; TOML has no more than 64 bits.
fn bounds(schema: &Value) -> (i128, Option<i128>) {
    let bound = |key: &str| schema[key].as_i64().map(i128::from);
    let most = bound("maximum").unwrap_or(i64::MAX.into());
    (bound("minimum").unwrap_or(i64::MIN.into()), Some(most))
}
