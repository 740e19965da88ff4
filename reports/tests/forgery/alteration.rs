//! Every other value that the published schema of the record allows in the place of what a record holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// A record with one thing in it said otherwise.
pub(crate) struct Alteration {
    /// Where, `*` for any element of a list or of a map.
    pub(crate) kind: String,
    /// What was done there.
    pub(crate) how: How,
    path: Vec<Step>,
    /// What stands there instead; `None` where nothing does.
    value: Option<Value>,
}

/// What is done at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// Another value of the same form.
    Changed,
    /// A value of another of the forms that are allowed.
    OtherForm,
    /// Something where nothing was.
    Given,
    /// Nothing where something was.
    Withdrawn,
    /// Something in a list twice.
    Doubled,
    /// Two neighbours of a list in each other's place.
    Turned,
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    At(usize),
}

impl Alteration {
    /// The record that is altered so.
    pub(crate) fn of(&self, record: &Value) -> Value {
        let mut altered = record.clone();
        let (last, above) = self.path.split_last().expect("a record is not altered as a whole");
        let place = above.iter().fold(&mut altered, |at, step| match step {
            Step::Key(key) => &mut at[key.as_str()],
            Step::At(index) => &mut at[*index],
        });
        match (last, self.value.clone(), place) {
            (Step::Key(key), Some(value), place) => place[key.as_str()] = value,
            (Step::At(index), Some(value), place) => place[*index] = value,
            (Step::Key(key), None, Value::Object(map)) => drop(map.shift_remove(key)),
            (Step::At(_), None, _) | (Step::Key(_), None, _) => {
                unreachable!("of a list, the whole is replaced")
            }
        }
        altered
    }
}

/// What its schema allows in a record otherwise, one thing at a time; of what can be done alike in many places, in no
/// more than [`ALIKE`], which lie far apart.
pub(crate) fn alterations(schema: &Value, record: &Value) -> Vec<Alteration> {
    let mut walk = Walk { root: schema, path: Vec::new(), kind: Vec::new(), found: Vec::new() };
    walk.value(schema, record);
    let mut alike: BTreeMap<(String, How), Vec<Alteration>> = BTreeMap::new();
    for one in walk.found {
        alike.entry((one.kind.clone(), one.how)).or_default().push(one);
    }
    let apart = |all: Vec<Alteration>| {
        let every = all.len().div_ceil(ALIKE);
        all.into_iter().step_by(every)
    };
    alike.into_values().flat_map(apart).collect()
}

/// Places in which the same is done.
const ALIKE: usize = 3;

/// Other words that are tried in the place of one.
const WORDS: usize = 3;

struct Walk<'a> {
    root: &'a Value,
    path: Vec<Step>,
    kind: Vec<String>,
    found: Vec<Alteration>,
}

impl Walk<'_> {
    fn push(&mut self, how: How, value: Option<Value>) {
        let (kind, path) = (self.kind.join("."), self.path.clone());
        self.found.push(Alteration { kind, how, path, value });
    }

    fn below(&mut self, step: Step, name: &str, walk: impl FnOnce(&mut Self)) {
        self.path.push(step);
        self.kind.push(name.to_owned());
        walk(self);
        self.kind.pop();
        self.path.pop();
    }

    fn value(&mut self, schema: &Value, value: &Value) {
        let forms = forms(self.root, schema);
        let (own, others): (Vec<_>, Vec<_>) =
            forms.into_iter().partition(|form| is_of(self.root, form, value));
        let Some(own) = own.first() else {
            panic!("{}: {value} is of no form", self.kind.join("."))
        };
        // Of a word among many, any other one will do.
        let (words, forms): (Vec<_>, Vec<_>) =
            others.iter().partition(|other| other.get("const").is_some());
        for other in forms.into_iter().chain(words.into_iter().take(WORDS)) {
            let how = match (value, type_of(other)) {
                (Value::Null, _) => How::Given,
                (_, "null") => How::Withdrawn,
                _ => How::OtherForm,
            };
            let other =
                if type_of(other) == "null" { Value::Null } else { sample(self.root, other) };
            self.push(how, Some(other));
        }
        match value {
            _ if own.get("const").is_some() => {}
            Value::String(text) => self.text(own, text),
            Value::Number(number) => {
                self.number(own, number.as_u64().expect("no record has a sign"))
            }
            Value::Bool(whether) => self.push(How::Changed, Some(json!(!whether))),
            Value::Array(list) => self.list(own, list),
            Value::Object(map) => self.map(own, map),
            Value::Null => {}
        }
    }

    fn text(&mut self, schema: &Value, text: &str) {
        match schema["format"].as_str() {
            Some("date-time") => {
                let at: jiff::Timestamp = text.parse().expect("a moment");
                for seconds in [-1, 1, 86_400] {
                    let other = at + jiff::SignedDuration::from_secs(seconds);
                    self.push(How::Changed, Some(json!(other)));
                }
            }
            Some("ip") => self.push(How::Changed, Some(json!("192.0.2.77"))),
            Some(other) => panic!("{}: a text in the form {other}", self.kind.join(".")),
            None => {
                self.push(How::Changed, Some(json!(format!("{text} autrement"))));
                if !text.is_empty() {
                    self.push(How::Changed, Some(json!("")));
                }
            }
        }
    }

    fn number(&mut self, schema: &Value, number: u64) {
        let (least, most) = (schema["minimum"].as_u64(), schema["maximum"].as_u64());
        let others = [number.checked_add(1), Some(least.unwrap_or(0))];
        let mut others: Vec<u64> = others.into_iter().flatten().collect();
        others.retain(|other| *other != number && most.is_none_or(|most| *other <= most));
        others.dedup();
        for other in others {
            self.push(How::Changed, Some(json!(other)));
        }
    }

    fn list(&mut self, schema: &Value, list: &[Value]) {
        let one = sample(self.root, &schema["items"]);
        let mut edit = |how, edit: &dyn Fn(&mut Vec<Value>)| {
            let mut list = list.to_vec();
            edit(&mut list);
            self.push(how, Some(Value::Array(list)));
        };
        edit(How::Given, &|list| list.push(one.clone()));
        let last = list.len().saturating_sub(1);
        for at in 0..list.len() {
            edit(How::Withdrawn, &|list| drop(list.remove(at)));
        }
        // One more of what is there, and another order, are told of a list as a whole.
        for at in BTreeSet::from([0, last]).into_iter().filter(|at| *at < list.len()) {
            edit(How::Doubled, &|list| list.insert(at, list[at].clone()));
        }
        for at in BTreeSet::from([1, last]).into_iter().filter(|at| (1..list.len()).contains(at)) {
            edit(How::Turned, &|list| list.swap(at - 1, at));
        }
        for (at, element) in list.iter().enumerate() {
            self.below(Step::At(at), "*", |walk| walk.value(&schema["items"], element));
        }
    }

    fn map(&mut self, schema: &Value, map: &Map<String, Value>) {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let step = Step::Key(name.clone());
            match map.get(name) {
                Some(value) => self.below(step, name, |walk| {
                    walk.value(schema, value);
                    if !required.contains(&name.as_str()) {
                        walk.push(How::Withdrawn, None);
                    }
                }),
                None => {
                    let given = sample(self.root, schema);
                    self.below(step, name, |walk| walk.push(How::Given, Some(given)));
                }
            }
        }
        let own = schema["properties"].as_object();
        let any = &schema["additionalProperties"];
        if !any.is_object() {
            let known = |name: &String| own.is_some_and(|own| own.contains_key(name));
            let unknown: Vec<&String> = map.keys().filter(|name| !known(name)).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", self.kind.join("."));
            return;
        }
        let given = sample(self.root, any);
        self.below(Step::Key("autre".to_owned()), "*", |walk| walk.push(How::Given, Some(given)));
        for (name, value) in map {
            self.below(Step::Key(name.clone()), "*", |walk| {
                walk.value(any, value);
                walk.push(How::Withdrawn, None);
            });
        }
    }
}

/// The forms that a schema allows: those of a choice, and each type of several.
fn forms(root: &Value, schema: &Value) -> Vec<Value> {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.strip_prefix('#').expect("a reference within the schema");
        return forms(root, root.pointer(pointer).expect("what is referred to is there"));
    }
    if let Some(choice) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
        return choice.as_array().into_iter().flatten().flat_map(|one| forms(root, one)).collect();
    }
    if let Some(types) = schema["type"].as_array() {
        let of = |one: &Value| {
            let mut form = schema.clone();
            form["type"] = one.clone();
            form
        };
        return types.iter().map(of).collect();
    }
    assert!(schema["type"].is_string(), "a form that this walk does not know: {schema}");
    vec![schema.clone()]
}

fn type_of(form: &Value) -> &str {
    form["type"].as_str().unwrap_or_default()
}

/// Whether a value is of a form.
fn is_of(root: &Value, form: &Value, value: &Value) -> bool {
    let all = |schema: &Value, value: &Value| {
        forms(root, schema).iter().any(|form| is_of(root, form, value))
    };
    if form.get("const").is_some_and(|only| only != value) {
        return false;
    }
    match (type_of(form), value) {
        ("null", Value::Null) | ("string", Value::String(_)) | ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Number(number)) => number.is_u64(),
        ("array", Value::Array(list)) => list.iter().all(|one| all(&form["items"], one)),
        ("object", Value::Object(map)) => {
            let required = form["required"].as_array().into_iter().flatten();
            required.into_iter().all(|name| map.contains_key(name.as_str().unwrap_or_default()))
                && map.iter().all(|(name, value)| {
                    let other = &form["additionalProperties"];
                    match form["properties"].get(name) {
                        Some(schema) => all(schema, value),
                        None if other.is_object() => all(other, value),
                        None => *other != json!(false),
                    }
                })
        }
        _ => false,
    }
}

/// Something that a schema allows, of its first form that is not nothing.
fn sample(root: &Value, schema: &Value) -> Value {
    let forms = forms(root, schema);
    let form = forms.iter().find(|form| type_of(form) != "null").unwrap_or(&Value::Null);
    if let Some(only) = form.get("const") {
        return only.clone();
    }
    match (type_of(form), form["format"].as_str()) {
        ("string", Some("date-time")) => json!("2026-01-02T03:04:05Z"),
        ("string", Some("ip")) => json!("192.0.2.78"),
        ("string", _) => json!("autre"),
        ("integer", _) => json!(form["minimum"].as_u64().unwrap_or(0) + 1),
        ("boolean", _) => json!(true),
        ("array", _) => json!([sample(root, &form["items"])]),
        ("object", _) => {
            let properties = form["properties"].as_object().into_iter().flatten();
            let own = properties.map(|(name, schema)| (name.clone(), sample(root, schema)));
            Value::Object(own.collect())
        }
        _ => Value::Null,
    }
}
