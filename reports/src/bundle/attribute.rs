//! The signed attributes of a signer (RFC 5652 §11): what they name.

use aws_lc_rs::digest;
use der::{
    Any, Tag, Tagged,
    asn1::{ObjectIdentifier, SetOfVec},
    oid::db::rfc5912,
};
use x509_cert::{attr::Attribute, spki::AlgorithmIdentifierOwned};

use super::algorithm::digest_of;

/// `id-aa-signingCertificateV2` (RFC 5035 §3).
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// `id-aa-signingCertificate`, by SHA-1 (RFC 2634 §5.4).
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");

/// Whether the signed attributes name this certificate; an error where they name another one.
pub(super) fn names(attributes: &SetOfVec<Attribute>, certificate: &[u8]) -> Result<bool, String> {
    const OTHER: &str = "le certificat joint n'est pas celui que la signature désigne";
    const MALFORMED: &str = "la signature désigne son certificat d'une façon illisible (signingCertificate, \
                             RFC 5035) ; signez de nouveau, d'un autre outil";
    let has = |oid| attributes.iter().any(|attribute| attribute.oid == oid);
    if has(SIGNING_CERTIFICATE_V2) {
        let named =
            value(attributes, SIGNING_CERTIFICATE_V2).and_then(certificate_id).ok_or(MALFORMED)?;
        let (algorithm, digest) = match &named[..] {
            // The default is SHA-256, and the issuer's name may follow.
            [digest, ..] if digest.tag() == Tag::OctetString => (rfc5912::ID_SHA_256, digest),
            [algorithm, digest, ..] => {
                let algorithm: AlgorithmIdentifierOwned =
                    algorithm.decode_as().map_err(|_| MALFORMED)?;
                (algorithm.oid, digest)
            }
            _ => return Err(MALFORMED.to_owned()),
        };
        let own = digest_of(algorithm, certificate);
        return if own.as_deref() == Some(digest.value()) {
            Ok(true)
        } else {
            Err(OTHER.to_owned())
        };
    }
    if !has(SIGNING_CERTIFICATE) {
        return Ok(false);
    }
    let named = value(attributes, SIGNING_CERTIFICATE).and_then(certificate_id).ok_or(MALFORMED)?;
    let own = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    match named.first() {
        Some(digest) if digest.tag() != Tag::OctetString => Err(MALFORMED.to_owned()),
        Some(digest) if digest.value() == own.as_ref() => Ok(true),
        Some(_) => Err(OTHER.to_owned()),
        None => Err(MALFORMED.to_owned()),
    }
}

/// The parts of the first `ESSCertID` or `ESSCertIDv2` (RFC 5035 §4 and §5.4): that of the signer.
fn certificate_id(attribute: &Any) -> Option<Vec<Any>> {
    let ids: Vec<Any> = attribute.decode_as::<Vec<Any>>().ok()?.first()?.decode_as().ok()?;
    ids.first()?.decode_as().ok()
}

/// The one value of an attribute.
pub(super) fn value(attributes: &SetOfVec<Attribute>, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let attribute = found.next().filter(|_| found.next().is_none())?;
    match attribute.values.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use der::Decode;
    use rstest::rstest;

    use super::*;

    fn attribute(oid: ObjectIdentifier, der: &[u8]) -> Attribute {
        let value = Any::from_der(der).expect("DER");
        Attribute { oid, values: SetOfVec::try_from(vec![value]).expect("one") }
    }

    /// An attribute that should name the certificate and cannot be read is not one that is left out.
    #[rstest]
    #[case::v1_of_no_certificate(SIGNING_CERTIFICATE, &[0x30, 2, 0x30, 0])]
    #[case::v1_empty(SIGNING_CERTIFICATE, &[0x30, 0])]
    #[case::v1_no_sequence(SIGNING_CERTIFICATE, &[4, 0])]
    #[case::v1_no_digest(SIGNING_CERTIFICATE, &[0x30, 7, 0x30, 5, 0x30, 3, 2, 1, 1])]
    #[case::v2_empty(SIGNING_CERTIFICATE_V2, &[0x30, 0])]
    #[case::v2_no_digest(SIGNING_CERTIFICATE_V2, &[0x30, 7, 0x30, 5, 0x30, 3, 2, 1, 1])]
    fn a_malformed_name_of_the_certificate_is_named(
        #[case] oid: ObjectIdentifier,
        #[case] der: &[u8],
    ) {
        let attributes = SetOfVec::try_from(vec![attribute(oid, der)]).expect("one");
        let why = names(&attributes, b"certificate").expect_err("refused");
        assert!(why.contains("d'une façon illisible"), "{why}");
    }
}
