//! The runner: selects, plays and judges the scenarios, and assembles the record.

mod assemble;
mod bench;
mod changes;
mod conclude;
mod control;
mod deliveries;
mod epoch;
mod evidence;
mod head;
mod journal;
mod judgement;
mod omission;
mod options;
mod pace;
mod patience;
mod reads;
mod rehearsal;
mod requests;
mod run;
mod run_record;
mod select;
mod stage;
#[cfg(test)]
mod testing;
mod transcript_ref;
mod verdicts;
mod verify;

pub use bench::{Bench, Played};
pub use conclude::{conclude, exit_code};
pub use control::ping;
pub use head::{HEAD_SCHEMA, Head};
pub use journal::{JOURNAL, Kept};
pub use omission::withheld;
pub use options::{NOMINAL, Options, tier};
pub use patience::{Again, outwait};
pub use rehearsal::{Rehearsal, rehearse};
pub use run::{RunError, RunEvent, resume, run};
pub use select::{Selection, select};
pub use verify::{Disagreement, Rejudged, VerifyError, rejudge};
