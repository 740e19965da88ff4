//! Did you mean: the names nearest to one that does not exist.

/// The least likeness of a name that may have been meant (Jaro-Winkler).
const LEAST: f64 = 0.75;

/// At most three names that resemble `given`, best first. Of ids, as many segments are compared as
/// were typed, from the end.
#[must_use]
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let given = given.to_lowercase();
    let segments = given.split('/').count();
    let end = |name: &str| {
        let all: Vec<&str> = name.split('/').collect();
        all[all.len().saturating_sub(segments)..].join("/").to_lowercase()
    };
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&given, &end(name)), name))
        .filter(|(score, _)| *score >= LEAST)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by_key(|(_, name)| *name);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = [
            "reception/4-certificat/expire",
            "reception/4-certificat/revoque",
            "reception/2-smtp/helo",
            "TM3.1P/4a",
        ];
        let near = |given| nearest(given, names);
        assert_eq!(near("expiré").first(), Some(&"reception/4-certificat/expire"));
        assert_eq!(near("reception/4-certificat/revoqe").first(), Some(&names[1]));
        assert_eq!(near("4-certificat/expiré").first(), Some(&names[0]));
        assert_eq!(near("zzzz"), Vec::<&str>::new());
    }
}
