//! The operator's proxy under test: what `target.toml` or the command line says of it.

mod declaration;
mod document;
mod endpoint;
mod file;
mod host;
mod look;
mod observers;
mod plain_address;
mod production;
mod refresh;
mod values;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

pub use document::{TargetDocument, TargetFileError};
pub use endpoint::{BadEndpoint, Endpoint};
pub use file::{DeliveryProtocol, Observe, TargetFile};
use fixtures::{
    smtp::{guard::Guard, session::SessionEnd, sink::SinkProtocol},
    space::cast,
};
pub use host::{BadHost, Host};
pub use look::{Look, look};
pub use observers::{ObserverError, Observers};
pub use plain_address::{BadAddress, PlainAddress};
pub use production::{guard, is_production};
pub use refresh::{Refresh, RefreshBy, RefreshTable, Refreshes, Reread};

use crate::{
    runner::ping,
    scenario::model::{Capability, ScenarioId},
};

/// How long a client waits to be greeted (RFC 5321 §4.5.3.2.1).
const GREETING: Duration = Duration::from_secs(300);

/// How deliveries to the target's mailboxes can be observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The embedded proxy hands each message over.
    Memory,
    /// Maildirs below these folders.
    Maildir(Vec<PathBuf>),
    /// The target delivers by SMTP or LMTP to a receiving peer of ours at this address.
    Sink(SocketAddr, SinkProtocol),
    /// Not at all.
    None,
}

/// Mailboxes that the operator names for tests; no message ever goes elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailboxes {
    /// An ordinary one.
    pub valid: Option<PlainAddress>,
    /// A second one.
    pub second: Option<PlainAddress>,
    /// An address of the target's domain that does not exist.
    pub unknown: Option<PlainAddress>,
}

impl Mailboxes {
    /// Whether the operator named this address, its domain in any case.
    #[must_use]
    pub fn names(&self, address: &str) -> bool {
        let Some((local, domain)) = address.rsplit_once('@') else { return false };
        [&self.valid, &self.second, &self.unknown].into_iter().flatten().any(|mailbox| {
            mailbox.local() == local && mailbox.domain().eq_ignore_ascii_case(domain)
        })
    }
}

/// Scenarios that the operator declares not applicable, each with the reason given.
pub type NotApplicable = BTreeMap<ScenarioId, String>;

/// Everything known of the target before the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The operator's name, for the report.
    pub name: String,
    /// Host as given.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Where to connect, resolved once.
    pub address: SocketAddr,
    /// The host's other addresses, to be tried after it by [`Target::reached`].
    pub others: Vec<SocketAddr>,
    /// The MX host declared, as [`fixtures::dns::DomainName`] writes it.
    pub mx_host: Option<String>,
    /// The DN declared, in the whitelist's order.
    pub dn: Option<String>,
    /// Its mail domains, the first one leading.
    pub domains: Vec<String>,
    /// Its mailboxes.
    pub mailboxes: Mailboxes,
    /// How deliveries are observed.
    pub delivery: Observation,
    /// How long a delivery may take.
    pub delivery_delay: Duration,
    /// Where the target's outgoing mail (relayed, bounced) is caught, if anywhere.
    pub outgoing: Option<SocketAddr>,
    /// Whether it trusts the simulated space.
    pub trusts_space: bool,
    /// Whether it uses the space's CRLs.
    pub uses_crl: bool,
    /// Whether it asks the space's DNS server.
    pub uses_dns: bool,
    /// How it reads anew what the space serves, where that is declared.
    pub refresh: Refreshes,
    /// Confirmed as a target though it is not on loopback.
    pub confirmed: bool,
    /// Scenarios that could hurt a weak server are wanted.
    pub destructive: bool,
    /// Pause before each scenario.
    pub pace: Duration,
    /// Connections at once, at most.
    pub max_connections: usize,
    /// How long a reply may take.
    pub reply_time: Duration,
    /// How long what it puts off (4xx) is tried again.
    pub retry: Duration,
    /// How long the greeting may take where the peer's reverse name does not answer: five minutes
    /// (RFC 5321 §4.5.3.2.1).
    pub greeting_time: Duration,
    /// What does not apply to it, as its operator declares.
    pub not_applicable: NotApplicable,
    /// Whether it is the embedded reference proxy.
    pub embedded: bool,
    /// What stops everything as soon as it shows a certificate of production.
    pub guard: Guard,
}

impl Target {
    /// The embedded reference proxy of a simulated space, listening at `address`.
    #[must_use]
    pub fn embedded(address: SocketAddr) -> Self {
        let domain = cast::TARGET.domain();
        let mailbox = |local: &str| format!("{local}@{domain}").parse().ok();
        Self {
            name: "proxy de référence embarqué".into(),
            host: address.ip().to_string(),
            port: address.port(),
            address,
            others: Vec::new(),
            mx_host: Some(cast::TARGET.host.into()),
            dn: Some(cast::TARGET.dn()),
            domains: vec![domain.into()],
            mailboxes: Mailboxes {
                valid: mailbox("test"),
                second: mailbox("test2"),
                unknown: mailbox("inconnu"),
            },
            delivery: Observation::Memory,
            delivery_delay: Duration::from_secs(5),
            outgoing: None,
            trusts_space: true,
            uses_crl: true,
            uses_dns: true,
            refresh: Refreshes::in_process(&Reread::default()),
            confirmed: true,
            destructive: true,
            pace: Duration::ZERO,
            max_connections: 16,
            reply_time: Duration::from_secs(10),
            retry: Duration::ZERO,
            greeting_time: GREETING,
            not_applicable: NotApplicable::new(),
            embedded: true,
            guard: guard(false),
        }
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    #[must_use]
    pub fn endpoint(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The same, with the address used where the host is a name.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.host.parse::<IpAddr>().is_ok() {
            self.endpoint()
        } else {
            format!("{} ({})", self.endpoint(), self.address.ip())
        }
    }

    /// All addresses of its host, in the order in which they are tried.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        std::iter::once(self.address).chain(self.others.iter().copied())
    }

    /// The target at the first of its addresses that greets (RFC 5321 §5.1, RFC 8305 §4), each given
    /// `limit`. A host with one address is not looked at.
    ///
    /// # Errors
    /// What came at each address, when none greets.
    pub async fn reached(self, limit: Duration) -> Result<Self, Vec<(SocketAddr, SessionEnd)>> {
        if self.others.is_empty() {
            return Ok(self);
        }
        let all: Vec<SocketAddr> = self.addresses().collect();
        let mut failed = Vec::new();
        for address in all {
            let target = Self { address, others: Vec::new(), ..self.clone() };
            match ping(&target, limit).await {
                Ok(_) => return Ok(target),
                Err(end) => failed.push((address, end)),
            }
        }
        Err(failed)
    }

    /// Whether the target's outgoing mail can be seen: relayed messages and bounces.
    #[must_use]
    pub fn outgoing_observed(&self) -> bool {
        self.outgoing.is_some() || self.embedded
    }
}

/// Why a capability is missing and how to supply it, in French.
#[must_use]
pub fn how_to_supply(capability: Capability) -> &'static str {
    match capability {
        Capability::SimulatedSpace => {
            "la cible ne fait pas confiance à l'espace simulé : créez un kit (cargo xtask kit --space kit), \
             configurez-y la cible, puis relancez avec --space kit"
        }
        Capability::Mailbox => "aucune boîte de test : déclarez [mailboxes] valid dans target.toml",
        Capability::SecondMailbox => {
            "pas de seconde boîte de test : déclarez [mailboxes] second dans target.toml"
        }
        Capability::UnknownMailbox => {
            "pas d'adresse inconnue déclarée : déclarez [mailboxes] unknown dans target.toml"
        }
        Capability::Delivery => {
            "les remises ne sont pas observables : déclarez [delivery] observe dans target.toml"
        }
        Capability::Relay => {
            "le courrier sortant de la cible n'est pas observable : déclarez [outgoing] sink dans target.toml"
        }
        Capability::SourceAddresses => {
            "les pairs ne peuvent pas prendre les adresses de l'espace simulé : elles sont de 127.0.0.0/8, et la \
             cible est jointe par une autre adresse (::1 est seule dans son réseau) ; si la cible est sur cette \
             machine, donnez host = \"127.0.0.1\""
        }
        Capability::Dns => {
            "la cible n'interroge pas le DNS de l'espace simulé : configurez-le, puis déclarez uses_dns = true dans target.toml"
        }
        Capability::DeclaredIdentity => {
            "identité non déclarée : déclarez dn et mx_host dans target.toml"
        }
        Capability::ListRefresh => {
            "la cible ne dit pas comment elle relit la liste blanche : déclarez [refresh] list = { command = \"…\" } \
             (ou period, ou url) dans target.toml"
        }
        Capability::CrlRefresh => {
            "la cible ne dit pas comment elle relit les CRL : déclarez [refresh] crl = { command = \"…\" } (ou \
             period, ou url) dans target.toml"
        }
        Capability::Destructive => {
            "scénario potentiellement destructeur, à demander par --destructive ou destructive = true dans target.toml"
        }
    }
}
