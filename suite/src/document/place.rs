//! Where in the file a field is.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The octets of a field's value; of the nearest table above when it is not there. `None` for a
/// file that cannot be parsed, or a field of the whole file.
#[must_use]
pub fn locate(table: &DeTable<'_>, field: &str) -> Option<Range<usize>> {
    let mut at = None;
    let mut here = table;
    let mut left = field;
    while !left.is_empty() {
        let (name, rank, after) = step(left);
        left = after;
        let Some((key, value)) = here.iter().find(|(key, _)| key.get_ref() == name) else {
            return at;
        };
        match value.get_ref() {
            DeValue::Table(inner) => {
                // A table's own place is all of it: its name is enough.
                at = Some(key.span());
                here = inner;
            }
            DeValue::Array(array) => {
                let item = rank.and_then(|rank| array.get(rank)).map(Spanned::span);
                return Some(item.unwrap_or_else(|| value.span()));
            }
            _ => return if left.is_empty() { Some(value.span()) } else { at },
        }
    }
    at
}

/// The octets of a field's key, which is what is wrong where a name is none; as [`locate`] when it is not there.
#[must_use]
pub fn locate_key(table: &DeTable<'_>, field: &str) -> Option<Range<usize>> {
    let mut here = table;
    let mut left = field;
    loop {
        let (name, _, after) = step(left);
        match here.iter().find(|(key, _)| key.get_ref() == name) {
            Some((key, _)) if after.is_empty() => return Some(key.span()),
            Some((_, value)) => match value.get_ref() {
                DeValue::Table(inner) => (here, left) = (inner, after),
                _ => return locate(table, field),
            },
            None => return locate(table, field),
        }
    }
}

/// Whether a field is another one, or below it.
#[must_use]
pub fn within(field: &str, table: &str) -> bool {
    field.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The first key of a field without its quotation marks, its rank, and what follows.
fn step(field: &str) -> (&str, Option<usize>, &str) {
    let (name, rest) = match field.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        Some(split) => split,
        None => field.split_at(field.find(['.', '[']).unwrap_or(field.len())),
    };
    let (rank, after) = rest.split_once('.').unwrap_or((rest, ""));
    let rank = rank.strip_prefix('[').and_then(|rank| rank.trim_end_matches(']').parse().ok());
    (name, rank, after)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TEXT: &str = "[operator]\nname = 'É'\ndn = ['a', 'b']\n[dns.redirection]\nserver = 'x'\n\
                        [domains]\nadd = []\n[reasons]\n'a/b.c' = 'y'\n";

    #[rstest]
    #[case::text("operator.name", Some("'É'"))]
    #[case::item("operator.dn[1]", Some("'b'"))]
    #[case::item_beyond("operator.dn[7]", Some("['a', 'b']"))]
    #[case::list("operator.dn", Some("['a', 'b']"))]
    #[case::missing("operator.auto_reply", Some("operator"))]
    #[case::table("dns", Some("dns"))]
    #[case::inner("dns.redirection.server", Some("'x'"))]
    #[case::missing_inner("dns.delegation.primary", Some("dns"))]
    #[case::empty_list("domains.add[0]", Some("[]"))]
    #[case::quoted("reasons.\"a/b.c\"", Some("'y'"))]
    #[case::quoted_nowhere("reasons.\"a.c\".x", Some("reasons"))]
    #[case::nowhere("space.test", None)]
    #[case::whole("", None)]
    #[case::odd("operator.name.x[", Some("operator"))]
    fn places(#[case] field: &str, #[case] expected: Option<&str>) {
        let table = DeTable::parse(TEXT).expect("TOML");
        let found = locate(table.get_ref(), field).map(|at| &TEXT[at]);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::text("operator.name", Some("name"))]
    #[case::list("operator.dn", Some("dn"))]
    #[case::inner("dns.redirection.server", Some("server"))]
    #[case::quoted("reasons.\"a/b.c\"", Some("'a/b.c'"))]
    #[case::missing("operator.auto_reply", Some("operator"))]
    #[case::below_a_text("operator.name.x", Some("operator"))]
    #[case::nowhere("space.test", None)]
    #[case::whole("", None)]
    fn places_of_keys(#[case] field: &str, #[case] expected: Option<&str>) {
        let table = DeTable::parse(TEXT).expect("TOML");
        let found = locate_key(table.get_ref(), field).map(|at| &TEXT[at]);
        assert_eq!(found, expected);
    }
}
