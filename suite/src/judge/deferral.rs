//! Temporary replies: a 4xx says "not now" (RFC 5321 §4.2.1), neither yes nor no. What it proves depends
//! on whether it was tried again after the time that such policies take (RFC 6647), and on whether the
//! target puts off what it must accept as well.

use std::time::Duration;

use fixtures::smtp::transcript::Stage;

use super::Context;
use crate::{
    observe::{How, Refusal, deferral::waited, is_temporary, place},
    oracle::{Bearing, Decision, Grade, Outcome},
};

/// Whether a temporary reply was tried again after the declared patience.
fn was_waited_for(context: &Context<'_>) -> bool {
    waited(context.entries) >= context.patience
}

/// Why a refusal of transaction `t` is no decision, if it is none.
pub(super) fn undecided(
    context: &Context<'_>,
    t: u16,
    bearing: &Bearing,
    decision: &Decision,
    refusal: &Refusal,
) -> Option<String> {
    let How::Reply { code, enhanced, text } = &refusal.how else { return None };
    if !is_temporary(*code) || names_the_reverse_name(enhanced.as_deref(), bearing) {
        return None;
    }
    let word = word(*code, enhanced.as_deref(), text, refusal.stage, t > 0);
    match decision.grade(Outcome::Refused) {
        Grade::Conforming => unproven(context, refusal.stage, text),
        Grade::NonConforming | Grade::Remark => Some(put_off(context, word, text)),
    }
}

/// Whether the reply itself lays the refusal to the peer's reverse name, and that is what is wrong with
/// it (RFC 7372 §3.3): a decision, however it is coded.
fn names_the_reverse_name(enhanced: Option<&str>, bearing: &Bearing) -> bool {
    bearing.reverse_name.is_some() && is_of_the_reverse_name(enhanced)
}

/// Whether an enhanced code says that the reverse name is the cause (RFC 7372 §3.3).
pub(super) fn is_of_the_reverse_name(enhanced: Option<&str>) -> bool {
    enhanced.is_some_and(|code| code.ends_with(".7.25"))
}

/// Why a temporary refusal at `stage` proves no refusal in this run, if so.
pub(super) fn unproven(context: &Context<'_>, stage: Stage, text: &str) -> Option<String> {
    if !was_waited_for(context) {
        return Some(format!(
            "« {} » n'est pas encore un refus : pas retenté après le délai de retry_seconds",
            quoted(text)
        ));
    }
    context.campaign.and_then(|campaign| campaign.puts_off(stage)).map(|(why, advice)| {
        format!("« {} » ne prouve aucun refus : {why} ; {advice}", quoted(text))
    })
}

/// Why what must be accepted was not, and is not refused either.
pub(super) fn put_off(context: &Context<'_>, word: Word, text: &str) -> String {
    let since = if was_waited_for(context) {
        let waited = duration(context.patience);
        format!("encore temporaire après {waited} de patience")
    } else {
        "pas retentée après le délai de retry_seconds".to_owned()
    };
    format!(
        "« {} » : ni acceptation ni refus, {since} ({}) ; {}",
        quoted(text),
        word.name,
        word.advice
    )
}

const EXEMPT: &str = "exemptez de cette politique les adresses et les domaines des pairs simulés, ou \
                      déclarez dans target.toml un retry_seconds plus long que son délai (retry_seconds = \
                      300 pour une liste grise ordinaire)";
const SLOWER: &str = "relevez cette limite pour les pairs simulés, ou ménagez-la dans target.toml : \
                      max_connections = 1, pace_ms, et un retry_seconds plus long que sa période";
const RAISE: &str = "relevez cette limite pour les pairs simulés (RFC 9422 : LIMITS l'annonce)";
const LOOK: &str = "cherchez dans le journal de la cible ce qui la rend indisponible, exemptez les pairs \
                    simulés si c'est une politique, ou déclarez dans target.toml un retry_seconds plus \
                    long que son délai (retry_seconds = 300 pour une liste grise ordinaire)";

/// What a temporary reply looks like, and what to do about it, in French.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) advice: &'static str,
}

/// What policy a temporary reply at `stage` speaks of; `later` where the session had got something
/// through before.
pub(super) fn word(
    code: u16,
    enhanced: Option<&str>,
    text: &str,
    stage: Stage,
    later: bool,
) -> Word {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let speaks_of_rate = || text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "rate");
    let status = |end: &str| enhanced.is_some_and(|code| code.ends_with(end));
    let (name, advice) = if says(&["greylist", "graylist", "grey list", "gray list", "liste grise"])
    {
        ("liste grise, RFC 6647", EXEMPT)
    } else if (speaks_of_rate()
        || says(&["too many", "too fast", "slow down", "débit", "trop de", "throttl"]))
        && !(code == 421 && later)
        && code != 452
    {
        ("limite de débit ou de connexions", SLOWER)
    } else if code == 421 && later {
        ("limite de messages par session, RFC 9422", RAISE)
    } else if code == 421 && stage <= Stage::Ehlo {
        ("limite de connexions, ou service à l'arrêt, RFC 5321 §3.8", SLOWER)
    } else if code == 452 && (stage == Stage::Rcpt || status(".5.3")) {
        ("limite de destinataires, RFC 5321 §4.5.3.1.10", RAISE)
    } else if code == 452 {
        ("espace insuffisant, RFC 5321 §4.2.3", LOOK)
    } else if status(".3.2") {
        ("la cible dit ne pas prendre de courrier en ce moment, X.3.2 de la RFC 3463 §3.4", LOOK)
    } else if matches!(code, 450 | 451) && stage >= Stage::Mail {
        ("liste grise, limite ou panne passagère, RFC 5321 §4.2.1", LOOK)
    } else {
        ("réponse temporaire, RFC 5321 §4.2.1", LOOK)
    };
    Word { name, advice }
}

/// A reply as a reason quotes it.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 90;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

fn duration(time: Duration) -> String {
    if time.subsec_millis() == 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}

/// Where it was, in words.
pub(super) fn at(stage: Stage, text: &str) -> String {
    format!("« {} » {}", quoted(text), place(stage))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::postgrey(
        "450 4.2.0 Greylisted, see http://postgrey",
        Stage::Rcpt,
        false,
        "liste grise"
    )]
    #[case::rspamd(
        "451 4.7.1 Greylisting in action, please come back later",
        Stage::Body,
        false,
        "liste grise, RFC 6647"
    )]
    #[case::anvil(
        "450 4.7.1 Error: too much mail: too many messages",
        Stage::Mail,
        false,
        "limite de débit"
    )]
    #[case::connections(
        "421 4.7.0 mx Error: too many connections from 127.0.10.1",
        Stage::Greeting,
        false,
        "limite de débit ou de connexions"
    )]
    #[case::rate("451 4.7.1 Sending rate exceeded", Stage::Mail, false, "limite de débit")]
    #[case::no_rate(
        "451 4.7.1 Temporary failure, operator told",
        Stage::Mail,
        false,
        "liste grise, limite ou panne"
    )]
    #[case::gatekeeper("450 4.3.2 Service currently unavailable", Stage::Mail, false, "X.3.2")]
    #[case::busy("421 4.3.2 arret", Stage::Greeting, false, "à l'arrêt")]
    #[case::messages(
        "421 4.7.0 Too many messages in this session",
        Stage::Mail,
        true,
        "messages par session"
    )]
    #[case::recipients(
        "452 4.5.3 Too many recipients",
        Stage::Rcpt,
        false,
        "limite de destinataires"
    )]
    #[case::storage(
        "452 4.3.1 Insufficient system storage",
        Stage::Mail,
        false,
        "espace insuffisant"
    )]
    #[case::tls("454 4.7.0 TLS not available", Stage::StartTls, false, "réponse temporaire")]
    fn a_temporary_reply_has_its_word(
        #[case] text: &str,
        #[case] stage: Stage,
        #[case] later: bool,
        #[case] name: &str,
    ) {
        let code = text[..3].parse().expect("a code");
        let word = word(code, text.split(' ').nth(1), text, stage, later);
        assert!(word.name.contains(name), "{word:?}");
    }
}
