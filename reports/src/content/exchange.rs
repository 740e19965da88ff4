//! A transcript as rows of a table: when, in which direction, what.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    event::{self, Told},
    quoted,
    transcript::Transcript,
};
use crate::words;

/// The most events of one transcript that are put in a report.
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
pub(super) struct Row {
    /// Milliseconds since the scenario began, `9,12`.
    pub(super) at: String,
    /// `out`, `in`, `tls`, `info` or `trouble`: its class in the style.
    pub(super) kind: &'static str,
    /// `→`, `←` or `·`.
    pub(super) arrow: &'static str,
    /// Whether it went inside TLS.
    pub(super) tls: bool,
    /// Its session counted from 1, when the transcript has several.
    pub(super) session: Option<u64>,
    /// Its lines.
    pub(super) lines: Vec<String>,
}

/// The rows of a transcript. `budget` is how many octets of transcripts the report may still hold.
pub(super) fn of(transcript: &Transcript, budget: &mut u64) -> Exchange {
    let mut exchange = Exchange {
        path: quoted(&transcript.path),
        sha256: quoted(&transcript.sha256),
        rows: Vec::new(),
        note: transcript.note.clone(),
    };
    let size = transcript.size.unwrap_or_default();
    let Some(left) = budget.checked_sub(size) else {
        let note = "Échange trop long pour ce rapport : lisez le fichier.";
        exchange.note = Some(note.to_owned());
        return exchange;
    };
    *budget = left;
    exchange.rows = transcript.events.iter().take(MOST_EVENTS).map(row).collect();
    if exchange.rows.iter().all(|row| row.session.is_none_or(|session| session == 1)) {
        exchange.rows.iter_mut().for_each(|row| row.session = None);
    }
    let more = transcript.events.len().saturating_sub(MOST_EVENTS);
    if more > 0 {
        let more = words::plural(more, "événement");
        exchange.note.get_or_insert_with(|| format!("{more} de plus dans le fichier."));
    }
    exchange
}

/// One event as a row.
pub(super) fn row(event: &Map<String, Value>) -> Row {
    let at_us = event.get("at_us").and_then(Value::as_u64).unwrap_or_default();
    let Told { kind, lines } = event::told(event);
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
        lines: cut(lines),
    }
}

/// Visible characters only, and no more than [`MOST_CHARS`].
fn cut(lines: Vec<String>) -> Vec<String> {
    let mut left = MOST_CHARS;
    let mut out = Vec::new();
    for line in lines {
        let visible = words::visible(&line);
        let end = visible.char_indices().nth(left).map(|(at, _)| at);
        left = left.saturating_sub(visible.chars().count());
        let whole = end.is_none();
        out.push(match end {
            None => visible.into_owned(),
            Some(end) => format!("{} … (suite dans le fichier)", &visible[..end]),
        });
        if !whole || left == 0 {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, fs};

    use rstest::rstest;
    use suite::record::TranscriptRef;

    use super::{super::transcript::LIMIT, *};
    use crate::sample;

    fn exchange(path: &str, text: Option<&str>) -> Exchange {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some(text) = text {
            fs::write(folder.path().join("t.jsonl"), text).expect("written");
        }
        let transcript = TranscriptRef { path: path.to_owned(), sha256: "00".to_owned() };
        of(&Transcript::read(folder.path(), &transcript), &mut LIMIT.clone())
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
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("t.jsonl"), line).expect("written");
        let reference = TranscriptRef { path: "t.jsonl".to_owned(), sha256: String::new() };
        let beyond = of(&Transcript::read(folder.path(), &reference), &mut 1);
        assert!(beyond.note.expect("a note").starts_with("Échange trop long"));
    }

    #[test]
    fn sessions_are_numbered_only_where_there_are_several() {
        let event = |n| {
            format!(
                "{{\"at_us\":1,\"event\":\"renegotiation\",\"session\":{n},\"stage\":\"rcpt\"}}\n"
            )
        };
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
