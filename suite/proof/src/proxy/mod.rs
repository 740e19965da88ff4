//! The reference proxy: the oracle behind a real SMTP listener.
//!
//! It decides nothing itself. Replies come from the session machine, outcomes from the reception
//! rules; this module only gathers the facts and moves the octets. Each point at which a proxy can
//! go wrong is a function of its [`Behaviour`]; [`mutants`] replaces them one by one.

mod behaviour;
mod content;
mod delivery;
mod fetched_list;
mod load;
mod mailboxes;
mod memory;
pub mod mutants;
mod own_list;
mod parcel;
mod peer;
mod phase;
mod scene;
mod server;
mod session;
mod shared;
mod verifier;

pub use behaviour::{Admission, Arrival, Behaviour, Farewell, Handshake};
use content::CRLF_DOT_CRLF;
pub use delivery::Delivery;
pub use fetched_list::{FetchedList, ListReader, Taken};
pub use load::{LoadError, Sources, Trusted};
pub use mailboxes::LocalMailboxes;
pub use memory::Memory;
pub use own_list::{OwnList, OwnListError};
pub use parcel::Parcel;
pub use peer::Peer;
pub use scene::Scene;
pub use server::{Proxy, ProxyConfig, ProxyError};
