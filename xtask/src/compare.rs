//! `compare`: what has changed from one run to a later one.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use reports::{json, markdown, terminal};
use suite::{
    comparison::{self, Comparison},
    record::RunRecord,
};

use crate::{
    console::Console,
    exit::{self, Trouble},
};

const END: &str = "\
Exemples :
  cargo xtask compare hier/ aujourd-hui/               (dossiers de campagnes)
  cargo xtask compare avant/record.json apres/record.json
  cargo xtask compare hier/ aujourd-hui/ --format markdown >> \"$GITHUB_STEP_SUMMARY\"

Un recul : une exigence obligatoire qui n'est plus tenue, n'est plus jugée ou n'est plus jouée.

Codes de sortie : 0 aucun recul · 1 au moins un recul · 2 commande ou fichier à corriger
";

/// Compare deux campagnes : corrigé, cassé, nouveau, disparu, énoncé changé
#[derive(Args, Debug)]
#[command(after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Compare {
    /// Campagne de départ : son dossier, ou son record.json
    #[arg(value_name = "AVANT", help_heading = "Arguments", display_order = 1)]
    before: PathBuf,

    /// Campagne à lui comparer
    #[arg(value_name = "APRÈS", help_heading = "Arguments", display_order = 2)]
    after: PathBuf,

    /// text (à défaut), markdown ou json
    #[arg(
        long,
        value_name = "FORME",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Form,
}

/// How a comparison is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For a reader.
    Text,
    /// For a page of a forge.
    Markdown,
    /// For a program; keys are added, never changed.
    Json,
}

impl Compare {
    /// Compares.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let before = read(&self.before)?;
        let after = read(&self.after)?;
        comparison::in_order(&before, &after).map_err(|error| Trouble::advised(&error))?;
        let compared = Comparison::of(&before, &after);
        let text = match self.format {
            Form::Text => terminal::comparison(&before, &after, &compared, &console.out),
            Form::Markdown => markdown::comparison(&before, &after, &compared),
            Form::Json => serde_json::to_string_pretty(&compared).map_err(Trouble::of)?,
        };
        console.say(&text);
        Ok(if compared.is_worse() { exit::NO } else { exit::YES })
    }
}

/// The record at `path`, or in the folder that it is.
fn read(path: &Path) -> Result<RunRecord, Trouble> {
    let file = if path.is_dir() { path.join("record.json") } else { path.to_owned() };
    json::read(&file).map_err(|error| Trouble::advised(&error))
}
