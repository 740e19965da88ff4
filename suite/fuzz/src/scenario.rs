//! A scenario file among others: loaded, told, decided.

use std::path::Path;

use miette::{GraphicalReportHandler, GraphicalTheme};
use suite::{
    observe::steps,
    scenario::{
        Action, Filter, LoadErrors, ReversePath, Scenario, decisions, load_texts, outline, render,
    },
};

use super::script::all_variables;

/// What the file may refer to.
const OTHERS: [(&str, &str); 5] = [
    ("reception/famille.toml", include_str!("../../../scenarios/reception/famille.toml")),
    ("reception/clauses.toml", include_str!("../../../scenarios/reception/clauses.toml")),
    ("interpretations.md", include_str!("../../../scenarios/interpretations.md")),
    (
        "reception/5-enveloppe/nominal.toml",
        include_str!("../../../scenarios/reception/5-enveloppe/nominal.toml"),
    ),
    (
        "reception/4-certificat/valide.toml",
        include_str!("../../../scenarios/reception/4-certificat/valide.toml"),
    ),
];
/// Where the file stands.
const NAME: &str = "reception/fichier.toml";

/// A fault points into its file and can be shown; a scenario that loads can be told and decided, and
/// its templates rendered.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let files = OTHERS.into_iter().chain([(NAME, text)]);
    let files: Vec<_> = files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    match load_texts(Path::new("scenarios"), files) {
        Err(errors) => check_errors(&errors, text),
        Ok(library) => {
            let id = NAME.trim_end_matches(".toml");
            let found = library.scenarios.iter().find(|scenario| scenario.id.as_str() == id);
            check_scenario(found.expect("a file without fault is a scenario"));
        }
    }
}

fn check_errors(errors: &LoadErrors, text: &str) {
    assert!(!errors.problems.is_empty());
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    for (rank, problem) in errors.problems.iter().enumerate() {
        assert_eq!(problem.file(), NAME, "the other files are sound: {problem}");
        if let Some(span) = problem.span() {
            assert!(text.get(span.clone()).is_some(), "{span:?} is in the file: {problem}");
        }
        // Shown as the command line shows it; a few, as this takes its time.
        if rank < 3 {
            let mut shown = String::new();
            handler.render_report(&mut shown, problem).expect("a fault can be shown");
            assert!(!shown.is_empty());
        }
    }
}

fn check_scenario(scenario: &Scenario) {
    let told = outline(scenario);
    assert!(!told.peer.is_empty() && !told.steps.is_empty());
    let own = Filter::exactly([scenario.id.as_str()]);
    assert!(own.takes(scenario) && Filter::default().takes(scenario));
    assert!(!(scenario.is_negative() && scenario.is_positive()));
    for suite::oracle::Decided { decision, .. } in decisions(scenario) {
        assert!(decision.applied().count() > 0, "each decision has its reason");
    }
    let variables = all_variables();
    if let Action::Transactions(transactions) = &scenario.action {
        for t in 0..transactions.len() {
            let t = u16::try_from(t).expect("transactions are numbered on 16 bits");
            assert_eq!(steps::transaction(steps::body(t)), Some(t), "and so are their steps");
        }
        for transaction in transactions.iter().take(3) {
            let from = match &transaction.from {
                ReversePath::Address(template) => Some(template),
                ReversePath::Null | ReversePath::Absent => None,
            };
            for template in from.into_iter().chain(&transaction.to).take(3) {
                render(template, &variables).expect("a template that was checked");
            }
        }
    }
}
