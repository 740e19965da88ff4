//! The structure's identifier: FINESS for a health establishment, SIRET otherwise, alone or behind
//! its prefix in the `OU` of a DN (GUIDE p. 17, 18, 22, 23).

use fixtures::dn::luhn;

use super::{Problem, Rule, problem::quoted};

/// Characters of a FINESS number.
pub const FINESS: usize = 9;
/// Digits of a SIRET number.
pub const SIRET: usize = 14;
/// The SIREN of La Poste, whose establishments do not have a Luhn key.
const LA_POSTE: &str = "356000000";

/// A structure's identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// A health establishment's: nine characters.
    Finess(String),
    /// Any other structure's: fourteen digits.
    Siret(String),
}

/// How its key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The Luhn key is right.
    Right,
    /// It is wrong.
    Wrong,
    /// A letter: the Luhn key is one of digits (Corsica: 2A, 2B).
    Letter,
    /// A SIRET of La Poste, which follows another rule.
    LaPoste,
}

impl Identifier {
    /// Reads an identifier without prefix; `None` when it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match text.len() {
            FINESS if plain(text) => Some(Self::Finess(text.to_owned())),
            SIRET if digits(text) => Some(Self::Siret(text.to_owned())),
            _ => None,
        }
    }

    /// Reads the `OU` of a DN: `1` and FINESS, or `3` and SIRET.
    #[must_use]
    pub fn from_unit(unit: &str) -> Option<Self> {
        let (prefix, rest) = unit.split_at_checked(1)?;
        match (prefix, Self::parse(rest)?) {
            ("1", found @ Self::Finess(_)) | ("3", found @ Self::Siret(_)) => Some(found),
            _ => None,
        }
    }

    /// As the `OU` of a DN writes it.
    #[must_use]
    pub fn unit(&self) -> String {
        match self {
            Self::Finess(text) => format!("1{text}"),
            Self::Siret(text) => format!("3{text}"),
        }
    }

    /// Without prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Finess(text) | Self::Siret(text) => text,
        }
    }

    /// How its key stands.
    #[must_use]
    pub fn key(&self) -> Key {
        let text = self.as_str();
        if luhn(text) {
            Key::Right
        } else if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            Key::Letter
        } else if matches!(self, Self::Siret(_)) && text.starts_with(LA_POSTE) {
            Key::LaPoste
        } else {
            Key::Wrong
        }
    }
}

/// Holds the identifier of a field to its rules.
pub(super) fn check(field: &str, text: &str) -> Vec<Problem> {
    let Some(identifier) = Identifier::parse(text) else {
        // Most common: the OU of the DN, with its prefix.
        let help = match Identifier::from_unit(text) {
            Some(inner) => {
                format!("écrivez {} : le chiffre 1 ou 3 n'est que dans l'OU du DN", inner.as_str())
            }
            None => "écrivez le FINESS (9 caractères) d'un établissement de santé, ou le SIRET \
                     (14 chiffres), sans espace"
                .to_owned(),
        };
        let message = format!("{} n'est ni un FINESS ni un SIRET", quoted(text));
        return vec![Problem::error(Rule::IdentifierForm, field, message, help)];
    };
    let text = quoted(text);
    let (message, help) = match identifier.key() {
        Key::Right => return Vec::new(),
        Key::Wrong => (
            format!("la clé de {text} est fausse"),
            "recopiez l'identifiant du certificat ou de l'avis de situation, chiffre à chiffre",
        ),
        Key::Letter => (
            format!("la clé de {text} ne peut pas être vérifiée : il contient une lettre"),
            "normal pour un FINESS de Corse (2A, 2B) ; sinon, relisez-le",
        ),
        Key::LaPoste => (
            format!("la clé de {text} ne peut pas être vérifiée : SIRET de La Poste"),
            "relisez-le chiffre à chiffre",
        ),
    };
    vec![Problem::warning(Rule::IdentifierKey, field, message, help)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::finess("1750048886", Some(Key::Right))]
    #[case::siret("318310021300028", Some(Key::Right))]
    #[case::corsica("12A0000014", Some(Key::Letter))]
    #[case::agency("10B0078671", Some(Key::Letter))]
    #[case::la_poste("335600000000049", Some(Key::LaPoste))]
    #[case::wrong_key("1750048887", Some(Key::Wrong))]
    #[case::other_prefix("2750048886", None)]
    #[case::finess_behind_3("3750048886", None)]
    #[case::siret_behind_1("118310021300028", None)]
    #[case::short("175004888", None)]
    #[case::accent("1é50048886", None)]
    #[case::first_is_wide("é750048886", None)]
    #[case::empty("", None)]
    fn units(#[case] unit: &str, #[case] expected: Option<Key>) {
        let read = Identifier::from_unit(unit);
        assert_eq!(read.as_ref().map(Identifier::key), expected);
        if let Some(identifier) = read {
            assert_eq!(identifier.unit(), unit);
        }
    }

    #[rstest]
    #[case::right("750048886", None)]
    #[case::with_prefix("1750048886", Some((Rule::IdentifierForm, "écrivez 750048886 ")))]
    #[case::with_spaces("750 048 886", Some((Rule::IdentifierForm, "sans espace")))]
    #[case::key("750048887", Some((Rule::IdentifierKey, "chiffre à chiffre")))]
    #[case::corsica("2B0000012", Some((Rule::IdentifierKey, "Corse")))]
    fn fields(#[case] text: &str, #[case] expected: Option<(Rule, &str)>) {
        let problems = check("f", text);
        match expected {
            None => assert_eq!(problems, []),
            Some((rule, words)) => {
                assert_eq!(problems.len(), 1);
                assert_eq!(problems[0].rule, rule);
                assert!(problems[0].correction.contains(words), "{}", problems[0].correction);
                assert_eq!(problems[0].is_error(), rule == Rule::IdentifierForm);
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            if let Some(identifier) = Identifier::from_unit(&text) {
                prop_assert_eq!(identifier.unit(), text.clone());
            }
            check("f", &text);
        }
    }
}
