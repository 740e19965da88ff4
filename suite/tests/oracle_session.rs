//! The session machine against the sections it rests on.

use fixtures::smtp::transcript::Stage;
use proptest::prelude::*;
use rstest::rstest;
use suite::oracle::{
    Command, Finding,
    Grade::{self, Conforming, NonConforming, Remark},
    enhanced::{self, Place},
    session::{Permitted, SessionPolicy, SessionState, Situation, next, permitted, situation},
};

const GREETED: SessionState = SessionState::ExpectEhlo { tls: false };
const CLEAR: SessionState = SessionState::ExpectStartTls { extended: true };
const SECURED: SessionState = SessionState::ExpectEhlo { tls: true };
const IDLE: SessionState = SessionState::ExpectMail { extended: true };
const HELO: SessionState = SessionState::ExpectMail { extended: false };
const OPEN: SessionState = SessionState::ExpectRcpt { tls: true, extended: true };
const READY: SessionState = SessionState::ExpectData { tls: true, extended: true, recipients: 1 };
const FULL: SessionState = SessionState::ExpectData { tls: true, extended: true, recipients: 100 };
const CONTENT: SessionState = SessionState::ExpectContent { tls: true, extended: true };
const CHUNKS: SessionState =
    SessionState::ExpectChunk { tls: true, extended: true, octets: 20_971_510 };
const FAILED: SessionState = SessionState::ExpectReset { tls: true, extended: true };
const STATES: [SessionState; 15] = [
    SessionState::ExpectGreeting,
    GREETED,
    CLEAR,
    SessionState::ExpectHandshake,
    SECURED,
    IDLE,
    HELO,
    OPEN,
    READY,
    FULL,
    CONTENT,
    CHUNKS,
    FAILED,
    SessionState::ExpectQuit,
    SessionState::Closed,
];
const LINES: [&str; 40] = [
    "EHLO mx.alpha.test",
    "EHLO",
    "HELO mx.alpha.test",
    "HELO",
    "STARTTLS",
    "STARTTLS now",
    "MAIL FROM:<a@alpha.test>",
    "MAIL FROM:<>",
    "MAIL FROM:<a@alpha.test.>",
    "MAIL FROM: <a@b.test>",
    "MAIL FROM:<a@alpha.test> SIZE=10",
    "MAIL FROM:<a@alpha.test> SIZE=99999999999",
    "MAIL FROM:<a@alpha.test> SIZE=x",
    "MAIL FROM:<a@alpha.test> BODY=8BITMIME",
    "MAIL FROM:<a@alpha.test> X-NONE=1",
    "MAIL FROM:<é@alpha.test>",
    "RCPT TO:<a@b.test>",
    "RCPT TO:<postmaster>",
    "RCPT TO:<>",
    "RCPT TO:<a@b.test> NOTIFY=NEVER",
    "DATA",
    "DATA x",
    "BDAT 10",
    "BDAT 10 LAST",
    "BDAT 99999999999999999999",
    "BDAT x",
    "RSET",
    "RSET x",
    "NOOP",
    "NOOP x",
    "VRFY a",
    "VRFY",
    "EXPN a",
    "EXPN",
    "HELP",
    "HELP MAIL",
    "QUIT",
    "QUIT x",
    "XYZZY",
    "",
];

fn at(state: SessionState, line: &str) -> Permitted {
    permitted(&state, &Command::parse(line.as_bytes()), &SessionPolicy::default())
}

fn chunking() -> SessionPolicy {
    SessionPolicy::from_ehlo(["PIPELINING", "SIZE 20971520", "8BITMIME", "CHUNKING"])
}

#[rstest]
#[case::chunk(READY, "BDAT 10", "RFC 3030 §2", 250, &[(250, Conforming), (550, Conforming), (354, NonConforming), (251, Remark)])]
#[case::last_chunk(READY, "BDAT 10 LAST", "RFC 3030 §2", 250, &[(250, Conforming), (552, Conforming), (354, NonConforming)])]
#[case::chunk_more(CHUNKS, "BDAT 10", "RFC 3030 §2", 250, &[(250, Conforming)])]
#[case::chunk_too_large(CHUNKS, "BDAT 11", "RFC 1870 §6.3", 552, &[(552, Conforming), (554, Remark), (250, Remark)])]
#[case::chunk_beyond_all_measure(READY, "BDAT 99999999999999999999 LAST", "RFC 1870 §6.3", 552, &[(552, Conforming)])]
#[case::chunk_before_mail(IDLE, "BDAT 10", "RFC 3030 §2", 503, &[(503, Conforming), (554, Conforming), (550, Remark), (451, Remark), (250, NonConforming)])]
#[case::chunk_before_rcpt(OPEN, "BDAT 10 LAST", "RFC 3030 §2", 554, &[(503, Conforming), (554, Conforming), (250, Remark)])]
#[case::chunk_before_ehlo(SECURED, "BDAT 10", "RFC 3030 §2", 503, &[(503, Conforming), (250, NonConforming)])]
#[case::chunk_after_a_failure(FAILED, "BDAT 10", "RFC 3030 §2", 503, &[(503, Conforming), (554, Conforming), (451, Conforming), (250, Remark)])]
#[case::last_chunk_after_a_failure(FAILED, "BDAT 10 LAST", "RFC 3030 §2", 503, &[(503, Conforming), (250, NonConforming)])]
#[case::data_after_chunk(CHUNKS, "DATA", "RFC 3030 §2", 503, &[(503, Conforming), (554, Remark), (354, NonConforming), (451, NonConforming)])]
#[case::data_after_a_failure(FAILED, "DATA", "RFC 3030 §2", 503, &[(503, Conforming), (354, NonConforming)])]
#[case::rcpt_after_chunk(CHUNKS, "RCPT TO:<a@b>", "§4.1.4", 503, &[(503, Conforming), (250, Remark)])]
#[case::mail_after_chunk(CHUNKS, "MAIL FROM:<>", "§4.1.4", 503, &[(503, Conforming), (250, Remark)])]
#[case::mail_after_a_failure(FAILED, "MAIL FROM:<>", "RFC 3030 §2", 503, &[(503, Conforming), (250, Conforming)])]
#[case::rset_after_a_failure(FAILED, "RSET", "§4.1.1.5", 250, &[(250, Conforming), (503, NonConforming)])]
#[case::chunk_in_clear(CLEAR, "BDAT 10 LAST", "RFC 3207 §4", 530, &[(530, Conforming), (503, Conforming), (500, Conforming), (250, NonConforming)])]
#[case::chunk_in_clear_malformed(CLEAR, "BDAT x", "RFC 3207 §4", 530, &[(530, Conforming), (501, Remark), (250, NonConforming)])]
#[case::malformed(READY, "BDAT -1", "§4.3.2", 501, &[(501, Conforming), (500, Conforming), (554, Remark), (250, Remark)])]
fn a_reply_to_a_chunk(
    #[case] state: SessionState,
    #[case] line: &str,
    #[case] section: &str,
    #[case] preferred: u16,
    #[case] grades: &[(u16, Grade)],
) {
    let permitted = permitted(&state, &Command::parse(line.as_bytes()), &chunking());
    assert!(permitted.source.contains(section), "{}", permitted.source);
    assert_eq!(permitted.preferred.code, preferred);
    let seen: Vec<_> = grades.iter().map(|(code, _)| (*code, permitted.grade(*code))).collect();
    assert_eq!(seen, grades);
}

/// Whoever does not offer CHUNKING does not know the command (RFC 3030 §2).
#[rstest]
#[case::inside_tls(READY, "BDAT 10 LAST", &[(500, Conforming), (502, Conforming), (503, Remark)])]
#[case::malformed(READY, "BDAT x", &[(500, Conforming), (502, Conforming)])]
#[case::in_clear(CLEAR, "BDAT 10 LAST", &[(500, Conforming), (530, Conforming)])]
fn a_chunk_that_nobody_offered(
    #[case] state: SessionState,
    #[case] line: &str,
    #[case] grades: &[(u16, Grade)],
) {
    let permitted = at(state, line);
    let seen: Vec<_> = grades.iter().map(|(code, _)| (*code, permitted.grade(*code))).collect();
    assert_eq!(seen, grades);
}

#[rstest]
#[case::ehlo(GREETED, "EHLO a", "§4.1.1.1", 250, &[(250, Conforming), (502, NonConforming)])]
#[case::ehlo_inside_tls(SECURED, "EHLO a", "§4.1.1.1", 250, &[(250, Conforming), (550, Remark)])]
#[case::ehlo_anew(READY, "EHLO a", "§4.1.1.1", 250, &[(250, Conforming), (503, NonConforming)])]
#[case::helo_in_clear(GREETED, "HELO a", "RFC 3207 §4", 530, &[(250, Conforming), (530, Conforming)])]
#[case::helo_inside_tls(SECURED, "HELO a", "§4.1.1.1", 250, &[(250, Conforming), (530, NonConforming)])]
#[case::ehlo_without_name(SECURED, "EHLO", "§4.3.2", 501, &[(501, Conforming), (554, Remark), (250, Remark)])]
#[case::starttls(CLEAR, "STARTTLS", "RFC 3207 §4", 220, &[(220, Conforming), (454, Remark), (502, NonConforming)])]
#[case::starttls_before_ehlo(GREETED, "STARTTLS", "RFC 3207 §4", 503, &[(503, Conforming), (220, Conforming)])]
#[case::starttls_argument(CLEAR, "STARTTLS x", "RFC 3207 §4", 501, &[(501, Conforming), (554, Remark), (220, Remark)])]
#[case::starttls_twice(IDLE, "STARTTLS", "RFC 3207 §4.2", 503, &[(503, Conforming), (554, Conforming), (220, Remark)])]
#[case::mail_in_clear(CLEAR, "MAIL FROM:<>", "RFC 3207 §4", 530, &[(530, Conforming), (550, Remark), (250, Remark)])]
#[case::rcpt_in_clear(CLEAR, "RCPT TO:<a@b>", "RFC 3207 §4", 530, &[(530, Conforming), (503, Conforming), (250, Remark)])]
#[case::data_in_clear(CLEAR, "DATA", "RFC 3207 §4", 530, &[(530, Conforming), (503, Conforming), (354, NonConforming)])]
#[case::mail_before_ehlo(SECURED, "MAIL FROM:<>", "§4.1.4", 503, &[(503, Conforming), (250, Remark)])]
#[case::mail(IDLE, "MAIL FROM:<>", "§4.1.1.2", 250, &[(250, Conforming), (550, Conforming), (354, NonConforming)])]
#[case::mail_twice(READY, "MAIL FROM:<>", "§4.1.4", 503, &[(503, Conforming), (554, Remark), (250, Remark)])]
#[case::mail_syntax(IDLE, "MAIL FROM: <a@b>", "§4.3.2", 501, &[(501, Conforming), (553, Conforming), (250, Remark)])]
#[case::mail_final_dot(IDLE, "MAIL FROM:<a@b.>", "§4.1.2", 501, &[(250, Conforming), (501, Conforming)])]
#[case::mail_utf8(IDLE, "MAIL FROM:<é@b>", "RFC 6531 §3.5", 553, &[(553, Conforming), (250, Remark)])]
#[case::unknown_parameter(IDLE, "MAIL FROM:<> X=1", "§4.1.1.11", 555, &[(555, Conforming), (501, Remark), (250, Remark)])]
#[case::parameter_after_helo(HELO, "MAIL FROM:<> SIZE=1", "§4.1.1.11", 555, &[(555, Conforming)])]
#[case::size(IDLE, "MAIL FROM:<> SIZE=20971520", "§4.1.1.2", 250, &[(250, Conforming)])]
#[case::size_over(IDLE, "MAIL FROM:<> SIZE=20971521", "RFC 1870 §6.1", 552, &[(552, Conforming), (452, Conforming), (554, Remark), (250, Remark)])]
#[case::size_beyond_u64(IDLE, "MAIL FROM:<> SIZE=99999999999999999999", "RFC 1870 §6.1", 552, &[(552, Conforming)])]
#[case::size_twice(IDLE, "MAIL FROM:<> SIZE=1 SIZE=2", "§4.1.1.11", 501, &[(501, Conforming), (250, Remark)])]
#[case::size_bad(IDLE, "MAIL FROM:<> SIZE=abc", "§4.1.1.11", 501, &[(501, Conforming), (250, Remark)])]
#[case::body(IDLE, "MAIL FROM:<> BODY=8bitmime", "§4.1.1.2", 250, &[(250, Conforming)])]
#[case::body_bad(IDLE, "MAIL FROM:<> BODY=BINARYMIME", "§4.1.1.11", 501, &[(501, Conforming)])]
#[case::rcpt_before_mail(IDLE, "RCPT TO:<a@b>", "§3.3", 503, &[(503, Conforming), (550, Remark), (250, NonConforming)])]
#[case::rcpt(OPEN, "RCPT TO:<a@b>", "§4.1.1.3", 250, &[(250, Conforming), (251, Conforming), (550, Conforming)])]
#[case::rcpt_null(OPEN, "RCPT TO:<>", "§4.3.2", 501, &[(501, Conforming), (550, Conforming), (250, Remark)])]
#[case::rcpt_final_dot(OPEN, "RCPT TO:<a@b.>", "§4.1.2", 501, &[(250, Conforming), (501, Conforming), (553, Conforming)])]
#[case::rcpt_100(FULL, "RCPT TO:<a@b>", "§4.5.3.1.8", 452, &[(452, Conforming), (250, Conforming), (550, Remark)])]
#[case::data_before_mail(IDLE, "DATA", "§3.3", 503, &[(503, Conforming), (554, Conforming), (354, Remark), (250, NonConforming)])]
#[case::data_before_rcpt(OPEN, "DATA", "§3.3", 554, &[(503, Conforming), (554, Conforming), (354, Remark), (250, NonConforming)])]
#[case::data(READY, "DATA", "§4.1.1.4", 354, &[(354, Conforming), (250, NonConforming)])]
#[case::data_argument(READY, "DATA x", "§4.3.2", 501, &[(501, Conforming), (354, Remark)])]
#[case::rset(READY, "RSET", "§4.1.1.5", 250, &[(250, Conforming), (220, Remark), (500, NonConforming)])]
#[case::noop(READY, "NOOP x", "§4.1.1.9", 250, &[(250, Conforming), (502, NonConforming)])]
#[case::noop_in_clear(CLEAR, "NOOP", "§4.1.1.9", 250, &[(250, Conforming), (530, Conforming)])]
#[case::vrfy(IDLE, "VRFY a", "§3.5.3", 252, &[(252, Conforming), (502, Conforming), (500, Remark)])]
#[case::expn(IDLE, "EXPN a", "§3.5.3", 502, &[(502, Conforming), (554, Remark)])]
#[case::help(IDLE, "HELP", "§4.1.1.8", 214, &[(214, Conforming), (502, Conforming), (500, Remark)])]
#[case::quit(IDLE, "QUIT", "§4.1.1.10", 221, &[(221, Conforming), (250, Remark), (500, NonConforming)])]
#[case::quit_in_clear(GREETED, "QUIT", "§4.1.1.10", 221, &[(221, Conforming), (530, NonConforming)])]
#[case::unknown(IDLE, "XYZZY", "§4.2.4", 500, &[(500, Conforming), (502, Conforming), (554, Remark), (250, Remark)])]
#[case::after_554(SessionState::ExpectQuit, "EHLO a", "§3.1", 503, &[(503, Conforming), (250, Remark)])]
#[case::shutdown(IDLE, "NOOP", "§4.1.1.9", 250, &[(421, Remark)])]
fn a_reply_to_a_line(
    #[case] state: SessionState,
    #[case] line: &str,
    #[case] section: &str,
    #[case] preferred: u16,
    #[case] grades: &[(u16, Grade)],
) {
    let permitted = at(state, line);
    assert!(permitted.source.contains(section), "{}", permitted.source);
    assert_eq!(permitted.preferred.code, preferred);
    let seen: Vec<_> = grades.iter().map(|(code, _)| (*code, permitted.grade(*code))).collect();
    assert_eq!(seen, grades);
}

#[rstest]
#[case::small(10, Situation::Content, 250)]
#[case::at_the_limit(20_971_520, Situation::Content, 250)]
#[case::too_large(20_971_521, Situation::ContentTooLarge, 552)]
fn the_reply_to_a_content(
    #[case] octets: u64,
    #[case] expected: Situation,
    #[case] preferred: u16,
) {
    let (command, policy) = (Command::content(octets), SessionPolicy::default());
    assert_eq!(situation(&CONTENT, &command, &policy), expected);
    assert_eq!(permitted(&CONTENT, &command, &policy).preferred.code, preferred);
}

#[rstest]
#[case::noop_512("NOOP ", 510, 250, NonConforming)]
#[case::noop_513("NOOP ", 511, 500, Conforming)]
#[case::unknown_long("XYZZY ", 4000, 500, Conforming)]
fn a_line_over_512_octets(
    #[case] verb: &str,
    #[case] length: usize,
    #[case] preferred: u16,
    #[case] grade_of_500: Grade,
) {
    let permitted = at(IDLE, &format!("{verb:x<length$}"));
    assert_eq!(permitted.preferred.code, preferred);
    assert_eq!(permitted.grade(500), grade_of_500);
}

#[test]
fn size_offered_lengthens_mail_by_26() {
    let line = format!("{:x<520}", "MAIL FROM:<> X");
    let command = Command::parse(line.as_bytes());
    let with = permitted(&IDLE, &command, &SessionPolicy::from_ehlo(["SIZE"]));
    let without = permitted(&IDLE, &command, &SessionPolicy::from_ehlo([]));
    assert_eq!((with.preferred.code, without.preferred.code), (555, 500));
}

#[test]
fn the_preferred_reply_is_always_in_order_and_well_coded() {
    let policy = SessionPolicy::default();
    let commands = LINES.map(|line| Command::parse(line.as_bytes()));
    let all = [Command::connect(), Command::content(10)].into_iter().chain(commands);
    for command in all {
        for state in STATES {
            let permitted = permitted(&state, &command, &policy);
            if permitted.silence {
                continue;
            }
            let reply = permitted.preferred;
            assert_eq!(permitted.grade(reply.code), Conforming, "{state:?} {command:?} {reply:?}");
            let finding = enhanced::check(reply.code, reply.enhanced, Place::from(&command));
            assert_ne!(finding, Finding::Broken, "{state:?} {command:?} {reply:?}");
            assert!(reply.text.is_ascii() && reply.text.len() < 400, "{reply:?}");
            assert!(permitted.source.starts_with("RFC "), "{}", permitted.source);
        }
    }
}

#[test]
fn no_transaction_ever_gets_through_in_clear() {
    let policy = SessionPolicy::default();
    for state in STATES.into_iter().filter(|state| !state.tls()) {
        let data = permitted(&state, &Command::parse(b"DATA"), &policy);
        assert_eq!(data.grade(354), NonConforming, "{state:?}");
        for line in LINES.iter().filter(|l| l.starts_with("MAIL") || l.starts_with("RCPT")) {
            assert!(!at(state, line).preferred.accepts(), "{state:?} {line}");
        }
    }
    let content = SessionState::ExpectContent { tls: false, extended: true };
    let permitted = permitted(&content, &Command::content(1), &policy);
    assert_eq!((permitted.grade(250), permitted.grade(530)), (NonConforming, Conforming));
}

/// A whole session, the server giving its preferred replies.
#[rstest]
#[case::nominal(
    &["EHLO a", "STARTTLS", "<tls>", "EHLO a", "MAIL FROM:<a@b> SIZE=5", "RCPT TO:<c@d>", "DATA",
      "<content>", "QUIT"],
    &[250, 220, 0, 250, 250, 250, 354, 250, 221])]
#[case::clear(
    &["EHLO a", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", "QUIT"], &[250, 530, 530, 530, 221])]
#[case::state_forgotten(
    &["EHLO a", "STARTTLS", "<tls>", "MAIL FROM:<a@b>", "EHLO a", "MAIL FROM:<a@b>"],
    &[250, 220, 0, 503, 250, 250])]
#[case::rset_between(
    &["EHLO a", "STARTTLS", "<tls>", "EHLO a", "MAIL FROM:<a@b>", "RSET", "RCPT TO:<c@d>",
      "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", "<content>", "MAIL FROM:<>"],
    &[250, 220, 0, 250, 250, 250, 503, 250, 250, 354, 250, 250])]
#[case::helo_inside(
    &["EHLO a", "STARTTLS", "<tls>", "HELO a", "MAIL FROM:<a@b> SIZE=5", "MAIL FROM:<a@b>",
      "RCPT TO:<c@d>", "DATA", "<content>"],
    &[250, 220, 0, 250, 555, 250, 250, 354, 250])]
#[case::out_of_order(
    &["EHLO a", "STARTTLS", "<tls>", "EHLO a", "DATA", "RCPT TO:<c@d>", "MAIL FROM:<a@b>", "DATA",
      "MAIL FROM:<a@b>", "STARTTLS", "XYZZY", "NOOP", "VRFY a", "HELP"],
    &[250, 220, 0, 250, 503, 503, 250, 554, 503, 503, 500, 250, 252, 214])]
fn a_session_of_the_reference_server(#[case] lines: &[&str], #[case] codes: &[u16]) {
    let policy = SessionPolicy::default();
    let mut state = next(&SessionState::default(), &Command::connect(), true);
    let mut seen = Vec::new();
    for line in lines {
        let command = match *line {
            "<tls>" => {
                assert_eq!(state, SessionState::ExpectHandshake);
                state = SessionState::secured();
                seen.push(0);
                continue;
            }
            "<content>" => Command::content(5),
            line => Command::parse(line.as_bytes()),
        };
        let reply = permitted(&state, &command, &policy).preferred;
        state = next(&state, &command, reply.accepts());
        seen.push(reply.code);
    }
    assert_eq!(seen, codes);
}

#[test]
fn the_exempt_places_agree_with_the_stages_of_a_transcript() {
    assert_eq!(Place::from(Stage::Greeting), Place::from(&Command::connect()));
    assert_eq!(Place::from(Stage::EhloTls), Place::from(&Command::parse(b"EHLO a")));
    assert_eq!(Place::from(Stage::Body), Place::from(&Command::content(1)));
}

proptest! {
    /// Whatever a client says and a server answers: TLS is never left, content never comes before a
    /// 354, and a session that is over stays over.
    #[test]
    fn no_session_goes_astray(steps in prop::collection::vec((0..LINES.len() + 2, any::<bool>()), 0..40)) {
        let policy = SessionPolicy::default();
        let mut state = SessionState::default();
        for (at, accepted) in steps {
            let command = match LINES.get(at) {
                Some(line) => Command::parse(line.as_bytes()),
                None if at == LINES.len() => Command::connect(),
                None => Command::content(10),
            };
            let silence = permitted(&state, &command, &policy).silence;
            if silence {
                continue;
            }
            let after = next(&state, &command, accepted);
            let over = after == SessionState::Closed;
            prop_assert!(!state.tls() || after.tls() || over || !accepted
                || after == SessionState::ExpectHandshake, "{:?} {:?}", state, after);
            if matches!(after, SessionState::ExpectContent { .. }) {
                prop_assert!(command.raw.to_ascii_uppercase().starts_with(b"DATA"));
            }
            if matches!(state, SessionState::ExpectContent { .. }) {
                prop_assert!(!matches!(after, SessionState::ExpectContent { .. }), "two contents");
            }
            state = if after == SessionState::ExpectHandshake { SessionState::secured() } else { after };
        }
    }
}
