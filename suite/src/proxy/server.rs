//! The listener of the reference proxy.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use fixtures::{
    pki::Identity,
    smtp::mailroom::{Delivery as Message, Mailroom, Via},
    space::{Space, cast},
};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::UnixTime};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;

use super::{
    load::{LoadError, Sources, Trusted},
    session::Session,
    verifier::AnyPeer,
};
use crate::oracle::{address::Path, facts::Recipients, session::SessionPolicy};

/// Sessions at once, at most.
const SESSIONS: usize = 256;

/// How long nothing is accepted after an error of the operating system.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the proxy offers inside TLS.
const EXTENSIONS: [&str; 5] =
    ["PIPELINING", "SIZE 20971520", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8"];

/// Where accepted messages go.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// To a mailroom of this process.
    Memory(Mailroom),
    /// Into a maildir.
    Maildir(PathBuf),
}

/// The mailboxes of the proxy.
#[derive(Clone, Debug)]
pub(super) struct Mailboxes {
    domains: Vec<String>,
    locals: Vec<String>,
}

impl Mailboxes {
    /// What a forward-path is to this proxy.
    pub(super) fn status(&self, path: &Path) -> Recipients {
        let Some(mailbox) = path.mailbox() else { return Recipients::Postmaster };
        let ours = self.domains.iter().any(|domain| domain.eq_ignore_ascii_case(&mailbox.domain));
        if !ours {
            Recipients::Foreign
        } else if mailbox.is_postmaster() {
            Recipients::Postmaster
        } else if self.locals.contains(&mailbox.local) {
            Recipients::Known
        } else {
            Recipients::Unknown
        }
    }
}

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
    /// Its domains.
    pub domains: Vec<String>,
    /// Local parts of its mailboxes; `postmaster` is always one.
    pub locals: Vec<String>,
    /// Where messages go.
    pub delivery: Delivery,
    /// How long a client may stay silent (RFC 5321 §4.5.3.2.7 asks for five minutes).
    pub idle: Duration,
}

/// All that the sessions share.
pub(super) struct Shared {
    pub(super) host: String,
    pub(super) policy: SessionPolicy,
    pub(super) trusted: Trusted,
    pub(super) mailboxes: Mailboxes,
    pub(super) acceptor: TlsAcceptor,
    pub(super) delivery: Delivery,
    pub(super) idle: Duration,
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
    /// The space has no certificate for a target.
    #[error("l'espace simulé n'a pas de certificat de cible ; recréez-le : cargo xtask kit")]
    NoTarget,
}

/// The reference proxy, running; it stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl ProxyConfig {
    /// The proxy of a simulated space, with the target's identity and mailboxes of the cast.
    ///
    /// # Errors
    /// [`ProxyError::NoTarget`].
    pub fn of_space(
        space: &Space,
        listen: SocketAddr,
        delivery: Delivery,
    ) -> Result<Self, ProxyError> {
        let identity = space.pki().target().ok_or(ProxyError::NoTarget)?.clone();
        Ok(Self {
            listen,
            host: cast::TARGET.host.to_owned(),
            identity,
            sources: sources(space),
            domains: cast::TARGET.domains.iter().map(ToString::to_string).collect(),
            locals: vec!["test".into(), "test2".into()],
            delivery,
            idle: Duration::from_secs(300),
        })
    }
}

/// The trust space as its certificates and its kit tell it.
fn sources(space: &Space) -> Sources {
    let trusted = fixtures::pki::Role::TRUSTED;
    let published = space.pki().published();
    Sources {
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
    }
}

impl Proxy {
    /// Reads the trust space, then listens.
    ///
    /// # Errors
    /// [`ProxyError`].
    pub async fn start(config: ProxyConfig) -> Result<Self, ProxyError> {
        let trusted = config.sources.load(jiff::Timestamp::now()).await?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(AnyPeer { provider }))
            .with_cert_resolver(config.identity.server_resolver());
        let failed = |source| ProxyError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            host: config.host,
            policy: SessionPolicy::from_ehlo(EXTENSIONS),
            trusted,
            mailboxes: Mailboxes { domains: config.domains, locals: config.locals },
            acceptor: TlsAcceptor::from(Arc::new(tls)),
            delivery: config.delivery,
            idle: config.idle,
        });
        let task = tokio::spawn(accept(listener, shared));
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Sessions end with the task that holds them.
    let mut sessions = JoinSet::new();
    loop {
        while sessions.len() >= SESSIONS {
            sessions.join_next().await;
        }
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    sessions.spawn(Session::new(Arc::clone(&shared), stream).run());
                }
                Err(error) => {
                    // Out of descriptors, most often: the sessions under way free some.
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

impl Shared {
    /// Delivers one message.
    pub(super) async fn deliver(&self, recipients: Vec<String>, raw: Vec<u8>) -> io::Result<()> {
        match &self.delivery {
            Delivery::Memory(mailroom) => {
                mailroom.deposit(Message { recipients, raw, via: Via::Direct });
                Ok(())
            }
            Delivery::Maildir(path) => maildir(path, &raw).await,
        }
    }

    pub(super) fn now(&self) -> UnixTime {
        UnixTime::now()
    }
}

/// Writes into `tmp/`, then moves into `new/`: a reader never sees half a message.
async fn maildir(path: &std::path::Path, raw: &[u8]) -> io::Result<()> {
    for folder in ["tmp", "new", "cur"] {
        tokio::fs::create_dir_all(path.join(folder)).await?;
    }
    let name = format!("{:032x}.mssante", rand::random::<u128>());
    let beside = path.join("tmp").join(&name);
    tokio::fs::write(&beside, raw).await?;
    tokio::fs::rename(&beside, path.join("new").join(&name)).await
}
