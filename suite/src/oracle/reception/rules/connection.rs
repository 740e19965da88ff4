//! Steps 1 to 3: reverse name, SMTP session, TLS.

use super::{read, refusal, rule};
use crate::oracle::{
    ClauseId, Finding, Rule,
    reception::{
        facts::{Channel, EhloStatus, Facts, Profile},
        interpretation,
    },
};

/// `TM3.1P/1`: the reverse name never counts, whatever it is.
///
/// ERR §2.2: « La première étape de la cinématique du §4.7.1.1 décrite ci-dessous est une bonne
/// pratique, cependant, celle-ci peut entraîner des blocages chez certains opérateurs MSSanté. Nous
/// avons donc décidé de supprimer cette première étape de vérification ».
pub(crate) fn ptr(_: &Facts) -> Rule {
    rule(ClauseId::Ptr, Finding::Met, "le PTR de l'émetteur n'est plus vérifié (étape supprimée)")
}

/// `TM3.1P/2`: the name in EHLO.
///
/// ERR §2.2, étape 2: « Ouverture d'une session SMTP comme défini dans les RFC 5321 […] et
/// RFC 2034 ».
///
/// RFC 5321 §4.1.4 forbids a refusal because the name does not match the client's address. A name
/// that does not resolve is also another name than the certificate's, and a refusal for *that* is a
/// remark in the register; seen from outside the two are one, so the refusal is a remark for both.
pub(crate) fn smtp(facts: &Facts) -> Rule {
    let clause = ClauseId::Smtp;
    match facts.ehlo {
        EhloStatus::MatchesCertificate => {
            rule(clause, Finding::Met, "le nom donné dans EHLO est le CN du certificat")
        }
        EhloStatus::OtherName => read(
            clause,
            Finding::ShouldAccept,
            "le nom donné dans EHLO n'est pas le CN du certificat : aucun texte n'en fait un motif \
             de refus",
            interpretation::EHLO_OTHER_NAME,
        ),
        EhloStatus::Unresolvable => read(
            clause,
            Finding::ShouldAccept,
            "le nom donné dans EHLO ne se résout pas : ce n'est pas un motif de refus (RFC 5321 \
             §4.1.4)",
            interpretation::EHLO_UNRESOLVABLE,
        ),
        EhloStatus::AddressLiteral => read(
            clause,
            Finding::ShouldAccept,
            "EHLO donne une adresse littérale, que la RFC 5321 §4.1.3 permet",
            interpretation::EHLO_OTHER_NAME,
        ),
    }
}

/// `TM3.1P/3`: the channel.
///
/// ERR §2.2, étape 3: « Ouverture d'une session TLS avec STARTTLS comme défini dans les RFC 3207
/// […] et RFC 2246 […] (le Proxy de messagerie MSSanté destinataire ne doit accepter que ce type de
/// connexion) ».
///
/// The default profile reads TLS by RFC 8996 and RFC 9325; `erratum-2015` keeps RFC 2246.
pub(crate) fn channel(facts: &Facts) -> Rule {
    let clause = ClauseId::StartTls;
    let old = match facts.profile {
        Profile::Default => Finding::Broken,
        Profile::Erratum2015 => Finding::ShouldRefuse,
    };
    match facts.channel {
        Channel::Clear => rule(
            clause,
            Finding::Broken,
            "transaction en clair : seule une session TLS ouverte par STARTTLS est admise",
        ),
        Channel::ObsoleteTls => read(
            clause,
            old,
            "version de TLS antérieure à 1.2 (RFC 8996)",
            interpretation::OBSOLETE_TLS,
        ),
        Channel::WeakSuite => read(
            clause,
            old,
            "suite NULL, EXPORT ou RC4 (RFC 9325 §4.1), ou anonyme (RFC 5246 annexe A.5)",
            interpretation::OBSOLETE_TLS,
        ),
        Channel::TripleDes => read(
            clause,
            Finding::ShouldRefuse,
            "suite 3DES, déconseillée (RFC 9325 §4.1)",
            interpretation::OBSOLETE_TLS,
        ),
        Channel::RecommendedSuite => read(
            clause,
            Finding::ShouldAccept,
            "suites ECDHE à chiffrement authentifié, recommandées (RFC 9325 §4.2)",
            interpretation::OBSOLETE_TLS,
        ),
        Channel::Tls12 | Channel::Tls13 => {
            rule(clause, Finding::Met, "session TLS ouverte par STARTTLS")
        }
    }
    .refused_by(refusal(
        530,
        "5.7.0",
        "Ouvrez d'abord une session TLS par STARTTLS (TM3.1P/3)",
    ))
}
