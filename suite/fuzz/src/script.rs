//! The lines of a script, and their templates.

use suite::scenario::{
    ScriptStep, Variables, render, render_raw,
    script::parse,
    template::{MAX_REPEAT, names},
};

use fixtures::space::cast::OPERATORS;

/// Steps rendered at most: each may ask for a mebibyte.
const RENDERED: usize = 4;

/// A fault points into its line; what is read can be rendered once every variable has a value.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    match parse(&lines) {
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                let line = lines.get(error.line).expect("a line of the script");
                assert!(line.get(error.at.clone()).is_some(), "{:?} of {line:?}", error.at);
                assert!(!error.message.is_empty());
            }
        }
        Ok(steps) => {
            assert!(u16::try_from(steps.len()).is_ok(), "a step's number is its index");
            let variables = all_variables();
            for step in steps.iter().take(RENDERED) {
                let rendered = match &step.step {
                    ScriptStep::Send(template) => render(template, &variables),
                    ScriptStep::SendRaw(template) | ScriptStep::Chunk { octets: template, .. } => {
                        render_raw(template, &variables)
                    }
                    _ => continue,
                };
                let octets = rendered.expect("a template that was checked");
                assert!(octets.len() <= (step.text.len() + 1) * MAX_REPEAT);
            }
        }
    }
}

/// A value for every variable that scenarios may use.
pub(crate) fn all_variables() -> Variables {
    let mut variables = Variables::of(&OPERATORS[0]);
    for name in names() {
        if variables.get(&name).is_none() {
            variables.set(&name, "valeur");
        }
    }
    variables
}
