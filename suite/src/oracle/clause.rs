//! The name of a clause.

use std::{collections::BTreeSet, fmt, sync::Mutex};

use serde::Serialize;

/// The name of a clause, such as `TM3.1P/4a`: a transaction of the DSFT, and a sentence of it. Wording and source are
/// in the `clauses.toml` of its family, where the loader looks for every name that a scenario gives; a family whose oracle
/// decides by them has them as constants in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ClauseId(pub(super) &'static str);

/// Every name that was read from a file: there are as many as clauses in the files that were loaded.
static READ: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl ClauseId {
    /// The form of a name, for the schemas: letters, digits and dots, a slash, letters and digits.
    pub const PATTERN: &'static str = "^[A-Za-z0-9.]{1,20}/[A-Za-z0-9]{1,20}$";

    /// The clause of that name; `None` where it has not the form of one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let part = |part: &str, more: &[u8]| {
            (1..=20).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        let (transaction, sentence) = name.split_once('/')?;
        if !part(transaction, b".") || !part(sentence, b"") {
            return None;
        }
        let mut read = READ.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = read.get(name).copied();
        Some(Self(known.unwrap_or_else(|| {
            let name: &'static str = Box::leak(name.into());
            read.insert(name);
            name
        })))
    }

    /// The name as written in scenarios and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::of_the_oracle("TM3.1P/4a")]
    #[case::of_a_file("TM9.9Z/1")]
    fn a_name_is_one_and_the_same_each_time(#[case] name: &str) {
        let clause = ClauseId::parse(name).expect("a name");
        assert_eq!(clause.as_str(), name);
        assert_eq!(ClauseId::parse(name), Some(clause));
    }

    #[rstest]
    #[case::no_sentence("TM3.1P")]
    #[case::empty("TM3.1P/")]
    #[case::three_parts("TM3.1P/4/a")]
    #[case::a_space("TM3.1P/4 a")]
    #[case::not_ascii("TM3.1P/é")]
    #[case::too_long("TM3.1P/123456789012345678901")]
    fn what_has_not_its_form_is_no_name(#[case] name: &str) {
        assert_eq!(ClauseId::parse(name), None);
    }
}
