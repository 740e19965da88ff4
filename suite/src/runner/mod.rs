//! The runner: selects, plays and judges the scenarios, and assembles the record.

mod assemble;
mod bench;
mod changes;
mod conclude;
mod consistency;
mod control;
mod declared;
mod deliveries;
mod difference;
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
pub use consistency::{Contradicted, Contradiction, Observation, REFERENCE};
pub use control::ping;
pub use declared::IS_DECLARED;
pub use difference::Difference;
pub use head::{HEAD_SCHEMA, Head};
pub use journal::{JOURNAL, Kept};
pub use omission::withheld;
pub use options::Options;
pub use patience::{Again, outwait};
pub use rehearsal::{Rehearsal, rehearse};
pub use run::{RunError, RunEvent, resume, run};
pub use select::{Selection, select};
pub use verify::{Rejudged, VerifyError, rejudge};
