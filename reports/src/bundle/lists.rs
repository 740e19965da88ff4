//! Revocation lists as others give them: those that are used, and those that are sound and left aside.

use std::path::Path;

use der::Decode;
use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject};
use webpki::{Error, OwnedCertRevocationList};
use x509_cert::crl::CertificateList;

use super::BundleError;

/// The revocation lists of one source.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Those that are used.
    pub used: Vec<CertificateRevocationListDer<'static>>,
    /// What is left aside and why, in French.
    pub aside: Vec<String>,
}

impl Lists {
    /// Those of a file, in DER or in blocks of PEM; none where it has none.
    ///
    /// # Errors
    /// [`BundleError::Authority`]: one of them is no list.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Self, BundleError> {
        let all = if bytes.first() == Some(&0x30) {
            vec![bytes.to_vec().into()]
        } else {
            CertificateRevocationListDer::pem_slice_iter(bytes)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| unfit(path, error.to_string()))?
        };
        let mut lists = Self::default();
        for list in all {
            match OwnedCertRevocationList::from_der(&list) {
                Ok(_) => lists.used.push(list),
                Err(error) => {
                    let why = beyond(&error).ok_or_else(|| unfit(path, error.to_string()))?;
                    lists.aside.push(format!(
                        "{} : liste de révocation{} laissée de côté, {why} ; donnez la liste complète de cet émetteur",
                        path.display(),
                        issuer(&list)
                    ));
                }
            }
        }
        Ok(lists)
    }
}

/// Whether a list is one that is used.
pub(super) fn is_used(list: &CertificateRevocationListDer<'_>) -> bool {
    OwnedCertRevocationList::from_der(list).is_ok()
}

/// What a sound list is that this suite does not use (RFC 5280 §5); `None` where it is no sound one.
fn beyond(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::UnsupportedDeltaCrl => {
            "qui ne dit que ce qui a changé depuis une autre (delta CRL, RFC 5280 §5.2.4)"
        }
        Error::UnsupportedIndirectCrl => {
            "qui parle aussi de certificats d'autres émetteurs (CRL indirecte, RFC 5280 §5.2.5)"
        }
        Error::UnsupportedRevocationReasonsPartitioning => {
            "qui ne dit que les révocations de certains motifs (RFC 5280 §5.2.5)"
        }
        Error::UnsupportedCrlIssuingDistributionPoint => {
            "dont le point de distribution n'est pas nommé en entier (RFC 5280 §5.2.5)"
        }
        Error::UnsupportedCriticalExtension => {
            "qui porte une extension critique que la suite ne connaît pas (RFC 5280 §5.2)"
        }
        Error::UnsupportedCrlVersion => "qui est de la version 1 (RFC 5280 §5.1.2.1)",
        _ => return None,
    })
}

/// Of whom a list is, where it can be read.
fn issuer(list: &CertificateRevocationListDer<'_>) -> String {
    CertificateList::from_der(list)
        .map_or_else(|_| String::new(), |list| format!(" de {}", list.tbs_cert_list.issuer))
}

fn unfit(path: &Path, detail: String) -> BundleError {
    let advice = "donnez une liste de révocation (CRL), en PEM ou en DER";
    BundleError::Authority { path: path.to_owned(), detail, advice }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fixtures::pki::{KeyPool, Options, Pki, Role};
    use rstest::rstest;

    use super::*;

    fn list(role: Role) -> Vec<u8> {
        let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
        let pool = KeyPool::open(&keys).expect("a key pool");
        let options = Options::new("http://127.0.0.1:40404");
        let pki = Pki::ephemeral(&pool, &options).expect("an IGC");
        pki.crl(role).expect("published").to_vec()
    }

    /// The list with its number (2.5.29.20) as another extension: `deltaCRLIndicator` has the same form.
    fn with_its_number_as(extension: u8) -> Vec<u8> {
        let mut list = list(Role::Organisations);
        let number = [6, 3, 0x55, 0x1d, 20];
        let at = list.windows(5).position(|five| five == number).expect("a number");
        list[at + 4] = extension;
        list
    }

    fn block(der: &[u8]) -> String {
        pem::encode(&pem::Pem::new("X509 CRL", der))
    }

    /// What is left aside is named, and the others are used, in PEM and in DER.
    #[test]
    fn a_delta_list_is_left_aside() {
        let (whole, delta) = (list(Role::Root), with_its_number_as(27));
        let path = Path::new("igc.pem");
        let lists = Lists::of(path, (block(&delta) + &block(&whole)).as_bytes()).expect("sound");
        assert_eq!(lists.used, [CertificateRevocationListDer::from(whole)]);
        let [aside] = &lists.aside[..] else { panic!("{:?}", lists.aside) };
        let organisations = "igc.pem : liste de révocation de CN=";
        assert!(aside.starts_with(organisations) && aside.contains("delta CRL"), "{aside}");
        let alone = Lists::of(path, &delta).expect("sound");
        assert_eq!((alone.used.len(), alone.aside.len()), (0, 1));
        assert!(!is_used(&delta.into()));
    }

    #[rstest]
    #[case::no_list(&[0x30, 0])]
    #[case::a_block_of_none(b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n")]
    fn what_is_no_list_is_an_error(#[case] bytes: &[u8]) {
        Lists::of(Path::new("igc.crl"), bytes).expect_err("no list");
    }
}
