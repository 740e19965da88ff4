//! Faults about a certificate that is not there (TM3.1P/4a).

use super::{
    faulty_facts::{believing, believing_if},
    mutant::{Mutant, as_is},
    proof,
};
use crate::proxy::Behaviour;
use suite::oracle::{
    ClauseId,
    reception::{
        decide,
        facts::{CertificateStatus as Status, Channel},
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "certificat-non-demande",
        fault: "ne demande pas de certificat et croit l'enveloppe sur parole",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/3-starttls/certificat-demande",
            "reception/4-certificat/aucun",
            "reception/4-certificat/aucun-tls-1-2",
            "reception/4-certificat/aucun-tls-1-3",
        ],
        setting: as_is,
        behaviour: Behaviour {
            tls: proof::not_asked_for,
            decision: |scene| decide(&believing(scene)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "certificat-facultatif",
        fault: "demande un certificat mais se passe de celui qui manque",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/aucun",
            "reception/4-certificat/aucun-tls-1-2",
            "reception/4-certificat/aucun-expediteur-vide",
            "reception/4-certificat/aucun-tls-1-3",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| believing_if(scene, scene.facts().certificate == Status::Absent),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "certificat-facultatif-tls-1-2",
        fault: "n'exige un certificat que sous TLS 1.3",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/aucun-tls-1-2"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                believing_if(
                    scene,
                    scene.peer.channel == Channel::Tls12 && scene.peer.chain.is_empty(),
                )
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "certificat-facultatif-tls-1-3",
        fault: "n'exige un certificat que sous TLS 1.2",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/aucun", "reception/4-certificat/aucun-tls-1-3"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                believing_if(
                    scene,
                    scene.peer.channel == Channel::Tls13 && scene.peer.chain.is_empty(),
                )
            },
            ..Behaviour::REFERENCE
        },
    },
];
