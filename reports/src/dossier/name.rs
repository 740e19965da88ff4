//! The name of a dossier: safe on any file system and in any mail.

use jiff::{Timestamp, tz::TimeZone};

/// The most characters of the operator's part.
const MOST: usize = 60;

/// `dossier-ch-de-test-2026-11-22`.
#[must_use]
pub fn name(operator: &str, started: Timestamp) -> String {
    let date = started.to_zoned(TimeZone::UTC).date();
    format!("dossier-{}-{date}", slug(operator))
}

/// Letters without accents, digits, and single hyphens between them.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let folded: &str = match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' => "a",
            'ç' => "c",
            'é' | 'è' | 'ê' | 'ë' => "e",
            'î' | 'ï' | 'í' | 'ì' => "i",
            'ñ' => "n",
            'ô' | 'ö' | 'ó' | 'ò' | 'õ' => "o",
            'ù' | 'û' | 'ü' | 'ú' => "u",
            'ÿ' => "y",
            'œ' => "oe",
            'æ' => "ae",
            c if c.is_ascii_alphanumeric() => {
                out.push(c);
                continue;
            }
            _ if out.ends_with('-') || out.is_empty() => continue,
            _ => "-",
        };
        out.push_str(folded);
        if out.len() >= MOST {
            break;
        }
    }
    out.truncate(MOST);
    let out = out.trim_matches('-');
    if out.is_empty() { "operateur".to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ordinary("CH de Test-sur-Yvette", "ch-de-test-sur-yvette")]
    #[case::accents("Hôpital « Cœur » d'Évreux", "hopital-coeur-d-evreux")]
    #[case::a_path("../../etc/passwd", "etc-passwd")]
    #[case::an_option("--out", "out")]
    #[case::controls("a\0\n\u{202e}b", "a-b")]
    #[case::nothing_left("日本 / ..", "operateur")]
    #[case::empty("", "operateur")]
    fn a_name_is_safe(#[case] operator: &str, #[case] expected: &str) {
        assert_eq!(slug(operator), expected);
    }

    #[test]
    fn a_long_name_is_cut_and_dated() {
        let started = "2026-11-22T08:14:02Z".parse().expect("a timestamp");
        let name = name(&"é".repeat(500), started);
        assert_eq!(name, format!("dossier-{}-2026-11-22", "e".repeat(MOST)));
    }
}
