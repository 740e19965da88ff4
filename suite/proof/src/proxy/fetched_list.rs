//! A whitelist that was fetched, and what a proxy makes of it.

use fixtures::{
    dn::DistinguishedName,
    http::Bytes,
    whitelist::{self, Index, Whitelist, read, read_trusted},
};
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::{parse_x509_crl, prelude::parse_x509_certificate};

use super::load::{LoadError, Sources};

/// What makes a list to go by out of what was fetched.
pub type ListReader = for<'a> fn(&FetchedList<'a>) -> Result<Taken, LoadError>;

/// A list to go by.
#[derive(Debug)]
pub struct Taken {
    /// The list.
    pub list: Whitelist,
    /// The same, ready for lookups.
    pub index: Index,
}

impl From<Whitelist> for Taken {
    fn from(list: Whitelist) -> Self {
        Self { index: Index::build(&list), list }
    }
}

/// The list as it came.
#[derive(Debug)]
pub struct FetchedList<'a> {
    /// Where it comes from, and who signs it.
    pub sources: &'a Sources,
    /// Its octets.
    pub octets: Bytes,
    /// The CRLs, read at the same time.
    pub crls: &'a [CertificateRevocationListDer<'static>],
    /// When.
    pub now: Timestamp,
}

impl FetchedList<'_> {
    /// The list, where it is signed, whole, by its publisher, whose certificate is in order and not revoked.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn careful(&self) -> Result<Taken, LoadError> {
        let whitelist::Trusted { list, index, signature } = self.verified()?;
        if let Some(certificate) = signature.signer.certificate() {
            let path = self.path(certificate, &signature.attached);
            if path.iter().any(|one| self.is_revoked(one)) {
                return Err(LoadError::SignerRevoked);
            }
            self.is_published_by(certificate)?;
        }
        Ok(Taken { list, index })
    }

    /// The list, where its signature and the chain of its signer verify, whoever that is.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn verified(&self) -> Result<whitelist::Trusted, LoadError> {
        let Sources { root, intermediates, .. } = self.sources;
        let authorities: Vec<_> = [root].into_iter().chain(intermediates).cloned().collect();
        read_trusted(&self.octets, &authorities, self.now).map_err(LoadError::Whitelist)
    }

    /// The list as it is written, whoever wrote it.
    ///
    /// # Errors
    /// [`LoadError`]: it cannot be read.
    pub fn unverified(&self) -> Result<Taken, LoadError> {
        let list = read(&self.octets).map_err(|error| LoadError::Whitelist(error.into()))?;
        Ok(list.into())
    }

    /// A certificate and its authorities below the root, among those attached and those known.
    fn path<'c>(
        &'c self,
        leaf: &'c CertificateDer<'static>,
        attached: &'c [CertificateDer<'static>],
    ) -> Vec<&'c CertificateDer<'static>> {
        let mut path = vec![leaf];
        let known = || attached.iter().chain(&self.sources.intermediates);
        while let Some(next) = path.last().and_then(|last| known().find(|one| issued(one, last)))
            && !path.contains(&next)
        {
            path.push(next);
        }
        path
    }

    /// Whether a CRL of its issuer names it (RFC 5280 §5.3).
    fn is_revoked(&self, certificate: &CertificateDer<'_>) -> bool {
        let Ok((_, certificate)) = parse_x509_certificate(certificate) else { return true };
        self.crls.iter().any(|crl| {
            parse_x509_crl(crl).is_ok_and(|(_, crl)| {
                crl.issuer().as_raw() == certificate.issuer().as_raw()
                    && crl
                        .iter_revoked_certificates()
                        .any(|one| one.raw_serial() == certificate.raw_serial())
            })
        })
    }

    fn is_published_by(&self, certificate: &CertificateDer<'_>) -> Result<(), LoadError> {
        let unreadable = || LoadError::Publisher("un certificat illisible".to_owned());
        let (_, certificate) = parse_x509_certificate(certificate).map_err(|_| unreadable())?;
        let name = DistinguishedName::from_x509(certificate.subject()).map_err(|_| unreadable())?;
        if name.canonical() == self.sources.publisher.canonical() {
            Ok(())
        } else {
            Err(LoadError::Publisher(name.to_string()))
        }
    }
}

/// Whether an authority is the one that a certificate names as its issuer, by key and name.
fn issued(authority: &CertificateDer<'_>, certificate: &CertificateDer<'_>) -> bool {
    let parsed = (parse_x509_certificate(authority), parse_x509_certificate(certificate));
    let (Ok((_, authority)), Ok((_, certificate))) = parsed else { return false };
    authority.subject().as_raw() == certificate.issuer().as_raw()
        && certificate.verify_signature(Some(authority.public_key())).is_ok()
}
