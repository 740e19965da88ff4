//! Faults in checking the chain of the certificate (TM3.1P/4a): who issued it, and up to whom.

use fixtures::dn::DistinguishedName;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::RevocationCheckDepth;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, NameConstraints, ParsedExtension},
    parse_x509_certificate,
    x509::X509Version,
};

use super::{
    faulty_facts::{nothing_to_read, overlooking},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Scene};
use suite::{
    certificate::{Trust, may_sign_certificates},
    oracle::{
        ClauseId,
        reception::{
            Facts, decide,
            facts::{CertificateStatus as Status, Channel, MailFrom},
        },
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
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
            "reception/4-certificat/ac-sans-keycertsign",
            "reception/4-certificat/ac-ca-false",
            "reception/4-certificat/ac-expiree",
            "reception/4-certificat/ac-extension-critique-inconnue",
            "reception/4-certificat/contraintes-de-noms",
            "reception/4-certificat/nom-exclu-a-l-ac",
            "reception/4-certificat/annuaire-hors-contraintes",
            "reception/4-certificat/annuaire-exclu-a-l-ac",
            "reception/4-certificat/ac-pas-encore-valide",
            "reception/4-certificat/ac-version-1",
            "reception/4-certificat/ac-d-un-autre-nom",
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
        id: "keycertsign-ignore",
        fault: "ne regarde pas si l'usage de clé d'une AC lui permet de signer des certificats",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-sans-keycertsign"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::IssuerNotCa && !issuer_may_sign(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ac-reconnue-a-keycertsign",
        fault: "reconnaît une AC à son usage de clé, sans regarder basicConstraints",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-ca-false"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::IssuerNotCa && issuer_may_sign(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "validite-des-ac-ignoree",
        fault: "ne regarde que la période de validité du certificat, non celle de son AC",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/ac-expiree",
            "reception/4-certificat/ac-pas-encore-valide",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    matches!(status, Status::Expired | Status::NotYetValid) && leaf_lasts(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "extensions-des-ac-ignorees",
        fault: "ne cherche d'extension critique inconnue que dans le certificat, non dans son AC",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-extension-critique-inconnue"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::UnknownCriticalExtension && !leaf_is_odd(scene)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "contraintes-de-noms-ignorees",
        fault: "ignore les contraintes de noms d'une AC",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/contraintes-de-noms",
            "reception/4-certificat/nom-exclu-a-l-ac",
            "reception/4-certificat/annuaire-hors-contraintes",
            "reception/4-certificat/annuaire-exclu-a-l-ac",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| status == Status::NameConstraintViolated))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "noms-exclus-ignores",
        fault: "ne lit des contraintes de noms d'une AC que les noms permis, non les noms exclus",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/nom-exclu-a-l-ac",
            "reception/4-certificat/annuaire-exclu-a-l-ac",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::NameConstraintViolated
                        && constrains(scene, |names| names.permitted_subtrees.is_none())
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "contraintes-d-annuaire-ignorees",
        fault: "ne lit des contraintes de noms d'une AC que les noms de domaine, non les DN",
        clause: ClauseId::Certificate,
        killers: &[
            "reception/4-certificat/annuaire-hors-contraintes",
            "reception/4-certificat/annuaire-exclu-a-l-ac",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::NameConstraintViolated
                        && constrains(scene, |names| {
                            let all = [&names.permitted_subtrees, &names.excluded_subtrees];
                            all.into_iter().flatten().flatten().all(|subtree| {
                                matches!(subtree.base, GeneralName::DirectoryName(_))
                            })
                        })
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ac-de-version-1-acceptee",
        fault: "tient un certificat X.509 de version 1 pour celui d'une AC",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-version-1"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::IssuerNotCa
                        && issuer(scene, |issuer| issuer.version() == X509Version::V1)
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ac-reconnue-a-sa-cle",
        fault: "reconnaît l'AC intermédiaire à l'identifiant de sa clé, quel que soit son nom",
        clause: ClauseId::Certificate,
        killers: &["reception/4-certificat/ac-d-un-autre-nom"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                decide(&overlooking(scene, |status| {
                    status == Status::UnknownIssuer && issuer_has_the_key(scene)
                }))
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
];

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

/// Whether the key usage of the issuer sent lets it sign certificates.
fn issuer_may_sign(scene: &Scene<'_>) -> bool {
    scene.peer.chain.get(1).is_some_and(|issuer| may_sign_certificates(issuer))
}

/// Whether the issuer sent is so.
fn issuer(scene: &Scene<'_>, is: impl FnOnce(&X509Certificate<'_>) -> bool) -> bool {
    let issuer = scene.peer.chain.get(1).map(|issuer| parse_x509_certificate(issuer));
    issuer.is_some_and(|issuer| issuer.is_ok_and(|(_, issuer)| is(&issuer)))
}

/// Whether the issuer sent has name constraints that are so.
fn constrains(scene: &Scene<'_>, are: impl Fn(&NameConstraints<'_>) -> bool) -> bool {
    issuer(scene, |issuer| {
        issuer.extensions().iter().any(|one| match one.parsed_extension() {
            ParsedExtension::NameConstraints(names) => are(names),
            _ => false,
        })
    })
}

/// Whether the issuer sent has the key that the certificate names, its own name aside.
fn issuer_has_the_key(scene: &Scene<'_>) -> bool {
    let Some(Ok((_, leaf))) = scene.peer.chain.first().map(|leaf| parse_x509_certificate(leaf))
    else {
        return false;
    };
    let named = leaf.extensions().iter().find_map(|one| match one.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(key) => key.key_identifier.as_ref(),
        _ => None,
    });
    named.is_some()
        && issuer(scene, |issuer| {
            issuer.subject().as_raw() != leaf.issuer().as_raw()
                && issuer.extensions().iter().any(|one| {
                    matches!(one.parsed_extension(),
                        ParsedExtension::SubjectKeyIdentifier(key) if Some(key) == named)
                })
        })
}

/// Whether the certificate itself is in its validity.
fn leaf_lasts(scene: &Scene<'_>) -> bool {
    let leaf = scene.peer.chain.first().map(|leaf| parse_x509_certificate(leaf));
    leaf.is_some_and(|leaf| leaf.is_ok_and(|(_, leaf)| leaf.validity().is_valid()))
}

/// Whether the certificate itself has a critical extension that its reader does not know.
fn leaf_is_odd(scene: &Scene<'_>) -> bool {
    let Some(Ok((_, leaf))) = scene.peer.chain.first().map(|leaf| parse_x509_certificate(leaf))
    else {
        return false;
    };
    leaf.extensions().iter().any(|one| one.critical && one.parsed_extension().unsupported())
}

fn subject(certificate: &CertificateDer<'_>) -> Option<DistinguishedName> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    DistinguishedName::from_x509(certificate.subject()).ok()
}
