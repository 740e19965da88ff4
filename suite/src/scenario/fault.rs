//! A fault in one line of a script.

use std::ops::Range;

/// A fault in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineFault {
    /// Octets of the line that are wrong.
    pub(super) at: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// What to write in its place.
    pub(super) help: Option<String>,
}

impl LineFault {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    /// Says what to write in its place.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, `by` octets further on.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.at = self.at.start + by..self.at.end + by;
        self
    }
}
