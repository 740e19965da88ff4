//! The verdict on mail transactions: what was seen, held against the oracle's decision.

use fixtures::{
    smtp::transcript::{Entry, Event, Stage},
    space::cast,
};

use super::{
    Context, Judgement, Twin,
    observation::{self, How, Refusal, Seen, place},
};
use crate::{
    oracle::{
        Decision, Facts, Finding, Grade, Outcome, Proof,
        facts::{CertificateStatus, Channel, DnStatus, EhloStatus, PtrStatus, Recipients},
    },
    record::Verdict,
};

/// How many times a silent close or a 421 must be seen before it counts as an answer.
pub const REPEATS: u16 = 3;

/// Judges transaction `t` of a scenario.
#[must_use]
pub fn judge(context: &Context<'_>, t: u16, facts: &Facts, decision: &Decision) -> Judgement {
    let expected = crate::oracle::words::expected_text(decision);
    let earliest = fault_stage(facts);
    let (seen, session) = settled(context, t, earliest);
    let judgement = match seen {
        // What was delivered against a must was accepted, whatever was answered, in any attempt.
        Seen::Broken(_) | Seen::Refused(_) if leaked(context.entries, t, facts, decision) => {
            let (stage, text) = match &seen {
                Seen::Refused(refusal) => (refusal.stage, describe(refusal)),
                Seen::Broken(cause) => (Stage::Body, cause.clone()),
                Seen::Accepted { text } => (Stage::Body, text.clone()),
            };
            Judgement::at(stage, text)
                .observe(", et pourtant le message a été remis")
                .verdict(Verdict::Fail, "le message devait être refusé et a été remis")
        }
        Seen::Broken(cause)
            if facts.ptr == PtrStatus::Silent && was_not_greeted(context.entries, session) =>
        {
            not_greeted(context, cause)
        }
        Seen::Broken(cause) => Judgement::inconclusive(cause),
        Seen::Accepted { text } => accepted(context, session, t, facts, decision, &text),
        Seen::Refused(refusal) => refused(context, session, t, facts, decision, &refusal),
    };
    Judgement { expected, ..judgement }
}

/// Whether the client gave up waiting for the greeting.
fn was_not_greeted(entries: &[Entry], session: u16) -> bool {
    entries.iter().any(|entry| {
        matches!(entry.event, Event::TimedOut { session: s, stage: Stage::Greeting, .. } if s == session)
    })
}

/// A peer whose reverse name does not answer waits as long as any client does (RFC 5321
/// §4.5.3.2.1). Whoever does not greet it by then, and greets its twin, does not receive it
/// (TM3.1P/1).
fn not_greeted(context: &Context<'_>, cause: String) -> Judgement {
    let base = Judgement::at(Stage::Greeting, cause);
    match context.untrusted_control() {
        Some(why) => base.inconclude(&format!("pas d'accueil, mais {why}")),
        None => base.verdict(
            Verdict::Fail,
            "l'émetteur n'est pas accueilli dans le délai de la RFC 5321 §4.5.3.2.1 quand son nom \
             inverse reste sans réponse : il n'est donc pas reçu",
        ),
    }
}

/// Whether a message that had to be refused was delivered in one of the attempts.
fn leaked(entries: &[Entry], t: u16, facts: &Facts, decision: &Decision) -> bool {
    decision.accept == Grade::NonConforming
        && decision.proof == Proof::Reply
        && (0..=last_session(entries)).any(|session| {
            was_presented(entries, session, facts)
                && matches!(fate(entries, session, t), Fate::Delivered { .. })
        })
}

/// The observation that counts, over all attempts, and its session. A silent close or a 421 counts
/// once it was seen [`REPEATS`] times: the same thing each time, after the act tested or at the
/// same stage.
fn settled(context: &Context<'_>, t: u16, earliest: Stage) -> (Seen, u16) {
    let entries = context.entries;
    let last = last_session(entries);
    let seen = observation::transaction(entries, last, t);
    let Seen::Refused(refusal) = &seen else { return (seen, last) };
    let Some(weak) = refusal.how.weak() else { return (seen, last) };
    let alike = (0..=last)
        .filter(|&session| {
            matches!(observation::transaction(entries, session, t),
                Seen::Refused(other) if other.how.weak() == Some(weak)
                    && (other.stage == refusal.stage
                        || earliest > Stage::Connect
                            && other.stage.min(refusal.stage) >= earliest))
        })
        .count();
    let cause = if alike < usize::from(REPEATS) {
        format!(
            "{} ; ce n'est pas encore une réponse : vu {alike} fois sur {REPEATS}",
            describe(refusal)
        )
    } else if let Some(why) = context.distrusts(weak) {
        format!("{}, {REPEATS} fois de suite, {why}", describe(refusal))
    } else {
        return (seen, last);
    };
    (Seen::Broken(cause), last)
}

/// The last connection of the transcript.
#[must_use]
pub fn last_session(entries: &[Entry]) -> u16 {
    entries
        .iter()
        .filter_map(|entry| match entry.event {
            Event::Connected { session, .. } | Event::ConnectFailed { session, .. } => {
                Some(session)
            }
            _ => None,
        })
        .max()
        .unwrap_or(0)
}

fn accepted(
    context: &Context<'_>,
    session: u16,
    t: u16,
    facts: &Facts,
    decision: &Decision,
    text: &str,
) -> Judgement {
    let observed = format!("{text} {}", place(Stage::Body));
    let base = Judgement::at(Stage::Body, observed);
    if !was_presented(context.entries, session, facts) {
        return base.inconclude(&format!("accepté, mais {NOT_PRESENTED}"));
    }
    let fate = fate(context.entries, session, t);
    if decision.proof == Proof::Revocation {
        return base.inconclude(
            "accepté, mais rien ne montre que la cible pouvait connaître la révocation : aucune \
             lecture de la CRL n'a été vue ; déclarez uses_crl = true dans target.toml si elle la lit",
        );
    }
    match decision.grade(Outcome::Accepted) {
        Grade::NonConforming => accepted_against_a_must(context, facts, decision, base, fate),
        grade => {
            let base = if grade == Grade::Remark {
                // A point that the sources leave open recommends no refusal.
                let remark = match decision.finding() {
                    Finding::OpenRemark => {
                        "accepté : les sources laissent le point ouvert, mais une acceptation sans CRL \
                         utilisable est à signaler"
                    }
                    _ => "accepté, là où un refus est recommandé",
                };
                base.verdict(Verdict::PassWithRemark, remark).unmet()
            } else {
                base.verdict(Verdict::Pass, "accepté comme attendu")
            };
            delivered_well(context, facts, decision, base, fate)
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Unknown,
    Delivered {
        altered: Vec<String>,
        identical: bool,
        relayed: bool,
        /// Recipients of all copies, as far as the channel shows them.
        recipients: usize,
        /// How many copies there are.
        copies: usize,
    },
    NotDelivered {
        watched_ms: u64,
    },
    Notified(String),
}

fn fate(entries: &[Entry], session: u16, t: u16) -> Fate {
    let Some(wanted) = entries.iter().find_map(|entry| match &entry.event {
        Event::Message { session: s, transaction, token } if *s == session && *transaction == t => {
            Some(token)
        }
        _ => None,
    }) else {
        return Fate::Unknown;
    };
    let mut fate = Fate::Unknown;
    for entry in entries {
        match &entry.event {
            // A delivery outweighs all that is said elsewhere; of several copies, the worst counts.
            Event::Delivered { token, recipients, altered, identical } if token == wanted => {
                let copy = Fate::Delivered {
                    altered: altered.clone(),
                    identical: *identical,
                    relayed: recipients.iter().any(|recipient| is_foreign(recipient)),
                    recipients: recipients.len(),
                    copies: 1,
                };
                fate = worse(fate, copy);
            }
            Event::Notified { token, text }
                if token == wanted && !matches!(fate, Fate::Delivered { .. }) =>
            {
                fate = Fate::Notified(text.clone());
            }
            Event::NotDelivered { token, watched_ms }
                if token == wanted && fate == Fate::Unknown =>
            {
                fate = Fate::NotDelivered { watched_ms: *watched_ms };
            }
            _ => {}
        }
    }
    fate
}

/// Of two copies of a message, what is worst in either.
fn worse(one: Fate, other: Fate) -> Fate {
    match (one, other) {
        (
            Fate::Delivered { mut altered, identical, relayed, recipients, copies },
            Fate::Delivered {
                altered: more,
                identical: also,
                relayed: or,
                recipients: others,
                copies: again,
            },
        ) => {
            altered.extend(more);
            Fate::Delivered {
                altered,
                identical: identical && also,
                relayed: relayed || or,
                recipients: recipients + others,
                copies: copies + again,
            }
        }
        (_, other) => other,
    }
}

/// Whether a recipient is of the third operator's domain, where a relay would end, or of its address
/// (RFC 5321 §4.1.3).
fn is_foreign(recipient: &str) -> bool {
    let third = cast::OPERATORS.iter().find(|operator| operator.name == "tiers");
    let domain = recipient.trim_end_matches('>').rsplit('@').next().unwrap_or_default();
    third.is_some_and(|third| {
        third.domain().eq_ignore_ascii_case(domain) || format!("[{}]", third.source()) == domain
    })
}

const ACCEPTED: &str = "le message devait être refusé et a été accepté";

fn accepted_against_a_must(
    context: &Context<'_>,
    facts: &Facts,
    decision: &Decision,
    base: Judgement,
    fate: Fate,
) -> Judgement {
    match fate {
        Fate::Notified(text) => base
            .observe(&format!(", puis avis de non-remise : {text}"))
            .verdict(
                Verdict::PassWithRemark,
                "refusé par un avis de non-remise après acceptation (RFC 5321 §6.1) : \
                 un refus pendant la session est préférable",
            ),
        // Relay is judged by what leaves, never by a 250.
        Fate::Delivered { relayed: false, .. } if decision.proof == Proof::Relay => base
            .observe(", et remis dans une boîte de la cible")
            .verdict(Verdict::PassWithRemark, "accepté mais non relayé")
            .unmet(),
        Fate::Delivered { .. } => base
            .observe(", et le message a été remis")
            .verdict(Verdict::Fail, "le message devait être refusé et a été remis"),
        Fate::NotDelivered { .. } if decision.proof == Proof::Relay => base
            .observe(", mais rien n'est parvenu au domaine tiers")
            .verdict(Verdict::PassWithRemark, "accepté mais non relayé")
            .unmet(),
        // The certificate and the channel are settled before the message: a 250 is too late.
        _ if facts.channel == Channel::Clear || !certificate_is_nominal(facts) => {
            base.verdict(Verdict::Fail, ACCEPTED)
        }
        // Nobody declared which mailbox these end in: that it was not seen tells nothing, that it was
        // accepted does.
        Fate::NotDelivered { .. } if facts.recipients == Recipients::Postmaster => {
            base.verdict(Verdict::Fail, ACCEPTED)
        }
        Fate::NotDelivered { watched_ms } if context.outgoing_observed => base
            .observe(&format!(", ni remise ni avis en {watched_ms} ms"))
            .verdict(
                Verdict::Fail,
                "message accepté puis supprimé en silence : le refus doit être notifié avec son motif",
            ),
        Fate::Unknown | Fate::NotDelivered { .. } if context.delivery_observed => base
            .inconclude("accepté mais non remis ; le retour d'un avis n'est pas observable : \
                 déclarez [outgoing] sink dans target.toml"),
        Fate::Unknown | Fate::NotDelivered { .. } => base.inconclude(
            "accepté ; un avis de non-remise peut encore suivre et ni la remise ni le retour ne sont \
             observables : déclarez [delivery] et [outgoing] dans target.toml",
        ),
    }
}

fn delivered_well(
    context: &Context<'_>,
    facts: &Facts,
    decision: &Decision,
    base: Judgement,
    fate: Fate,
) -> Judgement {
    match fate {
        Fate::Delivered { altered, .. } if !altered.is_empty() => base
            .observe(&format!(", remis mais modifié : {}", altered.join(" ; ")))
            .verdict(Verdict::Fail, "un message accepté doit être remis sans altération"),
        Fate::Delivered { identical: false, .. } => {
            let reason =
                format!("{} ; la copie remise n'est pas identique octet par octet", base.reason);
            base.observe(", remis : contenu décodé intact, mais octets réécrits")
                .verdict(Verdict::PassWithRemark, &reason)
        }
        // Two mailboxes may be one behind an alias, or one of them not be watched.
        Fate::Delivered { recipients: 1, .. } if facts.recipients == Recipients::Several => base
            .observe(", remis à une seule des boîtes")
            .verdict(
                Verdict::PassWithRemark,
                "accepté pour deux boîtes, remis à une seule : un message accepté est à remettre à \
                 chacune (RFC 5321 §6.1) ; si les deux sont bien remises, vérifiez que [delivery] les \
                 observe",
            )
            .unmet(),
        Fate::Delivered { copies: 2.., .. } if facts.recipients == Recipients::Known => base
            .observe(", remis plusieurs fois")
            .verdict(
                Verdict::PassWithRemark,
                "accepté une fois pour une boîte, remis plusieurs fois : une seule copie est attendue \
                 (RFC 5321 §4.5.3.2.6) ; si [delivery] observe aussi une archive, écartez-la",
            )
            .unmet(),
        Fate::Delivered { .. } => base.observe(", remis intact"),
        // Where a refusal is permitted, one that comes late is (RFC 5321 §6.1).
        Fate::Notified(text) if decision.refuse != Grade::NonConforming => base
            .observe(&format!(", puis avis de non-remise : {text}"))
            .verdict(
                Verdict::PassWithRemark,
                "refusé par un avis de non-remise après acceptation (RFC 5321 §6.1)",
            )
            .unmet(),
        Fate::Notified(text) => {
            base.observe(&format!(", puis avis de non-remise : {text}")).verdict(
                Verdict::Fail,
                "le message devait être remis et a fait l'objet d'un avis de non-remise",
            )
        }
        // Nobody declared which mailbox these end in: it may not be a watched one.
        Fate::NotDelivered { .. } if facts.recipients == Recipients::Postmaster => {
            base.observe(", remise non observée (boîte de postmaster)")
        }
        Fate::NotDelivered { watched_ms } if facts.recipients == Recipients::Unknown => {
            base.observe(&format!(", ni remise ni avis vus en {watched_ms} ms")).inconclude(
                "accepté pour une boîte inconnue, sans avis : rien ne dit si le message a été \
                 supprimé ou remis dans une boîte qui n'est pas observée",
            )
        }
        // A wrong path in target.toml looks like a target that loses everything.
        Fate::NotDelivered { watched_ms } if !context.delivery_works() => {
            base.observe(&format!(", pas de remise vue en {watched_ms} ms")).inconclude(
                "accepté, mais aucune remise n'a été vue de toute la campagne : vérifiez d'abord \
                 [delivery] dans target.toml ; s'il est juste, la cible perd ce qu'elle accepte",
            )
        }
        Fate::NotDelivered { watched_ms } if context.outgoing_observed => base
            .observe(&format!(", ni remise ni avis en {watched_ms} ms"))
            .verdict(Verdict::Fail, "message accepté puis perdu en silence"),
        Fate::NotDelivered { watched_ms } => {
            base.observe(&format!(", pas de remise vue en {watched_ms} ms")).inconclude(
                "accepté mais la remise n'a pas été vue dans le délai déclaré : vérifiez \
                 [delivery] (chemin, delay_seconds) dans target.toml",
            )
        }
        Fate::Unknown => base,
    }
}

fn refused(
    context: &Context<'_>,
    session: u16,
    t: u16,
    facts: &Facts,
    decision: &Decision,
    refusal: &Refusal,
) -> Judgement {
    let words = describe(refusal);
    let base = Judgement::at(refusal.stage, words.clone());
    let earliest = fault_stage(facts);
    // A server that goes down, or holds too many sessions, says so before it knows the peer.
    let unknown_peer =
        facts.ptr == PtrStatus::Valid && facts.ehlo == EhloStatus::MatchesCertificate;
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
    if !was_presented(context.entries, session, facts) {
        return base.inconclude(&format!("refusé, mais {NOT_PRESENTED}"));
    }
    if let Fate::Delivered { .. } = fate(context.entries, session, t) {
        return base
            .observe(", et pourtant le message a été remis")
            .verdict(Verdict::Fail, "un message refusé ne doit pas être remis");
    }
    match decision.grade(Outcome::Refused) {
        Grade::NonConforming => refused_against_a_must(context, base, refusal),
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
            match lesser_way(decision, refusal) {
                Some(remark) => base.verdict(Verdict::PassWithRemark, remark),
                None => base.verdict(Verdict::Pass, "refusé comme attendu"),
            }
        }
    }
}

fn refused_against_a_must(context: &Context<'_>, base: Judgement, refusal: &Refusal) -> Judgement {
    const NOT_PERMITTED: &str = "refusé, alors que rien dans les règles de réception ne le permet";
    let permanent = matches!(refusal.how, How::Reply { code: 500..=599, .. });
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
    base.verdict(Verdict::Fail, NOT_PERMITTED)
}

/// What an operator looks at when even the nominal peer is refused there.
fn what_to_check(refusal: &Refusal) -> &'static str {
    if let How::Alert(name) = &refusal.how
        && matches!(name.as_str(), "certificate_expired" | "bad_record_mac" | "decrypt_error")
    {
        return match name.as_str() {
            "certificate_expired" => {
                "comparez l'horloge de la cible et celle de la suite, et renouvelez le kit (cargo xtask \
                 kit --renew)"
            }
            _ => {
                "des octets ont été altérés en route : cherchez un équipement entre la suite et la cible"
            }
        };
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
            "vérifiez que la cible fait confiance à trust/chain.pem et lit whitelist.xml, et son journal TLS"
        }
        _ => {
            "vérifiez que la cible lit whitelist.xml, joint ses services et connaît la boîte [mailboxes] \
             valid de target.toml"
        }
    }
}

/// The remark that a refusal deserves when it was not made in the specified way.
fn lesser_way(decision: &Decision, refusal: &Refusal) -> Option<&'static str> {
    if !decision.reason_due {
        return None;
    }
    match &refusal.how {
        How::Reply { code: 400..=499, .. } => Some(
            "refus temporaire (4xx) pour une cause permanente : l'émetteur réessaiera pendant des jours",
        ),
        How::Reply { enhanced: None, .. } => Some("refusé sans code étendu (RFC 2034)"),
        How::Reply { text, .. } if !text.chars().any(char::is_alphabetic) => {
            Some("refusé sans motif dans le texte de la réponse")
        }
        How::Reply { .. } => None,
        How::Alert(_) | How::Close { .. } => {
            Some("refusé sans réponse SMTP : le motif n'est pas notifié")
        }
    }
}

/// The stage from which a refusal may be due to what the scenario changes.
fn fault_stage(facts: &Facts) -> Stage {
    let nominal = Facts::default();
    if facts.ptr != PtrStatus::Valid {
        Stage::Connect
    } else if facts.ehlo != EhloStatus::MatchesCertificate {
        Stage::Ehlo
    } else if facts.channel == Channel::Clear {
        Stage::StartTls
    } else if !certificate_is_nominal(facts) {
        Stage::Handshake
    } else if facts.mail_from != nominal.mail_from || facts.domain != nominal.domain {
        Stage::Mail
    } else if facts.recipients != nominal.recipients {
        Stage::Rcpt
    } else {
        Stage::Connect
    }
}

/// Whether the peer's certificate is the thing that is wrong.
fn presents_a_fault(facts: &Facts) -> bool {
    !certificate_is_nominal(facts)
        && facts.certificate != CertificateStatus::Absent
        && facts.channel != Channel::Clear
}

const NOT_PRESENTED: &str =
    "le certificat fautif n'a pas été présenté : la cible ne l'a pas demandé";

/// Whether the target was shown the certificate that is wrong, if one is: it was ready to be
/// presented, and a finished handshake says that it was sent. A handshake that broke down was broken
/// by what it was shown, as far as the twin tells.
fn was_presented(entries: &[Entry], session: u16, facts: &Facts) -> bool {
    if !presents_a_fault(facts) {
        return true;
    }
    let mut ready = false;
    for entry in entries {
        match &entry.event {
            Event::TlsStarted { session: s, presenting, .. } if *s == session => {
                ready |= !presenting.is_empty();
            }
            Event::TlsEstablished { session: s, certificate_sent: false, .. } if *s == session => {
                return false;
            }
            _ => {}
        }
    }
    ready
}

fn certificate_is_nominal(facts: &Facts) -> bool {
    facts.certificate == CertificateStatus::Valid && facts.dn == DnStatus::Listed
}

/// A refusal in words, for a report.
#[must_use]
pub fn describe(refusal: &Refusal) -> String {
    let place = place(refusal.stage);
    match &refusal.how {
        // The lines hold the code already.
        How::Reply { text, .. } => format!("{text} {place}"),
        How::Alert(name) => format!("alerte TLS {name} {place}"),
        How::Close { reset: true } => format!("connexion coupée (RST) {place}"),
        How::Close { reset: false } => format!("connexion fermée sans réponse {place}"),
    }
}

#[cfg(test)]
mod tests;
