//! What the scenarios of an epoch stand on.

use fixtures::{log::Mark, smtp::transcript::Event};

/// What the scenarios of an epoch stand on.
#[derive(Clone, Debug, Default)]
pub(in crate::runner) struct Standing {
    /// What each of their transcripts begins with: what was changed and what the target read of it; the last is the
    /// trouble that keeps them from being played, if there is any.
    pub(super) events: Vec<Event>,
    /// The moment of the access log from which on whatever is read is of their world.
    pub(super) since: Mark,
}

impl Standing {
    /// What keeps the scenarios from being played.
    pub(super) fn troubled(text: String) -> Self {
        Self { events: vec![Event::Trouble { text }], ..Self::default() }
    }
}
