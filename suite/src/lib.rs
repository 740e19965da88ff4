//! The conformance suite: oracle, scenarios, player, judge and runner. It knows no proxy.

pub mod certificate;
pub mod chain;
pub mod comparison;
pub mod document;
pub mod family;
pub mod format;
pub mod judge;
pub mod observe;
pub mod oracle;
pub mod play;
pub mod record;
pub mod runner;
pub mod scenario;
pub mod target;

/// The version of the suite, as its records and reports name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
