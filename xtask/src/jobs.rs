//! `--jobs`: how many at once.

/// Reads `--jobs`.
pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(jobs) if (1..=64).contains(&jobs) => Ok(jobs),
        _ => Err("un nombre entier de 1 à 64 est attendu".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("1", Some(1))]
    #[case::the_most("64", Some(64))]
    #[case::none("0", None)]
    #[case::too_many("65", None)]
    #[case::negative("-1", None)]
    #[case::a_word("deux", None)]
    fn a_number_of_jobs(#[case] text: &str, #[case] read: Option<usize>) {
        assert_eq!(jobs(text).ok(), read);
    }
}
