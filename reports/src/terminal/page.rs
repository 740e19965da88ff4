//! A page of text for the terminal, line by line.

use suite::record::{ScenarioRecord, Verdict};

use super::{
    Style,
    wrap::{width, wrap},
};
use crate::words;

/// The text under construction.
pub(super) struct Page<'a> {
    /// How it is set.
    pub(super) style: &'a Style,
    /// What is written so far.
    pub(super) text: String,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(style: &'a Style) -> Self {
        Self { style, text: String::new() }
    }

    /// One line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// `Cible    …`, later lines under the first word.
    pub(super) fn field(&mut self, label: &str, text: &str) {
        let label = self.style.dim(&format!("{label:7}"));
        self.hanging(&format!("{label}  "), 9, text);
    }

    /// `  attendu   …`; nothing for an empty text.
    pub(super) fn detail(&mut self, label: &str, text: &str) {
        if !text.trim().is_empty() {
            let label = self.style.dim(&format!("{label:8}"));
            self.hanging(&format!("  {label}  "), 12, text);
        }
    }

    /// `▲ …`.
    pub(super) fn item(&mut self, verdict: Verdict, text: &str) {
        let mark = self.style.verdict(verdict, words::mark(verdict));
        self.hanging(&format!("{mark} "), 2, text);
    }

    /// A text behind `head`, later lines under its first word.
    pub(super) fn hanging(&mut self, head: &str, indent: usize, text: &str) {
        let text = words::visible(text);
        for (index, line) in wrap(&text, self.style.columns() - indent).iter().enumerate() {
            if index == 0 {
                self.line(&format!("{head}{line}"));
            } else {
                self.line(&format!("{:indent$}{line}", ""));
            }
        }
    }

    /// The id at the left, clause and level at the right when both fit, the title below.
    pub(super) fn scenario_head(&mut self, scenario: &ScenarioRecord) {
        let id = words::visible(&scenario.id).into_owned();
        let place =
            format!("{} · {}", words::visible(&scenario.clause), words::level(scenario.level));
        let mark = self.style.verdict(scenario.verdict, words::mark(scenario.verdict));
        let used = 2 + width(&id) + width(&place);
        let columns = self.style.columns();
        if used + 2 <= columns {
            let gap = columns - used;
            let (id, place) = (self.style.strong(&id), self.style.dim(&place));
            self.line(&format!("{mark} {id}{:gap$}{place}", ""));
        } else {
            self.hanging(&format!("{mark} "), 2, &id);
            self.hanging("  ", 2, &place);
        }
        self.hanging("  ", 2, &scenario.title);
    }

    /// `✔ 6  ▲ 1`, what is zero left out.
    pub(super) fn marks(&self, counts: impl Iterator<Item = (Verdict, usize)>) -> String {
        let marks: Vec<_> = counts
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| {
                self.style.verdict(verdict, &format!("{} {count}", words::mark(verdict)))
            })
            .collect();
        if marks.is_empty() { "aucun scénario".to_owned() } else { marks.join("  ") }
    }
}
