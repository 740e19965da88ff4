//! Where accepted messages go.

use std::{
    io,
    path::{Path, PathBuf},
};

use fixtures::smtp::mailroom::{Delivery as Message, Mailroom, Via};

/// Where accepted messages go.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// To a mailroom of this process.
    Memory(Mailroom),
    /// Into a maildir.
    Maildir(PathBuf),
}

impl Delivery {
    /// Delivers one message.
    pub(super) async fn deliver(&self, recipients: Vec<String>, raw: Vec<u8>) -> io::Result<()> {
        match self {
            Self::Memory(mailroom) => {
                mailroom.deposit(Message { recipients, raw, via: Via::Direct });
                Ok(())
            }
            Self::Maildir(path) => maildir(path, &raw).await,
        }
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
