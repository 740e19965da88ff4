//! The runner: selects, plays and judges the scenarios, and assembles the record.

mod assemble;
mod conclude;
mod control;
mod fetched;
mod late;
mod rehearsal;
mod run;
mod select;
mod verify;

pub use conclude::{conclude, exit_code};
pub use control::ping;
pub use rehearsal::{Rehearsal, rehearse};
pub use run::{NOMINAL, Options, RunError, RunEvent, run, tier};
pub use select::{Selection, select};
pub use verify::{Disagreement, Rejudged, VerifyError, rejudge};
