//! A target that presents a production certificate is left alone.

use std::{path::Path, sync::Arc};

use fixtures::{
    pki::{Identity, Key, KeySize, Variant},
    smtp::mailroom::Mailroom,
};
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256};
use rstest::rstest;

use crate::{
    support::{keys_of_kits, run, space},
    suspect::{First, Suspect},
};

/// An identity whose issuer is named as the production IGC-Santé is.
fn production() -> Identity {
    let key = || KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CountryName, "FR");
    authority.distinguished_name.push(DnType::OrganizationName, "ASIP-SANTE");
    authority.distinguished_name.push(DnType::CommonName, "AC IGC-SANTE ELEMENTAIRE ORGANISATIONS");
    let issuer = Issuer::new(authority, key());
    let own = key();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, "mx.hopital.example");
    let certificate = leaf.signed_by(&own, &issuer).expect("signed");
    let own = Key::from_pkcs8(KeySize::Rsa2048, own.serialize_der()).expect("the same key");
    Identity::new(Variant::Valid, vec![certificate.der().clone()], Arc::new(own))
        .expect("an identity")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_certificate_stops_the_run_before_anything_is_sent() {
    let space = space().await;
    let mailroom = Mailroom::new();
    let listen = "127.0.0.1:0".parse().expect("an address");
    let config = ProxyConfig::of_space(&space, listen, Delivery::Memory(mailroom.clone()))
        .expect("the space has a target");
    let proxy = Proxy::start(ProxyConfig { identity: production(), ..config }).await;
    let target = proxy.as_ref().expect("starts").address().to_string();
    let refused_by =
        |command: &'static str, target: String| move || run(&[command, "--target", &target]);
    for command in ["conformance", "check"] {
        let asked = refused_by(command, target.clone());
        let said = tokio::task::spawn_blocking(asked).await.expect("runs");
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("IGC-Santé de production"), "{}", said.err);
        assert!(said.err.contains("--production-target"), "{}", said.err);
        assert_eq!(said.out, "");
    }
    let allowed = move || {
        run(&[
            "conformance",
            "--target",
            &target,
            "--production-target",
            "--filter",
            "quit-en-clair",
        ])
    };
    let said = tokio::task::spawn_blocking(allowed).await.expect("runs");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("✔ 1"), "{}", said.out);
    assert_eq!(mailroom.count(), 0);
}

/// Whatever stands in the way of the first look, no MAIL goes to a target that shows such a certificate,
/// nor to one that announces STARTTLS and shows none.
#[rstest]
#[case::certificate_required_in_tls_1_2(Suspect { required: true, ..Suspect::default() }, "IGC-Santé de production")]
#[case::certificate_required_in_tls_1_3(Suspect { required: true, modern: true, ..Suspect::default() }, "IGC-Santé de production")]
#[case::list_of_authorities_of_64_kib(Suspect { authorities: 65_530, ..Suspect::default() }, "IGC-Santé de production")]
#[case::busy_once(Suspect { first: First::Busy(1), ..Suspect::default() }, "IGC-Santé de production")]
#[case::busy_thrice(Suspect { first: First::Busy(3), ..Suspect::default() }, "IGC-Santé de production")]
#[case::closes_at_first(Suspect { first: First::Closed(1), ..Suspect::default() }, "IGC-Santé de production")]
#[case::refuses_for_long(Suspect { first: First::Refused(3), ..Suspect::default() }, "IGC-Santé de production")]
#[case::of_test_at_first(Suspect { first: First::Sound(1), ..Suspect::default() }, "IGC-Santé de production")]
#[case::no_certificate(Suspect { first: First::NoTls, ..Suspect::default() }, "aucun certificat n'a pu être lu")]
#[tokio::test(flavor = "multi_thread")]
async fn no_mail_goes_to_production(#[case] suspect: Suspect, #[case] why: &str) {
    let space = space().await;
    let sound = space.pki().target().expect("an ephemeral space has one").clone();
    let suspect = suspect.start(&production(), &sound);
    let folder = tempfile::tempdir().expect("a folder");
    let kit = folder.path().join("kit");
    let kit = kit.to_str().expect("UTF-8").to_owned();
    let target = format!("127.0.0.1:{}", suspect.port);
    let playing = move || {
        // A kit keeps the ports that it drew, and another test may have one of them by now.
        for number in 0..3 {
            let kit = format!("{kit}-{number}");
            keys_of_kits(Path::new(&kit));
            let made = run(&["kit", "--space", &kit]);
            assert_eq!(made.code, Some(0), "{made:?}");
            let out = format!("{kit}/run");
            let said = run(&["conformance", "--space", &kit, "--target", &target, "--out", &out]);
            if !said.err.contains("impossible d'écouter") {
                return said;
            }
        }
        panic!("no kit had its ports");
    };
    let said = tokio::task::spawn_blocking(playing).await.expect("runs");
    assert_eq!(suspect.mails(), 0, "{said:?}");
    assert_eq!(said.code, Some(2), "{said:?}");
    let words = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(why), "{}", said.err);
    assert!(words.contains("--production-target"), "{}", said.err);
}
