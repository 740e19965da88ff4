//! The mutants as they are declared. What the suite finds of them is the matrix's to tell
//! (`cargo xtask mutants`), a step of its own in the CI.

use std::{collections::BTreeSet, path::Path};

use proof::proxy::mutants::{self, Mutant};
use suite::scenario::{self, Library};

fn library() -> Library {
    scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"))
        .expect("all scenarios load")
}

/// What is wrong with a declaration.
fn mistakes(mutant: &Mutant, library: &Library) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut require = |right: bool, what: &str| {
        if !right {
            mistakes.push(format!("{}: {what}", mutant.id));
        }
    };
    let in_kebab_case = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    require(mutant.id.split('-').all(in_kebab_case), "the id is not in kebab-case");
    let fault = mutant.fault;
    require(fault.trim() == fault && !fault.is_empty(), "the fault is empty or has blanks around");
    require(!fault.ends_with(['.', '!', ';', ',']), "the fault ends with a sign");
    require(
        fault.chars().next().is_some_and(char::is_lowercase),
        "the fault does not follow « un proxy qui »",
    );
    let clause = mutant.clause.as_str();
    require(
        library.catalogue.clauses().any(|known| known.id.as_str() == clause),
        "the clause is in no clauses.toml",
    );
    require(!mutant.killers.is_empty(), "no killer is named");
    let distinct: BTreeSet<_> = mutant.killers.iter().collect();
    require(distinct.len() == mutant.killers.len(), "a killer is named twice");
    for killer in mutant.killers {
        require(
            library.scenarios.iter().any(|scenario| scenario.id.as_str() == *killer),
            &format!("there is no scenario {killer}"),
        );
    }
    mistakes
}

#[test]
fn each_mutant_is_well_declared() {
    let library = library();
    let mut mistakes: Vec<String> =
        mutants::all().flat_map(|mutant| mistakes(mutant, &library)).collect();
    let mut seen = BTreeSet::new();
    for mutant in mutants::all() {
        if !seen.insert(mutant.id) {
            mistakes.push(format!("{}: the id is taken", mutant.id));
        }
    }
    assert!(seen.len() >= 70, "only {} mutants", seen.len());
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn a_bad_declaration_is_seen() {
    let bad = Mutant {
        id: "Deux Mots",
        fault: "Accepte tout.",
        killers: &["reception/1-ptr/absent", "reception/1-ptr/absent", "nulle/part"],
        ..*mutants::all().next().expect("there is one")
    };
    assert_eq!(mistakes(&bad, &library()).len(), 5);
}
