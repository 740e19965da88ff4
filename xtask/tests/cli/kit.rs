//! Kits: made, renewed, expired; and the test of a proxy that trusts one.

use std::{fs, path::Path};

use fixtures::{
    pki::Clock,
    space::{Space, kit, settings::Wanted},
};
use jiff::{SignedDuration, Timestamp};
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use suite::record::{RunRecord, Verdict};

use crate::support::{keys_of_kits, run, shown};

#[test]
fn a_kit_is_made_once_then_renewed() {
    let dir = tempfile::tempdir().expect("a folder");
    let space = shown(&dir.path().join("kit"));
    let made = run(&["kit", "--space", &space]);
    assert_eq!(made.code, Some(0), "{made:?}");
    for words in ["target.toml", "cargo xtask check", "--renew"] {
        assert!(made.out.contains(words), "{}", made.out);
    }
    let again = run(&["kit", "--space", &space]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("--renew"), "{}", again.err);
    let renewed = run(&["kit", "--space", &space, "--renew"]);
    assert_eq!(renewed.code, Some(0), "{renewed:?}");
}

/// What an annexe 1 with that DN would be told is told when the kit is made; names are put right or
/// refused by their option.
#[test]
fn an_identity_out_of_form_is_remarked() {
    let dir = tempfile::tempdir().expect("a folder");
    let space = shown(&dir.path().join("kit"));
    keys_of_kits(&dir.path().join("kit"));
    let dn = "CN=mx.a.fr,OU=7,O=Hôpital,ST=Paris,C=FR";
    let made = run(&["kit", "--space", &space, "--dn", dn, "--domain", "Test.Hôpital.FR."]);
    assert_eq!(made.code, Some(0), "{made:?}");
    for words in ["--dn : ", "OU", "ST", "GUIDE p. 17", "annexe1 check en ferait une erreur"] {
        assert!(made.err.contains(words), "{words}: {}", made.err);
    }
    let target = fs::read_to_string(dir.path().join("kit/target.toml")).expect("there");
    assert!(target.contains("domains = [\"test.xn--hpital-ixa.fr\"]"), "{target}");
    for (option, value) in [("--mx-host", "mx@a.fr"), ("--domain", "a..fr"), ("--dn", "mx.a.fr")] {
        let other = shown(&dir.path().join("autre"));
        let said = run(&["kit", "--space", &other, option, value]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(option), "{}", said.err);
    }
    assert!(!dir.path().join("autre").exists());
}

/// A kit is a folder like another: it is copied under a name with blanks and accents, made read-only, and
/// everything works there. The operator's own identity is what its form is held against.
#[test]
fn a_kit_that_was_copied_elsewhere_and_is_read_only_is_used_as_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let made = dir.path().join("kit");
    keys_of_kits(&made);
    let dn = "CN=mx-test.hopital.fr,OU=1750000010,O=HOPITAL,ST=Paris (75),C=FR";
    let said = run(&["kit", "--space", &shown(&made), "--dn", dn, "--domain", "test.hopital.fr"]);
    assert_eq!((said.code, said.err.contains("--dn : ")), (Some(0), false), "{said:?}");
    let copy = dir.path().join("dossier copié à l'hôpital");
    copy_read_only(&made, &copy);
    fs::remove_dir_all(&made).expect("moved away");

    let form = dir.path().join("annexe 1.toml");
    let cert = shown(&copy.join("target/cert.pem"));
    let new = run(&["annexe1", "new", "--cert", &cert, "--out", &shown(&form)]);
    assert_eq!(new.code, Some(0), "{new:?}");
    let text = fs::read_to_string(&form).expect("written");
    assert!(text.contains(dn), "{text}");
    fs::write(&form, text.replacen("modify = []", "modify = [\"Test.Hopital.FR.\"]", 1))
        .expect("written");
    let check =
        run(&["annexe1", "check", &shown(&form), "--cert", &cert, "--space", &shown(&copy)]);
    for words in ["le DNS de l'espace simulé", "signature valide"] {
        assert!(check.out.contains(words), "{words}: {check:?}");
    }
    for words in ["n'a pas de MX", "n'a pas d'adresse", "pas dans la liste blanche"] {
        assert!(!check.out.contains(words), "{words}: {}", check.out);
    }
    let list = shown(&copy.join("whitelist.xml"));
    let chain = shown(&copy.join("trust/chain.pem"));
    let asked = run(&[
        "whitelist",
        &list,
        "--signer-ca",
        &chain,
        "--cert",
        &cert,
        "--domain",
        "TEST.hopital.fr.",
    ]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    // Nobody listens there: it is the target that is missing, and nothing of the kit.
    let ready = run(&["check", "--space", &shown(&copy), "--target", "127.0.0.1:1"]);
    assert_ne!(ready.code, Some(2), "{ready:?}");
    assert!(!ready.err.contains("Permission"), "{}", ready.err);
}

fn copy_read_only(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("one");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("known").is_dir() {
            copy_read_only(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
            let mut permissions = fs::metadata(&target).expect("there").permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&target, permissions).expect("set");
        }
    }
}

#[test]
fn a_list_edited_by_hand_stops_every_command_until_it_is_signed_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let space = shown(&dir.path().join("kit"));
    keys_of_kits(&dir.path().join("kit"));
    let dn = "CN=mx-test.hopital.fr,OU=1750000010,O=HOPITAL,ST=Paris (75),C=FR";
    let wide = run(&["kit", "--space", &space, "--http-listen", "0.0.0.0:0"]);
    assert_eq!(wide.code, Some(2), "{wide:?}");
    assert!(wide.err.contains("--advertise"), "{}", wide.err);
    let made = run(&[
        "kit",
        "--space",
        &space,
        "--http-listen",
        "0.0.0.0:0",
        "--advertise",
        "127.0.0.3",
        "--dn",
        dn,
        "--domain",
        "test.hopital.fr",
    ]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.out.contains("http://127.0.0.3:"), "{}", made.out);
    let target = fs::read_to_string(dir.path().join("kit/target.toml")).expect("there");
    assert!(target.contains(dn) && target.contains("test.hopital.fr"), "{target}");
    let list = dir.path().join("kit/whitelist.xml");
    let text = fs::read_to_string(&list).expect("read");
    fs::write(&list, text.replace("HOPITAL BETA", "HOPITAL ZETA")).expect("edited");
    for command in ["check", "conformance", "serve"] {
        let said = run(&[command, "--space", &space]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("--resign"), "{}", said.err);
    }
    let signed = run(&["kit", "--space", &space, "--resign"]);
    assert_eq!(signed.code, Some(0), "{signed:?}");
    let chain = shown(&dir.path().join("kit/trust/chain.pem"));
    let sound = run(&["whitelist", &shown(&list), "--signer-ca", &chain]);
    assert_eq!(sound.code, Some(0), "{sound:?}");
    assert!(fs::read_to_string(&list).expect("read").contains("HOPITAL ZETA"));
}

#[test]
fn an_expired_space_says_how_to_renew_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let space = dir.path().join("kit");
    keys_of_kits(&space);
    let past = Timestamp::now() - SignedDuration::from_hours(24 * 400);
    kit::create(&space, &Wanted::default(), Clock::Fixed(past)).expect("made");
    let said = run(&["conformance", "--space", &shown(&space), "--target", "127.0.0.1:1"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("espace périmé") && said.err.contains("--renew"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_trusts_a_kit_is_played_against() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("kit");
    keys_of_kits(&folder);
    kit::create(&folder, &Wanted::default(), Clock::System).expect("made");
    let maildir = dir.path().join("boite");
    for name in ["tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(name)).expect("made");
    }
    let space = Space::open(&folder, Clock::System).await.expect("opens");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let config = ProxyConfig::of_space(&space, listen, Delivery::Maildir(maildir.clone()))
        .expect("the kit has a target");
    let proxy = Proxy::start(config).await.expect("starts");
    // The proxy has read the list: the program takes the space's ports over.
    drop(space);
    let text = fs::read_to_string(folder.join("target.toml")).expect("read");
    let text = text.replace(
        "observe = \"none\"",
        &format!("observe = \"maildir\"\nmaildirs = [\"{}\"]", shown(&maildir)),
    );
    // As the kit shows it.
    let text = text.replace("# [not_applicable]\n# ", "[not_applicable]\n");
    fs::write(folder.join("target.toml"), text).expect("written");
    let target = proxy.address().to_string();
    let out = dir.path().join("run");
    let (space, out_shown) = (shown(&folder), shown(&out));

    let ask = move || {
        let check = run(&["check", "--space", &space, "--target", &target]);
        let played =
            run(&["conformance", "--space", &space, "--target", &target, "--out", &out_shown]);
        (check, played, run(&["verify", &out_shown]))
    };
    let (check, played, verified) = tokio::task::spawn_blocking(ask).await.expect("runs");
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.out.contains("remise") && check.out.contains("PRÊT"), "{}", check.out);

    // Some of what a kit's target.toml leaves out is obligatory: no conclusion, but no failure.
    assert_eq!(played.code, Some(3), "{played:?}");
    let record = fs::read_to_string(out.join("record.json")).expect("written");
    let record: RunRecord = serde_json::from_str(&record).expect("a record");
    let declared = "déclaré sans objet par l'opérateur : la cible ne propose pas SMTPUTF8";
    let id = "reception/5-enveloppe/idn-u-label";
    let left_out = record.scenarios.iter().find(|s| s.id == id).expect("recorded");
    assert_eq!((left_out.verdict, left_out.reason.as_str()), (Verdict::NotApplicable, declared));
    assert!(played.out.contains("par l'opérateur"), "{}", played.out);
    for report in ["report.html", "junit.xml"] {
        let text = fs::read_to_string(out.join(report)).expect("written");
        assert!(text.contains("ne propose pas SMTPUTF8"), "{report}");
    }
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let bad: Vec<_> = record
        .scenarios
        .iter()
        .filter(|s| matches!(s.verdict, Verdict::Fail | Verdict::PassWithRemark))
        // This proxy asks our DNS nothing, and does not declare that it would: what its verdicts on the
        // reverse name rest on is remarked.
        .filter(|s| !(s.verdict == Verdict::PassWithRemark && s.reason.contains("question DNS")))
        .map(|s| format!("{} : {}", s.id, s.reason))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(record.summary.pass > 150, "{:?}", record.summary);
}
