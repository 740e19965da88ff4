//! TLS as OpenSSL speaks it, and another library than ours may: what we cannot speak is named, and nothing of
//! it held against the target.

use rstest::rstest;
use suite::record::Verdict;

use crate::{
    bed::Bed,
    openssl::{Files, Late, Serving, is_there},
};

const SELECTION: &[&str] = &[
    "3-starttls/certificat-cible-chaine",
    "3-starttls/certificat-cible-validite",
    "3-starttls/certificat-demande",
    "3-starttls/ehlo-apres",
    "3-starttls/sonde-tls-1-2",
    "3-starttls/suites-ecdhe",
    "3-starttls/tls-1-2",
    "3-starttls/tls-1-3",
    "4-certificat/expire",
    "4-certificat/valide",
    "5-enveloppe/nominal",
];

/// Extensions of a server's certificate.
const EXTENSIONS: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
                          extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:mx.test\n";

/// Asks for a certificate, demands it and verifies it, by the space's root.
fn demanding(files: &Files, more: &str) -> Vec<String> {
    let root = files.path("root.pem").display().to_string();
    let verify = format!("-Verify 3 -verify_return_error -CAfile {root} {more}");
    verify.split_whitespace().map(str::to_owned).collect()
}

/// A server that differs from the usual by what the sending peers speak: nothing is held against it.
#[rstest]
#[case::usual("", &[])]
#[case::tls12("-tls1_2", &["3-starttls/tls-1-3"])]
#[case::p521("-groups P-521", &[])]
#[case::p521_in_tls12("-groups P-521 -tls1_2", &["3-starttls/tls-1-3"])]
#[case::without_tickets("-no_ticket -num_tickets 0", &[])]
#[case::small_records("-max_send_frag 512", &[])]
#[case::without_ecdhe_in_tls12("-cipher DHE-RSA-AES256-GCM-SHA384", &["3-starttls/suites-ecdhe"])]
#[tokio::test(flavor = "multi_thread")]
async fn spoken(#[case] args: &str, #[case] remarks: &[&str]) {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let args = demanding(&files, args);
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    let table = played.table();
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{table}");
    assert_eq!(played.of(Verdict::PassWithRemark), remarks, "{table}");
    let limits = played.of(Verdict::Inconclusive);
    let dhe = remarks.contains(&"3-starttls/suites-ecdhe");
    assert_eq!(limits, if dhe { vec!["3-starttls/tls-1-2"] } else { vec![] }, "{table}");
    if dhe {
        let (_, reason) = played.said("3-starttls/tls-1-2");
        assert!(reason.contains("limite de la suite"), "{reason}");
    }
}

/// Records of one octet each, as far as they are in clear.
#[tokio::test(flavor = "multi_thread")]
async fn records_of_one_octet() {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let args = demanding(&files, "");
    let server = files.serve(Serving { args, crumbs: true, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    assert_eq!(played.of(Verdict::Inconclusive), [""; 0], "{}", played.table());
}

/// Keys and certificates of any kind: the handshake is made, and nothing held against them.
#[rstest]
#[case::p521(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], EXTENSIONS, "")]
#[case::p384(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], EXTENSIONS, "")]
#[case::ed25519(&["-algorithm", "ED25519"], EXTENSIONS, "")]
#[case::ed448(&["-algorithm", "ED448"], EXTENSIONS, "-tls1_3")]
#[case::rsa_pss(&["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], EXTENSIONS, "-tls1_3")]
#[case::version_1(&["-algorithm", "RSA"], "", "")]
#[tokio::test(flavor = "multi_thread")]
async fn any_certificate(#[case] algorithm: &[&str], #[case] extensions: &str, #[case] args: &str) {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::made(&bed, algorithm, extensions);
    let modern = args == "-tls1_3";
    let args = demanding(&files, args);
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    let table = played.table();
    // TLS 1.2 is what a server of TLS 1.3 alone does lack.
    let lacks = ["3-starttls/sonde-tls-1-2", "3-starttls/tls-1-2"];
    assert_eq!(played.of(Verdict::Fail), if modern { &lacks[..] } else { &[] }, "{table}");
    for id in ["certificat-demande", "certificat-cible-chaine", "nominal", "expire"] {
        let (verdict, reason) = played.said(id);
        assert_eq!(verdict, Verdict::Pass, "{id}: {reason}\n{table}");
    }
    if extensions.is_empty() {
        let (_, reason) = played.said("certificat-cible-chaine");
        assert!(reason.contains("version 1"), "{reason}");
    }
}

/// What the sending peers cannot speak has its name, wherever no handshake is made.
#[rstest]
#[case::dhe("-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384")]
#[case::static_rsa("-tls1_2 -cipher AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384")]
#[case::cbc("-tls1_2 -cipher ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384")]
#[case::x448("-groups X448", "le groupe x448")]
#[case::brainpool("-tls1_2 -groups brainpoolP256r1", "le groupe brainpoolP256r1")]
#[tokio::test(flavor = "multi_thread")]
async fn not_spoken(#[case] args: &str, #[case] named: &str) {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let args = demanding(&files, args);
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    let table = played.table();
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{table}");
    for id in ["nominal", "valide", "certificat-demande", "certificat-cible-chaine", "expire"] {
        let (verdict, reason) = played.said(id);
        assert_eq!(verdict, Verdict::Inconclusive, "{id}: {reason}\n{table}");
        assert!(reason.contains(named) && reason.contains("limite de la suite"), "{id}: {reason}");
    }
}

/// RSA-PSS keys in TLS 1.2 are beyond the library, which would blame the target.
#[tokio::test(flavor = "multi_thread")]
async fn rsa_pss_in_tls12() {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let algorithm = ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"];
    let files = Files::made(&bed, &algorithm, EXTENSIONS);
    let args = demanding(&files, "-tls1_2");
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    for id in ["nominal", "3-starttls/tls-1-2", "certificat-demande"] {
        let (verdict, reason) = played.said(id);
        assert_eq!(verdict, Verdict::Inconclusive, "{id}: {reason}");
        assert!(reason.contains("rsa_pss_pss"), "{id}: {reason}");
    }
}

/// A certificate asked for by renegotiation (TLS 1.2), or after the handshake (TLS 1.3).
#[rstest]
#[case::renegotiation("-tls1_2", "EHLO", "renégociation")]
#[case::renegotiation_at_mail("-tls1_2", "MAIL", "renégociation")]
#[case::after_the_handshake("", "MAIL", "post_handshake_auth")]
#[case::after_the_handshake_alone("-tls1_3", "MAIL", "post_handshake_auth")]
#[tokio::test(flavor = "multi_thread")]
async fn asked_for_later(#[case] args: &str, #[case] at: &'static str, #[case] named: &str) {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let modern = args == "-tls1_3";
    let args = args.split_whitespace().map(str::to_owned).collect();
    let server = files.serve(Serving { args, late: Late::At(at), ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    let table = played.table();
    let lacks = ["3-starttls/sonde-tls-1-2"];
    let failed = played.of(Verdict::Fail);
    assert!(failed.iter().all(|id| modern && lacks.contains(id)), "{table}");
    for id in ["nominal", "certificat-demande"] {
        let (verdict, reason) = played.said(id);
        assert_eq!(verdict, Verdict::Inconclusive, "{id}: {reason}\n{table}");
        assert!(reason.contains(named) && reason.contains("limite de la suite"), "{id}: {reason}");
    }
}

/// Whether and how a certificate is asked for.
#[rstest]
#[case::never("", &["3-starttls/certificat-demande"])]
#[case::taken_if_there("-verify 3", &["4-certificat/expire"])]
#[tokio::test(flavor = "multi_thread")]
async fn asked_for(#[case] args: &str, #[case] failed: &[&str]) {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let args = args.split_whitespace().map(str::to_owned).collect();
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Fail), failed, "{}", played.table());
}

/// A list of authorities that is longer than the library reads.
#[tokio::test(flavor = "multi_thread")]
async fn authorities_without_end() {
    /// Octets of the list: the most that OpenSSL sends, with which the message is more than 64 KiB.
    const LIST: usize = 65_530;
    /// What stands around a long name: lengths and tags.
    const AROUND: usize = 23;
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let root = x509_parser::parse_x509_certificate(&bed.space.root()).map(|(_, root)| {
        // What a list of it holds: its length and itself (RFC 5246 §7.4.4).
        2 + root.subject().as_raw().len()
    });
    let mut left = LIST - root.expect("a root");
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut all = bed.space.pki().root_pem();
    while left > 0 {
        let one = if left > 40_000 { 20_000 } else { left };
        left -= one;
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        // Each has its own: OpenSSL sends a name once.
        let name = format!("TEST {left:06} {}", "X".repeat(one - AROUND - 12));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        all += &params.self_signed(&key).expect("signed").pem();
    }
    files.write("root.pem", &all);
    let args = demanding(&files, "-tls1_2");
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    let (verdict, reason) = played.said("nominal");
    assert_eq!(verdict, Verdict::Inconclusive, "{reason}");
    assert!(reason.contains("CertificateRequest") || reason.contains("64 Kio"), "{reason}");
}

/// A server that knows another name than the one that it is asked for, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn another_name() {
    if !is_there() {
        return;
    }
    let bed = Bed::with(SELECTION).await;
    let files = Files::of(&bed, &bed.identity());
    let second = files.path("cert.pem").display().to_string();
    let key = files.path("key.pem").display().to_string();
    let sni = format!("-servername autre.test -servername_fatal -cert2 {second} -key2 {key}");
    let args = demanding(&files, &sni);
    let server = files.serve(Serving { args, ..Serving::default() }).await;
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    let (verdict, reason) = played.said("nominal");
    assert_eq!(verdict, Verdict::Inconclusive, "{reason}");
    assert!(reason.contains("SNI") && reason.contains("mx_host"), "{reason}");
}
