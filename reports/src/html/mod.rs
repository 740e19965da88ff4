//! `report.html`: one self-contained file in French, that needs neither network nor JavaScript.
//!
//! The page is `templates/report.html`, with its style and script inlined. Every text goes through
//! the template's escaping; none is marked safe but our own style and script.

mod chart;
mod page;

pub(crate) use page::fill;
pub use page::{layout, render, write};

/// The style of every page.
pub(crate) const STYLE: &str = include_str!("templates/style.css");
