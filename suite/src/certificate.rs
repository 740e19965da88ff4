//! The edge where a chain becomes a fact: path validation by rustls-webpki, at a given time.

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};
use x509_parser::{parse_x509_certificate, public_key::PublicKey};

use crate::oracle::facts::CertificateStatus;

/// Below this size an RSA key is weak, in bits (RFC 9325 §4.5).
const RSA_BITS: usize = 2048;

/// What paths are validated against: roots and revocation lists.
#[derive(Debug)]
pub struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
    lists: Vec<CertRevocationList<'static>>,
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
        Ok(Self { anchors, lists })
    }

    /// The status of `chain`, leaf first as it was sent, at `now`.
    #[must_use]
    pub fn status(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> CertificateStatus {
        let Some((leaf, intermediates)) = chain.split_first() else {
            return CertificateStatus::Absent;
        };
        // The usages first: which one lacks tells the product that the certificate is.
        match self.path(leaf, intermediates, now, KeyUsage::server_auth(), true) {
            Err(Error::RequiredEkuNotFoundContext(_)) => CertificateStatus::OtherUsage,
            Err(error) => status_of(&error),
            Ok(()) if weak_key(leaf) => CertificateStatus::WeakKey,
            Ok(()) => match self.path(leaf, intermediates, now, KeyUsage::client_auth(), true) {
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
        self.path(leaf, intermediates, now, KeyUsage::server_auth(), false)
    }

    fn path(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: KeyUsage,
        revocation: bool,
    ) -> Result<(), Error> {
        let leaf = EndEntityCert::try_from(leaf)?;
        let lists: Vec<&CertRevocationList<'_>> = self.lists.iter().collect();
        let options = match RevocationOptionsBuilder::new(&lists) {
            Ok(builder) if revocation => Some(
                builder
                    .with_depth(RevocationCheckDepth::Chain)
                    .with_status_policy(UnknownStatusPolicy::Deny)
                    .with_expiration_policy(ExpirationPolicy::Enforce)
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
            None,
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
        Error::EndEntityUsedAsCa => CertificateStatus::IssuerNotCa,
        Error::PathLenConstraintViolated => CertificateStatus::PathLengthExceeded,
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

fn weak_key(leaf: &CertificateDer<'_>) -> bool {
    let Ok((_, certificate)) = parse_x509_certificate(leaf) else { return false };
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < RSA_BITS,
        _ => false,
    }
}
