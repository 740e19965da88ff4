//! Which mutants are played.

use crate::proxy::mutants::Mutant;

/// The mutants whose id holds `filter`, or whose clause it is (`5b`, `TM3.1P/5b`) or begins with it
/// (`TM3.1P/5`). `None` chooses all.
pub fn select<'a>(
    mutants: impl Iterator<Item = &'a Mutant>,
    filter: Option<&str>,
) -> Vec<&'a Mutant> {
    mutants.filter(|mutant| filter.is_none_or(|filter| matches(mutant, filter))).collect()
}

fn matches(mutant: &Mutant, filter: &str) -> bool {
    let clause = mutant.clause.as_str();
    let begins = filter.contains('/')
        && clause.get(..filter.len()).is_some_and(|head| head.eq_ignore_ascii_case(filter));
    mutant.id.contains(filter)
        || begins
        || clause.rsplit('/').next().is_some_and(|short| short.eq_ignore_ascii_case(filter))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::proxy::mutants;

    #[rstest]
    #[case::all(None, true)]
    #[case::by_id(Some("certificat-expire"), true)]
    #[case::by_clause(Some("tm3.1p/4A"), true)]
    #[case::by_short_clause(Some("4a"), true)]
    #[case::by_the_beginning(Some("TM3.1P/4"), true)]
    #[case::by_another_clause(Some("5f"), false)]
    #[case::by_nothing(Some("pas-de-tel-mutant"), false)]
    fn an_expired_certificate_is_chosen(#[case] filter: Option<&str>, #[case] chosen: bool) {
        let selected = select(mutants::all(), filter);
        assert_eq!(selected.iter().any(|m| m.id == "certificat-expire-accepte"), chosen);
    }
}
