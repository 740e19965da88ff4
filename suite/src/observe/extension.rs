//! The extensions that the target's EHLO offers (RFC 5321 §4.1.1.1).

use fixtures::smtp::transcript::{Entry, Event, Stage, Wire};

use crate::scenario::reply::begins_with;

/// The extension of BDAT (RFC 3030 §2).
pub const CHUNKING: &str = "CHUNKING";

/// Whether the last EHLO of connection `session` was offered this extension.
#[must_use]
pub fn offered(entries: &[Entry], session: u16, extension: &str) -> bool {
    ehlo(entries, session)
        .is_some_and(|(_, lines)| lines.iter().any(|line| is_offered_by(line, extension)))
}

/// Whether a line of the EHLO reply offers this extension.
#[must_use]
pub fn is_offered_by(line: &Wire, extension: &str) -> bool {
    // After the code and its separator.
    begins_with(extension, line.lossy().get(4..).unwrap_or_default())
}

/// The lines of the last 250 to EHLO, and where it came.
pub(crate) fn ehlo(entries: &[Entry], session: u16) -> Option<(Stage, &[Wire])> {
    entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Reply {
            session: s,
            stage: stage @ (Stage::Ehlo | Stage::EhloTls),
            code: 250,
            lines,
            ..
        } if *s == session => Some((*stage, lines.as_slice())),
        _ => None,
    })
}
