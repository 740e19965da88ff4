//! The record of a whole run, from what is declared and what was judged: the same for a run at its end
//! and for its files read again.

use std::collections::{BTreeMap, BTreeSet};

use super::{conclude::conclude, declared::Declared, select::select, verdicts::Judged};
use crate::{
    record::{
        ClauseRecord, ControlRecord, EpochRecord, FamilyRecord, Level, RunRecord, SCHEMA,
        ScenarioRecord, TargetRecord, Tier, UndoneRecord, When, family_of,
    },
    scenario::Library,
};

/// The record of the run.
pub(super) fn record(library: &Library, declared: Declared, judged: Judged) -> RunRecord {
    let Declared {
        suite_version,
        started,
        clock,
        duration_ms,
        seed,
        profile,
        filter,
        strict,
        interrupted,
        resumed,
        world,
        reads,
        target,
    } = declared;
    let Judged { scenarios, controls, certificate, possession, changes, observations, seen } =
        judged;
    let offered = target.offered();
    let capability = |one| serde_json::to_value(one).ok()?.as_str().map(str::to_owned);
    let target = TargetRecord {
        certificate,
        capabilities: offered.iter().filter_map(capability).collect(),
        ..target
    };
    let selection = select(library, &filter);
    // Refusals rest on the last control of their family: a run that could make it, and has none, is cut short.
    let unfinished: BTreeSet<&str> = selection
        .families(library)
        .filter(|family| {
            let nominal = library.nominal(family);
            let controllable = nominal.is_some_and(|one| one.needs.is_subset(&offered));
            let mut own = controls.get(&family.folder).into_iter().flatten();
            let closed = own.any(|control| control.when == When::After && control.accepted);
            interrupted || (controllable && !closed)
        })
        .map(|family| family.folder.as_str())
        .collect();
    let left_out = selection.leaves_out_a_must
        || library.scenarios.iter().any(|scenario| {
            scenario.level == Level::Must
                && scenarios
                    .binary_search_by(|record| record.id.as_str().cmp(scenario.id.as_str()))
                    .is_err()
        });
    let (verdict, summary) =
        conclude(&scenarios, left_out || interrupted || !unfinished.is_empty());
    let families = families(library, &scenarios, controls, &unfinished);
    let interpretations = scenarios
        .iter()
        .flat_map(|scenario| {
            let decisions = scenario.decisions.iter().map(|decision| &decision.interpretation);
            decisions.chain([&scenario.interpretation]).flatten()
        })
        .filter_map(|slug| {
            library.catalogue.interpretations.get(slug).map(|text| (slug.clone(), text.clone()))
        })
        .collect();
    RunRecord {
        schema: SCHEMA.into(),
        suite_version,
        catalogue_sha256: library.sha256.clone(),
        started,
        clock,
        duration_ms,
        seed,
        profile,
        tier: target.tier(),
        filter,
        strict,
        interrupted,
        verdict,
        scope: scope(target.tier(), &families, left_out),
        summary,
        remarks: remarks(&families, seen, &changes, resumed),
        resumed,
        noted: Vec::new(),
        target,
        world,
        possession,
        observations,
        changes,
        reads,
        clauses: clauses(library),
        interpretations,
        families,
        scenarios,
    }
}

fn remarks(
    families: &[FamilyRecord],
    seen: Vec<String>,
    changes: &[EpochRecord],
    resumed: Option<u32>,
) -> Vec<String> {
    let mut remarks = Vec::new();
    for (family, control) in families.iter().flat_map(|f| f.controls.iter().map(move |c| (f, c))) {
        let ControlRecord { when, accepted: false, observed, .. } = control else { continue };
        // Of one family alone there is one control, which needs no other name.
        let of = match families {
            [_] => String::new(),
            _ => format!(" ({})", family.title),
        };
        remarks.push(match when {
            When::After => format!(
                "le message de contrôle{of} n'a pas été accepté à la fin de la campagne : {observed} ; \
                 les refus observés ne peuvent pas être attribués avec certitude"
            ),
            When::World(place) => format!(
                "le message de contrôle{of} n'a pas été accepté une fois l'espace rendu à son état nominal, après \
                 l'état changé {place} : {observed} ; les refus observés dans cet état ne peuvent \
                 pas être attribués avec certitude, et les états changés qui suivaient n'ont pas été joués"
            ),
            When::Before => format!(
                "le message de contrôle{of} n'a pas été accepté au début de la campagne : {observed}"
            ),
        });
    }
    remarks.extend(seen);
    remarks.extend(changes.iter().filter_map(|epoch| unrestored(epoch.undone.as_ref()?)));
    if let Some(kept) = resumed {
        remarks.push(format!(
            "campagne interrompue, puis reprise : {kept} scénarios avaient été joués avant, les autres \
             et les messages de contrôle l'ont été à la reprise"
        ));
    }
    remarks
}

/// What nothing shows of the end of a world, in French.
fn unrestored(undone: &UndoneRecord) -> Option<String> {
    let why = undone.failed.as_ref()?;
    Some(if undone.proofs.is_empty() {
        format!("rien ne prouve que l'espace simulé a été rendu à son état nominal : {why}")
    } else {
        format!(
            "l'espace simulé a été rendu à son état nominal, mais rien ne montre que la cible l'a relu : {why}"
        )
    })
}

/// The families of these records, which are sorted by id, with what came of each; as the library orders them.
fn families(
    library: &Library,
    scenarios: &[ScenarioRecord],
    mut controls: BTreeMap<String, Vec<ControlRecord>>,
    unfinished: &BTreeSet<&str>,
) -> Vec<FamilyRecord> {
    let records: Vec<&[ScenarioRecord]> =
        scenarios.chunk_by(|a, b| family_of(&a.id) == family_of(&b.id)).collect();
    library
        .catalogue
        .families
        .iter()
        .filter_map(|family| {
            let folder = family.folder.as_str();
            let own = |records: &&&[ScenarioRecord]| {
                records.first().is_some_and(|one| family_of(&one.id) == folder)
            };
            let records = *records.iter().find(own)?;
            let left_out = library.scenarios.iter().any(|scenario| {
                scenario.level == Level::Must
                    && family_of(scenario.id.as_str()) == folder
                    && records
                        .binary_search_by(|record| record.id.as_str().cmp(scenario.id.as_str()))
                        .is_err()
            });
            let (verdict, summary) = conclude(records, unfinished.contains(folder) || left_out);
            Some(FamilyRecord {
                folder: family.folder.clone(),
                title: family.title.clone(),
                transaction: family.transaction.clone(),
                scope: family.scope.clone(),
                steps: family.steps.clone(),
                outside: family.outside.clone(),
                verdict,
                summary,
                controls: controls.remove(folder).unwrap_or_default(),
            })
        })
        .collect()
}

fn scope(tier: Tier, families: &[FamilyRecord], partial: bool) -> String {
    let tier = match tier {
        Tier::BlackBox => {
            "boîte noire : rien n'a été préparé chez la cible ; ce qui demande sa confiance dans \
             l'espace simulé n'a pas pu être testé"
        }
        Tier::SimulatedSpace => {
            "espace simulé : la cible fait confiance à l'IGC et à la liste blanche de test"
        }
    };
    let part = if partial {
        " ; campagne partielle : des scénarios obligatoires ont été écartés"
    } else {
        ""
    };
    let families: Vec<&str> = families.iter().map(|family| family.scope.as_str()).collect();
    format!("{}, {tier}{part}.", families.join(" ; "))
}

fn clauses(library: &Library) -> BTreeMap<String, ClauseRecord> {
    library
        .catalogue
        .clauses()
        .map(|clause| {
            let record = ClauseRecord {
                wording: clause.wording.clone(),
                source: clause.source.clone(),
                referentiel: clause.referentiel.clone(),
            };
            (clause.id.to_string(), record)
        })
        .collect()
}
