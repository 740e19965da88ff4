//! Who signs dossiers in these tests: a key in a file, another tool, a token; and an authority that answers for
//! them.

use std::{fs, path::Path, process::Command};

use fixtures::skip;

use crate::support::{Said, said, shown, xtask};

/// Runs a program in a folder; `false` where there is none, and it is not required.
pub(crate) fn tool(
    folder: &Path,
    program: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).envs(variables.iter().copied()).current_dir(folder);
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program} {arguments:?}: {said}");
            true
        }
        Err(error) => {
            skip::program(format!("{program} ({error})"));
            false
        }
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> bool {
    tool(folder, "openssl", arguments, &[])
}

/// A key and its certificate, self-signed; `false` without OpenSSL.
pub(crate) fn certified(folder: &Path, name: &str) -> bool {
    self_signed(folder, name, &format!("/O=TEST/CN={name}"))
}

fn self_signed(folder: &Path, name: &str, subject: &str) -> bool {
    let (key, cert) = (format!("{name}.key"), format!("{name}.pem"));
    let own = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "30"];
    openssl(folder, &[&own[..], &["-keyout", &key, "-out", &cert, "-subj", subject]].concat())
}

/// An authority, `ac.pem`, and a key `name` whose certificate of this subject it issued; `false` without
/// OpenSSL.
pub(crate) fn issued(folder: &Path, name: &str, subject: &str) -> bool {
    if !self_signed(folder, "ac", "/C=FR/O=TEST/CN=AC de TEST") {
        return false;
    }
    let [key, cert, request, usages] =
        ["key", "pem", "csr", "ext"].map(|kind| format!("{name}.{kind}"));
    let extensions = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n";
    fs::write(folder.join(&usages), extensions).expect("written");
    let asked = ["req", "-new", "-nodes", "-newkey", "rsa:2048", "-keyout", &key, "-out", &request];
    let given = ["x509", "-req", "-in", &request, "-days", "30", "-out", &cert];
    let by = ["-CA", "ac.pem", "-CAkey", "ac.key", "-CAcreateserial", "-extfile", &usages];
    openssl(folder, &[&asked[..], &["-subj", subject]].concat())
        && openssl(folder, &[&given[..], &by].concat())
}

/// Makes `name.p7s` of the manifest in `folder`, by `openssl cms -sign`.
pub(crate) fn signed_by(dir: &Path, folder: &Path, name: &str, more: &[&str]) {
    let (key, cert) = (format!("{name}.key"), format!("{name}.pem"));
    let (manifest, out) = (shown(&folder.join("MANIFEST.sha256")), format!("{name}.p7s"));
    let own = ["cms", "-sign", "-binary", "-cades", "-in", &manifest, "-out", &out];
    let signer = ["-signer", &cert, "-inkey", &key];
    openssl(dir, &[&own[..], &signer, more].concat());
}

/// `cargo xtask sign`, in a folder.
pub(crate) fn sign(dir: &Path, dossier: &Path, more: &[&str]) -> Said {
    let mut command = xtask();
    command.arg("sign").arg(dossier).args(more).current_dir(dir);
    said(command.output().expect("the program was built"))
}

/// A token that signs through PKCS#11; SoftHSM stands in for it.
pub(crate) struct Token {
    name: String,
    /// Its configuration, and where its module is.
    variables: [(&'static str, String); 2],
}

impl Token {
    /// Moves the key `name` into a new token: no file holds it any more. `None` where there is no SoftHSM or
    /// no engine for it, and none is required.
    pub(crate) fn holding(at: &Path, name: &str) -> Option<Self> {
        const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
        let engine = Command::new("openssl").args(["engine", "pkcs11"]).output();
        if !engine.is_ok_and(|output| output.status.success()) {
            skip::program("le moteur PKCS#11 d'OpenSSL (libengine-pkcs11-openssl)");
            return None;
        }
        let (tokens, conf) = (at.join("tokens"), at.join("softhsm2.conf"));
        fs::create_dir(&tokens).expect("made");
        fs::write(&conf, format!("directories.tokendir = {}\n", shown(&tokens))).expect("written");
        let variables =
            [("SOFTHSM2_CONF", shown(&conf)), ("PKCS11_MODULE_PATH", MODULE.to_owned())];
        let token = Self { name: name.to_owned(), variables };
        let hsm = |arguments: &[&str]| tool(at, "softhsm2-util", arguments, &token.variables());
        let pins = ["--pin", "1234", "--so-pin", "1234"];
        if !hsm(&[&["--init-token", "--free", "--label", "essai"], &pins[..]].concat()) {
            return None;
        }
        let key = format!("{name}.key");
        openssl(at, &["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-out", "k8"]);
        let kept = ["--token", "essai", "--pin", "1234", "--label", "sceau", "--id", "01"];
        assert!(hsm(&[&["--import", "k8"], &kept[..]].concat()));
        for file in ["k8", &key] {
            fs::remove_file(at.join(file)).expect("there");
        }
        Some(token)
    }

    /// Makes the `.p7s` of the manifest in `folder`, with the certificate of the key's name.
    pub(crate) fn signs(&self, at: &Path, folder: &Path, more: &[&str]) {
        const KEY: &str = "pkcs11:token=essai;object=sceau;type=private;pin-value=1234";
        let (manifest, name) = (shown(&folder.join("MANIFEST.sha256")), &self.name);
        let (out, cert) = (format!("{name}.p7s"), format!("{name}.pem"));
        let own = ["cms", "-sign", "-binary", "-cades", "-in", &manifest, "-outform", "DER"];
        let engine = ["-engine", "pkcs11", "-keyform", "engine", "-inkey", KEY];
        let files = ["-out", &out, "-signer", &cert];
        let all = [&own[..], &engine, &files, more].concat();
        assert!(tool(at, "openssl", &all, &self.variables()));
    }

    fn variables(&self) -> [(&str, &str); 2] {
        self.variables.each_ref().map(|(name, value)| (*name, value.as_str()))
    }
}
