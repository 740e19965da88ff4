//! The reference reception session (RFC 5321, RFC 3207, RFC 2034) as a pure state machine.
//!
//! [`permitted()`] says which replies to a command are in order, [`next`] where the session then
//! stands. Whether a peer's *message* is to be accepted is not known here: see
//! [`Permitted::under`], which brings in the [`Decision`](super::Decision).

mod chunking;
mod permitted;
mod policy;
mod reply;
mod situation;
mod state;

pub use permitted::permitted;
pub use policy::{SessionPolicy, check_starttls_offer};
pub use reply::{Allowed, Codes, Permitted, Reply};
pub use situation::{Situation, situation};
pub use state::{SessionState, next};
