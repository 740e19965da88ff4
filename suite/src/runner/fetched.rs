//! What the target itself asked of the simulated space. That a fault is in place is proven by our own
//! control query; what was asked tells whether the target met it.

use std::{collections::BTreeSet, net::IpAddr};

use fixtures::{
    dns::{Mark, reverse_name},
    pki::Variant,
    smtp::transcript::{Event, Transcript},
    space::{
        Space,
        cast::{self, Operator},
        zone::PtrFault,
    },
};

use crate::{
    play,
    scenario::{Presented, Scenario},
};

/// The most questions recorded of one scenario.
const QUESTIONS: usize = 32;

/// Records what was asked of our DNS since `asked`, where the scenario is about the peer's reverse
/// name, but for the names of other peers, which may be asked late for sessions before. Those for
/// the name come first.
pub(super) fn names(scenario: &Scenario, space: &Space, asked: Mark, transcript: &Transcript) {
    let Some(fault) = play::ptr_fault(scenario.peer.ptr) else { return };
    let about = reverse_name(fault.source());
    let others: BTreeSet<String> = cast::OPERATORS
        .iter()
        .map(Operator::source)
        .chain(PtrFault::ALL.map(PtrFault::source))
        .map(reverse_name)
        .filter(|name| *name != about)
        .collect();
    let seen: BTreeSet<(bool, String, String, IpAddr)> = space
        .dns()
        .log()
        .since(asked)
        .into_iter()
        .filter(|query| !query.control && !others.contains(&query.name))
        .map(|query| (query.name != about, query.name, query.kind.to_string(), query.peer.ip()))
        .collect();
    for (_, name, kind, from) in seen.into_iter().take(QUESTIONS) {
        transcript.push(Event::DnsAsked { name, kind, from });
    }
}

/// Records who fetched a CRL so far, where the scenario is about revocation.
pub(super) fn crls(scenario: &Scenario, space: &Space, transcript: &Transcript) {
    let about_revocation = matches!(
        scenario.peer.certificate,
        Presented::Certificate(
            Variant::RevokedLeaf
                | Variant::RevokedIntermediate
                | Variant::CrlExpired
                | Variant::CrlAbsent
        )
    );
    if about_revocation {
        for (what, from) in crl_fetches(space).collect::<BTreeSet<_>>() {
            transcript.push(Event::Fetched { what, from });
        }
    }
}

/// The CRLs fetched so far, and by whom. Nothing but the target fetches any.
pub(super) fn crl_fetches(space: &Space) -> impl Iterator<Item = (String, IpAddr)> {
    let fetches = space.revocation().fetches().into_iter();
    fetches
        .filter(|fetch| fetch.status == Some(200) && fetch.path.ends_with(".crl"))
        .map(|fetch| (format!("la CRL {}", fetch.path), fetch.peer))
}
