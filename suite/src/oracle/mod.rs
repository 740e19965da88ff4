//! The reference implementation of the reception rules (TM3.1P): a pure function of plain facts.

pub mod address;
pub mod clause;
pub mod command;
pub mod decision;
pub mod enhanced;
pub mod fact;
pub mod facts;
pub mod interpretation;
pub mod reception;
mod rules;
pub mod session;
pub mod words;

pub use clause::ClauseId;
pub use command::Command;
pub use decision::{Decision, Finding, Grade, Outcome, Proof, Rule};
pub use fact::{Fact, FactRow};
pub use facts::Facts;
pub use reception::decide;
