//! The envelope and the message of a transaction, checked.

use toml::Spanned;

use super::Check;
use crate::{
    oracle::{
        Fact as _,
        reception::facts::{DnStatus, DomainStatus},
    },
    scenario::{
        model::{Expected, MessageKind, ReversePath, StatedSender, Template, Transaction},
        problem::Problem,
        raw::{self, RawEnvelope, RawMessage, RawScenario},
        script::template_fault,
        template,
    },
};

/// The largest message that a scenario may send, in octets.
const MOST_OCTETS: u32 = 8 * 1024 * 1024;

impl Check<'_> {
    pub(super) fn transaction(
        &mut self,
        raw: &RawScenario,
        expect: Expected,
    ) -> Option<Transaction> {
        let empty = RawEnvelope::default();
        let before = self.problems.len();
        let envelope = raw.envelope.as_ref().map_or(&empty, Spanned::get_ref);
        let message = raw.message.as_ref().map(Spanned::get_ref);
        let none = RawMessage::default();
        let transaction = self.envelope(envelope, message.unwrap_or(&none), expect);
        (self.problems.len() == before).then_some(transaction)
    }

    pub(super) fn envelope(
        &mut self,
        raw: &RawEnvelope,
        RawMessage { kind, size, by }: &RawMessage,
        expect: Expected,
    ) -> Transaction {
        let from = match &raw.from {
            None => ReversePath::Address(Template("{peer.from}".to_owned())),
            Some(value) => match value.get_ref().as_str() {
                "<>" => ReversePath::Null,
                raw::NONE => ReversePath::Absent,
                _ => ReversePath::Address(self.template(value)),
            },
        };
        let nominal = || vec![Template("{mailbox}".to_owned())];
        let to = raw.to.as_deref().map_or_else(nominal, |to| self.templates(to));
        let stated = StatedSender {
            form: raw
                .form
                .as_ref()
                .and_then(|form| self.pick("form", form, &raw::forms().collect::<Vec<_>>())),
            domain: raw.domain.as_ref().and_then(|it| self.pick("domain", it, DomainStatus::NAMES)),
            listed: raw.listed.as_ref().and_then(|it| self.pick("listed", it, DnStatus::NAMES)),
        };
        let message: Option<MessageKind> =
            kind.as_ref().and_then(|kind| self.name("message kind", kind));
        let message = message.unwrap_or_default();
        if let Some(size) = size
            && (message != MessageKind::Text || *size.get_ref() > MOST_OCTETS)
        {
            let text =
                format!("`size` is for a message of kind `text`, up to {MOST_OCTETS} octets");
            self.report(size.span(), text, "not this one");
        }
        Transaction {
            from,
            to,
            mail_parameters: raw.mail_parameters.as_ref().map(|text| self.template(text)),
            message,
            size: size.as_ref().map(|size| *size.get_ref()),
            by: by.as_ref().and_then(|by| self.name("transfer", by)).unwrap_or_default(),
            expect,
            stated,
        }
    }

    pub(super) fn templates(&mut self, values: &[Spanned<String>]) -> Vec<Template> {
        values.iter().map(|value| self.template(value)).collect()
    }

    fn template(&mut self, value: &Spanned<String>) -> Template {
        if let Err(error) = template::check(value.get_ref(), false) {
            let fault = template_fault(&error, value.get_ref());
            let at = self.inside(value, fault.at);
            let problem = Problem::new(self.file, fault.message).at(at, "here");
            self.problems.push(match fault.help {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
        Template(value.get_ref().clone())
    }
}
