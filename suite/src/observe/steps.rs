//! Numbers of the played steps and of their connections: the thread between what was sent, what came back and the
//! judge.
//!
//! In a script, a step's number is the index of its line. In a session of transactions it is one
//! of these.

use fixtures::smtp::transcript::{Entry, Event};

/// The greeting.
pub const GREETING: u16 = 0;
/// EHLO in clear.
pub const EHLO: u16 = 1;
/// STARTTLS.
pub const STARTTLS: u16 = 2;
/// The handshake.
pub const HANDSHAKE: u16 = 3;
/// EHLO inside TLS.
pub const EHLO_TLS: u16 = 4;
/// QUIT at the end of a session.
pub const QUIT: u16 = 60_000;

const A_TRANSACTION: u16 = 1_000;

/// MAIL of transaction `t`, counted from 0.
#[must_use]
pub const fn mail(t: u16) -> u16 {
    A_TRANSACTION * (t + 1)
}

/// RCPT number `i` of transaction `t`; all beyond the 800th share a number.
#[must_use]
pub const fn rcpt(t: u16, i: u16) -> u16 {
    mail(t) + 1 + if i < 800 { i } else { 800 }
}

/// DATA of transaction `t`.
#[must_use]
pub const fn data(t: u16) -> u16 {
    mail(t) + 900
}

/// The message of transaction `t`, up to the reply to its final dot.
#[must_use]
pub const fn body(t: u16) -> u16 {
    mail(t) + 901
}

/// Chunk `i` of transaction `t`, but for the last one, which is its [`body`]; all beyond the 80th share
/// a number.
#[must_use]
pub const fn chunk(t: u16, i: u16) -> u16 {
    mail(t) + 910 + if i < 80 { i } else { 80 }
}

/// RSET after a refused transaction `t`.
#[must_use]
pub const fn reset(t: u16) -> u16 {
    mail(t) + 902
}

/// The transaction that a step belongs to.
#[must_use]
pub const fn transaction(step: u16) -> Option<u16> {
    match step / A_TRANSACTION {
        0 | 60.. => None,
        n => Some(n - 1),
    }
}

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
