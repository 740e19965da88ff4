//! `annexe1.toml` written: the commented template, with what a form holds in place of its blanks.

use toml::{Table, Value};

use super::Form;

/// The template: TOML by itself, each key once, each optional table under its own comment.
pub const TEMPLATE: &str = include_str!("../../../fixtures/recipes/annexe1.toml");

/// A form as the text of its file. Tables that it does not have are there as comments.
#[must_use]
pub fn write(form: &Form) -> String {
    let values = Table::try_from(form).expect("a form is a table of texts, lists and booleans");
    let mut out = String::new();
    let mut table = String::new();
    let mut present = true;
    for line in TEMPLATE.lines() {
        if let Some(header) = line.strip_prefix('[') {
            table = header.split(']').next().unwrap_or_default().to_owned();
            present = find(&values, &table).is_some();
        }
        let is_code = !line.is_empty() && !line.starts_with('#');
        let line = match line.split_once('=') {
            Some((key, rest)) if is_code && present && !line.starts_with('[') => {
                let value = find(&values, &format!("{table}.{}", key.trim()));
                value.map_or_else(|| line.to_owned(), |value| filled(key, rest, value))
            }
            _ if is_code && !present => format!("# {line}"),
            _ => line.to_owned(),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// `key = value`, with the template's comment in its column where there is room.
fn filled(key: &str, rest: &str, value: &Value) -> String {
    let value = literal(value);
    let (blank, comment) = match rest.split_once('#') {
        Some((blank, comment)) => (blank, format!("#{comment}")),
        None => (rest, String::new()),
    };
    let width = blank.trim_end().chars().count() + blank.len() - blank.trim_end().len();
    let line = format!("{key}= {value}");
    if comment.is_empty() {
        return line;
    }
    let column = key.chars().count() + 1 + width;
    let pad = column.saturating_sub(line.chars().count()).max(1);
    format!("{line}{}{comment}", " ".repeat(pad))
}

/// A value on one line; a list of several texts on several.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Array(items) if items.len() > 1 => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[\n  {},\n]", items.join(",\n  "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A basic string (TOML 1.0, § String): only what must be escaped is.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            char if char.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

fn find<'v>(values: &'v Table, path: &str) -> Option<&'v Value> {
    let mut steps = path.split('.');
    let mut value = values.get(steps.next()?)?;
    for step in steps {
        value = value.as_table()?.get(step)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Connector, Contact, Delegation, Document, IncidentContacts, LegalRepresentative,
        Redirection,
    };

    #[test]
    fn the_template_has_every_key_of_the_form_and_no_other() {
        let document = Document::parse("annexe1.toml", TEMPLATE.to_owned());
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let form = document.form.expect("TOML");
        // A table that the template lacked would be absent here.
        let written = Table::try_from(&form).expect("a table");
        assert_eq!(written, toml::from_str::<Table>(TEMPLATE).expect("TOML"));
        assert_eq!(write(&form), TEMPLATE);
    }

    #[test]
    fn the_committed_schema_is_that_of_the_code() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/recipes/annexe1.schema.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == crate::schema(),
            "fixtures/recipes/annexe1.schema.json is out of date: run `cargo xtask schema` and \
             commit it"
        );
    }

    #[test]
    fn absent_tables_are_comments() {
        let text = write(&Form::default());
        for line in ["# [dns.delegation]", "# [legal_representative]", "# server = \"\""] {
            assert!(text.lines().any(|found| found.starts_with(line)), "{line}\n{text}");
        }
        assert_eq!(toml::from_str::<Form>(&text).expect("a form"), Form::default());
    }

    fn contact() -> impl Strategy<Value = Contact> {
        (any::<String>(), "\\PC{0,20}").prop_map(|(last_name, email)| Contact {
            last_name: last_name.clone(),
            first_name: last_name,
            phone: email.clone(),
            email,
        })
    }

    prop_compose! {
        fn any_form()(
            space in any::<(bool, bool)>(),
            texts in prop::collection::vec(any::<String>(), 6),
            lists in prop::collection::vec(prop::collection::vec(any::<String>(), 0..4), 4),
            tables in any::<[bool; 6]>(),
            contact in contact(),
        ) -> Form {
            let mut form = Form::default();
            (form.space.test, form.space.production) = space;
            form.operator.name = texts[0].clone();
            form.operator.auto_reply = texts[1].clone();
            form.operator.dn = lists[0].clone();
            form.domains.add = lists[1].clone();
            form.domains.modify = lists[2].clone();
            form.domains.remove = lists[3].clone();
            form.operator.connector = tables[0]
                .then(|| Connector { vendor: texts[2].clone(), version: texts[3].clone() });
            form.legal_representative = tables[1].then(|| LegalRepresentative {
                address: texts[4].clone(),
                ..LegalRepresentative::default()
            });
            form.project_manager = tables[2].then(|| contact.clone());
            form.incident = tables[3]
                .then(|| IncidentContacts { project: contact.clone(), technical: contact });
            form.dns.delegation = tables[4]
                .then(|| Delegation { primary: texts[5].clone(), secondary: String::new() });
            form.dns.redirection = tables[5].then(|| Redirection { server: texts[5].clone() });
            form
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_written_reads_back(form in any_form()) {
            let text = write(&form);
            let document = Document::parse("annexe1.toml", text.clone());
            prop_assert!(document.problems.is_empty(), "{:?}\n{text}", document.problems);
            prop_assert_eq!(document.form, Some(form));
        }
    }
}
