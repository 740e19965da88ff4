//! What a transcript shows of one mail transaction: accepted, refused and how, or broken.

use fixtures::smtp::transcript::{Entry, Event, Side, Stage, Wire};

use super::{
    How, Refusal,
    limit::{asked_late, beyond_us},
    place, silence, steps,
};
use crate::scenario::reply::begins_with;

/// What was seen of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    /// 2xx after the final dot, or after the last chunk.
    Accepted {
        /// Stage of the session.
        stage: Stage,
        /// The reply.
        text: String,
    },
    /// Refused.
    Refused(Refusal),
    /// Nothing that can be judged, with its cause in French.
    Broken(String),
}

/// Observes transaction `t` of connection number `session`.
#[must_use]
pub fn transaction(entries: &[Entry], session: u16, t: u16) -> TransactionEnd {
    let seen = told(entries, session, t);
    if !matches!(seen, TransactionEnd::Accepted { .. })
        && let Some(limit) = asked_late(entries, session)
    {
        return TransactionEnd::Broken(limit.to_owned());
    }
    let unmade = match &seen {
        TransactionEnd::Refused(Refusal { stage: Stage::Handshake, how }) => {
            matches!(how, How::Alert(_) | How::Close { .. })
        }
        TransactionEnd::Broken(_) => entries.iter().any(|entry| {
            matches!(entry.event, Event::TlsFailed { session: s, stage: Stage::Handshake, .. } if s == session)
        }),
        TransactionEnd::Refused(_) | TransactionEnd::Accepted { .. } => false,
    };
    if unmade && let Some(limit) = beyond_us(entries) {
        return TransactionEnd::Broken(limit);
    }
    seen
}

fn told(entries: &[Entry], session: u16, t: u16) -> TransactionEnd {
    // The transaction under way, for the ends of a session that carry no step.
    let mut current = None;
    let mut reached = false;
    for (i, Entry { event, .. }) in entries.iter().enumerate() {
        if is_unfinished(&entries[i..]) {
            continue;
        }
        if let Some(seen) = decisive(event, session, t) {
            let ended = matches!(event, Event::TlsAlert { .. } | Event::TlsFailed { .. });
            return if ended && current.is_some_and(|other| other < t) {
                TransactionEnd::Broken(EARLIER.into())
            } else {
                seen
            };
        }
        if let Event::Sent { session: s, step, .. } = event
            && *s == session
            && let Some(other) = steps::transaction(*step)
        {
            current = Some(other);
            reached |= other == t;
        }
    }
    TransactionEnd::Broken(if reached {
        "la transaction est restée sans réponse finale".into()
    } else {
        "la transaction n'a pas été atteinte".into()
    })
}

/// Whether `entries` begin with part of a reply, the rest of which never came.
#[must_use]
pub fn is_unfinished(entries: &[Entry]) -> bool {
    let (Some(Entry { event: Event::Garbled { session, step, .. }, .. }), Some(next)) =
        (entries.first(), entries.get(1))
    else {
        return false;
    };
    matches!(&next.event, Event::TimedOut { session: s, step: at, .. } if s == session && at == step)
}

/// Whether the client gave up waiting for the greeting of connection number `session`.
#[must_use]
pub fn was_not_greeted(entries: &[Entry], session: u16) -> bool {
    entries.iter().any(|entry| {
        matches!(entry.event, Event::TimedOut { session: s, stage: Stage::Greeting, .. } if s == session)
    })
}

const EARLIER: &str = "la cible a fermé la session pendant une transaction précédente";

/// What `event` settles for transaction `t`, if anything.
fn decisive(event: &Event, session: u16, t: u16) -> Option<TransactionEnd> {
    // An event of the prelude concerns every transaction; one of a transaction, that one alone.
    let concerns = |step: u16| match steps::transaction(step) {
        None => step < steps::QUIT,
        Some(other) => other == t && step != steps::reset(t),
    };
    match event {
        Event::Trouble { text } => Some(TransactionEnd::Broken(text.clone())),
        Event::ConnectFailed { session: s, error, to, .. } if *s == session => {
            Some(TransactionEnd::Broken(format!("connexion à {to} impossible : {error}")))
        }
        Event::Reply { session: s, step, stage, code, enhanced, lines, .. }
            if *s == session && concerns(*step) =>
        {
            reply(*step, t, *stage, *code, enhanced.as_deref(), lines)
        }
        Event::TlsAlert { session: s, by, stage, description } if *s == session => Some(match by {
            Side::Target => refused(*stage, How::Alert(description.clone())),
            Side::Harness => TransactionEnd::Broken(format!(
                "le pair simulé a dû rompre TLS ({description}) : la cible n'offre rien d'acceptable"
            )),
        }),
        Event::TlsFailed { session: s, error, .. } if *s == session => {
            Some(TransactionEnd::Broken(format!("TLS rompu sans alerte : {error}")))
        }
        Event::Closed { session: s, step, by: Side::Target, stage, reset, .. }
            if *s == session
                && (concerns(*step) || steps::transaction(*step).is_some_and(|o| o < t)) =>
        {
            Some(if steps::transaction(*step).is_some_and(|other| other < t) {
                TransactionEnd::Broken(EARLIER.into())
            } else {
                refused(*stage, How::Close { reset: *reset })
            })
        }
        Event::TimedOut { session: s, step, stage, after_ms }
            if *s == session && concerns(*step) =>
        {
            // Neither is an answer to a command: a busy server greets late, and a handshake may lack
            // what its other side awaits.
            Some(if *stage <= Stage::Greeting || *stage == Stage::Handshake {
                TransactionEnd::Broken(silence(*stage, *after_ms))
            } else {
                refused(*stage, How::Silence { after_ms: *after_ms })
            })
        }
        Event::Garbled { session: s, step, stage, problem, .. }
            if *s == session && concerns(*step) =>
        {
            Some(TransactionEnd::Broken(format!("réponse illisible {} : {problem}", place(*stage))))
        }
        Event::TooLong { session: s, step, stage, limit } if *s == session && concerns(*step) => {
            Some(TransactionEnd::Broken(format!(
                "réponse de plus de {limit} octets {}",
                place(*stage)
            )))
        }
        _ => None,
    }
}

fn reply(
    step: u16,
    t: u16,
    stage: Stage,
    code: u16,
    enhanced: Option<&str>,
    lines: &[Wire],
) -> Option<TransactionEnd> {
    let class = code / 100;
    let goes_on = match step {
        step if step == steps::data(t) => class == 3,
        step if step == steps::body(t) => {
            if class == 2 {
                return Some(TransactionEnd::Accepted { stage, text: join(lines) });
            }
            false
        }
        steps::GREETING | steps::STARTTLS => code == 220,
        steps::EHLO | steps::EHLO_TLS => code == 250,
        _ => class == 2,
    };
    (!goes_on).then(|| {
        // A 3xx at RCPT, a 250 to STARTTLS or DATA: neither yes nor no.
        if !matches!(class, 4 | 5) {
            return TransactionEnd::Broken(format!(
                "réponse hors de propos {} : {}",
                place(stage),
                join(lines)
            ));
        }
        refused(
            stage,
            How::Reply { code, enhanced: enhanced.map(str::to_owned), text: join(lines) },
        )
    })
}

fn refused(stage: Stage, how: How) -> TransactionEnd {
    TransactionEnd::Refused(Refusal { stage, how })
}

fn join(lines: &[Wire]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Whether connection number `session` was offered ENHANCEDSTATUSCODES (RFC 2034 §3).
#[must_use]
pub fn offers_enhanced_codes(entries: &[Entry], session: u16) -> bool {
    entries.iter().any(|entry| match &entry.event {
        Event::Reply { session: s, stage: Stage::Ehlo | Stage::EhloTls, lines, .. }
            if *s == session =>
        {
            // After the code and its separator.
            lines.iter().any(|line| {
                begins_with("ENHANCEDSTATUSCODES", line.lossy().get(4..).unwrap_or_default())
            })
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::observe::{limit::RENEGOTIATION, testing::Played};

    type P = Played;

    fn by_reply(played: Played) -> (u16, Stage) {
        match transaction(played.entries(), 0, 0) {
            TransactionEnd::Refused(Refusal { stage, how: How::Reply { code, .. } }) => {
                (code, stage)
            }
            other => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case::unsolicited_421(P::new().in_tls().reply(steps::EHLO_TLS, Stage::EhloTls, "421 4.7.1 non"), 421, Stage::EhloTls)]
    #[case::greeting_554(P::new().reply(0, Stage::Greeting, "554 non"), 554, Stage::Greeting)]
    #[case::starttls_454(P::new().greeted().reply(steps::STARTTLS, Stage::StartTls, "454 non"), 454, Stage::StartTls)]
    #[case::mail(P::new().ready().mail(0, "550 5.7.1 non"), 550, Stage::Mail)]
    #[case::mail_4xx(P::new().ready().mail(0, "450 4.7.1 non"), 450, Stage::Mail)]
    #[case::rcpt(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "550 5.7.1 non"), 550, Stage::Rcpt)]
    #[case::one_recipient_of_two(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").rcpt(0, 1, "550 non"), 550, Stage::Rcpt)]
    #[case::data(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").data(0, "554 non"), 554, Stage::Data)]
    #[case::after_the_dot(P::new().ready().body(0, "550 5.7.1 non"), 550, Stage::Body)]
    fn no_by_a_reply(#[case] played: Played, #[case] code: u16, #[case] stage: Stage) {
        assert_eq!(by_reply(played), (code, stage));
    }

    #[rstest]
    #[case::alert_in_the_handshake(P::new().until_starttls().tls_started().alert(Stage::Handshake, "bad_certificate"), Stage::Handshake, How::Alert("bad_certificate".into()))]
    #[case::alert_at_first_read(P::new().in_tls().alert(Stage::EhloTls, "certificate_required"), Stage::EhloTls, How::Alert("certificate_required".into()))]
    #[case::eof_in_the_handshake(P::new().until_starttls().tls_started().closed(steps::STARTTLS, Stage::Handshake, false), Stage::Handshake, How::Close { reset: false })]
    #[case::eof_at_first_read(P::new().in_tls().closed(steps::EHLO_TLS, Stage::EhloTls, false), Stage::EhloTls, How::Close { reset: false })]
    #[case::rst(P::new().in_tls().closed(steps::EHLO_TLS, Stage::EhloTls, true), Stage::EhloTls, How::Close { reset: true })]
    #[case::close_after_the_dot(P::new().ready().content(0).closed(steps::body(0), Stage::Body, false), Stage::Body, How::Close { reset: false })]
    fn no_without_a_reply(#[case] played: Played, #[case] stage: Stage, #[case] how: How) {
        let seen = transaction(played.entries(), 0, 0);
        assert_eq!(seen, TransactionEnd::Refused(Refusal { stage, how }));
    }

    fn refused_connection() -> Event {
        Event::ConnectFailed {
            session: 0,
            from: None,
            to: ([127, 0, 0, 1], 25).into(),
            error: "refusée".into(),
        }
    }

    fn garbled() -> Event {
        Event::Garbled {
            by: Side::Target,
            session: 0,
            step: steps::mail(0),
            stage: Stage::Mail,
            problem: "ligne sans code".into(),
            bytes: "???".into(),
        }
    }

    fn too_long() -> Event {
        Event::TooLong { session: 0, step: steps::mail(0), stage: Stage::Mail, limit: 4096 }
    }

    fn tls_failed() -> Event {
        Event::TlsFailed { session: 0, stage: Stage::Handshake, error: "message illisible".into() }
    }

    #[rstest]
    #[case::connection_refused(P::nothing().push(refused_connection()), "impossible")]
    #[case::no_banner(P::new().silent(0, Stage::Greeting), "aucune réponse à l'accueil en 10 s (reply_seconds)")]
    #[case::garbled(P::new().ready().push(garbled()), "illisible au MAIL")]
    #[case::too_long(P::new().ready().push(too_long()), "plus de 4096 octets")]
    #[case::tls_failed(P::new().until_starttls().tls_started().push(tls_failed()), "sans alerte")]
    #[case::our_trouble(P::new().push(Event::Trouble { text: "clé illisible".into() }), "clé illisible")]
    #[case::not_reached(P::new().ready(), "pas été atteinte")]
    #[case::no_final_reply(P::new().ready().content(0), "sans réponse finale")]
    #[case::a_3xx_at_rcpt(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "354 allez"), "hors de propos au RCPT")]
    #[case::a_2xx_at_data(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").data(0, "250 ok"), "hors de propos au DATA")]
    #[case::a_3xx_after_the_dot(P::new().ready().body(0, "354 encore"), "hors de propos après")]
    fn neither_yes_nor_no(#[case] played: Played, #[case] cause: &str) {
        match transaction(played.entries(), 0, 0) {
            TransactionEnd::Broken(text) => assert!(text.contains(cause), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    fn agreed(beyond: &[&str]) -> Event {
        Event::Agreed {
            session: 0,
            version: "TLS 1.2".into(),
            suite: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384".into(),
            group: None,
            scheme: None,
            beyond: beyond.iter().map(|&what| what.into()).collect(),
        }
    }

    #[rstest]
    #[case::by_alert(P::new().until_starttls().tls_started().alert(Stage::Handshake, "handshake_failure"), &["X"], true)]
    #[case::by_close(P::new().until_starttls().tls_started().closed(steps::STARTTLS, Stage::Handshake, false), &["X"], true)]
    #[case::by_the_library(P::new().until_starttls().tls_started().push(tls_failed()), &["X"], true)]
    #[case::all_can_be_spoken(P::new().until_starttls().tls_started().alert(Stage::Handshake, "handshake_failure"), &[], false)]
    #[case::refused_later(P::new().ready().mail(0, "550 non"), &["X"], false)]
    fn a_limit_of_ours_is_no_refusal(
        #[case] played: Played,
        #[case] beyond: &[&str],
        #[case] limit: bool,
    ) {
        let played = played.push(agreed(beyond));
        let seen = transaction(played.entries(), 0, 0);
        let said =
            matches!(&seen, TransactionEnd::Broken(why) if why.contains("limite de la suite"));
        assert_eq!(said, limit, "{seen:?}");
    }

    fn renegotiating(played: Played) -> Played {
        played.push(Event::Renegotiation { session: 0, stage: Stage::EhloTls })
    }

    #[rstest]
    #[case::alert(renegotiating(P::new().in_tls()).alert(Stage::EhloTls, "handshake_failure"))]
    #[case::closed(renegotiating(P::new().in_tls()).closed(steps::EHLO_TLS, Stage::EhloTls, false))]
    #[case::refused(renegotiating(P::new().in_tls()).reply(steps::EHLO_TLS, Stage::EhloTls, "250 mx").mail(0, "550 5.7.1 non"))]
    #[case::silent(renegotiating(P::new().in_tls()).silent(steps::EHLO_TLS, Stage::EhloTls))]
    #[case::broken(renegotiating(P::new().in_tls()))]
    fn a_renegotiation_declined_is_no_refusal(#[case] played: Played) {
        let seen = transaction(played.entries(), 0, 0);
        assert_eq!(seen, TransactionEnd::Broken(RENEGOTIATION.into()));
    }

    #[test]
    fn a_renegotiation_declined_does_not_undo_an_acceptance() {
        let played = renegotiating(P::new().ready()).body(0, "250 2.0.0 ok");
        assert!(matches!(transaction(played.entries(), 0, 0), TransactionEnd::Accepted { .. }));
    }

    #[test]
    fn an_answer_after_the_dot_outweighs_what_follows() {
        let played = Played::new()
            .ready()
            .body(0, "250 2.0.0 ok")
            .sent(steps::QUIT, Stage::Quit, "QUIT\r\n")
            .closed(steps::QUIT, Stage::Quit, true);
        assert!(matches!(transaction(played.entries(), 0, 0), TransactionEnd::Accepted { .. }));
    }

    #[rstest]
    #[case::closed(P::new().ready().content(0).closed(steps::body(0), Stage::Body, false))]
    #[case::alert(P::new().ready().content(0).alert(Stage::Body, "internal_error"))]
    fn the_end_of_one_transaction_is_no_answer_to_the_next(#[case] played: Played) {
        assert!(matches!(transaction(played.entries(), 0, 0), TransactionEnd::Refused(_)));
        assert_eq!(transaction(played.entries(), 0, 1), TransactionEnd::Broken(EARLIER.into()));
    }

    #[test]
    fn transactions_and_connections_are_told_apart() {
        let played = Played::new()
            .ready()
            .mail(0, "550 non")
            .body(1, "250 ok")
            .again()
            .ready()
            .body(0, "250 ok");
        assert!(matches!(transaction(played.entries(), 0, 0), TransactionEnd::Refused(_)));
        assert!(matches!(transaction(played.entries(), 0, 1), TransactionEnd::Accepted { .. }));
        assert!(matches!(transaction(played.entries(), 1, 0), TransactionEnd::Accepted { .. }));
    }
}
