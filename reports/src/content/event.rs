//! The wording of one event of a transcript.

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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use fixtures::{
        change::Change,
        dns::Fault,
        log::{Handshake, QuestionOutcome, Service},
        pki::Role,
        smtp::{
            transcript::{Entry, Octets, Stage},
            wire::ReplyFlaw,
        },
    };
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

    const US: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// One of each, in the order of [`Event`], with all that it can tell.
    fn one_of_each() -> Vec<Event> {
        let (session, step, stage) = (0, 1, Stage::Ehlo);
        let text = |text: &str| text.to_owned();
        let certificate = CertificateSummary {
            subject: text("CN=a.test,O=CH,C=FR"),
            issuer: text("CN=AC TEST,C=FR"),
            serial: text("1f"),
            not_before: text("2025-01-01T00:00:00Z"),
            not_after: text("2028-01-01T00:00:00Z"),
            sha256: text("00"),
        };
        vec![
            Event::Began {
                run: text("0123456789"),
                scenario: text("reception/5-enveloppe/nominal"),
                part: 1,
                since_us: 61_500_000,
            },
            Event::Changed {
                change: Change::Dns { name: text("a.test"), fault: Fault::Silence },
                at: Timestamp::UNIX_EPOCH,
                asked: text("a.test A"),
                answer: text("silence"),
            },
            Event::Awaited {
                what: Resource::List,
                by: text("period"),
                bound_ms: 300_000,
                took_ms: 42_000,
                said: Some(text("la commande a échoué")),
                failed: Some(text("aucune lecture")),
            },
            Event::Restored {
                change: Change::Dns { name: text("a.test"), fault: Fault::Silence },
                at: Timestamp::UNIX_EPOCH,
                asked: text("a.test A"),
                answer: text("192.0.2.1"),
            },
            Event::RestoreFailed { at: Timestamp::UNIX_EPOCH, error: text("aucune réponse") },
            Event::DnsControl { name: text("a.test"), kind: text("PTR"), answer: text("silence") },
            Event::DnsAsked {
                name: text("a.test"),
                kind: text("PTR"),
                from: US,
                over: Transport::Tcp,
                answer: QuestionOutcome::Records(2),
            },
            Event::Connected {
                session,
                asked: Some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9))),
                from: ADDRESS,
                to: ADDRESS,
            },
            Event::ConnectFailed { session, from: None, to: ADDRESS, error: text("refusée") },
            Event::Sent {
                by: Side::Harness,
                session,
                step,
                stage,
                tls: false,
                bytes: "EHLO a\r\n".into(),
            },
            Event::Reply {
                by: Side::Target,
                session,
                step,
                stage,
                tls: false,
                code: 250,
                enhanced: None,
                lines: vec!["250-a.test".into(), "250 STARTTLS".into()],
            },
            Event::Malformed {
                by: Side::Target,
                session,
                step,
                stage,
                tls: false,
                flaw: ReplyFlaw::BareLf,
                line: "250 a".into(),
            },
            Event::Garbled {
                by: Side::Target,
                session,
                step,
                stage,
                problem: text("code à deux chiffres"),
                bytes: "25 é\0\r\n".into(),
            },
            Event::TlsStarted {
                session,
                versions: vec![text("TLS 1.3"), text("TLS 1.2")],
                presenting: vec![certificate.clone()],
                plaintext_left: "QUIT".into(),
            },
            Event::TlsEstablished {
                session,
                version: text("TLS 1.3"),
                suite: text("TLS13_AES_128_GCM_SHA256"),
                certificate_requested: true,
                certificate_sent: false,
                peer: vec![certificate.clone()],
            },
            Event::TlsShown { session, peer: vec![certificate.clone()] },
            Event::TlsSigned {
                session,
                scheme: text("ECDSA_NISTP256_SHA256"),
                certificate: Octets(b"DER".to_vec()),
                content: Octets(vec![0; 64]),
                signature: Octets(vec![1; 64]),
            },
            Event::Renegotiation { session, stage },
            Event::TlsAlert {
                session,
                by: Side::Target,
                stage,
                description: text("bad_certificate"),
            },
            Event::TlsFailed { session, stage, error: text("eof") },
            probe(ProbeAnswer::Alert { code: 70, description: text("protocol_version") }),
            Event::Agreed {
                session,
                version: text("TLS 1.2"),
                suite: text("0x002f"),
                group: Some(text("ffdhe2048")),
                scheme: Some(text("rsa_pkcs1_sha1")),
                beyond: vec![text("l'échange DHE")],
            },
            inspected("chain", Some(true)),
            closed(Side::Target, Some(false), false),
            Event::TimedOut { session, step, stage, after_ms: 5_000 },
            Event::TooLong { session, step, stage, limit: 512 },
            Event::Message { session, transaction: 1, token: text("t-1") },
            Event::Notified { token: text("t-1"), text: text("550 5.1.1 inconnu") },
            Event::Delivered {
                token: text("t-1"),
                recipients: vec![text("marie@ch.test"), text("jean@ch.test")],
                altered: vec![text("champ Subject")],
                identical: true,
                reordered: vec![text("champ To")],
                received: vec![text("from a.test by ch.test")],
            },
            Event::NotDelivered { token: text("t-1"), watched_ms: 900 },
            Event::Unreadable { what: text("compressés par xz") },
            Event::Left {
                what: Resource::List,
                from: US,
                at: Timestamp::UNIX_EPOCH,
                handshake: Box::new(Handshake {
                    service: Service::Whitelist,
                    server_name: Some(text("liste.test")),
                    alert: Some(text("unknown_ca")),
                    error: Some(text("received fatal alert")),
                }),
            },
            Event::Fetched {
                what: Resource::Crl(Role::Organisations),
                from: US,
                at: Timestamp::UNIX_EPOCH,
                fetch: Box::new(Fetch {
                    service: Service::Revocation,
                    method: text("GET"),
                    host: Some(text("127.0.0.1:8080")),
                    path: text("/crl/organisations.crl"),
                    if_none_match: Some(text("\"1\"")),
                    if_modified_since: Some(text("Fri, 28 Nov 2025 12:00:00 GMT")),
                    status: Some(200),
                    octets: 912,
                    tls: Some(TlsFacts {
                        version: Some(text("TLSv1_3")),
                        server_name: Some(text("liste.test")),
                        certificate: Some(certificate.clone()),
                    }),
                }),
            },
            Event::Trouble { text: text("Le port est pris.") },
        ]
    }

    fn written(event: Event) -> Map<String, Value> {
        let json = serde_json::to_string(&Entry { at_us: 1, event }).expect("JSON");
        serde_json::from_str(&json).expect("an object")
    }

    #[rstest]
    #[case::our_command("sent", "harness", "out")]
    #[case::its_command("sent", "target", "in")]
    #[case::its_reply("reply", "target", "in")]
    #[case::our_reply("reply", "harness", "out")]
    fn what_goes_over_the_wire_says_who_sent_it(
        #[case] event: &str,
        #[case] by: &str,
        #[case] kind: &str,
    ) {
        let line = serde_json::json!({
            "event": event, "by": by, "session": 0, "step": 1, "stage": "ehlo", "tls": false,
            "bytes": "EHLO a\\r\\n", "code": 250, "enhanced": null, "lines": ["250 b"],
        });
        let told = told(line.as_object().expect("an object"));
        assert_eq!((told.kind, told.lines.len()), (kind, 1));
    }

    /// The names of all variants, as serde lists them where it meets another.
    fn all_names() -> Vec<String> {
        let other: Map<String, Value> =
            serde_json::from_str("{\"event\":\"?\"}").expect("an object");
        let error = Event::deserialize(&other).expect_err("no such event").to_string();
        let listed = error.split_once("expected one of").expect("a list").1;
        listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn each_event_as_the_runner_writes_it_has_its_words_in_french() {
        let all: Vec<Map<String, Value>> = one_of_each().into_iter().map(written).collect();
        let names: Vec<&str> =
            all.iter().filter_map(|event| event.get("event").and_then(Value::as_str)).collect();
        assert_eq!(names, all_names(), "one of each, in their order");
        let mut text = String::new();
        for event in &all {
            let told = told(event);
            let all_lines = told.lines.join("\n    ");
            assert!(!all_lines.is_empty() && !all_lines.contains("ne sait pas lire"), "{event:?}");
            assert!(!all_lines.contains("{\""), "{all_lines}");
            writeln!(text, "{} ({})\n    {all_lines}", plain(&event["event"]), told.kind)
                .expect("writing to a string");
        }
        insta::assert_snapshot!("events", text);
    }

    #[rstest]
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
    #[case::closed_by_us(closed(Side::Harness, None, false), "Connexion fermée par le banc")]
    #[case::reset(
        closed(Side::Target, Some(false), true),
        "Connexion fermée par la cible par une réinitialisation TCP"
    )]
    #[case::close_notify(closed(Side::Target, Some(true), false), "Connexion fermée par la cible")]
    #[case::not_met(
        inspected("dn", Some(false)),
        "Examen du certificat de la cible, son DN : non conforme, ce qui fut vu"
    )]
    #[case::undecided(
        inspected("request", None),
        "Examen du certificat de la cible, la demande d'un certificat au pair : indéterminé, ce \
         qui fut vu"
    )]
    #[case::another_look(
        inspected("couleur", None),
        "Examen du certificat de la cible, « couleur » : indéterminé, ce qui fut vu"
    )]
    #[case::from_the_address_asked(
        Event::Connected { session: 0, asked: Some(US), from: ADDRESS, to: ADDRESS },
        "Connexion de 127.0.0.1:25 vers 127.0.0.1:25"
    )]
    fn the_other_forms_of_an_event(#[case] event: Event, #[case] told: &str) {
        assert_eq!(super::told(&written(event)).lines.join("|"), told);
    }

    #[rstest]
    #[case::of_a_later_version(
        r#"{"at_us":1,"event":"of-a-later-version","colour":["mauve"],"seen":{"by":null,"n":2}}"#,
        "Événement « of-a-later-version », que cette version de la suite ne sait pas lire : \
         colour mauve ; seen by , n 2"
    )]
    #[case::in_another_form(
        r#"{"event":"timed-out","after":5}"#,
        "Événement « timed-out », que cette version de la suite ne sait pas lire : after 5"
    )]
    #[case::nameless(
        "{}",
        "Événement « sans nom », que cette version de la suite ne sait pas lire"
    )]
    fn an_event_that_is_not_known_is_told_without_json(#[case] json: &str, #[case] told: &str) {
        let event = serde_json::from_str(json).expect("an object");
        assert_eq!(super::told(&event), Told { kind: "info", lines: vec![told.to_owned()] });
    }

    fn probe(answer: ProbeAnswer) -> Event {
        Event::Probe { session: 0, hello: "tls1.0".to_owned(), answer }
    }

    fn inspected(what: &str, met: Option<bool>) -> Event {
        let detail = "ce qui fut vu".to_owned();
        Event::Inspected { session: 0, what: what.to_owned(), met, detail }
    }

    fn closed(by: Side, close_notify: Option<bool>, reset: bool) -> Event {
        Event::Closed { session: 0, step: 1, by, stage: Stage::Quit, close_notify, reset }
    }
}
