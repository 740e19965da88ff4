//! Texts made fit to be printed.

use serde::Serialize;

use crate::words;

/// What a report says of something that nobody told.
pub(super) const UNKNOWN: &str = "non renseigné";

/// A labelled value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// What it is.
    label: &'static str,
    /// Its value, in one or several lines.
    lines: Vec<String>,
    /// Where it comes from, when it is not the record.
    from: Option<&'static str>,
}

impl Row {
    /// A text of the suite's.
    pub(super) fn told(label: &'static str, text: impl AsRef<str>) -> Self {
        Self { label, lines: vec![prose(text.as_ref())], from: None }
    }

    /// A text of somebody else's; an empty one was not told.
    pub(super) fn quoted(label: &'static str, text: impl AsRef<str>) -> Self {
        Self::list(label, [text])
    }

    /// Several texts of somebody else's; none at all was not told.
    pub(super) fn list<T: AsRef<str>>(
        label: &'static str,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        let lines: Vec<String> = texts
            .into_iter()
            .map(|text| quoted(text.as_ref().trim()))
            .filter(|text| !text.is_empty())
            .collect();
        let lines = if lines.is_empty() { vec![UNKNOWN.to_owned()] } else { lines };
        Self { label, lines, from: None }
    }

    /// Says where a value comes from, if there is one.
    pub(super) fn from(mut self, from: &'static str) -> Self {
        self.from = (self.lines != [UNKNOWN]).then_some(from);
        self
    }

    /// Whether nobody told it.
    pub(super) fn is_unknown(&self) -> bool {
        self.lines == [UNKNOWN]
    }
}

/// `oui` or `non`.
pub(super) fn yes(value: bool) -> &'static str {
    if value { "oui" } else { "non" }
}

/// An id within a report, without blanks.
pub(crate) fn anchor(kind: &str, id: &str) -> String {
    let id = quoted(id);
    format!("{kind}:{}", id.replace(char::is_whitespace, "-"))
}

/// What someone else wrote, as it is but visible.
pub(crate) fn quoted(text: &str) -> String {
    words::visible(text).into_owned()
}

/// French text: a no-break space before what French sets apart, so that no line begins with it.
pub(crate) fn prose(text: &str) -> String {
    let mut out = quoted(text);
    for sign in [":", ";", "!", "?", "»"] {
        out = out.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    }
    out.replace("« ", "«\u{a0}")
}

/// A reading of the register, which is Markdown: what it marks as code stands in quotation marks.
pub(super) fn reading(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('`').peekable();
    let mut inside = false;
    while let Some(part) = parts.next() {
        out.push_str(part);
        if parts.peek().is_some() {
            out.push_str(if inside { " »" } else { "« " });
            inside = !inside;
        }
    }
    prose(&out)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("Un texte : le point.", "Un texte\u{a0}: le point.")]
    #[case::code(
        "déclarez `uses_crl` ou `[crl]`",
        "déclarez «\u{a0}uses_crl\u{a0}» ou «\u{a0}[crl]\u{a0}»"
    )]
    fn a_reading_shows_no_markdown(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(reading(text), shown);
    }

    #[rstest]
    #[case::nothing(&[], &[UNKNOWN])]
    #[case::blank(&["  "], &[UNKNOWN])]
    #[case::some(&["a", "", "b\u{1b}"], &["a", "b\\x1b"])]
    fn what_nobody_told_is_said_to_be_unknown(#[case] texts: &[&str], #[case] lines: &[&str]) {
        let row = Row::list("x", texts).from("ailleurs");
        assert_eq!(row.lines, lines);
        assert_eq!(row.is_unknown(), row.from.is_none());
    }
}
