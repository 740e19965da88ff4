//! What a run says in a terminal: its progress while it goes, its summary at the end.

mod progress;
mod style;
mod summary;
mod wrap;

pub use progress::Progress;
pub use style::Style;
pub use summary::summary;
pub(crate) use wrap::{width, wrap};
