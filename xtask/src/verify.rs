//! `verify`: whether a dossier is what it claims to be.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use reports::{
    bundle,
    dossier::{self, Rendered, VerificationError},
    terminal,
};
use suite::scenario;

use crate::{
    console::Console,
    exit::{self, Trouble},
    paper::{self, Without},
    place,
};

const END: &str = "\
Exemples :
  cargo xtask verify dossier-ch-de-test-2026-11-22.zip
  cargo xtask verify --pdf dossier-ch-de-test-2026-11-22.zip
  cargo xtask verify target/conformance/latest        (dossier d'une campagne, sans manifeste)

Sont vérifiés : l'empreinte de chaque fichier, la signature s'il y en a une, chaque verdict, rejugé par \
l'oracle à partir des transcriptions, et chaque document, recomposé à partir de l'enregistrement. Un octet \
changé, un verdict changé, un scénario manquant, une page retouchée sont nommés. Cela dit si le dossier est \
cohérent. Qui l'a produit, seule une signature le dit ; que les échanges ont eu lieu, seul le signataire.

Codes de sortie : 0 intact · 1 altéré · 2 fichier illisible ou incomplet
                  3 impossible à dire : le dossier vient d'une autre version de la suite
";

const WITHOUT: Without = Without {
    undone: "rien n'est vérifié",
    advice: "retirez --pdf : tout est vérifié, mais du PDF l'empreinte seule",
};

/// Vérifie un dossier : empreintes, signature, et verdicts rejugés, documents recomposés
#[derive(Args, Debug)]
#[command(after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Verify {
    /// Archive d'un dossier, ou son dossier décompressé, ou celui d'une campagne
    #[arg(value_name = "DOSSIER", help_heading = "Arguments")]
    file: PathBuf,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,

    /// Recompose aussi le PDF (la première fois, quelques minutes de construction)
    #[arg(long)]
    pdf: bool,
}

impl Verify {
    /// Verifies.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        if self.pdf && cfg!(not(feature = "pdf")) {
            return paper::again(console, &WITHOUT);
        }
        let library = scenario::load(&place::scenarios(self.scenarios.as_deref()))?;
        let files = bundle::unpack(&self.file).map_err(|error| Trouble::advised(&error))?;
        let verification =
            dossier::verify(&files, &library, Timestamp::now()).map_err(|error| match error {
                VerificationError::Catalogue(_) | VerificationError::Scratch(_) => {
                    Trouble::of(error)
                }
                other => Trouble::advised(&other),
            })?;
        console.say(&terminal::verification(&verification, &console.out));
        Ok(match (verification.findings.is_empty(), &verification.rendered) {
            (false, _) => exit::NO,
            (true, Rendered::Compared(_)) => exit::YES,
            (true, Rendered::OtherVersion(_) | Rendered::Incomplete) => exit::UNKNOWN,
        })
    }
}
