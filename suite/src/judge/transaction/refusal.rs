//! The verdict on a refusal, by its stage and its way.

use fixtures::smtp::transcript::{Entry, Event, Side, Stage};

use super::{
    fault::{NOT_PRESENTED, was_presented},
    reverse_name,
};
use crate::{
    judge::{
        Context, Judgement, Twin,
        deferral::{undecided, unproven},
    },
    observe::{
        Fate, How, REPEATS, Refusal,
        deferral::{announced_transactions, is_of_further_recipients},
        describe, fate,
        limit::{AFTER_THE_HANDSHAKE, asked_for_none},
        line::fewer_recipients,
        offers_enhanced_codes, place,
    },
    oracle::{Bearing, Decision, Grade, Outcome},
    record::Verdict,
    scenario::model::DeliverySubject,
};

pub(super) fn refused(
    context: &Context<'_>,
    session: u16,
    t: u16,
    bearing: &Bearing,
    decision: &Decision,
    refusal: &Refusal,
) -> Judgement {
    let words = describe(refusal);
    let base = Judgement::at(refusal.stage, words.clone());
    let earliest = bearing.earliest();
    let fate = fate(context.entries, session, t);
    if !matches!(fate, Fate::Delivered { .. }) {
        if let Some(most) = beyond_a_limit(context, session, t, decision, refusal) {
            return base
                .verdict(
                    Verdict::PassWithRemark,
                    &format!(
                        "refusé au-delà du nombre de messages par session que la cible annonce (RFC 9422, \
                         LIMITS MAILMAX={most}) : l'émetteur ouvre une autre session ; relevez cette \
                         limite pour que ces transactions soient jugées"
                    ),
                )
                .unmet();
        }
        if is_of_further_recipients(context.entries, session, t, refusal)
            && decision.grade(Outcome::Refused) == Grade::NonConforming
        {
            return match unproven_limit(context, refusal) {
                Some(why) => base.inconclude(&why),
                None => base
                    .verdict(Verdict::PassWithRemark, &fewer_recipients(&describe(refusal)))
                    .unmet(),
            };
        }
        if let Some(why) = undecided(context, t, bearing, decision, refusal) {
            let check = if context.is_nominal {
                format!(" ; pair nominal : {}", what_to_check(refusal))
            } else {
                String::new()
            };
            return base.inconclude(&format!("{why}{check}"));
        }
    }
    // A server that goes down, or holds too many sessions, says so before it knows the peer.
    let unknown_peer = bearing.connects_as_usual();
    if refusal.how.is_ambiguous() && refusal.stage < Stage::StartTls && unknown_peer {
        return base.inconclude(&format!(
            "{words} : la cible ferme la session avant de connaître l'émetteur ; elle est en arrêt ou \
             reçoit trop de sessions : baissez max_connections ou augmentez pace_ms dans target.toml"
        ));
    }
    if refusal.stage < earliest {
        return base.inconclude(&format!(
            "{words} : c'est avant l'acte testé, qui a lieu {} ; voyez le scénario nominal",
            place(earliest)
        ));
    }
    if !was_presented(context.entries, session, bearing) {
        return base.inconclude(&format!("refusé, mais {NOT_PRESENTED}"));
    }
    if let Fate::Delivered { relayed, .. } = fate {
        let base = base.observe(", et pourtant le message a été remis");
        return match refusal.how {
            // RFC 5321 §4.2.5.
            How::Reply { .. } => {
                base.verdict(Verdict::Fail, "un message refusé ne doit pas être remis")
            }
            _ if relayed && decision.accept == Grade::NonConforming => {
                base.verdict(Verdict::Fail, "le message devait être refusé et a été remis")
            }
            How::Close { .. } | How::Alert(_) | How::Silence { .. } => unanswered(context, base),
        };
    }
    if matches!(refusal.how, How::Silence { .. }) {
        return never_answered(context, decision, base, refusal);
    }
    match decision.grade(Outcome::Refused) {
        Grade::NonConforming => {
            let for_name = reverse_name::refused_for_it(context, session, bearing);
            refused_against_a_must(context, session, base, refusal, for_name)
        }
        Grade::Remark => match context.untrusted_control() {
            Some(why) => base.inconclude(&why),
            None => base
                .verdict(Verdict::PassWithRemark, "refusé, là où l'acceptation est recommandée")
                .unmet(),
        },
        Grade::Conforming => {
            if let Some(why) = context.untrusted_control() {
                return base.inconclude(&format!("refusé, mais {why}"));
            }
            // Refused where both are permitted: nothing to compare another refusal with.
            let base = if decision.accept == Grade::Conforming { base.unmet() } else { base };
            if context.delivery == Some(DeliverySubject::None) && !context.delivery_works() {
                return base.inconclude(
                    "refusé, mais aucune remise n'a été vue de toute la campagne : rien ne montre que le \
                     message ne l'a pas été ; vérifiez [delivery] dans target.toml",
                );
            }
            let announced = offers_enhanced_codes(context.entries, session);
            match lesser_way(decision, refusal, announced) {
                Some(remark) => base.verdict(Verdict::PassWithRemark, remark),
                None => base.verdict(Verdict::Pass, "refusé comme attendu"),
            }
        }
    }
}

/// Why a limit of recipients is none that the target was seen to keep, if so.
fn unproven_limit(context: &Context<'_>, refusal: &Refusal) -> Option<String> {
    match &refusal.how {
        How::Reply { text, .. } => unproven(context, refusal.stage, text),
        How::Alert(_) | How::Close { .. } | How::Silence { .. } => None,
    }
}

/// The number of messages a session that the target announced, where this one is beyond it.
fn beyond_a_limit(
    context: &Context<'_>,
    session: u16,
    t: u16,
    decision: &Decision,
    refusal: &Refusal,
) -> Option<u32> {
    let most = announced_transactions(context.entries, session)?;
    let counts = decision.grade(Outcome::Refused) != Grade::Conforming
        && matches!(refusal.how, How::Reply { .. });
    (counts && u32::from(t) >= most).then_some(most)
}

/// A command that was never answered, time after time, while other messages had their replies: it
/// neither is a refusal nor does it leave one open for ever (RFC 5321 §4.2).
fn never_answered(
    context: &Context<'_>,
    decision: &Decision,
    base: Judgement,
    refusal: &Refusal,
) -> Judgement {
    let words = format!("{}, {REPEATS} fois de suite", describe(refusal));
    let answers_others = !context.is_nominal
        && (context.twin == Twin::Passed || context.control_after == Some(true));
    if let Some(why) = context.untrusted_control() {
        return base.inconclude(&format!("{words}, mais {why}"));
    }
    if !answers_others {
        return base.inconclude(&format!(
            "{words}, et aucun autre message ne montre que la cible répond : cherchez la cause dans son \
             journal"
        ));
    }
    match decision.grade(Outcome::Refused) {
        Grade::NonConforming => base.verdict(
            Verdict::Fail,
            &format!("{words}, là où d'autres messages ont leur réponse : toute commande a la sienne (RFC 5321 §4.2)"),
        ),
        Grade::Remark => base.verdict(Verdict::PassWithRemark, &words).unmet(),
        // Where a refusal is due or permitted, what never comes may still be one, or the contrary.
        Grade::Conforming => base.inconclude(&format!(
            "{words} : ni refus ni acceptation ; si la cible répond plus tard, augmentez ce délai"
        )),
    }
}

/// A message that was taken, and whose final dot has no reply (RFC 5321 §4.1.1.4 demands one): its
/// sender must think that it was not taken, and sends it again (§3.8, §6.1). What keeps a reply back
/// may be the network; close_notify, which nobody but the target can send, says that it was not.
fn unanswered(context: &Context<'_>, base: Judgement) -> Judgement {
    let unattended =
        context.is_nominal || context.twin == Twin::None && context.control_after.is_none();
    let doubt = if notified_closes(context.entries) >= usize::from(REPEATS) {
        None
    } else if unattended {
        Some("aucun autre message ne montre que la réponse peut parvenir à l'émetteur".to_owned())
    } else {
        context.untrusted_control()
    };
    match doubt {
        None => base.verdict(
            Verdict::Fail,
            "le message est remis sans que le point final ait sa réponse (RFC 5321 §4.1.1.4) : \
             l'émetteur le tient pour refusé et le renverra, et il sera remis plusieurs fois",
        ),
        Some(why) => base.inconclude(&format!(
            "le message est remis, et la connexion se ferme avant la réponse au point final ; la cible ou \
             le réseau en est la cause : {why} ; cherchez dans le journal de la cible si elle répond, et \
             entre elle et la suite un équipement qui coupe"
        )),
    }
}

/// How many connections the target ended in order, inside TLS, in place of the reply to a final dot.
fn notified_closes(entries: &[Entry]) -> usize {
    let notified = |entry: &&Entry| {
        matches!(
            entry.event,
            Event::Closed {
                by: Side::Target,
                stage: Stage::Body,
                close_notify: Some(true),
                reset: false,
                ..
            }
        )
    };
    entries.iter().filter(notified).count()
}

/// `for_name`: whether the reverse name, where it is what is wrong, can be the cause.
fn refused_against_a_must(
    context: &Context<'_>,
    session: u16,
    base: Judgement,
    refusal: &Refusal,
    for_name: Result<String, String>,
) -> Judgement {
    const NOT_PERMITTED: &str = "refusé, alors que rien dans les règles de réception ne le permet";
    let permanent = matches!(refusal.how, How::Reply { code: 500..=599, .. });
    if context.is_nominal && permanent && asked_for_none(context.entries, session) {
        return base.inconclude(AFTER_THE_HANDSHAKE);
    }
    // The final control is this very message: it cannot speak against its own refusal.
    if context.is_nominal && permanent {
        return base.verdict(
            Verdict::Fail,
            &format!("pair nominal {NOT_PERMITTED} ; {}", what_to_check(refusal)),
        );
    }
    if context.is_nominal {
        return base.inconclude(&format!(
            "le pair nominal lui-même est refusé sans réponse définitive ({}) : {}",
            describe(refusal),
            what_to_check(refusal)
        ));
    }
    if let Some(why) = context.untrusted_control() {
        return base.inconclude(&format!("refusé, mais {why}"));
    }
    if context.twin == Twin::None && context.control_after.is_none() && !permanent {
        return base.inconclude(
            "refusé sans réponse définitive, et aucun message de contrôle n'a été accepté depuis",
        );
    }
    match for_name {
        Ok(seen) => base.verdict(Verdict::Fail, &format!("{NOT_PERMITTED}{seen}")),
        Err(why) => base.inconclude(&format!("refusé, mais {why}")),
    }
}

/// What an operator looks at when even the nominal peer is refused there.
fn what_to_check(refusal: &Refusal) -> &'static str {
    if let How::Alert(name) = &refusal.how
        && let Some(words) = told_by_alert(name)
    {
        return words;
    }
    match refusal.stage {
        Stage::Connect | Stage::Greeting | Stage::Ehlo => {
            "vérifiez l'adresse et le port de target.toml, et que la cible ouvre ses sessions aux \
             adresses des pairs simulés"
        }
        Stage::StartTls => {
            "vérifiez dans le journal de la cible que son certificat et sa clé TLS sont chargés"
        }
        Stage::Handshake | Stage::EhloTls => {
            "vérifiez que la cible fait confiance à trust/chain.pem, lit whitelist.xml et tient ses CRL à jour \
             (cargo xtask kit --renew les renouvelle), et son journal TLS"
        }
        _ => {
            "vérifiez que la cible lit whitelist.xml, joint ses services et connaît la boîte [mailboxes] \
             valid de target.toml"
        }
    }
}

/// What an alert says of its cause (RFC 8446 §6.2, RFC 6066 §3), where it says more than its stage does.
fn told_by_alert(name: &str) -> Option<&'static str> {
    Some(match name {
        "certificate_expired" => {
            "une CRL périmée chez la cible s'annonce ainsi : renouvelez le kit (cargo xtask kit \
             --renew), réinstallez trust/crl.pem, et comparez l'horloge de la cible à celle de la suite"
        }
        "bad_record_mac" | "decrypt_error" | "decryption_failed" => {
            "des octets ont été altérés en route : cherchez un équipement entre la suite et la cible"
        }
        "unrecognized_name" | "missing_extension" => {
            "la cible ne reconnaît pas le nom de serveur (SNI, RFC 6066 §3) qui lui est demandé, ou en exige un : \
             déclarez dans target.toml le mx_host qu'elle connaît, ou configurez-la pour ce nom"
        }
        "protocol_version" => {
            "aucune version de TLS n'est commune : activez TLS 1.2 ou TLS 1.3 sur la cible (RFC 9325 §3.1.1)"
        }
        "handshake_failure" | "insufficient_security" | "illegal_parameter" => {
            "rien n'est commun aux deux offres TLS (suites, groupes, schémas de signature), ou la cible n'a pas reçu \
             ce qu'elle attend : comparez les suites et les courbes de la cible à celles de la RFC 9325 §4.2, \
             vérifiez que sa clé et son certificat vont avec elles, et lisez son journal TLS"
        }
        "no_application_protocol" => {
            "la cible exige un protocole par ALPN, qui n'a pas cours en SMTP : retirez cette exigence"
        }
        "unsupported_certificate" => {
            "la cible n'accepte pas le type du certificat présenté (clé RSA, serverAuth et clientAuth) : vérifiez les \
             algorithmes et les usages qu'elle exige des pairs"
        }
        "certificate_revoked" => {
            "la cible tient le certificat du pair nominal pour révoqué : vérifiez qu'elle lit les CRL du kit \
             (trust/crl.pem), et non d'autres"
        }
        "internal_error" => {
            "la cible signale une erreur interne de sa pile TLS : lisez son journal TLS"
        }
        "record_overflow" | "decode_error" | "unexpected_message" => {
            "la cible ne lit pas les messages TLS de la suite : lisez son journal TLS, et cherchez un équipement entre \
             la suite et la cible"
        }
        _ => return None,
    })
}

/// The remark that a refusal deserves when it was not made in the specified way.
fn lesser_way(decision: &Decision, refusal: &Refusal, announced: bool) -> Option<&'static str> {
    if !decision.reason_due {
        return None;
    }
    match &refusal.how {
        How::Reply { code: 400..=499, .. } => Some(
            "refus temporaire (4xx) pour une cause permanente : l'émetteur réessaiera pendant des jours",
        ),
        How::Reply { enhanced: None, .. } if !announced => {
            Some("refusé sans code étendu, que la cible n'annonce pas (RFC 2034)")
        }
        How::Reply { enhanced: None, .. } => Some("refusé sans code étendu (RFC 2034)"),
        How::Reply { text, .. } if !text.chars().any(char::is_alphabetic) => {
            Some("refusé sans motif dans le texte de la réponse")
        }
        How::Reply { .. } => None,
        How::Alert(_) | How::Close { .. } | How::Silence { .. } => {
            Some("refusé sans réponse SMTP : le motif n'est pas notifié")
        }
    }
}
