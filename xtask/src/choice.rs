//! Which scenarios a command is about: its filters, and what missed in the run before.

use std::path::Path;

use clap::Args;
use reports::{json, plural};
use suite::{
    document::nearest,
    record::{RunRecord, Verdict},
    runner::{Selection, select},
    scenario::{Filter, Library, Scenario, ScenarioId},
};

use crate::{
    console::{Console, fill},
    exit::Trouble,
    place,
};

/// The filters of a command.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Filters {
    /// Seulement ces scénarios (répétable) : partie d'un identifiant, clause, niveau (must, should, may), ou
    /// =IDENTIFIANT ; ! devant laisse de côté
    #[arg(long, value_name = "FILTRE")]
    filter: Vec<String>,
}

/// What a filter is, for the long help of the commands that take some.
pub(crate) const FILTERS: &str = "\
Filtres (--filter, répétable : chacun ajoute ce qu'il désigne) :
  4-certificat                      un dossier, un fichier, ou une partie d'un identifiant
  TM3.1P/5c, 5c, TM3.1P/5           une clause, ou toutes celles qui commencent ainsi
  must, should, may                 un niveau : obligatoire, recommandé, observé
  '=reception/4-certificat/expire'  ce scénario et nul autre
  '!may', '!5b', '!tls-1-3'         laisse de côté tout ce qui est désigné ainsi
Les témoins des scénarios retenus sont toujours joués avec eux.";

impl Filters {
    /// The filter that they make together.
    pub(crate) fn filter(&self) -> Filter {
        self.filter.iter().map(String::as_str).collect()
    }
}

/// The scenarios that a filter takes, with their twins.
///
/// # Errors
/// Where a word names nothing, with the nearest names, and where nothing is left.
pub(crate) fn chosen<'a>(library: &'a Library, filter: &Filter) -> Result<Selection<'a>, Trouble> {
    if let Some(word) = filter.unmatched(library) {
        return Err(no_scenario(word, library));
    }
    let selection = select(library, filter);
    if selection.is_empty() {
        return Err(Trouble::usage(
            format!("les filtres {filter} ne laissent aucun scénario"),
            "un filtre qui commence par ! l'emporte sur les autres : retirez-le, ou voyez ce qu'il désigne \
             avec cargo xtask list --filter",
        ));
    }
    Ok(selection)
}

/// No scenario of this name or part of a name.
pub(crate) fn no_scenario(given: &str, library: &Library) -> Trouble {
    let ids = library.scenarios.iter().map(|scenario| scenario.id.as_str());
    let names = ids.chain(library.catalogue.clauses().map(|clause| clause.id.as_str()));
    let near = nearest(given, names);
    let help = if near.is_empty() {
        "voyez tous les identifiants : cargo xtask list".to_owned()
    } else {
        format!("vouliez-vous dire {} ? Sinon, voyez : cargo xtask list", near.join(", ou "))
    };
    Trouble::usage(format!("aucun scénario ni aucune clause ne correspond à « {given} »"), help)
}

/// The only scenario that a word of a filter names, if any.
///
/// # Errors
/// Where it names several.
pub(crate) fn only<'a>(library: &'a Library, word: &str) -> Result<Option<&'a Scenario>, Trouble> {
    const MOST: usize = 5;
    let filter: Filter = [word].into_iter().collect();
    let taken: Vec<&Scenario> =
        library.scenarios.iter().filter(|scenario| filter.takes(scenario)).collect();
    match taken[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => {
            let ids: Vec<&str> = taken.iter().take(MOST).map(|s| s.id.as_str()).collect();
            Err(Trouble::usage(
                format!("« {word} » désigne {}", plural(taken.len(), "scénario")),
                format!(
                    "précisez, par exemple : {} ; ou voyez-les tous : cargo xtask list --filter {}",
                    ids.join(", ou "),
                    place::typed(Path::new(word)),
                ),
            ))
        }
    }
}

/// What of `filter` missed in the run before: in `out`, or the last one. A requirement not met and one that
/// could not be judged miss; a remark does not, nor what was not played for want of a capability.
#[derive(Debug)]
pub(crate) enum Missed {
    /// These are to be played again.
    These(Filter),
    /// None: the run before stands.
    Nothing(Box<RunRecord>),
}

impl Missed {
    /// Reads the record of the run before.
    ///
    /// # Errors
    /// Where there is none, or none that can be read.
    pub(crate) fn read(
        library: &Library,
        filter: &Filter,
        out: Option<&Path>,
        console: &Console,
    ) -> Result<Self, Trouble> {
        let folder = out.map_or_else(|| place::runs().join("latest"), Path::to_owned);
        let path = folder.join("record.json");
        if !path.exists() {
            return Err(Trouble::usage(
                format!("{} : aucune campagne n'y est enregistrée", place::shown(&folder)),
                "--failed rejoue ce qui a manqué à la campagne de --out, ou à la dernière : jouez-la d'abord \
                 sans --failed",
            ));
        }
        let record = json::read(&path).map_err(|error| Trouble::advised(&error))?;
        let (mut again, mut gone) = (Vec::new(), 0);
        for missed in &record.scenarios {
            if !matches!(missed.verdict, Verdict::Fail | Verdict::Inconclusive) {
                continue;
            }
            match library.scenario(&ScenarioId::from(missed.id.clone())) {
                Some(scenario) if filter.takes(scenario) => again.push(missed.id.as_str()),
                Some(_) => {}
                None => gone += 1,
            }
        }
        if gone > 0 {
            let text = format!(
                "{} de cette campagne n'existe plus et ne peut être rejoué",
                plural(gone, "scénario")
            );
            console.note(&fill(&text, console.err.width, "note     "));
        }
        Ok(if again.is_empty() {
            Self::Nothing(Box::new(record))
        } else {
            Self::These(Filter::exactly(again))
        })
    }
}
