//! A detached CMS signature of the manifest, as anybody may have made it (RFC 5652, RFC 5035).

use cms::{
    cert::CertificateChoices,
    content_info::ContentInfo,
    signed_data::{SignedData, SignerIdentifier, SignerInfo},
};
use der::{
    Any, Decode, Encode, ErrorKind, Tag, Tagged,
    asn1::{ObjectIdentifier, OctetString, SetOfVec},
    oid::db::{rfc5911, rfc5912},
};
use fixtures::pki::path;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_cert::{
    Certificate, attr::Attribute, ext::pkix::SubjectKeyIdentifier, spki::AlgorithmIdentifierOwned,
    time::Time,
};

use super::algorithm::{digest_of, verifies};

/// Octets of the largest signature: many signers with their chains, and lists of revocation.
pub(super) const LARGEST: usize = 8 << 20;
/// Signers of one signature, at most.
const SIGNERS: usize = 16;

/// The signature's name in a bundle.
pub const SIGNATURE: &str = "MANIFEST.sha256.p7s";

/// `id-aa-signingCertificateV2` (RFC 5035 §3).
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// `id-aa-signingCertificate`, by SHA-1 (RFC 2634 §5.4).
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");

/// What the signature of one signer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The signer's subject, in the order of the certificate.
    pub subject: String,
    /// The same, in DER.
    pub name: Vec<u8>,
    /// The issuer of its certificate.
    pub issuer: String,
    /// The certificate's serial number, in hexadecimal.
    pub serial: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// When it was made, by the signer's clock.
    pub at: Option<Timestamp>,
    /// Whether the certificate was valid then.
    pub in_validity: bool,
    /// Whether the certificate answers for itself alone.
    pub self_signed: bool,
    /// Whether the signature names its certificate (CAdES, RFC 5035): another one of the same key cannot
    /// be put in its place.
    pub names_certificate: bool,
    /// The certificate, in DER, and behind it all others that came with the signature.
    pub chain: Vec<CertificateDer<'static>>,
}

impl Signature {
    /// Verifies a detached signature of `content`, which may be that of several signers: each one's digest,
    /// its signature, and that its certificate is in it. Whether that certificate is to be trusted is for
    /// the reader to say.
    ///
    /// # Errors
    /// Why it is not to be relied on, in French: one signer who cannot be verified spoils all.
    pub fn verify(content: &[u8], p7s: &[u8]) -> Result<Vec<Self>, String> {
        if p7s.len() > LARGEST {
            return Err("elle a plus de 8 Mio, bien plus qu'il n'en faut".to_owned());
        }
        if !p7s.starts_with(&[0x30]) {
            return Err("elle n'est pas en DER ; openssl cms -sign l'écrit par -outform DER".into());
        }
        let info = ContentInfo::from_der(p7s).map_err(unreadable)?;
        if info.content_type != rfc5911::ID_SIGNED_DATA {
            return Err("ce n'est pas une signature CMS".to_owned());
        }
        let data: SignedData = info.content.decode_as().map_err(unreadable)?;
        if data.encap_content_info.econtent.is_some() {
            return Err(OPAQUE.to_owned());
        }
        let signers = data.signer_infos.0.as_slice();
        if signers.is_empty() {
            return Err("elle n'a pas de signataire".to_owned());
        }
        if signers.len() > SIGNERS {
            return Err(format!("elle a plus de {SIGNERS} signataires"));
        }
        signers.iter().map(|signer| of(signer, &data, content)).collect()
    }
}

/// What one signer says, once it is verified.
fn of(signer: &SignerInfo, data: &SignedData, content: &[u8]) -> Result<Signature, String> {
    let certificate = certificate(signer, data)
        .ok_or("le certificat du signataire n'est pas joint ; il faut signer sans -nocerts")?;
    let tbs = &certificate.tbs_certificate;
    let der = certificate.to_der().map_err(unreadable)?;
    let expected = digest_of(signer.digest_alg.oid, content)
        .ok_or("algorithme d'empreinte inconnu, ou trop faible, dans la signature")?;
    let (message, names_certificate, at) = match &signer.signed_attrs {
        None => (content.to_vec(), false, None),
        Some(attributes) => {
            let kind = value(attributes, rfc5911::ID_CONTENT_TYPE);
            if kind.and_then(|any| any.decode_as::<ObjectIdentifier>().ok())
                != Some(rfc5911::ID_DATA)
            {
                return Err("la signature n'est pas celle de données simples".to_owned());
            }
            let digest = value(attributes, rfc5911::ID_MESSAGE_DIGEST)
                .and_then(|any| any.decode_as::<OctetString>().ok());
            if digest.as_ref().map(OctetString::as_bytes) != Some(&expected[..]) {
                return Err("MANIFEST.sha256 a changé depuis sa signature".to_owned());
            }
            let named = names(attributes, &der)?;
            let at = value(attributes, rfc5911::ID_SIGNING_TIME)
                .and_then(|any| Time::from_der(&any.to_der().ok()?).ok())
                .and_then(|time| Timestamp::from_second(seconds(&time)).ok());
            (attributes.to_der().map_err(unreadable)?, named, at)
        }
    };
    if !verifies(certificate, &der, signer, &message)? {
        let what = if signer.signed_attrs.is_some() {
            "la signature ne vérifie pas avec la clé du certificat"
        } else {
            "la signature ne vérifie pas avec la clé du certificat, ou MANIFEST.sha256 a changé depuis"
        };
        return Err(what.to_owned());
    }
    let validity = seconds(&tbs.validity.not_before)..=seconds(&tbs.validity.not_after);
    let own = CertificateDer::from(der.as_slice());
    let (signed, by) = (tbs.to_der().map_err(unreadable)?, certificate.signature.raw_bytes());
    let others = certificates(data).filter(|other| *other != certificate);
    let others = others.map(|other| other.to_der().map(CertificateDer::from));
    let chain: Vec<_> = std::iter::once(Ok(own.clone().into_owned()))
        .chain(others)
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    Ok(Signature {
        subject: tbs.subject.to_string(),
        name: tbs.subject.to_der().map_err(unreadable)?,
        issuer: tbs.issuer.to_string(),
        serial: tbs.serial_number.to_string().replace(':', "").to_ascii_lowercase(),
        sha256: hex(&Sha256::digest(&der)),
        in_validity: at.is_some_and(|at| validity.contains(&at.as_second())),
        at,
        self_signed: tbs.subject == tbs.issuer && path::signed_by(&signed, by, &own),
        names_certificate,
        chain,
    })
}

/// The certificates that came with the signature.
fn certificates(data: &SignedData) -> impl Iterator<Item = &Certificate> {
    let all = data.certificates.iter().flat_map(|set| set.0.iter());
    all.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    })
}

/// The certificate that a signer names, among those that came with the signature.
fn certificate<'a>(signer: &SignerInfo, data: &'a SignedData) -> Option<&'a Certificate> {
    certificates(data).find(|certificate| {
        let tbs = &certificate.tbs_certificate;
        match &signer.sid {
            SignerIdentifier::IssuerAndSerialNumber(name) => {
                tbs.issuer == name.issuer && tbs.serial_number == name.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(id) => {
                matches!(tbs.get::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *id)
            }
        }
    })
}

/// Whether the signed attributes name this certificate; an error where they name another one.
fn names(attributes: &SetOfVec<Attribute>, certificate: &[u8]) -> Result<bool, String> {
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
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let own = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
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
fn value(attributes: &SetOfVec<Attribute>, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let attribute = found.next().filter(|_| found.next().is_none())?;
    match attribute.values.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}

fn seconds(time: &Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a structure is not read, and what to do where it is sound and written otherwise.
pub(super) fn unreadable(error: der::Error) -> String {
    match error.kind() {
        // Lengths left open, texts in pieces, lengths longer than need be: BER (X.690 §8).
        ErrorKind::IndefiniteLength
        | ErrorKind::Length { .. }
        | ErrorKind::Noncanonical { .. }
        | ErrorKind::Overlength => {
            BER.to_owned()
        }
        ErrorKind::TrailingData { .. } => {
            "elle est suivie d'octets qui n'en sont pas ; joignez le fichier tel que l'outil de signature l'a \
             écrit"
                .to_owned()
        }
        ErrorKind::Incomplete { .. } => {
            "elle est tronquée ; joignez le fichier tel que l'outil de signature l'a écrit".to_owned()
        }
        _ => format!("signature illisible ({error})"),
    }
}

const OPAQUE: &str = "elle n'est pas détachée : elle porte un contenu à elle ; openssl cms -sign la détache sans \
                      -nodetach, -stream ni -indef";
const BER: &str = "elle est en BER, pas en DER ; signez sans -stream ni -indef, ou d'un autre outil, et openssl cms \
                   -cmsout -inform DER -outform DER la convertit";

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
        process::Command,
    };

    use rstest::rstest;
    use tempfile::TempDir;

    use super::*;

    const CONTENT: &[u8] = b"0123  record.json\n";

    /// Runs OpenSSL in a folder; `false` where there is none, and it is not required.
    fn openssl(folder: &Path, args: &[&str]) -> bool {
        match Command::new("openssl").args(args).current_dir(folder).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "openssl {args:?}: {said}");
                true
            }
            Err(error) => {
                fixtures::skip::program(format!("openssl ({error})"));
                false
            }
        }
    }

    /// A folder with a content, and `one` with its self-signed certificate; `None` without OpenSSL.
    fn folder(new_key: &[&str]) -> Option<TempDir> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("content"), CONTENT).expect("written");
        certified(folder.path(), "one", new_key).then_some(folder)
    }

    fn certified(folder: &Path, name: &str, new_key: &[&str]) -> bool {
        let (key, cert, subject) =
            (format!("{name}.key"), format!("{name}.pem"), format!("/O=TEST/CN={name}"));
        let own = ["req", "-x509", "-nodes", "-days", "30", "-keyout", &key, "-out", &cert];
        openssl(folder, &[&own[..], &["-subj", &subject], new_key].concat())
    }

    fn signed(folder: &TempDir, more: &[&str]) -> Vec<u8> {
        let own = ["cms", "-sign", "-binary", "-in", "content", "-outform", "DER", "-out", "s.p7s"];
        let one = ["-signer", "one.pem", "-inkey", "one.key"];
        openssl(folder.path(), &[&own[..], &one, more].concat());
        fs::read(folder.path().join("s.p7s")).expect("signed")
    }

    const RSA: &[&str] = &["-newkey", "rsa:2048"];
    const RSA_4096: &[&str] = &["-newkey", "rsa:4096"];
    const RSA_5120: &[&str] = &["-newkey", "rsa:5120"];
    const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const P384: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    const P521: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"];
    const PSS: &[&str] = &["-keyopt", "rsa_padding_mode:pss"];
    const SHORT_SALT: &[&str] =
        &["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"];

    #[rstest]
    #[case::plain(RSA, &[], false)]
    #[case::cades(RSA, &["-cades"], true)]
    #[case::cades_by_sha512(RSA, &["-cades", "-md", "sha512"], true)]
    #[case::sha384(RSA, &["-md", "sha384"], false)]
    #[case::sha512(RSA, &["-md", "sha512"], false)]
    #[case::pss(RSA, PSS, false)]
    #[case::pss_of_a_long_key(RSA_4096, PSS, false)]
    #[case::pss_with_a_short_salt(RSA, SHORT_SALT, false)]
    #[case::p256(P256, &["-cades"], true)]
    #[case::p256_by_sha384(P256, &["-md", "sha384"], false)]
    #[case::p384(P384, &["-md", "sha384"], false)]
    #[case::p521(P521, &["-md", "sha512"], false)]
    #[case::by_key_identifier(RSA, &["-keyid"], false)]
    // Longer than the library of RSA takes unasked; more takes minutes to make.
    #[case::a_very_long_key(RSA_5120, &["-cades"], true)]
    #[case::pss_of_a_very_long_key(RSA_5120, PSS, false)]
    fn what_openssl_signs_verifies(
        #[case] new_key: &[&str],
        #[case] options: &[&str],
        #[case] names_certificate: bool,
    ) {
        let Some(folder) = folder(new_key) else { return };
        let p7s = signed(&folder, options);
        let [signature] = &Signature::verify(CONTENT, &p7s).expect("it verifies")[..] else {
            panic!("one signer");
        };
        assert_eq!(signature.names_certificate, names_certificate);
        assert!(signature.self_signed && signature.in_validity && signature.at.is_some());
        assert!(signature.subject.contains("CN=one"), "{}", signature.subject);
        Signature::verify(b"0124  record.json\n", &p7s).expect_err("other content");
        // The signature's last octet, which the others cannot make good.
        let mut broken = p7s;
        *broken.last_mut().expect("octets") ^= 1;
        Signature::verify(CONTENT, &broken).expect_err("another signature");
    }

    #[test]
    fn one_without_attributes_has_no_date() {
        let Some(folder) = folder(RSA) else { return };
        let p7s = signed(&folder, &["-noattr"]);
        let signature = &Signature::verify(CONTENT, &p7s).expect("it verifies")[0];
        assert_eq!((signature.at, signature.in_validity), (None, false));
        let why = Signature::verify(b"0124  record.json\n", &p7s).expect_err("other content");
        assert!(why.contains("a changé depuis"), "{why}");
    }

    #[test]
    fn each_of_several_signers_is_told_and_must_verify() {
        let Some(folder) = folder(RSA) else { return };
        certified(folder.path(), "two", P256);
        let p7s = signed(&folder, &["-cades", "-signer", "two.pem", "-inkey", "two.key"]);
        let both = Signature::verify(CONTENT, &p7s).expect("both verify");
        let mut subjects: Vec<&str> = both.iter().map(|one| one.subject.as_str()).collect();
        subjects.sort_unstable();
        assert_eq!(subjects.len(), 2);
        assert!(subjects[0].contains("CN=one") && subjects[1].contains("CN=two"), "{subjects:?}");
        let mut broken = p7s;
        *broken.last_mut().expect("octets") ^= 1;
        Signature::verify(CONTENT, &broken).expect_err("one of them does not");
    }

    fn without_its_certificate(folder: &TempDir) -> Vec<u8> {
        signed(folder, &["-nocerts"])
    }

    fn with_its_content(folder: &TempDir) -> Vec<u8> {
        signed(folder, &["-nodetach"])
    }

    fn by_sha1(folder: &TempDir) -> Vec<u8> {
        signed(folder, &["-md", "sha1"])
    }

    fn in_pem(folder: &TempDir) -> Vec<u8> {
        let der = signed(folder, &[]);
        assert!(!der.is_empty());
        openssl(
            folder.path(),
            &[
                "cms", "-cmsout", "-inform", "DER", "-in", "s.p7s", "-outform", "PEM", "-out",
                "s.pem",
            ],
        );
        fs::read(folder.path().join("s.pem")).expect("converted")
    }

    /// Lengths left open, all of them, as long messages are signed.
    fn in_ber(folder: &TempDir) -> Vec<u8> {
        let ber = signed(folder, &["-stream"]);
        assert_eq!(ber[1], 0x80, "an open length");
        ber
    }

    /// A length in more octets than it needs, deep inside.
    fn in_ber_inside(folder: &TempDir) -> Vec<u8> {
        let mut der = signed(folder, &["-noattr", "-nocerts"]);
        // The version, INTEGER 1: the only one of SignedData that stands so near to the beginning.
        let at = der.windows(3).position(|octets| octets == [2, 1, 1]).expect("a version");
        der.splice(at + 1..at + 2, [0x81, 1]);
        for length in [2, 17, 21] {
            let long = &mut der[length..length + 2];
            let value = u16::from_be_bytes([long[0], long[1]]) + 1;
            long.copy_from_slice(&value.to_be_bytes());
        }
        der
    }

    fn with_more_behind(folder: &TempDir) -> Vec<u8> {
        [signed(folder, &[]), b"\n".to_vec()].concat()
    }

    fn cut(folder: &TempDir) -> Vec<u8> {
        let mut whole = signed(folder, &[]);
        whole.truncate(whole.len() - 9);
        whole
    }

    fn as_mail(folder: &TempDir) -> Vec<u8> {
        signed(folder, &["-outform", "SMIME"])
    }

    fn of_other_data(folder: &TempDir) -> Vec<u8> {
        let path: PathBuf = folder.path().join("content");
        fs::write(path, "autre\n").expect("written");
        signed(folder, &[])
    }

    #[rstest]
    #[case::without_its_certificate(without_its_certificate, "n'est pas joint")]
    #[case::with_its_content(with_its_content, "pas détachée")]
    #[case::by_sha1(by_sha1, "trop faible")]
    #[case::in_pem(in_pem, "-outform DER")]
    #[case::in_ber(in_ber, "elle est en BER, pas en DER ; signez sans -stream")]
    #[case::in_ber_inside(in_ber_inside, "elle est en BER, pas en DER ; signez sans -stream")]
    #[case::with_more_behind(with_more_behind, "suivie d'octets qui n'en sont pas")]
    #[case::cut(cut, "elle est tronquée")]
    #[case::as_mail(as_mail, "-outform DER")]
    #[case::of_other_data(of_other_data, "a changé depuis sa signature")]
    fn what_is_not_relied_on_says_why(#[case] make: fn(&TempDir) -> Vec<u8>, #[case] words: &str) {
        let Some(folder) = folder(RSA) else { return };
        let why = Signature::verify(CONTENT, &make(&folder)).expect_err("refused");
        assert!(why.contains(words), "{why}");
    }

    /// What is to be typed where a signature is in BER does what is said of it.
    #[test]
    fn the_command_that_converts_makes_it_verify() {
        let Some(folder) = folder(RSA) else { return };
        // As other tools write it: detached, and the outer lengths left open.
        let der = signed(&folder, &["-cades"]);
        let ber = [&[0x30, 0x80], &der[4..15], &[0xa0, 0x80], &der[19..], &[0; 4]].concat();
        let why = Signature::verify(CONTENT, &ber).expect_err("refused");
        assert!(why.contains("openssl cms -cmsout -inform DER -outform DER"), "{why}");
        fs::write(folder.path().join("s.p7s"), ber).expect("written");
        let convert = ["cms", "-cmsout", "-inform", "DER", "-outform", "DER"];
        openssl(folder.path(), &[&convert[..], &["-in", "s.p7s", "-out", "der"]].concat());
        let der = fs::read(folder.path().join("der")).expect("converted");
        assert_eq!(Signature::verify(CONTENT, &der).expect("it verifies").len(), 1);
    }

    /// A signature holds certificates and lists that are not the signer's.
    #[test]
    fn what_else_came_with_it_is_no_signer() {
        let Some(folder) = folder(RSA) else { return };
        certified(folder.path(), "two", P256);
        let p7s = signed(&folder, &["-cades", "-certfile", "two.pem"]);
        let [signature] = &Signature::verify(CONTENT, &p7s).expect("it verifies")[..] else {
            panic!("one signer");
        };
        assert!(signature.subject.contains("CN=one"), "{}", signature.subject);
        assert_eq!(signature.chain.len(), 2);
    }

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

    #[rstest]
    #[case::short_rsa(&["-newkey", "rsa:1024"])]
    #[case::an_unknown_curve(&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"])]
    fn a_key_beyond_us_is_named_as_that(#[case] new_key: &[&str]) {
        let Some(folder) = folder(new_key) else { return };
        let why = Signature::verify(CONTENT, &signed(&folder, &[])).expect_err("refused");
        assert!(why.contains("ne sait pas vérifier"), "{why}");
    }

    /// A certificate of the same key put in the place of the one that signed.
    #[test]
    fn another_certificate_of_the_key_is_no_signer() {
        let Some(folder) = folder(RSA) else { return };
        let p7s = signed(&folder, &["-cades", "-keyid"]);
        let own = fs::read_to_string(folder.path().join("one.pem")).expect("PEM");
        let der = |pem: &str| {
            fixtures::pki::certificates(pem.as_bytes()).expect("a certificate")[0].to_vec()
        };
        let own = der(&own);
        let read = Certificate::from_der(&own).expect("read");
        let mut serial = read.tbs_certificate.serial_number.as_bytes().to_vec();
        *serial.last_mut().expect("octets") ^= 1;
        let serial: String = serial.iter().map(|octet| format!("{octet:02x}")).collect();
        openssl(
            folder.path(),
            &[
                "req",
                "-x509",
                "-key",
                "one.key",
                "-days",
                "30",
                "-out",
                "two.pem",
                // As long as the other's, which is drawn: twenty octets, or one less.
                "-set_serial",
                &format!("0x{serial}"),
                "-subj",
                "/O=TEST/CN=two",
            ],
        );
        let other = der(&fs::read_to_string(folder.path().join("two.pem")).expect("PEM"));
        assert_eq!(own.len(), other.len(), "the names are as long");
        let at = p7s.windows(own.len()).position(|octets| octets == own).expect("there");
        let mut changed = p7s;
        changed[at..at + own.len()].copy_from_slice(&other);
        let why = Signature::verify(CONTENT, &changed).expect_err("refused");
        assert!(why.contains("désigne"), "{why}");
    }
}
