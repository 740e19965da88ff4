//! All that the sessions of a proxy share.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use fixtures::smtp::mailroom::{Delivery as Message, Via};
use rustls::{ServerConfig, pki_types::UnixTime};

use super::{
    behaviour::Behaviour, load::Trusted, mailboxes::Mailboxes, memory::Memory, server::Delivery,
};
use crate::oracle::session::SessionPolicy;

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
    /// Delivers one message.
    pub(super) async fn deliver(&self, recipients: Vec<String>, raw: Vec<u8>) -> io::Result<()> {
        match &self.delivery {
            Delivery::Memory(mailroom) => {
                mailroom.deposit(Message { recipients, raw, via: Via::Direct });
                Ok(())
            }
            Delivery::Maildir(path) => maildir(path, &raw).await,
        }
    }

    pub(super) fn now(&self) -> UnixTime {
        UnixTime::now()
    }
}

/// Writes into `tmp/`, then moves into `new/`: a reader never sees half a message.
async fn maildir(path: &Path, raw: &[u8]) -> io::Result<()> {
    for folder in ["tmp", "new", "cur"] {
        tokio::fs::create_dir_all(path.join(folder)).await?;
    }
    let name = format!("{:032x}.mssante", rand::random::<u128>());
    let beside = path.join("tmp").join(&name);
    tokio::fs::write(&beside, raw).await?;
    tokio::fs::rename(&beside, path.join("new").join(&name)).await
}
