//! Faults in looking the DN up in the whitelist (TM3.1P/4b).

use std::collections::BTreeMap;

use fixtures::dn::{Attribute, AttributeType, CanonicalDn, DistinguishedName, Rdn, Value};
use x509_parser::parse_x509_certificate;

use super::{
    mutant::{Mutant, as_is},
    seen::{matching, matching_names, sender_domain},
};
use crate::{
    oracle::{ClauseId, Facts, address::Path, decide, facts::DomainStatus},
    proxy::{Behaviour, Scene},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "dn-cn-seul",
        fault: "compare le CN seul, non le DN entier",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/cn-partage-domaine-de-l-autre",
            "reception/4-certificat/cn-partage-inverse",
            "reception/4-certificat/rdn-en-plus",
            "reception/4-certificat/rdn-en-moins",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    name.common_name() == listed.common_name()
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-cn-et-o",
        fault: "compare le CN et O seuls",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/rdn-en-plus", "reception/4-certificat/rdn-en-moins"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    parts(name, is_cn_or_o) == parts(listed, is_cn_or_o)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-cn-prefixe",
        fault: "se contente d'un CN qui commence par le CN listé",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/nul-dans-cn"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&matching_names(scene, begins_alike)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-tronque-au-nul",
        fault: "lit le DN comme une chaîne C, jusqu'au premier octet nul",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/nul-dans-cn"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    cut_at_nul(name).is_some_and(|cut| cut.canonical() == listed.canonical())
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-non-echappe",
        fault: "joint les RDN sans les échapper avant de comparer les textes",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/ou-glisse-dans-cn"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    let text = unescaped(name).parse::<DistinguishedName>();
                    text.is_ok_and(|text| text.canonical() == listed.canonical())
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-contenu-dans-la-liste",
        fault: "cherche le DN comme une partie du texte de la liste",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/rdn-en-moins"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching(scene, |name, text| {
                    plain(text).contains(&plain(&name.to_string()))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-qui-contient-le-liste",
        fault: "cherche un DN listé dans le texte du DN",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/rdn-en-plus"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching(scene, |name, text| {
                    plain(&name.to_string()).contains(&plain(text))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-rdn-en-plus-ignore",
        fault: "ignore les RDN du certificat que la liste n'a pas",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/rdn-en-plus"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&matching_names(scene, |name, listed| within(listed, name))),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-dictionnaire-dernier",
        fault: "range les attributs du DN par type, et garde le dernier de chaque",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-second-cn-devant",
            "reception/4-certificat/dn-second-ou-devant",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    by_type(name, false) == by_type(listed, false)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-dictionnaire-premier",
        fault: "range les attributs du DN par type, et garde le premier de chaque",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-second-cn-derriere",
            "reception/4-certificat/dn-second-ou-derriere",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    by_type(name, true) == by_type(listed, true)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-types-connus",
        fault: "ne compare que les attributs de types connus",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-attribut-inconnu",
            "reception/4-certificat/dn-attribut-prive",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    parts(name, is_common) == parts(listed, is_common)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-barre-oblique",
        fault: "joint les attributs du DN par des barres obliques, sans les échapper",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-o-glisse-dans-st"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| slashed(name) == slashed(listed)))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-virgule-dans-o",
        fault: "joint les attributs du DN par des virgules, sans échapper O",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-st-glisse-dans-o"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    plain(&unescaped(name)) == plain(&unescaped(listed))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-fin-du-texte",
        fault: "se contente d'un DN dont le texte finit par le DN listé",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-cn-glisse-dans-o"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    plain(&unescaped(name)).ends_with(&plain(&unescaped(listed)))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-joker",
        fault: "tient un joker du CN pour un motif",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-cn-joker"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&matching_names(scene, covers)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-sans-accents",
        fault: "ôte les accents avant de comparer",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-accent-en-plus"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    plain(&bare(name)) == plain(&bare(listed))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-dessin-des-lettres",
        fault: "confond les lettres de même dessin",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/dn-homoglyphe"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    plain(&drawn(name)) == plain(&drawn(listed))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-accents-non-normalises",
        fault: "compare les DN en textes, les accents tels qu'ils sont codés",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-accent-decompose",
            "reception/4-certificat/dn-st-glisse-dans-o",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    plain(&unescaped(name)) == plain(&unescaped(listed))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-rdn-en-moins-tolere",
        fault: "tolère qu'il manque au certificat des RDN de la liste",
        clause: ClauseId::DnListed,
        killers: &["reception/4-certificat/rdn-en-moins"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&matching_names(scene, within)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-compare-en-texte",
        fault: "compare les DN lettre à lettre",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-casse",
            "reception/4-certificat/dn-espaces",
            "reception/4-certificat/dn-espaces-insecables",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&matching(scene, |name, text| name.to_string() == text)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-compare-en-der",
        fault: "compare les DN octet à octet dans leur codage",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-printable-string",
            "reception/4-certificat/dn-utf8-string",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |_, listed| {
                    raw_subject(scene).is_some_and(|subject| subject == listed.to_der())
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-a-l-envers",
        fault: "compare le DN dans l'ordre du certificat, sans le renverser, et n'en reconnaît donc aucun",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/valide",
            "reception/1-ptr/valide",
            "reception/5-enveloppe/nominal",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |name, listed| {
                    name.rdns().iter().rev().eq(listed.rdns())
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-par-ehlo",
        fault: "cherche dans la liste le nom donné dans EHLO, non le DN du certificat",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/rdn-en-plus",
            "reception/4-certificat/rdn-en-moins",
            "reception/4-certificat/nul-dans-cn",
            "reception/4-certificat/ou-glisse-dans-cn",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&matching_names(scene, |_, listed| {
                    listed.common_name().is_some_and(|host| host.eq_ignore_ascii_case(scene.hello))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-jamais-cherche",
        fault: "tient pour autorisé tout certificat de l'IGC-Santé",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-non-liste",
            "reception/4-certificat/dn-non-liste-domaine-liste",
            "reception/4-certificat/rdn-en-plus",
            "reception/4-certificat/rdn-en-moins",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&matching(scene, |_, _| true)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "dn-non-cherche-expediteur-vide",
        fault: "ne cherche pas le DN dans la liste quand l'expéditeur est vide",
        clause: ClauseId::DnListed,
        killers: &[
            "reception/4-certificat/dn-non-liste",
            "reception/5-enveloppe/vide-dn-non-liste",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| match scene.sender {
                Some(Path::Null) => decide(&matching(scene, |_, _| true)),
                _ => decide(&scene.facts()),
            },
            ..Behaviour::REFERENCE
        },
    },
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
