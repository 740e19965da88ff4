//! Step 5: the sender in the envelope.

use super::{certificate::has_dn, read, refusal, rule};
use crate::oracle::{
    ClauseId, Finding, Rule,
    reception::{
        facts::{DnStatus, DomainStatus, Facts, MailFrom},
        interpretation,
    },
};

/// `TM3.1P/5a`: MAIL FROM is given, in a form that RFC 5321 has.
///
/// ERR §2.2, étape 5: « le nom de domaine de l'adresse mail de l'expéditeur (« MAIL FROM ») doit à
/// la fois : Etre renseigné dans l'enveloppe SMTP du message ».
pub(crate) fn mail_from(facts: &Facts) -> Rule {
    let clause = ClauseId::MailFrom;
    let refused = match facts.mail_from {
        MailFrom::Absent => refusal(503, "5.5.1", "MAIL FROM absent (TM3.1P/5a)"),
        _ => refusal(553, "5.1.7", "Adresse d'expediteur invalide (TM3.1P/5a)"),
    };
    match facts.mail_from {
        MailFrom::Absent => {
            rule(clause, Finding::Broken, "aucun MAIL FROM avant RCPT ou DATA (RFC 5321 §4.1.4)")
        }
        MailFrom::Null => {
            rule(clause, Finding::NotApplicable, "MAIL FROM vide : voir TM3.1P/5e et 5f")
        }
        MailFrom::Mailbox => rule(clause, Finding::Met, "MAIL FROM renseigné"),
        MailFrom::QuotedAt => read(
            clause,
            Finding::Open,
            "partie locale entre guillemets qui contient un @ : une politique de syntaxe peut la \
             refuser",
            interpretation::QUOTED_AT,
        ),
        MailFrom::TrailingDot => read(
            clause,
            Finding::Open,
            "domaine terminé par un point, que la RFC 5321 §4.1.2 n'a pas",
            interpretation::TRAILING_DOT,
        ),
        MailFrom::ULabel => read(
            clause,
            Finding::ShouldAccept,
            "domaine en caractères accentués sous SMTPUTF8 (RFC 6531 §3.3)",
            interpretation::DOMAIN_SPELLING,
        ),
        MailFrom::Malformed => read(
            clause,
            Finding::ShouldRefuse,
            "adresse d'expéditeur hors de la grammaire de la RFC 5321 §4.1.2",
            interpretation::MALFORMED_SENDER,
        ),
    }
    .reasoned()
    .refused_by(refused)
}

/// `TM3.1P/5b`: its domain is in the whitelist.
///
/// ERR §2.2, étape 5: « Figurer dans la liste blanche des domaines autorisés ».
pub(crate) fn domain_listed(facts: &Facts) -> Rule {
    let clause = ClauseId::DomainListed;
    match (facts.mail_from, facts.domain) {
        (MailFrom::Absent | MailFrom::Null, _) => {
            rule(clause, Finding::NotApplicable, "pas de domaine d'expéditeur")
        }
        (_, DomainStatus::Unlisted) => {
            rule(clause, Finding::Broken, "le domaine de MAIL FROM n'est pas dans la liste blanche")
        }
        (_, DomainStatus::Mapped | DomainStatus::MappedToOthers) => {
            rule(clause, Finding::Met, "le domaine de MAIL FROM est dans la liste blanche")
        }
    }
    .reasoned()
    .refused_by(refusal(
        550,
        "5.7.1",
        "Domaine de l'expediteur absent de la liste blanche (TM3.1P/5b)",
    ))
}

/// `TM3.1P/5c`: its domain is mapped to the DN of the certificate used.
///
/// ERR §2.2, étape 5: « Correspondre au DN du certificat utilisé tel que référencé dans la liste
/// blanche pour le domaine de messagerie en question ».
///
/// A DN that is not listed is mapped to no domain, and one that is listed only by a reading is
/// mapped by that same reading.
pub(crate) fn domain_mapped(facts: &Facts) -> Rule {
    let clause = ClauseId::DomainMapped;
    if matches!(facts.mail_from, MailFrom::Absent | MailFrom::Null) {
        return rule(clause, Finding::NotApplicable, "pas de domaine d'expéditeur");
    }
    if !has_dn(facts) {
        return rule(clause, Finding::NotApplicable, "aucun DN à comparer");
    }
    match (facts.domain, facts.dn) {
        (DomainStatus::Unlisted, _) => {
            rule(clause, Finding::NotApplicable, "domaine absent de la liste blanche")
        }
        (DomainStatus::MappedToOthers, _) | (DomainStatus::Mapped, DnStatus::Unlisted) => rule(
            clause,
            Finding::Broken,
            "la liste blanche n'associe pas le domaine de MAIL FROM au DN du certificat",
        ),
        (DomainStatus::Mapped, DnStatus::Listed) => rule(
            clause,
            Finding::Met,
            "la liste blanche associe le domaine de MAIL FROM au DN du certificat",
        ),
        (DomainStatus::Mapped, DnStatus::Equivalent) => read(
            clause,
            Finding::ShouldAccept,
            "le domaine est associé à un DN équivalent, écrit autrement",
            interpretation::DN_EQUIVALENT,
        ),
        (DomainStatus::Mapped, DnStatus::Reordered) => read(
            clause,
            Finding::Open,
            "le domaine est associé à un DN dont les RDN sont dans un autre ordre",
            interpretation::DN_STRUCTURE,
        ),
    }
    .reasoned()
    .refused_by(refusal(
        550,
        "5.7.1",
        "Domaine de l'expediteur non associe au DN du certificat (TM3.1P/5c)",
    ))
}

/// `TM3.1P/5e`: `<>` is allowed.
///
/// ERR §2.2, remarque: « il est nécessaire, afin de respecter la RFC 5321, d'autoriser les messages
/// dont l'expéditeur (MAIL FROM) est vide […] Le Proxy de messagerie MSSanté destinataire doit
/// vérifier que le DN du certificat est présent dans la liste blanche des domaines autorisés ».
///
/// The check of the DN is [`super::dn_listed`], which `<>` alone isolates.
pub(crate) fn null_sender(facts: &Facts) -> Rule {
    let clause = ClauseId::NullSender;
    match facts.mail_from {
        MailFrom::Null => rule(clause, Finding::Met, "MAIL FROM vide : à autoriser"),
        _ => rule(clause, Finding::NotApplicable, "MAIL FROM n'est pas vide"),
    }
}

/// `TM3.1P/5f`: for `<>`, domain and DN are not compared.
///
/// ERR §2.2, remarque: « Le contrôle de la cohérence entre le domaine du « MAIL FROM » et le DN du
/// certificat n'est pas réalisé ».
pub(crate) fn null_sender_unchecked(facts: &Facts) -> Rule {
    let clause = ClauseId::NullSenderUnchecked;
    match facts.mail_from {
        MailFrom::Null => {
            rule(clause, Finding::Met, "MAIL FROM vide : pas de contrôle du domaine et du DN")
        }
        _ => rule(clause, Finding::NotApplicable, "MAIL FROM n'est pas vide"),
    }
}
