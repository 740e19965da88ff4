//! What is wrong with the files below `scenarios/`, as diagnostics with file, line and caret. All
//! of them are the scenario author's to mend.

use std::{ops::Range, path::Path, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A file that was read, for the excerpts of diagnostics.
pub type Source = Arc<NamedSource<String>>;

/// One fault of one file.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    message: String,
    file: Source,
    at: Option<Range<usize>>,
    label: Option<String>,
    help: Option<String>,
}

impl Problem {
    /// A fault of the whole file.
    #[must_use]
    pub fn new(file: &Source, message: impl Into<String>) -> Self {
        Self { message: message.into(), file: file.clone(), at: None, label: None, help: None }
    }

    /// Points at octets of the file.
    #[must_use]
    pub fn at(mut self, at: Range<usize>, label: impl Into<String>) -> Self {
        let end = self.file.inner().len();
        self.at = Some(at.start.min(end)..at.end.min(end));
        self.label = Some(label.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it says the same of the same place.
    pub(super) fn is_the_same(&self, other: &Self) -> bool {
        (self.file(), &self.at, &self.message) == (other.file(), &other.at, &other.message)
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        self.file.name()
    }

    /// Where in the file it is, in octets.
    #[must_use]
    pub fn span(&self) -> Option<Range<usize>> {
        self.at.clone()
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.file as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        // A fault of the whole file is shown at its start, so that the file is named.
        let at = self.at.clone().unwrap_or(0..0);
        let label = LabeledSpan::new_with_span(self.label.clone(), at);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Every fault found in one load, sorted by file and place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} fault(s) below {root}: no scenario is played before they are mended", problems.len())]
pub struct LoadErrors {
    /// The folder that was loaded.
    pub root: String,
    /// The faults.
    pub problems: Vec<Problem>,
}

impl LoadErrors {
    pub(super) fn new(root: &Path, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| {
            (problem.file().to_owned(), problem.span().map_or(0, |at| at.start))
        });
        Self { root: root.display().to_string(), problems }
    }
}

impl Diagnostic for LoadErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}
