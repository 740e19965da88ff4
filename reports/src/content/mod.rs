//! The content of the formal report: all that it says, ready to be laid out, whatever the format.
//!
//! [`Content`] is built from the record of a run and the transcripts beside it, the form of the
//! operator (Annexe 1) and an earlier run, where these are given. A format adds a layout, never a
//! figure or a sentence about the target. Every text of somebody else is visible already; each
//! format escapes it in its own way.

mod certificate;
mod comparison;
mod conclusion;
mod coverage;
mod document;
mod environment;
mod event;
mod exchange;
mod extract;
mod group;
mod identification;
mod interpretation;
mod nonconformity;
mod scenario;
mod signature;
mod step;
mod tally;
mod text;
mod timeline;
mod transcript;
mod world;

pub use document::{Content, Sources};
pub(crate) use step::{Spread, StepSection};
pub(crate) use text::{anchor, prose, quoted};
pub(crate) use timeline::{MOST_WORLDS, is_unseen};
pub(crate) use world::brief;
