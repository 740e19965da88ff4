//! Words: what the values of names are made of, and how each may be written without becoming another
//! one.
//!
//! Equality is decided on words alone, which no two ways of writing change: nothing here folds,
//! normalises or parses. What a proxy must find out, the maker knows.

use proptest::prelude::*;

/// The words of random values. No two are equal by RFC 4518, in any case and composition.
pub(super) const WORDS: [&str; 32] = [
    "CLINIQUE",
    "Hôpital",
    "Saint-Élie",
    "DE",
    "L'ÎLE",
    "Rhône",
    "(69)",
    "Paris",
    "Paris(75)",
    "(75)",
    "1690000047",
    "318310021300028",
    "GIP",
    "C",
    "H",
    "U",
    "A,B",
    "C+D",
    "\"PAUL",
    "STRAUSS\"",
    "#1",
    "x=y",
    "<z>",
    "R\\S",
    "p;q",
    "straße",
    "œuvre",
    "Οδος",
    "ﬁness",
    "Ærø",
    "O=GIP",
    "CN=mx",
];

/// The hosts of random names.
pub(super) const HOSTS: [&str; 6] = [
    "mx.k1.mssante.test",
    "mx.k2.mssante.test",
    "mx.k3.mssante.test",
    "mx2.k1.mssante.test",
    "mx-k1.mssante.test",
    "k1.mssante.test",
];

/// The composed words and their decomposed forms (Unicode NFD), written by hand. `ø` has none.
const DECOMPOSED: [(&str, &str); 4] = [
    ("Hôpital", "Ho\u{302}pital"),
    ("Saint-Élie", "Saint-E\u{301}lie"),
    ("L'ÎLE", "L'I\u{302}LE"),
    ("Rhône", "Rho\u{302}ne"),
];

/// How a word is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    #[default]
    Plain,
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// Accents apart from their letters, where the word has some.
    Decomposed,
}

/// What stands between two words: insignificant as long as there is something (RFC 4518 §2.2 and
/// §2.6.1).
const GAPS: [&str; 6] = [" ", "  ", "\u{a0}", " \u{a0} ", "\t", "\u{2009}"];

/// How a value is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// The forms of its words, in turn; none means plain.
    pub(super) forms: Vec<Form>,
    /// What stands between them, by its rank among the gaps.
    pub(super) gap: usize,
    /// Spaces before and after it.
    pub(super) padded: bool,
}

impl Look {
    /// The text of a value of these words.
    #[must_use]
    pub(super) fn write(&self, words: &[&'static str]) -> String {
        let forms = self.forms.iter().copied().chain([Form::Plain]).collect::<Vec<_>>();
        let written: Vec<String> =
            words.iter().zip(forms.iter().cycle()).map(|(word, form)| form.write(word)).collect();
        let text = written.join(GAPS[self.gap % GAPS.len()]);
        if self.padded { format!(" {text} ") } else { text }
    }

    /// The same with nothing but the forms: for a host name, whose letters alone may vary.
    #[must_use]
    pub(super) fn of_host(&self) -> Self {
        let plain = |form: &Form| if *form == Form::Decomposed { Form::Plain } else { *form };
        Self { forms: self.forms.iter().map(plain).collect(), gap: 0, padded: false }
    }
}

impl Form {
    fn write(self, word: &str) -> String {
        match self {
            Self::Plain => word.to_owned(),
            Self::Upper => word.to_uppercase(),
            Self::Lower => word.to_lowercase(),
            Self::Decomposed => DECOMPOSED
                .iter()
                .find(|(composed, _)| *composed == word)
                .map_or(word, |(_, decomposed)| decomposed)
                .to_owned(),
        }
    }
}

/// Looks, most of them plain.
pub(super) fn look() -> impl Strategy<Value = Look> {
    let form = prop_oneof![
        4 => Just(Form::Plain),
        2 => Just(Form::Upper),
        2 => Just(Form::Lower),
        1 => Just(Form::Decomposed),
    ];
    let odd = (prop::collection::vec(form, 0..4), 0..GAPS.len(), prop::bool::weighted(0.1))
        .prop_map(|(forms, gap, padded)| Look { forms, gap, padded });
    prop_oneof![3 => Just(Look::default()), 2 => odd]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fixtures::space::cast::{OPERATORS, TARGET};

    use super::*;

    /// Equality of words is that of their text: so no two may differ by case alone, and none may hold
    /// what separates two.
    #[test]
    fn no_two_words_are_one() {
        let cast = OPERATORS.iter().chain([&TARGET]).flat_map(|operator| {
            [operator.host, operator.unit, operator.organization, operator.state, "FR"]
                .into_iter()
                .flat_map(|value| value.split(' '))
        });
        let all: BTreeSet<&str> = cast.chain(WORDS).chain(HOSTS).collect();
        let folded: BTreeSet<String> =
            all.iter().map(|word| word.to_uppercase().to_lowercase()).collect();
        assert_eq!(all.len(), folded.len());
        assert!(all.iter().all(|word| !word.contains(char::is_whitespace) && !word.is_empty()));
    }
}
