//! The dossier of an operator: made, verified, tampered with, refused.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fixtures::{
    pki::{Role, Variant},
    space::cast::{self},
};
use reports::bundle;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Said, run, said, shown, space, xtask};

pub(crate) fn form() -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../suite/annexe1/tests/annexe1/sound.toml");
    fs::read_to_string(path).expect("there")
}

/// A folder with a run against the embedded proxy, and the form of its operator.
pub(crate) fn ready() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let out = shown(&dir.path().join("run"));
    let said = run(&["conformance", "--filter", "6-fin/quit", "--out", &out]);
    assert_eq!(said.code, Some(3), "obligatory scenarios were left out: {said:?}");
    fs::write(dir.path().join("annexe1.toml"), form()).expect("written");
    dir
}

pub(crate) const GIVEN: [&str; 7] =
    ["dossier", "--run", "run", "--annexe1", "annexe1.toml", "--out", "envoi"];

/// Without the PDF, unless this program has it built in: no test builds Typst by the way.
pub(crate) fn dossier(dir: &Path, more: &[&str]) -> Said {
    let mut command = xtask();
    command.args(GIVEN).args(more).current_dir(dir);
    if cfg!(not(feature = "pdf")) {
        command.arg("--no-pdf");
    }
    said(command.output().expect("the program was built"))
}

/// The one archive in `envoi`, and its folder.
pub(crate) fn made(dir: &Path) -> (PathBuf, PathBuf) {
    let mut names: Vec<PathBuf> = fs::read_dir(dir.join("envoi"))
        .expect("made")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    names.sort();
    let [folder, archive] = names.as_slice() else { panic!("{names:?}") };
    (folder.clone(), archive.clone())
}

pub(crate) fn verify(path: &Path) -> Said {
    run(&["verify", &shown(path)])
}

#[test]
fn a_dossier_is_made_whole_and_verifies() {
    let dir = ready();
    let said = dossier(dir.path(), &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let (folder, archive) = made(dir.path());
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with("dossier-hopital-cible-test-20"), "{name}");
    assert_eq!(archive, folder.with_file_name(format!("{name}.zip")));
    for file in ["rapport.html", "record.json", "junit.xml", "annexe1.toml", "MANIFEST.sha256"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let page = fs::read_to_string(folder.join("rapport.html")).expect("text");
    for text in ["Éditeur de TEST", "proxy de référence embarqué"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("campagne antérieure"), "there is none, and no section on it");
    for path in [&folder, &archive] {
        let said = verify(path);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.out.contains("INTACT"), "{}", said.out);
    }
    let again = dossier(dir.path(), &[]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("existe déjà"), "{}", again.err);

    // One octet of any part is one too many.
    for part in ["rapport.html", "annexe1.toml", "transcripts/reception-6-fin-quit.jsonl"] {
        let path = folder.join(part);
        let text = fs::read(&path).expect("there");
        fs::write(&path, [text.as_slice(), b" "].concat()).expect("written");
        let said = verify(&folder);
        assert_eq!(said.code, Some(1), "{part}: {said:?}");
        assert!(said.out.contains("ALTÉRÉ") && said.out.contains(part), "{}", said.out);
        fs::write(&path, text).expect("restored");
    }
    assert_eq!(verify(&folder).code, Some(0));
}

/// Writes the manifest of what is in the folder now.
pub(crate) fn reseal(folder: &Path) {
    fs::remove_file(folder.join("MANIFEST.sha256")).expect("there");
    let mut files = bundle::unpack(folder).expect("read");
    reports::dossier::seal(&mut files, None, jiff::Timestamp::UNIX_EPOCH).expect("sealed");
    fs::write(folder.join("MANIFEST.sha256"), &files["MANIFEST.sha256"]).expect("written");
}

/// Somebody who can write a manifest as well gains nothing.
#[rstest]
#[case::page("rapport.html", "NON CONCLUSIF", "CONCLUANT")]
#[case::form("annexe1.toml", "Éditeur", "Vendeur")]
#[case::results("junit.xml", "reception", "réception")]
#[case::earlier("precedente/record.json", "\"pass\"", "\"fail\"")]
fn a_forged_document_is_found_under_a_fresh_manifest(
    #[case] name: &str,
    #[case] from: &str,
    #[case] to: &str,
) {
    let dir = ready();
    let run_dir = shown(&dir.path().join("run"));
    let said = dossier(dir.path(), &["--previous", &run_dir]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let (folder, _) = made(dir.path());
    let path = folder.join(name);
    let text = fs::read_to_string(&path).expect("there");
    assert!(text.contains(from), "nothing to forge in {name}");
    fs::write(&path, text.replace(from, to)).expect("written");
    reseal(&folder);
    let said = verify(&folder);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("ne dit pas ce que dit l'enregistrement"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_dossier_names_its_signer_and_never_holds_the_key() {
    let space = space().await;
    let alpha = cast::operator("alpha").expect("in the cast");
    let identity = space.identity(alpha, Variant::Valid).expect("issued");
    let dir = tokio::task::spawn_blocking(ready).await.expect("ready");
    let key = identity.key().private_pem();
    fs::write(dir.path().join("org.pem"), identity.chain_pem()).expect("written");
    fs::write(dir.path().join("org.key"), &key).expect("written");
    let ask = move || {
        let half = dossier(dir.path(), &["--sign-cert", "org.pem"]);
        let signed = dossier(dir.path(), &["--sign-cert", "org.pem", "--sign-key", "org.key"]);
        let (folder, archive) = made(dir.path());
        let line = key.lines().nth(1).expect("base64").to_owned();
        for (path, bytes) in files(&folder) {
            assert!(!contains(&bytes, line.as_bytes()), "the key is in {}", path.display());
        }
        (half, signed, verify(&archive))
    };
    let (half, signed, verified) = tokio::task::spawn_blocking(ask).await.expect("runs");
    assert_eq!(half.code, Some(2), "a certificate without its key: {half:?}");
    assert_eq!(signed.code, Some(0), "{signed:?}");
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("mx.alpha.mssante.test"), "{}", verified.out);
}

/// Who answers for a signer is said, and a signer that nobody trusted answers for is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_signer_is_held_against_the_authorities_that_the_reader_trusts() {
    let space = space().await;
    let alpha = cast::operator("alpha").expect("in the cast");
    let identity = space.identity(alpha, Variant::Valid).expect("issued");
    let dir = tokio::task::spawn_blocking(ready).await.expect("ready");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(dir.path().join(name), bytes).expect("written");
    };
    write("org.pem", identity.chain_pem().as_bytes());
    write("org.key", identity.key().private_pem().as_bytes());
    write("igc.der", &space.root());
    write("autre.der", space.pki().authority(Role::ForeignRoot).certificate());
    write("racine.crl", space.pki().crl(Role::Root).expect("published"));
    write("organisations.crl", space.pki().crl(Role::Organisations).expect("published"));
    let ask = move || {
        let signed = dossier(dir.path(), &["--sign-cert", "org.pem", "--sign-key", "org.key"]);
        assert_eq!(signed.code, Some(0), "{signed:?}");
        let archive = shown(&made(dir.path()).1);
        let verify = |more: &[&str]| {
            let mut command = xtask();
            command.args(["verify", &archive]).args(more).current_dir(dir.path());
            let said = said(command.output().expect("the program was built"));
            let words: String = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
            (said.code, words, said.err)
        };
        let both = ["--crl", "racine.crl", "--crl", "organisations.crl"];
        let asked: [(&[&str], i32, &str); 5] = [
            (&[], 0, "autorité du signataire non vérifiée (--trust)"),
            (
                &["--trust", "igc.der"],
                0,
                "--trust, révocation non vérifiée : aucune liste (--crl) n'est donnée",
            ),
            (
                &["--trust", "igc.der", both[0], both[1], both[2], both[3]],
                0,
                "--trust, non révoqué selon la liste (CRL) du",
            ),
            (&["--trust", "autre.der"], 4, "NON RATTACHÉ à une autorité de --trust : aucun chemin"),
            (
                &["--trust", "autre.der", "--trust", "igc.der"],
                0,
                "AUTRE organisation que l'opérateur",
            ),
        ];
        for (more, code, words) in asked {
            let (found, text, _) = verify(more);
            assert_eq!(found, Some(code), "{more:?}: {text}");
            assert!(text.contains(words), "{more:?}: {text}");
        }
        // Who is not admitted signed is not admitted without a signature either.
        let mut bare = xtask();
        bare.args(["verify", "run", "--trust", "igc.der"]).current_dir(dir.path());
        let bare = said(bare.output().expect("the program was built"));
        assert_eq!(bare.code, Some(4), "{bare:?}");
        assert!(bare.out.contains("--trust en demande une"), "{}", bare.out);
        let (found, _, error) = verify(&["--trust", "racine.crl"]);
        assert_eq!(found, Some(2), "{error}");
        assert!(error.contains("ne dit pas à qui se fier"), "{error}");
    };
    tokio::task::spawn_blocking(ask).await.expect("runs");
}

fn a_page_beside(folder: &Path) {
    fs::write(folder.join("index.html"), "CONCLUANT").expect("written");
}

fn a_name_like_the_manifest(folder: &Path) {
    fs::write(folder.join("MANIFEST.sha256-LISEZ-MOI.html"), "CONCLUANT").expect("written");
}

fn the_form_gone(folder: &Path) {
    fs::remove_file(folder.join("annexe1.toml")).expect("there");
}

fn the_page_gone(folder: &Path) {
    fs::remove_file(folder.join("rapport.html")).expect("there");
}

#[rstest]
#[case::page_beside(a_page_beside, "index.html : n'a pas sa place")]
#[case::like_the_manifest(a_name_like_the_manifest, "LISEZ-MOI.html : n'a pas sa place")]
#[case::no_form(the_form_gone, "annexe1.toml : fichier absent")]
#[case::no_page(the_page_gone, "rapport.html : fichier absent")]
fn a_dossier_is_what_it_must_be_and_nothing_else(#[case] tamper: fn(&Path), #[case] words: &str) {
    let dir = ready();
    assert_eq!(dossier(dir.path(), &[]).code, Some(0));
    let (folder, _) = made(dir.path());
    tamper(&folder);
    reseal(&folder);
    let said = verify(&folder);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains(words), "{}", said.out);
}

#[test]
fn an_earlier_run_is_compared() {
    let dir = ready();
    let run_dir = shown(&dir.path().join("run"));
    let said = dossier(dir.path(), &["--previous", &run_dir]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let page = fs::read_to_string(made(dir.path()).0.join("rapport.html")).expect("text");
    assert!(page.contains("Sans recul"));
}

#[test]
fn a_warning_of_the_form_is_shown_and_told_in_the_report() {
    let dir = ready();
    let text = form().replace("01 00 00 00 00", "3949");
    fs::write(dir.path().join("annexe1.toml"), text).expect("written");
    let said = dossier(dir.path(), &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("numéro de téléphone"), "{}", said.err);
    let page = fs::read_to_string(made(dir.path()).0.join("rapport.html")).expect("text");
    assert!(page.contains("Sur l’annexe 1") && page.contains("ressemble pas à un numéro"));
}

fn edit(dir: &Path, change: impl FnOnce(&mut Value)) {
    let path = dir.join("run/record.json");
    let text = fs::read_to_string(&path).expect("there");
    let mut record = serde_json::from_str(&text).expect("JSON");
    change(&mut record);
    fs::write(path, record.to_string()).expect("written");
}

fn replace(dir: &Path, from: &str, to: &str) {
    let text = form();
    assert!(text.contains(from), "{from}");
    fs::write(dir.join("annexe1.toml"), text.replace(from, to)).expect("written");
}

fn other_schema(dir: &Path) {
    edit(dir, |record| record["schema"] = json!("mssante-conformance/9"));
}

fn other_catalogue(dir: &Path) {
    edit(dir, |record| record["catalogue_sha256"] = json!("0".repeat(64)));
}

fn truncated(dir: &Path) {
    let path = dir.join("run/record.json");
    let text = fs::read(&path).expect("there");
    fs::write(path, &text[..text.len() / 2]).expect("written");
}

fn no_run(dir: &Path) {
    fs::remove_dir_all(dir.join("run")).expect("there");
}

pub(crate) fn another_verdict(dir: &Path) {
    edit(dir, |record| record["scenarios"][0]["verdict"] = json!("fail"));
}

fn a_transcript_less(dir: &Path) {
    fs::remove_file(dir.join("run/transcripts/reception-6-fin-quit.jsonl")).expect("there");
}

fn a_file_of_somebody(dir: &Path) {
    edit(dir, |record| {
        record["scenarios"][0]["transcript"]["path"] = json!("../annexe1.toml");
    });
}

fn another_dn(dir: &Path) {
    replace(dir, "OU=1440000073", "OU=1750000010");
}

fn another_server(dir: &Path) {
    replace(dir, "mss.cible.mssante.test", "mss.autre.mssante.test");
}

fn both_spaces(dir: &Path) {
    replace(dir, "test = true", "test = true\nproduction = true");
}

fn unknown_key(dir: &Path) {
    replace(dir, "[space]", "[space]\nessai = true");
}

fn no_toml(dir: &Path) {
    replace(dir, "[space]", "[space");
}

fn no_form(dir: &Path) {
    fs::remove_file(dir.join("annexe1.toml")).expect("there");
}

#[rstest]
#[case::other_schema(other_schema, "mssante-conformance/9")]
#[case::other_catalogue(other_catalogue, "autre version de la suite")]
#[case::truncated(truncated, "est tronqué")]
#[case::no_run(no_run, "ne peut pas être lu")]
#[case::another_verdict(another_verdict, "n'est plus telle qu'elle a été jouée")]
#[case::a_transcript_less(a_transcript_less, "ne peut pas être jointe")]
#[case::a_file_of_somebody(a_file_of_somebody, "chemin hors du dossier transcripts")]
#[case::another_dn(another_dn, "ce n'est pas le DN de la cible testée")]
#[case::another_server(another_server, "n'est pas le serveur MX de la cible testée")]
#[case::both_spaces(both_spaces, "TEST et PRODUCTION sont toutes deux cochées")]
#[case::unknown_key(unknown_key, "clé inconnue « essai »")]
#[case::no_toml(no_toml, "ce n'est pas du TOML")]
#[case::no_form(no_form, "annexe1.toml : lecture impossible")]
fn what_cannot_be_sent_is_refused_and_nothing_is_left(
    #[case] spoil: fn(&Path),
    #[case] words: &str,
) {
    let dir = ready();
    spoil(dir.path());
    let said = dossier(dir.path(), &[]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    let text: String = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "{}", said.err);
    let left = fs::read_dir(dir.path().join("envoi")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "half a dossier");
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = fs::read(&path).expect("read");
            all.push((path, bytes));
        }
    }
    all
}

pub(crate) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains(&*String::from_utf8_lossy(text))
}
