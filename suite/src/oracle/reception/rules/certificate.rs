//! Step 4: the sender's certificate and its DN.

use super::{read, refusal, rule};
use crate::oracle::{
    ClauseId, Finding, Proof, Rule,
    reception::{
        facts::{CertificateStatus, Channel, DnStatus, Facts},
        interpretation,
    },
};

/// `TM3.1P/4a`: the certificate presented.
///
/// ERR §2.2, étape 4: « Vérification du certificat serveur présenté par le Proxy de messagerie
/// MSSanté émetteur comme défini dans la RFC 2246 ».
pub(crate) fn certificate(facts: &Facts) -> Rule {
    use Finding::{Broken, Met, NotApplicable, Open, OpenRemark, ShouldRefuse};

    let clause = ClauseId::Certificate;
    if facts.channel == Channel::Clear {
        return rule(clause, NotApplicable, "pas de TLS, donc pas de certificat");
    }
    match facts.certificate {
        CertificateStatus::Valid => rule(clause, Met, "certificat IGC-Santé valide"),
        CertificateStatus::ValidServerAuthOnly => read(
            clause,
            Open,
            "certificat valide, d'usage serveur seulement : les deux issues sont admises",
            interpretation::USAGE,
        ),
        CertificateStatus::Absent => rule(clause, Broken, "aucun certificat présenté"),
        CertificateStatus::Expired => rule(clause, Broken, "certificat expiré"),
        CertificateStatus::NotYetValid => rule(clause, Broken, "certificat pas encore valide"),
        CertificateStatus::UnknownIssuer => {
            rule(clause, Broken, "certificat sans chemin jusqu'à la racine de l'IGC-Santé")
        }
        CertificateStatus::BadSignature => {
            rule(clause, Broken, "signature fausse dans la chaîne de certificats")
        }
        CertificateStatus::KeyMismatch => {
            rule(clause, Broken, "l'émetteur ne détient pas la clé privée du certificat")
        }
        CertificateStatus::OtherUsage => read(
            clause,
            ShouldRefuse,
            "certificat émis pour un autre usage que l'authentification d'un serveur",
            interpretation::USAGE,
        ),
        CertificateStatus::CaLeaf => read(
            clause,
            Open,
            "certificat feuille marqué CA:TRUE : les deux issues sont admises",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::OpenPath => read(
            clause,
            Open,
            "chaîne dont les bibliothèques jugent diversement : les deux issues sont admises",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::DirectoryConstraintViolated => read(
            clause,
            ShouldRefuse,
            "DN hors de ceux que son autorité peut certifier (RFC 5280 §4.2.1.10)",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::IssuerNotCa => read(
            clause,
            Broken,
            "certificat émis par un certificat qui n'est pas une autorité, ou n'en peut signer \
             (RFC 5280 §6.1.4)",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::PathLengthExceeded => read(
            clause,
            Broken,
            "contrainte de longueur de chaîne violée (RFC 5280 §6.1.4)",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::NameConstraintViolated => read(
            clause,
            Broken,
            "nom hors de ceux que son autorité peut certifier (RFC 5280 §6.1.3 et §4.2.1.10)",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::UnknownCriticalExtension => {
            rule(clause, Broken, "extension critique inconnue (RFC 5280 §4.2)")
        }
        CertificateStatus::WeakSignature => read(
            clause,
            ShouldRefuse,
            "signature SHA-1 dans la chaîne",
            interpretation::WEAK_CRYPTOGRAPHY,
        ),
        CertificateStatus::WeakKey => read(
            clause,
            ShouldRefuse,
            "clé RSA de moins de 2048 bits",
            interpretation::WEAK_CRYPTOGRAPHY,
        ),
        CertificateStatus::IncompleteChain => read(
            clause,
            Open,
            "chaîne envoyée sans son intermédiaire : les deux issues sont admises",
            interpretation::CHAIN_AS_SENT,
        ),
        CertificateStatus::ShuffledChain => read(
            clause,
            Open,
            "chaîne envoyée dans le désordre, ou avec des certificats de trop : les deux issues sont admises",
            interpretation::CHAIN_AS_SENT,
        ),
        CertificateStatus::LongChain => read(
            clause,
            Open,
            "chaîne envoyée démesurément longue : les deux issues sont admises",
            interpretation::CA_AND_PATH,
        ),
        CertificateStatus::Revoked => {
            read(clause, Broken, "certificat révoqué", interpretation::REVOKED)
                .needing_or(
                    Proof::Revocation,
                    "certificat révoqué, mais rien ne montre que la cible lit la CRL de l'espace",
                )
        }
        CertificateStatus::RevocationUnknown => read(
            clause,
            OpenRemark,
            "CRL expirée, absente ou injoignable : les deux issues sont admises",
            interpretation::CRL_UNAVAILABLE,
        ),
        CertificateStatus::Malformed => rule(clause, Broken, "certificat illisible"),
    }
    .refused_by(refusal(550, "5.7.1", "Certificat de l'emetteur refuse (TM3.1P/4a)"))
}

/// `TM3.1P/4b`: the DN of that certificate, also for `<>`.
///
/// ERR §2.2, étape 4: « vérification que le certificat présenté par le serveur SMTP de l'émetteur
/// est dans la liste blanche des domaines autorisés ».
pub(crate) fn dn_listed(facts: &Facts) -> Rule {
    let clause = ClauseId::DnListed;
    if !has_dn(facts) {
        return rule(clause, Finding::NotApplicable, "aucun DN à chercher dans la liste blanche");
    }
    match facts.dn {
        DnStatus::Listed => {
            rule(clause, Finding::Met, "le DN du certificat est dans la liste blanche")
        }
        DnStatus::Equivalent => read(
            clause,
            Finding::ShouldAccept,
            "le DN du certificat équivaut à un DN de la liste blanche, écrit autrement (RFC 5280 \
             §7.1)",
            interpretation::DN_EQUIVALENT,
        ),
        DnStatus::Reordered => read(
            clause,
            Finding::Open,
            "le DN du certificat a les RDN d'un DN de la liste blanche dans un autre ordre",
            interpretation::DN_STRUCTURE,
        ),
        DnStatus::Unlisted => {
            rule(clause, Finding::Broken, "le DN du certificat n'est pas dans la liste blanche")
        }
    }
    .refused_by(refusal(
        550,
        "5.7.1",
        "DN du certificat absent de la liste blanche (TM3.1P/4b)",
    ))
}

/// Whether there is a DN to compare at all.
pub(crate) fn has_dn(facts: &Facts) -> bool {
    facts.channel != Channel::Clear
        && !matches!(facts.certificate, CertificateStatus::Absent | CertificateStatus::Malformed)
}
