//! The rules of the trust space as pure functions of plain facts: what is common to all families, and a folder
//! for each.

pub mod address;
pub mod bearing;
pub mod clause;
pub mod command;
pub mod decision;
pub mod enhanced;
pub mod fact;
pub mod liste_blanche;
pub mod reception;
pub mod session;
#[cfg(test)]
pub mod trial;
pub mod words;

pub use bearing::{Addressed, Bearing, Decided};
pub use clause::ClauseId;
pub use command::Command;
pub use decision::{Decision, Finding, Grade, Outcome, Proof, Rule};
pub use fact::{Fact, FactRow};
