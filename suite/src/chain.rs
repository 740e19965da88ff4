//! A chain by its names, compared as RFC 5280 §7.1 does.
//!
//! webpki compares the octets of an issuer and of a subject. Two that differ by string type, case or
//! runs of spaces are one name all the same, and no reason to blame who presents them.

use std::time::Duration;

use fixtures::dn::DistinguishedName;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::EndEntityCert;
use x509_parser::{
    certificate::X509Certificate, extensions::ParsedExtension, parse_x509_certificate,
    time::ASN1Time, x509::X509Name,
};

/// Whether two names are the same (RFC 5280 §7.1).
#[must_use]
pub fn same_name(a: &X509Name<'_>, b: &X509Name<'_>) -> bool {
    let read = |name: &X509Name<'_>| DistinguishedName::from_x509(name).ok();
    a.as_raw() == b.as_raw()
        || read(a).zip(read(b)).is_some_and(|(a, b)| a.canonical() == b.canonical())
}

/// The names written in two ways along a chain that leads to `root` once they are compared as names,
/// leaf first as it was sent: each certificate signed by the next one, which is an authority, and in
/// force at `now`. `None` where it does not lead there, or where no name differs.
#[must_use]
pub fn written_in_two_ways(
    chain: &[CertificateDer<'_>],
    root: &CertificateDer<'_>,
    now: UnixTime,
) -> Option<Vec<String>> {
    let mut whole: Vec<&CertificateDer<'_>> = chain.iter().collect();
    if whole.last() != Some(&root) {
        whole.push(root);
    }
    let seconds = i64::try_from(Duration::from_secs(now.as_secs()).as_secs()).ok()?;
    let at = ASN1Time::from_timestamp(seconds).ok()?;
    let read: Vec<X509Certificate<'_>> = whole
        .iter()
        .map(|der| parse_x509_certificate(der).ok().map(|(_, certificate)| certificate))
        .collect::<Option<_>>()?;
    if !read.iter().all(|certificate| certificate.validity().is_valid_at(at)) {
        return None;
    }
    let mut differing = Vec::new();
    for (below, two) in read.windows(2).enumerate() {
        let [child, parent] = two else { return None };
        let signs = signed_by(child, whole[below + 1]);
        if !signs || !certifies(parent, below) || !same_name(child.issuer(), parent.subject()) {
            return None;
        }
        if child.issuer().as_raw() != parent.subject().as_raw() {
            differing.push(DistinguishedName::from_x509(parent.subject()).ok()?.to_string());
        }
    }
    (!differing.is_empty()).then_some(differing)
}

/// Whether the key of `issuer` made the signature of `certificate`.
fn signed_by(certificate: &X509Certificate<'_>, issuer: &CertificateDer<'_>) -> bool {
    let Ok(issuer) = EndEntityCert::try_from(issuer) else { return false };
    let (message, signature) =
        (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    webpki::ALL_VERIFICATION_ALGS
        .iter()
        .any(|algorithm| issuer.verify_signature(*algorithm, message, signature).is_ok())
}

/// Whether a certificate may issue, with `below` authorities between it and the leaf. One with name
/// constraints is not judged here.
fn certifies(authority: &X509Certificate<'_>, below: usize) -> bool {
    let constrained = authority.extensions().iter().any(|extension| {
        matches!(extension.parsed_extension(), ParsedExtension::NameConstraints(_))
    });
    let basic = authority.basic_constraints().ok().flatten().is_some_and(|basic| {
        let room = |most: u32| usize::try_from(most).is_ok_and(|most| below <= most);
        basic.value.ca && basic.value.path_len_constraint.is_none_or(room)
    });
    let signs =
        authority.key_usage().is_ok_and(|usage| usage.is_none_or(|u| u.value.key_cert_sign()));
    basic && signs && !constrained
}

#[cfg(test)]
mod tests {
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
        let seen = written_in_two_ways(&sent, &root, now);
        assert_eq!(seen.as_ref().map(Vec::len), differing);
        let with_root = [sent.clone().to_vec(), vec![root.clone()]].concat();
        assert_eq!(written_in_two_ways(&with_root, &root, now), seen);
        let octets = Trust::new(&[root], &[]).expect("a root").chain_is_complete(&sent, now);
        assert!(differing.is_none() || octets.is_err(), "webpki compares octets");
    }
}
