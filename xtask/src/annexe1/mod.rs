//! `annexe1`: the form for the whitelist, begun and checked.

mod check;
mod new;

use clap::{Args, Subcommand};

use crate::{console::Console, exit::Trouble};

const LONG: &str = "\
L'annexe 1 est le formulaire par lequel un opérateur demande à l'ANS d'inscrire ses domaines dans la liste \
blanche de test ou de production. Ici, c'est un fichier, annexe1.toml, dont chaque clé est un champ du \
formulaire : commencez-le avec new, vérifiez-le avec check, puis recopiez-le.";

/// Prépare et vérifie l'annexe 1, la demande d'inscription à la liste blanche
#[derive(Args, Debug)]
#[command(long_about = LONG, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE",
    disable_help_subcommand = true)]
pub(crate) struct Annexe1 {
    #[command(subcommand)]
    command: Annexe1Command,
}

/// What to do with the form.
#[derive(Debug, Subcommand)]
enum Annexe1Command {
    New(new::New),
    Check(check::Check),
}

impl Annexe1 {
    /// Runs it.
    pub(crate) async fn run(&self, console: &Console) -> Result<u8, Trouble> {
        match &self.command {
            Annexe1Command::New(command) => command.run(console),
            Annexe1Command::Check(command) => Box::pin(command.run(console)).await,
        }
    }
}
