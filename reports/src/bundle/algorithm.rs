//! The algorithms by which a signature is verified: those that still prove something.

use cms::signed_data::SignerInfo;
use der::{
    Any, Decode, Tagged,
    asn1::{ObjectIdentifier, UintRef},
    oid::db::rfc5912,
};
use fixtures::pki::path;
use rsa::{BigUint, Pss, RsaPublicKey, traits::PublicKeyParts};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::{Certificate, spki::AlgorithmIdentifierOwned};

/// Bits of the shortest RSA key whose signature proves anything (NIST SP 800-131A).
const SHORTEST_RSA: usize = 2048;
/// Bits of the longest: one that takes longer to verify is there for that alone.
const LONGEST_RSA: usize = 8192;

/// Whether the key of `certificate` made the signature of `message`.
pub(super) fn verifies(
    certificate: &Certificate,
    der: &[u8],
    signer: &SignerInfo,
    message: &[u8],
) -> Result<bool, String> {
    const BEYOND: &str = "la suite ne sait pas vérifier cette signature : il faut RSA de 2048 à 8192 bits, \
                          P-256, P-384, P-521 ou Ed25519, avec SHA-256, SHA-384 ou SHA-512";
    let signature = signer.signature.as_bytes();
    let spki = &certificate.tbs_certificate.subject_public_key_info;
    let curve = || spki.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
    match spki.algorithm.oid {
        rfc5912::RSA_ENCRYPTION => {
            let key = rsa_key(spki.subject_public_key.raw_bytes()).ok_or(BEYOND)?;
            if key.size() * 8 < SHORTEST_RSA {
                return Err(BEYOND.to_owned());
            }
            if signer.signature_algorithm.oid == rfc5912::ID_RSASSA_PSS {
                // OpenSSL makes the salt as long as the key allows, others as long as the digest.
                let (digest, salt) =
                    signer.signature_algorithm.parameters.as_ref().and_then(pss).ok_or(BEYOND)?;
                let padding = match digest {
                    rfc5912::ID_SHA_256 => Pss::new_with_salt::<Sha256>(salt),
                    rfc5912::ID_SHA_384 => Pss::new_with_salt::<Sha384>(salt),
                    rfc5912::ID_SHA_512 => Pss::new_with_salt::<Sha512>(salt),
                    _ => return Err(BEYOND.to_owned()),
                };
                let hashed = digest_of(digest, message).ok_or(BEYOND)?;
                return Ok(key.verify(padding, &hashed, signature).is_ok());
            }
        }
        rfc5912::ID_EC_PUBLIC_KEY => {
            let curves = [rfc5912::SECP_256_R_1, rfc5912::SECP_384_R_1, rfc5912::SECP_521_R_1];
            if !curve().is_some_and(|own| curves.contains(&own)) {
                return Err(BEYOND.to_owned());
            }
        }
        ED25519 => {}
        _ => return Err(BEYOND.to_owned()),
    }
    Ok(path::signed_by(message, signature, &CertificateDer::from(der)))
}

/// A key as `RSAPublicKey` of RFC 8017 §A.1.1 encodes it; `None` where it is none, or too long.
fn rsa_key(der: &[u8]) -> Option<RsaPublicKey> {
    let key = rsa::pkcs1::RsaPublicKey::from_der(der).ok()?;
    let number = |part: UintRef<'_>| BigUint::from_bytes_be(part.as_bytes());
    let (n, e) = (number(key.modulus), number(key.public_exponent));
    RsaPublicKey::new_with_max_size(n, e, LONGEST_RSA).ok()
}

/// `id-Ed25519` (RFC 8410 §3).
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Digest and octets of salt of `RSASSA-PSS-params` (RFC 4055 §3.1), whose mask is made by the same digest.
fn pss(parameters: &Any) -> Option<(ObjectIdentifier, usize)> {
    let (mut digest, mut mask, mut salt) = (None, None, None);
    for part in parameters.decode_as::<Vec<Any>>().ok()? {
        match part.tag().number().value() {
            0 => digest = Some(AlgorithmIdentifierOwned::from_der(part.value()).ok()?.oid),
            1 => {
                let made = AlgorithmIdentifierOwned::from_der(part.value()).ok()?;
                let by: AlgorithmIdentifierOwned = made.parameters?.decode_as().ok()?;
                mask = Some(by.oid);
            }
            2 => salt = Some(u16::from_der(part.value()).ok()?),
            _ => {}
        }
    }
    // What is left out stands for SHA-1.
    if digest != mask { None } else { Some((digest?, usize::from(salt.unwrap_or(20)))) }
}

/// The digest of `content` by one of the algorithms that prove anything.
pub(super) fn digest_of(algorithm: ObjectIdentifier, content: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        rfc5912::ID_SHA_256 => Some(Sha256::digest(content).to_vec()),
        rfc5912::ID_SHA_384 => Some(Sha384::digest(content).to_vec()),
        rfc5912::ID_SHA_512 => Some(Sha512::digest(content).to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use der::Encode;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::as_long_as_can_be(LONGEST_RSA, true)]
    #[case::too_long(LONGEST_RSA * 2, false)]
    fn a_key_has_a_longest_length(#[case] bits: usize, #[case] taken: bool) {
        let modulus = vec![0xff; bits / 8];
        let der = rsa::pkcs1::RsaPublicKey {
            modulus: UintRef::new(&modulus).expect("a number"),
            public_exponent: UintRef::new(&[1, 0, 1]).expect("a number"),
        };
        assert_eq!(rsa_key(&der.to_der().expect("DER")).is_some(), taken);
    }
}
