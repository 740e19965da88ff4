//! TOML files that people write, read against the schema of their type: every fault of their
//! structure at once, each with its place and with what was meant.

mod fault;
mod nearest;
mod place;
mod read;
mod walk;

pub use fault::{Fault, FaultKind, Wanted, short};
pub use nearest::nearest;
pub use place::{locate, locate_key, within};
pub use read::{Names, parse, read, text};
