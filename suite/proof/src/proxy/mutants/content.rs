//! Faults in what becomes of the content (TM3.1P/5d, TM3.1P/2).

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, CRLF_DOT_CRLF, Parcel, Scene};
use suite::oracle::{
    ClauseId, Decision,
    reception::{Facts, decide, facts::MailFrom},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "points-non-otes",
        fault: "laisse le point ajouté au début des lignes",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-points", "reception/2-smtp/points"],
        setting: as_is,
        behaviour: Behaviour { unstuff: <[u8]>::to_vec, ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "points-tous-otes",
        fault: "ôte tous les points du début d'une ligne",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-points", "reception/2-smtp/points"],
        setting: as_is,
        behaviour: Behaviour {
            unstuff: |content| each_line(content, without_dots),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "deux-points-terminent",
        fault: "tient une ligne de deux points pour la fin du message",
        clause: ClauseId::Smtp,
        killers: &["reception/5-enveloppe/remis-points", "reception/2-smtp/points"],
        setting: as_is,
        behaviour: Behaviour { ends: &[CRLF_DOT_CRLF, b"\r\n..\r\n"], ..Behaviour::REFERENCE },
    },
    Mutant {
        id: "sans-mime-refuse",
        fault: "refuse un message qui n'a pas de champ MIME-Version",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/fin-de-donnees"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| refusing(scene, |content| !holds(content, b"MIME-Version")),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ligne-longue-refusee",
        fault: "refuse un message dont une ligne dépasse 512 octets",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/ligne-texte-1000", "reception/5-enveloppe/remis-ligne-longue"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                refusing(scene, |content| {
                    content.split(|octet| *octet == b'\n').any(|line| line.len() > 512)
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ligne-longue-coupee",
        fault: "perd la fin des lignes de plus de 512 octets",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-ligne-longue"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    each_line(content, |line| line[..line.len().min(512)].to_vec())
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ligne-longue-repliee",
        fault: "coupe en deux les lignes de plus de 512 octets",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-ligne-longue"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, |content| each_line(content, folded)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "fins-de-ligne-doublees",
        fault: "ajoute un CR devant chaque fin de ligne",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-texte"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| each_line(content, |line| [line, b"\r"].concat()))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "huitieme-bit-perdu",
        fault: "met à zéro le huitième bit des octets",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-8-bits"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| content.iter().map(|octet| octet & 0x7f).collect())
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "sujet-marque",
        fault: "ajoute une marque au sujet",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-texte"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    each_line(content, |line| match line.strip_prefix(b"Subject: ") {
                        Some(subject) => [b"Subject: [MSS] ", subject].concat(),
                        None => line.to_vec(),
                    })
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champ-x-encode-retire",
        fault: "retire les champs X- qui portent des mots encodés",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champs-x"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| {
                rewritten(parcel, |content| {
                    without_lines(content, |line| line.starts_with(b"X-") && holds(line, b"=?"))
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "champ-replie-tronque",
        fault: "ne garde que la première ligne d'un champ X- replié",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-champs-x"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, first_lines),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "piece-jointe-tronquee",
        fault: "tronque les pièces jointes",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-piece-jointe"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| rewritten(parcel, truncated),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "piece-jointe-perdue",
        fault: "supprime en silence, après 250, un message à pièce jointe",
        clause: ClauseId::Notified,
        killers: &["reception/5-enveloppe/remis-piece-jointe"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |parcel| match holds(&parcel.content, DOCUMENT) {
                true => Vec::new(),
                false => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
];

const DOCUMENT: &[u8] = b"Content-Type: application/pdf";

/// The decision, but for a content that this proxy refuses.
pub(super) fn refusing(scene: &Scene<'_>, wrong: fn(&[u8]) -> bool) -> Decision {
    let facts = scene.facts();
    match scene.content {
        Some(content) if wrong(content) => {
            decide(&Facts { mail_from: MailFrom::Malformed, ..facts })
        }
        _ => decide(&facts),
    }
}

pub(super) fn rewritten(parcel: Parcel, rewrite: fn(&[u8]) -> Vec<u8>) -> Vec<Parcel> {
    vec![Parcel { content: rewrite(&parcel.content), ..parcel }]
}

pub(super) fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content
        .split_inclusive(|octet| *octet == b'\n')
        .map(|line| line.strip_suffix(b"\r\n").unwrap_or(line))
}

pub(super) fn each_line(content: &[u8], rewrite: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    lines(content).flat_map(|line| [rewrite(line), b"\r\n".to_vec()].concat()).collect()
}

pub(super) fn without_lines(content: &[u8], unwanted: fn(&[u8]) -> bool) -> Vec<u8> {
    let kept = lines(content).filter(|line| !unwanted(line));
    kept.flat_map(|line| [line, b"\r\n"].concat()).collect()
}

pub(super) fn holds(content: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(content, wanted).is_some()
}

fn without_dots(line: &[u8]) -> Vec<u8> {
    let dots = line.iter().take_while(|octet| **octet == b'.').count();
    line[dots..].to_vec()
}

fn folded(line: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = line.chunks(512).collect();
    parts.join(&b"\r\n"[..])
}

/// The content, X- fields without their continuation lines.
fn first_lines(content: &[u8]) -> Vec<u8> {
    let (mut ours, mut kept) = (false, Vec::with_capacity(content.len()));
    for line in lines(content) {
        let continued = matches!(line, [b' ' | b'\t', ..]);
        if !continued {
            ours = line.starts_with(b"X-");
        }
        if !(continued && ours) {
            kept.extend_from_slice(line);
            kept.extend_from_slice(b"\r\n");
        }
    }
    kept
}

/// The content, no more than ten lines of a document left.
fn truncated(content: &[u8]) -> Vec<u8> {
    let (mut left, mut kept) = (usize::MAX, Vec::with_capacity(content.len()));
    for line in lines(content) {
        if line.starts_with(DOCUMENT) {
            left = 10;
        } else if line.starts_with(b"--") {
            left = usize::MAX;
        }
        if left > 0 {
            left -= 1;
            kept.extend_from_slice(line);
            kept.extend_from_slice(b"\r\n");
        }
    }
    kept
}
