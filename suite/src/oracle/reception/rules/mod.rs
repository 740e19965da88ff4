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

use crate::oracle::{ClauseId, Finding, Proof, Rule};

/// A rule whose finding follows from a source.
fn rule(clause: ClauseId, finding: Finding, why: &'static str) -> Rule {
    Rule { clause, finding, why, interpretation: None, proof: Proof::Reply, reasoned: false }
}

/// A rule whose finding rests on an entry of the interpretation register.
fn read(clause: ClauseId, finding: Finding, why: &'static str, entry: &'static str) -> Rule {
    Rule { interpretation: Some(entry), ..rule(clause, finding, why) }
}
