//! Commands that answer questions: list, explain, whitelist, help.

use std::fs;

use fixtures::{
    pki::Variant,
    space::cast::{OPERATORS, operator},
};
use rstest::rstest;

use crate::support::{run, space};

#[rstest]
#[case::all("help", &["--help"])]
#[case::conformance("help-conformance", &["conformance", "--help"])]
#[case::check("help-check", &["check", "--help"])]
#[case::list("help-list", &["list", "--help"])]
#[case::explain("help-explain", &["explain", "--help"])]
#[case::dossier("help-dossier", &["dossier", "--help"])]
#[case::kit("help-kit", &["kit", "--help"])]
#[case::serve("help-serve", &["serve", "--help"])]
#[case::whitelist("help-whitelist", &["whitelist", "--help"])]
#[case::compare("help-compare", &["compare", "--help"])]
#[case::whitelist_diff("help-whitelist-diff", &["whitelist", "diff", "--help"])]
#[case::tests("help-test", &["test", "--help"])]
#[case::mutants("help-mutants", &["mutants", "--help"])]
#[case::fuzz("help-fuzz", &["fuzz", "--help"])]
#[case::schema("help-schema", &["schema", "--help"])]
fn help_teaches(#[case] name: &str, #[case] arguments: &[&str]) {
    let said = run(arguments);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(name, said.out);
}

#[test]
fn a_list_is_one_line_a_scenario_and_the_same_in_json() {
    let text = run(&["list"]);
    assert_eq!(text.code, Some(0));
    let ids: Vec<&str> =
        text.out.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    let json = run(&["list", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let others: Vec<&str> = value
        .as_array()
        .expect("a list")
        .iter()
        .map(|scenario| scenario["id"].as_str().expect("an id"))
        .collect();
    assert!(ids.len() > 100 && ids == others, "{} and {}", ids.len(), others.len());
}

#[test]
fn mutants_are_listed_by_part_of_their_name() {
    let said = run(&["mutants", "certificat-expire", "--list"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), "1 mutant\n"));
    assert!(said.out.starts_with("certificat-expire-accepte  TM3.1P/4a"), "{}", said.out);
}

#[rstest]
#[case::union(
    &["--filter", "=reception/6-fin/quit-en-clair", "--filter", "=reception/4-certificat/expire"],
    &["reception/4-certificat/expire", "reception/6-fin/quit-en-clair"]
)]
#[case::left_out(
    &["--filter", "4-certificat/expire", "--filter", "!tls-1", "--filter", "!vide"],
    &["reception/4-certificat/expire"]
)]
#[case::a_file(
    &["--filter", "scenarios/reception/6-fin/quit-en-clair.toml"],
    &["reception/6-fin/quit-en-clair"]
)]
fn several_filters_add_up_and_leave_out(#[case] filters: &[&str], #[case] ids: &[&str]) {
    let said = run(&[&["list"], filters].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let listed: Vec<&str> =
        said.out.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(listed, ids);
}

#[test]
fn a_word_that_names_one_scenario_is_explained_and_one_that_names_several_is_not() {
    let one = run(&["explain", "=reception/4-certificat/expire"]);
    assert_eq!(one.code, Some(0), "{one:?}");
    assert!(one.out.starts_with("reception/4-certificat/expire\n"), "{}", one.out);
    let several = run(&["explain", "expire-tls"]);
    assert_eq!(several.code, Some(2), "{several:?}");
    let told = several.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("« expire-tls » désigne 2 scénarios"), "{told}");
    assert!(told.contains("cargo xtask list --filter expire-tls"), "{told}");
}

#[test]
fn a_filtered_list_leaves_the_twins_out() {
    let said = run(&["list", "--filter", "4-certificat/expire"]);
    let ids: Vec<&str> =
        said.out.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert!(ids.iter().all(|id| id.starts_with("reception/4-certificat/expire")), "{ids:?}");
    assert!(!ids.is_empty());
}

#[rstest]
#[case::transaction("explain-transaction", "reception/4-certificat/expire")]
#[case::end_of_an_id("explain-script", "pipelining")]
#[case::probe("explain-probe", "3-starttls/tls-1-0")]
#[case::inspection("explain-inspection", "certificat-cible-nom")]
#[case::interpretation("explain-interpretation", "4-certificat/revoque")]
#[case::clause("explain-clause", "tm3.1p/4b")]
fn a_scenario_is_explained(#[case] name: &str, #[case] id: &str) {
    let said = run(&["explain", id]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let file = said.out.find("Fichier").map(|at| {
        let end = said.out[at..].find('\n').map_or(said.out.len(), |end| at + end);
        said.out[at..end].to_owned()
    });
    let text = match file {
        Some(line) => said.out.replace(&line, "Fichier  [path]"),
        None => said.out,
    };
    insta::assert_snapshot!(name, text);
}

#[test]
fn an_explanation_in_json_holds_the_decision() {
    let said = run(&["explain", "reception/4-certificat/expire", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(value["twin"], "reception/4-certificat/valide");
    assert_eq!(value["decisions"][0]["facts"]["certificate"], "expired");
    let needs = value["needs"].as_array().expect("a list");
    assert!(needs.iter().any(|need| need["capability"] == "mailbox"), "{needs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whitelist_answers_yes_no_and_cannot_say() {
    let space = space().await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let write = |name: &str, text: &[u8]| fs::write(path(name), text).expect("written");
    write("list.xml", space.whitelist_xml());
    write("ca.pem", space.pki().chain_pem().as_bytes());
    write("root.pem", space.pki().root_pem().as_bytes());
    let alpha = &OPERATORS[0];
    let beta = operator("beta").expect("in the cast");
    let identity = space.identity(alpha, Variant::Valid).expect("issued");
    write("alpha.pem", identity.chain_pem().as_bytes());
    let (list, cert, ca) = (path("list.xml"), path("alpha.pem"), path("ca.pem"));
    let ask = |list: &str, domain: &str| {
        run(&["whitelist", list, "--signer-ca", &ca, "--domain", domain, "--cert", &cert])
    };
    let yes = ask(&list, alpha.domain());
    assert_eq!(yes.code, Some(0), "{yes:?}");
    assert!(yes.out.contains("peut émettre pour ce domaine"), "{}", yes.out);
    assert_eq!(ask(&list, beta.domain()).code, Some(1));

    let changed = String::from_utf8_lossy(space.whitelist_xml()).replacen("alpha", "omega", 1);
    write("changed.xml", changed.as_bytes());
    let wrong = run(&["whitelist", &path("changed.xml"), "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&wrong.out).expect("JSON");
    assert_eq!((wrong.code, &value["signature"]["valid"]), (Some(1), &false.into()));

    // Without its certificate nobody can say by whom it is signed; with a changed form neither.
    let list_text = String::from_utf8_lossy(space.whitelist_xml()).into_owned();
    let (head, rest) = list_text.split_once("<KeyInfo>").expect("a certificate");
    let (_, tail) = rest.split_once("</KeyInfo>").expect("its end");
    write("bare.xml", format!("{head}{tail}").as_bytes());
    let bare = run(&["whitelist", &path("bare.xml"), "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&bare.out).expect("JSON");
    assert_eq!((bare.code, &value["signature"]["valid"]), (Some(3), &serde_json::Value::Null));
    let signer = space.pki().signer_identity().expect("a signer");
    write("signer.pem", signer.chain_pem().as_bytes());
    let given = run(&["whitelist", &path("bare.xml"), "--signer-ca", &path("signer.pem")]);
    assert_eq!(given.code, Some(0), "{given:?}");
    assert!(given.out.contains("forme inhabituelle : aucun certificat joint"), "{}", given.out);
    write("form.xml", list_text.replacen("URI=\"\"", "URI=\"liste.xml\"", 1).as_bytes());
    let form = run(&["whitelist", &path("form.xml")]);
    assert_eq!(form.code, Some(3), "{form:?}");
    assert!(form.out.contains("NON VÉRIFIÉE : forme de signature"), "{}", form.out);

    write("escape.xml", b"<\x1b[2J\xc2\x9b>");
    let escape = run(&["whitelist", &path("escape.xml")]);
    assert_eq!(escape.code, Some(3), "{escape:?}");
    assert!(!escape.err.contains(['\u{1b}', '\u{9b}']), "{escape:?}");
    write("other.xml", b"<Autre/>");
    assert_eq!(run(&["whitelist", &path("other.xml")]).code, Some(3));
    assert_eq!(run(&["whitelist", &list, "--cert", &list]).code, Some(2));
    // Its server's certificate is not made for that name.
    let url = space.whitelist_url();
    let host = fixtures::space::WHITELIST_HOST;
    let http = url.replace(host, "127.0.0.1");
    let root = path("root.pem");
    let fetch = move || run(&["whitelist", &http, "--signer-ca", &root]);
    let refused = tokio::task::spawn_blocking(fetch).await.expect("runs");
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.err.contains("TLS avec 127.0.0.1"), "the name is not its own: {refused:?}");
}

#[tokio::test]
async fn two_whitelists_are_compared() {
    let space = space().await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let write = |name: &str, text: &[u8]| fs::write(path(name), text).expect("written");
    let list = space.whitelist_xml();
    let text = String::from_utf8_lossy(list).into_owned();
    let (alpha, beta) = (&OPERATORS[0], operator("beta").expect("in the cast"));
    write("old.xml", list);
    write("same.xml", list);
    let moved = |from: &str| text.replace(&format!("<Nom>{from}<"), "<Nom>omega.mssante.test<");
    write("alpha-gone.xml", moved(alpha.domain()).as_bytes());
    write("beta-gone.xml", moved(beta.domain()).as_bytes());
    write("cut.xml", &list[..list.len() / 2]);
    write(
        "bare.xml",
        text.replace(" xmlns=\"https://listeblanche.mssante.fr/schema\"", "").as_bytes(),
    );
    write("ca.pem", space.pki().chain_pem().as_bytes());
    let ca = path("ca.pem");
    let diff = |new: &str, more: &[&str]| {
        let (old, new) = (path("old.xml"), path(new));
        run(&[&["whitelist", "diff", old.as_str(), new.as_str()], more].concat())
    };
    for (new, more, code, told) in [
        ("same.xml", &[][..], 0, "autorisent les mêmes DN"),
        ("same.xml", &["--signer-ca", &ca], 0, "chaîne, période et usage vérifiés"),
        ("alpha-gone.xml", &[], 1, "Domaines retirés : 1"),
        ("alpha-gone.xml", &["--domain", alpha.domain()], 1, "n'est PLUS dans la liste"),
        ("beta-gone.xml", &["--domain", alpha.domain()], 0, "Rien ne change pour cette question"),
        ("beta-gone.xml", &["--domain", alpha.domain(), "--signer-ca", &ca], 3, "NON VALIDE"),
    ] {
        let said = diff(new, more);
        assert_eq!(said.code, Some(code), "{new} {more:?}: {said:?}");
        assert!(said.out.contains(told), "{new} {more:?}: {said:?}");
    }
    for (new, told) in [("cut.xml", "s'arrête ligne"), ("bare.xml", "espace de noms")] {
        let said = diff(new, &[]);
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.err.contains(new) && said.err.contains(told), "{said:?}");
    }
    let said = diff("alpha-gone.xml", &["--domain", alpha.domain(), "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(
        (value["same"].as_bool(), value["answer"]["changes"].as_bool()),
        (Some(false), Some(true))
    );
    assert_eq!(value["changes"][0]["kind"], "removed");
    assert_eq!(run(&["whitelist", "diff", &path("old.xml")]).code, Some(2));
    assert_eq!(run(&["whitelist"]).code, Some(2));
}
