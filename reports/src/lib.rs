//! The reports of a run, one format a file or folder, all of them from the same
//! [`suite::record::RunRecord`]: nothing here runs, judges or counts anything anew.
//!
//! The texts are in French, for operators. What a target said is untrusted: each format makes
//! control characters visible and escapes the rest in its own way.

pub mod bundle;
pub mod content;
pub mod dossier;
pub mod error;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod matrix;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod redaction;
pub mod run_files;
pub mod terminal;

#[cfg(any(test, feature = "sample"))]
pub mod sample;

mod advice;
mod file;
mod outline;
mod words;

pub use error::ReportError;
pub use run_files::{RunFiles, write_all};
pub use words::{mark, plural, visible};
