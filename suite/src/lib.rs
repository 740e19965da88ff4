//! The conformance suite: oracle, scenarios, runner, judge and the reference proxy.

pub mod certificate;
pub mod oracle;
pub mod proxy;
pub mod record;
pub mod scenario;
pub mod target;
