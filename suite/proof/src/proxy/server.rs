//! The listener of the reference proxy.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, RwLock},
    time::Duration,
};

use fixtures::{
    dn::DistinguishedName,
    net::{CONNECTIONS, Listener, Serving},
    pki::Identity,
    space::Space,
};

use x509_parser::parse_x509_certificate;

use super::{
    behaviour::Behaviour,
    delivery::Delivery,
    load::{LoadError, Sources},
    mailboxes::LocalMailboxes,
    memory::Memory,
    session::Session,
    shared::Shared,
};
use suite::{
    oracle::session::SessionPolicy,
    target::{Refreshes, Reread, Target},
};

/// What the proxy offers inside TLS.
const EXTENSIONS: [&str; 6] =
    ["PIPELINING", "SIZE 20971520", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "CHUNKING"];

/// How long the proxy waits for a list or a CRL: on loopback nothing honest takes as long. In the worlds whose server is
/// silent or never ends, the whole suite waits for it.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What the proxy is started with.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its name in the greeting, CN of its certificate.
    pub host: String,
    /// Its certificate and key.
    pub identity: Identity,
    /// Where it reads the whitelist and the CRLs.
    pub sources: Sources,
    /// Its mailboxes.
    pub mailboxes: LocalMailboxes,
    /// The DNS server of the space.
    pub resolver: SocketAddr,
    /// Where messages go.
    pub delivery: Delivery,
    /// How long a client may stay silent (RFC 5321 §4.5.3.2.7 asks for five minutes).
    pub idle: Duration,
    /// How it decides.
    pub behaviour: Behaviour,
}

/// A proxy that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// It cannot listen.
    #[error("le proxy de référence ne peut pas écouter sur {address} : {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The operating system's words.
        source: io::Error,
    },
    /// The trust space could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The TLS library refuses the configuration.
    #[error("configuration TLS du proxy de référence refusée : {0}")]
    Tls(#[from] rustls::Error),
    /// Nobody signs the space's whitelist.
    #[error("signataire de la liste blanche simulée : {0}")]
    Publisher(String),
    /// The space has no certificate for a target.
    #[error("l'espace simulé n'a pas de certificat de cible ; recréez-le : cargo xtask kit")]
    NoTarget,
}

/// The reference proxy, running; it stops when dropped.
pub struct Proxy {
    serving: Serving,
    shared: Arc<Shared>,
}

impl ProxyConfig {
    /// The proxy of a simulated space, with the target's identity and domains in it, and the mailboxes of
    /// the cast.
    ///
    /// # Errors
    /// [`ProxyError::NoTarget`].
    pub fn of_space(
        space: &Space,
        listen: SocketAddr,
        delivery: Delivery,
    ) -> Result<Self, ProxyError> {
        let names = space.target_names();
        let identity = space.pki().target().ok_or(ProxyError::NoTarget)?.clone();
        Ok(Self {
            listen,
            host: names.host.to_string(),
            identity,
            sources: sources(space)?,
            mailboxes: LocalMailboxes {
                domains: names.domains.iter().map(ToString::to_string).collect(),
                locals: vec!["test".into(), "test2".into()],
            },
            resolver: space.settings().dns_listen,
            delivery,
            idle: Duration::from_secs(300),
            behaviour: Behaviour::REFERENCE,
        })
    }
}

/// The trust space as its certificates and its kit tell it.
fn sources(space: &Space) -> Result<Sources, ProxyError> {
    let trusted = fixtures::pki::Role::TRUSTED;
    let published = space.pki().published();
    Ok(Sources {
        whitelist_url: space.whitelist_url(),
        whitelist_address: space.settings().whitelist_listen,
        crl_urls: trusted
            .iter()
            .map(|role| role.crl_path())
            .filter(|path| published.contains_key(path))
            .map(|path| format!("{}{path}", space.crl_url()))
            .collect(),
        root: space.root(),
        intermediates: trusted
            .iter()
            .filter(|role| **role != fixtures::pki::Role::Root)
            .map(|role| space.pki().authority(*role).certificate().clone())
            .collect(),
        publisher: publisher(space)?,
        patience: PATIENCE,
    })
}

/// Who signs the whitelist of a space.
fn publisher(space: &Space) -> Result<DistinguishedName, ProxyError> {
    let failed = |error: &dyn std::fmt::Display| ProxyError::Publisher(error.to_string());
    let signer = space.pki().signer_identity().map_err(|error| failed(&error))?;
    let (_, leaf) = parse_x509_certificate(signer.leaf()).map_err(|error| failed(&error))?;
    DistinguishedName::from_x509(leaf.subject()).map_err(|error| failed(&error))
}

impl Proxy {
    /// Reads the trust space, then listens.
    ///
    /// # Errors
    /// [`ProxyError`].
    pub async fn start(config: ProxyConfig) -> Result<Self, ProxyError> {
        let behaviour = config.behaviour;
        let trusted = (behaviour.load)(&config.sources, jiff::Timestamp::now()).await?;
        let tls = (behaviour.tls)(&config.identity)?;
        let failed = |source| ProxyError::Listen { address: config.listen, source };
        let listener = Listener::bind(config.listen).await.map_err(failed)?;
        let shared = Arc::new(Shared {
            behaviour,
            host: config.host,
            policy: SessionPolicy::from_ehlo(EXTENSIONS),
            sources: config.sources,
            trusted: RwLock::new(Arc::new(trusted)),
            mailboxes: config.mailboxes,
            tls: Arc::new(tls),
            resolver: config.resolver,
            delivery: config.delivery,
            idle: config.idle,
            memory: Memory::default(),
        });
        let of_each = Arc::clone(&shared);
        let serving = listener
            .serve(CONNECTIONS, move |stream, _| Session::new(Arc::clone(&of_each), stream).run());
        Ok(Self { serving, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// It as the target, which reads the trust space anew when it is asked to.
    #[must_use]
    pub fn target(&self) -> Target {
        let shared = Arc::clone(&self.shared);
        let reread = Reread::by(move || {
            let shared = Arc::clone(&shared);
            Box::pin(async move { shared.reread().await.map_err(|error| error.to_string()) })
        });
        Target { refresh: Refreshes::in_process(&reread), ..Target::embedded(self.address()) }
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("serving", &self.serving).finish_non_exhaustive()
    }
}
