//! What the facts of a list mean to whoever judges mail that arrives under it.

use fixtures::smtp::transcript::Stage;

use super::facts::{Facts, ReversePath, Sender};
use crate::oracle::bearing::{Addressed, Bearing};

impl Facts {
    /// What they mean to whoever judges what was seen.
    #[must_use]
    pub fn bearing(&self) -> Bearing {
        Bearing {
            // Whose DN is gone is refused from the handshake on; whose domain is, at MAIL.
            shows: (self.sender != Sender::Both).then_some(Stage::Handshake),
            reverse_name: None,
            wrong_certificate: false,
            before_the_message: false,
            addressed: Addressed::Mailbox,
            null_sender: self.mail_from == ReversePath::Null,
        }
    }
}
