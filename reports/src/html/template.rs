//! A page from its template.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Value};

use crate::ReportError;

/// The page as text: every value escaped, a missing one an error.
///
/// # Errors
/// None that outside input can cause.
pub(crate) fn render(template: &str, values: Value) -> Result<String, ReportError> {
    let broken = |error: minijinja::Error| ReportError::Render {
        format: "HTML",
        detail: format!("{error:#}"),
    };
    let layout =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(broken)?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(layout);
    environment.add_template("page.html", template).map_err(broken)?;
    environment.get_template("page.html").and_then(|page| page.render(values)).map_err(broken)
}
