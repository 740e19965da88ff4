//! `explain`: what a scenario tests, and why it is judged as it is.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use serde_json::{Value, json};
use suite::{
    family::Clause,
    oracle::{Decided, words},
    scenario::{self, Library, Scenario, decisions, outline},
    target::how_to_supply,
};

use crate::{
    choice,
    console::{Console, fill},
    exit::{self, Trouble},
    list::{Format, level},
    place,
    target::{TargetOptions, scenarios_typed},
};

const END: &str = "\
Exemples :
  cargo xtask explain reception/4-certificat/expire
  cargo xtask explain expire                     (la fin d'un identifiant suffit si elle est unique)
  cargo xtask explain TM3.1P/5c                  (une clause : son texte et ses scénarios)
  cargo xtask explain 4-certificat/revoque --format json
  cargo xtask explain expire --space kit         (la commande à rejouer vise alors cette cible)

Codes de sortie : 0 expliqué · 2 identifiant inconnu, ou scénario à corriger
";

/// Explique un scénario ou une clause : but, source, échange, décision de l'oracle
#[derive(Args, Debug)]
#[command(after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Explain {
    /// Identifiant d'un scénario, ou d'une clause comme TM3.1P/5c, ou filtre qui ne désigne qu'un scénario
    #[arg(value_name = "ID", help_heading = "Arguments")]
    id: String,

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

    #[command(flatten)]
    target: TargetOptions,
}

impl Explain {
    /// Explains.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let library = scenario::load(&place::scenarios(self.scenarios.as_deref()))?;
        let id = self.id.trim_end_matches(".toml").trim_start_matches("scenarios/");
        let found = match find(&library, id)? {
            None if clause(&library, id).is_none() => choice::only(&library, id)?,
            found => found,
        };
        let text = if let Some(scenario) = found {
            match self.format {
                Format::Json => format!("{:#}\n", scenario_json(&library, scenario)),
                Format::Text => scenario_text(&library, scenario, console, &self.options()),
            }
        } else if let Some(clause) = clause(&library, id) {
            match self.format {
                Format::Json => format!("{:#}\n", clause_json(&library, clause)),
                Format::Text => clause_text(&library, clause, console, &self.options()),
            }
        } else {
            return Err(choice::no_scenario(id, &library));
        };
        console.say(&text);
        Ok(exit::YES)
    }

    /// What the command that plays it again repeats.
    fn options(&self) -> String {
        self.target.typed() + &scenarios_typed(self.scenarios.as_deref())
    }
}

/// The scenario of that id, or the only one whose id ends so.
fn find<'a>(library: &'a Library, id: &str) -> Result<Option<&'a Scenario>, Trouble> {
    let exact = library.scenarios.iter().find(|scenario| scenario.id.as_str() == id);
    if exact.is_some() {
        return Ok(exact);
    }
    let end = format!("/{id}");
    let ending: Vec<&Scenario> =
        library.scenarios.iter().filter(|s| s.id.as_str().ends_with(&end)).collect();
    match ending[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => {
            let ids: Vec<&str> = ending.iter().map(|scenario| scenario.id.as_str()).collect();
            Err(Trouble::usage(
                format!("plusieurs scénarios finissent par « {id} »"),
                format!("précisez : {}", ids.join(", ou ")),
            ))
        }
    }
}

fn clause<'a>(library: &'a Library, id: &str) -> Option<&'a Clause> {
    library.catalogue.clauses().find(|clause| {
        let name = clause.id.as_str();
        name.eq_ignore_ascii_case(id)
            || name.rsplit('/').next().is_some_and(|short| short.eq_ignore_ascii_case(id))
    })
}

fn scenario_text(
    library: &Library,
    scenario: &Scenario,
    console: &Console,
    options: &str,
) -> String {
    let mut page = Page { console, text: String::new() };
    let out = console.out;
    page.line(&console.strong(out, scenario.id.as_str()));
    page.line(&scenario.title);
    page.blank();
    page.field("But", &scenario.purpose);
    if let Some(family) = library.catalogue.family(&scenario.id) {
        let step =
            family.step(&scenario.id).map_or_else(String::new, |step| format!("\n{}", step.title));
        page.field("Famille", &format!("{} ({}){step}", family.title, family.transaction));
    }
    page.field("Niveau", &format!("{}, par {}", level(scenario.level), scenario.source));
    if let Some(clause) = library.catalogue.clause(scenario.clause) {
        page.field("Clause", &format!("{} · {}\n{}", clause.id, clause.source, clause.wording));
        if !clause.referentiel.is_empty() {
            page.field("", &format!("Référentiel #1 : {}", clause.referentiel.join(", ")));
        }
    }
    match &scenario.twin {
        Some(twin) => {
            let text = format!(
                "{twin}\nn'en diffère que par un point et doit être accepté dans la même campagne"
            );
            page.field("Témoin", &text);
        }
        None => page.field("Témoin", "aucun : ce scénario se juge seul"),
    }
    page.blank();

    let told = outline(scenario);
    page.field("Pair", &told.peer);
    for (index, step) in told.steps.iter().enumerate() {
        page.field(if index == 0 { "Échange" } else { "" }, step);
    }
    for (index, expected) in told.expected.iter().enumerate() {
        page.field(if index == 0 { "Attendu" } else { "" }, expected);
    }
    page.blank();

    for Decided { facts, decision, .. } in decisions(scenario) {
        let deviations = words::deviations(&facts);
        let text = if deviations.is_empty() {
            "le cas nominal".to_owned()
        } else {
            format!("le cas nominal, sauf {}", deviations.join(", "))
        };
        page.field("Faits", &text);
        for (index, rule) in words::rule_path(&decision).iter().enumerate() {
            page.field(if index == 0 { "Oracle" } else { "" }, rule);
        }
        if let Some(proof) = words::proof(decision.proof) {
            page.field("", proof);
        }
        page.blank();
    }
    if let Some((slug, text)) = interpretation(library, scenario) {
        page.field("Lecture", &format!("{slug} (scenarios/interpretations.md)\n{}", flowed(text)));
        page.blank();
    }
    if let Some(advice) = &scenario.advice {
        page.field("Conseil", advice);
        page.blank();
    }
    if let Some(consequence) = &scenario.consequence {
        page.field("Risque", consequence);
        page.blank();
    }
    if scenario.needs.is_empty() {
        page.field("Demande", "rien : jouable contre toute cible");
    }
    for (index, need) in scenario.needs.iter().enumerate() {
        page.field(if index == 0 { "Demande" } else { "" }, need.title());
    }
    page.field("Fichier", &place::shown(&scenario.file));
    page.play(options, scenario.id.as_str());
    page.text
}

fn interpretation<'a>(library: &'a Library, scenario: &Scenario) -> Option<(String, &'a String)> {
    let decided = || {
        let decisions = decisions(scenario);
        decisions.iter().find_map(|told| told.decision.interpretation.map(str::to_owned))
    };
    let slug = scenario.interpretation.clone().or_else(decided)?;
    let text = library.catalogue.interpretations.get(&slug)?;
    Some((slug, text))
}

/// Markdown whose lines were broken for an editor, with one line a paragraph or list item.
fn flowed(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().map(str::trim_end) {
        let item = line.trim_start().starts_with(['-', '*', '|', '#']);
        if out.is_empty() {
        } else if line.is_empty() || item || out.ends_with('\n') {
            out.push('\n');
        } else {
            out.push(' ');
        }
        out.push_str(line.trim_start());
    }
    out
}

fn clause_text(library: &Library, clause: &Clause, console: &Console, options: &str) -> String {
    let mut page = Page { console, text: String::new() };
    page.line(&console.strong(console.out, clause.id.as_str()));
    page.field("Source", &clause.source);
    page.field("Texte", &clause.wording);
    page.field("Niveau", level(clause.level));
    if !clause.referentiel.is_empty() {
        page.field("Réf. #1", &clause.referentiel.join(", "));
    }
    page.blank();
    let scenarios: Vec<_> = of_clause(library, clause).collect();
    if scenarios.is_empty() {
        page.field("", "aucun scénario n'a cette clause pour objet");
    }
    for scenario in scenarios {
        page.line(&format!(
            "  {}  {}",
            scenario.id,
            console.dim(console.out, &format!("{} · {}", level(scenario.level), scenario.title))
        ));
    }
    page.blank();
    page.play(options, clause.id.as_str());
    page.text
}

fn of_clause<'a>(
    library: &'a Library,
    clause: &'a Clause,
) -> impl Iterator<Item = &'a Scenario> + 'a {
    library.scenarios.iter().filter(|scenario| scenario.clause == clause.id)
}

fn clause_value(clause: &Clause) -> Value {
    json!({
        "id": clause.id.as_str(),
        "source": clause.source,
        "wording": clause.wording,
        "level": clause.level,
        "referentiel": clause.referentiel,
    })
}

fn clause_json(library: &Library, clause: &Clause) -> Value {
    let mut value = clause_value(clause);
    value["scenarios"] =
        of_clause(library, clause).map(|scenario| scenario.id.to_string()).collect();
    value
}

fn scenario_json(library: &Library, scenario: &Scenario) -> Value {
    let told = outline(scenario);
    let decided: Vec<Value> = decisions(scenario)
        .iter()
        .map(|Decided { facts, decision, .. }| {
            let facts = facts.iter().map(|row| (row.key.as_str(), row.name.as_str()));
            json!({
                "facts": facts.collect::<BTreeMap<&str, &str>>(),
                "permitted": words::permitted_texts(decision),
                "rule_path": words::rule_path(decision),
            })
        })
        .collect();
    json!({
        "id": scenario.id.as_str(),
        "title": scenario.title,
        "purpose": scenario.purpose,
        "level": scenario.level,
        "source": scenario.source,
        "clause": library.catalogue.clause(scenario.clause).map(clause_value),
        "twin": scenario.twin.as_ref().map(|twin| twin.as_str()),
        "peer": told.peer,
        "steps": told.steps,
        "expected": told.expected,
        "decisions": decided,
        "interpretation": interpretation(library, scenario)
            .map(|(slug, text)| json!({ "slug": slug, "text": text })),
        "advice": scenario.advice,
        "consequence": scenario.consequence,
        "needs": scenario.needs.iter().map(|need| json!({
            "capability": need,
            "title": need.title(),
            "otherwise": how_to_supply(*need),
        })).collect::<Vec<_>>(),
        "file": scenario.file,
    })
}

/// The text under construction.
struct Page<'a> {
    console: &'a Console,
    text: String,
}

impl Page<'_> {
    /// How to play what `filter` names, against the target that `options` name.
    fn play(&mut self, options: &str, filter: &str) {
        self.field("Jouer", &format!("cargo xtask conformance{options} --filter {filter}"));
        if !["--target", "--config", "--space"].iter().any(|option| options.contains(option)) {
            self.field(
                "",
                "(contre le proxy de référence embarqué ; pour le vôtre, donnez --target, --config ou \
                 --space comme à la campagne)",
            );
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn field(&mut self, label: &str, text: &str) {
        let style = self.console.out;
        let filled = fill(text, style.width.clamp(60, 100), &format!("{label:9}"));
        let shown = match filled.strip_prefix(label) {
            Some(rest) if !label.is_empty() => format!("{}{rest}", self.console.dim(style, label)),
            _ => filled,
        };
        self.line(&shown);
    }
}
