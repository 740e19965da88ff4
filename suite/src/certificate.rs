//! The edge where a chain becomes a fact: path validation by rustls-webpki, at a given time, and by names
//! where rustls-webpki, which compares octets, finds no issuer (RFC 5280 §7.1).

use fixtures::pki::path::{by_names, differing_names, same_name, signed_by, verify_leaf};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
    anchor_from_trusted_cert,
};
use x509_parser::{
    certificate::X509Certificate, extensions::ParsedExtension, parse_x509_certificate,
    parse_x509_crl, public_key::PublicKey, revocation_list::CertificateRevocationList,
};

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

/// What a revocation list of its issuer says of a certificate; moments in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When the list was published (`thisUpdate`).
    pub published: i64,
    /// Until when it is in force (`nextUpdate`); one that does not say never is.
    pub until: Option<i64>,
    /// Since when the certificate is revoked, if it is.
    pub revoked: Option<i64>,
}

impl Told {
    /// What a list says of a certificate of its issuer.
    fn of(list: &CertificateRevocationList<'_>, certificate: &X509Certificate<'_>) -> Self {
        let mut revoked = list.iter_revoked_certificates();
        let named = revoked.find(|one| one.raw_serial() == certificate.raw_serial());
        Self {
            published: list.last_update().timestamp(),
            until: list.next_update().map(|next| next.timestamp()),
            revoked: named.map(|one| one.revocation_date.timestamp()),
        }
    }

    /// Whether the list is still in force.
    #[must_use]
    pub fn in_force(&self, now: UnixTime) -> bool {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        self.until.is_some_and(|until| until >= now)
    }
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

    /// What the lists of its issuer, in force or not, say of this certificate, the newest first; the issuer is
    /// one of these or of the roots. Empty where no list is its issuer's.
    #[must_use]
    pub fn told(
        &self,
        certificate: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
    ) -> Vec<Told> {
        let Ok((_, certificate)) = parse_x509_certificate(certificate) else { return Vec::new() };
        let issuers: Vec<_> = self.issuers(&certificate, issuers).collect();
        let mut told: Vec<Told> = self
            .lists_named_for(&certificate)
            .filter(|list| issuers.iter().any(|issuer| is_signed(list, issuer)))
            .map(|list| Told::of(&list, &certificate))
            .collect();
        told.sort_by_key(|told| std::cmp::Reverse(told.published));
        told
    }

    /// Whether some list bears the name of this certificate's issuer, and none of these certificates nor of the roots
    /// is the issuer's: whose list it is cannot be told.
    #[must_use]
    pub fn lacks_the_issuer(
        &self,
        certificate: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
    ) -> bool {
        let Ok((_, certificate)) = parse_x509_certificate(certificate) else { return false };
        self.issuers(&certificate, issuers).next().is_none()
            && self.lists_named_for(&certificate).next().is_some()
    }

    /// Of these certificates and the roots, those that bear the name of the issuer.
    fn issuers<'a>(
        &'a self,
        certificate: &'a X509Certificate<'_>,
        issuers: &'a [CertificateDer<'a>],
    ) -> impl Iterator<Item = &'a CertificateDer<'a>> {
        issuers.iter().chain(&self.roots).filter(|issuer| {
            parse_x509_certificate(issuer)
                .is_ok_and(|(_, issuer)| same_name(issuer.subject(), certificate.issuer()))
        })
    }

    /// The lists that bear the name of the issuer and are of such certificates, each parsed when it is come to.
    fn lists_named_for<'a>(
        &'a self,
        certificate: &'a X509Certificate<'_>,
    ) -> impl Iterator<Item = CertificateRevocationList<'a>> {
        let lists = self.raw_lists.iter().filter_map(|list| parse_x509_crl(list).ok());
        lists.map(|(_, list)| list).filter(|list| {
            same_name(list.issuer(), certificate.issuer()) && covers(list, certificate.is_ca())
        })
    }

    /// Whether there is any revocation list.
    #[must_use]
    pub fn has_lists(&self) -> bool {
        !self.lists.is_empty()
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

    /// Whether no certificate of a path, its last one aside, is revoked by its issuer's list (RFC 5280 §6.3): a list in
    /// force at `now`, which must be there, or without it whatever lists there are.
    fn in_force(&self, path: &[&CertificateDer<'_>], now: Option<UnixTime>) -> Result<(), Error> {
        let mut unknown = false;
        for two in path.windows(2) {
            match self.looked_for([two[0], two[1]], now)? {
                Some(true) => return Err(Error::CertRevoked),
                Some(false) => {}
                // One above may be named all the same.
                None => unknown = now.is_some(),
            }
        }
        if unknown { Err(Error::UnknownRevocationStatus) } else { Ok(()) }
    }

    /// Whether a list of this issuer names the certificate: one in force at `now`, or any. `None` where there is none.
    fn looked_for(
        &self,
        [certificate, issuer]: [&CertificateDer<'_>; 2],
        now: Option<UnixTime>,
    ) -> Result<Option<bool>, Error> {
        let told = self.told_by(certificate, issuer)?;
        let current = told.iter().filter(|told| now.is_none_or(|now| told.in_force(now)));
        Ok(current.map(|told| told.revoked.is_some()).reduce(|one, other| one || other))
    }

    /// What the lists of this issuer say of the certificate.
    fn told_by(
        &self,
        certificate: &CertificateDer<'_>,
        issuer: &CertificateDer<'_>,
    ) -> Result<Vec<Told>, Error> {
        let (_, certificate) = parse_x509_certificate(certificate).map_err(|_| Error::BadDer)?;
        let lists = self.lists_named_for(&certificate).filter(|list| is_signed(list, issuer));
        Ok(lists.map(|list| Told::of(&list, &certificate)).collect())
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

/// Whether a list is signed by the key of this certificate.
fn is_signed(list: &CertificateRevocationList<'_>, issuer: &CertificateDer<'_>) -> bool {
    signed_by(list.tbs_cert_list.as_ref(), &list.signature_value.data, issuer)
}

/// Whether a list speaks of certificates of authorities, or of others (issuingDistributionPoint, RFC 5280 §5.2.5).
fn covers(list: &CertificateRevocationList<'_>, authority: bool) -> bool {
    list.extensions().iter().all(|extension| match extension.parsed_extension() {
        ParsedExtension::IssuingDistributionPoint(scope) => {
            let elsewhere = if authority {
                scope.only_contains_user_certs
            } else {
                scope.only_contains_ca_certs
            };
            !elsewhere && !scope.only_contains_attribute_certs
        }
        _ => true,
    })
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fixtures::pki::{Clock, KeyPool, Options, Pki, Role, Subject, Variant};
    use jiff::Timestamp;

    use super::*;
    use crate::scenario::facts::reception as facts;

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
            Variant::ShuffledChain | Variant::DuplicatedChain | Variant::UnrelatedInChain => {
                (C::Valid, "webpki takes the chain in any order")
            }
            Variant::SelfIssuedIntermediate => {
                (C::BadSignature, "webpki takes the older key of the same name at its word")
            }
            Variant::OutsideDirectory | Variant::ExcludedDirectory => (
                C::NameConstraintViolated,
                "webpki takes any constraint on directory names as violated",
            ),
            Variant::PolicyRequired => {
                (C::UnknownCriticalExtension, "webpki does not know policy constraints")
            }
            Variant::OtherAuthorityKey | Variant::NoDigitalSignature => {
                (C::Valid, "webpki does not look at it")
            }
            Variant::ConstraintsNotCritical => (
                C::RevocationUnknown,
                "webpki does not look at it, and has not that authority's CRL",
            ),
            Variant::IssuerNameOtherType => (C::Valid, "the name is the same, however written"),
            Variant::ChainOf20 => (C::Valid, "webpki finds its way through what it does not need"),
            _ => return None,
        })
    }

    fn igc() -> (Pki, UnixTime) {
        let pool =
            KeyPool::open(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys"))
                .expect("a key pool");
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a timestamp");
        let options =
            Options { clock: Clock::Fixed(now), ..Options::new("http://127.0.0.1:40404") };
        let pki = Pki::ephemeral(&pool, &options).expect("an IGC");
        let seconds = u64::try_from(now.as_second()).expect("after 1970");
        (pki, UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }

    #[test]
    fn every_variant_has_the_status_that_its_scenarios_say() {
        let (pki, at) = igc();
        let lists: Vec<_> = Role::TRUSTED
            .iter()
            .filter_map(|role| pki.crl(*role))
            .map(|list| CertificateRevocationListDer::from(list.to_vec()))
            .collect();
        let root = pki.authority(Role::Root).certificate().clone();
        let trust = Trust::new(&[root], &lists).expect("sound material");
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

    /// A name written in two ways leads to the root, and hides no revocation and no missing list.
    #[test]
    fn a_name_written_in_two_ways_is_one() {
        let (pki, at) = igc();
        let subject =
            Subject::new("Paris (75)", "CLINIQUE DE TEST", "399999999900017", "mss.alpha.test");
        let root = pki.authority(Role::Root).certificate().clone();
        let list = |role| pki.crl(role).expect("published").to_vec().into();
        let lists = [list(Role::Root), list(Role::Organisations)];
        let trust = |lists: &[CertificateRevocationListDer<'static>]| {
            Trust::new(std::slice::from_ref(&root), lists).expect("sound material")
        };
        let chain = pki.issue(&subject, Variant::IssuerNameOtherType).expect("issued");
        let chain = chain.chain();
        assert_eq!(trust(&lists).status(chain, at), CertificateStatus::Valid);
        let missing = trust(&lists[..1]).status(chain, at);
        assert_eq!(missing, CertificateStatus::RevocationUnknown);
        let alone = trust(&lists).status(&chain[..1], at);
        assert_eq!(alone, CertificateStatus::UnknownIssuer);
        let foreign = pki.issue(&subject, Variant::ForeignCa).expect("issued");
        let foreign = trust(&lists).status(foreign.chain(), at);
        assert_eq!(foreign, CertificateStatus::UnknownIssuer);
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
