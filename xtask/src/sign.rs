//! `sign`: one more signature for a dossier, made here or elsewhere.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use reports::{
    bundle::{self, Files, MANIFEST, Manifest, SIGNATURE, Signer},
    dossier::{self, Verification},
};

use crate::{
    checked::checked,
    console::Console,
    exit::{self, Trouble},
    place,
};

const LONG: &str = "\
Ajoute une signature à un dossier, à côté de celles qu'il a : l'opérateur signe, puis l'éditeur de son \
connecteur. Ce qui est signé est MANIFEST.sha256, qui nomme l'empreinte de tous les autres fichiers.

Sans autre option, dit quoi signer et comment, avec une clé que la suite ne voit jamais : sur une carte, une \
clé USB ou un HSM. --attach joint ensuite la signature, de quelque outil qu'elle vienne. Un dossier altéré \
n'est pas signé, et une signature d'autre chose n'est pas jointe.";

const END: &str = "\
Exemples :
  cargo xtask sign dossier-ch-de-test-2026-11-22.zip                            (quoi signer, et comment)
  cargo xtask sign dossier-ch-de-test-2026-11-22.zip --attach MANIFEST.sha256.p7s
  cargo xtask sign dossier-ch-de-test-2026-11-22.zip --sign-cert org.pem --sign-key org.key

Codes de sortie : 0 signature jointe, ou à faire · 2 dossier, signature ou clé à corriger ; rien n'est écrit
";

/// Signe un dossier, ou dit quoi signer ailleurs et joint la signature qui en revient
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Sign {
    /// Archive d'un dossier, ou son dossier décompressé ; l'autre, s'il est à côté, est signé aussi
    #[arg(value_name = "DOSSIER", help_heading = "Arguments")]
    file: PathBuf,

    /// Signature détachée de MANIFEST.sha256 (CMS ou CAdES), en DER ou en PEM, à joindre
    #[arg(long, value_name = "FICHIER", conflicts_with = "sign_cert")]
    attach: Option<PathBuf>,

    /// Certificat du signataire, en PEM, suivi de sa chaîne
    #[arg(long, value_name = "FICHIER", requires = "sign_key")]
    sign_cert: Option<PathBuf>,

    /// Sa clé privée, en PEM, sans phrase secrète ; elle n'entre pas dans le dossier
    #[arg(long, value_name = "FICHIER", requires = "sign_cert")]
    sign_key: Option<PathBuf>,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,
}

impl Sign {
    /// Signs, or says how to.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let files = bundle::unpack(&self.file).map_err(|error| Trouble::advised(&error))?;
        let shown = place::shown(&self.file);
        let Some(manifest) = files.get(MANIFEST) else {
            return Err(Trouble::usage(
                format!("{shown} n'a pas de {MANIFEST} : ce n'est pas un dossier à signer"),
                "composez-le : cargo xtask dossier --run … --annexe1 …",
            ));
        };
        if let Some(finding) = self.checked(&files)?.findings.first() {
            return Err(Trouble::usage(
                format!(
                    "le dossier {shown} est altéré, et rien n'est signé : {}",
                    finding.sentence()
                ),
                format!(
                    "cargo xtask verify {} dit tout ; composez-le de nouveau",
                    place::typed(&self.file)
                ),
            ));
        }
        let given = match (&self.attach, self.sign_cert.as_deref().zip(self.sign_key.as_deref())) {
            (Some(path), _) => {
                bundle::read_signature(path).map_err(|error| Trouble::advised(&error))?
            }
            (None, Some((cert, key))) => Signer::read(cert, key)
                .and_then(|signer| signer.sign(manifest, Timestamp::now()))
                .map_err(|error| Trouble::advised(&error))?,
            (None, None) => {
                console.say(&self.to_sign(manifest));
                return Ok(exit::YES);
            }
        };
        let present = files.get(SIGNATURE).map(Vec::as_slice);
        let p7s =
            bundle::attach(manifest, present, &given).map_err(|error| Trouble::advised(&error))?;
        // A signature that verify refuses makes an altered dossier of a sound one.
        let mut signed = files.clone();
        signed.insert(SIGNATURE.to_owned(), p7s.clone());
        let checked = self.checked(&signed)?;
        if let Some(finding) = checked.findings.first() {
            return Err(Trouble::usage(
                format!("la signature n'est pas jointe : {}", finding.sentence()),
                "signez de nouveau, sans -noattr, à l'heure juste et avec un certificat en vigueur",
            ));
        }
        let made = dossier::countersign(&self.file, &files, p7s)
            .map_err(|error| Trouble::advised(&error))?;
        for signed in checked.signatures {
            console.say(&format!("Signé     {}", reports::visible(&signed.signature.subject)));
        }
        for path in &made.written {
            console.say(&format!("Dans      {}", place::shown(path)));
        }
        if let Some(left) = made.left {
            console.note(&format!(
                "{} ne contient pas la même chose : laissé tel quel",
                place::shown(&left)
            ));
        }
        console.say(&format!("Ensuite   cargo xtask verify {}", place::typed(&self.file)));
        Ok(exit::YES)
    }

    /// What a check of the dossier finds: nobody signs an altered one.
    fn checked(&self, files: &Files) -> Result<Verification, Trouble> {
        checked(
            files,
            self.scenarios.as_deref(),
            &format!("le dossier {}", place::shown(&self.file)),
            "signez-le avec la version qui l'a composé",
        )
    }

    /// What is to be signed, and by which commands.
    fn to_sign(&self, manifest: &[u8]) -> String {
        let archive = self.file.is_file();
        let (file, out) = if archive {
            (PathBuf::from(MANIFEST), PathBuf::from(SIGNATURE))
        } else {
            (self.file.join(MANIFEST), self.file.with_extension("p7s"))
        };
        let (file, out) = (place::typed(&file), place::typed(&out));
        let dossier = place::typed(&self.file);
        let extract = if archive {
            format!("  unzip -p {dossier} {MANIFEST} > {file}\n\n")
        } else {
            String::new()
        };
        let sign = format!("openssl cms -sign -binary -cades -in {file} -outform DER -out {out}");
        format!(
            "À signer  {MANIFEST} · SHA-256 {}\n\n{extract}\
             Clé dans un fichier :\n  {sign} \\\n    -signer cert.pem -inkey cle.pem\n\n\
             Clé sur une carte ou un HSM, par PKCS#11 (libengine-pkcs11-openssl) :\n  {sign} \\\n    \
             -signer cert.pem -engine pkcs11 -keyform engine -inkey 'pkcs11:token=…;object=…'\n\n\
             De même, par pkcs11-provider (OpenSSL 3) :\n  {sign} \\\n    \
             -signer cert.pem -provider default -provider pkcs11 -inkey 'pkcs11:token=…;object=…'\n\n\
             La chaîne du certificat, si vous l'avez : -certfile chaine.pem\n\
             Ensuite   cargo xtask sign {dossier} --attach {out}\n",
            Manifest::digest(manifest)
        )
    }
}
