//! What no report and no dossier may hold.

use std::{collections::HashSet, fs, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fixtures::{
    pki::Clock,
    space::{Space, cast::TARGET, kit, settings::Wanted},
};
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::{
    dossier::{GIVEN, contains, files, form, made},
    support::{keys_of_kits, said, shown, xtask},
};

/// A word that stands nowhere but where it was put.
fn canary(place: &str) -> String {
    format!("CANARI-{place}-7f3a9c")
}

/// No private key, password or body of a real mailbox ever enters a report: what must not be told is
/// marked everywhere a run and a dossier look, and looked for in all that they write.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_enters_a_report_on_a_screen_or_in_a_pdf() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = dir.path().to_owned();
    let folder = here.join("kit");
    keys_of_kits(&folder);
    kit::create(&folder, &Wanted::default(), Clock::System).expect("made");
    let maildir = here.join("boite");
    for name in ["tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(name)).expect("made");
    }

    // A mail of somebody else, there before the run, and one in a neighbouring mailbox.
    let mail = |word: &str| {
        format!("From: medecin@hopital.test\r\nSubject: {word}\r\n\r\nPatient {word}\r\n")
    };
    fs::write(maildir.join("new/1.autre"), mail(&canary("courrier"))).expect("written");
    fs::write(maildir.join("cur/2.autre:2,S"), mail(&canary("lu"))).expect("written");
    // Behind each private key of the kit: text after a PEM block is no part of it.
    let (mut keys, mut public) = (Vec::new(), Vec::new());
    for (path, bytes) in files(&folder) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let certificates = CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok);
        public.extend(certificates.map(|der| der.to_vec()));
        if text.contains("PRIVATE KEY") {
            keys.push(PrivateKeyDer::from_pem_slice(&bytes).expect("a key").secret_der().to_vec());
            // What the kit gives to the target must stay as it was issued: the kit checks it.
            if !path.starts_with(folder.join("target")) {
                fs::write(&path, format!("{text}\n# {}\n", canary("cle"))).expect("written");
            }
        }
    }
    let keys = fragments(&keys, &public);
    assert!(keys.len() > 100, "the kit has private keys");

    let space = Space::open(&folder, Clock::System).await.expect("opens");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let config = ProxyConfig::of_space(&space, listen, Delivery::Maildir(maildir.clone()))
        .expect("the kit has a target");
    let proxy = Proxy::start(config).await.expect("starts");
    drop(space);
    let target = fs::read_to_string(folder.join("target.toml")).expect("read").replace(
        "observe = \"none\"",
        &format!("observe = \"maildir\"\nmaildirs = [\"{}\"]", shown(&maildir)),
    );
    let commented = format!("# {}\n{target}\n# mot de passe : {0}\n", canary("cible"));
    fs::write(folder.join("target.toml"), &commented).expect("written");
    let commented = format!("# {}\n{}\n# {0}\n", canary("formulaire"), form());
    fs::write(here.join("annexe1.toml"), &commented).expect("written");
    assert!(form().contains(TARGET.host), "the form is that of the kit's target");

    let address = proxy.address().to_string();
    let ask = move || {
        let play = |arguments: &[&str]| {
            let mut command = xtask();
            command.args(arguments).current_dir(&here);
            for name in ["MSSANTE_PASSWORD", "SMTP_PASSWORD", "AWS_SECRET_ACCESS_KEY", "HOME_NOTE"]
            {
                command.env(name, canary("environnement"));
            }
            said(command.output().expect("the program was built"))
        };
        let base = ["conformance", "--space", "kit", "--target", &address, "--out", "run"];
        // An unknown place is an error, and not even played.
        let unknown = format!("{target}\n[secret]\nphrase = \"{}\"\n", canary("inconnu"));
        let right = fs::read_to_string(here.join("kit/target.toml")).expect("read");
        fs::write(here.join("kit/target.toml"), unknown).expect("written");
        assert_eq!(play(&base).code, Some(2));
        assert!(!here.join("run").exists(), "nothing was written");
        fs::write(here.join("kit/target.toml"), right).expect("written");

        let form = fs::read_to_string(here.join("annexe1.toml")).expect("read");
        assert!(form.contains(&canary("formulaire")), "planted");
        let played = play(&base);
        let paper: &[&str] = if cfg!(feature = "pdf") { &[] } else { &["--no-pdf"] };
        let send = [&GIVEN[..], paper].concat();
        let unknown = format!("{form}\n[secret]\nphrase = \"{}\"\n", canary("inconnu"));
        fs::write(here.join("annexe1.toml"), unknown).expect("written");
        assert_eq!(play(&send).code, Some(2));
        assert!(!here.join("envoi").exists(), "nothing was written");
        fs::write(here.join("annexe1.toml"), form).expect("written");
        assert!(matches!(played.code, Some(0 | 3)), "{played:?}");
        let sent = play(&send);
        assert_eq!(sent.code, Some(0), "{sent:?}");
        let mut written = files(&here.join("run"));
        written.extend(files(&made(&here).0));
        #[cfg(feature = "pdf")]
        written.extend(laid_open(&made(&here).0.join("rapport.pdf")));
        for said in [played, sent] {
            written.push((PathBuf::from("output"), said.out.into_bytes()));
            written.push((PathBuf::from("errors"), said.err.into_bytes()));
        }
        written
    };
    let written = tokio::task::spawn_blocking(ask).await.expect("runs");
    assert!(written.len() > 400, "{} files", written.len());
    for (path, bytes) in &written {
        assert!(!contains(bytes, b"CANARI-"), "a canary in {}", path.display());
        assert!(!contains(bytes, b"PRIVATE KEY"), "a key in {}", path.display());
    }
    for (path, bytes) in &written {
        // A fragment stands in base64, and nowhere else.
        let leaked = bytes
            .split(|octet| !octet.is_ascii_alphanumeric() && !b"+/=".contains(octet))
            .any(|text| text.windows(FRAGMENT).any(|octets| keys.contains(octets)));
        assert!(!leaked, "a part of a key in {}", path.display());
    }
}

/// Characters of a fragment.
const FRAGMENT: usize = 28;

/// What no text may hold of these keys in base64, wherever a line of it begins. What certificates show of a key as
/// well, its public part, is no secret.
fn fragments(keys: &[Vec<u8>], public: &[Vec<u8>]) -> HashSet<Vec<u8>> {
    /// Octets of a part, of which the three at an end belong to what stands beside it in base64.
    const LENGTH: usize = FRAGMENT / 4 * 3 + 3;
    /// Parts of one key that are looked for: enough to find it, few enough to look for in every file.
    const PARTS: usize = 4;
    // A part may begin in the secret and end in the public one.
    let shown: HashSet<&[u8]> = public.iter().flat_map(|der| der.windows(LENGTH / 2)).collect();
    let is_secret = |part: &&[u8]| !part.windows(LENGTH / 2).any(|end| shown.contains(end));
    let secret = keys.iter().flat_map(|key| key.chunks_exact(LENGTH).filter(is_secret).take(PARTS));
    let aligned = |part: &[u8], skip: usize| {
        BASE64_STANDARD.encode(&part[skip..skip + LENGTH - 3]).into_bytes()
    };
    secret.flat_map(|part| (0..3).map(move |skip| aligned(part, skip))).collect()
}

/// A PDF's text, and its objects without compression: its metadata and its attachments among them.
#[cfg(feature = "pdf")]
fn laid_open(pdf: &std::path::Path) -> Vec<(PathBuf, Vec<u8>)> {
    let out = tempfile::tempdir().expect("a folder");
    let open = out.path().join("objets.pdf");
    let programs: [(&str, Vec<&std::ffi::OsStr>); 2] = [
        ("pdftotext", vec![pdf.as_ref(), "-".as_ref()]),
        (
            "qpdf",
            vec![
                "--qdf".as_ref(),
                "--object-streams=disable".as_ref(),
                pdf.as_ref(),
                open.as_ref(),
            ],
        ),
    ];
    let mut said = Vec::new();
    for (program, arguments) in programs {
        match std::process::Command::new(program).args(arguments).output() {
            Ok(output) => {
                assert!(output.status.success(), "{program}: {output:?}");
                said.push((PathBuf::from(program), output.stdout));
            }
            Err(error) => {
                fixtures::skip::program(format!("{program} ({error})"));
            }
        }
    }
    if let Ok(objects) = fs::read(&open) {
        assert!(contains(&objects, b"record.json"), "the attachments are in it");
        said.push((open, objects));
    }
    said
}
