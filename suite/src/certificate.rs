//! The edge where a chain becomes a fact: path validation by rustls-webpki, at a given time, and by names
//! where rustls-webpki, which compares octets, finds no issuer (RFC 5280 §7.1).

mod lists;
#[cfg(test)]
mod tests;

use fixtures::pki::path::{by_names, differing_names, verify_leaf};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
    anchor_from_trusted_cert,
};
use x509_parser::{parse_x509_certificate, public_key::PublicKey};

pub use self::lists::Told;
use crate::oracle::reception::facts::CertificateStatus;

/// Below this size an RSA key is weak, in bits (RFC 9325 §4.5).
const RSA_BITS: usize = 2048;

/// Extended usages of a certificate that may sign a document, as their OIDs are encoded: any (RFC 5280
/// §4.2.1.12), signature of documents (RFC 9336), mail, and those by which an organisation or its server is
/// known.
const SIGNING: [&[u8]; 5] = [
    &[0x55, 0x1d, 0x25, 0x00],
    &[0x2b, 6, 1, 5, 5, 7, 3, 36],
    &[0x2b, 6, 1, 5, 5, 7, 3, 4],
    &[0x2b, 6, 1, 5, 5, 7, 3, 2],
    &[0x2b, 6, 1, 5, 5, 7, 3, 1],
];

/// What paths are validated against: roots and revocation lists.
#[derive(Debug)]
pub struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
    lists: Vec<CertRevocationList<'static>>,
    /// The same as they were given.
    roots: Vec<CertificateDer<'static>>,
    raw_lists: Vec<CertificateRevocationListDer<'static>>,
}

/// What is asked of revocation lists.
#[derive(Clone, Copy)]
enum Lists {
    /// Nothing.
    Unasked,
    /// That one in force says of each certificate to this depth that it is not revoked.
    Clear(RevocationCheckDepth),
    /// That none of those there are, in force or not, names a certificate of the path.
    Silent,
}

/// The material given is unusable. The harness or the kit is to be mended.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A root is no certificate.
    #[error("racine illisible : {0}")]
    Root(Error),
    /// A revocation list is none.
    #[error("liste de révocation illisible : {0}")]
    List(Error),
}

impl Trust {
    /// Takes roots and revocation lists in DER.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn new(
        roots: &[CertificateDer<'_>],
        lists: &[CertificateRevocationListDer<'_>],
    ) -> Result<Self, TrustError> {
        let owned = roots.iter().map(|root| root.clone().into_owned()).collect();
        let raw_lists = lists.iter().map(|list| list.to_vec().into()).collect();
        let anchors = roots
            .iter()
            .map(|root| anchor_from_trusted_cert(root).map(|anchor| anchor.to_owned()))
            .collect::<Result<_, _>>()
            .map_err(TrustError::Root)?;
        let lists = lists
            .iter()
            .map(|list| OwnedCertRevocationList::from_der(list).map(Into::into))
            .collect::<Result<_, _>>()
            .map_err(TrustError::List)?;
        Ok(Self { anchors, lists, roots: owned, raw_lists })
    }

    /// The same with more revocation lists; `None` where there are no more, or one is none.
    #[must_use]
    pub fn with(&self, lists: &[CertificateRevocationListDer<'static>]) -> Option<Self> {
        if lists.is_empty() {
            return None;
        }
        Self::new(&self.roots, &[self.raw_lists.as_slice(), lists].concat()).ok()
    }

    /// The status of `chain`, leaf first as it was sent, at `now`.
    #[must_use]
    pub fn status(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> CertificateStatus {
        self.status_to_depth(chain, now, RevocationCheckDepth::Chain)
    }

    /// The same with revocation looked for no deeper than `depth`.
    #[must_use]
    pub fn status_to_depth(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
        depth: RevocationCheckDepth,
    ) -> CertificateStatus {
        let asked = Lists::Clear(depth);
        let Some((leaf, intermediates)) = chain.split_first() else {
            return CertificateStatus::Absent;
        };
        // The path before its revocation: what is no path is not excused by a missing list.
        match self.path(leaf, intermediates, now, KeyUsage::server_auth(), Lists::Unasked) {
            Ok(()) | Err(Error::RequiredEkuNotFoundContext(_)) => {}
            Err(error) => return status_of(&error),
        }
        // The usages first: which one lacks tells the product that the certificate is.
        match self.path(leaf, intermediates, now, KeyUsage::server_auth(), asked) {
            Err(Error::RequiredEkuNotFoundContext(_)) => CertificateStatus::OtherUsage,
            Err(error) => status_of(&error),
            Ok(()) if has_weak_key(leaf) => CertificateStatus::WeakKey,
            Ok(()) => match self.path(leaf, intermediates, now, KeyUsage::client_auth(), asked) {
                Ok(()) => CertificateStatus::Valid,
                Err(_) => CertificateStatus::ValidServerAuthOnly,
            },
        }
    }

    /// Whether a path leads from `chain` to a root at `now`, whatever its use and revocation.
    ///
    /// # Errors
    /// What webpki says.
    pub fn chain_is_complete(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let Some((leaf, intermediates)) = chain.split_first() else {
            return Err(Error::UnknownIssuer);
        };
        self.path(leaf, intermediates, now, KeyUsage::server_auth(), Lists::Unasked)
    }

    /// Whether a path for the signature of documents leads from `chain`, the signer's certificate first, to a
    /// root at `now`; with `revocation`, whether none of it is revoked to that depth.
    ///
    /// # Errors
    /// What webpki says; `RequiredEkuNotFoundContext` where its extended usages are all for something else.
    pub fn signs(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
        revocation: Option<RevocationCheckDepth>,
    ) -> Result<(), Error> {
        match revocation {
            None => self.signs_where(chain, now, Lists::Unasked),
            // webpki looks for no revocation where it has no list.
            Some(_) if self.lists.is_empty() => {
                self.signs(chain, now, None).and(Err(Error::UnknownRevocationStatus))
            }
            Some(depth) => self.signs_where(chain, now, Lists::Clear(depth)),
        }
    }

    /// Whether some list, in force or not, names a certificate of the path from a signer's `chain` at `now`; what
    /// the other lists say, or that they are wanting, hides none.
    #[must_use]
    pub fn names_one_of(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> bool {
        matches!(self.signs_where(chain, now, Lists::Silent), Err(Error::CertRevoked))
    }

    fn signs_where(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
        asked: Lists,
    ) -> Result<(), Error> {
        let Some((leaf, intermediates)) = chain.split_first() else {
            return Err(Error::UnknownIssuer);
        };
        let mut result = Err(Error::UnknownIssuer);
        for purpose in SIGNING {
            let usage = KeyUsage::required_if_present(purpose);
            result = self.path(leaf, intermediates, now, usage, asked);
            if !matches!(result, Err(Error::RequiredEkuNotFoundContext(_))) {
                break;
            }
        }
        result
    }

    fn path(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: KeyUsage,
        asked: Lists,
    ) -> Result<(), Error> {
        match self.path_by_octets(leaf, intermediates, now, usage, asked) {
            Err(Error::UnknownIssuer) => {
                let by_names = self.path_by_names(leaf, intermediates, now, usage, asked);
                by_names.unwrap_or(Err(Error::UnknownIssuer))
            }
            other => other,
        }
    }

    /// The path whose names are written in two ways (RFC 5280 §7.1), if there is one, and what is of it.
    fn path_by_names(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: KeyUsage,
        asked: Lists,
    ) -> Option<Result<(), Error>> {
        let path = by_names(leaf, intermediates, &self.roots)?;
        differing_names(&path, now)?;
        let sound = verify_leaf(&path, now, usage);
        Some(sound.and_then(|()| match asked {
            Lists::Clear(RevocationCheckDepth::EndEntity) => self.in_force(&path[..2], Some(now)),
            Lists::Clear(RevocationCheckDepth::Chain) => self.in_force(&path, Some(now)),
            Lists::Silent => self.in_force(&path, None),
            Lists::Unasked => Ok(()),
        }))
    }

    fn path_by_octets(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: KeyUsage,
        asked: Lists,
    ) -> Result<(), Error> {
        let leaf = EndEntityCert::try_from(leaf)?;
        let lists: Vec<&CertRevocationList<'_>> = self.lists.iter().collect();
        let options = match (RevocationOptionsBuilder::new(&lists), asked) {
            (Ok(builder), Lists::Clear(depth)) => Some(
                builder
                    .with_depth(depth)
                    .with_status_policy(UnknownStatusPolicy::Deny)
                    .with_expiration_policy(ExpirationPolicy::Enforce)
                    .build(),
            ),
            (Ok(builder), Lists::Silent) => Some(
                builder
                    .with_depth(RevocationCheckDepth::Chain)
                    .with_status_policy(UnknownStatusPolicy::Allow)
                    .with_expiration_policy(ExpirationPolicy::Ignore)
                    .build(),
            ),
            _ => None,
        };
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &self.anchors,
            intermediates,
            now,
            usage,
            options,
            Some(&|path: &VerifiedPath<'_>| {
                let mut issuers = path.intermediate_certificates();
                match issuers.all(|issuer| may_sign_certificates(&issuer.der())) {
                    true => Ok(()),
                    false => Err(Error::EndEntityUsedAsCa),
                }
            }),
        )
        .map(|_| ())
    }
}

fn status_of(error: &Error) -> CertificateStatus {
    match error {
        Error::CertExpired { .. } => CertificateStatus::Expired,
        Error::CertNotValidYet { .. } => CertificateStatus::NotYetValid,
        Error::CertRevoked => CertificateStatus::Revoked,
        Error::UnknownRevocationStatus | Error::CrlExpired { .. } => {
            CertificateStatus::RevocationUnknown
        }
        Error::CaUsedAsEndEntity => CertificateStatus::CaLeaf,
        // Nothing in a certificate of version 1 says that it is an authority's (RFC 5280 §6.1.4 (k)).
        Error::UnsupportedCertVersion => CertificateStatus::IssuerNotCa,
        Error::EndEntityUsedAsCa => CertificateStatus::IssuerNotCa,
        Error::PathLenConstraintViolated => CertificateStatus::PathLengthExceeded,
        Error::NameConstraintViolation => CertificateStatus::NameConstraintViolated,
        Error::UnsupportedCriticalExtension => CertificateStatus::UnknownCriticalExtension,
        Error::InvalidSignatureForPublicKey => CertificateStatus::BadSignature,
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            CertificateStatus::WeakSignature
        }
        Error::UnknownIssuer => CertificateStatus::UnknownIssuer,
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded => CertificateStatus::LongChain,
        _ => CertificateStatus::Malformed,
    }
}

/// Whether an issuer's key usage, if it has one, holds keyCertSign (RFC 5280 §6.1.4 (n)); webpki
/// does not look.
pub fn may_sign_certificates(issuer: &CertificateDer<'_>) -> bool {
    parse_x509_certificate(issuer).is_ok_and(|(_, certificate)| match certificate.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    })
}

/// Whether a signer's key usage, if it has one, holds digitalSignature or nonRepudiation (RFC 5280 §4.2.1.3);
/// webpki does not look.
pub fn may_sign_documents(leaf: &CertificateDer<'_>) -> bool {
    parse_x509_certificate(leaf).is_ok_and(|(_, certificate)| match certificate.key_usage() {
        Ok(Some(usage)) => usage.value.digital_signature() || usage.value.non_repudiation(),
        Ok(None) => true,
        Err(_) => false,
    })
}

/// Whether the leaf's key is too small to be relied on.
pub fn has_weak_key(leaf: &CertificateDer<'_>) -> bool {
    let Ok((_, certificate)) = parse_x509_certificate(leaf) else { return false };
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < RSA_BITS,
        _ => false,
    }
}
