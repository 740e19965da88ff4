//! The wording of one event of a transcript.

use std::fmt::Write as _;

use fixtures::smtp::wire::ReplyFlaw;
use serde_json::{Map, Value};

/// `out`, `in`, `tls`, `trouble` or `info`: the class of an event in the style.
pub(super) fn kind(event: &Map<String, Value>) -> &'static str {
    match name(event) {
        "sent" => "out",
        "reply" | "garbled" => "in",
        "tls-started" | "tls-established" | "tls-shown" | "agreed" | "renegotiation"
        | "tls-alert" | "tls-failed" | "probe" => "tls",
        "trouble" | "connect-failed" | "timed-out" | "too-long" => "trouble",
        _ => "info",
    }
}

/// What happened, in lines of French, with what went over the wire as it is.
pub(super) fn lines(event: &Map<String, Value>) -> Vec<String> {
    let get = |key: &str| event.get(key).map(plain).unwrap_or_default();
    let by = || match get("by").as_str() {
        "target" => "la cible".to_owned(),
        "harness" => "le banc".to_owned(),
        other => other.to_owned(),
    };
    let one = |line: String| vec![line];
    match name(event) {
        "note" | "trouble" => one(get("text")),
        "dns-control" => {
            one(format!("Contrôle DNS : {} {} → {}", get("name"), get("kind"), get("answer")))
        }
        "connected" => one(format!("Connexion de {} vers {}", get("from"), get("to"))),
        "connect-failed" => {
            one(format!("Connexion impossible vers {} : {}", get("to"), get("error")))
        }
        "sent" => wire_lines(&get("bytes")),
        "reply" => event
            .get("lines")
            .and_then(Value::as_array)
            .map(|lines| lines.iter().map(plain).collect())
            .unwrap_or_default(),
        "malformed" => one(format!("Forme de la réponse qui suit : {}", flaw(&get("flaw")))),
        "garbled" => {
            let mut lines = one(format!("Réponse malformée : {}", get("problem")));
            lines.extend(wire_lines(&get("bytes")));
            lines
        }
        "tls-started" => {
            let mut lines = one(format!("Début de TLS, versions proposées : {}", get("versions")));
            lines.extend(chain("Certificat prêt à être présenté", event.get("presenting")));
            if !get("plaintext_left").is_empty() {
                lines.push(format!("Octets restés en clair : {}", get("plaintext_left")));
            }
            lines
        }
        "tls-established" => {
            let flag = |key| event.get(key).and_then(Value::as_bool).unwrap_or_default();
            let mut lines = one(format!("TLS établi : {}, {}", get("version"), get("suite")));
            lines.push(
                match (flag("certificate_requested"), flag("certificate_sent")) {
                    (true, true) => "Certificat client demandé et envoyé",
                    (true, false) => "Certificat client demandé, non envoyé",
                    (false, _) => "Certificat client non demandé par la cible",
                }
                .to_owned(),
            );
            lines.extend(chain("Certificat de la cible", event.get("peer")));
            lines
        }
        "tls-shown" => chain("Certificat de la cible", event.get("peer")).into_iter().collect(),
        "agreed" => {
            let mut line = format!(
                "Par une offre plus large, la cible accepte {}, {}",
                get("version"),
                get("suite")
            );
            for (label, key) in [
                (", groupe ", "group"),
                (", signature ", "scheme"),
                (" ; hors de portée de la suite : ", "beyond"),
            ] {
                if !get(key).is_empty() {
                    write!(line, "{label}{}", get(key)).expect("writing to a string");
                }
            }
            one(line)
        }
        "renegotiation" => {
            one("La cible demande une renégociation TLS (HelloRequest), que la suite décline"
                .to_owned())
        }
        "tls-alert" => one(format!("Alerte TLS de {} : {}", by(), get("description"))),
        "tls-failed" => one(format!("Échec de TLS : {}", get("error"))),
        "probe" => {
            let answer = event.get("answer").and_then(Value::as_object);
            let answer = answer.map(probe_answer).unwrap_or_default();
            one(format!("Sonde {} : {answer}", get("hello")))
        }
        "closed" => {
            let how = match (get("reset").as_str(), get("close_notify").as_str()) {
                ("true", _) => " par une réinitialisation TCP",
                (_, "false") => ", sans close_notify",
                _ => "",
            };
            one(format!("Connexion fermée par {}{how}", by()))
        }
        "timed-out" => one(format!("Aucune réponse en {} ms", get("after_ms"))),
        "too-long" => one(format!("Réponse de plus de {} octets, lecture arrêtée", get("limit"))),
        "delivered" => {
            let mut line = format!("Message {} remis", get("token"));
            for (label, key) in [(" à ", "recipients"), (", modifié : ", "altered")] {
                if !get(key).is_empty() {
                    write!(line, "{label}{}", get(key)).expect("writing to a string");
                }
            }
            one(line)
        }
        "not-delivered" => {
            one(format!("Message {} non remis en {} ms", get("token"), get("watched_ms")))
        }
        "unreadable" => one(format!("Des fichiers de la remise sont illisibles : {}", get("what"))),
        "fetched" => one(format!("Lecture de {} par {}", get("what"), get("from"))),
        other => {
            let rest: Map<_, _> = event
                .iter()
                .filter(|(key, _)| !["at_us", "event"].contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            one(format!("{other} {}", Value::Object(rest)))
        }
    }
}

/// What is wrong with the form of a reply, in words.
fn flaw(name: &str) -> String {
    let flaw = serde_json::from_value::<ReplyFlaw>(Value::from(name));
    flaw.map_or_else(|_| name.to_owned(), |flaw| flaw.title().to_owned())
}

fn name(event: &Map<String, Value>) -> &str {
    event.get("event").and_then(Value::as_str).unwrap_or_default()
}

fn probe_answer(answer: &Map<String, Value>) -> String {
    let get = |key: &str| answer.get(key).map(plain).unwrap_or_default();
    match get("kind").as_str() {
        "server-hello" => format!("ServerHello, {}, {}", get("version"), get("suite")),
        "alert" => format!("alerte {} ({})", get("description"), get("code")),
        "closed" => "connexion fermée".to_owned(),
        "not-tls" => "octets qui ne sont pas du TLS".to_owned(),
        "silence" => "silence".to_owned(),
        other => other.to_owned(),
    }
}

/// One line a certificate, leaf first.
fn chain(label: &str, chain: Option<&Value>) -> Vec<String> {
    let chain = chain.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let lines = chain.iter().map(|certificate| {
        let get = |key: &str| certificate.get(key).map(plain).unwrap_or_default();
        format!(
            "{label} : {} · série {} · du {} au {}",
            get("subject"),
            get("serial"),
            get("not_before").get(..10).unwrap_or_default(),
            get("not_after").get(..10).unwrap_or_default(),
        )
    });
    lines.collect()
}

/// A value without the quotes and brackets of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Octets in the transcript's notation, cut after each `\r\n`, which is left out.
fn wire_lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("\\r\\n") {
            lines.push(String::new());
            rest = after;
            continue;
        }
        // An escape is taken whole, so that `\\r` is not read as one.
        let mut chars = rest.chars();
        if chars.next() == Some('\\') {
            chars.next();
        }
        let used = rest.len() - chars.as_str().len();
        lines.last_mut().expect("at least one line").push_str(&rest[..used]);
        rest = &rest[used..];
    }
    if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use fixtures::smtp::transcript::{Entry, Event, ProbeAnswer, Side, Stage};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("EHLO a\\r\\n", &["EHLO a"])]
    #[case::two("a\\r\\n.\\r\\n", &["a", "."])]
    #[case::bare_line_feed("a\\nb", &["a\\nb"])]
    #[case::a_backslash("a\\\\r\\n", &["a\\\\r\\n"])]
    #[case::lone_backslash("a\\", &["a\\"])]
    #[case::nothing("", &[""])]
    fn octets_are_cut_at_line_ends(#[case] text: &str, #[case] lines: &[&str]) {
        assert_eq!(wire_lines(text), lines);
    }

    const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 25);

    #[rstest]
    #[case::note(Event::Note { text: "Début".to_owned() }, "Début")]
    #[case::connect_failed(
        Event::ConnectFailed { session: 0, from: None, to: ADDRESS, error: "refusée".to_owned() },
        "Connexion impossible vers 127.0.0.1:25 : refusée"
    )]
    #[case::garbled(
        Event::Garbled {
            session: 0,
            step: 1,
            stage: Stage::Ehlo,
            problem: "code à deux chiffres".to_owned(),
            bytes: "25 é\0\r\n".into(),
        },
        "Réponse malformée : code à deux chiffres|25 é\\x00"
    )]
    #[case::tls_failed(
        Event::TlsFailed { session: 0, stage: Stage::Handshake, error: "eof".to_owned() },
        "Échec de TLS : eof"
    )]
    #[case::probe_alert(
        probe(ProbeAnswer::Alert { code: 70, description: "protocol_version".to_owned() }),
        "Sonde tls1.0 : alerte protocol_version (70)"
    )]
    #[case::probe_hello(
        probe(ProbeAnswer::ServerHello { version: "TLS 1.0".to_owned(), suite: "0x002f".to_owned() }),
        "Sonde tls1.0 : ServerHello, TLS 1.0, 0x002f"
    )]
    #[case::probe_closed(probe(ProbeAnswer::Closed), "Sonde tls1.0 : connexion fermée")]
    #[case::probe_not_tls(
        probe(ProbeAnswer::NotTls),
        "Sonde tls1.0 : octets qui ne sont pas du TLS"
    )]
    #[case::probe_silence(probe(ProbeAnswer::Silence), "Sonde tls1.0 : silence")]
    #[case::closed_by_us(
        Event::Closed {
            session: 0,
            step: 1,
            by: Side::Harness,
            stage: Stage::Quit,
            close_notify: None,
            reset: false,
        },
        "Connexion fermée par le banc"
    )]
    #[case::reset(
        Event::Closed {
            session: 0,
            step: 1,
            by: Side::Target,
            stage: Stage::Quit,
            close_notify: Some(false),
            reset: true,
        },
        "Connexion fermée par la cible par une réinitialisation TCP"
    )]
    #[case::no_close_notify(
        Event::Closed {
            session: 0,
            step: 1,
            by: Side::Target,
            stage: Stage::Quit,
            close_notify: Some(false),
            reset: false,
        },
        "Connexion fermée par la cible, sans close_notify"
    )]
    #[case::timed_out(
        Event::TimedOut { session: 0, step: 1, stage: Stage::Ehlo, after_ms: 5_000 },
        "Aucune réponse en 5000 ms"
    )]
    #[case::too_long(
        Event::TooLong { session: 0, step: 1, stage: Stage::Ehlo, limit: 512 },
        "Réponse de plus de 512 octets, lecture arrêtée"
    )]
    #[case::not_delivered(
        Event::NotDelivered { token: "t-1".to_owned(), watched_ms: 900 },
        "Message t-1 non remis en 900 ms"
    )]
    #[case::trouble(Event::Trouble { text: "Le port est pris.".to_owned() }, "Le port est pris.")]
    fn an_event_as_the_runner_writes_it_is_told_in_french(
        #[case] event: Event,
        #[case] told: &str,
    ) {
        let entry = Entry { at_us: 1, event };
        let json = serde_json::to_string(&entry).expect("JSON");
        let event = serde_json::from_str(&json).expect("an object");
        assert_eq!(lines(&event).join("|"), told);
    }

    fn probe(answer: ProbeAnswer) -> Event {
        Event::Probe { session: 0, hello: "tls1.0".to_owned(), answer }
    }
}
