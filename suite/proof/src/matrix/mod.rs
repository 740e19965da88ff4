//! The kill matrix: which scenario finds which faulty proxy.
//!
//! The reference proxy goes through the whole suite, as any target does, and each of its mutants
//! ([`crate::proxy::mutants`]) through every step that holds a scenario which it names
//! ([`MatrixOptions::whole`]: through all of it). Each mutant must be found by the scenarios that it
//! names, each mandatory scenario must find at least one mutant, and the reference proxy must pass
//! everywhere.

mod play;
mod problem;
mod record;
mod review;
mod round;
mod select;

#[cfg(test)]
mod testing;

pub use play::{MatrixEvent, MatrixOptions, play};
pub use problem::Problem;
pub use record::{FamilyRow, Finding, Matrix, MutantRow, Round, SCHEMA, ScenarioRow};
pub use review::Tally;
pub use round::MatrixError;
pub use select::select;
