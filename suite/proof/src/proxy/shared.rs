//! All that the sessions of a proxy share.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::{ServerConfig, pki_types::UnixTime};

use super::{
    behaviour::Behaviour, delivery::Delivery, load::Trusted, mailboxes::Mailboxes, memory::Memory,
};
use suite::oracle::session::SessionPolicy;

pub(super) struct Shared {
    pub(super) behaviour: Behaviour,
    pub(super) host: String,
    pub(super) policy: SessionPolicy,
    pub(super) trusted: Trusted,
    pub(super) mailboxes: Mailboxes,
    pub(super) tls: Arc<ServerConfig>,
    pub(super) resolver: SocketAddr,
    pub(super) delivery: Delivery,
    pub(super) idle: Duration,
    pub(super) memory: Memory,
}

impl Shared {
    pub(super) fn now(&self) -> UnixTime {
        UnixTime::now()
    }
}
