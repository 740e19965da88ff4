//! The conformance suite: oracle, scenarios, runner, judge and the reference proxy.

pub mod certificate;
pub mod chain;
pub mod comparison;
pub mod explore;
pub mod family;
pub mod judge;
pub mod matrix;
pub mod observe;
pub mod oracle;
pub mod play;
pub mod proxy;
pub mod record;
pub mod runner;
pub mod scenario;
pub mod target;

/// The version of the suite, as its records and reports name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
