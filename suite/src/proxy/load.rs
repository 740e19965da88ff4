//! What the proxy reads of the trust space at start: the whitelist over HTTPS, the CRLs over HTTP.

use std::{net::SocketAddr, sync::Arc};

use fixtures::{
    http::{Client, FetchError},
    whitelist::{self, Index, Whitelist},
};
use jiff::Timestamp;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, CertificateRevocationListDer},
};

use crate::certificate::{Trust, TrustError};

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
}

/// What was read and verified.
#[derive(Debug)]
pub struct Trusted {
    /// The whitelist.
    pub list: Whitelist,
    /// The same, ready for lookups.
    pub index: Index,
    /// Root and CRLs.
    pub trust: Trust,
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
    /// The root or a CRL is unusable.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The TLS library refuses the configuration.
    #[error("configuration TLS refusée : {0}")]
    Tls(#[from] rustls::Error),
}

impl Sources {
    /// Reads everything, at `now`.
    ///
    /// # Errors
    /// [`LoadError`]: nothing is trusted unless all could be read and verified. An expired CRL is
    /// kept: path validation says what becomes of the certificates under it.
    pub async fn load(&self, now: Timestamp) -> Result<Trusted, LoadError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone())?;
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::new(Arc::new(tls));
        let list = Client { connect_to: Some(self.whitelist_address), ..client.clone() };
        let fetch = |url: &str, source| LoadError::Fetch { url: url.to_owned(), source };
        let xml = list.get(&self.whitelist_url).await.map_err(|e| fetch(&self.whitelist_url, e))?;
        let authorities: Vec<_> =
            [&self.root].into_iter().chain(&self.intermediates).cloned().collect();
        let list =
            whitelist::read_trusted(&xml, &authorities, now).map_err(LoadError::Whitelist)?;
        let mut crls = Vec::new();
        for url in &self.crl_urls {
            let der = client.get(url).await.map_err(|e| fetch(url, e))?;
            crls.push(CertificateRevocationListDer::from(der.to_vec()));
        }
        Ok(Trusted {
            list: list.list,
            index: list.index,
            trust: Trust::new(std::slice::from_ref(&self.root), &crls)?,
            intermediates: self.intermediates.clone(),
        })
    }
}
