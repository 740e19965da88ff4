//! The edge where a chain becomes a fact: path validation by rustls-webpki, at a given time.

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
    anchor_from_trusted_cert,
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
        let revocation = Some(depth);
        let Some((leaf, intermediates)) = chain.split_first() else {
            return CertificateStatus::Absent;
        };
        // The path before its revocation: what is no path is not excused by a missing list.
        match self.path(leaf, intermediates, now, KeyUsage::server_auth(), None) {
            Ok(()) | Err(Error::RequiredEkuNotFoundContext(_)) => {}
            Err(error) => return status_of(&error),
        }
        // The usages first: which one lacks tells the product that the certificate is.
        match self.path(leaf, intermediates, now, KeyUsage::server_auth(), revocation) {
            Err(Error::RequiredEkuNotFoundContext(_)) => CertificateStatus::OtherUsage,
            Err(error) => status_of(&error),
            Ok(()) if has_weak_key(leaf) => CertificateStatus::WeakKey,
            Ok(()) => {
                match self.path(leaf, intermediates, now, KeyUsage::client_auth(), revocation) {
                    Ok(()) => CertificateStatus::Valid,
                    Err(_) => CertificateStatus::ValidServerAuthOnly,
                }
            }
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
        self.path(leaf, intermediates, now, KeyUsage::server_auth(), None)
    }

    fn path(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: KeyUsage,
        revocation: Option<RevocationCheckDepth>,
    ) -> Result<(), Error> {
        let leaf = EndEntityCert::try_from(leaf)?;
        let lists: Vec<&CertRevocationList<'_>> = self.lists.iter().collect();
        let options = match (RevocationOptionsBuilder::new(&lists), revocation) {
            (Ok(builder), Some(depth)) => Some(
                builder
                    .with_depth(depth)
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
pub(crate) fn may_sign_certificates(issuer: &CertificateDer<'_>) -> bool {
    parse_x509_certificate(issuer).is_ok_and(|(_, certificate)| match certificate.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    })
}

/// Whether the leaf's key is too small to be relied on.
pub(crate) fn has_weak_key(leaf: &CertificateDer<'_>) -> bool {
    let Ok((_, certificate)) = parse_x509_certificate(leaf) else { return false };
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < RSA_BITS,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fixtures::pki::{Clock, KeyPool, Options, Pki, Role, Subject, Variant};
    use jiff::Timestamp;

    use super::*;
    use crate::scenario::facts;

    /// What path validation cannot see as it was made, and why.
    fn seen_otherwise(variant: Variant) -> Option<(CertificateStatus, &'static str)> {
        use CertificateStatus as C;
        Some(match variant {
            Variant::LookAlikeIntermediate => {
                (C::BadSignature, "the name leads to the true root, whose signature is not there")
            }
            Variant::WrongPrivateKey => (C::Valid, "the key shows in the handshake alone"),
            Variant::WithoutIntermediate => {
                (C::UnknownIssuer, "nothing is known but what was sent")
            }
            Variant::ShuffledChain => (C::Valid, "webpki takes the chain in any order"),
            Variant::ChainOf20 => (C::Valid, "webpki finds its way through what it does not need"),
            _ => return None,
        })
    }

    #[test]
    fn every_variant_has_the_status_that_its_scenarios_say() {
        let pool =
            KeyPool::open(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys"))
                .expect("a key pool");
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a timestamp");
        let options =
            Options { clock: Clock::Fixed(now), ..Options::new("http://127.0.0.1:40404") };
        let pki = Pki::ephemeral(&pool, &options).expect("an IGC");
        let lists: Vec<_> = Role::TRUSTED
            .iter()
            .filter_map(|role| pki.crl(*role))
            .map(|list| CertificateRevocationListDer::from(list.to_vec()))
            .collect();
        let root = pki.authority(Role::Root).certificate().clone();
        let trust = Trust::new(&[root], &lists).expect("sound material");
        let seconds = u64::try_from(now.as_second()).expect("after 1970");
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let subject =
            Subject::new("Paris (75)", "CLINIQUE DE TEST", "399999999900017", "mss.alpha.test");
        let mut wrong = Vec::new();
        for &variant in Variant::ALL {
            let identity = pki.issue(&subject, variant).expect("issued");
            let status = trust.status(identity.chain(), at);
            let stated = facts::status(variant).0;
            let (expected, why) = seen_otherwise(variant).unwrap_or((stated, "as its facts say"));
            if status != expected {
                wrong.push(format!("{variant:?}: {status:?}, not {expected:?} ({why})"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(trust.status(&[], at), CertificateStatus::Absent);
    }

    #[test]
    fn garbage_is_no_trust_and_no_certificate() {
        let garbage = CertificateDer::from(vec![0x30, 0x03, 1, 2, 3]);
        assert!(matches!(
            Trust::new(std::slice::from_ref(&garbage), &[]),
            Err(TrustError::Root(_))
        ));
        let list = CertificateRevocationListDer::from(vec![0x30, 0x00]);
        assert!(matches!(Trust::new(&[], &[list]), Err(TrustError::List(_))));
        let nobody = Trust::new(&[], &[]).expect("nothing to misread");
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
        assert_eq!(nobody.status(&[garbage], now), CertificateStatus::Malformed);
    }
}
