use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use der::Any;
use fixtures::pki::{KeyPool, Options, Pki, Role};
use rstest::rstest;
use tempfile::TempDir;
use x509_cert::crl::CertificateList;

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
        &["cms", "-cmsout", "-inform", "DER", "-in", "s.p7s", "-outform", "PEM", "-out", "s.pem"],
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

/// Changes an octet at the head of the signature itself, which comes last: an OCTET STRING of 256.
fn with_the_signature(folder: &TempDir, at: usize, octet: u8) -> Vec<u8> {
    let mut der = signed(folder, &["-noattr"]);
    let head = der.len() - 260;
    assert_eq!(der[head..head + 4], [4, 0x82, 1, 0]);
    der[head + at] = octet;
    der
}

fn with_a_field_that_is_too_long(folder: &TempDir) -> Vec<u8> {
    with_the_signature(folder, 3, 1)
}

fn with_a_field_in_pieces(folder: &TempDir) -> Vec<u8> {
    with_the_signature(folder, 0, 0x24)
}

fn with_a_field_of_another_type(folder: &TempDir) -> Vec<u8> {
    with_the_signature(folder, 0, 0x0c)
}

/// The version, INTEGER 1, of no octet at all, and what is left of it.
fn with_a_field_that_is_empty(folder: &TempDir) -> Vec<u8> {
    let mut der = signed(folder, &["-noattr"]);
    let at = der.windows(3).position(|octets| octets == [2, 1, 1]).expect("a version");
    der[at + 1] = 0;
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
#[case::in_ber(
    in_ber,
    "elle est en BER, pas en DER (des longueurs y sont laissées ouvertes) ; signez"
)]
#[case::in_ber_inside(in_ber_inside, "elle est en BER, pas en DER (une longueur y prend plus")]
#[case::a_field_that_is_too_long(with_a_field_that_is_too_long, "rompue : un champ y dépasse")]
#[case::a_field_in_pieces(
    with_a_field_in_pieces,
    "en BER, pas en DER (un texte y est en plusieurs"
)]
#[case::a_field_of_another_type(
    with_a_field_of_another_type,
    "rompue : un champ y est d'un autre type"
)]
#[case::a_field_that_is_empty(
    with_a_field_that_is_empty,
    "pas en DER (une valeur y est écrite autrement, INTEGER)"
)]
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

/// A revocation list that is put into a signature is read with it; what is none of those used is left out.
#[test]
fn lists_that_came_with_it_are_kept() {
    let Some(folder) = folder(RSA) else { return };
    let info = ContentInfo::from_der(&signed(&folder, &["-cades"])).expect("DER");
    let mut data: SignedData = info.content.decode_as().expect("signed data");
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
    let pool = KeyPool::open(&keys).expect("a key pool");
    let pki = Pki::ephemeral(&pool, &Options::new("http://127.0.0.1:40404")).expect("an IGC");
    let list = pki.crl(Role::Organisations).expect("published").to_vec();
    let mut delta = list.clone();
    let number = delta.windows(5).position(|five| five == [6, 3, 0x55, 0x1d, 20]).expect("there");
    delta[number + 4] = 27;
    let carried = [&list, &delta]
        .map(|list| RevocationInfoChoice::Crl(CertificateList::from_der(list).expect("a list")));
    data.crls = Some(carried.to_vec().try_into().expect("two"));
    let content = Any::encode_from(&data).expect("DER");
    let p7s = ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content }.to_der().expect("DER");
    let [signature] = &Signature::verify(CONTENT, &p7s).expect("it verifies")[..] else {
        panic!("one signer");
    };
    assert_eq!(signature.lists, [CertificateRevocationListDer::from(list)]);
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
    let der =
        |pem: &str| fixtures::pki::certificates(pem.as_bytes()).expect("a certificate")[0].to_vec();
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
