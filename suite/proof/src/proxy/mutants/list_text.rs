//! Faults in reading the text of a list (TM4.1P/2): readers that are no XML parsers, or too kind ones.

use fixtures::whitelist::{Entry, ReadError, Whitelist};
use jiff::Timestamp;

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, FetchedList, LoadError, Taken};
use suite::oracle::ClauseId;

/// A proxy that cannot read a list whose text has this.
macro_rules! blind_to {
    ($id:literal, $fault:literal, $killers:expr, $blind:expr) => {
        Mutant {
            id: $id,
            fault: $fault,
            clause: ClauseId::ListInForce,
            killers: $killers,
            setting: as_is,
            behaviour: Behaviour {
                load: |sources, now| {
                    Box::pin(sources.load_by(now, |list| {
                        let blind: fn(&str) -> bool = $blind;
                        match blind(&text(list)) {
                            true => Err(LoadError::Whitelist(
                                ReadError::Encoding("illisible".into()).into(),
                            )),
                            false => list.careful(),
                        }
                    }))
                },
                ..Behaviour::REFERENCE
            },
        }
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    blind_to!(
        "liste-cdata-illisible",
        "ne sait pas lire un domaine dans une section CDATA",
        &["liste-blanche/xml/retenue-section-cdata"],
        |text| text.contains("<Nom><![CDATA[")
    ),
    blind_to!(
        "liste-reference-de-caractere-illisible",
        "ne sait pas lire un domaine avec une référence de caractère",
        &["liste-blanche/xml/retenue-reference-de-caractere"],
        |text| text.contains("<Nom>&#")
    ),
    blind_to!(
        "liste-lue-ligne-a-ligne",
        "lit la liste blanche ligne à ligne, et non comme du XML",
        &["liste-blanche/xml/retenue-sans-blancs"],
        |text| text.lines().any(|line| line.matches("<Nom>").count() > 1)
    ),
    blind_to!(
        "liste-entrees-en-double-refusees",
        "refuse une liste blanche dont une entrée est en double",
        &["liste-blanche/xml/retenue-entrees-en-double"],
        |text| {
            let mut entries = pairs(text);
            let all = entries.len();
            entries.sort();
            entries.dedup();
            entries.len() < all
        }
    ),
    Mutant {
        id: "liste-incomplete-prise",
        fault: "prend d'une liste blanche sans fin ni signature ce qui s'y lit",
        clause: ClauseId::ListAuthentic,
        killers: &["liste-blanche/livraison/illisible-sans-balise-de-fin"],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| {
                Box::pin(sources.load_by(now, |list| {
                    list.careful().or_else(|error| match error {
                        LoadError::Whitelist(_) if !pairs(&text(list)).is_empty() => Ok(kind(list)),
                        error => Err(error),
                    })
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
];

fn text(list: &FetchedList<'_>) -> String {
    String::from_utf8_lossy(&list.octets).into_owned()
}

/// Domain and DN of each entry, by the texts of their tags.
fn pairs(text: &str) -> Vec<(String, String)> {
    let between = |entry: &str, tag: &str| {
        let (_, rest) = entry.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
    };
    text.split("<Domaine>")
        .skip(1)
        .filter_map(|entry| {
            Some((between(entry, "Nom")?, between(entry, "DNCertificatOperateur")?))
        })
        .collect()
}

/// A list out of whatever entries there are.
fn kind(list: &FetchedList<'_>) -> Taken {
    let entry = |(domain, operator_dn): (String, String)| Entry {
        domain,
        description: String::new(),
        operator_dn,
        contact: String::new(),
        support: String::new(),
        updated: Timestamp::UNIX_EPOCH,
    };
    let entries = pairs(&text(list)).into_iter().map(entry).collect();
    Whitelist { generated: list.now, entries }.into()
}
