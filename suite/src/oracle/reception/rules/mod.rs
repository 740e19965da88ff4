//! One function a rule of TM3.1P, reception, in ERR's order.

mod certificate;
mod connection;
mod content;
mod envelope;
mod recipients;

pub(super) use certificate::{certificate, dn_listed};
pub(super) use connection::{channel, ptr, smtp};
pub(super) use content::content;
pub(super) use envelope::{
    domain_listed, domain_mapped, mail_from, null_sender, null_sender_unchecked,
};
pub(super) use recipients::recipients;

use crate::oracle::{ClauseId, Finding, Rule, session::Reply};

/// A rule whose finding follows from a source.
fn rule(clause: ClauseId, finding: Finding, why: &'static str) -> Rule {
    Rule::new(clause, finding, why)
}

/// A rule whose finding rests on an entry of the interpretation register.
fn read(clause: ClauseId, finding: Finding, why: &'static str, entry: &'static str) -> Rule {
    rule(clause, finding, why).read_by(entry)
}

/// A refusal for good by which the peer knows why (RFC 3463).
const fn refusal(code: u16, enhanced: &'static str, text: &'static str) -> Reply {
    Reply::new(code, enhanced, text)
}
