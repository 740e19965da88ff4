//! Faults with long messages: cut, lost, or refused below what every server takes
//! (RFC 5321 §4.5.3.1.7, TM3.1P/5d).

use super::{
    answer::{always, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Parcel};
use suite::oracle::{ClauseId, command::Verb, session::permitted};

const KIB: usize = 1024;

pub(super) const MUTANTS: &[Mutant] = &[
    size(
        "coupe-avant-64-kio",
        "coupe un message juste avant 64 Kio",
        &["reception/5-enveloppe/remis-tailles-64-kio"],
        |parcel| cut(parcel, 64 * KIB - 64),
    ),
    size(
        "coupe-a-64-kio",
        "coupe un message à 64 Kio",
        &["reception/5-enveloppe/remis-tailles-1-mio"],
        |parcel| cut(parcel, 64 * KIB),
    ),
    size(
        "perd-au-dela-de-8-kio",
        "perd ce qu'il a accepté de plus de 8 Kio",
        &[
            "reception/5-enveloppe/remis-tailles-8-kio",
            "reception/5-enveloppe/remis-tailles-32-kio",
        ],
        |parcel| if parcel.content.len() > 8 * KIB { Vec::new() } else { vec![parcel] },
    ),
    Mutant {
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                match command.verb {
                    Verb::Content { octets } if octets > 32 * KIB as u64 => {
                        always(due, reply(552, "5.3.4", "Message trop long"))
                    }
                    _ => due,
                }
            },
            ..Behaviour::REFERENCE
        },
        ..size(
            "refuse-au-dela-de-32-kio",
            "refuse un message de plus de 32 Kio",
            &["reception/5-enveloppe/remis-tailles-32-kio"],
            |parcel| vec![parcel],
        )
    },
    size(
        "champ-coupe",
        "coupe un champ d'en-tête à 32 Kio",
        &["reception/5-enveloppe/remis-champ-long"],
        |parcel| header(parcel, |field| field[..field.len().min(32 * KIB)].to_vec()),
    ),
    size(
        "champs-comptes",
        "ne garde que les cent premiers champs d'en-tête",
        &["reception/5-enveloppe/remis-champs-nombreux"],
        |parcel| {
            let mut kept = 0;
            header(parcel, |field| {
                kept += 1;
                if kept > 100 { Vec::new() } else { field.to_vec() }
            })
        },
    ),
];

const fn size(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    deliver: fn(Parcel) -> Vec<Parcel>,
) -> Mutant {
    let behaviour = Behaviour { deliver, ..Behaviour::REFERENCE };
    Mutant { id, fault, clause: ClauseId::Notified, killers, setting: as_is, behaviour }
}

fn cut(mut parcel: Parcel, most: usize) -> Vec<Parcel> {
    parcel.content.truncate(most);
    vec![parcel]
}

/// The message with each field of its header made over; a field that becomes nothing is left out.
fn header(mut parcel: Parcel, mut over: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<Parcel> {
    let content = &parcel.content;
    let end = content.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(content.len());
    let mut out: Vec<u8> = Vec::with_capacity(content.len());
    let mut field: Vec<u8> = Vec::new();
    for line in content[..end].split_inclusive(|&octet| octet == b'\n') {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") && !field.is_empty() {
            put(&mut out, &over(&field));
            field.clear();
        }
        field.extend_from_slice(line);
    }
    put(&mut out, &over(&field));
    out.extend_from_slice(content.get(end + 2..).unwrap_or_default());
    parcel.content = out;
    vec![parcel]
}

/// Adds a field, ended by its CR LF.
fn put(out: &mut Vec<u8>, field: &[u8]) {
    let field = field.strip_suffix(b"\r\n").unwrap_or(field);
    if !field.is_empty() {
        out.extend_from_slice(field);
        out.extend_from_slice(b"\r\n");
    }
}
