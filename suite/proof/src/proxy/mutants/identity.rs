//! Faults in the proxy's own certificate (TM3.1P/3, GUIDE annexe 1).

use fixtures::{
    pki::{Identity, PkiError, Variant},
    space::{
        Space,
        cast::{Operator, TARGET},
        subject,
    },
};

use super::mutant::Mutant;
use crate::proxy::{Behaviour, ProxyConfig};
use suite::oracle::ClauseId;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "cible-autre-nom",
        fault: "présente le certificat d'un autre hôte que son MX",
        clause: ClauseId::StartTls,
        killers: &[
            "reception/3-starttls/certificat-cible-nom",
            "reception/3-starttls/certificat-cible-dn",
        ],
        setting: |config, space| {
            named(config, space, &Operator { host: "smtp.cible.mssante.test", ..TARGET })
        },
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-autre-dn",
        fault: "présente un certificat d'un autre DN que celui qu'il déclare",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-dn"],
        setting: |config, space| {
            named(config, space, &Operator { organization: "AUTRE HOPITAL TEST", ..TARGET })
        },
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-expire",
        fault: "présente un certificat expiré",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-validite"],
        setting: |config, space| presenting(config, space, Variant::Expired),
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-pas-encore-valide",
        fault: "présente un certificat pas encore valide",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-validite"],
        setting: |config, space| presenting(config, space, Variant::NotYetValid),
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-auto-signee",
        fault: "présente un certificat auto-signé",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-chaine"],
        setting: |config, space| presenting(config, space, Variant::SelfSigned),
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-autre-igc",
        fault: "présente un certificat d'une autre IGC",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-chaine"],
        setting: |config, space| presenting(config, space, Variant::ForeignCa),
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-sans-intermediaire",
        fault: "n'envoie pas le certificat de son AC intermédiaire",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-chaine"],
        setting: |config, space| presenting(config, space, Variant::WithoutIntermediate),
        behaviour: Behaviour::REFERENCE,
    },
    Mutant {
        id: "cible-chaine-desordonnee",
        fault: "envoie sa chaîne dans le désordre",
        clause: ClauseId::StartTls,
        killers: &["reception/3-starttls/certificat-cible-chaine"],
        setting: |config, space| presenting(config, space, Variant::ShuffledChain),
        behaviour: Behaviour::REFERENCE,
    },
];

/// With a good certificate of another operator.
fn named(config: ProxyConfig, space: &Space, operator: &Operator) -> ProxyConfig {
    let identity = space.pki().issue(&subject(operator), Variant::Valid);
    ProxyConfig { identity: made(identity), ..config }
}

/// With a bad certificate of its own.
fn presenting(config: ProxyConfig, space: &Space, variant: Variant) -> ProxyConfig {
    let identity = space.pki().issue(&subject(&TARGET), variant);
    ProxyConfig { identity: made(identity), ..config }
}

fn made(identity: Result<Identity, PkiError>) -> Identity {
    identity.expect("a certificate can be made for the cast")
}
