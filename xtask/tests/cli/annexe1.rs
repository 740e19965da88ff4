//! The form for the whitelist: begun, and checked against all there is.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fixtures::{
    dns::{DnsServer, RecordType},
    pki::{Clock, Variant},
    space::{cast, kit, settings::Wanted, zone},
};
use rstest::rstest;

use crate::support::{Said, keys_of_kits, run, said, space, xtask};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../suite/annexe1/tests/annexe1").join(name)
}

/// Runs `annexe1` in a folder, so that file names are short and always the same.
fn annexe1(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = xtask();
    command.arg("annexe1").args(arguments).current_dir(folder).stdin(Stdio::null());
    said(command.output().expect("the program was built"))
}

/// A folder with one of the sample forms as `annexe1.toml`.
fn with(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::copy(sample(name), dir.path().join("annexe1.toml")).expect("copied");
    dir
}

#[rstest]
#[case::sound("annexe1-sound", "sound.toml", 0)]
#[case::fields("annexe1-fields", "champs.toml", 1)]
#[case::missing("annexe1-missing", "autres.toml", 1)]
#[case::keys("annexe1-keys", "format.toml", 1)]
#[case::syntax("annexe1-syntax", "illisible.toml", 1)]
fn a_form_is_checked_all_at_once(#[case] name: &str, #[case] file: &str, #[case] code: i32) {
    let dir = with(file);
    let said = annexe1(dir.path(), &["check", "annexe1.toml"]);
    assert_eq!((said.code, said.err.as_str()), (Some(code), ""), "{said:?}");
    insta::assert_snapshot!(name, said.out);
}

#[rstest]
#[case::help("help-annexe1", &["--help"])]
#[case::new("help-annexe1-new", &["new", "--help"])]
#[case::check("help-annexe1-check", &["check", "--help"])]
fn help_teaches(#[case] name: &str, #[case] arguments: &[&str]) {
    let said = annexe1(Path::new("."), arguments);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(name, said.out);
}

#[rstest]
#[case::no_form(&["check", "nulle-part.toml"], "cargo xtask annexe1 new")]
#[case::no_certificate(&["check", "annexe1.toml", "--cert", "nulle-part.pem"], "lecture impossible")]
#[case::form_for_certificate(&["check", "annexe1.toml", "--cert", "annexe1.toml"], "c'est un texte ordinaire")]
#[case::no_space(&["check", "annexe1.toml", "--space", "nulle-part"], "cargo xtask kit")]
#[case::space_and_dns(&["check", "annexe1.toml", "--space", "kit", "--dns", "127.0.0.1"], "ne vont pas ensemble")]
#[case::bad_address(&["check", "annexe1.toml", "--dns", "hier"], "forme attendue")]
#[case::already_there(&["new", "--out", "annexe1.toml"], "n'est pas remplacé")]
#[case::no_command(&[], "commande")]
fn a_wrong_command_line_is_told(#[case] arguments: &[&str], #[case] words: &str) {
    let dir = with("sound.toml");
    let before = fs::read(dir.path().join("annexe1.toml")).expect("read");
    let said = annexe1(dir.path(), arguments);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    assert!(said.err.contains(words), "{}", said.err);
    assert!(!said.err.lines().any(|line| line.trim() == "ensuite"), "{}", said.err);
    assert_eq!(fs::read(dir.path().join("annexe1.toml")).expect("read"), before);
}

#[test]
fn what_cannot_be_asked_is_undecided() {
    let dir = with("sound.toml");
    let said = annexe1(dir.path(), &["check", "annexe1.toml", "--dns", "127.0.0.1:1"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("INDÉCIS · 0 erreur"), "{}", said.out);
    let said = annexe1(dir.path(), &["check", "annexe1.toml", "--whitelist", "nulle-part.xml"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("nulle-part.xml"), "{}", said.out);
    // An error is one, whatever could not be asked.
    let dir = with("autres.toml");
    let said = annexe1(dir.path(), &["check", "annexe1.toml", "--whitelist", "nulle-part.xml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn a_form_begun_with_the_certificate_of_a_kit_is_sound_in_its_space() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = dir.path();
    keys_of_kits(&here.join("kit"));
    kit::create(&here.join("kit"), &Wanted::default(), Clock::System).expect("made");
    let made = annexe1(here, &["new", "--cert", "kit/target/cert.pem"]);
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""), "{made:?}");
    insta::assert_snapshot!("annexe1-new", made.out);
    let path = here.join("annexe1.toml");
    let text = fs::read_to_string(&path).expect("written");
    insta::assert_snapshot!("annexe1-begun", text);

    // What only the operator knows.
    let told: String = text
        .lines()
        .map(|line| {
            let line = line.split('#').next().unwrap_or_default().trim_end();
            match line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("phone", _)) => "phone = '01 00 00 00 00'\n".to_owned(),
                Some(("email" | "auto_reply", _)) => {
                    format!("{}= 'mss@cible.mssante.test'\n", line.split('=').next().unwrap_or(""))
                }
                Some(("modify", _)) => "modify = ['cible.mssante.test']\n".to_owned(),
                Some((key, "\"\"")) => format!("{key} = 'X'\n"),
                _ => format!("{line}\n"),
            }
        })
        .collect();
    fs::write(&path, told).expect("written");
    let arguments = ["check", "annexe1.toml", "--cert", "kit/target/cert.pem", "--space", "kit"];
    let said = annexe1(here, &arguments);
    assert_eq!(said.code, Some(0), "{said:?}");
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    insta::assert_snapshot!("annexe1-in-its-space", said.out.replace(&day, "[jour]"));
    assert!(said.out.contains("signature valide"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_held_against_certificate_dns_and_list() {
    let space = space().await;
    let dir = with("sound.toml");
    let beta = cast::operator("beta").expect("in the cast");
    let other = space.identity(beta, Variant::Expired).expect("issued");
    fs::write(dir.path().join("autre.der"), other.leaf()).expect("written");
    fs::write(dir.path().join("liste.xml"), space.whitelist_xml()).expect("written");
    let path = dir.path().join("annexe1.toml");
    let text = fs::read_to_string(&path).expect("read");
    let domains = "modify = [\"cible.mssante.test\", \"absent.mssante.test\"]\n\
                   add = [\"alpha.mssante.test\"]\nremove = [\"beta.mssante.test\"]";
    let text = text.replace("modify = [\"cible.mssante.test\"]", domains);
    fs::write(&path, text).expect("written");
    let home = std::net::Ipv4Addr::LOCALHOST;
    let names = zone::TargetNames::cast().expect("sound");
    let mut zone = zone::zone(&names, home, home).expect("sound");
    zone.remove(cast::TARGET.host, RecordType::A).expect("a name");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let server = DnsServer::start(listen, zone).await.expect("starts");
    let address = server.addr().to_string();

    let folder = dir.path().to_owned();
    let ask = move || {
        let arguments = [
            "check",
            "annexe1.toml",
            "--cert",
            "autre.der",
            "--dns",
            &address,
            "--whitelist",
            "liste.xml",
        ];
        let said = annexe1(&folder, &arguments);
        (said, address)
    };
    let (said, address) = tokio::task::spawn_blocking(ask).await.expect("runs");
    assert_eq!(said.code, Some(1), "{said:?}");
    let text = said.out.replace(&address, "[adresse]");
    let dates: Vec<&str> = text
        .split(|char: char| !(char.is_ascii_digit() || char == '-'))
        .filter(|word| word.len() == 10 && word.matches('-').count() == 2)
        .collect();
    let shown = dates.iter().fold(text.clone(), |text, date| text.replace(date, "[jour]"));
    insta::assert_snapshot!("annexe1-held-against", shown);
}

/// Runs `annexe1 new` on a terminal that `script` (util-linux) makes. Each answer is typed once its
/// question is seen.
fn in_a_terminal(folder: &Path, typed: &[(&str, &str)]) -> Option<(Option<i32>, String)> {
    let program = env!("CARGO_BIN_EXE_xtask");
    let child = Command::new("script")
        .args(["-qec", &format!("'{program}' annexe1 new"), "/dev/null"])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            fixtures::skip::program(format!("script, du paquet util-linux ({error})"));
            return None;
        }
    };
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = child.stdout.take().expect("piped");
    let mut seen = Vec::new();
    let mut from = 0;
    for (question, answer) in typed {
        loop {
            let text = String::from_utf8_lossy(&seen[from..]).into_owned();
            if text.contains(question) {
                from = seen.len();
                break;
            }
            let mut block = [0; 4096];
            let read = stdout.read(&mut block).expect("it writes");
            assert!(read > 0, "« {question} » was not asked: {text}");
            seen.extend_from_slice(&block[..read]);
        }
        stdin.write_all(answer.as_bytes()).expect("it reads");
    }
    stdout.read_to_end(&mut seen).expect("it writes");
    let code = child.wait().expect("ends").code();
    Some((code, String::from_utf8_lossy(&seen).into_owned()))
}

#[test]
fn questions_are_asked_on_a_terminal_and_the_last_answer_writes() {
    let dir = tempfile::tempdir().expect("a folder");
    let typed = [
        ("production ?", "test\n"),
        ("contrat", "Clinique\n"),
        ("DN du certificat", "mx.clinique.test\n"),
        ("DN du certificat", "-\n"),
        ("second certificat", "\n"),
        ("automatique", "-\n"),
        ("tiers", "non\n"),
        ("coordonnées", "non\n"),
        ("redirection", "redirection\n"),
        ("Serveur de messagerie", "mx.clinique.test\n"),
        ("ajouter", "clinique.mssante.test\n"),
        ("modifier", "\n"),
        ("supprimer", "\n"),
    ];
    let Some((code, shown)) = in_a_terminal(dir.path(), &typed) else { return };
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("Formulaire écrit dans annexe1.toml"), "{shown}");
    let text = fs::read_to_string(dir.path().join("annexe1.toml")).expect("written");
    assert!(text.contains("server = \"mx.clinique.test\""), "{text}");
}

#[rstest]
#[case::ctrl_c("\u{3}")]
#[case::end_of_input("\u{4}")]
fn who_stops_half_way_leaves_nothing(#[case] end: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let typed = [("production ?", "test\n"), ("contrat", "Clinique\n"), ("DN du certificat", end)];
    let Some((code, shown)) = in_a_terminal(dir.path(), &typed) else { return };
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("rien n'a été enregistré"), "{shown}");
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

#[test]
fn the_template_is_written_without_a_terminal() {
    let dir = tempfile::tempdir().expect("a folder");
    let made = annexe1(dir.path(), &["new", "--out", "demande.toml"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    // It can be read; what is to be filled in is told.
    let said = annexe1(dir.path(), &["check", "demande.toml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("ni TEST ni PRODUCTION"), "{}", said.out);
    let unwritable = annexe1(dir.path(), &["new", "--out", "nulle/part.toml"]);
    assert_eq!(unwritable.code, Some(3), "{unwritable:?}");
    let again =
        run(&["annexe1", "new", "--out", &dir.path().join("demande.toml").display().to_string()]);
    assert_eq!(again.code, Some(2), "{again:?}");
}
