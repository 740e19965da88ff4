//! Faults in the versions and suites of TLS (TM3.1P/3; RFC 8996, RFC 9325).

use std::sync::Arc;

use rustls::version::{TLS12, TLS13};

use super::{
    hello,
    mutant::{Mutant, as_is},
};
use crate::proxy::{
    Behaviour,
    verifier::{self, AnyPeer},
};
use suite::oracle::ClauseId;

/// Suites of each group by their IANA numbers, all that the library does not know.
const NULL: &[u16] = &[0x0001, 0x0002, 0x003b, 0xc001, 0xc006, 0xc00b, 0xc010];
const EXPORT: &[u16] =
    &[0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019, 0x0062, 0x0064];
const RC4: &[u16] = &[0x0004, 0x0005, 0xc002, 0xc007, 0xc00c, 0xc011];
const ANONYMOUS: &[u16] = &[
    0x0018, 0x001a, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc016, 0xc017, 0xc018,
    0xc019,
];
const TRIPLE_DES: &[u16] =
    &[0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0xc003, 0xc008, 0xc00d, 0xc012];

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "tls-1-2-refuse",
        fault: "n'admet que TLS 1.3",
        clause: ClauseId::StartTls,
        killers: &[
            "reception/3-starttls/tls-1-2",
            "reception/3-starttls/sonde-tls-1-2",
            "reception/4-certificat/valide-tls-1-2",
        ],
        setting: as_is,
        behaviour: Behaviour {
            tls: |identity| verifier::with(identity, &[&TLS13], Arc::new(AnyPeer::default())),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "tls-1-3-absent",
        fault: "ne propose pas TLS 1.3",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/tls-1-3", "reception/4-certificat/valide-tls-1-3"],
        setting: as_is,
        behaviour: Behaviour {
            tls: |identity| verifier::with(identity, &[&TLS12], Arc::new(AnyPeer::default())),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ssl-3-accepte",
        fault: "accepte SSL 3.0",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/ssl-3"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_version(first, 0x0300),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "tls-1-0-accepte",
        fault: "accepte TLS 1.0",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/tls-1-0"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_version(first, 0x0301),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "tls-1-1-accepte",
        fault: "accepte TLS 1.1",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/tls-1-1"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_version(first, 0x0302),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "suites-null-acceptees",
        fault: "accepte les suites NULL, qui ne chiffrent rien",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/suites-null"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_suites(first, NULL),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "suites-export-acceptees",
        fault: "accepte les suites EXPORT",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/suites-export"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_suites(first, EXPORT),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "suites-rc4-acceptees",
        fault: "accepte les suites RC4",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/suites-rc4"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_suites(first, RC4),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "suites-anonymes-acceptees",
        fault: "accepte les suites anonymes, sans certificat",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/suites-anonymes"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_suites(first, ANONYMOUS),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "suites-3des-acceptees",
        fault: "accepte les suites 3DES",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/suites-3des"],
        setting: as_is,
        behaviour: Behaviour {
            handshake: |first| hello::of_suites(first, TRIPLE_DES),
            ..Behaviour::REFERENCE
        },
    },
];
