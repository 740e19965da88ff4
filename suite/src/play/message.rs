//! The letters that a scenario sends.

use fixtures::smtp::mailroom::Delivery;
use fixtures::smtp::message::{self, Kind, Spec};
use fixtures::smtp::transcript::Event;

use super::{Player, Stopped};
use crate::scenario::model::{MessageKind, ReversePath, Transaction};

/// A message sent, to be recognised in what the target delivers.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its token.
    pub token: String,
    /// The message as composed; `None` for one that a script wrote by hand.
    pub original: Option<Vec<u8>>,
    /// The message as sent: dot-stuffed, with its final dot.
    pub wire: Vec<u8>,
    /// Whether the target answered 2xx to its final dot.
    pub accepted: bool,
    /// Addresses that it was sent to.
    pub recipients: Vec<String>,
}

impl Letter {
    /// The reason given by `delivery`, when it is a notification about this letter and not the
    /// letter itself.
    #[must_use]
    pub fn notification(&self, delivery: &Delivery) -> Option<String> {
        message::notification(&delivery.raw, &self.token)
    }
}
