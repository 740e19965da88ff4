//! The three fonts of the document, and what they can show.

use std::sync::LazyLock;

use typst::{foundations::Bytes, text::Font};

/// Full names of the faces: those of `typst-assets` are many, and these are enough.
const FACES: [&str; 3] = ["LibertinusSerif-Regular", "LibertinusSerif-Bold", "DejaVuSansMono"];

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    typst_assets::fonts()
        .filter_map(|data| Font::new(Bytes::new(data), 0))
        .filter(|font| font.post_script_name().is_some_and(|name| FACES.contains(&name.as_str())))
        .collect()
});

/// The faces, each in Latin, Greek and Cyrillic.
pub(super) fn all() -> &'static [Font] {
    &FONTS
}

/// Whether a character is shown as itself: from left to right, and by a glyph of any style of text.
pub(super) fn show(c: char) -> bool {
    let reads_forward = matches!(
        c,
        '\u{20}'..='\u{7e}'
            | '\u{a0}'..='\u{ac}'
            | '\u{ae}'..='\u{52f}'
            | '\u{1e00}'..='\u{1fff}'
            | '\u{2010}'..='\u{2027}'
            | '\u{202f}'..='\u{205e}'
            | '\u{2070}'..='\u{2bff}'
    );
    // Each style falls back on the monospaced face, which has no style of its own.
    reads_forward
        && (c.is_ascii()
            || all().iter().any(|font| {
                font.info().family == "DejaVu Sans Mono" && font.info().coverage.contains(c.into())
            }))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_face_is_there() {
        let names: Vec<_> = all().iter().filter_map(Font::post_script_name).collect();
        for face in FACES {
            assert!(names.iter().any(|name| name == face), "{face} of {names:?}");
        }
        assert_eq!(names.len(), FACES.len());
    }

    #[rstest]
    #[case::letter('e', true)]
    #[case::accent('é', true)]
    #[case::ligature('œ', true)]
    #[case::mark('✔', true)]
    #[case::cross('✘', true)]
    #[case::arrow('→', true)]
    #[case::quote('«', true)]
    #[case::narrow_space('\u{202f}', true)]
    #[case::hebrew('א', false)]
    #[case::han('日', false)]
    #[case::private('\u{e000}', false)]
    #[case::emoji('🩺', false)]
    #[case::override_('\u{202e}', false)]
    #[case::control('\u{1b}', false)]
    fn only_what_has_a_glyph_is_shown_as_itself(#[case] c: char, #[case] shown: bool) {
        assert_eq!(show(c), shown);
    }
}
