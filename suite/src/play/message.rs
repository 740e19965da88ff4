//! The letters that a scenario sends.

use fixtures::smtp::{
    fields,
    mailroom::Delivery,
    message::{self, Draft},
    transcript::Event,
};

use super::{Player, Stopped};
use crate::scenario::model::{DeliverySubject, MessageKind, ReversePath, Transaction};

/// A message sent, to be recognised in what the target delivers.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its token.
    pub token: String,
    /// The message as composed; `None` for one that a script wrote by hand.
    pub original: Option<Vec<u8>>,
    /// The message as sent: dot-stuffed, with its final dot.
    pub wire: Vec<u8>,
    /// Whether the target answered 2xx to its final dot.
    pub accepted: bool,
    /// Whether what its way adds to its trace is recorded.
    pub traced: bool,
}

impl Letter {
    /// The reason that `delivery` gives, when it is a report on this letter and not the letter.
    #[must_use]
    pub fn notification(&self, delivery: &Delivery) -> Option<String> {
        delivery.mentions(&self.token).then(|| reason(&delivery.raw))
    }
}

/// The reason of a delivery status notification (RFC 3464 §2.3.6), else its subject: unfolded, its
/// encoded words decoded (RFC 2047).
fn reason(raw: &[u8]) -> String {
    const MOST: usize = 300;
    let text = String::from_utf8_lossy(raw);
    let field = |name: &str| {
        let mut lines = text.lines().skip_while(|line| {
            !line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        let first = lines.next()?.get(name.len()..)?;
        let folded = lines.take_while(|line| line.starts_with([' ', '\t']));
        let whole = std::iter::once(first).chain(folded).collect::<Vec<_>>().join("\r\n");
        Some(fields::unstructured(whole.as_bytes()).chars().take(MOST).collect::<String>())
    };
    field("Diagnostic-Code:")
        .or_else(|| field("Status:"))
        .or_else(|| field("Subject:"))
        .unwrap_or_else(|| "sans motif lisible".into())
}

impl Player<'_> {
    /// Composes message `number` of connection `session`.
    pub(super) fn letter(
        &self,
        session: u16,
        number: u16,
        transaction: &Transaction,
        recipients: &[String],
    ) -> Result<Letter, Stopped> {
        let token = self.tokens.token(&self.scenario.id, session, number);
        let operator = self.operator();
        let written = format!("{}@{}", crate::scenario::template::SENDER, operator.domain());
        let envelope = match &transaction.from {
            ReversePath::Address(template) => {
                Some(String::from_utf8_lossy(&self.render(template)?).into_owned())
            }
            _ => None,
        };
        let from = header_from(transaction.message, envelope, written);
        // The header names the recipients where they are few ordinary addresses; the envelope counts.
        let ordinary =
            recipients.iter().all(|to| to.parse::<crate::target::PlainAddress>().is_ok());
        let to: Vec<&str> = if ordinary && (1..=4).contains(&recipients.len()) {
            recipients.iter().map(String::as_str).collect()
        } else {
            vec!["destinataires-de-test@mssante.test"]
        };
        let draft = Draft {
            kind: kind(transaction.message),
            token: &token,
            domain: operator.domain(),
            from: &from,
            to: &to,
            date: self.space.now(),
        };
        let original = message::build(&draft).map_err(|error| self.trouble(&error.to_string()))?;
        let original = match transaction.size {
            Some(size) => message::padded(original, size as usize),
            None => original,
        };
        self.announce(session, number, &token);
        let wire = message::data(&original);
        let traced = self.scenario.delivery == Some(DeliverySubject::Trace);
        Ok(Letter { token, original: Some(original), wire, accepted: false, traced })
    }

    /// A message that a script writes by hand.
    pub(super) fn hand_made(&self, session: u16, number: u16, token: &str) -> Letter {
        self.announce(session, number, token);
        let token = token.to_owned();
        Letter { token, original: None, wire: Vec::new(), accepted: false, traced: false }
    }

    fn announce(&self, session: u16, transaction: u16, token: &str) {
        self.transcript.push(Event::Message { session, transaction, token: token.to_owned() });
    }
}

/// The address of the From field: the envelope's where that is an ordinary address, else `own`.
fn header_from(kind: MessageKind, envelope: Option<String>, own: String) -> String {
    // As it is written: one that only reads as a mailbox, such as one with a final dot, is none here.
    let ordinary = |path: &String| {
        path.parse::<crate::target::PlainAddress>()
            .is_ok_and(|mailbox| mailbox.to_string() == *path)
    };
    let envelope = envelope.filter(ordinary);
    if kind != MessageKind::OtherFrom {
        return envelope.unwrap_or(own);
    }
    // Another operator's than the envelope's: the peer's own, behind an envelope that is not.
    let beta = fixtures::space::cast::OPERATORS[1].domain();
    match envelope.as_deref().and_then(|path| path.rsplit_once('@')) {
        Some((_, domain)) if domain.eq_ignore_ascii_case(beta) => own,
        _ => format!("{}@{beta}", crate::scenario::template::SENDER),
    }
}

fn kind(kind: MessageKind) -> message::MessageKind {
    match kind {
        MessageKind::Text | MessageKind::OtherFrom => message::MessageKind::Plain,
        MessageKind::Attachment => message::MessageKind::Attachment,
        MessageKind::EightBit => message::MessageKind::EightBit,
        MessageKind::Dots => message::MessageKind::Dots,
        MessageKind::LongLine => message::MessageKind::LongLine,
        MessageKind::XHeaders => message::MessageKind::ExtraFields,
        MessageKind::ManyFields => message::MessageKind::ManyFields,
        MessageKind::LongField => message::MessageKind::LongField,
        MessageKind::LongFieldLine => message::MessageKind::LongFieldLine,
        MessageKind::RepeatedFields => message::MessageKind::RepeatedFields,
        MessageKind::TraceFields => message::MessageKind::TraceFields,
        MessageKind::Commands => message::MessageKind::Commands,
        MessageKind::FromLines => message::MessageKind::FromLines,
        MessageKind::TrailingSpaces => message::MessageKind::TrailingSpaces,
        MessageKind::PartEnds => message::MessageKind::PartEnds,
        MessageKind::EmptyBody => message::MessageKind::EmptyBody,
        MessageKind::NoBody => message::MessageKind::NoBody,
        MessageKind::DeliveryStatus => message::MessageKind::DeliveryStatus,
        MessageKind::Disposition => message::MessageKind::Disposition,
        MessageKind::Signed => message::MessageKind::Signed,
        MessageKind::SignedSpaces => message::MessageKind::SignedSpaces,
        MessageKind::Enveloped => message::MessageKind::Enveloped,
        MessageKind::Xdm => message::MessageKind::Xdm,
        MessageKind::Structure => message::MessageKind::Structure,
        MessageKind::FileNames => message::MessageKind::FileNames,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const OWN: &str = "emetteur@alpha.mssante.test";
    const BETA: &str = "emetteur@beta.mssante.test";

    #[rstest]
    #[case::diagnostic(
        "Subject: retour\r\n\r\nDiagnostic-Code: smtp; 550 5.7.1 domaine\r\n non rattache\r\nStatus: 5.7.1\r\n",
        "smtp; 550 5.7.1 domaine non rattache"
    )]
    #[case::status("Subject: retour\n\nstatus: 5.7.1\n", "5.7.1")]
    #[case::encoded_subject(
        "Subject: =?UTF-8?Q?Message_refus=C3=A9?=\r\n =?UTF-8?B?IDogZG9tYWluZQ==?=\r\n\r\nx\r\n",
        "Message refusé : domaine"
    )]
    #[case::nothing("x\r\n", "sans motif lisible")]
    fn the_reason_of_a_notification_can_be_read(#[case] raw: &str, #[case] told: &str) {
        assert_eq!(reason(raw.as_bytes()), told);
    }

    #[rstest]
    #[case::own(MessageKind::Text, Some(OWN), OWN)]
    #[case::spoofed(MessageKind::Text, Some(BETA), BETA)]
    #[case::null(MessageKind::Text, None, OWN)]
    #[case::final_dot(MessageKind::Text, Some("emetteur@alpha.mssante.test."), OWN)]
    #[case::odd(MessageKind::Text, Some("\"x@y\"@alpha.mssante.test"), OWN)]
    #[case::own_but_another_header(MessageKind::OtherFrom, Some(OWN), BETA)]
    #[case::null_but_another_header(MessageKind::OtherFrom, None, BETA)]
    #[case::spoofed_behind_the_own_header(MessageKind::OtherFrom, Some(BETA), OWN)]
    fn the_from_field(
        #[case] kind: MessageKind,
        #[case] envelope: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(header_from(kind, envelope.map(str::to_owned), OWN.to_owned()), expected);
    }
}
