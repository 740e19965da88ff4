//! `rapport.pdf`: the formal report on paper, as PDF/A-3 with the record attached.
//!
//! The pages are laid out by the templates beside this file from [`crate::content::Content`], as
//! the HTML page is. Texts reach them as values and are never read as markup. Nothing depends on the
//! clock or on fonts of the machine: the same record always gives the same octets.

mod document;
mod fit;
mod fonts;
mod values;
mod world;

#[cfg(test)]
mod tests;

pub use document::{Attachment, Relation, render};
