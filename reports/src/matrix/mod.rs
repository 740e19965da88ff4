//! The reports on a kill matrix, all of them from the same [`proof::matrix::Matrix`]: nothing here
//! plays or judges.

mod outline;
mod page;
mod summary;
mod view;
mod written;

#[cfg(any(test, feature = "sample"))]
pub mod sample;

pub use page::render;
pub use summary::summary;
pub use written::{Written, write_all};
