//! One thing to correct in a form, or to look at again.

use serde::{Serialize, Serializer};

use super::Rule;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The form is not to be sent so.
    Error,
    /// To look at again: it may be right.
    Warning,
}

/// One thing to correct, in French.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field, as `operator.dn[0]`; empty for the whole file.
    pub field: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub correction: String,
    /// The rule.
    #[serde(serialize_with = "by_name")]
    pub rule: Rule,
    /// Where the rule comes from.
    pub source: &'static str,
}

fn by_name<S: Serializer>(rule: &Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(rule)
}

impl Problem {
    /// An error.
    #[must_use]
    pub fn error(
        rule: Rule,
        field: impl Into<String>,
        message: impl Into<String>,
        correction: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            severity: Severity::Error,
            message: message.into(),
            correction: correction.into(),
            rule,
            source: rule.source(),
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(
        rule: Rule,
        field: impl Into<String>,
        message: impl Into<String>,
        correction: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, field, message, correction) }
    }

    /// Whether the form is not to be sent so.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A text of the form or of the network in quotation marks, short and without control characters.
pub(super) fn quoted(text: &str) -> String {
    format!("« {} »", suite::document::short(text))
}
