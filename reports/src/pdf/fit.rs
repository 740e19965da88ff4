//! Texts made fit for paper: every character has a glyph, no word is too long for its column, none is
//! endless; and French is set as French is.

use std::fmt::Write as _;

use super::fonts;

/// The most characters of one text.
pub(super) const MOST_CHARS: usize = 3_000;
/// Where a text was cut.
const CUT: &str = " … (suite dans record.json)";
/// From this length on, a word may be broken without a hyphen.
const LONG_WORD: usize = 18;
/// The fewest characters between two such places. Typst gives up on a text with more than 512 of them:
/// the longest text has fewer.
const JOINT: usize = 7;
const _: () = assert!(MOST_CHARS / JOINT < 450);
/// Where a long word may be broken: the templates turn it into nothing at all, so that what is copied
/// from the document is what was said. A text of somebody else's has none, it is made visible before.
pub(super) const BREAK: char = '\u{200b}';

/// Somebody's text, as it is; at most `most` characters of it.
pub(super) fn quoted(text: &str, most: usize) -> String {
    breakable(&glyphs(text, most.min(MOST_CHARS)))
}

/// A text of the suite's: the apostrophe and the narrow spaces of French, outside of what it quotes of
/// somebody else. Its lines are those of a source file: only an empty one ends a paragraph.
pub(super) fn prose(text: &str, most: usize) -> String {
    set(text, most, false)
}

/// A text of the suite's that quotes official texts alone: those are set as French too.
pub(super) fn official(text: &str, most: usize) -> String {
    set(text, most, true)
}

fn set(text: &str, most: usize, quotes_too: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_u32;
    let mut before = [' ', ' ', ' '];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '«' => depth += 1,
            '»' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let next = chars.peek().copied();
        out.push(match c {
            '\'' if (quotes_too || depth == 0)
                && elides(before, &out)
                && next.is_some_and(char::is_alphabetic) =>
            {
                '’'
            }
            '\u{a0}' if before[2] == '«' => '\u{202f}',
            '\u{a0}' if next.is_some_and(|next| ";!?»".contains(next)) => '\u{202f}',
            c => c,
        });
        before = [before[1], before[2], c];
    }
    let paragraphs: Vec<String> = out.split("\n\n").map(|one| one.replace('\n', " ")).collect();
    quoted(&paragraphs.join("\n"), most)
}

/// Whether the word that ends here loses its vowel: `l`, `d`, `qu`, `lorsqu`, `aujourd`…
fn elides(before: [char; 3], text: &str) -> bool {
    match before {
        [
            _,
            a,
            'l' | 'd' | 'n' | 's' | 'j' | 'c' | 'm' | 't' | 'L' | 'D' | 'N' | 'S' | 'J' | 'C' | 'M'
            | 'T',
        ] => !a.is_alphanumeric() || text.ends_with("aujourd"),
        [_, 'q' | 'Q', 'u'] => true,
        _ => false,
    }
}

/// What no font can show is told by its number. The text is cut where what is shown gets too long.
fn glyphs(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for c in text.chars() {
        let before = out.len();
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            c if fonts::show(c) => out.push(c),
            c => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string"),
        }
        shown += out[before..].chars().count();
        if shown > most {
            out.truncate(before);
            out.push_str(CUT);
            break;
        }
    }
    out
}

/// Places where a long word may go on in the next line: behind its punctuation, else anywhere.
fn breakable(text: &str) -> String {
    let blank = |c: char| c.is_whitespace();
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for word in text.split_inclusive(blank) {
        if word.chars().take(LONG_WORD + 1).count() <= LONG_WORD {
            out.push_str(word);
            continue;
        }
        let mut since = 0;
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            out.push(c);
            since += 1;
            let Some(&next) = chars.peek() else { break };
            let joint = since >= JOINT && "/.,;:=@_-+&|?".contains(c) && next.is_alphanumeric();
            // Not behind every sign, so that a break is worth its while; words of letters are hyphenated.
            if joint || since >= 8 && !word_of_letters(word) {
                out.push(BREAK);
                since = 0;
            }
        }
    }
    out
}

/// A word that hyphenation deals with.
fn word_of_letters(word: &str) -> bool {
    word.chars().count() <= 40
        && word
            .chars()
            .all(|c| c.is_alphabetic() || !c.is_alphanumeric() && !"/_=@\\.{".contains(c))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::elision("l'étape qu'il n'a pas", "l’étape qu’il n’a pas")]
    #[case::capital("L'essai d'aujourd'hui", "L’essai d’aujourd’hui")]
    #[case::longer("jusqu'au", "jusqu’au")]
    #[case::english("it's, don't 'd'", "it's, don't 'd'")]
    #[case::quoted("l'un « l'autre » l'un", "l’un « l'autre » l’un")]
    #[case::spaces("ici\u{a0}; «\u{a0}là\u{a0}» :", "ici\u{202f}; «\u{202f}là\u{202f}» :")]
    #[case::lines("une\nligne\n\nautre", "une ligne\nautre")]
    #[case::colon("ici\u{a0}: là", "ici\u{a0}: là")]
    fn french_is_set_as_french(#[case] text: &str, #[case] set: &str) {
        assert_eq!(prose(text, 100), set);
    }

    #[rstest]
    #[case::han("日本", "\\u{65e5}\\u{672c}")]
    #[case::hebrew("x א", "x \\u{5d0}")]
    #[case::private("\u{e000}", "\\u{e000}")]
    #[case::emoji("🩺", "\\u{1fa7a}")]
    #[case::tab("a\tb\nc", "a    b\nc")]
    #[case::markup("#eval(\"1\") $x$ *a* _b_ @c <d> `e`", "#eval(\"1\") $x$ *a* _b_ @c <d> `e`")]
    fn what_has_no_glyph_is_told_by_its_number(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(quoted(text, 100), shown);
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(quoted(&"é ".repeat(9_000), 4), "é é  … (suite dans record.json)");
        let text = quoted(&"x ".repeat(9_000), usize::MAX);
        assert_eq!(text.chars().count(), MOST_CHARS + CUT.chars().count());
    }

    #[rstest]
    #[case::digest("60303ae22b998861bce3b28f33eec1be")]
    #[case::id("reception/4-certificat/un-nom-tres-long-et-meme-davantage")]
    #[case::dn("CN=mss.ch-test.fr,OU=100000000000027,O=CH,C=FR")]
    #[case::unbroken("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    fn a_long_word_can_be_broken_and_is_not_changed(#[case] word: &str) {
        let fit = quoted(word, 1_000);
        assert_eq!(fit.replace(BREAK, ""), word);
        assert!(fit.split(BREAK).all(|part| part.chars().count() <= 16), "{fit:?}");
    }

    #[rstest]
    #[case::short("reception/quit")]
    #[case::french("anticonstitutionnellement")]
    fn a_word_of_the_language_is_left_to_hyphenation(#[case] word: &str) {
        assert_eq!(quoted(word, 100), word);
    }
}
