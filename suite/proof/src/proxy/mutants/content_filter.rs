//! Faults in content that looks like something else, or that filters take for their own: lines that look
//! like commands, blanks, signed and enveloped messages, notices, archives (TM3.1P/5d, TM3.1P/5e).

use super::{
    content::{each_line, holds, lines, refusing, rewritten, without_lines},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, CRLF_DOT_CRLF, Parcel};
use suite::oracle::ClauseId;

pub(super) const MUTANTS: &[Mutant] = &[
    delivering(
        "from-cite",
        "écrit « >From » au début des lignes du corps qui commencent par « From »",
        &["reception/5-enveloppe/remis-lignes-from", "reception/5-enveloppe/remis-signe-blancs"],
        |parcel| {
            rewritten(parcel, |content| {
                each_line(content, |line| match line.starts_with(b"From ") {
                    true => [b">", line].concat(),
                    false => line.to_vec(),
                })
            })
        },
    ),
    delivering(
        "blancs-finaux-perdus",
        "ôte les espaces et les tabulations en fin de ligne",
        &[
            "reception/5-enveloppe/remis-blancs-finaux",
            "reception/5-enveloppe/remis-signe-blancs",
            "reception/5-enveloppe/remis-fins-de-parties",
        ],
        |parcel| {
            rewritten(parcel, |content| each_line(content, |line| line.trim_ascii_end().to_vec()))
        },
    ),
    delivering(
        "lignes-vides-finales-perdues",
        "ôte les lignes vides à la fin du message, quand il en a plusieurs",
        &["reception/5-enveloppe/remis-blancs-finaux"],
        |parcel| rewritten(parcel, without_last_lines),
    ),
    delivering(
        "champs-repetes-reduits",
        "ne garde que le premier de plusieurs champs X-MSS- du même nom",
        &["reception/5-enveloppe/remis-champs-repetes"],
        |parcel| rewritten(parcel, first_of_each),
    ),
    delivering(
        "champs-repetes-inverses",
        "remet dans l'ordre inverse les champs X-MSS-",
        &["reception/5-enveloppe/remis-champs-repetes"],
        |parcel| rewritten(parcel, reversed),
    ),
    delivering(
        "champs-trace-regroupes",
        "réunit en tête les champs Received de relais précédents",
        &["reception/5-enveloppe/remis-champs-trace"],
        |parcel| {
            rewritten(parcel, |content| {
                let (received, others) = received_and_others(content);
                [received, others].concat()
            })
        },
    ),
    delivering(
        "champs-trace-retires",
        "retire les champs Received de relais précédents",
        &["reception/5-enveloppe/remis-champs-trace"],
        |parcel| rewritten(parcel, |content| received_and_others(content).1),
    ),
    delivering(
        "champ-ligne-longue-coupe",
        "perd la fin des lignes d'en-tête de plus de 512 octets",
        &["reception/5-enveloppe/remis-champ-ligne-longue"],
        |parcel| {
            rewritten(parcel, |content| {
                let (head, body) = header_and_body(content);
                let head = each_line(head, |line| line[..line.len().min(512)].to_vec());
                [&head, body].concat()
            })
        },
    ),
    delivering(
        "base64-recoupe",
        "coupe autrement les lignes de base64 d'un message signé",
        &["reception/5-enveloppe/remis-signe"],
        |parcel| {
            rewritten(parcel, |content| match holds(content, b"multipart/signed") {
                true => each_line(content, rewrapped),
                false => content.to_vec(),
            })
        },
    ),
    delivering(
        "signature-retiree",
        "fait d'un message signé un message ordinaire",
        &["reception/5-enveloppe/remis-signe", "reception/5-enveloppe/remis-signe-blancs"],
        |parcel| {
            rewritten(parcel, |content| replaced(content, "multipart/signed", "multipart/mixed"))
        },
    ),
    delivering(
        "fin-de-partie-ajoutee",
        "ajoute une fin de ligne à la fin de chaque partie",
        &[
            "reception/5-enveloppe/remis-fins-de-parties",
            "reception/5-enveloppe/remis-signe",
            "reception/5-enveloppe/remis-signe-blancs",
        ],
        |parcel| {
            rewritten(parcel, |content| {
                each_line(content, |line| match line.starts_with(b"--=_") {
                    true => [b"\r\n", line].concat(),
                    false => line.to_vec(),
                })
            })
        },
    ),
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
    delivering(
        "avis-sans-type",
        "ôte d'un avis de non-remise le paramètre qui dit que c'en est un",
        &["reception/5-enveloppe/remis-avis-de-non-remise"],
        |parcel| rewritten(parcel, |content| replaced(content, "report-type=delivery-status;", "")),
    ),
    delivering(
        "archive-renommee",
        "renomme les archives ZIP",
        &["reception/5-enveloppe/remis-xdm"],
        |parcel| rewritten(parcel, |content| replaced(content, ".ZIP", ".ZI_")),
    ),
    delivering(
        "archive-retiree",
        "remplace une archive ZIP par un texte",
        &["reception/5-enveloppe/remis-xdm"],
        |parcel| rewritten(parcel, without_archive),
    ),
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
    delivering(
        "alternatives-reunies",
        "fait de parties au choix des parties à la suite",
        &["reception/5-enveloppe/remis-parties-imbriquees"],
        |parcel| {
            rewritten(parcel, |content| {
                replaced(content, "multipart/alternative", "multipart/mixed")
            })
        },
    ),
    delivering(
        "identifiant-de-partie-retire",
        "retire le champ Content-ID des parties",
        &["reception/5-enveloppe/remis-parties-imbriquees"],
        |parcel| {
            rewritten(parcel, |content| {
                without_lines(content, |line| line.starts_with(b"Content-ID:"))
            })
        },
    ),
    delivering(
        "nom-etendu-perdu",
        "perd les noms de pièces jointes écrits selon la RFC 2231",
        &["reception/5-enveloppe/remis-noms-de-pieces"],
        |parcel| rewritten(parcel, |content| replaced(content, "filename*", "x-nom*")),
    ),
    delivering(
        "jeu-de-caracteres-change",
        "déclare en ISO-8859-1 un texte en UTF-8 sans le recoder",
        &["reception/5-enveloppe/remis-texte", "reception/5-enveloppe/remis-8-bits"],
        |parcel| {
            rewritten(parcel, |content| replaced(content, "charset=utf-8", "charset=iso-8859-1"))
        },
    ),
    delivering(
        "corps-vide-perdu",
        "supprime en silence, après 250, un message sans corps",
        &["reception/5-enveloppe/remis-corps-vide", "reception/5-enveloppe/remis-en-tete-seul"],
        |parcel| match header_and_body(&parcel.content).1.trim_ascii().is_empty() {
            true => Vec::new(),
            false => vec![parcel],
        },
    ),
    delivering(
        "corps-vide-rempli",
        "écrit une phrase dans un corps vide",
        &["reception/5-enveloppe/remis-corps-vide", "reception/5-enveloppe/remis-en-tete-seul"],
        |parcel| {
            rewritten(parcel, |content| match header_and_body(content) {
                (head, body) if body.trim_ascii().is_empty() => {
                    [head, b"\r\nMessage vide\r\n"].concat()
                }
                _ => content.to_vec(),
            })
        },
    ),
];

/// A proxy that delivers so.
const fn delivering(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    deliver: fn(Parcel) -> Vec<Parcel>,
) -> Mutant {
    let behaviour = Behaviour { deliver, ..Behaviour::REFERENCE };
    Mutant { id, fault, clause: ClauseId::Notified, killers, setting: as_is, behaviour }
}

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
