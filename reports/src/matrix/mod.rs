//! The reports on a kill matrix, all of them from the same [`proof::matrix::Matrix`]: nothing here
//! plays or judges.

mod files;
mod outline;
mod page;
mod summary;
mod view;

#[cfg(any(test, feature = "sample"))]
pub mod sample;

pub use files::{MatrixFiles, write_all};
pub use page::render;
pub use summary::summary;
