//! The command line: its commands, and clap's messages in French.

use std::{
    net::AddrParseError,
    num::{IntErrorKind, ParseIntError},
};

use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    annexe1::Annexe1, check::Check, compare::Compare, conformance::Conformance, dossier::Dossier,
    explain::Explain, explore::Explore, fuzz::Fuzz, kit::Kit, list::List, mutants::Mutants,
    schema::Schema, serve::Serve, sign::Sign, test::Test, verify::Verify, whitelist::Whitelist,
};

const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Suite de conformité MSSanté : réception de messages par un proxy (TM3.1P)
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    next_help_heading = "Options",
    help_template = TEMPLATE,
    after_help = END
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Cette aide (-h : en bref)
    #[arg(short, long, global = true, action = clap::ArgAction::Help, help_heading = "Aide")]
    help: Option<bool>,

    /// La version de la suite
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = "Aide")]
    version: Option<bool>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Conformance(Conformance),
    Check(Check),
    Compare(Compare),
    Dossier(Dossier),
    Sign(Sign),
    Verify(Verify),
    List(List),
    Explain(Explain),
    Kit(Kit),
    Serve(Serve),
    Whitelist(Whitelist),
    Annexe1(Annexe1),
    Explore(Explore),
    Test(Test),
    Mutants(Mutants),
    Fuzz(Fuzz),
    Schema(Schema),
}

const END: &str = "\
Premiers pas :
  cargo xtask conformance                      la suite contre le proxy de référence embarqué
  cargo xtask conformance --target HÔTE:PORT   contre votre proxy, sans rien y préparer
  cargo xtask kit --space kit                  un espace simulé à installer chez la cible
  cargo xtask check --space kit                tout est-il en place ?
  cargo xtask conformance --space kit          toute la suite contre votre proxy
  cargo xtask explain 4-certificat/expire      pourquoi un scénario attend ce qu'il attend

Codes de sortie : 0 oui · 1 non · 2 commande, configuration ou scénario à corriger
                  3 impossible de conclure · 130 interrompu
";

/// Why a text is no whole number.
fn not_a_number(error: &ParseIntError) -> String {
    match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "nombre trop grand",
        _ => "un nombre entier est attendu, comme 7",
    }
    .to_owned()
}

const NOT_AN_ADDRESS: &str =
    "une adresse IP est attendue, avec son port s'il le faut : 127.0.0.1:5353";

/// What clap has to say of a command line, in French: the message and what to type.
pub(crate) fn french(error: &clap::Error) -> (String, String) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let argument = text(ContextKind::InvalidArg);
    let message = match error.kind() {
        ErrorKind::UnknownArgument => format!("option ou argument inconnu : {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("commande inconnue : {}", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "il manque la commande".to_owned()
        }
        ErrorKind::MissingRequiredArgument => format!("il manque {argument}"),
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg);
            if other == argument {
                format!("{argument} est donné deux fois")
            } else {
                format!("{argument} et {other} ne vont pas ensemble")
            }
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let value = text(ContextKind::InvalidValue);
            let source = std::error::Error::source(error);
            let number = source.and_then(|source| source.downcast_ref::<ParseIntError>());
            let address = source.and_then(|source| source.downcast_ref::<AddrParseError>());
            let why = number.map(not_a_number).or(address.map(|_| NOT_AN_ADDRESS.to_owned()));
            let why =
                why.or_else(|| source.map(ToString::to_string)).unwrap_or_else(|| {
                    match text(ContextKind::ValidValue) {
                        valid if valid.is_empty() => "une valeur est attendue".to_owned(),
                        valid => format!("valeurs possibles : {valid}"),
                    }
                });
            format!("{argument} : « {value} » ne convient pas ({why})")
        }
        _ => {
            let all = error.render().to_string();
            let line = all.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    };
    let near =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .map(text)
            .into_iter()
            .find(|near| !near.is_empty());
    let help = match near {
        Some(near) => format!("vouliez-vous dire {near} ? Sinon : cargo xtask COMMANDE --help"),
        None => "voyez l'aide : cargo xtask --help, ou cargo xtask COMMANDE --help".to_owned(),
    };
    (message, help)
}

/// Reads `--jobs`: how many at once.
pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(jobs) if (1..=64).contains(&jobs) => Ok(jobs),
        _ => Err("un nombre entier de 1 à 64 est attendu".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("1", Some(1))]
    #[case::the_most("64", Some(64))]
    #[case::none("0", None)]
    #[case::too_many("65", None)]
    #[case::negative("-1", None)]
    #[case::a_word("deux", None)]
    fn a_number_of_jobs(#[case] text: &str, #[case] read: Option<usize>) {
        assert_eq!(jobs(text).ok(), read);
    }
}
