//! The verdict on a hand-made ClientHello, and on the target's own certificate.

use fixtures::smtp::transcript::{Event, ProbeAnswer, Stage};

use super::{Context, Judgement, deferral};
use crate::{
    observe::{
        How, REPEATS, Refusal, TransactionEnd, describe, is_temporary, last_session, probe::weak,
        transaction,
    },
    record::{Level, Verdict},
    scenario::model::{Expected, Inspection},
};

/// Judges a probe.
#[must_use]
pub fn hello(context: &Context<'_>, level: Level, expect: Expected) -> Judgement {
    let expected = match expect {
        Expected::Accepted => "un ServerHello",
        Expected::Refused => "un refus : alerte TLS ou fermeture",
        Expected::Either => "un ServerHello ou un refus, les deux sont permis",
    };
    let answers: Vec<&ProbeAnswer> = context
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Probe { answer, .. } => Some(answer),
            _ => None,
        })
        .collect();
    let judgement = match answers.last() {
        None => Judgement::inconclusive(before(context)),
        Some(answer) => {
            let base = Judgement::at(Stage::Handshake, words(answer));
            match answer {
                ProbeAnswer::NotTls | ProbeAnswer::Silence => {
                    let what = words(answer);
                    base.inconclude(&format!("ni ServerHello ni refus de la cible : {what}"))
                }
                _ if let Some(why) = unsettled(context, &answers, expect) => {
                    base.inconclude(&format!("{} {why}", words(answer)))
                }
                ProbeAnswer::ServerHello { .. } => settle(
                    context,
                    level,
                    base,
                    expect != Expected::Refused,
                    "accepté par la cible",
                    false,
                ),
                ProbeAnswer::Alert { .. } | ProbeAnswer::Closed => settle(
                    context,
                    level,
                    base,
                    expect != Expected::Accepted,
                    "refusé par la cible",
                    true,
                ),
            }
        }
    };
    Judgement { expected: expected.into(), ..judgement }
}

/// Why the last of these answers does not count, if so.
fn unsettled(context: &Context<'_>, answers: &[&ProbeAnswer], expect: Expected) -> Option<String> {
    let weak_one = weak(answers.last()?, expect)?;
    let alike = answers.iter().filter(|answer| weak(answer, expect) == Some(weak_one)).count();
    if alike < usize::from(REPEATS) {
        return Some(format!(": ce n'est pas encore une réponse, vu {alike} fois sur {REPEATS}"));
    }
    context.distrusts(weak_one)
}

/// Judges a look at the target's own certificate.
#[must_use]
pub fn inspection(context: &Context<'_>, level: Level, inspection: Inspection) -> Judgement {
    let expected = match inspection {
        Inspection::Chain => {
            "un certificat de la cible rattaché à la racine, chaîne complète et en ordre"
        }
        Inspection::Validity => "un certificat de la cible dans sa période de validité",
        Inspection::Name => "un certificat de la cible dont le CN est le nom MX déclaré",
        Inspection::Dn => "un certificat de la cible dont le DN est le DN déclaré",
        Inspection::Request => "une demande de certificat au pair",
    };
    let found = context.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Inspected { met, detail, .. } => Some((met, detail)),
        _ => None,
    });
    let judgement = match found {
        None => Judgement::inconclusive(before(context)),
        Some((met, detail)) => {
            let base = Judgement::at(Stage::Handshake, detail.clone());
            match met {
                Some(true) => settle(context, level, base, true, detail, false),
                Some(false) => {
                    let what = match inspection {
                        Inspection::Chain | Inspection::Request => detail.clone(),
                        Inspection::Validity => format!("hors de sa période : {detail}"),
                        Inspection::Name => format!("le CN n'est pas le nom MX : {detail}"),
                        Inspection::Dn => format!("ce n'est pas le DN déclaré : {detail}"),
                    };
                    settle(context, level, base, false, &what, false)
                }
                None => base.inconclude(detail),
            }
        }
    };
    Judgement { expected: expected.into(), ..judgement }
}

fn settle(
    context: &Context<'_>,
    level: Level,
    base: Judgement,
    met: bool,
    what: &str,
    refused: bool,
) -> Judgement {
    // What the target agreed to or showed needs no twin; what it refused does.
    if refused && let Some(why) = context.untrusted_control() {
        return base.inconclude(&format!("{what}, mais {why}"));
    }
    match (met, level) {
        (true, _) => base.verdict(Verdict::Pass, what),
        (false, Level::May) => base.verdict(Verdict::Pass, what).unmet(),
        (false, Level::Must) => base.verdict(Verdict::Fail, what).unmet(),
        (false, Level::Should) => base.verdict(Verdict::PassWithRemark, what).unmet(),
    }
}

/// Why the probe was not reached.
fn before(context: &Context<'_>) -> String {
    let last = last_session(context.entries);
    match transaction(context.entries, last, 0) {
        TransactionEnd::Refused(Refusal { stage, how: How::Reply { code, enhanced, text } })
            if is_temporary(code) =>
        {
            let word = deferral::word(code, enhanced.as_deref(), &text, stage, false);
            format!("sonde non atteinte : {}", deferral::put_off(context, word, &text))
        }
        TransactionEnd::Refused(refusal) => {
            format!("sonde non atteinte : {}", describe(&refusal))
        }
        TransactionEnd::Broken(cause) => cause,
        TransactionEnd::Accepted { text, .. } => text,
    }
}

fn words(answer: &ProbeAnswer) -> String {
    match answer {
        ProbeAnswer::ServerHello { version, suite } => format!("ServerHello {version}, {suite}"),
        ProbeAnswer::Alert { code, description } => format!("alerte TLS {description} ({code})"),
        ProbeAnswer::Closed => "connexion fermée sans alerte".into(),
        ProbeAnswer::NotTls => "des octets qui ne sont pas du TLS".into(),
        ProbeAnswer::Silence => "aucune réponse".into(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{judge::Twin, observe::testing::Played};
    use Verdict::{Fail, Inconclusive, Pass, PassWithRemark};

    fn server_hello() -> ProbeAnswer {
        ProbeAnswer::ServerHello { version: "TLS 1.0".into(), suite: "0x002f".into() }
    }

    fn alert() -> ProbeAnswer {
        ProbeAnswer::Alert { code: 70, description: "protocol_version".into() }
    }

    fn damaged() -> ProbeAnswer {
        ProbeAnswer::Alert { code: 50, description: "decode_error".into() }
    }

    fn times(times: u16, answer: ProbeAnswer) -> Played {
        Played::times(times, |p| p.until_starttls().probed(answer.clone()))
    }

    #[rstest]
    #[case::alert(times(1, alert()), Level::Must, Expected::Refused, Pass)]
    #[case::agreed(times(1, server_hello()), Level::Must, Expected::Refused, Fail)]
    #[case::agreed_should(
        times(1, server_hello()),
        Level::Should,
        Expected::Refused,
        PassWithRemark
    )]
    #[case::agreed_may(times(1, server_hello()), Level::May, Expected::Refused, Pass)]
    #[case::closed_once(
        times(1, ProbeAnswer::Closed),
        Level::Must,
        Expected::Refused,
        Inconclusive
    )]
    #[case::closed_thrice(times(3, ProbeAnswer::Closed), Level::Must, Expected::Refused, Pass)]
    #[case::silence(times(1, ProbeAnswer::Silence), Level::Must, Expected::Refused, Inconclusive)]
    #[case::not_tls(times(1, ProbeAnswer::NotTls), Level::Must, Expected::Refused, Inconclusive)]
    #[case::sound(times(1, server_hello()), Level::Must, Expected::Accepted, Pass)]
    #[case::sound_refused(times(3, alert()), Level::Must, Expected::Accepted, Fail)]
    #[case::sound_refused_once(times(1, alert()), Level::Must, Expected::Accepted, Inconclusive)]
    #[case::another_alert_once(times(1, damaged()), Level::Must, Expected::Refused, Inconclusive)]
    #[case::another_alert_thrice(times(3, damaged()), Level::Must, Expected::Refused, Pass)]
    #[case::either(times(1, alert()), Level::May, Expected::Either, Pass)]
    #[case::not_reached(Played::new().reply(0, Stage::Greeting, "554 non"), Level::Must, Expected::Refused, Inconclusive)]
    fn an_answer(
        #[case] played: Played,
        #[case] level: Level,
        #[case] expect: Expected,
        #[case] verdict: Verdict,
    ) {
        let judgement = hello(&played.context(), level, expect);
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    }

    #[rstest]
    #[case::agreed_to_what_must_be_refused(server_hello(), Expected::Refused, Fail)]
    #[case::agreed_to_what_is_sound(server_hello(), Expected::Accepted, Pass)]
    #[case::refused_as_it_must(alert(), Expected::Refused, Inconclusive)]
    #[case::refused_what_is_sound(alert(), Expected::Accepted, Inconclusive)]
    fn without_a_trusted_control(
        #[case] answer: ProbeAnswer,
        #[case] expect: Expected,
        #[case] verdict: Verdict,
    ) {
        let played = times(3, answer);
        let twin = Twin::NotPassed("témoin".into());
        let context = Context { twin, ..played.context() };
        assert_eq!(hello(&context, Level::Must, expect).verdict, verdict);
    }

    #[rstest]
    #[case::in_order(Some(true), Level::Must, Pass)]
    #[case::wrong(Some(false), Level::Must, Fail)]
    #[case::wrong_should(Some(false), Level::Should, PassWithRemark)]
    #[case::untold(None, Level::Must, Inconclusive)]
    fn a_look(#[case] met: Option<bool>, #[case] level: Level, #[case] verdict: Verdict) {
        let played = Played::new().push(Event::Inspected {
            session: 0,
            what: "chain".into(),
            met,
            detail: "détail".into(),
        });
        let context = Context { control_after: Some(false), ..played.context() };
        assert_eq!(inspection(&context, level, Inspection::Chain).verdict, verdict);
    }
}
