//! A transcript as rows of a table: when, in which direction, what.
//!
//! Read line by line from its file as plain JSON: an event of a later version is shown as it is.

use std::{
    fmt::Write as _,
    path::{Component, Path},
};

use serde::Serialize;
use serde_json::{Map, Value};
use suite::record::TranscriptRef;

use crate::{file, words};

/// The largest transcript that is put in the page, in octets.
const LIMIT: u64 = 1 << 20;
/// The most events of one transcript that are put in the page.
const MOST_EVENTS: usize = 1_000;
/// The most characters of one event.
const MOST_CHARS: usize = 8_000;

/// The transcript of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Exchange {
    /// Its file, relative to the record.
    path: String,
    /// The file's SHA-256 by the record.
    sha256: String,
    /// Its events.
    rows: Vec<Row>,
    /// What is missing from the rows, and why.
    note: Option<String>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Row {
    /// Milliseconds since the scenario began, `9,12`.
    at: String,
    /// `out`, `in`, `tls`, `info` or `trouble`: its class in the style.
    kind: &'static str,
    /// `→`, `←` or `·`.
    arrow: &'static str,
    /// Whether it went inside TLS.
    tls: bool,
    /// Its session counted from 1, when the transcript has several.
    session: Option<u64>,
    /// Its lines.
    lines: Vec<String>,
}

/// Reads the transcript from the run's folder. `budget` is how many octets of transcripts the page
/// may still hold.
pub(super) fn read(run_dir: &Path, transcript: &TranscriptRef, budget: &mut u64) -> Exchange {
    let mut exchange = Exchange {
        path: words::visible(&transcript.path).into_owned(),
        sha256: words::visible(&transcript.sha256).into_owned(),
        rows: Vec::new(),
        note: None,
    };
    let path = Path::new(&transcript.path);
    // A record from elsewhere must not make us publish another file.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        exchange.note = Some("Chemin hors du dossier de l'exécution : échange non lu.".to_owned());
        return exchange;
    }
    match file::read_at_most(&run_dir.join(path), LIMIT.min(*budget)) {
        Ok(Some(bytes)) => {
            *budget -= bytes.len() as u64;
            exchange.fill(&String::from_utf8_lossy(&bytes));
        }
        Ok(None) => {
            exchange.note =
                Some("Échange trop long pour cette page : lisez le fichier.".to_owned());
        }
        Err(error) => exchange.note = Some(format!("Échange illisible : {error}.")),
    }
    exchange
}

impl Exchange {
    fn fill(&mut self, text: &str) {
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let mut unreadable = 0;
        for line in lines.iter().take(MOST_EVENTS) {
            match serde_json::from_str(line) {
                Ok(event) => self.rows.push(row(&event)),
                Err(_) => unreadable += 1,
            }
        }
        if self.rows.iter().all(|row| row.session.is_none_or(|session| session == 1)) {
            self.rows.iter_mut().for_each(|row| row.session = None);
        }
        let more = lines.len().saturating_sub(MOST_EVENTS);
        self.note = match (unreadable, more) {
            (0, 0) => None,
            (0, more) => {
                Some(format!("{} de plus dans le fichier.", words::plural(more, "événement")))
            }
            (unreadable, _) => Some(format!(
                "{} illisible{} : l'écriture du fichier a été interrompue.",
                words::plural(unreadable, "ligne"),
                if unreadable > 1 { "s" } else { "" }
            )),
        };
    }
}

fn row(event: &Map<String, Value>) -> Row {
    let at_us = event.get("at_us").and_then(Value::as_u64).unwrap_or_default();
    let kind = kind(event);
    Row {
        at: format!("{},{:02}", at_us / 1_000, at_us % 1_000 / 10),
        kind,
        arrow: match kind {
            "out" => "→",
            "in" => "←",
            _ => "·",
        },
        tls: event.get("tls").and_then(Value::as_bool).unwrap_or_default(),
        session: event.get("session").and_then(Value::as_u64).map(|n| n.saturating_add(1)),
        lines: cut(lines(event)),
    }
}

fn name(event: &Map<String, Value>) -> &str {
    event.get("event").and_then(Value::as_str).unwrap_or_default()
}

fn kind(event: &Map<String, Value>) -> &'static str {
    match name(event) {
        "sent" => "out",
        "reply" | "garbled" => "in",
        "tls-started" | "tls-established" | "tls-alert" | "tls-failed" | "probe" => "tls",
        "trouble" | "connect-failed" | "timed-out" | "too-long" => "trouble",
        _ => "info",
    }
}

fn lines(event: &Map<String, Value>) -> Vec<String> {
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

/// Visible characters only, and no more than [`MOST_CHARS`].
fn cut(lines: Vec<String>) -> Vec<String> {
    let mut left = MOST_CHARS;
    let mut out = Vec::new();
    for line in lines {
        let visible = words::visible(&line);
        let short: String = visible.chars().take(left).collect();
        left -= short.chars().count();
        let whole = short.len() == visible.len();
        out.push(if whole { short } else { short + " … (suite dans le fichier)" });
        if !whole || left == 0 {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rstest::rstest;

    use super::*;
    use crate::sample;

    fn exchange(path: &str, text: Option<&str>) -> Exchange {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some(text) = text {
            fs::write(folder.path().join("t.jsonl"), text).expect("written");
        }
        let transcript = TranscriptRef { path: path.to_owned(), sha256: "00".to_owned() };
        read(folder.path(), &transcript, &mut LIMIT.clone())
    }

    #[test]
    fn each_event_is_told_in_french() {
        let exchange = exchange("t.jsonl", Some(sample::TRANSCRIPT));
        let mut text = String::new();
        for row in &exchange.rows {
            let tls = if row.tls { "TLS" } else { "" };
            writeln!(
                text,
                "{:>6} {:4} {tls:3} {} {}",
                row.at,
                row.kind,
                row.arrow,
                row.lines.join("\n       ")
            )
            .expect("writing to a string");
        }
        insta::assert_snapshot!("exchange", text);
        assert_eq!(
            exchange.note.as_deref(),
            Some("1 ligne illisible : l'écriture du fichier a été interrompue.")
        );
    }

    #[rstest]
    #[case::parent("../secret.jsonl", "Chemin hors du dossier")]
    #[case::absolute("/etc/hostname", "Chemin hors du dossier")]
    #[case::missing("absent.jsonl", "Échange illisible")]
    fn another_file_is_not_read(#[case] path: &str, #[case] note: &str) {
        let exchange = exchange(path, None);
        assert!(exchange.rows.is_empty());
        assert!(exchange.note.expect("a note").starts_with(note));
    }

    #[test]
    fn a_long_transcript_is_cut_and_says_so() {
        let line = "{\"at_us\":1,\"event\":\"note\",\"text\":\"x\"}\n";
        let long = exchange("t.jsonl", Some(&line.repeat(MOST_EVENTS + 2)));
        assert_eq!(long.rows.len(), MOST_EVENTS);
        assert_eq!(long.note.as_deref(), Some("2 événements de plus dans le fichier."));
        let huge = exchange("t.jsonl", Some(&"x".repeat(1 + LIMIT as usize)));
        assert!(huge.note.expect("a note").starts_with("Échange trop long"));
    }

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

    #[test]
    fn sessions_are_numbered_only_where_there_are_several() {
        let event =
            |n| format!("{{\"at_us\":1,\"event\":\"sent\",\"session\":{n},\"bytes\":\"x\"}}\n");
        let sessions = |text: &str| -> Vec<_> {
            exchange("t.jsonl", Some(text)).rows.iter().map(|row| row.session).collect()
        };
        assert_eq!(sessions(&(event(0) + &event(0))), [None, None]);
        assert_eq!(sessions(&(event(0) + &event(1))), [Some(1), Some(2)]);
    }

    #[test]
    fn a_long_event_is_cut() {
        let lines = cut(vec!["é".repeat(MOST_CHARS + 1), "x".to_owned()]);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].ends_with("é … (suite dans le fichier)"));
    }
}
