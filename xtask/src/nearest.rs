//! Did you mean: the names nearest to one that does not exist.

use suite::{document::nearest, scenario::Library};

use crate::exit::Trouble;

/// No scenario of this name or part of a name.
pub(crate) fn no_scenario(given: &str, library: &Library) -> Trouble {
    let ids = library.scenarios.iter().map(|scenario| scenario.id.as_str());
    let names = ids.chain(library.catalogue.clauses().map(|clause| clause.id.as_str()));
    let near = nearest(given, names);
    let help = if near.is_empty() {
        "voyez tous les identifiants : cargo xtask list".to_owned()
    } else {
        format!("vouliez-vous dire {} ? Sinon, voyez : cargo xtask list", near.join(", ou "))
    };
    Trouble::usage(format!("aucun scénario ni aucune clause ne correspond à « {given} »"), help)
}
