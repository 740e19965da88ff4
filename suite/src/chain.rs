//! The target's own chain where webpki finds no path: whether there is one by RFC 5280 all the same, and
//! what breaks it if not.
//!
//! webpki compares the octets of an issuer and of a subject. Two that differ by string type, case or
//! runs of spaces are one name (RFC 5280 §7.1), and no reason to blame who presents them. Nor does it read
//! a certificate of version 1, which path validation does not exclude at the end of a path (§6.1.5).

use fixtures::pki::path::{differing_names, verify_leaf};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{Error, KeyUsage};
use x509_parser::{parse_x509_certificate, x509::X509Version};

/// How a chain leads to `root` that webpki does not follow, in French: leaf first as it was sent, each
/// certificate signed by the next one, which is an authority, and in force at `now`. `None` where it does
/// not lead there, or where nothing of it is beyond webpki.
#[must_use]
pub fn leads_otherwise(
    chain: &[CertificateDer<'_>],
    root: &CertificateDer<'_>,
    now: UnixTime,
) -> Option<String> {
    let mut whole: Vec<&CertificateDer<'_>> = chain.iter().collect();
    if whole.last() != Some(&root) {
        whole.push(root);
    }
    let differing = differing_names(&whole, now)?;
    let (_, leaf) = parse_x509_certificate(whole[0]).ok()?;
    let ancient = leaf.version() == X509Version::V1;
    if !ancient && verify_leaf(&whole, now, KeyUsage::server_auth()).is_err() {
        return None;
    }
    let mut notes = Vec::new();
    if !differing.is_empty() {
        notes.push(format!(
            "le nom de {} est écrit de deux façons, en sujet et en émetteur : c'est le même (RFC 5280 §7.1), mais un \
             pair qui compare des octets ne trouverait pas le chemin",
            differing.join(" et de ")
        ));
    }
    if ancient {
        notes.push(
            "le certificat est un X.509 de version 1, sans extensions : bien des bibliothèques TLS le refusent".into(),
        );
    }
    (!notes.is_empty()).then(|| notes.join(" ; "))
}

/// What webpki's error means for a chain that was looked at, in French, and whether the chain is to blame:
/// `None` where it is the library that lacks.
#[must_use]
pub fn broken_path(error: &Error) -> (Option<bool>, String) {
    let words = match error {
        Error::UnknownIssuer => {
            "pas de chemin jusqu'à la racine : l'émetteur du certificat, ou d'une AC, n'est pas parmi ceux envoyés"
        }
        Error::InvalidSignatureForPublicKey => {
            "pas de chemin jusqu'à la racine : une signature de la chaîne est fausse"
        }
        Error::CertExpired { .. } => "un certificat de la chaîne est expiré",
        Error::CertNotValidYet { .. } => "un certificat de la chaîne n'est pas encore valide",
        Error::NameConstraintViolation => {
            "un nom du certificat sort de ceux que son AC peut certifier (nameConstraints, RFC 5280 §4.2.1.10), ou la \
             contrainte porte sur des noms d'annuaire, que la suite ne sait pas suivre"
        }
        Error::EndEntityUsedAsCa => "un émetteur de la chaîne n'est pas une AC (RFC 5280 §6.1.4)",
        Error::CaUsedAsEndEntity => "le certificat de la cible est celui d'une AC (CA:TRUE)",
        Error::PathLenConstraintViolated => {
            "la chaîne est plus longue que pathLenConstraint ne le permet (RFC 5280 §6.1.4)"
        }
        Error::UnsupportedCriticalExtension => {
            "un certificat de la chaîne a une extension critique inconnue (RFC 5280 §4.2)"
        }
        Error::RequiredEkuNotFoundContext(_) => {
            "l'usage étendu du certificat ne comprend pas serverAuth (RFC 5280 §4.2.1.12)"
        }
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            return (
                None,
                "un certificat de la chaîne est signé par un algorithme que la suite ne vérifie pas : c'est une limite \
                 de la suite"
                    .into(),
            );
        }
        Error::UnsupportedCertVersion => "un certificat de la chaîne est un X.509 de version 1",
        _ => return (Some(false), format!("pas de chemin jusqu'à la racine : {error}")),
    };
    // Its cause may be either.
    let met = (*error != Error::NameConstraintViolation).then_some(false);
    (met, words.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{
        BasicConstraints, CertificateParams, DistinguishedName as Name, DnType, DnValue, IsCa,
        Issuer, KeyPair,
    };
    use rstest::rstest;

    use super::*;
    use crate::certificate::Trust;

    #[derive(Clone, Copy)]
    enum Written {
        Printable,
        Utf8,
        OtherCase,
        Other,
    }

    fn name(of: &str, written: Written) -> Name {
        let mut name = Name::new();
        let value = match written {
            Written::Printable => DnValue::PrintableString(of.try_into().expect("printable")),
            Written::Utf8 => DnValue::Utf8String(of.to_owned()),
            Written::OtherCase => DnValue::Utf8String(format!(" {}", of.to_uppercase())),
            Written::Other => DnValue::Utf8String("TEST autre".to_owned()),
        };
        name.push(DnType::CommonName, value);
        name
    }

    fn authority(of: &str, written: Written) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = name(of, written);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    /// A chain and its root; the leaf names its issuer, and that one the root, as told.
    fn chain(leaf: Written, middle: Written, stolen: bool) -> [CertificateDer<'static>; 3] {
        let key = || KeyPair::generate().expect("a key");
        let (root_key, middle_key, leaf_key) = (key(), key(), key());
        let root = authority("TEST racine", Written::Printable);
        let root_der = root.self_signed(&root_key).expect("signed").der().clone();
        let by_root = authority("TEST racine", middle);
        let issuing = authority("TEST AC", Written::Printable);
        let middle_der = issuing
            .signed_by(&middle_key, &Issuer::from_params(&by_root, &root_key))
            .expect("signed")
            .der()
            .clone();
        let mut params = CertificateParams::new(vec!["mx.hopital.test".into()]).expect("params");
        params.distinguished_name = name("mx.hopital.test", Written::Utf8);
        let by_middle = authority("TEST AC", leaf);
        let signing = if stolen { &leaf_key } else { &middle_key };
        let leaf_der = params
            .signed_by(&leaf_key, &Issuer::from_params(&by_middle, signing))
            .expect("signed")
            .der()
            .clone();
        [leaf_der, middle_der, root_der]
    }

    #[rstest]
    #[case::as_written(Written::Printable, Written::Printable, false, None)]
    #[case::string_type(Written::Utf8, Written::Printable, false, Some(1))]
    #[case::case_and_spaces(Written::OtherCase, Written::Printable, false, Some(1))]
    #[case::at_the_root(Written::Printable, Written::Utf8, false, Some(1))]
    #[case::twice(Written::Utf8, Written::Utf8, false, Some(2))]
    #[case::another_name(Written::Other, Written::Printable, false, None)]
    #[case::another_key(Written::Utf8, Written::Printable, true, None)]
    fn chains(
        #[case] leaf: Written,
        #[case] middle: Written,
        #[case] stolen: bool,
        #[case] differing: Option<usize>,
    ) {
        let [leaf, middle, root] = chain(leaf, middle, stolen);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_700_000_000));
        let sent = [leaf, middle];
        let seen = leads_otherwise(&sent, &root, now);
        let names = |words: &String| words.matches("CN=").count();
        assert_eq!(seen.as_ref().map(names), differing);
        let with_root = [sent.clone().to_vec(), vec![root.clone()]].concat();
        assert_eq!(leads_otherwise(&with_root, &root, now), seen);
        let judged = Trust::new(&[root], &[]).expect("a root").chain_is_complete(&sent, now);
        assert!(differing.is_none() || judged.is_ok(), "one name, however written: {judged:?}");
    }
}
