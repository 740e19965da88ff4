//! Replies: which are in order, and the one that a reference server gives.

use serde::Serialize;

use crate::oracle::{Decision, Grade, Proof};

/// A reply as a reference server words it, on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Reply {
    /// Reply code.
    pub code: u16,
    /// Enhanced status code (RFC 3463), where one is due.
    pub enhanced: Option<&'static str>,
    /// Text, in ASCII.
    pub text: &'static str,
}

impl Reply {
    /// The refusal of a transaction where nothing says more.
    pub const REFUSED: Self = Self::new(554, "5.0.0", "Transaction refusee");

    pub(in crate::oracle) const fn new(
        code: u16,
        enhanced: &'static str,
        text: &'static str,
    ) -> Self {
        let enhanced = if enhanced.is_empty() { None } else { Some(enhanced) };
        Self { code, enhanced, text }
    }

    /// Whether it is a 2xx or 3xx.
    #[must_use]
    pub fn accepts(&self) -> bool {
        self.code < 400
    }
}

/// One code, or all codes of a class that are not named otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codes {
    /// This code.
    Exactly(u16),
    /// The codes whose first digit this is.
    Class(u8),
}

impl Codes {
    /// The first digit, which is also the class of the enhanced code (RFC 2034 §4).
    #[must_use]
    pub fn class(self) -> u8 {
        match self {
            Self::Exactly(code) => u8::try_from(code / 100).unwrap_or(u8::MAX),
            Self::Class(class) => class,
        }
    }

    fn holds(self, code: u16) -> bool {
        match self {
            Self::Exactly(own) => own == code,
            Self::Class(class) => u16::from(class) == code / 100,
        }
    }
}

/// Codes and how they are graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Allowed {
    /// The codes.
    pub codes: Codes,
    /// Their grade.
    pub grade: Grade,
}

/// The replies permitted to one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Permitted {
    /// Graded codes; a code named counts before its class.
    pub replies: Vec<Allowed>,
    /// Grade of any other reply.
    pub otherwise: Grade,
    /// The section that this rests on.
    pub source: &'static str,
    /// What a reference server replies.
    pub preferred: Reply,
    /// Whether a refusal may rest on the peer or its envelope: the decision then counts, see
    /// [`Self::under`].
    pub policy: bool,
    /// Whether no reply is due at all (handshake under way, session over).
    pub silence: bool,
}

impl Permitted {
    pub(super) fn new(source: &'static str, preferred: Reply) -> Self {
        let otherwise = Grade::NonConforming;
        Self { replies: Vec::new(), otherwise, source, preferred, policy: false, silence: false }
    }

    pub(super) fn codes(mut self, codes: &[u16], grade: Grade) -> Self {
        let named = codes.iter().map(|code| Allowed { codes: Codes::Exactly(*code), grade });
        self.replies.extend(named);
        self
    }

    pub(super) fn class(mut self, class: u8, grade: Grade) -> Self {
        self.replies.push(Allowed { codes: Codes::Class(class), grade });
        self
    }

    pub(super) fn otherwise(mut self, grade: Grade) -> Self {
        self.otherwise = grade;
        self
    }

    pub(super) fn policy(mut self) -> Self {
        self.policy = true;
        self
    }

    /// The grade of a reply: by its code, else by its class, else [`field@Self::otherwise`].
    ///
    /// 421 may come at any time (RFC 5321 §3.8), and never better than with a remark unless it is
    /// named: only the rest of the run tells a shutdown from a fault.
    #[must_use]
    pub fn grade(&self, code: u16) -> Grade {
        let find = |exact: bool| {
            let mut all = self.replies.iter();
            let found = all.find(|allowed| {
                matches!(allowed.codes, Codes::Exactly(_)) == exact && allowed.codes.holds(code)
            });
            found.map(|allowed| allowed.grade)
        };
        match find(true) {
            Some(grade) => grade,
            None if code == 421 && !self.silence => Grade::Remark,
            None => find(false).unwrap_or(self.otherwise),
        }
    }

    /// The same, once it is known what the peer's transaction deserves: `decision` on the facts known
    /// at this command (before RCPT, on known recipients).
    ///
    /// Where a refusal may rest on the peer or its envelope, it is graded no better than the
    /// decision grades it. An acceptance is graded by the decision after the content only (`last`)
    /// and where the reply alone proves it: before, the refusal may still come.
    #[must_use]
    pub fn under(mut self, decision: &Decision, last: bool) -> Self {
        if !self.policy {
            return self;
        }
        for allowed in &mut self.replies {
            match allowed.codes.class() {
                4 | 5 => allowed.grade = allowed.grade.worst(decision.refuse),
                2 if last && decision.proof != Proof::Relay => {
                    allowed.grade = allowed.grade.worst(decision.accept);
                }
                _ => {}
            }
        }
        if decision.accept > decision.refuse {
            self.preferred = decision.refusal;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::oracle::{
        Command,
        reception::{
            Facts, decide,
            facts::{CertificateStatus, Channel, DnStatus, DomainStatus, MailFrom, Recipients},
        },
        session::{SessionPolicy, SessionState, permitted},
    };

    #[rstest]
    #[case::clear(Facts { channel: Channel::Clear, ..Facts::default() }, 530, "5.7.0")]
    #[case::certificate(
        Facts { certificate: CertificateStatus::Expired, ..Facts::default() }, 550, "5.7.1")]
    #[case::dn(Facts { dn: DnStatus::Unlisted, ..Facts::default() }, 550, "5.7.1")]
    #[case::no_mail(Facts { mail_from: MailFrom::Absent, ..Facts::default() }, 503, "5.5.1")]
    #[case::bad_mail(Facts { mail_from: MailFrom::Malformed, ..Facts::default() }, 553, "5.1.7")]
    #[case::domain(Facts { domain: DomainStatus::Unlisted, ..Facts::default() }, 550, "5.7.1")]
    #[case::mapping(
        Facts { domain: DomainStatus::MappedToOthers, ..Facts::default() }, 550, "5.7.1")]
    #[case::unknown(Facts { recipients: Recipients::Unknown, ..Facts::default() }, 550, "5.1.1")]
    #[case::relay(Facts { recipients: Recipients::Foreign, ..Facts::default() }, 550, "5.7.1")]
    fn the_strict_refusal(#[case] facts: Facts, #[case] code: u16, #[case] enhanced: &str) {
        let reply = decide(&facts).refusal;
        assert_eq!((reply.code, reply.enhanced), (code, Some(enhanced)));
        assert!(reply.text.is_ascii());
    }

    #[test]
    fn a_decision_settles_what_the_session_leaves_open() {
        let policy = SessionPolicy::default();
        let state = SessionState::ExpectContent { tls: true, extended: true };
        let content = permitted(&state, &Command::content(10), &policy);
        assert_eq!(content.grade(550), Grade::Conforming);

        let nominal = content.clone().under(&decide(&Facts::default()), true);
        assert_eq!(
            (nominal.grade(250), nominal.grade(550)),
            (Grade::Conforming, Grade::NonConforming)
        );
        assert_eq!(nominal.preferred.code, 250);

        let unlisted = Facts { domain: DomainStatus::Unlisted, ..Facts::default() };
        let refused = content.clone().under(&decide(&unlisted), true);
        assert_eq!(
            (refused.grade(250), refused.grade(550)),
            (Grade::NonConforming, Grade::Conforming)
        );
        assert_eq!(refused.preferred.code, 550);

        let early = content.clone().under(&decide(&unlisted), false);
        assert_eq!(early.grade(250), Grade::Conforming);

        let relay = Facts { recipients: Recipients::Foreign, ..Facts::default() };
        assert_eq!(content.under(&decide(&relay), true).grade(250), Grade::Conforming);
    }

    #[test]
    fn a_recipient_out_of_the_grammar_is_refused_whoever_sends() {
        let state = SessionState::ExpectRcpt { tls: true, extended: true };
        let rcpt = Command::parse(b"RCPT TO:<a@b.test.>");
        let nominal = permitted(&state, &rcpt, &SessionPolicy::default())
            .under(&decide(&Facts::default()), false);
        assert_eq!(
            (nominal.grade(501), nominal.grade(250)),
            (Grade::Conforming, Grade::Conforming)
        );
        assert_eq!(nominal.preferred.enhanced, Some("5.1.3"));
    }

    #[test]
    fn a_decision_never_touches_the_order_of_commands() {
        let state = SessionState::ExpectMail { extended: true };
        let rcpt = Command::parse(b"RCPT TO:<a@b.test>");
        let permitted = permitted(&state, &rcpt, &SessionPolicy::default());
        assert_eq!(permitted.clone().under(&decide(&Facts::default()), false), permitted);
    }
}
