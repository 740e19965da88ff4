//! The lines of a transcript on which a verdict rests: few enough to be read on paper.

use fixtures::smtp::transcript::Stage;
use serde::Serialize;
use serde_json::{Map, Value};
use suite::observe::place;

use super::{
    exchange::{self, Row},
    prose, quoted,
};
use crate::words;

/// The most lines of an extract.
pub(super) const MOST_LINES: usize = 12;
/// The most lines of one event in it.
const MOST_OF_ONE: usize = 3;
/// The most characters of one line.
const MOST_CHARS: usize = 300;

const STAGES: [Stage; 13] = [
    Stage::Connect,
    Stage::Greeting,
    Stage::Ehlo,
    Stage::StartTls,
    Stage::Handshake,
    Stage::EhloTls,
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::Body,
    Stage::Bdat,
    Stage::Quit,
    Stage::Other,
];

/// An extract of a transcript, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Extract {
    /// The events, shortened.
    rows: Vec<Row>,
    /// Events that the transcript has and the extract has not.
    left_out: usize,
}

/// The decisive lines of these events. `stage` is where the decisive thing was seen, in the words
/// of the record; without it, where the session ended.
pub(super) fn extract(events: &[Map<String, Value>], stage: Option<&str>) -> Extract {
    let wanted = stage.and_then(kebab);
    let at_stage = |event: &Map<String, Value>| {
        wanted.as_deref().is_some_and(|wanted| text(event, "stage") == Some(wanted))
    };
    // A session that was repeated shows the same each time: the last one is told of.
    let answered = events.iter().rposition(|event| at_stage(event) && is_answer(event));
    let last = answered
        .or_else(|| events.iter().rposition(&at_stage))
        .or_else(|| events.iter().rposition(|event| is_answer(event) && !is_farewell(event)));
    let session = last.and_then(|index| number(&events[index], "session"));
    let step = last.and_then(|index| number(&events[index], "step"));

    let mut ranked: Vec<(u8, usize)> = events
        .iter()
        .enumerate()
        .filter_map(|(index, event)| {
            let own = number(event, "session");
            if own.is_some() && own != session {
                return None;
            }
            let decisive = Some(index) == last || (step.is_some() && number(event, "step") == step);
            Some((rank(event, decisive || at_stage(event))?, index))
        })
        .collect();
    ranked.sort_unstable();

    let mut room = MOST_LINES;
    let mut chosen: Vec<(usize, Row)> = Vec::new();
    for (_, index) in ranked {
        let row = short(&events[index]);
        if row.lines.len() <= room {
            room -= row.lines.len();
            chosen.push((index, row));
        }
    }
    chosen.sort_by_key(|(index, _)| *index);
    let left_out = events.len() - chosen.len();
    Extract { rows: chosen.into_iter().map(|(_, row)| row).collect(), left_out }
}

/// How much an event tells, the least first; `None` for one that decides nothing.
fn rank(event: &Map<String, Value>, decisive: bool) -> Option<u8> {
    let stage = text(event, "stage").unwrap_or_default();
    Some(match name(event) {
        "trouble" | "probe" | "inspected" | "delivered" | "not-delivered" | "notified" => 0,
        "sent" | "reply" | "garbled" | "tls-alert" | "tls-failed" | "timed-out" | "too-long"
            if decisive =>
        {
            1
        }
        "closed" if decisive => 2,
        "tls-started" => 3,
        "dns-control" => 4,
        "tls-alert" | "tls-failed" | "connect-failed" | "garbled" | "timed-out"
            if stage != "quit" =>
        {
            5
        }
        "sent" | "reply" if stage == "mail" => 6,
        "tls-established" => 7,
        "sent" | "reply" if stage == "rcpt" => 8,
        _ => return None,
    })
}

fn is_answer(event: &Map<String, Value>) -> bool {
    matches!(
        name(event),
        "reply"
            | "garbled"
            | "tls-alert"
            | "tls-failed"
            | "timed-out"
            | "too-long"
            | "closed"
            | "probe"
            | "connect-failed"
    )
}

fn is_farewell(event: &Map<String, Value>) -> bool {
    name(event) == "closed" || text(event, "stage") == Some("quit")
}

/// The event with the lines that tell something: the certificate without its chain, a message by its
/// size.
fn short(event: &Map<String, Value>) -> Row {
    let mut row = exchange::row(event);
    row.session = None;
    match name(event) {
        "tls-started" => {
            let leaf = event.get("presenting").and_then(|chain| chain.get(0));
            row.lines = vec![leaf.map_or_else(
                || "Aucun certificat à présenter".to_owned(),
                |leaf| certificate("Certificat prêt à être présenté", leaf),
            )];
        }
        "tls-established" => row.lines.truncate(2),
        "sent" if text(event, "stage") == Some("body") => {
            let count = row.lines.len();
            row.lines = vec![prose(&format!(
                "Message de {}, point final compris",
                words::plural(count, "ligne")
            ))];
        }
        _ => {
            let count = row.lines.len();
            if count > MOST_OF_ONE {
                row.lines.truncate(MOST_OF_ONE - 1);
                let more = count + 1 - MOST_OF_ONE;
                row.lines.push(format!("… et {} de plus", words::plural(more, "ligne")));
            }
        }
    }
    for line in &mut row.lines {
        if line.chars().count() > MOST_CHARS {
            *line = line.chars().take(MOST_CHARS).chain(['…']).collect();
        }
    }
    row
}

fn certificate(label: &str, certificate: &Value) -> String {
    let get = |key: &str| certificate.get(key).and_then(Value::as_str).unwrap_or_default();
    let day = |key: &str| get(key).chars().take(10).collect::<String>();
    quoted(&format!(
        "{label} : {}, série {}, valide du {} au {}",
        get("subject"),
        get("serial"),
        day("not_before"),
        day("not_after")
    ))
}

/// The stage as transcripts write it, of the words of the record.
fn kebab(words: &str) -> Option<String> {
    let stage = STAGES.into_iter().find(|stage| place(*stage) == words)?;
    serde_json::to_value(stage).ok()?.as_str().map(str::to_owned)
}

fn name(event: &Map<String, Value>) -> &str {
    text(event, "event").unwrap_or_default()
}

fn text<'e>(event: &'e Map<String, Value>, key: &str) -> Option<&'e str> {
    event.get(key).and_then(Value::as_str)
}

fn number(event: &Map<String, Value>, key: &str) -> Option<u64> {
    event.get(key).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

    fn events(text: &str) -> Vec<Map<String, Value>> {
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn shown(extract: &Extract) -> Vec<String> {
        extract.rows.iter().map(|row| format!("{} {}", row.arrow, row.lines.join("|"))).collect()
    }

    const CERTIFICATE: &str = "· Certificat prêt à être présenté : \
        CN=alpha.mss-simule.test,OU=100000000000019,O=CH ALPHA,ST=Paris (75),C=FR, série 1f, \
        valide du 2025-01-01 au 2028-01-01";

    #[test]
    fn an_acceptance_after_the_message_is_told_with_its_certificate_and_its_delivery() {
        let extract = extract(&events(sample::TRANSCRIPT), Some("après le point final"));
        assert_eq!(
            shown(&extract),
            [
                "· Contrôle DNS : 7.0.0.127.in-addr.arpa PTR → NXDOMAIN",
                CERTIFICATE,
                "· TLS établi : TLS 1.3, TLS13_AES_256_GCM_SHA384|Certificat client demandé et envoyé",
                "→ MAIL FROM:<jean@alpha.mss-simule.test>",
                "← 250 2.1.0 Ok",
                "→ Message de 4\u{a0}lignes, point final compris".replace('\u{a0}', " ").as_str(),
                "← 250 2.0.0 Ok: queued as 4F2C1\\x1b[31m",
                "· Message t-5d2e remis à marie@ch-test.fr, modifié : champ Subject",
            ]
        );
        assert_eq!(extract.left_out, events(sample::TRANSCRIPT).len() - 8);
    }

    #[rstest]
    #[case::at_mail("au MAIL", "← 250 2.1.0 Ok")]
    #[case::at_ehlo(
        "à l'EHLO en clair",
        "← 250-mss.ch-test.fr|250-STARTTLS|250 ENHANCEDSTATUSCODES"
    )]
    #[case::at_starttls("au STARTTLS", "← 220 2.0.0 Ready to start TLS")]
    fn the_command_and_the_reply_of_the_stage_are_there(#[case] stage: &str, #[case] reply: &str) {
        let lines = shown(&extract(&events(sample::TRANSCRIPT), Some(stage)));
        let at = lines.iter().position(|line| line == reply).expect("the reply");
        assert!(lines[at - 1].starts_with('→'), "{lines:?}");
    }

    #[rstest]
    #[case::unknown_words(Some("ailleurs"))]
    #[case::none(None)]
    fn without_a_stage_the_last_answer_decides(#[case] stage: Option<&str>) {
        let lines = shown(&extract(&events(sample::TRANSCRIPT), stage));
        assert!(lines.iter().any(|line| line.contains("queued as")), "{lines:?}");
    }

    #[test]
    fn only_the_last_of_repeated_sessions_is_told_of() {
        let session = |n: u8, reply: &str| {
            format!(
                "{{\"event\":\"sent\",\"session\":{n},\"step\":1,\"stage\":\"mail\",\"tls\":true,\"bytes\":\"MAIL {n}\"}}\n\
                 {{\"event\":\"reply\",\"session\":{n},\"step\":1,\"stage\":\"mail\",\"tls\":true,\"code\":250,\"lines\":[\"{reply}\"]}}\n"
            )
        };
        let all = events(&(session(0, "451 a") + &session(1, "451 b") + &session(2, "451 c")));
        let extract = extract(&all, Some("au MAIL"));
        assert_eq!(shown(&extract), ["→ MAIL 2", "← 451 c"]);
        assert_eq!(extract.left_out, 4);
    }

    #[test]
    fn an_extract_stays_short_whatever_the_target_says() {
        let reply = format!(
            "{{\"event\":\"reply\",\"session\":0,\"step\":1,\"stage\":\"mail\",\"tls\":true,\"code\":250,\"lines\":[{}]}}\n",
            vec![format!("\"250-{}\"", "x".repeat(5_000)); 50].join(",")
        );
        let extract = extract(&events(&reply.repeat(40)), Some("au MAIL"));
        let lines: Vec<&String> = extract.rows.iter().flat_map(|row| &row.lines).collect();
        assert!(!lines.is_empty() && lines.len() <= MOST_LINES);
        assert!(lines.iter().all(|line| line.chars().count() <= MOST_CHARS + 1));
    }

    #[test]
    fn nothing_played_has_no_lines() {
        assert_eq!(extract(&[], Some("au MAIL")), Extract::default());
    }
}
