//! Each mistake: one clear message, the right exit code, nothing on standard output.

use std::{fs, net::TcpListener};

use rstest::rstest;

use crate::{
    catalogue::{self, FEW},
    support::{plain, run, said, scenarios, xtask},
};

#[rstest]
#[case::no_command("no-command", &[])]
#[case::unknown_command("unknown-command", &["conformence"])]
#[case::unknown_option("unknown-option", &["conformance", "--targt", "x"])]
#[case::no_jobs("no-jobs", &["conformance", "--jobs", "0"])]
#[case::unknown_profile("unknown-profile", &["conformance", "--profile", "2015"])]
#[case::bad_target("bad-target", &["conformance", "--target", "smtp://mx:25"])]
#[case::target_and_config("target-and-config", &["check", "--target", "a", "--config", "b"])]
#[case::nothing_left("nothing-left", &["list", "--filter", "4-certificat", "--filter", "!reception"])]
#[case::unknown_to_leave_out("unknown-left-out", &["list", "--filter", "!4-certificat/expir\u{e9}"])]
#[case::unknown_filter("unknown-filter", &["conformance", "--filter", "4-certificat/expir\u{e9}"])]
#[case::unknown_mutant("unknown-mutant", &["mutants", "certificat-expir\u{e9}"])]
#[case::unknown_scenario("unknown-scenario", &["explain", "revoqu\u{e9}"])]
#[case::ambiguous("ambiguous", &["explain", "valide"])]
#[case::no_space("no-space", &["conformance", "--space", "/nulle/part"])]
#[case::nothing_to_renew("nothing-to-renew", &["kit", "--space", "/nulle/part", "--renew"])]
#[case::no_config("no-config", &["check", "--config", "/nulle/part.toml"])]
#[case::not_on_loopback("not-on-loopback", &["conformance", "--target", "192.0.2.1:25"])]
#[case::no_pem("no-pem", &["whitelist", "x.xml", "--cert", "/nulle/part.pem"])]
#[case::bad_date("bad-date", &["whitelist", "x.xml", "--at", "hier"])]
#[case::bad_address("bad-address", &["serve", "--listen", "2525"])]
#[case::unknown_fuzz_target("unknown-fuzz-target", &["fuzz", "smtp_replies"])]
#[case::seed_of_letters("seed-of-letters", &["conformance", "--seed", "abc"])]
#[case::seed_too_large("seed-too-large", &["explore", "--seed", "99999999999999999999"])]
#[case::v6_or_v6_and_port("v6-or-v6-and-port", &["check", "--target", "::1:2525"])]
#[case::no_seconds("no-seconds", &["fuzz", "--seconds", "0"])]
fn a_wrong_command_line_is_told(#[case] name: &str, #[case] arguments: &[&str]) {
    let said = run(arguments);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    insta::assert_snapshot!(name, said.err);
}

#[rstest]
#[case::nobody_there("nobody-there", &["conformance", "--target", "127.0.0.1:1"])]
#[case::no_list("no-list", &["whitelist", "/nulle/part.xml"])]
#[case::no_list_there("no-list-there", &["whitelist", "http://127.0.0.1:1/l.xml"])]
#[case::no_such_name("no-such-name", &["conformance", "--target", "nulle-part.invalid"])]
fn what_the_machine_denies_is_told(#[case] name: &str, #[case] arguments: &[&str]) {
    let said = run(arguments);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    // The resolver's words are those of the system.
    let text = match said.err.split_once("ne se résout pas (") {
        Some((before, after)) => {
            let after = after.split_once("ensuite").expect("what to do").1;
            format!("{before}ne se résout pas ([cause])\nensuite{after}")
        }
        None => first_run_left_out(&said.err),
    };
    insta::assert_snapshot!(name, text);
}

/// Without the line on keys, which only a first run has.
fn first_run_left_out(text: &str) -> String {
    let from = text.find("erreur").unwrap_or_default();
    text[from..].to_owned()
}

#[test]
fn what_does_not_speak_smtp_is_told() {
    let target = plain("HTTP/1.1 400 Bad Request\r\n\r\n");
    let said = run(&["conformance", "--target", &target.address.to_string()]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("ne répond pas en SMTP"), "{}", said.err);
    let said = run(&["check", "--target", &target.address.to_string()]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("PAS PRÊT"), "{}", said.out);
}

#[test]
fn an_unknown_key_is_shown_with_a_caret() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("target.toml");
    fs::write(&path, "host = \"127.0.0.1\"\nprot = 25\n").expect("written");
    let said = run(&["conformance", "--config", &path.display().to_string()]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("prot") && said.err.contains("ici"), "{}", said.err);
    assert!(said.err.contains(":2:1"), "{}", said.err);
}

#[rstest]
#[case::unknown(
    "'reception/5-enveloppe/idn-u-labl' = 'sans objet'",
    "reception/5-enveloppe/idn-u-label"
)]
#[case::no_reason("'reception/5-enveloppe/idn-u-label' = ''", "sans objet sans raison")]
#[case::no_table("'reception/5-enveloppe/idn-u-label' = 3", "pas un texte")]
fn what_is_wrongly_declared_not_applicable_is_told(#[case] line: &str, #[case] expected: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("target.toml");
    fs::write(&path, format!("host = '127.0.0.1'\n[not_applicable]\n{line}\n")).expect("written");
    for command in [&["conformance"][..], &["conformance", "--dry-run"], &["check"]] {
        let config = path.display().to_string();
        let said = run(&[command, &["--config", &config]].concat());
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
        assert!(said.err.contains(expected), "{}", said.err);
    }
}

#[test]
fn a_dry_run_says_what_is_declared_not_applicable() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("target.toml");
    let id = "reception/5-enveloppe/idn-u-label";
    let text = format!("host = '127.0.0.1'\n[not_applicable]\n'{id}' = 'ni  SMTPUTF8'\n");
    fs::write(&path, text).expect("written");
    let config = path.display().to_string();
    let said = run(&["conformance", "--dry-run", "--config", &config, "--filter", id]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains(&format!("– {id}")), "{}", said.out);
    assert!(said.out.contains("par l'opérateur : ni SMTPUTF8"), "{}", said.out);
}

#[test]
fn trust_without_its_space_says_which_option_lacks() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("target.toml");
    fs::write(&path, "host = '127.0.0.1'\ntrusts_space = true\n").expect("written");
    let said = run(&["conformance", "--config", &path.display().to_string()]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("trusts_space") && said.err.contains("--space"), "{}", said.err);
}

#[test]
fn every_wrong_scenario_is_shown_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path();
    catalogue::copy(root, &["reception/5-enveloppe/nominal.toml"]);
    let folder = root.join("reception/4-certificat");
    fs::create_dir_all(&folder).expect("made");
    let source = scenarios().join("reception/4-certificat/expire.toml");
    let good = fs::read_to_string(source).expect("read");
    // Its twin is not in this folder; the other file has an unknown key.
    fs::write(folder.join("expire.toml"), &good).expect("written");
    fs::write(folder.join("autre.toml"), format!("titre = 'x'\n{good}")).expect("written");
    let said = run(&["conformance", "--scenarios", &root.display().to_string()]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("titre"), "{}", said.err);
    assert!(said.err.contains("reception/4-certificat/valide"), "{}", said.err);
    assert!(said.err.contains("rien n'est joué"), "{}", said.err);
}

#[test]
fn a_taken_port_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let said = run(&["serve", "--listen", &address]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains(&address) && said.err.contains("--listen"), "{}", said.err);
    let dir = tempfile::tempdir().expect("a folder");
    let space = dir.path().join("kit").display().to_string();
    let said = run(&["kit", "--space", &space, "--http-listen", &address]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("--http-listen"), "{}", said.err);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("fichier");
    fs::write(&file, "").expect("written");
    let out = file.join("sortie").display().to_string();
    let said = run(&["conformance", "--filter", "quit-en-clair", "--out", &out]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("écriture impossible") && said.err.contains("--out"), "{}", said.err);
}

#[test]
fn a_full_disk_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let mount = dir.path().display().to_string();
    let program = env!("CARGO_BIN_EXE_xtask");
    let root = tempfile::tempdir().expect("a folder");
    let scenarios = catalogue::copy(root.path(), FEW);
    // A small disk of its own, seen by nobody else.
    let script = "mount -t tmpfs -o size=128k tmpfs \"$1\" || exit 77; exec \"$0\" conformance --out \"$1/run\" --scenarios \"$2\"";
    let mut command = std::process::Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, program, &mount]);
    command.arg(&scenarios);
    for (name, value) in xtask().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let said = match command.output() {
        Ok(output) => said(output),
        Err(error) => {
            return fixtures::skip::place(format!("unshare ({error})"));
        }
    };
    if said.code == Some(77) || said.err.contains("unshare:") {
        return fixtures::skip::place(format!("le droit de monter un disque : {}", said.err));
    }
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("place"), "{}", said.err);
}
