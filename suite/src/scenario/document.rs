//! The structure of a scenario file: every fault at once, in the words of who writes scenarios.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::{Spanned, de::DeTable};

use super::problem::{Problem, Source};
use crate::document::{self, Fault, FaultKind, Names, Wanted};

/// Reads `file` as a `T`, or says all that is wrong with its structure: syntax, unknown and missing
/// keys, values of a wrong type.
pub(crate) fn read<T: DeserializeOwned + JsonSchema + 'static>(
    file: &Source,
) -> (Option<T>, Vec<Problem>) {
    match parse(file) {
        Ok(table) => read_table(file, table),
        Err(problems) => (None, problems),
    }
}

/// The tables and values of `file`, or what is wrong with its syntax.
pub(crate) fn parse(file: &Source) -> Result<Spanned<DeTable<'_>>, Vec<Problem>> {
    document::parse(file.inner())
        .map_err(|faults| faults.into_iter().map(|fault| problem(file, fault)).collect())
}

/// Reads the tables of `file` as a `T`, or says what is wrong with them. A value of a wrong type
/// leaves nothing to check.
pub(crate) fn read_table<T: DeserializeOwned + JsonSchema + 'static>(
    file: &Source,
    table: Spanned<DeTable<'_>>,
) -> (Option<T>, Vec<Problem>) {
    let (value, faults) = document::read(table, Names::Elsewhere);
    let whole = faults.iter().all(|fault| matches!(fault.kind, FaultKind::UnknownKey { .. }));
    let problems = faults.into_iter().map(|fault| problem(file, fault)).collect();
    (value.filter(|_| whole), problems)
}

fn problem(file: &Source, fault: Fault) -> Problem {
    let (message, label, help) = words(&fault);
    let problem = Problem::new(file, message);
    let problem = match fault.at {
        Some(at) => problem.at(at, label),
        None => problem,
    };
    match help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// A fault in English: what, what stands at its place, and what to do.
fn words(fault: &Fault) -> (String, String, Option<String>) {
    let field = &fault.field;
    let meant = |near: &Option<String>, what: &str, known: &[String]| match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{what}: {}", known.join(", ")),
    };
    match &fault.kind {
        FaultKind::Syntax(words) | FaultKind::Refused(words) => {
            (words.clone(), "here".to_owned(), None)
        }
        FaultKind::UnknownKey { key, near, known } => {
            let help = meant(near, "keys here", known);
            (format!("unknown key `{key}`"), "no such key here".to_owned(), Some(help))
        }
        FaultKind::MissingKey(key) => {
            let label = format!("`{key} = …` is awaited in this table");
            (format!("the key `{key}` is missing"), label, None)
        }
        FaultKind::WrongType(wanted) => {
            let wanted = match wanted {
                Wanted::Text => "a text",
                Wanted::Integer => "a whole number",
                Wanted::Boolean => "true or false",
                Wanted::List => "a list",
                Wanted::Table => "a table",
            };
            (format!("`{field}` is of another type"), format!("{wanted} is awaited"), None)
        }
        FaultKind::UnknownName { name, near, known } => (
            format!("unknown {field} `{name}`"),
            "not known".to_owned(),
            Some(meant(near, "known", known)),
        ),
        FaultKind::OutOfRange { least, most } => {
            let to = most.map(|most| format!(" and at most {most}")).unwrap_or_default();
            (format!("`{field}` is at least {least}{to}"), "here".to_owned(), None)
        }
    }
}
