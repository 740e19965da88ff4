//! axe-core on the page that is shown: what a reader with a disability would stumble on.

use std::{collections::BTreeSet, fs};

use serde::Deserialize;

use crate::browser::Browser;

/// All rules, the recommended practices included, on all that is visible.
const AUDIT: &str = "axe.run(document, { resultTypes: ['violations'] }).then((found) => ({
    rules: found.passes.map((rule) => rule.id),
    violations: found.violations.flatMap((rule) => rule.nodes.map((node) => ({
        rule: rule.id,
        impact: String(rule.impact),
        help: rule.help,
        target: node.target.join(' '),
        why: node.failureSummary,
    }))),
}))";

/// What an audit found.
#[derive(Debug, Deserialize)]
pub(crate) struct Audit {
    /// The rules that something was held against, and that held.
    pub(crate) rules: BTreeSet<String>,
    /// Each place where a rule does not hold.
    pub(crate) violations: Vec<Violation>,
}

/// A place where a rule does not hold.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read when a test fails, in its message")]
pub(crate) struct Violation {
    rule: String,
    impact: String,
    help: String,
    target: String,
    why: String,
}

/// Audits the page as it is now: what is folded or filtered away is not seen.
pub(crate) async fn audit(browser: &Browser) -> Audit {
    if !browser.run::<bool>("return Boolean(window.axe)").await {
        let script = fs::read_to_string(browser.axe()).expect("axe-core is read");
        browser.run::<serde_json::Value>(&format!("{script}; return null;")).await;
    }
    browser.await_promise(AUDIT).await
}

/// Fails with all that an audit finds, whatever its impact.
pub(crate) async fn assert_no_violation(browser: &Browser, what: &str) {
    let audit = audit(browser).await;
    assert!(audit.violations.is_empty(), "{what}: {:#?}", audit.violations);
    for rule in ["color-contrast", "document-title", "html-has-lang", "heading-order"] {
        assert!(audit.rules.contains(rule), "{what}: {rule} was not looked at: {:?}", audit.rules);
    }
}
