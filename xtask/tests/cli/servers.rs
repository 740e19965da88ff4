//! The dossier of an operator of a real mail server, signed in each way that there is, is intact for who
//! receives it.

#[path = "../../../suite/tests/bed/operator.rs"]
mod operator;

use std::{fs, path::Path};

use fixtures::{
    exim::Exim,
    mta::{MtaError, Recipe, Server, Setup},
    postfix::Postfix,
    skip,
};
use serde_json::{Value, json};

use crate::{
    dossier::{GIVEN, dossier, form, made},
    signers::{Token, issued, sign, signed_by},
    support::{Said, run, shown},
};

/// Of the operator that the form names.
const SUBJECT: &str = "/C=FR/O=HOPITAL CIBLE TEST/OU=1440000073/CN=Direction";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dossier_of_postfix_is_intact_however_it_is_signed() {
    let start = async |setup: Setup| Postfix::start(setup, None).await;
    // It shows its policy the CN alone, whatever the DN.
    signed_three_ways(Postfix::available, start, false, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dossier_of_exim_is_intact_however_it_is_signed() {
    let start = async |setup: Setup| Exim::start(setup, None).await;
    // Obligatory scenarios were left out.
    signed_three_ways(Exim::available, start, true, 3).await;
}

async fn signed_three_ways<R: Recipe>(
    available: fn() -> Result<(), MtaError>,
    start: impl AsyncFnOnce(Setup) -> Result<Server<R>, MtaError>,
    uses_crl: bool,
    concludes: i32,
) {
    if let Err(reason) = available() {
        return skip::program(reason);
    }
    let (dir, space) = operator::open_kit().await;
    let at = dir.path();
    let server = start(operator::setup(at, &space)).await.expect("it starts");
    operator::declare(at, &space, &server, operator::Reads { crl: uses_crl, list: None }).await;
    // The command opens the kit anew.
    drop(space);

    let told = played(at);
    assert_eq!(told.code, Some(concludes), "{told:?}\n{}", server.log());
    fs::write(at.join("annexe1.toml"), form()).expect("written");
    let told = dossier(at, &[]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let (folder, archive) = made(at);
    if !issued(at, "direction", SUBJECT) {
        return;
    }
    let copy = |name: &str| {
        let path = at.join(format!("{name}.zip"));
        fs::copy(&archive, &path).expect("copied");
        path
    };

    let by_key = copy("cle");
    let pair = ["--sign-cert", "direction.pem", "--sign-key", "direction.key"];
    intact(at, &by_key, sign(at, &by_key, &pair));

    let by_openssl = copy("openssl");
    signed_by(at, &folder, "direction", &["-outform", "DER", "-md", "sha384"]);
    intact(at, &by_openssl, sign(at, &by_openssl, &["--attach", "direction.p7s"]));

    let Some(token) = Token::holding(at, "direction") else { return };
    let by_token = copy("jeton");
    token.signs(at, &folder, &[]);
    intact(at, &by_token, sign(at, &by_token, &["--attach", "direction.p7s"]));
}

/// What concerns the names of certificates, played by the command against the server that the kit's `target.toml` declares.
fn played(at: &Path) -> Said {
    let (kit, out) = (shown(at), shown(&at.join(GIVEN[2])));
    let which = ["--filter", "4-certificat/cn", "--filter", "4-certificat/dn"];
    let play = || run(&[&["conformance", "--space", &kit, "--out", &out], &which[..]].concat());
    let mut told = play();
    // The ports of a kit stay; a connection of another test may have drawn one meanwhile, and gives it back.
    for _ in 1..operator::KITS {
        if !told
            .err
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("impossible d'écouter")
        {
            break;
        }
        told = play();
    }
    told
}

/// That a signed dossier is accepted by who asks for all that a signature can show, and why.
fn intact(at: &Path, archive: &Path, signed: Said) {
    assert_eq!(signed.code, Some(0), "{signed:?}");
    let (file, trust) = (shown(archive), shown(&at.join("ac.pem")));
    let asked = ["verify", &file, "--require-signature", "--trust", &trust];
    let told = run(&asked);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("INTACT"), "{}", told.out);
    let told = run(&[&asked[..], &["--json"]].concat());
    assert_eq!(told.code, Some(0), "{told:?}");
    let listing: Value = serde_json::from_str(&told.out).expect("JSON");
    let [dossier] = listing["dossiers"].as_array().expect("a list").as_slice() else {
        panic!("{listing}");
    };
    assert_eq!(dossier["accepted"], true, "{dossier}");
    assert_eq!(dossier["findings"], json!({}), "{dossier}");
    assert_eq!(dossier["operator"], "Hôpital Cible TEST", "{dossier}");
    let [signer] = dossier["signers"].as_array().expect("a list").as_slice() else {
        panic!("{dossier}");
    };
    // Its path leads to the authority now as when it signed; no list said whether it is revoked.
    assert_eq!(signer["trust"], "attached", "{signer}");
    assert_eq!(signer["revocation"], "no_list", "{signer}");
    assert_eq!(signer["organisation"], "operator", "{signer}");
    assert!(signer["at"].is_string(), "{signer}");
}
