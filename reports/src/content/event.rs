//! The wording of one event of a transcript.

#[cfg(test)]
mod tests;

use std::{fmt::Write as _, net::IpAddr};

use fixtures::{
    log::{Fetch, Resource, TlsFacts, Transport},
    smtp::transcript::{CertificateSummary, Event, ProbeAnswer, Side},
};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Map, Value};
use suite::{record::AwaitRecord, scenario::model::Inspection};

use crate::words;

/// An event in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// `out`, `in`, `tls`, `trouble` or `info`: its class in the style.
    pub(super) kind: &'static str,
    /// What happened, in lines of French, with what went over the wire as it is.
    pub(super) lines: Vec<String>,
}

/// An event as the file has it, in words. One that this version does not know, or not in this form, is
/// told by its fields: a record may come from a later version.
pub(super) fn told(event: &Map<String, Value>) -> Told {
    Event::deserialize(event).map_or_else(
        |_| Told { kind: "info", lines: vec![foreign(event)] },
        |event| Told { kind: kind(&event), lines: lines(&event) },
    )
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Sent { by, .. } | Event::Reply { by, .. } | Event::Garbled { by, .. } => match by {
            Side::Harness => "out",
            Side::Target => "in",
        },
        Event::TlsStarted { .. }
        | Event::TlsEstablished { .. }
        | Event::TlsShown { .. }
        | Event::TlsSigned { .. }
        | Event::Agreed { .. }
        | Event::Renegotiation { .. }
        | Event::TlsAlert { .. }
        | Event::TlsFailed { .. }
        | Event::Probe { .. } => "tls",
        Event::Trouble { .. }
        | Event::RestoreFailed { .. }
        | Event::ConnectFailed { .. }
        | Event::TimedOut { .. }
        | Event::TooLong { .. } => "trouble",
        Event::Began { .. }
        | Event::Changed { .. }
        | Event::Awaited { .. }
        | Event::Restored { .. }
        | Event::DnsControl { .. }
        | Event::DnsAsked { .. }
        | Event::Connected { .. }
        | Event::Malformed { .. }
        | Event::Inspected { .. }
        | Event::Closed { .. }
        | Event::Message { .. }
        | Event::Notified { .. }
        | Event::Delivered { .. }
        | Event::NotDelivered { .. }
        | Event::Unreadable { .. }
        | Event::Fetched { .. }
        | Event::Left { .. } => "info",
    }
}

#[expect(clippy::too_many_lines, reason = "one arm an event, so that none is forgotten")]
fn lines(event: &Event) -> Vec<String> {
    let one = |line: String| vec![line];
    match event {
        Event::Trouble { text } => one(text.clone()),
        Event::Began { run, scenario, part, since_us } => {
            let resumed = if *part == 0 { "" } else { ", après reprise" };
            let since = words::duration(since_us / 1_000);
            one(format!("Campagne {run}, {since} après son début{resumed} : {scenario}"))
        }
        Event::Changed { change, asked, answer, .. } => {
            vec![format!("État de l'espace : {change}"), format!("Contrôle : {asked} → {answer}")]
        }
        Event::Awaited { what, by, bound_ms, took_ms, said, failed } => {
            one(words::awaited(&AwaitRecord {
                what: *what,
                by: by.clone(),
                bound_ms: *bound_ms,
                took_ms: *took_ms,
                said: said.clone(),
                failed: failed.clone(),
            }))
        }
        Event::Restored { change, asked, answer, .. } => {
            vec![
                format!("Fin de l'état de l'espace : {change}"),
                format!("Contrôle : {asked} → {answer}"),
            ]
        }
        Event::RestoreFailed { error, .. } => {
            one(format!("Rien ne prouve que l'espace est rendu à son état nominal : {error}"))
        }
        Event::DnsControl { name, kind, answer } => {
            one(format!("Contrôle DNS : {name} {kind} → {answer}"))
        }
        Event::DnsAsked { name, kind, from, over, answer } => {
            let over = if *over == Transport::Tcp { " en TCP" } else { "" };
            one(format!("Question DNS de {from}{over} : {name} {kind} → {answer}"))
        }
        Event::Connected { from, to, asked, .. } => {
            let mut line = format!("Connexion de {from} vers {to}");
            if let Some(asked) = asked.filter(|asked| *asked != from.ip()) {
                write!(line, ", l'adresse {asked} étant demandée").expect("writing to a string");
            }
            one(line)
        }
        Event::ConnectFailed { to, error, .. } => {
            one(format!("Connexion impossible vers {to} : {error}"))
        }
        Event::Sent { bytes, .. } => wire_lines(&bytes.to_string()),
        Event::Reply { lines, .. } => lines.iter().map(ToString::to_string).collect(),
        Event::Malformed { flaw, .. } => {
            one(format!("Forme de la réponse qui suit : {}", flaw.title()))
        }
        Event::Garbled { problem, bytes, .. } => {
            let mut lines = one(format!("Réponse malformée : {problem}"));
            lines.extend(wire_lines(&bytes.to_string()));
            lines
        }
        Event::TlsStarted { versions, presenting, plaintext_left, .. } => {
            let mut lines =
                one(format!("Début de TLS, versions proposées : {}", versions.join(", ")));
            lines.extend(chain("Certificat prêt à être présenté", presenting));
            let left = plaintext_left.to_string();
            if !left.is_empty() {
                lines.push(format!("Octets restés en clair : {left}"));
            }
            lines
        }
        Event::TlsEstablished {
            version,
            suite,
            certificate_requested,
            certificate_sent,
            peer,
            ..
        } => {
            let mut lines = one(format!("TLS établi : {version}, {suite}"));
            lines.push(
                match (certificate_requested, certificate_sent) {
                    (true, true) => "Certificat client demandé et envoyé",
                    (true, false) => "Certificat client demandé, non envoyé",
                    (false, _) => "Certificat client non demandé par la cible",
                }
                .to_owned(),
            );
            lines.extend(chain("Certificat de la cible", peer));
            lines
        }
        Event::TlsShown { peer, .. } => chain("Certificat de la cible", peer),
        Event::TlsSigned { scheme, .. } => one(format!(
            "La cible a signé la poignée de main avec la clé de son certificat ({scheme})"
        )),
        Event::Agreed { version, suite, group, scheme, beyond, .. } => {
            let mut line = format!("Par une offre plus large, la cible accepte {version}, {suite}");
            for (label, text) in [
                (", groupe ", group.clone().unwrap_or_default()),
                (", signature ", scheme.clone().unwrap_or_default()),
                (" ; hors de portée de la suite : ", beyond.join(", ")),
            ] {
                add(&mut line, label, &text);
            }
            one(line)
        }
        Event::Renegotiation { .. } => {
            one("La cible demande une renégociation TLS (HelloRequest), que la suite décline"
                .to_owned())
        }
        Event::TlsAlert { by, description, .. } => {
            one(format!("Alerte TLS de {} : {description}", side(*by)))
        }
        Event::TlsFailed { error, .. } => one(format!("Échec de TLS : {error}")),
        Event::Probe { hello, answer, .. } => {
            one(format!("Sonde {hello} : {}", probe_answer(answer)))
        }
        Event::Inspected { what, met, detail, .. } => {
            let outcome = match met {
                Some(true) => "conforme",
                Some(false) => "non conforme",
                None => "indéterminé",
            };
            one(format!("Examen du certificat de la cible, {} : {outcome}, {detail}", looked(what)))
        }
        Event::Closed { by, reset, close_notify, .. } => {
            let how = match (reset, close_notify) {
                (true, _) => " par une réinitialisation TCP",
                (false, Some(false)) => ", sans close_notify",
                (false, _) => "",
            };
            one(format!("Connexion fermée par {}{how}", side(*by)))
        }
        Event::TimedOut { after_ms, .. } => one(format!("Aucune réponse en {after_ms} ms")),
        Event::TooLong { limit, .. } => {
            one(format!("Réponse de plus de {limit} octets, lecture arrêtée"))
        }
        Event::Message { transaction, token, .. } => one(format!(
            "Message {token} composé pour la transaction {}",
            u32::from(*transaction) + 1
        )),
        Event::Notified { token, text } => {
            one(format!("Avis reçu au sujet du message {token} : {text}"))
        }
        Event::Delivered { token, recipients, altered, identical, reordered, received } => {
            let mut line = format!("Message {token} remis");
            add(&mut line, " à ", &recipients.join(", "));
            add(&mut line, ", modifié : ", &altered.join(", "));
            add(&mut line, ", dans un autre ordre : ", &reordered.join(", "));
            if *identical {
                line.push_str(", identique octet par octet");
            }
            let mut lines = one(line);
            lines.extend(received.iter().map(|field| format!("Champ ajouté en chemin : {field}")));
            lines
        }
        Event::NotDelivered { token, watched_ms } => {
            one(format!("Message {token} non remis en {watched_ms} ms"))
        }
        Event::Unreadable { what } => {
            one(format!("Des fichiers de la remise sont illisibles : {what}"))
        }
        Event::Fetched { what, from, at, fetch } => fetched(*what, *from, *at, fetch),
        Event::Left { what, from, at, handshake } => {
            one(format!("Visite de {from} pour {what} à {at} → {handshake}"))
        }
    }
}

/// A fetch: who asked for what and was answered what, and what the request and its handshake showed.
fn fetched(what: Resource, from: IpAddr, at: Timestamp, fetch: &Fetch) -> Vec<String> {
    let Fetch { method, host, path, if_none_match, if_modified_since, tls, .. } = fetch;
    let mut request = format!("{method} {path}");
    add(&mut request, ", hôte ", host.as_deref().unwrap_or_default());
    add(&mut request, ", If-None-Match ", if_none_match.as_deref().unwrap_or_default());
    add(&mut request, ", If-Modified-Since ", if_modified_since.as_deref().unwrap_or_default());
    let mut lines =
        vec![format!("Lecture de {what} par {from} à {at} → {}", fetch.answer()), request];
    if let Some(TlsFacts { version, server_name, certificate }) = tls {
        let mut line = "TLS".to_owned();
        add(&mut line, " ", version.as_deref().unwrap_or_default());
        add(&mut line, ", nom demandé ", server_name.as_deref().unwrap_or_default());
        let subject = certificate.as_ref().map(|certificate| certificate.subject.as_str());
        add(&mut line, ", certificat du client ", subject.unwrap_or_default());
        lines.push(line);
    }
    lines
}

/// Adds a label and what it labels, where there is any.
fn add(line: &mut String, label: &str, text: &str) {
    if !text.is_empty() {
        line.push_str(label);
        line.push_str(text);
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Target => "la cible",
        Side::Harness => "le banc",
    }
}

/// What was looked at, in French.
fn looked(what: &str) -> String {
    let Ok(inspection) = serde_json::from_value::<Inspection>(Value::from(what)) else {
        return format!("« {what} »");
    };
    match inspection {
        Inspection::Chain => "sa chaîne",
        Inspection::Validity => "sa période de validité",
        Inspection::Name => "son CN",
        Inspection::Dn => "son DN",
        Inspection::Request => "la demande d'un certificat au pair",
    }
    .to_owned()
}

/// An event of which this version has no words: its name and its fields.
fn foreign(event: &Map<String, Value>) -> String {
    let name = event.get("event").and_then(Value::as_str).unwrap_or("sans nom");
    let mut line = format!("Événement « {name} », que cette version de la suite ne sait pas lire");
    let fields = event.iter().filter(|(key, _)| !["at_us", "event"].contains(&key.as_str()));
    for (index, (key, value)) in fields.enumerate() {
        let mark = if index == 0 { " :" } else { " ;" };
        write!(line, "{mark} {key} {}", plain(value)).expect("writing to a string");
    }
    line
}

fn probe_answer(answer: &ProbeAnswer) -> String {
    match answer {
        ProbeAnswer::ServerHello { version, suite } => format!("ServerHello, {version}, {suite}"),
        ProbeAnswer::Alert { code, description } => format!("alerte {description} ({code})"),
        ProbeAnswer::Closed => "connexion fermée".to_owned(),
        ProbeAnswer::NotTls => "octets qui ne sont pas du TLS".to_owned(),
        ProbeAnswer::Silence => "silence".to_owned(),
    }
}

/// One line a certificate, leaf first.
fn chain(label: &str, chain: &[CertificateSummary]) -> Vec<String> {
    let lines = chain.iter().map(|certificate| {
        format!(
            "{label} : {} · série {} · du {} au {}",
            certificate.subject,
            certificate.serial,
            certificate.not_before.get(..10).unwrap_or_default(),
            certificate.not_after.get(..10).unwrap_or_default(),
        )
    });
    lines.collect()
}

/// A value without the quotes, brackets and braces of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{key} {}", plain(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Octets in the transcript's notation, cut after each `\r\n`, which is left out.
fn wire_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        line.push_str(plain);
        if let Some(after) = escape.strip_prefix("\\r\\n") {
            lines.push(std::mem::take(&mut line));
            rest = after;
            continue;
        }
        // Taken whole, so that `\\r` is not read as one.
        let mut chars = escape.chars();
        chars.nth(1);
        rest = chars.as_str();
        line.push_str(&escape[..escape.len() - rest.len()]);
    }
    line.push_str(rest);
    lines.push(line);
    if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}
