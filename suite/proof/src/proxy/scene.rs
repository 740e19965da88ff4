//! All that the proxy knows when it decides on a transaction.

use super::{load::Trusted, mailboxes::LocalMailboxes, memory::Memory, peer::Peer};
use suite::oracle::{
    Command,
    address::Path,
    command::Verb,
    reception::{
        Facts,
        facts::{MailFrom, Recipients},
    },
};

/// A transaction as far as it has come.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The command that is to be answered.
    pub command: &'a Command,
    /// The name of the last EHLO or HELO.
    pub hello: &'a str,
    /// The peer.
    pub peer: &'a Peer,
    /// The reverse-path, of this command or of one before it.
    pub sender: Option<&'a Path>,
    /// The forward-paths accepted so far.
    pub recipients: &'a [Path],
    /// The message, once it was received.
    pub content: Option<&'a [u8]>,
    /// The trust space.
    pub trusted: &'a Trusted,
    /// The proxy's mailboxes.
    pub mailboxes: &'a LocalMailboxes,
    /// What was remembered in this session. The reference proxy remembers nothing.
    pub session: &'a Memory,
    /// What was remembered since the start. The reference proxy remembers nothing.
    pub process: &'a Memory,
}

impl Scene<'_> {
    /// The forward-path that is decided on: this command's, or the first.
    #[must_use]
    pub fn recipient(&self) -> Option<&Path> {
        match &self.command.verb {
            Verb::Rcpt { path, .. } => Some(path),
            Verb::Mail { .. } => None,
            _ => self.recipients.first(),
        }
    }

    /// The facts, looked up.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let mailbox = self.sender.and_then(Path::mailbox);
        Facts {
            channel: self.peer.channel,
            certificate: self.peer.certificate,
            dn: self.peer.dn,
            mail_from: self.sender.map_or(MailFrom::Absent, MailFrom::from),
            domain: mailbox
                .map(|mailbox| self.peer.domain(&mailbox.domain, self.trusted))
                .unwrap_or_default(),
            recipients: self
                .recipient()
                .map_or(Recipients::Known, |path| self.mailboxes.status(path)),
            ..Facts::default()
        }
    }
}
