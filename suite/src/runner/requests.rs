//! What the target itself asked of the simulated space. That a fault is in place is proven by our own
//! control query; what was asked tells whether the target met it.

use std::{collections::BTreeSet, net::IpAddr};

use fixtures::{
    dns::reverse_name,
    log::{Access, Mark, Service},
    pki::Role,
    smtp::transcript::{Event, Transcript},
    space::{
        Space,
        cast::{self, Operator},
        zone::PtrFault,
    },
};

use crate::scenario::{Presented, Scenario, model::ptr_fault};

/// The most questions recorded of one scenario.
const QUESTIONS: usize = 32;

/// Records what was asked of our DNS since `asked`, where the scenario is about the peer's reverse
/// name, but for the names of other peers, which may be asked late for sessions before. Those for
/// the name come first.
pub(super) fn names(scenario: &Scenario, space: &Space, asked: Mark, transcript: &Transcript) {
    let Some(fault) = ptr_fault(scenario.peer.ptr) else { return };
    let about = reverse_name(fault.source());
    let others: BTreeSet<String> = cast::OPERATORS
        .iter()
        .map(Operator::source)
        .chain(PtrFault::ALL.map(PtrFault::source))
        .map(reverse_name)
        .filter(|name| *name != about)
        .collect();
    let seen: BTreeSet<(bool, String, String, IpAddr)> = space
        .log()
        .since(asked)
        .into_iter()
        .filter(|access| !access.control)
        .filter_map(|access| Some((access.question()?.clone(), access.peer.ip())))
        .filter(|(question, _)| !others.contains(&question.name))
        .map(|(question, from)| {
            (question.name != about, question.name, question.kind.to_string(), from)
        })
        .collect();
    for (_, name, kind, from) in seen.into_iter().take(QUESTIONS) {
        transcript.push(Event::DnsAsked { name, kind, from });
    }
}

/// Records who asked so far for the CRL that tells of the peer's certificate, where the scenario is
/// about revocation. Reads of other CRLs prove nothing here.
pub(super) fn crls(scenario: &Scenario, space: &Space, transcript: &Transcript) {
    let Presented::Certificate(variant) = scenario.peer.certificate else { return };
    let Some(path) = variant.told_by().map(Role::crl_path) else { return };
    let seen: BTreeSet<(String, IpAddr)> = fetches(space)
        .filter(|(asked, _, _)| *asked == path)
        .filter_map(|(path, status, from)| match status {
            Some(200) => Some((format!("la CRL {path}"), from)),
            Some(status) => Some((format!("la CRL {path} (réponse {status})"), from)),
            None => None,
        })
        .collect();
    for (what, from) in seen {
        transcript.push(Event::Fetched { what, from });
    }
}

/// Whether the target was seen to read any CRL so far.
pub(super) fn reads_crl(space: &Space) -> bool {
    fetches(space).any(|(path, status, _)| status == Some(200) && path.ends_with(".crl"))
}

/// What the target asked of the server of CRLs so far: path, status and who.
fn fetches(space: &Space) -> impl Iterator<Item = (String, Option<u16>, IpAddr)> {
    let theirs = |access: &Access| !access.control;
    space.log().all().into_iter().filter(theirs).filter_map(|access| {
        let fetch = access.fetch().filter(|fetch| fetch.service == Service::Revocation)?;
        Some((fetch.path.clone(), fetch.status, access.peer.ip()))
    })
}
