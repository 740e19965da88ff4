//! What a run says in a terminal: its progress while it goes, its summary at the end, and what has
//! changed since another one.

mod comparison;
mod listing;
mod page;
mod progress;
mod style;
mod summary;
mod verification;
mod wrap;

pub use comparison::comparison;
pub use listing::entry;
pub use progress::{Progress, put_off};
pub use style::Style;
pub use summary::summary;
pub use verification::{verdict, verification};
pub use wrap::fill;
pub(crate) use wrap::{width, wrap};
