//! The runner: selects, plays and judges the scenarios, and assembles the record.

mod assemble;
mod conclude;
mod control;
mod epoch;
mod evidence;
mod fetched;
mod head;
mod journal;
mod judgement;
mod late;
mod options;
mod pace;
mod patience;
mod rehearsal;
mod run;
mod sealed;
mod select;
mod single;
mod stage;
#[cfg(test)]
mod testing;
mod unplayed;
mod verdicts;
mod verify;
mod whole;

pub use conclude::{conclude, exit_code};
pub use control::ping;
pub use head::{HEAD_SCHEMA, Head};
pub use journal::{JOURNAL, Kept};
pub use options::{NOMINAL, Options, tier};
pub use patience::{Again, outwait};
pub use rehearsal::{Rehearsal, rehearse};
pub use run::{RunError, RunEvent, resume, run};
pub use select::{Selection, select};
pub use single::{Bench, Played};
pub use unplayed::withheld;
pub use verify::{Disagreement, Rejudged, VerifyError, rejudge};
