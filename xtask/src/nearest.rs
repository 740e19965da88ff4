//! Did you mean: the names nearest to one that does not exist.

use suite::scenario::{Library, ScenarioId};

use crate::exit::Trouble;

/// No scenario of this name or part of a name.
pub(crate) fn no_scenario(given: &str, library: &Library) -> Trouble {
    let names = ids(library).chain(library.catalogue.clauses().map(|clause| clause.id.as_str()));
    let help = help(&nearest(given, names));
    Trouble::usage(format!("aucun scénario ni aucune clause ne correspond à « {given} »"), help)
}

/// A scenario that the file of that name declares not applicable, and that does not exist.
pub(crate) fn not_applicable(file: &str, id: &ScenarioId, library: &Library) -> Trouble {
    let text = format!("{file} : not_applicable nomme un scénario qui n'existe pas, « {id} »");
    Trouble::usage(text, help(&nearest(id.as_str(), ids(library))))
}

fn ids(library: &Library) -> impl Iterator<Item = &str> {
    library.scenarios.iter().map(|scenario| scenario.id.as_str())
}

fn help(near: &[&str]) -> String {
    if near.is_empty() {
        "voyez tous les identifiants : cargo xtask list".to_owned()
    } else {
        format!("vouliez-vous dire {} ? Sinon, voyez : cargo xtask list", near.join(", ou "))
    }
}

/// At most three names that resemble `given`, best first.
pub(crate) fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const LEAST: f64 = 0.75;
    let given = given.to_lowercase();
    let segments = given.split('/').count();
    // As many segments as were typed, from the end.
    let end = |name: &str| {
        let all: Vec<&str> = name.split('/').collect();
        all[all.len().saturating_sub(segments)..].join("/").to_lowercase()
    };
    let mut scored: Vec<(f64, &str)> = names
        .map(|name| (strsim::jaro_winkler(&given, &end(name)), name))
        .filter(|(score, _)| *score >= LEAST)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by_key(|(_, name)| *name);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = [
            "reception/4-certificat/expire",
            "reception/4-certificat/revoque",
            "reception/2-smtp/helo",
            "TM3.1P/4a",
        ];
        let near = |given| nearest(given, names.into_iter());
        assert_eq!(near("expiré").first(), Some(&"reception/4-certificat/expire"));
        assert_eq!(near("reception/4-certificat/revoqe").first(), Some(&names[1]));
        assert_eq!(near("4-certificat/expiré").first(), Some(&names[0]));
        assert_eq!(near("zzzz"), Vec::<&str>::new());
    }
}
