//! The reference proxy against raw clients, most of them wrong.

use std::{path::Path, time::Duration};

use fixtures::{
    pki::{Clock, KeyPool, Variant},
    smtp::{
        guard::Guard,
        session::{Session, SessionConfig, SessionEnd},
        tls::{TlsOffer, TlsVersions},
        transcript::{Event, Stage, Transcript},
        wire::Limits,
    },
    space::{Space, cast},
};
use proof::proxy::{Delivery, LoadError, Proxy, ProxyConfig, ProxyError};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rstest::rstest;
use suite::oracle::{
    Command, Grade,
    command::Verb,
    session::{SessionPolicy, SessionState, next, permitted},
};

const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

async fn space() -> Space {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    Space::ephemeral(&pool, Clock::System).await.expect("the space starts")
}

fn config(space: &Space) -> ProxyConfig {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let delivery = Delivery::Memory(space.mailroom().clone());
    ProxyConfig::of_space(space, listen, delivery).expect("the space has a target")
}

/// A client of the proxy, and what it needs.
struct Bench {
    space: Space,
    proxy: Proxy,
}

impl Bench {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut ProxyConfig)) -> Self {
        let space = space().await;
        let mut config = config(&space);
        change(&mut config);
        let proxy = Proxy::start(config).await.expect("the proxy starts");
        Self { space, proxy }
    }

    async fn connect(&self, transcript: &Transcript) -> Session {
        let limits = Limits { reply_time: PATIENCE, handshake_time: PATIENCE, ..Limits::default() };
        let mut session = Session::connect(SessionConfig {
            target: self.proxy.address(),
            source: None,
            number: 0,
            limits,
            transcript: transcript.clone(),
            guard: Guard::none(),
            challenge: None,
        })
        .await
        .expect("it listens");
        assert_eq!(code(&mut session).await, 220);
        session
    }

    fn offer(&self) -> TlsOffer {
        let identity =
            self.space.identity(&cast::OPERATORS[0], Variant::Valid).expect("a certificate");
        TlsOffer {
            versions: TlsVersions::Both,
            identity: Some(identity.certified()),
            server_name: None,
        }
    }

    /// A session up to EHLO inside TLS.
    async fn secured(&self) -> Session {
        let mut session = self.connect(&Transcript::in_memory()).await;
        assert_eq!(say(&mut session, "EHLO mx.test\r\n").await, 250);
        assert_eq!(say(&mut session, "STARTTLS\r\n").await, 220);
        session.start_tls(&self.offer()).await.expect("a handshake");
        assert_eq!(say(&mut session, "EHLO mx.test\r\n").await, 250);
        session
    }
}

async fn code(session: &mut Session) -> u16 {
    session.reply(Stage::Other, 0).await.expect("a reply").code
}

async fn send(session: &mut Session, text: &str) {
    session.send(text.as_bytes(), Stage::Other, 0).await.expect("sent");
}

async fn say(session: &mut Session, text: &str) -> u16 {
    send(session, text).await;
    code(session).await
}

fn sender() -> String {
    format!("MAIL FROM:<a@{}>\r\n", cast::OPERATORS[0].domain())
}

fn mailbox() -> String {
    format!("RCPT TO:<test@{}>\r\n", cast::TARGET.domain())
}

#[tokio::test]
async fn a_bare_lf_ends_neither_a_command_nor_a_message() {
    let bench = Bench::new().await;
    let mut session = bench.secured().await;
    assert_eq!(say(&mut session, "NOOP\n").await, 500);
    assert_eq!(say(&mut session, "NO\rOP\r\n").await, 500);
    assert_eq!(say(&mut session, &sender()).await, 250);
    assert_eq!(say(&mut session, &mailbox()).await, 250);
    assert_eq!(say(&mut session, "DATA\r\n").await, 354);
    let smuggled = "Subject: un\r\n\r\n\n.\nMAIL FROM:<x@y>\r\n\r\n.\nRSET\r\n\n.\r\nfin\r\n.\r\n";
    assert_eq!(say(&mut session, smuggled).await, 250);
    assert_eq!(say(&mut session, "QUIT\r\n").await, 221);
    assert_eq!(bench.space.mailroom().count(), 1, "one message, the smuggled text within");
}

#[tokio::test]
async fn an_over_long_line_gets_one_reply_and_the_session_goes_on() {
    let bench = Bench::new().await;
    let mut session = bench.secured().await;
    let long = format!("NOOP {}\r\n", "x".repeat(1_000_000));
    assert_eq!(say(&mut session, &long).await, 500);
    assert_eq!(say(&mut session, "NOOP\r\n").await, 250, "not a second 500");
}

#[tokio::test]
async fn a_client_that_only_errs_is_sent_away() {
    let bench = Bench::new().await;
    for line in ["X\r\n".to_owned(), format!("{}\r\n", "x".repeat(5_000))] {
        let mut session = bench.secured().await;
        let mut codes = Vec::new();
        while codes.len() < 100 && codes.last() != Some(&421) {
            send(&mut session, &line).await;
            codes.push(code(&mut session).await);
            if codes.len() > 50 {
                codes.push(code(&mut session).await);
            }
        }
        assert_eq!(codes.last(), Some(&421), "{codes:?}");
        let end = session.wait_end(Stage::Other, 0).await;
        assert!(matches!(end, SessionEnd::Closed { .. } | SessionEnd::Reset), "{end}");
    }
}

#[tokio::test]
async fn two_transactions_in_one_pipeline() {
    let bench = Bench::new().await;
    let mut session = bench.secured().await;
    let (mail, rcpt) = (sender(), mailbox());
    let message = "Subject: essai\r\n\r\n..point\r\n.\r\n";
    send(&mut session, &format!("{mail}{rcpt}DATA\r\n")).await;
    for expected in [250, 250, 354] {
        assert_eq!(code(&mut session).await, expected);
    }
    send(&mut session, &format!("{message}{mail}{rcpt}DATA\r\n")).await;
    for expected in [250, 250, 250, 354] {
        assert_eq!(code(&mut session).await, expected);
    }
    send(&mut session, &format!("{message}QUIT\r\n")).await;
    assert_eq!(code(&mut session).await, 250);
    assert_eq!(code(&mut session).await, 221);
    assert_eq!(bench.space.mailroom().count(), 2);
}

#[tokio::test]
async fn what_is_injected_behind_starttls_is_forgotten() {
    let bench = Bench::new().await;
    let transcript = Transcript::in_memory();
    let mut session = bench.connect(&transcript).await;
    assert_eq!(say(&mut session, "EHLO mx.test\r\n").await, 250);
    assert_eq!(say(&mut session, "STARTTLS\r\nNOOP\r\nRSET\r\n").await, 220);
    session.start_tls(&bench.offer()).await.expect("a handshake");
    let left = transcript.entries().into_iter().find_map(|entry| match entry.event {
        Event::TlsStarted { plaintext_left, .. } => Some(plaintext_left.0),
        _ => None,
    });
    assert_eq!(left, Some(Vec::new()), "no answer in clear");
    assert_eq!(say(&mut session, "QUIT\r\n").await, 221, "and none inside TLS");
}

#[tokio::test]
async fn a_message_cut_short_is_never_delivered() {
    let bench = Bench::new().await;
    for abruptly in [false, true] {
        let mut session = bench.secured().await;
        assert_eq!(say(&mut session, &sender()).await, 250);
        assert_eq!(say(&mut session, &mailbox()).await, 250);
        assert_eq!(say(&mut session, "DATA\r\n").await, 354);
        send(&mut session, "Subject: moitie\r\n\r\ntexte\r\n.\r").await;
        if abruptly {
            session.close_abruptly();
        } else {
            session.shutdown().await.expect("half closed");
            let end = session.wait_end(Stage::Body, 0).await;
            assert!(matches!(end, SessionEnd::Closed { .. } | SessionEnd::Reset), "{end}");
        }
    }
    // A whole one after them shows that the watch is over.
    let mut session = bench.secured().await;
    for (text, expected) in [(sender(), 250), (mailbox(), 250), ("DATA\r\n".into(), 354)] {
        assert_eq!(say(&mut session, &text).await, expected);
    }
    assert_eq!(say(&mut session, "Subject: entier\r\n\r\n.\r\n").await, 250);
    assert_eq!(bench.space.mailroom().count(), 1);
}

#[tokio::test]
async fn a_hundred_recipients_are_taken_and_the_rest_put_off() {
    let bench = Bench::new().await;
    let mut session = bench.secured().await;
    assert_eq!(say(&mut session, &sender()).await, 250);
    for _ in 0..100 {
        assert_eq!(say(&mut session, &mailbox()).await, 250);
    }
    assert_eq!(say(&mut session, &mailbox()).await, 452);
    assert_eq!(say(&mut session, "DATA\r\n").await, 354);
    assert_eq!(say(&mut session, "Subject: cent\r\n\r\n.\r\n").await, 250);
    assert_eq!(bench.space.mailroom().count(), 1);
}

#[tokio::test]
async fn a_message_larger_than_size_is_refused_and_the_session_goes_on() {
    let bench = Bench::new().await;
    let mut session = bench.secured().await;
    for (text, expected) in [(sender(), 250), (mailbox(), 250), ("DATA\r\n".into(), 354)] {
        assert_eq!(say(&mut session, &text).await, expected);
    }
    let line = format!("{}\r\n", "x".repeat(998));
    assert_eq!(say(&mut session, &format!("{}.\r\n", line.repeat(21_000))).await, 552);
    assert_eq!(say(&mut session, "NOOP\r\n").await, 250);
    assert_eq!(bench.space.mailroom().count(), 0);
}

#[tokio::test]
async fn a_silent_client_is_told_and_left() {
    let bench = Bench::with(|config| config.idle = SHORT).await;
    let mut session = bench.connect(&Transcript::in_memory()).await;
    let reply = session.reply(Stage::Other, 0).await.expect("a 421");
    assert_eq!((reply.code, reply.enhanced.as_deref()), (421, Some("4.4.2")));
    let end = session.wait_end(Stage::Other, 0).await;
    assert!(matches!(end, SessionEnd::Closed { .. }), "{end}");
}

#[tokio::test]
async fn a_handshake_never_finished_is_given_up() {
    let bench = Bench::with(|config| config.idle = SHORT).await;
    let mut session = bench.connect(&Transcript::in_memory()).await;
    assert_eq!(say(&mut session, "EHLO mx.test\r\n").await, 250);
    assert_eq!(say(&mut session, "STARTTLS\r\n").await, 220);
    send(&mut session, "\x16\x03\x01").await;
    let end = session.wait_end(Stage::Other, 0).await;
    assert!(matches!(end, SessionEnd::Closed { .. } | SessionEnd::Reset), "{end}");
    // It is there for the next one.
    assert_eq!(say(&mut bench.connect(&Transcript::in_memory()).await, "QUIT\r\n").await, 221);
}

#[tokio::test]
async fn a_maildir_holds_what_was_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("boite");
    let bench = Bench::with(|config| config.delivery = Delivery::Maildir(path.clone())).await;
    let mut session = bench.secured().await;
    for (text, expected) in [(sender(), 250), (mailbox(), 250), ("DATA\r\n".into(), 354)] {
        assert_eq!(say(&mut session, &text).await, expected);
    }
    assert_eq!(say(&mut session, "Subject: garde\r\n\r\n..x\r\n.\r\n").await, 250);
    let files: Vec<_> = std::fs::read_dir(path.join("new")).expect("delivered").collect();
    let [Ok(file)] = files.as_slice() else { panic!("one message: {files:?}") };
    let text = std::fs::read_to_string(file.path()).expect("readable");
    assert!(text.starts_with("Return-Path: <a@") && text.ends_with("Subject: garde\r\n\r\n.x\r\n"));
    assert_eq!(std::fs::read_dir(path.join("tmp")).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_delivery_that_fails_is_put_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fichier");
    std::fs::write(&path, "pas un dossier").expect("written");
    let bench = Bench::with(|config| config.delivery = Delivery::Maildir(path)).await;
    let mut session = bench.secured().await;
    for (text, expected) in [(sender(), 250), (mailbox(), 250), ("DATA\r\n".into(), 354)] {
        assert_eq!(say(&mut session, &text).await, expected);
    }
    assert_eq!(say(&mut session, "Subject: perdu\r\n\r\n.\r\n").await, 451);
}

/// The list as it is, changed where it is signed.
fn tampered(xml: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(xml.to_vec()).expect("UTF-8");
    let changed = text.replacen("alpha.mssante.test", "pirate.mssante.test", 1);
    assert_ne!(text, changed);
    changed.into_bytes()
}

fn unsigned(xml: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(xml.to_vec()).expect("UTF-8");
    let start = text.find("<Signature").or_else(|| text.find("<ds:Signature")).expect("signed");
    let end = text.rfind("</ListeBlanche").expect("a list");
    format!("{}{}", &text[..start], &text[end..]).into_bytes()
}

#[rstest]
#[case::unreadable(|_: &[u8]| b"<html>".to_vec())]
#[case::empty(|_: &[u8]| Vec::new())]
#[case::unsigned(unsigned)]
#[case::tampered(tampered)]
#[tokio::test]
async fn without_a_list_to_trust_it_does_not_start(#[case] change: fn(&[u8]) -> Vec<u8>) {
    let space = space().await;
    space.whitelist_server().publish(change(space.whitelist_xml()));
    let error = Proxy::start(config(&space)).await.expect_err("it fails closed");
    assert!(matches!(error, ProxyError::Load(LoadError::Whitelist(_))), "{error}");
}

#[rstest]
#[case::absent("/absente.crl", true)]
#[case::no_crl("/", true)]
#[case::server_down("", false)]
#[tokio::test]
async fn without_its_revocation_lists_it_does_not_start(#[case] path: &str, #[case] up: bool) {
    let space = space().await;
    let mut config = config(&space);
    assert!(!config.sources.crl_urls.is_empty());
    let base = if up { space.crl_url() } else { "http://127.0.0.1:1".to_owned() };
    config.sources.crl_urls.push(format!("{base}{path}"));
    let error = Proxy::start(config).await.expect_err("it fails closed");
    assert!(matches!(error, ProxyError::Load(LoadError::Fetch { .. })), "{error}");
}

#[tokio::test]
async fn a_list_server_of_another_igc_is_not_believed() {
    let space = space().await;
    let mut config = config(&space);
    let identity = space.identity(&cast::OPERATORS[0], Variant::SelfSigned).expect("a certificate");
    config.sources.root = identity.leaf().clone();
    assert!(Proxy::start(config).await.is_err(), "it fails closed");
}

const COMMANDS: &[&str] = &[
    "EHLO mx.test",
    "EHLO",
    "HELO mx.test",
    "MAIL FROM:<a@alpha.mssante.test>",
    "MAIL FROM:<a@alpha.mssante.test> SIZE=10 BODY=8BITMIME",
    "MAIL FROM:<a@alpha.mssante.test> SIZE=99999999999",
    "MAIL FROM:<a@beta.mssante.test>",
    "MAIL FROM:<>",
    "MAIL FROM:a@b",
    "MAIL FROM:<a@alpha.mssante.test> X=Y",
    "RCPT TO:<postmaster>",
    "RCPT TO:<inconnu@mss.ch-test.fr>",
    "RCPT TO:<x@tiers.mssante.test>",
    "RCPT TO:<@a,@b:c@d>",
    "RCPT",
    "DATA",
    "DATA now",
    "RSET",
    "NOOP",
    "NOOP rien",
    "VRFY test",
    "EXPN liste",
    "HELP",
    "QUIT",
    "QUIT maintenant",
    "BDAT 10 LAST",
    "BDAT 4",
    "BDAT 0 LAST",
    "BDAT -1",
    "AUTH PLAIN",
    "",
];

fn commands() -> impl Strategy<Value = Vec<String>> {
    let known = prop::sample::select(COMMANDS).prop_map(str::to_owned);
    let envelope = prop::sample::select(vec![sender(), mailbox(), "DATA\r\n".to_owned()])
        .prop_map(|line| line.trim_end().to_owned());
    let other = "[ -~é]{0,60}".prop_filter("STARTTLS has its own tests", |line| {
        !line.to_ascii_uppercase().contains("STARTTLS")
    });
    prop::collection::vec(prop_oneof![4 => known, 4 => envelope, 1 => other], 1..30)
}

/// Says `commands` one by one and holds each reply against the session machine.
async fn graded(session: &mut Session, mut state: SessionState, commands: &[String]) {
    let policy = SessionPolicy::from_ehlo([
        "PIPELINING",
        "SIZE 20971520",
        "8BITMIME",
        "ENHANCEDSTATUSCODES",
        "SMTPUTF8",
        "CHUNKING",
    ]);
    for line in commands {
        let command = Command::parse(line.as_bytes());
        let allowed = permitted(&state, &command, &policy);
        // Its chunk goes with BDAT, whatever becomes of it.
        let chunk = match command.verb {
            Verb::Bdat { octets, .. } => "x".repeat(usize::try_from(octets).expect("a small one")),
            _ => String::new(),
        };
        let code = say(session, &format!("{line}\r\n{chunk}")).await;
        assert_eq!(allowed.grade(code), Grade::Conforming, "{code} to {line:?} in {state:?}");
        state = next(&state, &command, code < 400);
        if code == 221 {
            return;
        }
        if code == 354 {
            let content = Command::content(14);
            let allowed = permitted(&state, &content, &policy);
            let code = say(session, "Subject: x\r\n\r\n.\r\n").await;
            assert_eq!(allowed.grade(code), Grade::Conforming, "{code} to the content");
            state = next(&state, &content, code < 400);
        }
    }
}

#[test]
fn any_sequence_of_commands_gets_replies_in_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runs");
    let bench = runtime.block_on(Bench::new());
    let mut runner = TestRunner::new(Config { cases: 48, ..Config::default() });
    let result = runner.run(&(commands(), any::<bool>()), |(commands, tls)| {
        runtime.block_on(async {
            if tls {
                let mut session = bench.secured().await;
                let hello = Command::parse(b"EHLO mx.test");
                let state = next(&SessionState::secured(), &hello, true);
                graded(&mut session, state, &commands).await;
            } else {
                let mut session = bench.connect(&Transcript::in_memory()).await;
                let state = next(&SessionState::default(), &Command::connect(), true);
                graded(&mut session, state, &commands).await;
            }
        });
        Ok(())
    });
    assert_eq!(result, Ok(()));
}
