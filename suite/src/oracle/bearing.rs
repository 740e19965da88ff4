//! What an oracle tells of one transaction, whatever the family whose facts it is decided on.

use fixtures::{smtp::transcript::Stage, space::zone::PtrFault};

use super::{Decision, FactRow};

/// All that an oracle tells of one transaction, or of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The facts, as a record has them.
    pub facts: Vec<FactRow>,
    /// What they mean to whoever judges what was seen.
    pub bearing: Bearing,
    /// What is decided on them.
    pub decision: Decision,
}

/// What the facts of a transaction mean to whoever judges what was seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearing {
    /// The stage at which what is unusual first shows: an earlier refusal is not due to it. `None` where nothing
    /// of peer and envelope is unusual.
    pub shows: Option<Stage>,
    /// What is wrong with the reverse name of the peer.
    pub reverse_name: Option<PtrFault>,
    /// Whether the certificate presented is what is wrong: it must have been shown.
    pub wrong_certificate: bool,
    /// Whether what is wrong is settled before the message: once it is accepted, no notice makes up for it.
    pub before_the_message: bool,
    /// Whom it is addressed to.
    pub addressed: Addressed,
    /// Whether nobody can be told of a message that is lost: its sender is `<>`.
    pub null_sender: bool,
}

/// Whom a transaction is addressed to, by what a delivery tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed {
    /// One mailbox, which is watched.
    Mailbox,
    /// Several.
    Several,
    /// One that nobody declared, and that may not be watched, as that of `postmaster`.
    Unwatched,
    /// One that does not exist.
    Unknown,
    /// Somebody else's.
    Foreign,
}

impl Bearing {
    /// The first stage at which a refusal may be due to what is unusual.
    #[must_use]
    pub fn earliest(&self) -> Stage {
        self.shows.unwrap_or(Stage::Connect)
    }

    /// Whether the peer is as any other until it has named itself: neither address nor name is unusual.
    #[must_use]
    pub fn connects_as_usual(&self) -> bool {
        self.shows.is_none_or(|stage| stage > Stage::Ehlo)
    }
}
