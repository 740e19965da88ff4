//! Each event has its words.

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
        Event::TlsAlert { session, by: Side::Target, stage, description: text("bad_certificate") },
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
    let other: Map<String, Value> = serde_json::from_str("{\"event\":\"?\"}").expect("an object");
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
#[case::probe_not_tls(probe(ProbeAnswer::NotTls), "Sonde tls1.0 : octets qui ne sont pas du TLS")]
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
#[case::nameless("{}", "Événement « sans nom », que cette version de la suite ne sait pas lire")]
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
