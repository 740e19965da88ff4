//! A dossier signed once more: by a key in a file, by another tool, by a token that the suite never sees.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;

use crate::{
    dossier::{dossier, made, ready, reseal, verify},
    signers::{Token, certified, sign, signed_by, tool},
    support::{run, shown},
};

/// A folder with a dossier that nobody signed; its folder and its archive.
fn unsigned() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = ready();
    assert_eq!(dossier(dir.path(), &[]).code, Some(0));
    let (folder, archive) = made(dir.path());
    (dir, folder, archive)
}

#[test]
fn the_operator_signs_and_then_the_vendor() {
    let (dir, folder, archive) = unsigned();
    if !certified(dir.path(), "operateur") || !certified(dir.path(), "editeur") {
        return;
    }
    let told = sign(dir.path(), &archive, &[]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let digest = &reports::bundle::Manifest::digest(
        &fs::read(folder.join("MANIFEST.sha256")).expect("there"),
    );
    for words in [digest, "-engine pkcs11", "-provider pkcs11", "--attach MANIFEST.sha256.p7s"] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }

    signed_by(dir.path(), &folder, "operateur", &["-outform", "DER"]);
    let first = sign(dir.path(), &archive, &["--attach", "operateur.p7s"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let again = sign(dir.path(), &archive, &["--attach", "operateur.p7s"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("déjà jointe"), "{}", again.err);

    signed_by(dir.path(), &folder, "editeur", &["-outform", "PEM", "-md", "sha512"]);
    // As a shell completes it.
    let slashed = PathBuf::from(format!("{}/", shown(&folder)));
    let second = sign(dir.path(), &slashed, &["--attach", "editeur.p7s"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    let third =
        sign(dir.path(), &folder, &["--sign-cert", "editeur.pem", "--sign-key", "editeur.key"]);
    assert_eq!(third.code, Some(0), "{third:?}");
    // Both hold all of them, whichever was named.
    for path in [&folder, &archive] {
        let said = verify(path);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(said.out.matches("Signé ").count(), 3, "{}", said.out);
        assert!(said.out.contains("CN=operateur") && said.out.contains("CN=editeur"));
    }
}

fn of_another_file(dir: &Path, _: &Path) {
    fs::write(dir.join("MANIFEST.sha256"), "0123  autre\n").expect("written");
    signed_by(dir, dir, "moi", &["-outform", "DER"]);
}

fn with_its_content(dir: &Path, folder: &Path) {
    signed_by(dir, folder, "moi", &["-outform", "DER", "-nodetach"]);
}

fn as_mail(dir: &Path, folder: &Path) {
    signed_by(dir, folder, "moi", &[]);
}

fn in_ber(dir: &Path, folder: &Path) {
    signed_by(dir, folder, "moi", &["-outform", "DER", "-stream"]);
}

/// Sound, and without the moment at which it was made.
fn without_a_moment(dir: &Path, folder: &Path) {
    let (manifest, out) = (shown(&folder.join("MANIFEST.sha256")), "moi.p7s");
    let own = ["cms", "-sign", "-binary", "-noattr", "-in", &manifest, "-out", out];
    let signer = ["-signer", "moi.pem", "-inkey", "moi.key", "-outform", "DER"];
    tool(dir, "openssl", &[&own[..], &signer].concat(), &[]);
}

fn the_certificate(dir: &Path, _: &Path) {
    fs::copy(dir.join("moi.pem"), dir.join("moi.p7s")).expect("copied");
}

#[rstest]
#[case::of_another_file(of_another_file, "MANIFEST.sha256 a changé depuis sa signature")]
#[case::with_its_content(with_its_content, "elle n'est pas détachée")]
#[case::as_mail(as_mail, "ce n'est pas une signature CMS en DER ou en PEM")]
#[case::in_ber(in_ber, "elle est en BER, pas en DER")]
#[case::without_a_moment(without_a_moment, "la signature n'est pas jointe")]
#[case::certificate(the_certificate, "ce n'est pas une signature CMS en DER ou en PEM")]
fn what_does_not_fit_is_not_attached(#[case] make: fn(&Path, &Path), #[case] words: &str) {
    let (dir, folder, archive) = unsigned();
    if !certified(dir.path(), "moi") {
        return;
    }
    make(dir.path(), &folder);
    let before = fs::read(&archive).expect("there");
    let said = sign(dir.path(), &archive, &["--attach", "moi.p7s"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    let text: String = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "{text}");
    assert_eq!(fs::read(&archive).expect("there"), before);
}

#[test]
fn an_altered_dossier_is_not_signed_and_a_run_is_none() {
    let (dir, folder, _) = unsigned();
    let said = sign(dir.path(), &dir.path().join("run"), &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("ce n'est pas un dossier à signer"), "{}", said.err);
    fs::write(folder.join("rapport.html"), "CONCLUANT").expect("written");
    reseal(&folder);
    let said = sign(dir.path(), &folder, &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    let text = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("est altéré, et rien n'est signé"), "{text}");
}

/// SoftHSM stands in for the token: its key is in it, and OpenSSL signs through PKCS#11.
#[test]
fn a_token_signs_and_the_suite_never_sees_the_key() {
    let (dir, folder, archive) = unsigned();
    let at = dir.path();
    if !certified(at, "jeton") {
        return;
    }
    let Some(token) = Token::holding(at, "jeton") else { return };
    token.signs(at, &folder, &[]);
    let said = sign(at, &archive, &["--attach", "jeton.p7s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = run(&["verify", &shown(&archive), "--trust", &shown(&at.join("jeton.pem"))]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("certificat désigné par --trust"), "{}", said.out);
}
