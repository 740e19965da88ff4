//! Faults in what becomes of a list that was read anew (TM4.1P/2).

use std::{collections::BTreeSet, sync::Arc};

use fixtures::whitelist::{Entry, Index, Whitelist};

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, Taken, Trusted};
use suite::oracle::ClauseId;

/// A proxy that goes by something else than the list that it read anew.
macro_rules! going_by {
    ($id:literal, $fault:literal, $killers:expr, $list:expr) => {
        Mutant {
            id: $id,
            fault: $fault,
            clause: ClauseId::ListInForce,
            killers: $killers,
            setting: as_is,
            behaviour: Behaviour {
                renewed: |old, read| {
                    let list: fn(&Whitelist, &Whitelist) -> Vec<Entry> = $list;
                    let entries = list(&old.list, &read.list);
                    with(entries, read)
                },
                ..Behaviour::REFERENCE
            },
        }
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "liste-derniers-domaines-perdus",
        fault: "perd les deux dernières entrées de la liste blanche",
        clause: ClauseId::ListInForce,
        killers: &[
            "liste-blanche/contenu/avant-le-retrait",
            "liste-blanche/contenu/avant-le-retrait-de-l-operateur",
            "liste-blanche/contenu/avant-le-retrait-expediteur-vide",
        ],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| {
                Box::pin(sources.load_by(now, |list| {
                    let Taken { mut list, .. } = list.careful()?;
                    let kept = list.entries.len().saturating_sub(2);
                    list.entries.truncate(kept);
                    Ok(list.into())
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    going_by!(
        "liste-entrees-jamais-retirees",
        "ajoute à ses tables les entrées d'une liste blanche relue sans en retirer",
        &[
            "liste-blanche/contenu/domaine-retire",
            "liste-blanche/contenu/operateur-retire",
            "liste-blanche/contenu/operateur-retire-expediteur-vide",
            "liste-blanche/contenu/domaine-deplace-l-ancien",
            "liste-blanche/contenu/dn-remplace-par-deux-l-ancien",
        ],
        |old, read| {
            let gone = old.entries.iter().filter(|entry| !read.entries.contains(entry));
            read.entries.iter().chain(gone).cloned().collect()
        }
    ),
    going_by!(
        "liste-entrees-jamais-ajoutees",
        "retire de ses tables les entrées que la liste blanche relue n'a plus, sans en ajouter",
        &[
            "liste-blanche/contenu/domaine-ajoute",
            "liste-blanche/contenu/domaine-deplace",
            "liste-blanche/contenu/second-dn",
        ],
        |old, read| read.entries.iter().filter(|entry| has(old, entry)).cloned().collect()
    ),
    going_by!(
        "liste-dn-d-un-domaine-connu-garde",
        "garde les DN d'un domaine qu'il connaît, et n'ajoute que les domaines nouveaux",
        &[
            "liste-blanche/contenu/domaine-deplace",
            "liste-blanche/contenu/second-dn",
            "liste-blanche/contenu/dn-remplace-par-deux-premier",
        ],
        |old, read| {
            let known = |entry: &&Entry| old.entries.iter().any(|one| one.domain == entry.domain);
            let new = read.entries.iter().filter(|entry| !known(entry));
            let kept = old
                .entries
                .iter()
                .filter(|entry| read.entries.iter().any(|one| one.domain == entry.domain));
            kept.chain(new).cloned().collect()
        }
    ),
    going_by!(
        "liste-premier-dn-seul",
        "ne retient d'une liste blanche relue que le premier DN de chaque domaine",
        &["liste-blanche/contenu/dn-remplace-par-deux-second", "liste-blanche/contenu/second-dn",],
        |_, read| one_of_each(read.entries.iter())
    ),
    going_by!(
        "liste-dernier-dn-seul",
        "ne retient d'une liste blanche relue que le dernier DN de chaque domaine",
        &[
            "liste-blanche/contenu/second-dn-le-premier-reste",
            "liste-blanche/contenu/dn-remplace-par-deux-premier",
        ],
        |_, read| one_of_each(read.entries.iter().rev())
    ),
    going_by!(
        "liste-operateur-retire-avec-un-domaine",
        "retire un opérateur dès que la liste blanche relue ne lui laisse qu'un de ses domaines",
        &["liste-blanche/contenu/domaine-retire-un-autre-reste"],
        |old, read| {
            let of = |list: &Whitelist, dn: &str| {
                list.entries.iter().filter(|entry| entry.operator_dn == dn).count()
            };
            let stays = |entry: &&Entry| {
                let dn = entry.operator_dn.as_str();
                of(read, dn) > 1 || of(old, dn) <= 1
            };
            read.entries.iter().filter(stays).cloned().collect()
        }
    ),
    going_by!(
        "liste-dn-retire-garde",
        "retire les domaines d'un opérateur que la liste blanche relue n'a plus, mais non son DN",
        &["liste-blanche/contenu/operateur-retire-expediteur-vide"],
        |old, read| {
            let nameless = old
                .entries
                .iter()
                .map(|entry| Entry { domain: "domaine-sans-nom.test".into(), ..entry.clone() });
            read.entries.iter().cloned().chain(nameless).collect()
        }
    ),
    going_by!(
        "liste-dn-compare-comme-texte",
        "perd un domaine dont la liste blanche relue écrit le DN autrement",
        &["liste-blanche/contenu/dn-reecrit"],
        |old, read| {
            let known: BTreeSet<&str> =
                old.entries.iter().map(|entry| entry.operator_dn.as_str()).collect();
            let same = |entry: &&Entry| known.contains(entry.operator_dn.as_str());
            read.entries.iter().filter(same).cloned().collect()
        }
    ),
    going_by!(
        "liste-domaine-ajoute-pour-tous",
        "admet sous tout DN connu un domaine que la liste blanche relue vient d'ajouter",
        &["liste-blanche/contenu/domaine-ajoute-a-un-autre"],
        |old, read| {
            let new = read.entries.iter().filter(|entry| !has(old, entry));
            let for_all = new.flat_map(|entry| {
                let under =
                    |one: &Entry| Entry { operator_dn: one.operator_dn.clone(), ..entry.clone() };
                old.entries.iter().map(under).collect::<Vec<_>>()
            });
            read.entries.iter().cloned().chain(for_all).collect()
        }
    ),
];

/// Whether a list has an entry with this domain and this DN.
fn has(list: &Whitelist, entry: &Entry) -> bool {
    let same = |one: &Entry| one.domain == entry.domain && one.operator_dn == entry.operator_dn;
    list.entries.iter().any(same)
}

/// The first entry of each domain.
fn one_of_each<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<Entry> {
    let mut seen = BTreeSet::new();
    entries.filter(|entry| seen.insert(entry.domain.as_str())).cloned().collect()
}

fn with(entries: Vec<Entry>, read: Trusted) -> Trusted {
    let list = Whitelist { entries, ..(*read.list).clone() };
    let index = Index::build(&list);
    Trusted { list: Arc::new(list), index: Arc::new(index), ..read }
}
