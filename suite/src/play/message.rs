//! The letters that a scenario sends.

use fixtures::smtp::{
    mailroom::Delivery,
    message::{self, Draft},
    transcript::Event,
};

use super::{Player, Stopped};
use crate::scenario::model::{MessageKind, ReversePath, Transaction};

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
}

impl Letter {
    /// The reason that `delivery` gives, when it is a report on this letter and not the letter.
    #[must_use]
    pub fn notification(&self, delivery: &Delivery) -> Option<String> {
        delivery.mentions(&self.token).then(|| reason(&delivery.raw))
    }
}

/// The reason of a delivery status notification (RFC 3464 §2.3.6), else its subject.
fn reason(raw: &[u8]) -> String {
    const MOST: usize = 300;
    let text = String::from_utf8_lossy(raw);
    let field = |name: &str| {
        text.lines()
            .find(|line| {
                line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            })
            .map(|line| line[name.len()..].trim().chars().take(MOST).collect::<String>())
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
        let from = match (transaction.message, &transaction.from) {
            (MessageKind::OtherFrom, _) => {
                let beta = fixtures::space::cast::OPERATORS[1].domain();
                format!("{}@{beta}", crate::scenario::template::SENDER)
            }
            // The header shows the envelope's sender where it is an ordinary address.
            (_, ReversePath::Address(template)) => {
                let path = String::from_utf8_lossy(&self.render(template)?).into_owned();
                if path.parse::<crate::target::Mailbox>().is_ok() { path } else { written }
            }
            _ => written,
        };
        // The header names the recipients where they are few ordinary addresses; the envelope counts.
        let ordinary = recipients.iter().all(|to| to.parse::<crate::target::Mailbox>().is_ok());
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
        self.announce(session, number, &token);
        let wire = message::data(&original);
        Ok(Letter { token, original: Some(original), wire, accepted: false })
    }

    /// A message that a script writes by hand.
    pub(super) fn hand_made(&self, session: u16, number: u16, token: &str) -> Letter {
        self.announce(session, number, token);
        Letter { token: token.to_owned(), original: None, wire: Vec::new(), accepted: false }
    }

    fn announce(&self, session: u16, transaction: u16, token: &str) {
        self.transcript.push(Event::Message { session, transaction, token: token.to_owned() });
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
    }
}
