//! Faults in checking the certificate itself (TM3.1P/4a).

use webpki::{EndEntityCert, Error};
use x509_parser::{extensions::ExtendedKeyUsage, parse_x509_certificate};

use super::{
    faulty_facts::{believing_if, nothing_to_read, overlooking},
    mutant::{Mutant, as_is},
    proof,
};
use crate::proxy::{Behaviour, Scene};
use suite::{
    certificate::has_weak_key,
    oracle::{
        ClauseId, Decision, Grade,
        reception::{Facts, decide, facts::CertificateStatus as Status},
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "certificat-expire-accepte",
        fault: "accepte un certificat expiré",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/expire",
            "reception/4-certificat/expire-tls-1-2",
            "reception/4-certificat/expire-tls-1-3",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::Expired)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "certificat-futur-accepte",
        fault: "accepte un certificat pas encore valide",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/pas-encore-valide"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::NotYetValid)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "crl-ignoree",
        fault: "ne consulte aucune CRL",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/revoque", "reception/4-certificat/ac-revoquee"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::Revoked)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "usage-ignore",
        fault: "accepte un certificat quel que soit son usage",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/usage-messagerie",
            "reception/4-certificat/usage-signature-de-code",
            "reception/4-certificat/produit-org-auth-cli",
            "reception/4-certificat/produit-org-sign",
            "reception/4-certificat/produit-serveur-smime",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::OtherUsage)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "usage-client-seul",
        fault: "ne regarde de l'usage que clientAuth, et accepte donc le produit ORG AUTH_CLI",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/produit-org-auth-cli"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::OtherUsage && is_for_clients(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "usage-messagerie-accepte",
        fault: "accepte les certificats de messagerie de l'IGC-Santé",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/usage-messagerie",
            "reception/4-certificat/produit-org-sign",
            "reception/4-certificat/produit-serveur-smime",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::OtherUsage && is_for_mail(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "extension-critique-ignoree",
        fault: "ignore une extension critique qu'il ne connaît pas",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/extension-critique-inconnue"],
        setting: as_is,
        behaviour: Behaviour {
            tls: |identity| {
                proof::unchecked(identity, |leaf| {
                    matches!(
                        EndEntityCert::try_from(leaf),
                        Err(Error::UnsupportedCriticalExtension)
                    )
                })
            },
            decision: |scene| {
                decide(&overlooking(scene, |status| status == Status::UnknownCriticalExtension))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "sha1-accepte",
        fault: "accepte une signature SHA-1",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/sha1"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::WeakSignature)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "rsa-1024-acceptee",
        fault: "accepte une clé RSA de 1024 bits",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/rsa-1024"],
        setting: as_is,
        behaviour: Behaviour {
            tls: |identity| proof::unchecked(identity, has_weak_key),
            decision: |scene| decide(&overlooking(scene, |status| status == Status::WeakKey)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "preuve-de-cle-ignoree",
        fault: "ne vérifie pas que l'émetteur détient la clé privée de son certificat",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/cle-privee-d-un-autre",
            "reception/4-certificat/cle-privee-d-un-autre-tls-1-2",
            "reception/4-certificat/cle-privee-d-un-autre-tls-1-3",
        ],
        setting: as_is,
        behaviour: Behaviour {
            tls: |identity| proof::unchecked(identity, |_| true),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "illisible-passe",
        fault: "passe outre quand le certificat ne se lit pas",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/illisible"],
        setting: as_is,
        behaviour: Behaviour {
            tls: |identity| {
                proof::unchecked(identity, |leaf| parse_x509_certificate(leaf).is_err())
            },
            decision: |scene| believing_if(scene, scene.facts().certificate == Status::Malformed),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "verdict-garde",
        fault: "garde pour tout certificat du même nom le verdict favorable donné au premier",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/expire",
            "reception/4-certificat/revoque",
            "reception/4-certificat/auto-signe",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    !nothing_to_read(status) && known_by_name(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
];

fn is_for_clients(scene: &Scene<'_>) -> bool {
    has_usage(scene, |usage| usage.client_auth)
}

fn is_for_mail(scene: &Scene<'_>) -> bool {
    has_usage(scene, |usage| usage.email_protection)
}

fn has_usage(scene: &Scene<'_>, which: fn(&ExtendedKeyUsage<'_>) -> bool) -> bool {
    let Some(leaf) = scene.peer.chain.first() else { return false };
    parse_x509_certificate(leaf)
        .ok()
        .and_then(|(_, leaf)| {
            leaf.extended_key_usage().ok().flatten().map(|usage| which(usage.value))
        })
        .unwrap_or_default()
}

/// Whether a certificate of this name was ever found valid.
fn known_by_name(scene: &Scene<'_>) -> bool {
    let Some(name) = &scene.peer.name else { return false };
    let now = || decide(&Facts { certificate: scene.peer.certificate, ..Facts::default() });
    let valid = |decision: &Decision| decision.refuse == Grade::NonConforming;
    valid(&scene.process.recall(&name.to_string(), now, valid))
}
