//! What a family's facts are made of: values with a name for files and records, and words for readers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that a decision rests on, of which there are a few values.
pub trait Fact: Copy + Default + Eq + 'static {
    /// What it is about, in French.
    const LABEL: &'static str;
    /// Every value with its name in files and records, in order of declaration.
    const NAMES: &'static [(&'static str, Self)];

    /// Its name in files and records.
    fn name(self) -> &'static str;

    /// It in French.
    fn words(self) -> &'static str;
}

/// A fact as a record has it and a report prints it, whatever its family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactRow {
    /// Its key, such as `mail_from`.
    pub key: String,
    /// What it is about, in French.
    pub label: String,
    /// Its value by its name, such as `quoted-at`.
    pub name: String,
    /// Its value in French.
    pub value: String,
    /// Whether it differs from the nominal case: what the scenario is about.
    pub changed: bool,
}

impl FactRow {
    /// A fact under its key.
    #[must_use]
    pub fn of<F: Fact>(key: &str, fact: F) -> Self {
        Self {
            key: key.to_owned(),
            label: F::LABEL.to_owned(),
            name: fact.name().to_owned(),
            value: fact.words().to_owned(),
            changed: fact != F::default(),
        }
    }
}

/// Declares a [`Fact`]: its values, each with its name and its French words; the nominal one is `#[default]`.
macro_rules! fact {
    (
        $(#[$doc:meta])*
        $fact:ident $label:literal:
        $($(#[$of_value:meta])* $value:ident = $name:literal => $words:literal,)+
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $fact {
            $($(#[$of_value])* #[serde(rename = $name)] $value,)+
        }

        impl $fact {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];
        }

        impl $crate::oracle::fact::Fact for $fact {
            const LABEL: &'static str = $label;
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, Self::$value)),+];

            fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }

            fn words(self) -> &'static str {
                match self { $(Self::$value => $words),+ }
            }
        }
    };
}

/// Declares the facts of a family: one field a [`Fact`], in the order in which a reader meets them.
macro_rules! facts {
    (
        $(#[$doc:meta])*
        $facts:ident { $($(#[$of_fact:meta])* $key:ident: $fact:ty,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $facts {
            $($(#[$of_fact])* pub $key: $fact,)+
        }

        impl $facts {
            /// A row a fact.
            #[must_use]
            pub fn rows(&self) -> Vec<$crate::oracle::fact::FactRow> {
                vec![$($crate::oracle::fact::FactRow::of(stringify!($key), self.$key)),+]
            }

            /// A row a value of each fact.
            #[must_use]
            pub fn values() -> Vec<$crate::oracle::fact::FactRow> {
                let mut rows = Vec::new();
                $(rows.extend(<$fact>::ALL.iter().map(|value| {
                    $crate::oracle::fact::FactRow::of(stringify!($key), *value)
                }));)+
                rows
            }

            /// Every combination of the facts.
            pub fn product() -> impl Iterator<Item = Self> {
                let all = std::iter::once(Self::default());
                $(let all = all.flat_map(|facts| {
                    <$fact>::ALL.iter().map(move |value| Self { $key: *value, ..facts })
                });)+
                all
            }
        }
    };
}

pub(crate) use {fact, facts};
