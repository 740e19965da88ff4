//! Faults in reading the trust space: trusting without what trust is to rest on (TM3.1P/4a and 4b), or in
//! what it was at start for ever.

use std::sync::Arc;

use fixtures::{
    space::{Space, cast},
    whitelist::{Index, Whitelist},
};
use jiff::Timestamp;

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, LoadError, ProxyConfig, Sources, Trusted};
use suite::oracle::{
    ClauseId,
    reception::{
        Facts, decide,
        facts::{DnStatus, DomainStatus},
    },
};

/// Where nothing is published.
const NOWHERE: &str = "/introuvable";
/// Where the list that somebody changed is.
const TAMPERED: &str = "/liste-blanche-changee.xml";

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "liste-illisible-tout-admis",
        fault: "admet tout DN et tout domaine quand la liste blanche ne peut être lue au démarrage",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-non-liste",
            "reception/4-certificat/dn-non-liste-domaine-liste",
            "reception/5-enveloppe/domaine-non-liste",
        ],
        setting: no_list,
        behaviour: Behaviour {
            load: |sources, now| {
                Box::pin(async move {
                    match sources.load(now).await {
                        Err(LoadError::Fetch { .. }) => without_list(sources).await,
                        read => read,
                    }
                })
            },
            decision: |scene| match scene.trusted.list.entries.is_empty() {
                true => decide(&Facts {
                    dn: DnStatus::Listed,
                    domain: DomainStatus::Mapped,
                    ..scene.facts()
                }),
                false => decide(&scene.facts()),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "liste-non-signee-admise",
        fault: "ne vérifie pas la signature de la liste blanche, qu'une main étrangère a changée",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-non-liste"],
        setting: tampered_list,
        behaviour: Behaviour {
            load: |sources, now| Box::pin(sources.load_by(now, |list| list.unverified())),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "liste-jamais-relue",
        fault: "ne relit jamais la liste blanche, même quand on le lui demande",
        clause: ClauseId::DomainListed,
        killers: &["reception/5-enveloppe/domaine-ajoute-a-la-liste"],
        setting: as_is,
        behaviour: Behaviour {
            renewed: |old, read| Trusted {
                list: Arc::clone(&old.list),
                index: Arc::clone(&old.index),
                ..read
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "crl-jamais-relue",
        fault: "ne relit jamais les CRL, même quand on le lui demande",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/revoque-pendant-la-campagne"],
        setting: as_is,
        behaviour: Behaviour {
            renewed: |old, read| Trusted { trust: Arc::clone(&old.trust), ..read },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "crl-illisible-oubliee",
        fault: "se passe de révocation quand les CRL ne peuvent être lues au démarrage",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/revoque", "reception/4-certificat/ac-revoquee"],
        setting: no_crls,
        behaviour: Behaviour {
            load: |sources, now| Box::pin(without_crls(sources, now)),
            ..Behaviour::REFERENCE
        },
    },
];

/// The whitelist is not where it should be.
fn no_list(mut config: ProxyConfig, space: &Space) -> ProxyConfig {
    config.sources.whitelist_url = format!("{}{NOWHERE}", space.crl_url());
    config.sources.whitelist_address = space.revocation().address();
    config
}

/// On its way the whitelist got an operator more, in another one's place.
fn tampered_list(mut config: ProxyConfig, space: &Space) -> ProxyConfig {
    let dn = |name| cast::operator(name).map(cast::Operator::dn).expect("one of the cast");
    let signed = String::from_utf8_lossy(space.whitelist_xml());
    let changed = signed.replace(&dn("tiers"), &dn("inconnu"));
    space.revocation().publish(TAMPERED, Some(changed.into_bytes()));
    config.sources.whitelist_url = format!("{}{TAMPERED}", space.crl_url());
    config.sources.whitelist_address = space.revocation().address();
    config
}

/// The CRLs are not where they should be.
fn no_crls(mut config: ProxyConfig, space: &Space) -> ProxyConfig {
    config.sources.crl_urls = vec![format!("{}{NOWHERE}", space.crl_url())];
    config
}

async fn without_list(sources: &Sources) -> Result<Trusted, LoadError> {
    let list = Whitelist { generated: Timestamp::UNIX_EPOCH, entries: Vec::new() };
    sources.trusted(list, Index::default(), &sources.crls().await?)
}

async fn without_crls(sources: &Sources, now: Timestamp) -> Result<Trusted, LoadError> {
    let crls = sources.crls().await.unwrap_or_default();
    sources.load_with(&crls, now, |list| list.careful()).await
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fixtures::{
        pki::{Clock, KeyPool},
        smtp::mailroom::Mailroom,
    };

    use super::*;
    use crate::proxy::{Delivery, Proxy, ProxyError};

    #[tokio::test]
    async fn the_reference_does_not_start_there() {
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/keys");
        let pool = KeyPool::open(&keys).expect("a key pool");
        let space = Space::ephemeral(&pool, Clock::System).await.expect("a space");
        let elsewhere = |mutant: &&Mutant| {
            !std::ptr::fn_addr_eq(mutant.setting, as_is as fn(ProxyConfig, &Space) -> ProxyConfig)
        };
        for mutant in MUTANTS.iter().filter(elsewhere) {
            let listen = "127.0.0.1:0".parse().expect("an address");
            let config = ProxyConfig::of_space(&space, listen, Delivery::Memory(Mailroom::new()))
                .expect("there is a target");
            let config = (mutant.setting)(config, &space);
            let started = Proxy::start(config).await;
            assert!(matches!(started, Err(ProxyError::Load(_))), "{}: {started:?}", mutant.id);
        }
    }
}
