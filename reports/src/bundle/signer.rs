//! Who signs a bundle: a certificate with its key, and the detached CMS signature that they make of the
//! manifest (RFC 5652), as `openssl cms -verify` takes it.

use std::path::Path;

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use der::{
    Any, Decode, Encode, Tag,
    asn1::{ObjectIdentifier, OctetString, SetOfVec, UtcTime},
    oid::db::{rfc5911, rfc5912},
};
use fixtures::pki::{Held, certificates};
use jiff::Timestamp;
use rustls::{
    SignatureScheme,
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
    sign::SigningKey,
};
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{Certificate, attr::Attribute};

use super::{
    BundleError,
    algorithm::{ED25519, digest_of},
    attribute::SIGNING_CERTIFICATE_V2,
};
use crate::file;

/// Octets of the largest certificate or key file.
const PEM: u64 = 1 << 20;

/// How a key signs, the first that fits.
const SCHEMES: [SignatureScheme; 3] = [
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
];

/// A certificate with its key, ready to sign.
#[derive(Debug)]
pub struct Signer {
    chain: Vec<Certificate>,
    key: std::sync::Arc<dyn SigningKey>,
}

impl Signer {
    /// Reads a certificate (with its chain behind it, if there is one) and its private key, in PEM or
    /// DER. The key stays in memory.
    ///
    /// # Errors
    /// [`BundleError::Unfit`], [`BundleError::NotAPair`].
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, BundleError> {
        let unfit = |path: &Path, detail: String, advice| BundleError::Unfit {
            path: path.to_owned(),
            detail,
            advice,
        };
        const KEYS: &str = "donnez une clé RSA, P-256 ou P-384, ou signez d'un autre outil et joignez ce qu'il écrit \
                            (sign --attach)";
        const CERTIFICATE: &str = "donnez un certificat et sa clé privée, en PEM ou en DER";
        let chain = certificates(&read(certificate)?)
            .map_err(|error| unfit(certificate, error.what, error.advice))?
            .iter()
            .map(|der| Certificate::from_der(der).map_err(|error| error.to_string()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|detail| unfit(certificate, detail, CERTIFICATE))?;
        let Some(leaf) = chain.first() else {
            return Err(unfit(certificate, "aucun certificat".to_owned(), CERTIFICATE));
        };
        let private = private_key(&read(key)?)
            .map_err(|held| unfit(key, held.to_string(), key_advice(held)))?;
        let signing = any_supported_type(&private)
            .map_err(|_| unfit(key, "clé d'un type inconnu".to_owned(), KEYS))?;
        // Of Ed25519 and P-521 `openssl cms -verify` of today's systems takes nothing, or not by the same digest.
        if signing.choose_scheme(&SCHEMES).is_none() {
            return Err(unfit(key, "clé d'un type qui ne signe pas ici".to_owned(), KEYS));
        }
        let public = leaf.tbs_certificate.subject_public_key_info.to_der().map_err(encoding)?;
        let other = signing.public_key().is_some_and(|key| key.as_ref() != public);
        if other {
            return Err(BundleError::NotAPair {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            });
        }
        Ok(Self { chain, key: signing })
    }

    /// Signs `content`, at `now`.
    ///
    /// # Errors
    /// [`BundleError::Encoding`].
    pub fn sign(&self, content: &[u8], now: Timestamp) -> Result<Vec<u8>, BundleError> {
        self.info(&SCHEMES, content, now).map_err(encoding)
    }

    fn info(
        &self,
        schemes: &[SignatureScheme],
        content: &[u8],
        now: Timestamp,
    ) -> Result<Vec<u8>, der::Error> {
        let leaf = &self.chain[0].tbs_certificate;
        let failed = || der::Error::from(der::ErrorKind::Failed);
        let signer = self.key.choose_scheme(schemes).ok_or_else(failed)?;
        let (digest, oid, parameters) = match signer.scheme() {
            SignatureScheme::ECDSA_NISTP256_SHA256 => {
                (rfc5912::ID_SHA_256, rfc5912::ECDSA_WITH_SHA_256, None)
            }
            SignatureScheme::ECDSA_NISTP384_SHA384 => {
                (rfc5912::ID_SHA_384, rfc5912::ECDSA_WITH_SHA_384, None)
            }
            SignatureScheme::ED25519 => (rfc5912::ID_SHA_512, ED25519, None),
            // RFC 4055 §5: the parameters are NULL.
            _ => (rfc5912::ID_SHA_256, rfc5912::SHA_256_WITH_RSA_ENCRYPTION, Some(Any::null())),
        };
        let seconds = std::time::Duration::from_secs(now.as_second().unsigned_abs());
        let attributes = SetOfVec::try_from(vec![
            attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&rfc5911::ID_DATA)?)?,
            attribute(
                rfc5911::ID_SIGNING_TIME,
                Any::encode_from(&UtcTime::from_unix_duration(seconds)?)?,
            )?,
            attribute(
                rfc5911::ID_MESSAGE_DIGEST,
                Any::new(Tag::OctetString, digest_of(digest, content).ok_or_else(failed)?)?,
            )?,
            attribute(SIGNING_CERTIFICATE_V2, signing_certificate(&self.chain[0])?)?,
        ])?;
        let signature = signer.sign(&attributes.to_der()?).map_err(|_| failed())?;
        let digest_alg = AlgorithmIdentifierOwned { oid: digest, parameters: None };
        let signer_info = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: leaf.issuer.clone(),
                serial_number: leaf.serial_number.clone(),
            }),
            digest_alg: digest_alg.clone(),
            signed_attrs: Some(attributes),
            signature_algorithm: AlgorithmIdentifierOwned { oid, parameters },
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let certificates = self.chain.iter().cloned().map(CertificateChoices::Certificate);
        let data = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![digest_alg])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: rfc5911::ID_DATA,
                econtent: None,
            },
            certificates: Some(certificates.collect::<Vec<_>>().try_into()?),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer_info])?,
        };
        ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&data)? }
            .to_der()
    }
}

/// The certificate by its SHA-256, as `SigningCertificateV2` (RFC 5035 §3): the algorithm is the
/// default, the issuer is named elsewhere.
fn signing_certificate(certificate: &Certificate) -> Result<Any, der::Error> {
    let digest = OctetString::new(Sha256::digest(certificate.to_der()?).to_vec())?.to_der()?;
    let id = Any::new(Tag::Sequence, digest)?.to_der()?;
    let ids = Any::new(Tag::Sequence, id)?.to_der()?;
    Any::new(Tag::Sequence, ids)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

/// A private key in PEM or DER, or what the file is in its place.
fn private_key(octets: &[u8]) -> Result<PrivateKeyDer<'static>, Held> {
    PrivateKeyDer::from_pem_slice(octets)
        .or_else(|_| PrivateKeyDer::try_from(octets).map(|key| key.clone_key()))
        .map_err(|_| Held::of(octets, &String::from_utf8_lossy(octets)))
}

/// What to give in the place of what is no private key.
fn key_advice(held: Held) -> &'static str {
    match held {
        Held::EncryptedKey => {
            "ôtez la phrase secrète : openssl pkey -in FICHIER -out cle.pem, à effacer ensuite"
        }
        Held::Pkcs12 => {
            "sortez-en la clé : openssl pkcs12 -in FICHIER -nocerts -nodes -out cle.pem"
        }
        Held::Key => {
            "elle est abîmée ou d'une forme inconnue ; openssl pkey -in FICHIER la convertit"
        }
        _ => "donnez la clé privée du certificat, en PEM ou en DER",
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BundleError> {
    file::read_at_most(path, PEM)
        .map_err(|source| BundleError::Read { path: path.to_owned(), source })?
        .ok_or_else(|| BundleError::TooLarge { path: path.to_owned(), limit: PEM })
}

fn encoding(error: der::Error) -> BundleError {
    BundleError::Encoding(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf, process::Command};

    use rstest::rstest;
    use tempfile::TempDir;

    use super::{super::Signature, *};

    const CONTENT: &[u8] = b"0123  record.json\n";

    /// A self-signed certificate and its key, in files.
    fn pair(kind: &'static rcgen::SignatureAlgorithm) -> (TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let key = rcgen::KeyPair::generate_for(kind).expect("a key");
        let params = rcgen::CertificateParams::new(vec!["mss.ch-test.test".to_owned()]);
        let certificate = params.expect("parameters").self_signed(&key).expect("a certificate");
        let (cert_path, key_path) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        fs::write(&cert_path, certificate.pem()).expect("written");
        fs::write(&key_path, key.serialize_pem()).expect("written");
        (folder, cert_path, key_path)
    }

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().expect("a timestamp")
    }

    #[rstest]
    #[case::rsa(&rcgen::PKCS_RSA_SHA256)]
    #[case::p256(&rcgen::PKCS_ECDSA_P256_SHA256)]
    #[case::p384(&rcgen::PKCS_ECDSA_P384_SHA384)]
    fn it_verifies_here_and_with_openssl(#[case] kind: &'static rcgen::SignatureAlgorithm) {
        let (folder, cert, key) = pair(kind);
        let p7s = Signer::read(&cert, &key).expect("a pair").sign(CONTENT, now()).expect("signed");
        let [signature] = &Signature::verify(CONTENT, &p7s).expect("it verifies")[..] else {
            panic!("one signer");
        };
        assert_eq!(signature.at, Some(now()));
        assert!(signature.in_validity && signature.names_certificate && signature.self_signed);

        let changed = Signature::verify(b"0124  record.json\n", &p7s).expect_err("other content");
        assert!(changed.contains("a changé depuis sa signature"), "{changed}");

        let (signed, content) = (folder.path().join("s.p7s"), folder.path().join("content"));
        fs::write(&signed, &p7s).expect("written");
        fs::write(&content, CONTENT).expect("written");
        let openssl = Command::new("openssl")
            .args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-in"])
            .arg(&signed)
            .arg("-content")
            .arg(&content)
            .arg("-CAfile")
            .arg(&cert)
            .output();
        match openssl {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{said}");
            }
            Err(error) => {
                fixtures::skip::program(format!("openssl ({error})"));
            }
        }
    }

    /// As RFC 8419 has it: over the attributes, by SHA-512. OpenSSL 3.0 neither makes nor takes such a signature.
    #[test]
    fn a_signature_by_ed25519_verifies() {
        let (_folder, cert, key) = pair(&rcgen::PKCS_ED25519);
        let refused = Signer::read(&cert, &key).expect_err("it does not sign here").to_string();
        assert!(refused.contains("ne signe pas ici"), "{refused}");
        let pem = fs::read(&cert).expect("PEM");
        let chain = certificates(&pem).expect("a certificate");
        let chain = chain.iter().map(|der| Certificate::from_der(der).expect("DER")).collect();
        let key = private_key(&fs::read(&key).expect("PEM")).expect("a key");
        let signer = Signer { chain, key: any_supported_type(&key).expect("known") };
        let p7s = signer.info(&[SignatureScheme::ED25519], CONTENT, now()).expect("signed");
        let [signature] = &Signature::verify(CONTENT, &p7s).expect("it verifies")[..] else {
            panic!("one signer");
        };
        assert!(signature.names_certificate && signature.self_signed);
        Signature::verify(b"0124  record.json\n", &p7s).expect_err("other content");
        let mut broken = p7s;
        *broken.last_mut().expect("octets") ^= 1;
        Signature::verify(CONTENT, &broken).expect_err("another signature");
    }

    #[test]
    fn every_changed_octet_is_seen() {
        let (_folder, cert, key) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let p7s = Signer::read(&cert, &key).expect("a pair").sign(CONTENT, now()).expect("signed");
        let whole = Signature::verify(CONTENT, &p7s).expect("it verifies");
        for at in 0..p7s.len() {
            let mut broken = p7s.clone();
            broken[at] ^= 1;
            if let Ok(other) = Signature::verify(CONTENT, &broken) {
                // The version numbers sign nothing; who signed, and when, cannot change.
                assert_eq!(other, whole, "octet {at}");
            }
        }
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (_one, cert, _) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let (_other, _, key) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let refused = Signer::read(&cert, &key).expect_err("no pair");
        assert!(matches!(refused, BundleError::NotAPair { .. }), "{refused}");
    }

    #[rstest]
    #[case::certificate("CERTIFICATE", "c'est un certificat", "donnez la clé privée")]
    #[case::encrypted("ENCRYPTED PRIVATE KEY", "phrase secrète", "openssl pkey")]
    #[case::request("CERTIFICATE REQUEST", "demande de certificat", "donnez la clé privée")]
    #[case::broken("EC PRIVATE", "c'est du PEM", "donnez la clé privée")]
    fn what_is_no_key_is_named(#[case] label: &str, #[case] what: &str, #[case] advice: &str) {
        let (_folder, cert, key) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let text = fs::read_to_string(&key).expect("a key").replace("PRIVATE KEY", label);
        fs::write(&key, text).expect("written");
        let refused = Signer::read(&cert, &key).expect_err("no key").to_string();
        assert!(refused.contains(what) && refused.contains(advice), "{refused}");
    }

    #[test]
    fn der_is_taken_too() {
        let (_folder, cert, key) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        for path in [&cert, &key] {
            let der = pem_contents(&fs::read_to_string(path).expect("PEM"));
            fs::write(path, der).expect("written");
        }
        Signer::read(&cert, &key).expect("a pair");
    }

    fn pem_contents(text: &str) -> Vec<u8> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(body).expect("base64")
    }

    #[test]
    fn no_message_holds_the_key() {
        let (_folder, cert, key) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let text = fs::read_to_string(&key).expect("a key");
        fs::write(&key, text.replace("PRIVATE", "PRIVEE")).expect("written");
        let refused = Signer::read(&cert, &key).expect_err("no key").to_string();
        let secret = text.lines().nth(1).expect("a line of the key");
        assert!(!refused.contains(secret), "{refused}");
    }
}
