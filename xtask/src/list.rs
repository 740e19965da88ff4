//! `list`: the scenarios.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use reports::plural;
use serde_json::json;
use suite::{
    record::Level,
    scenario::{self, Scenario},
};

use crate::{
    choice::{self, FILTERS, Filters},
    console::Console,
    exit::{self, Trouble},
    place,
};

const END: &str = "\
Exemples :
  cargo xtask list
  cargo xtask list --filter 4-certificat
  cargo xtask list --filter TM3.1P/5c --filter 1-ptr
  cargo xtask list --filter 4-certificat --filter '!may'
  cargo xtask list --format json | jq -r '.[] | select(.level == \"must\") | .id'

Codes de sortie : 0 la liste est affichée · 2 filtre ou scénario à corriger
";

/// Liste les scénarios : identifiant, niveau, clause, titre
#[derive(Args, Debug)]
#[command(after_long_help = format!("{FILTERS}\n\n{END}"), next_help_heading = "Options")]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,

    /// text (à défaut) ou json
    #[arg(
        long,
        value_name = "FORME",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Format,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a reader.
    Text,
    /// For a program; keys are added, never changed.
    Json,
}

/// The name of a level, in French.
pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "obligatoire",
        Level::Should => "recommandé",
        Level::May => "observé",
    }
}

impl List {
    /// Lists.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let library = scenario::load(&place::scenarios(self.scenarios.as_deref()))?;
        // Without the twins: the list shows what was asked for.
        let filter = self.filters.filter();
        choice::chosen(&library, &filter)?;
        let shown: Vec<&Scenario> =
            library.scenarios.iter().filter(|scenario| filter.takes(scenario)).collect();
        match self.format {
            Format::Json => console.say(&json(&shown)),
            Format::Text => console.say(&text(&shown, console)),
        }
        Ok(exit::YES)
    }
}

fn json(scenarios: &[&Scenario]) -> String {
    let list: Vec<_> = scenarios
        .iter()
        .map(|scenario| {
            json!({
                "id": scenario.id.as_str(),
                "level": scenario.level,
                "clause": scenario.clause.as_str(),
                "title": scenario.title,
                "purpose": scenario.purpose,
                "source": scenario.source,
                "twin": scenario.twin.as_ref().map(|twin| twin.as_str()),
                "needs": scenario.needs,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(list))
}

fn text(scenarios: &[&Scenario], console: &Console) -> String {
    let id = |scenario: &Scenario| scenario.id.as_str().chars().count();
    let column = scenarios.iter().map(|scenario| id(scenario)).max().unwrap_or_default();
    // A narrow terminal gets the title on a line of its own.
    let widest = scenarios.iter().map(|s| s.title.chars().count()).max().unwrap_or_default();
    let two_lines = console.out.colour && column + widest + 26 > console.out.width;
    let mut out = String::new();
    for scenario in scenarios {
        let clause = scenario.clause.as_str();
        let level = level(scenario.level);
        let head = format!("{:column$}  {level:11}  {clause:10}", scenario.id.as_str());
        if two_lines {
            out.push_str(&format!(
                "{}\n    {}\n",
                head.trim_end(),
                console.dim(console.out, &scenario.title)
            ));
        } else {
            out.push_str(&format!("{head}  {}\n", scenario.title));
        }
    }
    let musts = scenarios.iter().filter(|scenario| scenario.level == Level::Must).count();
    console.note(&console.dim(
        console.err,
        &format!("{}, dont {}", plural(scenarios.len(), "scénario"), plural(musts, "obligatoire")),
    ));
    out
}
