//! What the target itself asked of the simulated space: information for the reader, never proof of a
//! fault, which our own control query gives.

use std::{collections::BTreeSet, net::IpAddr};

use fixtures::{
    dns::{Mark, reverse_name},
    pki::Variant,
    smtp::transcript::{Event, Transcript},
    space::Space,
};

use crate::{
    play,
    scenario::{Presented, Scenario},
};

/// Records who looked up the peer's reverse name since `asked`, where the scenario is about it.
pub(super) fn names(scenario: &Scenario, space: &Space, asked: Mark, transcript: &Transcript) {
    let Some(fault) = play::ptr_fault(scenario.peer.ptr) else { return };
    let name = reverse_name(fault.source());
    let seen: BTreeSet<(String, IpAddr)> = space
        .dns()
        .log()
        .since(asked)
        .into_iter()
        .filter(|query| !query.control && query.name == name)
        .map(|query| (format!("{name} {} au DNS simulé", query.kind), query.peer.ip()))
        .collect();
    record(seen, transcript);
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
        record(crl_fetches(space).collect(), transcript);
    }
}

/// The CRLs fetched so far, and by whom. Nothing but the target fetches any.
pub(super) fn crl_fetches(space: &Space) -> impl Iterator<Item = (String, IpAddr)> {
    let fetches = space.revocation().fetches().into_iter();
    fetches
        .filter(|fetch| fetch.status == Some(200) && fetch.path.ends_with(".crl"))
        .map(|fetch| (format!("la CRL {}", fetch.path), fetch.peer))
}

fn record(seen: BTreeSet<(String, IpAddr)>, transcript: &Transcript) {
    for (what, from) in seen {
        transcript.push(Event::Fetched { what, from });
    }
}
