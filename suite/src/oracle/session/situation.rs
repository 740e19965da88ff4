//! What a command is, where the session stands: the case that the RFCs have a sentence for.

use super::{SessionPolicy, SessionState};
use crate::oracle::{
    Command,
    address::Path,
    command::{Keyword, Parameter, Verb},
};

/// The case at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Situation {
    /// The connection opens.
    Greeting,
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// STARTTLS in clear, after EHLO.
    StartTls,
    /// STARTTLS in clear, before EHLO, after HELO or within a transaction.
    StartTlsEarly,
    /// STARTTLS with an argument.
    StartTlsArgument,
    /// STARTTLS inside TLS.
    StartTlsTwice,
    /// MAIL or RCPT in clear.
    EnvelopeInClear,
    /// DATA in clear.
    DataInClear,
    /// The content of a message in clear.
    ContentInClear,
    /// MAIL before EHLO.
    MailBeforeEhlo,
    /// MAIL in order.
    Mail,
    /// MAIL within a transaction.
    MailTwice,
    /// RCPT in order.
    Rcpt,
    /// RCPT without MAIL.
    RcptBeforeMail,
    /// RCPT beyond the limit on recipients.
    TooManyRecipients,
    /// A parameter of MAIL or RCPT that no extension offered has.
    UnknownParameter,
    /// A parameter that is offered, with a value it does not have.
    BadParameterValue,
    /// MAIL with a declared SIZE over the limit.
    DeclaredTooLarge,
    /// A non-ASCII address without SMTPUTF8.
    NeedsUtf8,
    /// A domain that ends in a dot.
    TrailingDot,
    /// DATA in order.
    Data,
    /// DATA without MAIL.
    DataBeforeMail,
    /// DATA without an accepted RCPT.
    DataBeforeRcpt,
    /// BDAT in clear.
    BdatInClear,
    /// BDAT in order, or the last one.
    Bdat {
        /// Whether it ends the message.
        last: bool,
    },
    /// A chunk with which the message is over the size limit.
    BdatTooLarge,
    /// BDAT without MAIL, as after the last chunk of a message.
    BdatBeforeMail,
    /// BDAT without an accepted RCPT.
    BdatBeforeRcpt {
        /// Whether it ends the message.
        last: bool,
    },
    /// BDAT after one that was refused.
    BdatAfterFailure {
        /// Whether it ends the message.
        last: bool,
    },
    /// DATA after BDAT in one transaction.
    DataAfterBdat,
    /// RCPT after BDAT in one transaction.
    RcptAfterBdat,
    /// MAIL or RCPT after a BDAT that was refused, with no RSET between.
    ResetDue,
    /// The content of a message.
    Content,
    /// A content over the size limit.
    ContentTooLarge,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// VRFY.
    Vrfy,
    /// EXPN.
    Expn,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
    /// A known command with a bad argument.
    Malformed(Keyword),
    /// No command known.
    Unknown,
    /// Any command but QUIT after a 554 greeting.
    ServiceRefused,
    /// Anything where no reply is due: during the handshake, after QUIT.
    Silence,
}

/// Finds the case at hand. The length of the line is judged apart.
#[must_use]
pub fn situation(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Situation {
    let (state, keyword) = (*state, command.verb.keyword());
    match (state, &command.verb) {
        (SessionState::ExpectHandshake | SessionState::Closed, _) => return Situation::Silence,
        (SessionState::ExpectGreeting, Verb::Connect) => return Situation::Greeting,
        (SessionState::ExpectContent { tls: false, .. }, Verb::Content { .. }) => {
            return Situation::ContentInClear;
        }
        (SessionState::ExpectContent { .. }, Verb::Content { octets }) => {
            let large = policy.size_limit.is_some_and(|limit| *octets > limit);
            return if large { Situation::ContentTooLarge } else { Situation::Content };
        }
        // Within the content there is no command, and elsewhere no content.
        (SessionState::ExpectContent { .. }, _) | (_, Verb::Connect | Verb::Content { .. }) => {
            return Situation::Silence;
        }
        (SessionState::ExpectQuit, _) if keyword != Some(Keyword::Quit) => {
            return Situation::ServiceRefused;
        }
        _ => {}
    }
    if !state.tls() {
        match keyword {
            Some(Keyword::Mail | Keyword::Rcpt) => return Situation::EnvelopeInClear,
            Some(Keyword::Data) => return Situation::DataInClear,
            Some(Keyword::Bdat) => return Situation::BdatInClear,
            _ => {}
        }
    }
    match &command.verb {
        Verb::Hello { extended: true, .. } => Situation::Ehlo,
        Verb::Hello { extended: false, .. } => Situation::Helo,
        Verb::StartTls => starttls(state),
        Verb::Malformed { of: Keyword::StartTls, .. } if state.tls() => Situation::StartTlsTwice,
        Verb::Malformed { of: Keyword::StartTls, .. } => Situation::StartTlsArgument,
        Verb::Mail { path, parameters } => mail(state, path, parameters, policy),
        Verb::Rcpt { path, parameters } => rcpt(state, path, parameters, policy),
        Verb::Data => match state {
            SessionState::ExpectData { .. } => Situation::Data,
            SessionState::ExpectRcpt { .. } => Situation::DataBeforeRcpt,
            SessionState::ExpectChunk { .. } | SessionState::ExpectReset { .. } => {
                Situation::DataAfterBdat
            }
            _ => Situation::DataBeforeMail,
        },
        // Without CHUNKING there is no such command.
        Verb::Bdat { .. } | Verb::Malformed { of: Keyword::Bdat, .. }
            if !policy.offers("CHUNKING") =>
        {
            Situation::Unknown
        }
        Verb::Bdat { octets, last } => bdat(state, *octets, *last, policy),
        Verb::Rset => Situation::Rset,
        Verb::Noop => Situation::Noop,
        Verb::Vrfy => Situation::Vrfy,
        Verb::Expn => Situation::Expn,
        Verb::Help => Situation::Help,
        Verb::Quit => Situation::Quit,
        Verb::Malformed { of, .. } => Situation::Malformed(*of),
        Verb::Unknown => Situation::Unknown,
        Verb::Connect | Verb::Content { .. } => Situation::Silence,
    }
}

fn starttls(state: SessionState) -> Situation {
    match state {
        _ if state.tls() => Situation::StartTlsTwice,
        SessionState::ExpectStartTls { extended: true } => Situation::StartTls,
        _ => Situation::StartTlsEarly,
    }
}

fn bdat(state: SessionState, octets: u64, last: bool, policy: &SessionPolicy) -> Situation {
    match state {
        SessionState::ExpectData { .. } | SessionState::ExpectChunk { .. } => {
            let octets = state.octets().saturating_add(octets);
            match policy.size_limit.is_some_and(|limit| octets > limit) {
                true => Situation::BdatTooLarge,
                false => Situation::Bdat { last },
            }
        }
        SessionState::ExpectRcpt { .. } => Situation::BdatBeforeRcpt { last },
        SessionState::ExpectReset { .. } => Situation::BdatAfterFailure { last },
        _ => Situation::BdatBeforeMail,
    }
}

fn mail(
    state: SessionState,
    path: &Path,
    parameters: &[Parameter],
    policy: &SessionPolicy,
) -> Situation {
    match state {
        SessionState::ExpectRcpt { .. }
        | SessionState::ExpectData { .. }
        | SessionState::ExpectChunk { .. } => return Situation::MailTwice,
        SessionState::ExpectReset { .. } => return Situation::ResetDue,
        _ if !state.greeted() => return Situation::MailBeforeEhlo,
        _ => {}
    }
    if let Some(found) = parameter(state, parameters, Keyword::Mail, policy) {
        return found;
    }
    let utf8 = parameters.iter().any(|parameter| parameter.keyword == "SMTPUTF8");
    spelling(path, utf8).unwrap_or(Situation::Mail)
}

fn rcpt(
    state: SessionState,
    path: &Path,
    parameters: &[Parameter],
    policy: &SessionPolicy,
) -> Situation {
    match state {
        SessionState::ExpectRcpt { .. } | SessionState::ExpectData { .. } => {}
        SessionState::ExpectChunk { .. } => return Situation::RcptAfterBdat,
        SessionState::ExpectReset { .. } => return Situation::ResetDue,
        _ => return Situation::RcptBeforeMail,
    }
    if let Some(found) = parameter(state, parameters, Keyword::Rcpt, policy) {
        return found;
    }
    // SMTPUTF8 is a parameter of MAIL, which this state does not remember: offered is enough here.
    if let Some(found) = spelling(path, policy.offers("SMTPUTF8")) {
        return found;
    }
    match state.recipients() >= policy.max_recipients {
        true => Situation::TooManyRecipients,
        false => Situation::Rcpt,
    }
}

/// The first thing that the parameters are refused for.
fn parameter(
    state: SessionState,
    parameters: &[Parameter],
    of: Keyword,
    policy: &SessionPolicy,
) -> Option<Situation> {
    // After HELO no extension is in use (RFC 5321 §2.2.1).
    let known = |parameter: &Parameter| state.extended() && policy.knows(parameter, of);
    if parameters.iter().any(|parameter| !known(parameter)) {
        return Some(Situation::UnknownParameter);
    }
    // RFC 1870 §6: only one SIZE; no other parameter gains a meaning by coming twice either.
    let twice = parameters.iter().enumerate().any(|(at, parameter)| {
        parameters[..at].iter().any(|before| before.keyword == parameter.keyword)
    });
    if twice {
        return Some(Situation::BadParameterValue);
    }
    parameters.iter().find_map(|parameter| value(parameter, policy))
}

fn value(parameter: &Parameter, policy: &SessionPolicy) -> Option<Situation> {
    let value = parameter.value.as_deref();
    let bad = match parameter.keyword.as_str() {
        "SIZE" => {
            // RFC 1870 §3: one to twenty digits.
            let digits = value.filter(|v| v.len() <= 20 && v.bytes().all(|b| b.is_ascii_digit()));
            let Some(digits) = digits else { return Some(Situation::BadParameterValue) };
            let octets = digits.parse::<u64>().unwrap_or(u64::MAX);
            let large = policy.size_limit.is_some_and(|limit| octets > limit);
            return large.then_some(Situation::DeclaredTooLarge);
        }
        "BODY" => {
            let known = |v: &str| {
                v.eq_ignore_ascii_case("7BIT")
                    || (v.eq_ignore_ascii_case("8BITMIME") && policy.offers("8BITMIME"))
                    || (v.eq_ignore_ascii_case("BINARYMIME") && policy.offers("BINARYMIME"))
            };
            !value.is_some_and(known)
        }
        "SMTPUTF8" => value.is_some(),
        _ => false,
    };
    bad.then_some(Situation::BadParameterValue)
}

fn spelling(path: &Path, utf8: bool) -> Option<Situation> {
    let mailbox = path.mailbox()?;
    if mailbox.needs_utf8() && !utf8 {
        return Some(Situation::NeedsUtf8);
    }
    mailbox.trailing_dot.then_some(Situation::TrailingDot)
}
