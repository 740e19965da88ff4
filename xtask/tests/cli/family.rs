//! A family that no code knows: its folder is all that it takes.

use std::{fs, path::Path};

use serde_json::json;
use suite::record::{RunVerdict, When};

use crate::{catalogue, runs::record, support::run, verify::edit};

const FAMILY: &str = r#"title       = "Accueil d'essai"
transaction = "TM9.9Z"
rules       = "reception"
scope       = "Accueil TM9.9Z (texte d'essai)"
nominal     = "1-porte/ouverte"

[[step]]
folder = "1-porte"
title  = "Étape 1 : la porte d'essai"

[[outside]]
title = "La cave d'essai"
text  = "Elle n'est pas visitée."
"#;

const CLAUSES: &str = r#"[[clause]]
id      = "TM9.9Z/1"
wording = "« Qui a la clé d'essai entre »"
source  = "ERR §2.2"
level   = "must"

[[clause]]
id      = "TM9.9Z/2"
wording = "« Qui ne l'a pas reste dehors »"
source  = "ERR §2.2"
level   = "must"
"#;

const OPEN: &str = r#"title   = "Porte ouverte"
purpose = "Le proxy accepte qui a la clé."
clause  = "TM9.9Z/1"
source  = "ERR §2.2"
level   = "must"
advice  = "Ouvrir."

[expect]
outcome = "accepted"
"#;

const SHUT: &str = r#"title   = "Porte fermée"
purpose = "Le proxy refuse qui a une clé périmée."
clause  = "TM9.9Z/2"
source  = "ERR §2.2"
level   = "must"
twin    = "accueil/1-porte/ouverte"
advice  = "Fermer."

[peer]
certificate = "expired"

[expect]
outcome = "refused"
"#;

/// A folder with the reception, of which only the nominal scenario is left, and a family beside it.
fn library(root: &Path) {
    let put = |name: &str, text: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    catalogue::copy(root, &["reception/5-enveloppe/nominal.toml"]);
    put("accueil/famille.toml", FAMILY);
    put("accueil/clauses.toml", CLAUSES);
    put("accueil/1-porte/ouverte.toml", OPEN);
    put("accueil/1-porte/fermee.toml", SHUT);
}

#[test]
fn a_family_is_listed_explained_played_and_reported_without_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("scenarios");
    library(&root);
    let scenarios = ["--scenarios", &root.display().to_string()].map(str::to_owned);
    let with = |arguments: &[&str]| {
        let all: Vec<&str> =
            arguments.iter().copied().chain(scenarios.iter().map(String::as_str)).collect();
        run(&all)
    };

    let listed = with(&["list", "--filter", "TM9.9Z/2"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(listed.out.starts_with("accueil/1-porte/fermee"), "{}", listed.out);

    let explained = with(&["explain", "fermee"]);
    assert_eq!(explained.code, Some(0), "{explained:?}");
    for words in ["TM9.9Z/2", "reste dehors", "Accueil d'essai", "Étape 1 : la porte d'essai"] {
        assert!(explained.out.contains(words), "{words} is not in {}", explained.out);
    }

    let out = dir.path().join("run");
    let played = with(&["conformance", "--out", &out.display().to_string()]);
    assert_eq!(played.code, Some(0), "{played:?}");
    let told = played.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["accueil/1-porte", "Accueil TM9.9Z (texte d'essai)"] {
        assert!(told.contains(words), "{words} is not told: {}", played.out);
    }
    let record = record(&out);
    let families: Vec<(&str, &str, RunVerdict, u32)> = record
        .families
        .iter()
        .map(|f| (f.folder.as_str(), f.transaction.as_str(), f.verdict, f.summary.pass))
        .collect();
    assert_eq!(
        families,
        [
            ("reception", "TM3.1P", RunVerdict::Concluant, 1),
            ("accueil", "TM9.9Z", RunVerdict::Concluant, 2)
        ]
    );
    let controls: Vec<(When, bool, &str)> = record
        .controls()
        .map(|one| (one.when, one.accepted, one.transcript.path.as_str()))
        .collect();
    assert_eq!(
        controls,
        [
            (When::Before, true, "transcripts/controle-reception-avant.jsonl"),
            (When::After, true, "transcripts/controle-reception-apres.jsonl"),
            (When::Before, true, "transcripts/controle-accueil-avant.jsonl"),
            (When::After, true, "transcripts/controle-accueil-apres.jsonl"),
        ]
    );
    assert!(
        record.scope.contains(" ; Accueil TM9.9Z (texte d'essai), espace simulé"),
        "{}",
        record.scope
    );

    let page = fs::read_to_string(out.join("report.html")).expect("the page");
    for words in [
        "Accueil d&#x27;essai (TM9.9Z)",
        "la porte d&#x27;essai",
        "TM9.9Z&#x2f;1",
        "Qui a la clé d&#x27;essai entre",
        "La cave d&#x27;essai",
    ] {
        assert!(page.contains(words), "{words} is not on the page");
    }
    for words in ["Contrôle initial (Accueil d&#x27;essai)", "Contrôle final (Réception"] {
        assert!(page.contains(words), "{words} is not on the page");
    }
    let junit = fs::read_to_string(out.join("junit.xml")).expect("junit.xml");
    for words in ["name=\"accueil/1-porte\"", "Étape 1 : la porte d", "TM9.9Z/2"] {
        assert!(junit.contains(words), "{words} is not in junit.xml");
    }

    // The conclusion of a family rests on its own controls.
    let verified = with(&["verify", &out.display().to_string()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    edit(&out, |record| record["families"][1]["controls"] = json!([]));
    let verified = with(&["verify", &out.display().to_string()]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    let told = verified.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("message de contrôle absent"), "{told}");
    assert!(told.contains("familles (families.accueil.verdict)"), "{told}");
    assert!(!told.contains("families.reception"), "{told}");
}
