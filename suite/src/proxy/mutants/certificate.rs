//! Faults in checking the certificate (TM3.1P/4a).

use fixtures::dn::DistinguishedName;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, RevocationCheckDepth};
use x509_parser::{extensions::ExtendedKeyUsage, parse_x509_certificate};

use super::{
    mutant::{Mutant, as_is},
    proof,
    seen::{believing, overlooking},
};
use crate::{
    certificate::{Trust, has_weak_key},
    oracle::{
        ClauseId, Decision, Facts, Grade, decide,
        facts::{CertificateStatus as Status, Channel, MailFrom},
    },
    proxy::{Behaviour, Scene},
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
        id: "chaine-non-verifiee",
        fault: "ne lit que le nom du certificat, sans vérifier sa chaîne",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/auto-signe",
            "reception/4-certificat/auto-signe-tls-1-2",
            "reception/4-certificat/auto-signe-tls-1-3",
            "reception/4-certificat/autre-igc",
            "reception/4-certificat/autre-igc-tls-1-2",
            "reception/4-certificat/autre-igc-tls-1-3",
            "reception/4-certificat/ac-homonyme",
            "reception/4-certificat/signature-fausse",
            "reception/4-certificat/emis-par-une-feuille",
            "reception/4-certificat/longueur-de-chemin",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| !nothing_to_read(status))),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "auto-signe-accepte",
        fault: "accepte un certificat auto-signé",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/auto-signe",
            "reception/4-certificat/auto-signe-tls-1-2",
            "reception/4-certificat/auto-signe-tls-1-3",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::UnknownIssuer && scene.peer.chain.len() == 1
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "autre-igc-acceptee",
        fault: "fait confiance à toute autorité racine qu'un émetteur envoie",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/autre-igc",
            "reception/4-certificat/autre-igc-tls-1-2",
            "reception/4-certificat/autre-igc-tls-1-3",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::UnknownIssuer && scene.peer.chain.len() > 1
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ac-reconnue-au-nom",
        fault: "reconnaît l'AC intermédiaire à son nom, quelle que soit sa clé",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-homonyme"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::BadSignature && issued_by_a_namesake(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "signature-non-verifiee",
        fault: "ne vérifie pas les signatures de la chaîne",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/signature-fausse", "reception/4-certificat/ac-homonyme"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::BadSignature)),
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
        id: "crl-des-ac-ignoree",
        fault: "cherche la révocation du certificat, non celle de son AC",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-revoquee"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&Facts {
                    certificate: again(scene, RevocationCheckDepth::EndEntity),
                    ..scene.facts()
                })
            },
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
        id: "longueur-de-chemin-ignoree",
        fault: "ignore la contrainte de longueur de chemin",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/longueur-de-chemin"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| status == Status::PathLengthExceeded))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "feuille-emettrice-acceptee",
        fault: "laisse un certificat serveur en émettre d'autres",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/emis-par-une-feuille"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| decide(&overlooking(scene, |status| status == Status::IssuerNotCa)),
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
    Mutant {
        id: "chaine-verifiee-tls-1-3-seul",
        fault: "ne vérifie la chaîne que sous TLS 1.3",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/expire-tls-1-2",
            "reception/4-certificat/auto-signe-tls-1-2",
            "reception/4-certificat/autre-igc-tls-1-2",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    scene.peer.channel == Channel::Tls12 && !nothing_to_read(status)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "chaine-verifiee-tls-1-2-seul",
        fault: "ne vérifie la chaîne que sous TLS 1.2",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/expire-tls-1-3",
            "reception/4-certificat/auto-signe-tls-1-3",
            "reception/4-certificat/autre-igc-tls-1-3",
            "reception/4-certificat/expire",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    scene.peer.channel == Channel::Tls13 && !nothing_to_read(status)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "expediteur-vide-sans-verification",
        fault: "ne vérifie pas le certificat quand l'expéditeur est vide",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/expire-expediteur-vide",
            "reception/4-certificat/auto-signe-expediteur-vide",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    scene.facts().mail_from == MailFrom::Null && !nothing_to_read(status)
                }))
            },
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

/// Whether there is no certificate that could be read.
fn nothing_to_read(status: Status) -> bool {
    matches!(status, Status::Absent | Status::Malformed)
}

fn believing_if(scene: &Scene<'_>, believed: bool) -> Decision {
    decide(&if believed { believing(scene) } else { scene.facts() })
}

/// The certificate's status once more, with revocation looked for no deeper than `depth`.
fn again(scene: &Scene<'_>, depth: RevocationCheckDepth) -> Status {
    let chain = scene.trusted.completed(&scene.peer.chain);
    scene.trusted.trust.status_to_depth(&chain, UnixTime::now(), depth)
}

/// Whether the chain is sound up to a certificate that has the name of a known intermediate.
fn issued_by_a_namesake(scene: &Scene<'_>) -> bool {
    let [leaf, issuer, ..] = scene.peer.chain.as_slice() else { return false };
    let known =
        |one: &CertificateDer<'_>| subject(one).is_some() && subject(one) == subject(issuer);
    scene.trusted.intermediates.iter().any(known)
        && Trust::new(std::slice::from_ref(issuer), &[]).is_ok_and(|trust| {
            trust.status(std::slice::from_ref(leaf), UnixTime::now()) == Status::Valid
        })
}

fn subject(certificate: &CertificateDer<'_>) -> Option<DistinguishedName> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    DistinguishedName::from_x509(certificate.subject()).ok()
}

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
