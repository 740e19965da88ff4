//! The tree of a file held against the form's schema: unknown keys and values of another type.

use std::ops::Range;

use serde_json::Value;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Problem, Rule, problem::quoted};
use suite::scenario::nearest;

/// Takes out of a table what the form does not have, and says so.
pub(super) struct Walk {
    /// What was found, with the octets concerned.
    pub(super) problems: Vec<(Problem, Option<Range<usize>>)>,
}

impl Walk {
    /// Adds an error, with the octets concerned.
    pub(super) fn push(
        &mut self,
        rule: Rule,
        field: &str,
        message: String,
        correction: String,
        at: Option<Range<usize>>,
    ) {
        self.problems.push((Problem::error(rule, field, message, correction), at));
    }

    /// Walks through a table that the schema describes; `path` is its own field.
    pub(super) fn table(&mut self, schema: &Value, table: &mut DeTable<'_>, path: &str) {
        let known = &of_kind(schema, "properties")["properties"];
        let names: Vec<&str> = known
            .as_object()
            .map(|known| known.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let keys: Vec<_> = table.keys().cloned().collect();
        for key in keys {
            let name = key.get_ref().to_string();
            let field = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if !names.contains(&name.as_str()) {
                table.remove(&key);
                let near = nearest(&name, &names);
                let help = match near {
                    Some(near) => format!("vouliez-vous écrire {near} ?"),
                    None => format!("clés possibles ici : {}", names.join(", ")),
                };
                let message = format!("clé inconnue {}", quoted(&name));
                self.push(Rule::UnknownKey, &field, message, help, Some(key.span()));
                continue;
            }
            let Some(value) = table.get_mut(&key) else { continue };
            if !self.value(&known[&name], value, &field) {
                table.remove(&key);
            }
        }
    }

    /// Whether the value is of its type.
    fn value(&mut self, schema: &Value, value: &mut Spanned<DeValue<'_>>, field: &str) -> bool {
        let span = value.span();
        let wanted = if of_kind(schema, "properties").is_object() {
            "object"
        } else {
            schema["type"].as_str().unwrap_or_default()
        };
        let (right, what) = match (wanted, value.get_mut()) {
            ("object", DeValue::Table(inner)) => {
                self.table(schema, inner, field);
                return true;
            }
            ("array", DeValue::Array(array)) => {
                let odd = (0..array.len()).find_map(|rank| {
                    let item = array.get(rank)?;
                    (!item.get_ref().is_str()).then(|| (rank, item.span()))
                });
                if let Some((rank, at)) = odd {
                    let message = format!("{field}[{rank}] n'est pas un texte");
                    let help = "écrivez chaque élément entre guillemets".to_owned();
                    self.push(Rule::WrongType, field, message, help, Some(at));
                    return false;
                }
                return true;
            }
            ("object", _) => (false, format!("une table [{field}]")),
            ("array", _) => (false, "une liste, comme [\"…\"]".to_owned()),
            ("boolean", value) => (value.is_bool(), "true ou false".to_owned()),
            (_, value) => (value.is_str(), "un texte entre guillemets".to_owned()),
        };
        if !right {
            let message = format!("{field} n'est pas du type attendu");
            self.push(Rule::WrongType, field, message, format!("écrivez {what}"), Some(span));
        }
        right
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
