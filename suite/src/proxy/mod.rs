//! The reference proxy: the oracle behind a real SMTP listener.
//!
//! It decides nothing itself. Replies come from the session machine, outcomes from the reception
//! rules; this module only gathers the facts and moves the octets.

mod load;
mod own_list;
mod peer;
mod server;
mod session;
mod verifier;

pub use load::{LoadError, Sources, Trusted};
pub use own_list::{OwnList, OwnListError};
pub use server::{Delivery, Proxy, ProxyConfig, ProxyError};
