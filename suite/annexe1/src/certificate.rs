//! The operator's certificate, as far as the form is concerned.

use std::{fs::File, io, io::Read as _, path::Path};

use fixtures::{dn::DistinguishedName, pki::certificates};
use jiff::Timestamp;
use thiserror::Error;
use x509_parser::{extensions::GeneralName, parse_x509_certificate, time::ASN1Time};

use suite::target::is_production;

/// The largest file read, in octets.
const MOST: u64 = 1024 * 1024;

/// What a certificate says of its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its subject, in the whitelist's order.
    pub dn: DistinguishedName,
    /// Beginning of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
    /// Its dNSNames.
    pub names: Vec<String>,
    /// Its issuer.
    pub issuer: DistinguishedName,
    /// Whether its issuer is an authority of the production IGC-Santé.
    pub production: bool,
}

/// A file is no certificate. The user gives another.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// It cannot be read.
    #[error("{path} : lecture impossible ({source}) ; vérifiez le chemin et vos droits")]
    Unreadable {
        /// The file.
        path: String,
        /// The operating system's words.
        source: io::Error,
    },
    /// It holds none.
    #[error("{path} : {problem}")]
    NoCertificate {
        /// The file.
        path: String,
        /// What it is.
        problem: String,
    },
}

/// Reads a certificate in PEM or DER; of several, the first, as in a chain that is sent.
///
/// # Errors
/// [`CertificateError`].
pub fn read_certificate(path: &Path) -> Result<Certificate, CertificateError> {
    let shown = path.display().to_string();
    let none = |problem: &str| CertificateError::NoCertificate {
        path: shown.clone(),
        problem: problem.into(),
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(|source| CertificateError::Unreadable { path: shown.clone(), source })?;
    if bytes.len() as u64 > MOST {
        return Err(none(
            "plus de 1 Mio, ce n'est pas un certificat ; donnez-le en PEM, en DER ou en PKCS#7",
        ));
    }
    let chain = certificates(&bytes).map_err(|error| none(&error.to_string()))?;
    let first = chain.first().and_then(|der| Certificate::from_der(der));
    first.ok_or_else(|| none("ce n'est pas un certificat X.509 lisible ; openssl x509 -in FICHIER -text dit ce qu'il porte"))
}

impl Certificate {
    /// Reads the DER of a certificate; `None` when it is none.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (_, parsed) = parse_x509_certificate(der).ok()?;
        let moment = |time: ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map_or_else(Vec::new, |extension| {
            let all = extension.value.general_names.iter();
            all.filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect()
        });
        let issuer = DistinguishedName::from_x509(parsed.issuer()).ok()?;
        Some(Self {
            dn: DistinguishedName::from_x509(parsed.subject()).ok()?,
            not_before: moment(parsed.validity().not_before)?,
            not_after: moment(parsed.validity().not_after)?,
            names,
            production: is_production(&issuer),
            issuer,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_certificate_says_so() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("c");
        let absent = read_certificate(&path).expect_err("absent").to_string();
        assert!(absent.contains("lecture impossible"), "{absent}");
        for content in
            ["", "bonjour", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
        {
            std::fs::write(&path, content).expect("written");
            let error = read_certificate(&path).expect_err("none").to_string();
            assert!(error.contains(" ; donnez le certificat en PEM"), "{error}");
        }
        std::fs::write(&path, vec![0; 1024 * 1024 + 1]).expect("written");
        let error = read_certificate(&path).expect_err("too large").to_string();
        assert!(error.contains("plus de 1 Mio"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Certificate::from_der(&bytes);
        }
    }
}
