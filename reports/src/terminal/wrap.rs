//! Lines that fit, broken where French typography lets them.

/// The width of a text in columns, a character each: close enough for what is wrapped here.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in lines of at most `columns`. Never breaks before `:`, `;`, `!`, `?`, `»`, `·`, `=`
/// alone nor after `«`; a word that is longer than a line is cut, after a `/`, `,` or `.` where
/// there is one.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    lines(text, columns.max(8), true)
}

/// The text in lines of at most `columns`, `label` included, which begins the first; the others are
/// indented as far. Lines of its own are kept, and a word that is longer than a line stays whole: it
/// may be part of a command to be typed.
#[must_use]
pub fn fill(text: &str, columns: usize, label: &str) -> String {
    let indent = " ".repeat(width(label));
    let room = columns.saturating_sub(indent.len()).max(20);
    let all: Vec<String> = text.lines().flat_map(|line| lines(line, room, false)).collect();
    let filled = label.to_owned() + &all.join(&format!("\n{indent}"));
    filled.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn lines(text: &str, columns: usize, cuts: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words(text) {
        let mut rest = word.as_str();
        let gap = usize::from(used > 0);
        if used + gap + width(rest) <= columns {
            let line = lines.last_mut().expect("at least one line");
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(rest);
            used += gap + width(rest);
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        while cuts && width(rest) > columns {
            let (head, tail) = rest.split_at(cut(rest, columns));
            lines.last_mut().expect("at least one line").push_str(head);
            lines.push(String::new());
            rest = tail;
        }
        lines.last_mut().expect("at least one line").push_str(rest);
        used = width(rest);
    }
    lines
}

/// Words with what must stay beside them.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut glue_next = false;
    // Plain spaces only: a no-break space stays inside its word.
    for part in text.split([' ', '\n', '\t']).filter(|part| !part.is_empty()) {
        let closes = part.len() <= 3 && part.chars().all(|c| ":;!?».,·".contains(c))
            || part.starts_with('»');
        match words.last_mut() {
            Some(last) if closes || glue_next => {
                last.push(' ');
                last.push_str(part);
            }
            _ => words.push(part.to_owned()),
        }
        glue_next = part.ends_with('«');
    }
    words
}

/// Where to cut a word that does not fit, in octets.
fn cut(word: &str, columns: usize) -> usize {
    let end = word.char_indices().nth(columns).map_or(word.len(), |(at, _)| at);
    let head = &word[..end];
    match head.rfind([' ', '/', ',', '.', '-']) {
        Some(at) if at + 1 > end / 2 => at + 1,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::labelled(
        "un deux trois quatre cinq six : sept",
        "  x  ",
        "  x  un deux trois quatre\n     cinq six : sept"
    )]
    #[case::own_lines("un\n\ndeux", "- ", "- un\n\n  deux")]
    #[case::long_word(
        "voici un/chemin/plus/long/qu/une/ligne",
        "",
        "voici\nun/chemin/plus/long/qu/une/ligne"
    )]
    #[case::nothing("", "vide", "vide")]
    fn text_is_filled_under_its_label(
        #[case] text: &str,
        #[case] label: &str,
        #[case] filled: &str,
    ) {
        assert_eq!(fill(text, 26, label), filled);
    }

    #[rstest]
    #[case::short("un deux", 20, &["un deux"])]
    #[case::two_lines("un deux trois", 8, &["un deux", "trois"])]
    #[case::colon_stays("certificat présenté : série", 21, &["certificat présenté :", "série"])]
    #[case::colon_takes_its_word("le certificat : série", 14, &["le", "certificat :", "série"])]
    #[case::quotes_stay("voici « vu » là", 9, &["voici", "« vu » là"])]
    #[case::long_word("aaaaaaaaaabbbbbbbbbbcc d", 10, &["aaaaaaaaaa", "bbbbbbbbbb", "cc d"])]
    #[case::long_path("reception/certificat", 12, &["reception/", "certificat"])]
    #[case::empty("", 10, &[""])]
    #[case::line_feeds("a\nb\r", 10, &["a b\r"])]
    fn lines_fit(#[case] text: &str, #[case] columns: usize, #[case] lines: &[&str]) {
        assert_eq!(wrap(text, columns), lines);
    }
}
