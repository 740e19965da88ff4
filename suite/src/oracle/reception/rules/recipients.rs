//! Step 5: the recipients.

use super::{read, refusal, rule};
use crate::oracle::{
    ClauseId, Finding, Proof, Rule,
    reception::{
        facts::{Facts, MailFrom, Recipients},
        interpretation,
    },
};

/// `TM3.1P/5d`, and RFC 5321 for what recipients every server has.
///
/// ERR §2.2, étape 5: « Réception du message en respectant les bonnes pratiques de notification du
/// statut de remise du message (pour son domaine) comme défini dans la RFC 5321 ».
pub(crate) fn recipients(facts: &Facts) -> Rule {
    match (facts.recipients, facts.mail_from) {
        (Recipients::Known, _) => {
            rule(ClauseId::Notified, Finding::NotApplicable, "destinataire connu de la cible")
        }
        (Recipients::Several, MailFrom::Null) => read(
            ClauseId::NullSender,
            Finding::ShouldAccept,
            "MAIL FROM vide avec plusieurs destinataires",
            interpretation::NULL_SEVERAL,
        ),
        (Recipients::Several, _) => {
            rule(ClauseId::Smtp, Finding::Met, "plusieurs destinataires connus (RFC 5321 §3.3)")
        }
        (Recipients::Unknown, _) => read(
            ClauseId::Notified,
            Finding::ShouldRefuse,
            "boîte inconnue : un refus, ou une acceptation suivie d'une notification motivée \
             (RFC 5321 §6.1)",
            interpretation::LATE_BOUNCE,
        )
        .refused_by(refusal(550, "5.1.1", "Destinataire inconnu de ce serveur"))
        .accepted_by("une acceptation suivie d'une notification motivée à l'expéditeur"),
        (Recipients::Postmaster, _) => read(
            ClauseId::Smtp,
            Finding::ShouldAccept,
            "postmaster est accepté avec ou sans domaine (RFC 5321 §4.5.1)",
            interpretation::POSTMASTER,
        ),
        (Recipients::Foreign, _) => read(
            ClauseId::Notified,
            Finding::Broken,
            "destinataire d'un domaine qui n'est pas celui de la cible : le proxy reçoit pour son \
             domaine et ne relaie pas",
            interpretation::RELAY,
        )
        .needing(Proof::Relay)
        .refused_by(refusal(550, "5.7.1", "Relais refuse : domaine d'un autre serveur")),
    }
}
