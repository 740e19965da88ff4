//! Where two records differ: every field of the one held against the same of the other.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::record::RunRecord;

/// A field that two records do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its path: keys, and of an element of a list its `id` or `folder` where it has one, else its number.
    pub path: Vec<String>,
    /// What is recorded; `None` where it is not there.
    pub recorded: Option<Value>,
    /// What is derived; `None` where it should not be there.
    pub derived: Option<Value>,
}

/// All fields on which these do not agree, in the order of their paths.
#[must_use]
pub(super) fn differences(recorded: &RunRecord, derived: &RunRecord) -> Vec<Difference> {
    let value = |record| serde_json::to_value(record).expect("a record is always JSON");
    let mut found = Vec::new();
    walk(&mut Vec::new(), Some(&value(recorded)), Some(&value(derived)), &mut found);
    found
}

fn walk(
    path: &mut Vec<String>,
    recorded: Option<&Value>,
    derived: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    if recorded == derived {
        return;
    }
    let parts = match (recorded, derived) {
        (Some(Value::Object(recorded)), Some(Value::Object(derived))) => {
            let each = |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            Some((each(recorded), each(derived)))
        }
        (Some(Value::Array(recorded)), Some(Value::Array(derived))) => {
            Some((names(recorded), names(derived)))
        }
        _ => None,
    };
    // A list whose elements are the same in another order, or one of them twice, differs as a whole.
    let Some((ours, theirs)) = parts.filter(|(ours, theirs)| keeps_order(ours, theirs)) else {
        found.push(Difference {
            path: path.clone(),
            recorded: recorded.cloned(),
            derived: derived.cloned(),
        });
        return;
    };
    let (ours, theirs) = (elements(&ours, recorded), elements(&theirs, derived));
    let mut keys: Vec<&String> = ours.keys().chain(theirs.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        path.push(key.clone());
        walk(path, ours.get(key).copied(), theirs.get(key).copied(), found);
        path.pop();
    }
}

/// What the elements of a list are called.
fn names(list: &[Value]) -> Vec<String> {
    let name = |(number, one): (usize, &Value)| {
        let named = ["id", "folder"].iter().find_map(|key| one.get(key)?.as_str());
        named.map_or_else(|| number.to_string(), str::to_owned)
    };
    list.iter().enumerate().map(name).collect()
}

/// Whether no name stands twice, and those of both stand in one order.
fn keeps_order(ours: &[String], theirs: &[String]) -> bool {
    let place = |names: &[String]| -> BTreeMap<String, usize> {
        names.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect()
    };
    let (first, second) = (place(ours), place(theirs));
    let shared: Vec<usize> = ours.iter().filter_map(|name| second.get(name).copied()).collect();
    first.len() == ours.len() && second.len() == theirs.len() && shared.is_sorted()
}

fn elements<'a>(names: &'a [String], of: Option<&'a Value>) -> BTreeMap<&'a String, &'a Value> {
    let values: Vec<&Value> = match of {
        Some(Value::Object(map)) => map.values().collect(),
        Some(Value::Array(list)) => list.iter().collect(),
        _ => Vec::new(),
    };
    names.iter().zip(values).collect()
}

impl Difference {
    /// Whether it is at this path, or below it; `*` stands for any one name.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        is_below(&self.path, path)
    }
}

/// Whether a path is that of a pattern, or below it.
pub(super) fn is_below(path: &[String], pattern: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('.').collect();
    path.len() >= wanted.len()
        && wanted.iter().zip(path).all(|(wanted, name)| *wanted == "*" || wanted == name)
}

/// The path as one reads it: `target.capabilities.0`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.join("."))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::same(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 2}]}), &[])]
    #[case::deep(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 3}]}), &["a.1.b"])]
    #[case::more(json!({"a": 1, "b": 2}), json!({"a": 1}), &["b"])]
    #[case::less(json!({"a": [1]}), json!({"a": [1, 2]}), &["a.1"])]
    #[case::kind(json!({"a": [1]}), json!({"a": null}), &["a"])]
    #[case::by_id(json!([{"id": "x", "v": 1}, {"id": "z"}]), json!([{"id": "x", "v": 2}, {"id": "y"}, {"id": "z"}]), &["x.v", "y"])]
    #[case::twice(json!([{"id": "x"}, {"id": "x"}]), json!([{"id": "x"}]), &[""])]
    #[case::turned(json!([{"id": "x"}, {"id": "y"}]), json!([{"id": "y"}, {"id": "x"}]), &[""])]
    fn each_difference_is_found(
        #[case] recorded: Value,
        #[case] derived: Value,
        #[case] paths: &[&str],
    ) {
        let mut found = Vec::new();
        walk(&mut Vec::new(), Some(&recorded), Some(&derived), &mut found);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, paths);
    }

    #[rstest]
    #[case::itself("target.name", true)]
    #[case::above("target", true)]
    #[case::beside("target.dn", false)]
    #[case::any("*.name", true)]
    #[case::below("target.name.x", false)]
    fn a_path_lies_below_a_pattern(#[case] pattern: &str, #[case] below: bool) {
        let path = ["target".to_owned(), "name".to_owned()];
        assert_eq!(is_below(&path, pattern), below);
    }
}
