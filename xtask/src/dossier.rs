//! `dossier`: the report that goes with Annexe 1, and all that it rests on.

use std::{
    env,
    path::{Path, PathBuf},
};

use annexe1::Form;
use clap::Args;
use jiff::Timestamp;
use reports::{
    bundle::{self, Signer},
    dossier::{self, Paper},
    json,
};
use suite::{comparison, record::RunRecord};

use crate::{
    checked::checked,
    console::Console,
    exit::{self, Trouble},
    paper::{self, Without},
    place,
};

const LONG: &str = "\
Compose, à partir d'une campagne et du formulaire de l'annexe 1, le dossier à joindre à ce formulaire : le \
rapport de tests en HTML et en PDF, l'enregistrement, les transcriptions, leurs empreintes et, si vous le \
voulez, votre signature. Le formulaire doit être sans erreur et porter sur la cible de la campagne.

Le PDF (PDF/A-3, l'enregistrement y est joint) est mis en page par Typst, que cargo construit la première \
fois qu'un dossier le demande : quelques minutes, et une connexion. --no-pdf s'en passe.";

const END: &str = "\
Exemples :
  cargo xtask dossier --run target/conformance/latest --annexe1 annexe1.toml
  cargo xtask dossier --run essai/ --annexe1 annexe1.toml --previous essai-de-mars/ --out envoi/
  cargo xtask dossier --run essai/ --annexe1 annexe1.toml --sign-cert org.pem --sign-key org.key

Il en résulte un dossier dossier-OPÉRATEUR-DATE et la même chose en .zip : rapport.html, rapport.pdf, \
record.json, junit.xml, annexe1.toml (sans ses commentaires), transcripts/, MANIFEST.sha256 et, signé, \
MANIFEST.sha256.p7s. Pour le vérifier : cargo xtask verify dossier-….zip ; pour le \
signer ensuite, même d'une clé sur une carte ou un HSM : cargo xtask sign dossier-….zip

Codes de sortie : 0 dossier écrit · 2 commande, campagne, formulaire ou clé à corriger ; rien n'est écrit
";

const WITHOUT: Without = Without {
    undone: "aucun dossier n'est écrit",
    advice: "ajoutez --no-pdf : le dossier est complet, son rapport en HTML seulement",
};

/// Compose le dossier à joindre à l'annexe 1 : rapport, preuves, empreintes
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Dossier {
    /// Dossier de la campagne
    #[arg(long, value_name = "DOSSIER")]
    run: PathBuf,

    /// Le formulaire (cargo xtask annexe1)
    #[arg(long, value_name = "FICHIER")]
    annexe1: PathBuf,

    /// Campagne antérieure, à laquelle comparer
    #[arg(long, value_name = "DOSSIER")]
    previous: Option<PathBuf>,

    /// Où écrire le dossier et son archive (à défaut, ici)
    #[arg(long, value_name = "DOSSIER")]
    out: Option<PathBuf>,

    /// Certificat du signataire, en PEM, suivi de sa chaîne
    #[arg(long, value_name = "FICHIER", requires = "sign_key")]
    sign_cert: Option<PathBuf>,

    /// Sa clé privée, en PEM, sans phrase secrète ; elle n'entre pas dans le dossier
    #[arg(long, value_name = "FICHIER", requires = "sign_cert")]
    sign_key: Option<PathBuf>,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,

    /// Sans rapport.pdf : rien n'est construit, et rapport.html dit tout
    #[arg(long)]
    no_pdf: bool,
}

impl Dossier {
    /// Makes the dossier.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let record = read(&self.run)?;
        let earlier = self.previous.as_deref().map(read).transpose()?;
        if let Some(earlier) = &earlier {
            comparison::of_one_target(earlier, &record)
                .map_err(|error| Trouble::advised(&error))?;
        }
        let form = self.form(&record, console)?;
        let signer = match self.sign_cert.as_deref().zip(self.sign_key.as_deref()) {
            Some((cert, key)) => {
                Some(Signer::read(cert, key).map_err(|error| Trouble::advised(&error))?)
            }
            None => None,
        };
        let paper = if self.no_pdf { Paper::None } else { Paper::BEST };
        let mut files = dossier::assemble(&record, &self.run, &form, earlier.as_ref(), paper)
            .map_err(|error| Trouble::advised(&error))?;
        self.intact(&files)?;
        let out = match &self.out {
            Some(out) => out.clone(),
            None => env::current_dir().map_err(Trouble::of)?,
        };
        let name = dossier::name(&form.operator.name, record.started);
        if !self.no_pdf && paper == Paper::None {
            // All is checked before minutes are spent on it.
            dossier::vacant(&out, &name).map_err(|error| Trouble::advised(&error))?;
            return paper::again(console, &WITHOUT);
        }
        dossier::seal(&mut files, signer.as_ref(), Timestamp::now())
            .map_err(|error| Trouble::advised(&error))?;
        let placed =
            dossier::place(&files, &out, &name).map_err(|error| Trouble::advised(&error))?;
        let archive = place::shown(&placed.archive);
        console.say(&format!(
            "Dossier   {}\nArchive   {archive} · {} fichiers{}\nRapport   {}\nPDF       {}\nEnsuite   cargo xtask verify {archive}\n          cargo xtask sign {archive}   (une signature, ou une de plus, d'une clé sur un jeton)\n",
            place::shown(&placed.folder),
            files.len(),
            if signer.is_some() { ", signés" } else { "" },
            place::shown(&placed.folder.join("rapport.html")),
            match paper {
                Paper::None => "absent de ce dossier (--no-pdf)".to_owned(),
                #[cfg(feature = "pdf")]
                Paper::Pdf => place::shown(&placed.folder.join("rapport.pdf")),
            },
        ));
        Ok(exit::YES)
    }

    /// The form, sound and on the target of the run; warnings are shown.
    fn form(&self, record: &RunRecord, console: &Console) -> Result<Form, Trouble> {
        let name = place::shown(&self.annexe1);
        let document = annexe1::read(&self.annexe1, &name)?;
        let problems = document.form.as_ref().map(|form| {
            let mut problems = annexe1::check(form, &[]);
            problems.extend(annexe1::against_record(form, &record.target));
            problems
        });
        let located = document.locate(problems.unwrap_or_default());
        // What a first process has shown is not shown again.
        for one in located.iter().filter(|_| !paper::is_again()) {
            console.note(&console.excerpt(console.err, one));
        }
        let errors = located.iter().filter(|one| one.problem.is_error()).count();
        match document.form {
            Some(form) if errors == 0 => Ok(form),
            _ => {
                let s = if errors > 1 { "s" } else { "" };
                Err(Trouble::usage(
                    format!("{name} : {errors} erreur{s}, aucun dossier n'est composé"),
                    format!(
                        "corrigez ce qui est montré ci-dessus ; cargo xtask annexe1 check {name} \
                         vérifie le formulaire"
                    ),
                ))
            }
        }
    }

    /// That the run is as it was played: what `verify` would not accept is not sent.
    fn intact(&self, files: &bundle::Files) -> Result<(), Trouble> {
        let run = place::shown(&self.run);
        let mut files = files.clone();
        dossier::seal(&mut files, None, Timestamp::UNIX_EPOCH)
            .map_err(|error| Trouble::advised(&error))?;
        let verification = checked(
            &files,
            self.scenarios.as_deref(),
            &format!("la campagne {run}"),
            "composez le dossier avec la version qui l'a jouée, ou rejouez la campagne",
        )?;
        match verification.findings.is_empty() {
            true => Ok(()),
            false => Err(Trouble::usage(
                format!("la campagne {run} n'est plus telle qu'elle a été jouée"),
                format!("cargo xtask verify {run} dit ce qui a changé ; rejouez-la"),
            )),
        }
    }
}

fn read(run: &Path) -> Result<RunRecord, Trouble> {
    json::read(&run.join("record.json")).map_err(|error| Trouble::advised(&error))
}
