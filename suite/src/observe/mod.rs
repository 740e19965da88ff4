//! What a transcript shows: a pure reading, on which players and judges rest alike. No verdict is here.

pub(crate) mod answer;
pub mod deferral;
pub mod extension;
mod fate;
pub mod limit;
pub(crate) mod line;
pub mod possession;
pub mod probe;
mod refusal;
mod revocation;
pub mod steps;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;

pub(crate) use fate::{Fate, fate, is_foreign};
pub(crate) use refusal::PATIENCE;
pub use refusal::{How, Refusal, Weak, describe, is_temporary, place, silence};
pub use revocation::reads_crl;
pub use steps::{REPEATS, last_session};
pub use transaction::{
    TransactionEnd, is_unfinished, offers_enhanced_codes, transaction, was_not_greeted,
};
