//! Exploration: random peers, certificates, whitelists and envelopes, played against a live target
//! and compared with the oracle.
//!
//! What a case is, is known by its making and looked up nowhere: names are made of words whose
//! equality no spelling changes (`word.rs`, `name.rs`), and a world knows what its list holds without
//! reading it (`world.rs`). The proxy reads the list's strings and the certificate's octets. That the
//! two agree is what an exploration shows; a judge that looked up as the proxy does would show
//! nothing.

mod case;
mod cause;
mod disagreement;
mod explorer;
mod file;
mod ground;
mod name;
mod peer;
mod reduce;
mod sender;
mod shrink;
mod strategy;
mod tally;
mod word;
mod world;

pub use case::Made;
pub use cause::Cause;
pub use disagreement::Disagreement;
pub use explorer::{
    CASES_OF_A_WORLD, DISAGREEMENTS, Exploration, ExploreError, Plan, Progress, explore,
};
pub use file::{WriteError, Written, write};
pub use ground::{Ground, Spoil};
pub use tally::{HARDLY, Permitted, Seens, Tally};
