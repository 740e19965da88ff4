//! Connections of a transcript, and how often what may mean nothing must be seen.

use fixtures::smtp::transcript::{Entry, Event};

/// How many times a silent close or a 421 must be seen before it counts as an answer.
pub const REPEATS: u16 = 3;

/// The last connection of the transcript.
#[must_use]
pub fn last_session(entries: &[Entry]) -> u16 {
    entries
        .iter()
        .filter_map(|entry| match entry.event {
            Event::Connected { session, .. } | Event::ConnectFailed { session, .. } => {
                Some(session)
            }
            _ => None,
        })
        .max()
        .unwrap_or(0)
}
