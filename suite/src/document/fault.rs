//! What is wrong with the structure of a file, as data, and in words.

use std::ops::Range;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, as `operator.dn[0]`; empty for the whole file.
    pub field: String,
    /// What is wrong with it.
    pub kind: FaultKind,
    /// The octets concerned.
    pub at: Option<Range<usize>>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is no TOML, in the parser's words.
    Syntax(String),
    /// There is no such key.
    UnknownKey {
        /// The key.
        key: String,
        /// The key that may have been meant.
        near: Option<String>,
        /// The keys that there are.
        known: Vec<String>,
    },
    /// A key is not there.
    MissingKey(String),
    /// The value has another type.
    WrongType(Wanted),
    /// The text is none of a few.
    UnknownName {
        /// The text.
        name: String,
        /// The name that may have been meant.
        near: Option<String>,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The number is none of these.
    OutOfRange {
        /// The least.
        least: i128,
        /// The most, where there is one.
        most: Option<i128>,
    },
    /// The type refuses the value, in its words.
    Refused(String),
}

/// What type of value is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An array.
    List,
    /// A table.
    Table,
}

impl Fault {
    /// The fault, and what to do, in French.
    #[must_use]
    pub fn french(&self) -> (String, String) {
        let field = &self.field;
        match &self.kind {
            FaultKind::Syntax(words) => (
                format!("ce n'est pas du TOML ({words})"),
                "corrigez cette ligne : les textes vont entre guillemets, les listes entre crochets"
                    .to_owned(),
            ),
            FaultKind::UnknownKey { key, near, known } => {
                (format!("clé inconnue « {} »", short(key)), meant(near.as_deref(), "clés", known))
            }
            FaultKind::MissingKey(key) => {
                (format!("la clé {key} manque"), format!("écrivez {key} = …"))
            }
            FaultKind::WrongType(wanted) => {
                let (not, write) = match wanted {
                    Wanted::Text => ("un texte", "un texte entre guillemets".to_owned()),
                    Wanted::Integer => ("un nombre entier", "un nombre, sans guillemets".to_owned()),
                    Wanted::Boolean => ("true ou false", "true ou false, sans guillemets".to_owned()),
                    Wanted::List => ("une liste", "une liste, comme [\"…\"]".to_owned()),
                    Wanted::Table => ("une table", format!("une table [{field}]")),
                };
                (format!("{field} n'est pas {not}"), format!("écrivez {write}"))
            }
            FaultKind::UnknownName { name, near, known } => (
                format!("{field} : valeur inconnue « {} »", short(name)),
                meant(near.as_deref(), "valeurs", known),
            ),
            FaultKind::OutOfRange { least, most } => {
                let to = most.map(|most| format!(" et {most} au plus")).unwrap_or_default();
                let what = format!("{field} vaut {least} au moins{to}");
                (what, "corrigez ce nombre".to_owned())
            }
            FaultKind::Refused(words) => (format!("valeur refusée ({words})"), String::new()),
        }
    }
}

fn meant(near: Option<&str>, what: &str, known: &[String]) -> String {
    match near {
        Some(near) => format!("vouliez-vous écrire {near} ?"),
        None => format!("{what} possibles ici : {}", known.join(", ")),
    }
}

/// A text that somebody else wrote, short and without control characters.
#[must_use]
pub fn short(text: &str) -> String {
    const MOST: usize = 120;
    let clean = text.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c });
    clean.chain((text.chars().count() > MOST).then_some('…')).collect()
}
