//! Faults in content that looks like something else, or that filters take for their own: lines that look
//! like commands, blanks, signed and enveloped messages, notices, archives (TM3.1P/5d, TM3.1P/5e).

use super::{
    content::{each_line, holds, lines, refusing, rewritten, without_lines},
    mutant::{Mutant, as_is},
};
use crate::{
    oracle::ClauseId,
    proxy::{Behaviour, CRLF_DOT_CRLF},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "from-cite",
        fault: "écrit « >From » au début des lignes du corps qui commencent par « From »",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/remis-lignes-from",
            "reception/5-enveloppe/remis-signe-blancs",
        ],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    each_line(content, |line| match line.starts_with(b"From ") {
                        true => [b">", line].concat(),
                        false => line.to_vec(),
                    })
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "blancs-finaux-perdus",
        fault: "ôte les espaces et les tabulations en fin de ligne",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/remis-blancs-finaux",
            "reception/5-enveloppe/remis-signe-blancs",
            "reception/5-enveloppe/remis-fins-de-parties",
        ],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    each_line(content, |line| line.trim_ascii_end().to_vec())
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "lignes-vides-finales-perdues",
        fault: "ôte les lignes vides à la fin du message, quand il en a plusieurs",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-blancs-finaux"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, without_last_lines),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champs-repetes-reduits",
        fault: "ne garde que le premier de plusieurs champs X-MSS- du même nom",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champs-repetes"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, first_of_each),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champs-repetes-inverses",
        fault: "remet dans l'ordre inverse les champs X-MSS-",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champs-repetes"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, reversed),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champs-trace-regroupes",
        fault: "réunit en tête les champs Received de relais précédents",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champs-trace"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    let (received, others) = received_and_others(content);
                    [received, others].concat()
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champs-trace-retires",
        fault: "retire les champs Received de relais précédents",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champs-trace"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, |content| received_and_others(content).1),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champ-ligne-longue-coupe",
        fault: "perd la fin des lignes d'en-tête de plus de 512 octets",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champ-ligne-longue"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    let (head, body) = header_and_body(content);
                    let head = each_line(head, |line| line[..line.len().min(512)].to_vec());
                    [&head, body].concat()
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "base64-recoupe",
        fault: "coupe autrement les lignes de base64 d'un message signé",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-signe"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| match holds(content, b"multipart/signed") {
                    true => each_line(content, rewrapped),
                    false => content.to_vec(),
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "signature-retiree",
        fault: "fait d'un message signé un message ordinaire",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-signe", "reception/5-enveloppe/remis-signe-blancs"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    replaced(content, "multipart/signed", "multipart/mixed")
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "fin-de-partie-ajoutee",
        fault: "ajoute une fin de ligne à la fin de chaque partie",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/remis-fins-de-parties",
            "reception/5-enveloppe/remis-signe",
            "reception/5-enveloppe/remis-signe-blancs",
        ],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    each_line(content, |line| match line.starts_with(b"--=_") {
                        true => [b"\r\n", line].concat(),
                        false => line.to_vec(),
                    })
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "quit-dans-le-contenu",
        fault: "tient une ligne QUIT du message pour la commande",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-commandes"],
        setting: as_is,
        behaviour: Behaviour { ends: &[CRLF_DOT_CRLF, b"\r\nQUIT\r\n"], ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "avis-perdus",
        fault: "supprime en silence, après 250, les avis et les accusés d'expéditeur vide",
        clause: ClauseId::NullSender,
        killers: &[
            "reception/5-enveloppe/remis-avis-de-non-remise",
            "reception/5-enveloppe/remis-accuse-de-lecture",
        ],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| match parcel.sender.is_empty() && is_notice(&parcel.content) {
                true => Vec::new(),
                false => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "avis-refuses",
        fault: "refuse les avis et les accusés",
        clause: ClauseId::NullSender,
        killers: &[
            "reception/5-enveloppe/remis-avis-de-non-remise",
            "reception/5-enveloppe/remis-accuse-de-lecture",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| refusing(scene, is_notice),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "avis-sans-type",
        fault: "ôte d'un avis de non-remise le paramètre qui dit que c'en est un",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-avis-de-non-remise"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| replaced(content, "report-type=delivery-status;", ""))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "archive-renommee",
        fault: "renomme les archives ZIP",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-xdm"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, |content| replaced(content, ".ZIP", ".ZI_")),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "archive-retiree",
        fault: "remplace une archive ZIP par un texte",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-xdm"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, without_archive),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "chiffre-refuse",
        fault: "refuse un message chiffré, qu'il ne peut pas analyser",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-chiffre"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| refusing(scene, |content| holds(content, b"application/pkcs7-mime")),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "alternatives-reunies",
        fault: "fait de parties au choix des parties à la suite",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-parties-imbriquees"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    replaced(content, "multipart/alternative", "multipart/mixed")
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "identifiant-de-partie-retire",
        fault: "retire le champ Content-ID des parties",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-parties-imbriquees"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    without_lines(content, |line| line.starts_with(b"Content-ID:"))
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "nom-etendu-perdu",
        fault: "perd les noms de pièces jointes écrits selon la RFC 2231",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-noms-de-pieces"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, |content| replaced(content, "filename*", "x-nom*")),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "jeu-de-caracteres-change",
        fault: "déclare en ISO-8859-1 un texte en UTF-8 sans le recoder",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-texte", "reception/5-enveloppe/remis-8-bits"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    replaced(content, "charset=utf-8", "charset=iso-8859-1")
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "corps-vide-perdu",
        fault: "supprime en silence, après 250, un message sans corps",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/remis-corps-vide",
            "reception/5-enveloppe/remis-en-tete-seul",
        ],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| match header_and_body(&parcel.content).1.trim_ascii().is_empty() {
                true => Vec::new(),
                false => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "corps-vide-rempli",
        fault: "écrit une phrase dans un corps vide",
        clause: ClauseId::Notified,
        killers: &[
            "reception/5-enveloppe/remis-corps-vide",
            "reception/5-enveloppe/remis-en-tete-seul",
        ],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| match header_and_body(content) {
                    (head, body) if body.trim_ascii().is_empty() => {
                        [head, b"\r\nMessage vide\r\n"].concat()
                    }
                    _ => content.to_vec(),
                })
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The header with the line end of its last field, and all that follows, the empty line first.
fn header_and_body(content: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(content, b"\r\n\r\n") {
        Some(at) => content.split_at(at + 2),
        None => (content, b""),
    }
}

fn replaced(content: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = memchr::memmem::find(rest, from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn without_last_lines(content: &[u8]) -> Vec<u8> {
    match content.ends_with(b"\r\n\r\n\r\n") {
        true => [content.trim_ascii_end(), b"\r\n"].concat(),
        false => content.to_vec(),
    }
}

fn is_mss(line: &[u8]) -> bool {
    line.starts_with(b"X-MSS-")
}

fn name(line: &[u8]) -> &[u8] {
    line.split(|octet| *octet == b':').next().unwrap_or_default()
}

fn first_of_each(content: &[u8]) -> Vec<u8> {
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut kept = Vec::with_capacity(content.len());
    for line in lines(content) {
        if is_mss(line) {
            if seen.contains(&name(line)) {
                continue;
            }
            seen.push(name(line));
        }
        kept.extend_from_slice(line);
        kept.extend_from_slice(b"\r\n");
    }
    kept
}

fn reversed(content: &[u8]) -> Vec<u8> {
    let mut back: Vec<&[u8]> = lines(content).filter(|line| is_mss(line)).collect();
    let mut take = |line| if is_mss(line) { back.pop().unwrap_or(line) } else { line };
    lines(content).flat_map(|line| [take(line), b"\r\n"].concat()).collect()
}

/// The Received fields of the content, and the content without them.
fn received_and_others(content: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (head, body) = header_and_body(content);
    let (mut received, mut others, mut within) = (Vec::new(), Vec::new(), false);
    for line in lines(head) {
        if !matches!(line, [b' ' | b'\t', ..]) {
            within = line.starts_with(b"Received:");
        }
        let to = if within { &mut received } else { &mut others };
        to.extend_from_slice(line);
        to.extend_from_slice(b"\r\n");
    }
    others.extend_from_slice(body);
    (received, others)
}

/// A line of base64 in two.
fn rewrapped(line: &[u8]) -> Vec<u8> {
    let base64 = line.len() > 64
        && line.iter().all(|octet| octet.is_ascii_alphanumeric() || b"+/=".contains(octet));
    if base64 { [&line[..64], &line[64..]].join(&b"\r\n"[..]) } else { line.to_vec() }
}

fn is_notice(content: &[u8]) -> bool {
    holds(header_and_body(content).0, b"multipart/report")
}

fn without_archive(content: &[u8]) -> Vec<u8> {
    let (mut within, mut kept) = (false, Vec::with_capacity(content.len()));
    for line in lines(content) {
        if line.starts_with(b"Content-Type: application/zip") {
            within = true;
            kept.extend_from_slice(b"Content-Type: text/plain\r\n\r\nPiece jointe retiree\r\n");
        }
        within &= !line.starts_with(b"--");
        if !within {
            kept.extend_from_slice(line);
            kept.extend_from_slice(b"\r\n");
        }
    }
    kept
}
