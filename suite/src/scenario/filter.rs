//! Which scenarios are asked for: words that choose, and words that leave out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{loader::Library, model::Scenario};
use crate::record::Level;

/// A choice of scenarios, as typed. Each word chooses those that it names, and a `!` before it leaves
/// them out; without a word that chooses, all are chosen.
///
/// | word | names |
/// |---|---|
/// | `4-certificat`, `reception/4-certificat/` | those whose id holds it; `scenarios/` before and `.toml` behind are those of a file, and no part of the id |
/// | `TM3.1P/5c`, `5c`, `TM3.1P/5` | those of a clause, with or without its prefix, in any case; with a `/`, of every clause that begins so |
/// | `must`, `should`, `may` | those of a level; `obligatoire`, `recommandé`, `observé` as well |
/// | `=reception/4-certificat/expire` | the one of exactly this id |
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Filter(Vec<String>);

impl Filter {
    /// The choice of exactly these ids; without any, of all scenarios.
    #[must_use]
    pub fn exactly<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        Self(ids.into_iter().map(|id| format!("={id}")).collect())
    }

    /// Whether it chooses all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its words, as typed.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it chooses this scenario.
    #[must_use]
    pub fn takes(&self, scenario: &Scenario) -> bool {
        let mut chosen = self.words().all(|word| word.starts_with('!'));
        for word in self.words() {
            match word.strip_prefix('!') {
                Some(word) if names(word, scenario) => return false,
                Some(_) => {}
                None => chosen |= names(word, scenario),
            }
        }
        chosen
    }

    /// The first of its words that names no scenario, without its `!`.
    #[must_use]
    pub fn unmatched(&self, library: &Library) -> Option<&str> {
        self.words()
            .map(|word| word.strip_prefix('!').unwrap_or(word))
            .find(|word| !library.scenarios.iter().any(|scenario| names(word, scenario)))
    }
}

impl<T: Into<String>> FromIterator<T> for Filter {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }
}

/// The words with a blank between them.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Whether a word without its `!` names a scenario.
fn names(word: &str, scenario: &Scenario) -> bool {
    let id = scenario.id.as_str();
    if let Some(exact) = word.strip_prefix('=') {
        return part(exact) == id;
    }
    if let Some(level) = level(word) {
        return scenario.level == level;
    }
    let part = part(word);
    !part.is_empty() && (id.contains(part) || of_clause(word, scenario.clause.as_str()))
}

/// The part of an id that a word gives, be it the path of a file.
fn part(word: &str) -> &str {
    let word = word.strip_prefix("scenarios/").unwrap_or(word);
    word.strip_suffix(".toml").unwrap_or(word)
}

fn level(word: &str) -> Option<Level> {
    Some(match word.to_lowercase().as_str() {
        "must" | "obligatoire" => Level::Must,
        "should" | "recommandé" => Level::Should,
        "may" | "observé" => Level::May,
        _ => return None,
    })
}

fn of_clause(word: &str, clause: &str) -> bool {
    let begins = word.contains('/')
        && clause.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    begins || clause.rsplit('/').next().is_some_and(|short| short.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;
    use crate::scenario;

    fn library() -> Library {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        scenario::load(&root).expect("all scenarios load")
    }

    const EXPIRED: &str = "reception/4-certificat/expire";

    type Rule = fn(&Scenario) -> bool;

    #[rstest]
    #[case::none(&[], |_: &Scenario| true)]
    #[case::a_folder(&["4-certificat/"], |s: &Scenario| s.id.as_str().contains("/4-certificat/"))]
    #[case::a_part(&["expire"], |s: &Scenario| s.id.as_str().contains("expire"))]
    #[case::a_file(&["scenarios/reception/6-fin/quit.toml"], |s: &Scenario| s.id.as_str().contains("6-fin/quit"))]
    #[case::a_folder_of_files(&["scenarios/reception/6-fin/"], |s: &Scenario| s.id.as_str().contains("/6-fin/"))]
    #[case::exactly_one(&["=reception/4-certificat/expire"], |s: &Scenario| s.id.as_str() == EXPIRED)]
    #[case::exactly_one_file(
        &["=scenarios/reception/4-certificat/expire.toml"],
        |s: &Scenario| s.id.as_str() == EXPIRED
    )]
    #[case::a_clause(&["TM3.1P/5b"], |s: &Scenario| s.clause.as_str() == "TM3.1P/5b")]
    #[case::a_clause_in_any_case(&["tm3.1p/5B"], |s: &Scenario| s.clause.as_str() == "TM3.1P/5b")]
    #[case::a_clause_in_short(&["5b"], |s: &Scenario| s.clause.as_str() == "TM3.1P/5b")]
    #[case::clauses_by_their_beginning(
        &["TM3.1P/5"],
        |s: &Scenario| s.clause.as_str().starts_with("TM3.1P/5")
    )]
    #[case::a_level(&["should"], |s: &Scenario| s.level == Level::Should)]
    #[case::a_level_in_french(&["Observé"], |s: &Scenario| s.level == Level::May)]
    #[case::a_union(
        &["1-ptr", "=reception/4-certificat/expire"],
        |s: &Scenario| s.id.as_str().contains("1-ptr") || s.id.as_str() == EXPIRED
    )]
    #[case::without_a_level(&["!may"], |s: &Scenario| s.level != Level::May)]
    #[case::a_folder_without_one_of_it(
        &["!=reception/4-certificat/expire", "4-certificat"],
        |s: &Scenario| s.id.as_str().contains("4-certificat") && s.id.as_str() != EXPIRED
    )]
    #[case::a_folder_without_a_clause(
        &["5-enveloppe", "!5b"],
        |s: &Scenario| s.id.as_str().contains("5-enveloppe") && s.clause.as_str() != "TM3.1P/5b"
    )]
    fn words_choose_and_leave_out(#[case] words: &[&str], #[case] rule: Rule) {
        let library = library();
        let filter: Filter = words.iter().copied().collect();
        let taken = library.scenarios.iter().filter(|scenario| filter.takes(scenario));
        let wanted: Vec<_> =
            library.scenarios.iter().filter(|scenario| rule(scenario)).map(|s| &s.id).collect();
        assert_eq!(taken.map(|scenario| &scenario.id).collect::<Vec<_>>(), wanted);
        assert!(!wanted.is_empty());
        assert_eq!(filter.unmatched(&library), None);
    }

    #[rstest]
    #[case::nothing_of_the_kind(&["1-ptr", "pas/de/tel"], "pas/de/tel")]
    #[case::left_out(&["1-ptr", "!expiré"], "expiré")]
    #[case::exact_but_a_part(&["=4-certificat/expire"], "=4-certificat/expire")]
    #[case::empty(&[""], "")]
    #[case::only_a_mark(&["!"], "")]
    fn a_word_that_names_nothing_is_told(#[case] words: &[&str], #[case] word: &str) {
        let filter: Filter = words.iter().copied().collect();
        assert_eq!(filter.unmatched(&library()), Some(word));
    }

    #[test]
    fn a_level_is_part_of_no_id() {
        for scenario in &library().scenarios {
            let parts: Vec<&str> = scenario.id.as_str().split('/').collect();
            assert!(parts.iter().all(|part| level(part).is_none()), "{}", scenario.id);
        }
    }

    #[test]
    fn what_left_all_out_takes_nothing() {
        let filter: Filter = ["4-certificat", "!reception"].into_iter().collect();
        assert!(!library().scenarios.iter().any(|scenario| filter.takes(scenario)));
    }
}
