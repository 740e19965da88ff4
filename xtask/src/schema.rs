//! `schema`: the JSON Schemas of the scenario files and of `annexe1.toml`, for editors, and those of what a
//! run writes, for programs.

use std::path::PathBuf;

use clap::Args;
use reports::dossier::Listing;

use crate::{
    console::Console,
    exit::{self, Trouble},
    place,
};

const END: &str = "\
À lancer après un changement d'un de ces formats, puis à valider avec lui : un test compare.

Codes de sortie : 0 écrits · 3 écriture impossible
";

/// Régénère les schémas JSON : scénarios, annexe1.toml, rapport, échanges et vérification
#[derive(Args, Debug)]
#[command(after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Schema {
    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,
}

impl Schema {
    /// Writes them.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let root = place::scenarios(self.scenarios.as_deref());
        suite::scenario::schema::write(&root).map_err(|error| {
            Trouble::environment(
                format!("{} : écriture impossible ({error})", root.display()),
                "vérifiez le dossier et vos droits",
            )
        })?;
        for (name, _) in suite::scenario::schema::files() {
            console.say(&place::shown(&root.join(name)));
        }
        // The others lie where they belong, wherever the scenarios are.
        if self.scenarios.is_none() {
            let form = ("fixtures/recipes/annexe1.schema.json".to_owned(), annexe1::schema());
            let docs = suite::format::files().map(|(name, text)| (format!("docs/{name}"), text));
            let listing = ("docs/verification.schema.json".to_owned(), Listing::schema());
            for (name, text) in docs.into_iter().chain([form, listing]) {
                let path = place::workspace().join(name);
                std::fs::write(&path, text).map_err(|error| {
                    Trouble::environment(
                        format!("{} : écriture impossible ({error})", path.display()),
                        "vérifiez le dossier et vos droits",
                    )
                })?;
                console.say(&place::shown(&path));
            }
        }
        Ok(exit::YES)
    }
}
