//! What the proxy reads of the trust space at start: the whitelist over HTTPS, the CRLs over HTTP.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use fixtures::{
    dn::DistinguishedName,
    http::{Bytes, Client, FetchError},
    whitelist::{self, Index, Whitelist},
};
use jiff::Timestamp;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, CertificateRevocationListDer},
};

use suite::certificate::{Trust, TrustError};

use super::fetched_list::{FetchedList, ListReader, Taken};

/// Where the trust space is.
#[derive(Clone, Debug)]
pub struct Sources {
    /// URL of the whitelist.
    pub whitelist_url: String,
    /// Where to connect for it, whatever its name resolves to.
    pub whitelist_address: SocketAddr,
    /// URLs of the CRLs.
    pub crl_urls: Vec<String>,
    /// The root of the IGC.
    pub root: CertificateDer<'static>,
    /// Its intermediates, which a peer may leave out of what it sends.
    pub intermediates: Vec<CertificateDer<'static>>,
    /// Who signs the whitelist.
    pub publisher: DistinguishedName,
    /// How long a fetch may take.
    pub patience: Duration,
}

/// What was read and verified.
#[derive(Debug)]
pub struct Trusted {
    /// The whitelist.
    pub list: Arc<Whitelist>,
    /// The same, ready for lookups.
    pub index: Arc<Index>,
    /// Root and CRLs.
    pub trust: Arc<Trust>,
    /// Intermediates to complete a chain with.
    pub intermediates: Vec<CertificateDer<'static>>,
}

/// The trust space could not be read: the proxy does not start (it fails closed).
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A fetch failed.
    #[error("lecture de {url} impossible : {source}")]
    Fetch {
        /// The URL.
        url: String,
        /// Why.
        source: FetchError,
    },
    /// The whitelist is not to be trusted.
    #[error("liste blanche refusée : {0}")]
    Whitelist(whitelist::TrustError),
    /// Its signer is revoked.
    #[error("liste blanche refusée : le certificat de son signataire est révoqué")]
    SignerRevoked,
    /// Its signer is not who publishes it.
    #[error("liste blanche refusée : signée par {0}, et non par qui la publie")]
    Publisher(String),
    /// The root or a CRL is unusable.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The TLS library refuses the configuration.
    #[error("configuration TLS refusée : {0}")]
    Tls(#[from] rustls::Error),
}

impl Trusted {
    /// A chain as it was sent, with the intermediates that may lack in it; nothing stays nothing.
    #[must_use]
    pub fn completed(&self, sent: &[CertificateDer<'static>]) -> Vec<CertificateDer<'static>> {
        match sent {
            [] => Vec::new(),
            sent => sent.iter().chain(&self.intermediates).cloned().collect(),
        }
    }
}

impl Sources {
    /// Reads everything, at `now`.
    ///
    /// # Errors
    /// [`LoadError`]: nothing is trusted unless all could be read and verified. An expired CRL is
    /// kept: path validation says what becomes of the certificates under it.
    pub async fn load(&self, now: Timestamp) -> Result<Trusted, LoadError> {
        self.load_by(now, |list| list.careful()).await
    }

    /// Reads everything, at `now`, and makes of the list that was fetched what `reader` does.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub async fn load_by(&self, now: Timestamp, reader: ListReader) -> Result<Trusted, LoadError> {
        self.load_with(&self.crls().await?, now, reader).await
    }

    /// Reads the list, at `now`, to be gone by with these CRLs.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub async fn load_with(
        &self,
        crls: &[CertificateRevocationListDer<'static>],
        now: Timestamp,
        reader: ListReader,
    ) -> Result<Trusted, LoadError> {
        self.made_of(self.whitelist().await?, crls, now, reader)
    }

    /// The trust space of a list that was fetched and of these CRLs, at `now`.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub fn made_of(
        &self,
        octets: Bytes,
        crls: &[CertificateRevocationListDer<'static>],
        now: Timestamp,
        reader: ListReader,
    ) -> Result<Trusted, LoadError> {
        let Taken { list, index } = reader(&FetchedList { sources: self, octets, crls, now })?;
        self.trusted(list, index, crls)
    }

    /// Fetches the whitelist, as it is.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn whitelist(&self) -> Result<Bytes, LoadError> {
        self.whitelist_over(Arc::new(self.tls()?)).await
    }

    /// Fetches the whitelist, as it is, over TLS as configured.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn whitelist_over(&self, tls: Arc<ClientConfig>) -> Result<Bytes, LoadError> {
        let connect_to = Some(self.whitelist_address);
        let client = Client { connect_to, time: self.patience, ..Client::new(tls) };
        fetch(&client, &self.whitelist_url).await
    }

    /// Fetches the CRLs.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn crls(&self) -> Result<Vec<CertificateRevocationListDer<'static>>, LoadError> {
        let client = Client { time: self.patience, ..Client::new(Arc::new(self.tls()?)) };
        let mut crls = Vec::new();
        for url in &self.crl_urls {
            crls.push(fetch(&client, url).await?.to_vec().into());
        }
        Ok(crls)
    }

    /// The trust space out of its parts.
    ///
    /// # Errors
    /// [`LoadError::Trust`].
    pub fn trusted(
        &self,
        list: Whitelist,
        index: Index,
        crls: &[CertificateRevocationListDer<'_>],
    ) -> Result<Trusted, LoadError> {
        let trust = Trust::new(std::slice::from_ref(&self.root), crls)?;
        let (list, index, trust) = (Arc::new(list), Arc::new(index), Arc::new(trust));
        Ok(Trusted { list, index, trust, intermediates: self.intermediates.clone() })
    }

    /// How it shows itself to servers, and whom it trusts: those of the IGC.
    ///
    /// # Errors
    /// [`LoadError::Tls`].
    pub fn tls(&self) -> Result<ClientConfig, LoadError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone())?;
        Ok(ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}

async fn fetch(client: &Client, url: &str) -> Result<Bytes, LoadError> {
    client.get(url).await.map_err(|source| LoadError::Fetch { url: url.to_owned(), source })
}
