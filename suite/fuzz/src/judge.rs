//! The judge on transcripts that no harness ever wrote.
//!
//! Input: one octet that names a scenario, one for what the run knows beside it; then an event every
//! five octets: kind, connection, step, stage, value.

use std::{path::Path, sync::LazyLock, time::Duration};

use fixtures::smtp::transcript::{
    CertificateSummary, Entry, Event, Octets, ProbeAnswer, Side, Stage, Wire,
};
use suite::{
    judge::{Context, Judgement, Twin, probe, request, script, transaction},
    observe::steps,
    record::{Level, Verdict},
    scenario::{Action, Scenario, decisions, load_texts},
};

macro_rules! texts {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../../scenarios/", $name)))),+]
    };
}

/// Scenarios of every kind, accepted and refused, with their twins.
const FILES: [(&str, &str); 19] = texts![
    "reception/clauses.toml",
    "reception/famille.toml",
    "interpretations.md",
    "reception/2-smtp/fin-de-donnees.toml",
    "reception/2-smtp/plusieurs-transactions.toml",
    "reception/2-smtp/relais-simple.toml",
    "reception/2-smtp/rset.toml",
    "reception/2-smtp/sequence.toml",
    "reception/3-starttls/annonce.toml",
    "reception/3-starttls/certificat-cible-nom.toml",
    "reception/3-starttls/data-avant.toml",
    "reception/3-starttls/sonde-tls-1-2.toml",
    "reception/3-starttls/tls-1-0.toml",
    "reception/4-certificat/expire.toml",
    "reception/4-certificat/revoque.toml",
    "reception/4-certificat/valide.toml",
    "reception/5-enveloppe/domaine-non-liste.toml",
    "reception/5-enveloppe/nominal.toml",
    "reception/6-fin/quit.toml",
];

static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    load_texts(Path::new("scenarios"), files).expect("the project's scenarios load").scenarios
});

/// Events of one transcript at most.
const EVENTS: usize = 64;

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
    Stage::Quit,
    Stage::Other,
    Stage::Bdat,
];

const CODES: [u16; 16] =
    [220, 221, 250, 251, 252, 354, 421, 450, 451, 454, 500, 502, 503, 530, 550, 554];

/// A verdict always has its reason; without a word of the target nothing is held against it, nor counted
/// in its favour; a refusal is no success unless its twin was accepted; and only a MUST can fail.
pub fn check(data: &[u8]) {
    let Some((&[which, known], rest)) = data.split_first_chunk::<2>() else { return };
    let scenario = &SCENARIOS[usize::from(which) % SCENARIOS.len()];
    let twin = match known & 3 {
        0 => Twin::None,
        1 => Twin::NotPassed("témoin refusé".to_owned()),
        _ => Twin::Passed,
    };
    let events = rest.chunks_exact(5).take(EVENTS).map(|chunk| event(scenario, chunk));
    let entries = events.enumerate().map(|(at, event)| Entry { at_us: at as u64, event });
    let entries: Vec<Entry> = entries.collect();
    let context = Context {
        patience: Duration::ZERO,
        campaign: None,
        entries: &entries,
        twin,
        control_after: [None, Some(true), Some(false), None][usize::from(known >> 2 & 3)],
        delivery_observed: known & 16 != 0,
        outgoing_observed: known & 32 != 0,
        embedded: known & 64 != 0,
        is_nominal: scenario.id.as_str() == "reception/5-enveloppe/nominal",
        delivery: scenario.delivery,
        usual: (known & 64 != 0).then(Default::default),
    };
    let verdict = judged(scenario, &context);
    assert_eq!(verdict, judged(scenario, &context), "the same twice");
    hold(scenario, &context, &verdict);
}

fn judged(scenario: &Scenario, context: &Context<'_>) -> Judgement {
    match &scenario.action {
        Action::Transactions(_) => {
            let parts = decisions(scenario).into_iter().enumerate().map(|(t, told)| {
                let t = u16::try_from(t).expect("few transactions");
                transaction::judge(context, t, &told.bearing, &told.decision)
            });
            Judgement::combine(parts.collect())
        }
        Action::Script { lines, effects, .. } => {
            script::judge(context, scenario.level, lines, effects)
        }
        Action::Probe { expect, .. } => probe::hello(context, scenario.level, *expect),
        Action::Request(look) => request::judge(context, scenario.level, *look),
        Action::Inspect(inspection) => probe::inspection(context, scenario.level, *inspection),
    }
}

fn hold(scenario: &Scenario, context: &Context<'_>, found: &Judgement) {
    let (id, verdict) = (&scenario.id, found.verdict);
    assert!(!found.expected.is_empty() && !found.observed.is_empty(), "{id}: {found:?}");
    assert!(verdict == Verdict::Pass || !found.reason.is_empty(), "{id}: {found:?}");
    let spoke = context.entries.iter().any(|entry| of_target(&entry.event));
    if !spoke {
        assert_eq!(verdict, Verdict::Inconclusive, "{id}: the target said nothing: {found:?}");
    }
    let untrusted = matches!(context.twin, Twin::NotPassed(_) | Twin::NotConcerned(_))
        || context.control_after == Some(false);
    if scenario.is_negative() && untrusted {
        assert_ne!(verdict, Verdict::Pass, "{id}: its twin was not accepted: {found:?}");
    }
    if scenario.level != Level::Must {
        assert_ne!(verdict, Verdict::Fail, "{id} is no MUST: {found:?}");
    }
}

/// Whether the event shows something that the target did, or did not do where it is known to have
/// had the time.
fn of_target(event: &Event) -> bool {
    match event {
        Event::TlsAlert { by, .. } | Event::Closed { by, .. } => *by == Side::Target,
        Event::Reply { .. }
        | Event::Malformed { .. }
        | Event::Garbled { .. }
        | Event::TlsEstablished { .. }
        | Event::TlsShown { .. }
        | Event::TlsSigned { .. }
        | Event::Renegotiation { .. }
        | Event::Agreed { .. }
        | Event::TlsFailed { .. }
        | Event::Probe { .. }
        | Event::Inspected { .. }
        | Event::TooLong { .. }
        | Event::Notified { .. }
        | Event::Delivered { .. }
        | Event::NotDelivered { .. } => true,
        Event::TlsStarted { plaintext_left, .. } => !plaintext_left.0.is_empty(),
        Event::Began { .. }
        | Event::Changed { .. }
        | Event::Awaited { .. }
        | Event::Restored { .. }
        | Event::RestoreFailed { .. }
        | Event::DnsControl { .. }
        | Event::DnsAsked { .. }
        | Event::Connected { .. }
        | Event::ConnectFailed { .. }
        | Event::Sent { .. }
        | Event::TimedOut { .. }
        | Event::Message { .. }
        | Event::Fetched { .. }
        | Event::Left { .. }
        | Event::Unreadable { .. }
        | Event::Trouble { .. } => false,
    }
}

/// The event that five octets stand for.
fn event(scenario: &Scenario, octets: &[u8]) -> Event {
    let &[kind, connection, step, stage, value] = octets else { unreachable!("five octets") };
    let session = u16::from(connection % 4);
    let stage = STAGES[usize::from(stage) % STAGES.len()];
    let step = step_of(scenario, step);
    let flag = value & 1 != 0;
    let by = if value & 2 == 0 { Side::Target } else { Side::Harness };
    let text = || format!("texte {value}");
    let address = || "127.0.0.1:25".parse().expect("an address");
    let transaction = u16::from(value % 3);
    let token = token(session, transaction);
    match kind % 22 {
        0 => Event::Connected { session, asked: None, from: address(), to: address() },
        1 => Event::ConnectFailed { session, from: None, to: address(), error: text() },
        2 => Event::Sent {
            by: Side::Harness,
            session,
            step,
            stage,
            tls: flag,
            bytes: "NOOP\r\n".into(),
        },
        3..=5 => reply(session, step, stage, value),
        6 => {
            let bytes = Wire(vec![value]);
            Event::Garbled { by: Side::Target, session, step, stage, problem: text(), bytes }
        }
        7 => Event::TlsStarted {
            session,
            versions: vec!["TLS 1.3".to_owned()],
            presenting: if flag { vec![summary()] } else { Vec::new() },
            plaintext_left: Wire(vec![b'x'; usize::from(value & 4)]),
        },
        8 => Event::TlsEstablished {
            session,
            version: if flag { "TLS 1.3" } else { "TLS 1.2" }.to_owned(),
            suite: "TLS13_AES_128_GCM_SHA256".to_owned(),
            certificate_requested: value & 2 != 0,
            certificate_sent: value & 4 != 0,
            peer: vec![summary()],
        },
        9 => Event::TlsAlert { session, by, stage, description: "bad_certificate".to_owned() },
        10 => Event::TlsFailed { session, stage, error: text() },
        11 => Event::Probe { session, hello: "tls1.0".to_owned(), answer: answer(value) },
        12 => Event::Inspected {
            session,
            what: "name".to_owned(),
            met: [None, Some(true), Some(false)][usize::from(value % 3)],
            detail: text(),
        },
        13 => Event::Closed {
            session,
            step,
            by,
            stage,
            close_notify: Some(flag),
            reset: value & 4 != 0,
        },
        20 if flag => Event::TlsSigned {
            session,
            scheme: "ED25519".to_owned(),
            certificate: Octets(vec![value]),
            content: Octets(vec![value; 64]),
            signature: Octets(vec![value]),
        },
        20 => Event::TlsShown { session, peer: vec![summary()] },
        21 => Event::Agreed {
            session,
            version: if flag { "TLS 1.3" } else { "TLS 1.2" }.to_owned(),
            suite: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256".to_owned(),
            group: None,
            scheme: None,
            beyond: if value & 2 == 0 { Vec::new() } else { vec![text()] },
        },
        14 => Event::TimedOut { session, step, stage, after_ms: 10_000 },
        15 => Event::TooLong { session, step, stage, limit: 65_536 },
        16 => Event::Message { session, transaction, token },
        17 => Event::Delivered {
            token,
            recipients: vec!["test@cible.mssante.test".to_owned(); usize::from(flag)],
            altered: if value & 4 == 0 { Vec::new() } else { vec![text()] },
            identical: value & 8 != 0,
            reordered: if value & 16 == 0 { Vec::new() } else { vec![text()] },
            received: if value & 32 == 0 { Vec::new() } else { vec![text()] },
        },
        18 if flag => Event::Notified { token, text: text() },
        18 => Event::NotDelivered { token, watched_ms: 5_000 },
        19 if value & 6 == 6 => Event::Renegotiation { session, stage },
        _ if flag => Event::Trouble { text: text() },
        _ => Event::Began {
            run: text(),
            scenario: text(),
            part: u32::from(step),
            since_us: u64::from(value),
        },
    }
}

fn step_of(scenario: &Scenario, step: u8) -> u16 {
    if !matches!(scenario.action, Action::Transactions(_)) {
        return u16::from(step);
    }
    let t = u16::from(step / 16 % 3);
    match step % 12 {
        0 => steps::GREETING,
        1 => steps::EHLO,
        2 => steps::STARTTLS,
        3 => steps::HANDSHAKE,
        4 => steps::EHLO_TLS,
        5 => steps::QUIT,
        6 => steps::mail(t),
        7 => steps::rcpt(t, 0),
        8 => steps::rcpt(t, 1),
        9 => steps::data(t),
        10 => steps::body(t),
        _ => steps::reset(t),
    }
}

fn reply(session: u16, step: u16, stage: Stage, value: u8) -> Event {
    let code = CODES[usize::from(value) % CODES.len()];
    let class = code / 100;
    let enhanced = match value / 16 % 4 {
        0 => None,
        1 => Some(format!("{class}.7.1")),
        2 => Some(format!("{class}.0.0")),
        _ => Some("2.1.5".to_owned()),
    };
    let more = if value & 128 == 0 { "" } else { "domaine absent de la liste blanche" };
    let text = format!("{code} {} {more}", enhanced.as_deref().unwrap_or_default());
    let mut lines = vec![Wire::from(text.as_str())];
    if value & 64 != 0 {
        lines.push(Wire::from(format!("{code} ENHANCEDSTATUSCODES").as_str()));
        lines.push(Wire::from(format!("{code} STARTTLS").as_str()));
    }
    Event::Reply {
        by: Side::Target,
        session,
        step,
        stage,
        tls: stage >= Stage::EhloTls,
        code,
        enhanced,
        lines,
    }
}

fn answer(value: u8) -> ProbeAnswer {
    match value % 5 {
        0 => ProbeAnswer::ServerHello { version: "TLS 1.0".to_owned(), suite: "X".to_owned() },
        1 => ProbeAnswer::Alert { code: 70, description: "protocol_version".to_owned() },
        2 => ProbeAnswer::Closed,
        3 => ProbeAnswer::NotTls,
        _ => ProbeAnswer::Silence,
    }
}

fn token(session: u16, transaction: u16) -> String {
    format!("jeton-{session}-{transaction}")
}

fn summary() -> CertificateSummary {
    CertificateSummary {
        subject: "CN=mx.alpha.mssante.test,C=FR".to_owned(),
        issuer: "CN=AC TEST,C=FR".to_owned(),
        serial: "01".to_owned(),
        not_before: "2025-01-01T00:00:00Z".to_owned(),
        not_after: "2028-01-01T00:00:00Z".to_owned(),
        sha256: "00".repeat(32),
    }
}
