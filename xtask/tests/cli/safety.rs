//! A target that presents a production certificate is left alone.

use std::sync::Arc;

use fixtures::{
    pki::{Identity, Key, KeySize, Variant},
    smtp::mailroom::Mailroom,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256};
use suite::proxy::{Delivery, Proxy, ProxyConfig};

use crate::support::{run, space};

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
