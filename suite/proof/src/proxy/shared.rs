//! All that the sessions of a proxy share.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{ServerConfig, pki_types::UnixTime};

use super::{
    behaviour::Behaviour,
    delivery::Delivery,
    load::{LoadError, Sources, Trusted},
    mailboxes::LocalMailboxes,
    memory::Memory,
};
use suite::oracle::session::SessionPolicy;

pub(super) struct Shared {
    pub(super) behaviour: Behaviour,
    pub(super) host: String,
    pub(super) policy: SessionPolicy,
    pub(super) sources: Sources,
    /// What was read of the trust space last. A session keeps what it began with.
    pub(super) trusted: RwLock<Arc<Trusted>>,
    pub(super) mailboxes: LocalMailboxes,
    pub(super) tls: Arc<ServerConfig>,
    pub(super) resolver: SocketAddr,
    pub(super) delivery: Delivery,
    pub(super) idle: Duration,
    pub(super) memory: Memory,
}

impl Shared {
    pub(super) fn trusted(&self) -> Arc<Trusted> {
        Arc::clone(&self.trusted.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the trust space anew; what cannot be read leaves what was read before in force.
    pub(super) async fn reread(&self) -> Result<(), LoadError> {
        let read = (self.behaviour.load)(&self.sources, jiff::Timestamp::now()).await;
        let (in_force, outcome) = match read {
            Ok(read) => (Some((self.behaviour.renewed)(&self.trusted(), read)), Ok(())),
            Err(error) => ((self.behaviour.unread)(&self.trusted(), &error), Err(error)),
        };
        if let Some(in_force) = in_force {
            *self.trusted.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(in_force);
        }
        outcome
    }

    pub(super) fn now(&self) -> UnixTime {
        UnixTime::now()
    }
}
