//! The reference proxy with a whitelist of its own, beside that of its space.

use std::net::{Ipv4Addr, SocketAddr};

use fixtures::{
    smtp::mailroom::Mailroom,
    space::{Space, SpaceError, WHITELIST_HOST, list},
    whitelist::{Entry, WhitelistServer},
};

use super::{Delivery, Proxy, ProxyConfig, ProxyError, mutants::Mutant};
use suite::{
    scenario::ListEntry,
    target::{Refreshes, Target},
};

/// A reference proxy that reads the list of the cast and some entries more. It and its list stop on
/// drop.
#[derive(Debug)]
pub struct OwnList {
    /// The proxy as a target.
    pub target: Target,
    _proxy: Proxy,
    _server: WhitelistServer,
}

/// It could not be started.
#[derive(Debug, thiserror::Error)]
pub enum OwnListError {
    /// The list cannot be signed or served.
    #[error("liste blanche du scénario : {0}")]
    List(#[from] SpaceError),
    /// The proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

impl OwnList {
    /// Starts it in `space`; deliveries go to `mailroom`, and it may be a mutant.
    ///
    /// # Errors
    /// [`OwnListError`].
    pub async fn start(
        space: &Space,
        entries: &[ListEntry],
        mailroom: &Mailroom,
        mutant: Option<&Mutant>,
    ) -> Result<Self, OwnListError> {
        let now = space.now();
        let mut whole = list::whitelist(now);
        whole.entries.extend(entries.iter().map(|entry| Entry {
            domain: entry.domain.clone(),
            description: "Domaine de TEST d'un scénario".into(),
            operator_dn: entry.dn.clone(),
            contact: "01 00 00 00 00, contact@mssante.test".into(),
            support: "01 00 00 00 00, support@mssante.test".into(),
            updated: now,
        }));
        let server = space.serve_list(&whole).await?;
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut config =
            ProxyConfig::of_space(space, anywhere, Delivery::Memory(mailroom.clone()))?;
        config.sources.whitelist_url = server.url(WHITELIST_HOST);
        config.sources.whitelist_address = server.address();
        if let Some(mutant) = mutant {
            config = mutant.config(config, space);
        }
        let proxy = Proxy::start(config).await?;
        // It reads its own list anew, not that of the space.
        let target = Target { refresh: Refreshes::default(), ..proxy.target() };
        Ok(Self { target, _proxy: proxy, _server: server })
    }
}
