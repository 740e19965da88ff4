//! Revocation lists given to `verify`: what `--json` says that they tell of a signer.

use std::{fs, path::Path};

use fixtures::{
    pki::{Role, Variant},
    space::{Space, cast},
};
use serde_json::{Value, json};

use crate::{
    dossier::{dossier, made, ready},
    support::{said, shown, space, xtask},
};

/// Certificate and key of an operator, in files.
fn issued(space: &Space, dir: &Path, name: &str, variant: Variant) {
    let alpha = cast::operator("alpha").expect("in the cast");
    let identity = space.identity(alpha, variant).expect("issued");
    fs::write(dir.join(format!("{name}.pem")), identity.chain_pem()).expect("written");
    fs::write(dir.join(format!("{name}.key")), identity.key().private_pem()).expect("written");
}

/// The list of the organisations' authority as one that tells only what changed: its number (2.5.29.20) becomes the
/// number of another list (2.5.29.27).
fn delta(list: &[u8]) -> Vec<u8> {
    let mut list = list.to_vec();
    let at = list.windows(5).position(|five| five == [6, 3, 0x55, 0x1d, 20]).expect("a number");
    list[at + 4] = 27;
    list
}

/// The one signer of an archive by `verify --json`, the code, and what stands on the other channel.
fn signer(dir: &Path, archive: &str, more: &[&str]) -> (Value, Option<i32>, String) {
    let mut command = xtask();
    command.args(["verify", "--json", archive]).args(more).current_dir(dir);
    let told = said(command.output().expect("the program was built"));
    let listing: Value = serde_json::from_str(&told.out).expect("JSON");
    let [one] = listing["dossiers"][0]["signers"].as_array().expect("a list").as_slice() else {
        panic!("{listing}");
    };
    (one.clone(), told.code, told.err.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Who signed, what is given, the code, what stands behind the signer, what is known of its revocation, and whether a
/// list tells it.
type Asked<'a> = (&'a str, Vec<&'a str>, i32, Value, Value, bool);

#[tokio::test(flavor = "multi_thread")]
async fn lists_tell_of_a_signer_in_json() {
    let space = space().await;
    let dir = tokio::task::spawn_blocking(ready).await.expect("ready");
    let at = dir.path();
    issued(&space, at, "valide", Variant::Valid);
    issued(&space, at, "revoque", Variant::RevokedLeaf);
    let list = |role| space.pki().crl(role).expect("published").to_vec();
    fs::write(at.join("igc.der"), space.root()).expect("written");
    fs::write(at.join("racine.crl"), list(Role::Root)).expect("written");
    fs::write(at.join("organisations.crl"), list(Role::Organisations)).expect("written");
    fs::write(at.join("delta.crl"), delta(&list(Role::Organisations))).expect("written");
    let ask = move || {
        let at = dir.path();
        let trust = ["--trust", "igc.der"];
        let root = ["--crl", "racine.crl"];
        let own = ["--crl", "organisations.crl"];
        let partial = ["--crl", "delta.crl"];
        let asked: [Asked<'_>; 6] = [
            ("valide", [trust].concat(), 0, json!("attached"), json!("no_list"), false),
            ("valide", [trust, root, own].concat(), 0, json!("attached"), json!("checked"), true),
            ("valide", [trust, own].concat(), 0, json!("attached"), json!("of_the_signer"), true),
            ("valide", [trust, root].concat(), 0, json!("attached"), json!("other_issuers"), false),
            ("valide", [trust, partial].concat(), 0, json!("attached"), json!("no_list"), false),
            ("revoque", [trust, partial, own].concat(), 4, json!("revoked"), Value::Null, false),
        ];
        for (name, more, code, trust, revocation, dated) in asked {
            let (cert, key) = (format!("{name}.pem"), format!("{name}.key"));
            let made_anew = ["--sign-cert", &cert, "--sign-key", &key];
            drop(fs::remove_dir_all(at.join("envoi")));
            let signed = dossier(at, &made_anew);
            assert_eq!(signed.code, Some(0), "{signed:?}");
            let (one, found, err) = signer(at, &shown(&made(at).1), &more);
            assert_eq!(found, Some(code), "{name} {more:?}: {one}");
            assert_eq!((&one["trust"], &one["revocation"]), (&trust, &revocation), "{more:?}");
            assert_eq!(one["crl"].is_string(), dated, "{more:?}: {one}");
            assert_eq!(one["crl_carried"], json!(false));
            assert_eq!(one["revoked"].is_string(), name == "revoque", "{one}");
            let aside = err.contains("delta CRL") && err.contains("laissée de côté");
            assert_eq!(aside, more.contains(&"delta.crl"), "{more:?}: {err}");
        }
    };
    tokio::task::spawn_blocking(ask).await.expect("runs");
}
