//! The authorities that a reader trusts, and their revocation lists, as files give them.

use std::path::{Path, PathBuf};

use fixtures::pki::certificates;
use rustls::pki_types::CertificateDer;
use suite::certificate::Trust;

use super::{BundleError, lists::Lists};
use crate::file;

/// Octets of the largest file of authorities.
const AUTHORITIES: u64 = 8 << 20;
/// Octets of the largest revocation list.
const LIST: u64 = 64 << 20;

/// Authorities and their revocation lists.
#[derive(Debug)]
pub struct Authorities {
    pub(super) trust: Trust,
    pub(super) certificates: Vec<CertificateDer<'static>>,
    aside: Vec<String>,
}

impl Authorities {
    /// Reads files of certificates, each with one or several authorities and, in PEM, their revocation lists beside
    /// them, and files of revocation lists, each in PEM (one or several) or DER. A list that is sound and of a kind that
    /// this suite does not use, such as a delta CRL, is left aside.
    ///
    /// # Errors
    /// [`BundleError::Read`], [`BundleError::TooLarge`], [`BundleError::Authority`].
    pub fn read(authorities: &[PathBuf], lists: &[PathBuf]) -> Result<Self, BundleError> {
        let (mut certificates, mut used, mut aside) = (Vec::new(), Vec::new(), Vec::new());
        for path in authorities {
            let bytes = octets(path, AUTHORITIES)?;
            certificates.extend(authorities_of(path, &bytes)?);
            // One certificate in DER has nothing beside it.
            if bytes.first() != Some(&0x30) {
                let own = Lists::of(path, &bytes)?;
                used.extend(own.used);
                aside.extend(own.aside);
            }
        }
        for path in lists {
            let own = Lists::of(path, &octets(path, LIST)?)?;
            if own.used.is_empty() && own.aside.is_empty() {
                return Err(unfit(path, "aucune liste".to_owned(), CRL));
            }
            used.extend(own.used);
            aside.extend(own.aside);
        }
        let trust = Trust::new(&certificates, &used).map_err(|error| BundleError::Authority {
            path: authorities.first().cloned().unwrap_or_default(),
            detail: error.to_string(),
            advice: PEM,
        })?;
        Ok(Self { trust, certificates, aside })
    }

    /// The revocation lists that are left aside and why, a sentence each, in French.
    #[must_use]
    pub fn left_aside(&self) -> &[String] {
        &self.aside
    }
}

const PEM: &str = "donnez les certificats des autorités, en PEM ou en DER";
const CRL: &str = "donnez une liste de révocation (CRL), en PEM ou en DER";

fn unfit(path: &Path, detail: String, advice: &'static str) -> BundleError {
    BundleError::Authority { path: path.to_owned(), detail, advice }
}

/// Each file is read by itself too, so that the one that is wrong is named.
fn authorities_of(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, BundleError> {
    let found = certificates(bytes).map_err(|error| unfit(path, error.what, error.advice))?;
    Trust::new(&found, &[]).map_err(|error| unfit(path, error.to_string(), PEM))?;
    Ok(found)
}

fn octets(path: &Path, limit: u64) -> Result<Vec<u8>, BundleError> {
    file::read_at_most(path, limit)
        .map_err(|source| BundleError::Read { path: path.to_owned(), source })?
        .ok_or_else(|| BundleError::TooLarge { path: path.to_owned(), limit })
}
