//! Whether and how a text for the terminal is coloured.

use owo_colors::{OwoColorize, Style as Ansi};
use suite::record::{RunVerdict, Verdict};

/// How a text for the terminal is set. The caller knows the terminal: it decides on colour (a TTY,
/// no `NO_COLOR`) and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Columns of the terminal; more than 100 are not used, fewer than 60 are taken as 60.
    pub width: usize,
}

impl Default for Style {
    /// No colour, 100 columns: what a log or a file gets.
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

impl Style {
    /// The columns to fill.
    pub(crate) fn columns(&self) -> usize {
        self.width.clamp(60, 100)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint(text, Ansi::new().dimmed())
    }

    pub(crate) fn strong(&self, text: &str) -> String {
        self.paint(text, Ansi::new().bold())
    }

    /// In the colour of a verdict.
    pub(crate) fn verdict(&self, verdict: Verdict, text: &str) -> String {
        self.paint(
            text,
            match verdict {
                Verdict::Pass => Ansi::new().green(),
                Verdict::PassWithRemark => Ansi::new().yellow(),
                Verdict::Fail => Ansi::new().red().bold(),
                Verdict::Inconclusive => Ansi::new().magenta(),
                Verdict::Skipped | Verdict::NotApplicable => Ansi::new().dimmed(),
            },
        )
    }

    /// In the colour of a conclusion.
    pub(crate) fn conclusion(&self, verdict: RunVerdict, text: &str) -> String {
        self.paint(
            text,
            match verdict {
                RunVerdict::Concluant => Ansi::new().green().bold(),
                RunVerdict::NonConcluant => Ansi::new().red().bold(),
                RunVerdict::Inconclusive => Ansi::new().magenta().bold(),
            },
        )
    }

    fn paint(&self, text: &str, ansi: Ansi) -> String {
        if self.colour && !text.is_empty() { text.style(ansi).to_string() } else { text.to_owned() }
    }
}
