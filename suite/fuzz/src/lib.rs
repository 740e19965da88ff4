//! What must hold for whatever others wrote: one module a fuzz target, each with a `check` that
//! panics when it does not.
//!
//! libFuzzer calls them through `fuzz_targets/`; `suite/tests/fuzz.rs` includes this very file and
//! calls them with the seeds and with every input that ever failed.

pub mod compare;
pub mod dn_der;
pub mod dn_text;
pub mod judge;
mod pieces;
pub mod probe;
pub mod scenario;
pub mod script;
pub mod smtp_address;
pub mod smtp_reply;
pub mod smtp_session;
pub mod target_file;
pub mod transcript;
pub mod whitelist;

/// A property of all inputs.
pub type Check = fn(&[u8]);

/// Every target: its name and its property.
pub const TARGETS: [(&str, Check); 13] = [
    ("compare", compare::check),
    ("dn_der", dn_der::check),
    ("dn_text", dn_text::check),
    ("judge", judge::check),
    ("probe", probe::check),
    ("scenario", scenario::check),
    ("script", script::check),
    ("smtp_address", smtp_address::check),
    ("smtp_reply", smtp_reply::check),
    ("smtp_session", smtp_session::check),
    ("target_file", target_file::check),
    ("transcript", transcript::check),
    ("whitelist", whitelist::check),
];
