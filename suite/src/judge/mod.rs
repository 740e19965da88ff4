//! The judge: a pure reading of a scenario, its facts and its transcript.

pub mod observation;
pub mod transaction;
mod judgement;
pub mod probe;
pub mod script;

pub use judgement::{Context, Judgement, Twin};
