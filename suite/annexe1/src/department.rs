//! French departments and overseas collectivities: the `ST` of a DN is *nom du département + espace
//! + chiffre du département*, the number in brackets (GUIDE p. 17, 22).

/// A department, or an overseas collectivity with a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Department {
    /// Its number: two digits, `2A`, `2B`, or three digits overseas.
    pub number: &'static str,
    /// Its official name.
    pub name: &'static str,
    /// How the certificates in the real list (LB) write it, where that differs.
    pub in_list: Option<&'static str>,
}

/// How a name stands to a department's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// As official, or as the real list writes it.
    Exact,
    /// The same but for capitals, accents, hyphens, apostrophes, spaces or the article.
    Near,
    /// Another name.
    Other,
}

impl Department {
    /// As the `ST` of a DN writes it.
    #[must_use]
    pub fn state(&self) -> String {
        format!("{} ({})", self.in_list.unwrap_or(self.name), self.number)
    }

    /// How `name` stands to its name.
    #[must_use]
    pub fn spelling(&self, name: &str) -> Spelling {
        if name == self.name || Some(name) == self.in_list {
            Spelling::Exact
        } else if fold(name) == fold(self.name) {
            Spelling::Near
        } else {
            Spelling::Other
        }
    }
}

/// The department of this number.
#[must_use]
pub fn department(number: &str) -> Option<&'static Department> {
    DEPARTMENTS.iter().find(|department| department.number == number)
}

/// The department of this name, nearly.
#[must_use]
pub fn named(name: &str) -> Option<&'static Department> {
    DEPARTMENTS.iter().find(|department| department.spelling(name) != Spelling::Other)
}

/// The name and the number of an `ST`, whatever the space between them; `None` when there is no
/// number in brackets at its end.
#[must_use]
pub fn parts(state: &str) -> Option<(&str, &str)> {
    let (name, number) = state.strip_suffix(')')?.rsplit_once('(')?;
    Some((name.trim_end(), number))
}

/// Lower case letters and digits only, without accents and ligatures.
pub(super) fn letters(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|char| match char {
            'à' | 'â' | 'ä' => Some('a'),
            'ç' => Some('c'),
            'é' | 'è' | 'ê' | 'ë' => Some('e'),
            'î' | 'ï' => Some('i'),
            'ô' | 'ö' => Some('o'),
            'ù' | 'û' | 'ü' => Some('u'),
            char if char.is_alphanumeric() => Some(char),
            _ => None,
        })
        .collect()
}

/// [`letters`] without a leading article.
fn fold(name: &str) -> String {
    let letters = letters(name);
    letters.strip_prefix("la").filter(|rest| *rest == "reunion").unwrap_or(&letters).to_owned()
}

const fn plain(number: &'static str, name: &'static str) -> Department {
    Department { number, name, in_list: None }
}

const fn listed(number: &'static str, name: &'static str, in_list: &'static str) -> Department {
    Department { number, name, in_list: Some(in_list) }
}

/// All of them, by number.
pub const DEPARTMENTS: &[Department] = &[
    plain("01", "Ain"),
    plain("02", "Aisne"),
    plain("03", "Allier"),
    plain("04", "Alpes-de-Haute-Provence"),
    plain("05", "Hautes-Alpes"),
    plain("06", "Alpes-Maritimes"),
    plain("07", "Ardèche"),
    plain("08", "Ardennes"),
    plain("09", "Ariège"),
    plain("10", "Aube"),
    plain("11", "Aude"),
    plain("12", "Aveyron"),
    plain("13", "Bouches-du-Rhône"),
    plain("14", "Calvados"),
    plain("15", "Cantal"),
    plain("16", "Charente"),
    plain("17", "Charente-Maritime"),
    plain("18", "Cher"),
    plain("19", "Corrèze"),
    plain("2A", "Corse-du-Sud"),
    plain("2B", "Haute-Corse"),
    plain("21", "Côte-d'Or"),
    plain("22", "Côtes-d'Armor"),
    plain("23", "Creuse"),
    plain("24", "Dordogne"),
    plain("25", "Doubs"),
    plain("26", "Drôme"),
    plain("27", "Eure"),
    plain("28", "Eure-et-Loir"),
    plain("29", "Finistère"),
    plain("30", "Gard"),
    plain("31", "Haute-Garonne"),
    plain("32", "Gers"),
    plain("33", "Gironde"),
    plain("34", "Hérault"),
    plain("35", "Ille-et-Vilaine"),
    plain("36", "Indre"),
    plain("37", "Indre-et-Loire"),
    plain("38", "Isère"),
    plain("39", "Jura"),
    plain("40", "Landes"),
    plain("41", "Loir-et-Cher"),
    plain("42", "Loire"),
    plain("43", "Haute-Loire"),
    plain("44", "Loire-Atlantique"),
    plain("45", "Loiret"),
    plain("46", "Lot"),
    plain("47", "Lot-et-Garonne"),
    plain("48", "Lozère"),
    plain("49", "Maine-et-Loire"),
    plain("50", "Manche"),
    plain("51", "Marne"),
    plain("52", "Haute-Marne"),
    plain("53", "Mayenne"),
    plain("54", "Meurthe-et-Moselle"),
    plain("55", "Meuse"),
    plain("56", "Morbihan"),
    plain("57", "Moselle"),
    plain("58", "Nièvre"),
    plain("59", "Nord"),
    plain("60", "Oise"),
    plain("61", "Orne"),
    plain("62", "Pas-de-Calais"),
    plain("63", "Puy-de-Dôme"),
    plain("64", "Pyrénées-Atlantiques"),
    plain("65", "Hautes-Pyrénées"),
    plain("66", "Pyrénées-Orientales"),
    plain("67", "Bas-Rhin"),
    plain("68", "Haut-Rhin"),
    plain("69", "Rhône"),
    plain("70", "Haute-Saône"),
    plain("71", "Saône-et-Loire"),
    plain("72", "Sarthe"),
    plain("73", "Savoie"),
    plain("74", "Haute-Savoie"),
    plain("75", "Paris"),
    plain("76", "Seine-Maritime"),
    plain("77", "Seine-et-Marne"),
    plain("78", "Yvelines"),
    plain("79", "Deux-Sèvres"),
    plain("80", "Somme"),
    plain("81", "Tarn"),
    plain("82", "Tarn-et-Garonne"),
    plain("83", "Var"),
    plain("84", "Vaucluse"),
    plain("85", "Vendée"),
    plain("86", "Vienne"),
    plain("87", "Haute-Vienne"),
    plain("88", "Vosges"),
    plain("89", "Yonne"),
    plain("90", "Territoire de Belfort"),
    plain("91", "Essonne"),
    plain("92", "Hauts-de-Seine"),
    plain("93", "Seine-Saint-Denis"),
    plain("94", "Val-de-Marne"),
    listed("95", "Val-d'Oise", "Val d'Oise"),
    plain("971", "Guadeloupe"),
    plain("972", "Martinique"),
    plain("973", "Guyane"),
    listed("974", "La Réunion", "Réunion"),
    plain("975", "Saint-Pierre-et-Miquelon"),
    plain("976", "Mayotte"),
    plain("977", "Saint-Barthélemy"),
    plain("978", "Saint-Martin"),
    plain("984", "Terres australes et antarctiques françaises"),
    plain("986", "Wallis-et-Futuna"),
    plain("987", "Polynésie française"),
    plain("988", "Nouvelle-Calédonie"),
    plain("989", "Île de Clipperton"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn they_are_all_there_in_order_and_each_is_its_own() {
        // 95 numbers less 20 (Corsica) with 2A and 2B, five overseas departments, eight
        // collectivities.
        assert_eq!(DEPARTMENTS.len(), 94 + 2 + 5 + 8);
        for (rank, one) in DEPARTMENTS.iter().enumerate() {
            for other in &DEPARTMENTS[..rank] {
                assert_ne!(one.number, other.number);
                assert_ne!(fold(one.name), fold(other.name));
            }
        }
        let metropolitan = (1..=95).filter(|n| *n != 20).map(|n| format!("{n:02}"));
        for number in metropolitan.chain((971..=978).map(|n| n.to_string())) {
            assert!(department(&number).is_some(), "{number}");
        }
    }

    #[test]
    fn each_one_is_found_again_from_its_state() {
        for one in DEPARTMENTS {
            let state = one.state();
            let (name, number) = parts(&state).expect("a name and a number");
            let found = department(number).expect("a number of the list");
            assert_eq!(found, one);
            assert_eq!(found.spelling(name), Spelling::Exact);
            assert_eq!(named(name), Some(one));
            assert_eq!(one.spelling(&name.to_uppercase()), Spelling::Near);
        }
    }

    #[rstest]
    #[case::official("Val-d'Oise", "95", Spelling::Exact)]
    #[case::as_listed("Val d'Oise", "95", Spelling::Exact)]
    #[case::apostrophe("Côte-d’Or", "21", Spelling::Near)]
    #[case::no_accent("Rhone", "69", Spelling::Near)]
    #[case::spaces("Meurthe et Moselle", "54", Spelling::Near)]
    #[case::typo("Meuthe-et-Moselle", "54", Spelling::Other)]
    #[case::neighbour("Bas-Rhin", "68", Spelling::Other)]
    fn spellings(#[case] name: &str, #[case] number: &str, #[case] expected: Spelling) {
        assert_eq!(department(number).expect("in the list").spelling(name), expected);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            if let Some((name, number)) = parts(&text) {
                prop_assert!(text.starts_with(name) && text.contains(number));
            }
            let _ = named(&text);
        }
    }
}
