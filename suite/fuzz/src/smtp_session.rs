//! The oracle's command reader and session machine on arbitrary sessions.
//!
//! Input: a first line of EHLO keywords between semicolons; then one line a step. Its first octet
//! says whether the server accepts (`+`) or not, the rest is the command, or `!` for a handshake, `=`
//! for a message of as many octets as the line has.

use suite::oracle::{
    Command, Grade,
    command::Verb,
    reception::{
        Facts, decide,
        facts::{CertificateStatus, DnStatus, DomainStatus, MailFrom, Recipients},
    },
    session::{Permitted, SessionPolicy, SessionState, next, permitted},
};

/// Steps played at most.
const STEPS: usize = 200;

/// To each command there is a reply in order, whatever came before and whatever is decided of the
/// peer, and no command brings the session into TLS.
pub fn check(data: &[u8]) {
    let mut lines = data.split(|octet| *octet == b'\n');
    let offer = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let policy = SessionPolicy::from_ehlo(offer.split(';'));
    check_policy(&policy);
    let mut state = SessionState::default();
    for line in lines.take(STEPS) {
        let (accepted, line) = match line.split_first() {
            Some((b'+', line)) => (true, line),
            Some((_, line)) => (false, line),
            None => (true, line),
        };
        let command = match (state, line) {
            (SessionState::ExpectGreeting, []) => Command::connect(),
            (_, b"!") => {
                state = SessionState::secured();
                continue;
            }
            (_, [b'=', content @ ..]) => Command::content(content.len() as u64 * 1024),
            (_, line) => Command::parse(line),
        };
        check_command(&command);
        let in_order = permitted(&state, &command, &policy);
        check_replies(&in_order, &command.verb);
        let after = next(&state, &command, accepted);
        assert!(state.tls() || !after.tls(), "only a handshake leads into TLS");
        assert!(after.recipients() <= state.recipients() + 1);
        assert!(after.octets() == 0 || after.in_transaction(), "chunks are of a transaction");
        state = after;
    }
}

fn check_policy(policy: &SessionPolicy) {
    let lines = policy.ehlo_lines(true);
    let again = SessionPolicy::from_ehlo(lines.iter().map(String::as_str));
    assert_eq!(&again, policy, "an offer reads back");
}

fn check_command(command: &Command) {
    if let Verb::Mail { parameters, .. } | Verb::Rcpt { parameters, .. } = &command.verb {
        for parameter in parameters {
            assert_eq!(parameter.keyword, parameter.keyword.to_ascii_uppercase());
            assert_ne!(parameter.value.as_deref(), Some(""));
        }
    }
    assert!(!command.raw.ends_with(b"\n"));
    let again = Command::parse(&[command.raw.as_slice(), b"\r\n"].concat());
    if !matches!(command.verb, Verb::Connect | Verb::Content { .. }) {
        assert_eq!(&again, command, "its line end says nothing");
    }
}

fn check_replies(permitted: &Permitted, verb: &Verb) {
    if permitted.silence {
        return;
    }
    let preferred = permitted.preferred.code;
    assert_eq!(permitted.grade(preferred), Grade::Conforming, "{permitted:?}");
    // Before MAIL nothing is decided.
    if !matches!(
        verb,
        Verb::Mail { .. }
            | Verb::Rcpt { .. }
            | Verb::Data
            | Verb::Bdat { .. }
            | Verb::Content { .. }
    ) {
        return;
    }
    for mut facts in peers() {
        if let Verb::Mail { path, .. } = verb {
            facts.mail_from = MailFrom::from(path);
        }
        for last in [false, true] {
            let ours = permitted.clone().under(&decide(&facts), last);
            assert_ne!(ours.grade(ours.preferred.code), Grade::NonConforming, "{ours:?}");
        }
    }
}

/// One peer for each kind of decision.
fn peers() -> [Facts; 6] {
    let nominal = Facts::default;
    [
        nominal(),
        Facts { certificate: CertificateStatus::Expired, ..nominal() },
        Facts { dn: DnStatus::Unlisted, ..nominal() },
        Facts { mail_from: MailFrom::Malformed, ..nominal() },
        Facts { domain: DomainStatus::MappedToOthers, ..nominal() },
        Facts { recipients: Recipients::Foreign, ..nominal() },
    ]
}
