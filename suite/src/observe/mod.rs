//! What a transcript shows: a pure reading, on which players and judges rest alike. No verdict is here.

pub(crate) mod answer;
pub mod deferral;
pub mod extension;
mod fate;
pub mod limit;
pub(crate) mod line;
pub mod possession;
pub mod probe;
pub mod steps;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;

pub(crate) use fate::{Fate, fate, is_foreign};
pub use steps::{REPEATS, last_session};
pub(crate) use transaction::PATIENCE;
pub use transaction::{
    How, Refusal, TransactionEnd, Weak, describe, is_temporary, is_unfinished,
    offers_enhanced_codes, place, silence, transaction, was_not_greeted,
};
