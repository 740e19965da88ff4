//! Where a session stands, named by what is expected next.

use crate::oracle::{
    Command,
    command::{Keyword, Verb},
};

/// Where a reception session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// The connection is being opened: the server's greeting is due.
    #[default]
    ExpectGreeting,
    /// Greeted, or just out of the TLS handshake (RFC 3207 §4.2: back to the initial state).
    ExpectEhlo {
        /// Inside TLS.
        tls: bool,
    },
    /// EHLO or HELO was answered in clear.
    ExpectStartTls {
        /// By EHLO.
        extended: bool,
    },
    /// 220 was given to STARTTLS: no SMTP until the handshake is done, see
    /// [`SessionState::secured`].
    ExpectHandshake,
    /// EHLO or HELO was answered inside TLS, no transaction is open.
    ExpectMail {
        /// By EHLO.
        extended: bool,
    },
    /// MAIL was accepted.
    ExpectRcpt {
        /// Inside TLS; a transaction in clear is a fault of the server, but can be followed.
        tls: bool,
        /// By EHLO.
        extended: bool,
    },
    /// At least one RCPT was accepted.
    ExpectData {
        /// Inside TLS.
        tls: bool,
        /// By EHLO.
        extended: bool,
        /// Number of recipients accepted.
        recipients: u32,
    },
    /// 354 was given to DATA.
    ExpectContent {
        /// Inside TLS.
        tls: bool,
        /// By EHLO.
        extended: bool,
    },
    /// At least one chunk was taken, and not the last one (RFC 3030 §2).
    ExpectChunk {
        /// Inside TLS.
        tls: bool,
        /// By EHLO.
        extended: bool,
        /// Octets of the chunks taken.
        octets: u64,
    },
    /// A chunk was refused: until RSET the state is "indeterminate" (RFC 3030 §2).
    ExpectReset {
        /// Inside TLS.
        tls: bool,
        /// By EHLO.
        extended: bool,
    },
    /// The greeting was a 554: the server waits for QUIT (RFC 5321 §3.1).
    ExpectQuit,
    /// QUIT was answered.
    Closed,
}

impl SessionState {
    /// Whether the session runs inside TLS.
    #[must_use]
    pub fn tls(self) -> bool {
        match self {
            Self::ExpectEhlo { tls }
            | Self::ExpectRcpt { tls, .. }
            | Self::ExpectData { tls, .. }
            | Self::ExpectContent { tls, .. }
            | Self::ExpectChunk { tls, .. }
            | Self::ExpectReset { tls, .. } => tls,
            Self::ExpectMail { .. } => true,
            Self::ExpectGreeting
            | Self::ExpectStartTls { .. }
            | Self::ExpectHandshake
            | Self::ExpectQuit
            | Self::Closed => false,
        }
    }

    /// Whether the client was greeted by EHLO: extensions are in use.
    #[must_use]
    pub fn extended(self) -> bool {
        match self {
            Self::ExpectStartTls { extended }
            | Self::ExpectMail { extended }
            | Self::ExpectRcpt { extended, .. }
            | Self::ExpectData { extended, .. }
            | Self::ExpectContent { extended, .. }
            | Self::ExpectChunk { extended, .. }
            | Self::ExpectReset { extended, .. } => extended,
            _ => false,
        }
    }

    /// Whether EHLO or HELO was answered.
    #[must_use]
    pub fn greeted(self) -> bool {
        matches!(
            self,
            Self::ExpectStartTls { .. }
                | Self::ExpectMail { .. }
                | Self::ExpectRcpt { .. }
                | Self::ExpectData { .. }
                | Self::ExpectContent { .. }
                | Self::ExpectChunk { .. }
                | Self::ExpectReset { .. }
        )
    }

    /// Whether a transaction is open. One of which a chunk was refused has failed.
    #[must_use]
    pub fn in_transaction(self) -> bool {
        matches!(
            self,
            Self::ExpectRcpt { .. }
                | Self::ExpectData { .. }
                | Self::ExpectContent { .. }
                | Self::ExpectChunk { .. }
        )
    }

    /// Octets of the chunks taken in the open transaction.
    #[must_use]
    pub fn octets(self) -> u64 {
        if let Self::ExpectChunk { octets, .. } = self { octets } else { 0 }
    }

    /// Recipients accepted in the open transaction.
    #[must_use]
    pub fn recipients(self) -> u32 {
        if let Self::ExpectData { recipients, .. } = self { recipients } else { 0 }
    }

    /// The state after a TLS handshake: everything said in clear is forgotten (RFC 3207 §4.2).
    #[must_use]
    pub fn secured() -> Self {
        Self::ExpectEhlo { tls: true }
    }

    /// No transaction open, what is known of the client kept (RFC 5321 §4.1.1.5).
    fn idle(self) -> Self {
        match (self.greeted(), self.tls()) {
            (false, _) => self,
            (true, true) => Self::ExpectMail { extended: self.extended() },
            (true, false) => Self::ExpectStartTls { extended: self.extended() },
        }
    }
}

/// Where the session stands once `command` was answered; `accepted` is a 2xx or 3xx.
///
/// It follows what the server did, in order or not: a RCPT accepted without MAIL opens a
/// transaction, since the server behaves as if there were one. A command refused changes nothing
/// (RFC 5321 §4.1.4), but for the content, which ends its transaction either way (§4.1.1.4), for a
/// chunk, which makes it fail (RFC 3030 §2), and QUIT.
#[must_use]
pub fn next(state: &SessionState, command: &Command, accepted: bool) -> SessionState {
    let state = *state;
    let (tls, extended) = (state.tls(), state.extended());
    match (&command.verb, accepted) {
        _ if matches!(state, SessionState::Closed | SessionState::ExpectHandshake) => state,
        (Verb::Connect, true) => SessionState::ExpectEhlo { tls: false },
        (Verb::Connect, false) => SessionState::ExpectQuit,
        (Verb::Content { .. }, _) | (Verb::Bdat { last: true, .. }, true) => state.idle(),
        (Verb::Bdat { octets, .. }, true) => {
            let octets = state.octets().saturating_add(*octets);
            SessionState::ExpectChunk { tls, extended, octets }
        }
        (Verb::Bdat { .. }, false) if state.in_transaction() => {
            SessionState::ExpectReset { tls, extended }
        }
        (verb, accepted) => match (verb.keyword(), accepted) {
            (Some(Keyword::Quit), true) => SessionState::Closed,
            (_, false) | (None, true) => state,
            (Some(Keyword::Ehlo | Keyword::Helo), true) => {
                let extended = verb.keyword() == Some(Keyword::Ehlo);
                match tls {
                    true => SessionState::ExpectMail { extended },
                    false => SessionState::ExpectStartTls { extended },
                }
            }
            (Some(Keyword::StartTls), true) => SessionState::ExpectHandshake,
            (Some(Keyword::Mail), true) => SessionState::ExpectRcpt { tls, extended },
            (Some(Keyword::Rcpt), true) => SessionState::ExpectData {
                tls,
                extended,
                recipients: state.recipients().saturating_add(1),
            },
            (Some(Keyword::Data), true) => SessionState::ExpectContent { tls, extended },
            (Some(Keyword::Rset), true) => state.idle(),
            // A BDAT that is none leaves unknown what was taken.
            (
                Some(Keyword::Bdat | Keyword::Noop | Keyword::Vrfy | Keyword::Expn | Keyword::Help),
                true,
            ) => state,
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{SessionState as S, *};

    const IN_TLS: S = S::ExpectMail { extended: true };
    const OPEN: S = S::ExpectRcpt { tls: true, extended: true };
    const CHUNKS: S = S::ExpectChunk { tls: true, extended: true, octets: 5 };
    const FAILED: S = S::ExpectReset { tls: true, extended: true };
    const TWO: S = S::ExpectData { tls: true, extended: true, recipients: 2 };

    #[rstest]
    #[case::ehlo_in_clear(S::ExpectEhlo { tls: false }, "EHLO a", true, S::ExpectStartTls { extended: true })]
    #[case::helo_in_clear(S::ExpectEhlo { tls: false }, "HELO a", true, S::ExpectStartTls { extended: false })]
    #[case::ehlo_refused(S::ExpectEhlo { tls: true }, "EHLO a", false, S::ExpectEhlo { tls: true })]
    #[case::ehlo_in_tls(S::ExpectEhlo { tls: true }, "EHLO a", true, IN_TLS)]
    #[case::ehlo_resets(TWO, "EHLO a", true, IN_TLS)]
    #[case::starttls(S::ExpectStartTls { extended: true }, "STARTTLS", true, S::ExpectHandshake)]
    #[case::starttls_refused(
        S::ExpectStartTls { extended: true }, "STARTTLS", false, S::ExpectStartTls { extended: true })]
    #[case::mail(IN_TLS, "MAIL FROM:<>", true, OPEN)]
    #[case::mail_refused(IN_TLS, "MAIL FROM:<>", false, IN_TLS)]
    #[case::mail_again_refused(TWO, "MAIL FROM:<>", false, TWO)]
    #[case::rcpt(OPEN, "RCPT TO:<a@b>", true, S::ExpectData { tls: true, extended: true, recipients: 1 })]
    #[case::rcpt_more(TWO, "RCPT TO:<a@b>", true, S::ExpectData { tls: true, extended: true, recipients: 3 })]
    #[case::rcpt_refused(OPEN, "RCPT TO:<a@b>", false, OPEN)]
    #[case::data(TWO, "DATA", true, S::ExpectContent { tls: true, extended: true })]
    #[case::chunk(TWO, "BDAT 5", true, CHUNKS)]
    #[case::chunk_more(CHUNKS, "BDAT 7", true, S::ExpectChunk { tls: true, extended: true, octets: 12 })]
    #[case::chunk_beyond_all_measure(
        CHUNKS, "BDAT 99999999999999999999", true,
        S::ExpectChunk { tls: true, extended: true, octets: u64::MAX })]
    #[case::last_chunk(CHUNKS, "BDAT 0 LAST", true, IN_TLS)]
    #[case::only_chunk(TWO, "BDAT 5 LAST", true, IN_TLS)]
    #[case::chunk_refused(CHUNKS, "BDAT 5 LAST", false, FAILED)]
    #[case::first_chunk_refused(TWO, "BDAT 5", false, FAILED)]
    #[case::chunk_after_a_failure(FAILED, "BDAT 5 LAST", false, FAILED)]
    #[case::chunk_without_transaction(IN_TLS, "BDAT 5 LAST", false, IN_TLS)]
    #[case::malformed_chunk(TWO, "BDAT x", false, TWO)]
    #[case::data_between_chunks(CHUNKS, "DATA", false, CHUNKS)]
    #[case::rset_between_chunks(CHUNKS, "RSET", true, IN_TLS)]
    #[case::rset_after_a_failure(FAILED, "RSET", true, IN_TLS)]
    #[case::ehlo_after_a_failure(FAILED, "EHLO a", true, IN_TLS)]
    #[case::rset(TWO, "RSET", true, IN_TLS)]
    #[case::rset_before_ehlo(S::ExpectEhlo { tls: true }, "RSET", true, S::ExpectEhlo { tls: true })]
    #[case::noop(TWO, "NOOP", true, TWO)]
    #[case::unknown(TWO, "XYZ", true, TWO)]
    #[case::quit(TWO, "QUIT", true, S::Closed)]
    #[case::a_tolerant_server(IN_TLS, "MAIL FROM: <a@b>", true, OPEN)]
    #[case::mail_in_clear(
        S::ExpectStartTls { extended: true }, "MAIL FROM:<>", true,
        S::ExpectRcpt { tls: false, extended: true })]
    #[case::nothing_before_the_handshake(S::ExpectHandshake, "EHLO a", true, S::ExpectHandshake)]
    fn a_command(#[case] from: S, #[case] line: &str, #[case] accepted: bool, #[case] to: S) {
        assert_eq!(next(&from, &Command::parse(line.as_bytes()), accepted), to);
    }

    #[rstest]
    #[case::accepted(true)]
    #[case::refused(false)]
    fn the_content_ends_its_transaction(#[case] accepted: bool) {
        let state = S::ExpectContent { tls: true, extended: true };
        assert_eq!(next(&state, &Command::content(10), accepted), IN_TLS);
    }

    #[test]
    fn a_554_greeting_leaves_only_quit() {
        let state = next(&S::default(), &Command::connect(), false);
        assert_eq!(state, S::ExpectQuit);
        assert_eq!(next(&state, &Command::parse(b"QUIT"), true), S::Closed);
    }

    #[test]
    fn the_handshake_forgets_everything() {
        let state = S::secured();
        assert!(state.tls() && !state.greeted() && !state.extended());
    }
}
