//! The reference implementation of the reception rules (TM3.1P): a pure function of plain facts.

pub mod clause;
pub mod decision;
pub mod facts;

pub use clause::ClauseId;
pub use decision::{Decision, Finding, Grade, Outcome, Rule};
pub use facts::Facts;
