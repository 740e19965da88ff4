//! The mailboxes of the proxy.

use suite::oracle::{address::Path, reception::facts::Recipients};

/// The domains of the proxy and its mailboxes.
#[derive(Clone, Debug)]
pub struct LocalMailboxes {
    /// Its domains.
    pub domains: Vec<String>,
    /// Local parts of its mailboxes; `postmaster` is always one.
    pub locals: Vec<String>,
}

impl LocalMailboxes {
    /// What a forward-path is to this proxy.
    #[must_use]
    pub fn status(&self, path: &Path) -> Recipients {
        let Some(mailbox) = path.mailbox() else { return Recipients::Postmaster };
        let ours = self.domains.iter().any(|domain| domain.eq_ignore_ascii_case(&mailbox.domain));
        if !ours {
            Recipients::Foreign
        } else if mailbox.is_postmaster() {
            Recipients::Postmaster
        } else if self.locals.contains(&mailbox.local) {
            Recipients::Known
        } else {
            Recipients::Unknown
        }
    }
}
