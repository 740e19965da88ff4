//! Faults in looking the DN up in the whitelist (TM3.1P/4b).

use std::collections::BTreeMap;

use fixtures::dn::{Attribute, AttributeType, CanonicalDn, DistinguishedName, Rdn, Value};
use x509_parser::parse_x509_certificate;

use super::{
    faulty_facts::{matching, matching_names, sender_domain},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Decision,
    address::Path,
    reception::{Facts, decide, facts::DomainStatus},
};

pub(super) const MUTANTS: &[Mutant] = &[
    deciding(
        "dn-cn-seul",
        "compare le CN seul, non le DN entier",
        &[
            "reception/4-certificat/cn-partage-domaine-de-l-autre",
            "reception/4-certificat/cn-partage-inverse",
            "reception/4-certificat/rdn-en-plus",
            "reception/4-certificat/rdn-en-moins",
        ],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                name.common_name() == listed.common_name()
            }))
        },
    ),
    deciding(
        "dn-cn-et-o",
        "compare le CN et O seuls",
        &["reception/4-certificat/rdn-en-plus", "reception/4-certificat/rdn-en-moins"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                parts(name, is_cn_or_o) == parts(listed, is_cn_or_o)
            }))
        },
    ),
    deciding(
        "dn-cn-prefixe",
        "se contente d'un CN qui commence par le CN listé",
        &["reception/4-certificat/nul-dans-cn"],
        |scene| decide(&matching_names(scene, begins_alike)),
    ),
    deciding(
        "dn-tronque-au-nul",
        "lit le DN comme une chaîne C, jusqu'au premier octet nul",
        &["reception/4-certificat/nul-dans-cn"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                cut_at_nul(name).is_some_and(|cut| cut.canonical() == listed.canonical())
            }))
        },
    ),
    deciding(
        "dn-non-echappe",
        "joint les RDN sans les échapper avant de comparer les textes",
        &["reception/4-certificat/ou-glisse-dans-cn"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                let text = unescaped(name).parse::<DistinguishedName>();
                text.is_ok_and(|text| text.canonical() == listed.canonical())
            }))
        },
    ),
    deciding(
        "dn-contenu-dans-la-liste",
        "cherche le DN comme une partie du texte de la liste",
        &["reception/4-certificat/rdn-en-moins"],
        |scene| {
            decide(&matching(scene, |name, text| plain(text).contains(&plain(&name.to_string()))))
        },
    ),
    deciding(
        "dn-qui-contient-le-liste",
        "cherche un DN listé dans le texte du DN",
        &["reception/4-certificat/rdn-en-plus"],
        |scene| {
            decide(&matching(scene, |name, text| plain(&name.to_string()).contains(&plain(text))))
        },
    ),
    deciding(
        "dn-rdn-en-plus-ignore",
        "ignore les RDN du certificat que la liste n'a pas",
        &["reception/4-certificat/rdn-en-plus"],
        |scene| decide(&matching_names(scene, |name, listed| within(listed, name))),
    ),
    deciding(
        "dn-dictionnaire-dernier",
        "range les attributs du DN par type, et garde le dernier de chaque",
        &[
            "reception/4-certificat/dn-second-cn-devant",
            "reception/4-certificat/dn-second-ou-devant",
        ],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                by_type(name, false) == by_type(listed, false)
            }))
        },
    ),
    deciding(
        "dn-dictionnaire-premier",
        "range les attributs du DN par type, et garde le premier de chaque",
        &[
            "reception/4-certificat/dn-second-cn-derriere",
            "reception/4-certificat/dn-second-ou-derriere",
        ],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                by_type(name, true) == by_type(listed, true)
            }))
        },
    ),
    deciding(
        "dn-types-connus",
        "ne compare que les attributs de types connus",
        &["reception/4-certificat/dn-attribut-inconnu", "reception/4-certificat/dn-attribut-prive"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                parts(name, is_common) == parts(listed, is_common)
            }))
        },
    ),
    deciding(
        "dn-barre-oblique",
        "joint les attributs du DN par des barres obliques, sans les échapper",
        &["reception/4-certificat/dn-o-glisse-dans-st"],
        |scene| decide(&matching_names(scene, |name, listed| slashed(name) == slashed(listed))),
    ),
    deciding(
        "dn-virgule-dans-o",
        "joint les attributs du DN par des virgules, sans échapper O",
        &["reception/4-certificat/dn-st-glisse-dans-o"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                plain(&unescaped(name)) == plain(&unescaped(listed))
            }))
        },
    ),
    deciding(
        "dn-fin-du-texte",
        "se contente d'un DN dont le texte finit par le DN listé",
        &["reception/4-certificat/dn-cn-glisse-dans-o"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                plain(&unescaped(name)).ends_with(&plain(&unescaped(listed)))
            }))
        },
    ),
    deciding(
        "dn-joker",
        "tient un joker du CN pour un motif",
        &["reception/4-certificat/dn-cn-joker"],
        |scene| decide(&matching_names(scene, covers)),
    ),
    deciding(
        "dn-sans-accents",
        "ôte les accents avant de comparer",
        &["reception/4-certificat/dn-accent-en-plus"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                plain(&bare(name)) == plain(&bare(listed))
            }))
        },
    ),
    deciding(
        "dn-dessin-des-lettres",
        "confond les lettres de même dessin",
        &["reception/4-certificat/dn-homoglyphe"],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                plain(&drawn(name)) == plain(&drawn(listed))
            }))
        },
    ),
    deciding(
        "dn-accents-non-normalises",
        "compare les DN en textes, les accents tels qu'ils sont codés",
        &[
            "reception/4-certificat/dn-accent-decompose",
            "reception/4-certificat/dn-st-glisse-dans-o",
        ],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                plain(&unescaped(name)) == plain(&unescaped(listed))
            }))
        },
    ),
    deciding(
        "dn-rdn-en-moins-tolere",
        "tolère qu'il manque au certificat des RDN de la liste",
        &["reception/4-certificat/rdn-en-moins"],
        |scene| decide(&matching_names(scene, within)),
    ),
    deciding(
        "dn-compare-en-texte",
        "compare les DN lettre à lettre",
        &[
            "reception/4-certificat/dn-casse",
            "reception/4-certificat/dn-espaces",
            "reception/4-certificat/dn-espaces-insecables",
        ],
        |scene| decide(&matching(scene, |name, text| name.to_string() == text)),
    ),
    deciding(
        "dn-compare-en-der",
        "compare les DN octet à octet dans leur codage",
        &["reception/4-certificat/dn-printable-string", "reception/4-certificat/dn-utf8-string"],
        |scene| {
            decide(&matching_names(scene, |_, listed| {
                raw_subject(scene).is_some_and(|subject| subject == listed.to_der())
            }))
        },
    ),
    deciding(
        "dn-a-l-envers",
        "compare le DN dans l'ordre du certificat, sans le renverser, et n'en reconnaît donc aucun",
        &[
            "reception/4-certificat/valide",
            "reception/1-ptr/valide",
            "reception/5-enveloppe/nominal",
            "liste-blanche/contenu/nominal",
        ],
        |scene| {
            decide(&matching_names(scene, |name, listed| {
                name.rdns().iter().rev().eq(listed.rdns())
            }))
        },
    ),
    deciding(
        "dn-par-ehlo",
        "cherche dans la liste le nom donné dans EHLO, non le DN du certificat",
        &[
            "reception/4-certificat/rdn-en-plus",
            "reception/4-certificat/rdn-en-moins",
            "reception/4-certificat/nul-dans-cn",
            "reception/4-certificat/ou-glisse-dans-cn",
        ],
        |scene| {
            decide(&matching_names(scene, |_, listed| {
                listed.common_name().is_some_and(|host| host.eq_ignore_ascii_case(scene.hello))
            }))
        },
    ),
    deciding(
        "dn-jamais-cherche",
        "tient pour autorisé tout certificat de l'IGC-Santé",
        &[
            "reception/4-certificat/dn-non-liste",
            "reception/4-certificat/dn-non-liste-domaine-liste",
            "reception/4-certificat/rdn-en-plus",
            "reception/4-certificat/rdn-en-moins",
        ],
        |scene| decide(&matching(scene, |_, _| true)),
    ),
    deciding(
        "dn-non-cherche-expediteur-vide",
        "ne cherche pas le DN dans la liste quand l'expéditeur est vide",
        &["reception/4-certificat/dn-non-liste", "reception/5-enveloppe/vide-dn-non-liste"],
        |scene| match scene.sender {
            Some(Path::Null) => decide(&matching(scene, |_, _| true)),
            _ => decide(&scene.facts()),
        },
    ),
    Mutant {
        id: "dn-cherche-par-le-domaine",
        fault: "ne trouve un DN que par le domaine de l'expéditeur, et refuse donc `<>`",
        clause: ClauseId::NullSender,
        killers: &[
            "reception/4-certificat/valide-expediteur-vide",
            "reception/5-enveloppe/vide-dn-liste",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| match scene.sender {
                Some(Path::Null) => decide(&matching(scene, |_, _| false)),
                _ => decide(&scene.facts()),
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-un-par-cn",
        fault: "range la liste par CN et n'en garde que le premier DN",
        clause: ClauseId::DomainMapped,
        killers: &["reception/4-certificat/cn-partage"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching(scene, |name, text| {
                    name.to_string() == text && first_of_its_cn(scene, name) == Some(text)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-premier-du-domaine",
        fault: "ne lit que le premier DN d'un domaine",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/plusieurs-dn-2", "reception/5-enveloppe/plusieurs-dn-3"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&of_domain(scene, |names, own| {
                    names.first().is_some_and(|first| *first == own)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-dernier-du-domaine",
        fault: "ne garde que le dernier DN d'un domaine",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/plusieurs-dn-1", "reception/5-enveloppe/plusieurs-dn-2"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&of_domain(scene, |names, own| {
                    names.last().is_some_and(|last| *last == own)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// A proxy that looks the DN up so.
const fn deciding(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    decision: fn(&Scene<'_>) -> Decision,
) -> Mutant {
    let behaviour = Behaviour { decision, ..Behaviour::REFERENCE };
    Mutant { id, fault, clause: ClauseId::DnListed, killers, setting: as_is, behaviour }
}

/// Whether all is equal but the end of the CN.
fn begins_alike(name: &DistinguishedName, listed: &DistinguishedName) -> bool {
    let (Some(own), Some(host)) = (name.common_name(), listed.common_name()) else { return false };
    own.starts_with(host) && parts(name, |kind| !is_cn(kind)) == parts(listed, |kind| !is_cn(kind))
}

fn is_cn(kind: &AttributeType) -> bool {
    *kind == AttributeType::CommonName
}

fn is_cn_or_o(kind: &AttributeType) -> bool {
    is_cn(kind) || *kind == AttributeType::Organization
}

/// The attributes of these types, in order, each as RFC 5280 §7.1 compares it.
fn parts(name: &DistinguishedName, kinds: fn(&AttributeType) -> bool) -> Vec<CanonicalDn> {
    let alone = |attribute: &Attribute| {
        let rdn = Rdn::new(vec![attribute.clone()])?;
        Some(DistinguishedName::new(vec![rdn]).ok()?.canonical())
    };
    name.attributes().filter(|attribute| kinds(&attribute.kind)).filter_map(alone).collect()
}

/// The types that a DN of the IGC-Santé has.
fn is_common(kind: &AttributeType) -> bool {
    let common = ["CN", "OU", "O", "ST", "L", "C"];
    kind.keyword().is_some_and(|keyword| common.contains(&keyword))
}

/// One attribute a type: the first, or the last.
fn by_type(name: &DistinguishedName, first: bool) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for attribute in name.attributes() {
        let text = plain(attribute.text().unwrap_or_default());
        let kind = attribute.kind.to_string();
        if first {
            kept.entry(kind).or_insert(text);
        } else {
            kept.insert(kind, text);
        }
    }
    kept
}

/// The name as OpenSSL once wrote it, in the certificate's order, nothing escaped.
fn slashed(name: &DistinguishedName) -> String {
    let mut texts: Vec<String> = name
        .attributes()
        .map(|attribute| format!("/{}={}", attribute.kind, attribute.text().unwrap_or_default()))
        .collect();
    texts.reverse();
    plain(&texts.concat())
}

/// Whether all is equal but the CN, which covers the listed one as a pattern.
fn covers(name: &DistinguishedName, listed: &DistinguishedName) -> bool {
    let (Some(own), Some(host)) = (name.common_name(), listed.common_name()) else { return false };
    let covered = match own.strip_prefix('*') {
        Some(end) => host.ends_with(end),
        None => plain(own) == plain(host),
    };
    covered && parts(name, |kind| !is_cn(kind)) == parts(listed, |kind| !is_cn(kind))
}

/// The name without its accents.
fn bare(name: &DistinguishedName) -> String {
    unescaped(name).replace(['Ô', 'ô'], "o")
}

/// The name with letters of one drawing as one letter.
fn drawn(name: &DistinguishedName) -> String {
    unescaped(name).replace('а', "a")
}

/// Whether each attribute of `some` is one of `all`.
fn within(some: &DistinguishedName, all: &DistinguishedName) -> bool {
    let all = parts(all, |_| true);
    parts(some, |_| true).iter().all(|part| all.contains(part))
}

/// The name with each value cut at its first NUL.
fn cut_at_nul(name: &DistinguishedName) -> Option<DistinguishedName> {
    let cut = |attribute: &Attribute| match &attribute.value {
        Value::Text(text) => {
            let text = text.split('\0').next().unwrap_or_default().to_owned();
            Attribute { value: Value::Text(text), ..attribute.clone() }
        }
        Value::Raw(_) => attribute.clone(),
    };
    let rdns = name.rdns().iter().filter_map(|rdn| Rdn::new(rdn.attributes().map(cut).collect()));
    DistinguishedName::new(rdns.collect()).ok()
}

/// The name as text, with nothing escaped (RFC 4514 §2.4 demands it).
fn unescaped(name: &DistinguishedName) -> String {
    let attributes = name
        .attributes()
        .filter_map(|attribute| attribute.text().map(|text| format!("{}={text}", attribute.kind)));
    attributes.collect::<Vec<_>>().join(",")
}

/// Text without what is insignificant in a name: case, and more than one space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn raw_subject(scene: &Scene<'_>) -> Option<Vec<u8>> {
    let (_, leaf) = parse_x509_certificate(scene.peer.chain.first()?).ok()?;
    Some(leaf.subject().as_raw().to_vec())
}

/// The first DN of the list with the CN of this name.
fn first_of_its_cn<'a>(scene: &Scene<'a>, name: &DistinguishedName) -> Option<&'a str> {
    let texts = scene.trusted.list.entries.iter().map(|entry| entry.operator_dn.as_str());
    let mut alike = texts.filter(|text| {
        text.parse::<DistinguishedName>()
            .is_ok_and(|listed| listed.common_name() == name.common_name())
    });
    alike.next()
}

/// The facts where only one of the domain's DNs counts, which `chosen` says of the peer's own.
fn of_domain(
    scene: &Scene<'_>,
    chosen: impl Fn(&[&DistinguishedName], &DistinguishedName) -> bool,
) -> Facts {
    let facts = scene.facts();
    let (Some(domain), Some(own)) = (sender_domain(scene), &scene.peer.name) else { return facts };
    let names: Vec<&DistinguishedName> = scene.trusted.index.dns_of(&domain).collect();
    match facts.domain {
        DomainStatus::Mapped if !chosen(&names, own) => {
            Facts { domain: DomainStatus::MappedToOthers, ..facts }
        }
        _ => facts,
    }
}
