//! What a scenario does, checked.

use std::ops::Range;

use fixtures::smtp::probe::Probe;
use toml::Spanned;

use super::Check;
use crate::scenario::{
    model::{Action, DeliverySubject, Expected, SideEffects, Transaction},
    problem::Problem,
    raw::{RawEnvelope, RawExpect, RawMessage, RawScenario, RawTransaction},
    script,
};

/// Most transactions of a scenario: their steps are numbered below QUIT's.
const MAX_TRANSACTIONS: usize = 50;

impl Check<'_> {
    pub(super) fn action(&mut self, raw: &RawScenario) -> Option<Action> {
        let kinds = [
            raw.transaction.as_ref().map(|_| "transaction"),
            raw.script.as_ref().map(|_| "script"),
            raw.probe.as_ref().map(|_| "probe"),
            raw.inspect.as_ref().map(|_| "inspect"),
            raw.request.as_ref().map(|_| "request"),
        ];
        let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
        if kinds.len() > 1 {
            let message = format!("a scenario does one thing, not {}", kinds.join(" and "));
            self.problems.push(Problem::new(self.file, message));
            return None;
        }
        match kinds.first().copied() {
            None => self.nominal(raw),
            Some("transaction") => self.several(raw),
            Some("script") => self.script(raw),
            Some("probe") => self.probe(raw),
            Some("request") => self.request(raw),
            _ => self.inspection(raw),
        }
    }

    fn nominal(&mut self, raw: &RawScenario) -> Option<Action> {
        self.no_effects(raw);
        let expect = self.outcome(raw);
        let transaction = self.transaction(raw, expect.unwrap_or(Expected::Either))?;
        expect.map(|_| Action::Transactions(vec![transaction]))
    }

    fn several(&mut self, raw: &RawScenario) -> Option<Action> {
        self.unused("envelope", raw.envelope.as_ref().map(Spanned::span), "transaction");
        self.unused("message", raw.message.as_ref().map(Spanned::span), "transaction");
        self.unused("expect", raw.expect.as_ref().map(Spanned::span), "transaction");
        let list = raw.transaction.as_deref().unwrap_or_default();
        if let Some(beyond) = list.get(MAX_TRANSACTIONS) {
            let message = format!("a scenario has at most {MAX_TRANSACTIONS} transactions");
            self.report(beyond.span(), message, "one too many");
            return None;
        }
        let all: Vec<_> = list.iter().map(|one| self.one_of_several(one.get_ref())).collect();
        all.into_iter().collect::<Option<Vec<_>>>().map(Action::Transactions)
    }

    fn one_of_several(&mut self, raw: &RawTransaction) -> Option<Transaction> {
        let envelope = RawEnvelope {
            from: raw.from.clone(),
            to: raw.to.clone(),
            mail_parameters: raw.mail_parameters.clone(),
            form: raw.form.clone(),
            domain: raw.domain.clone(),
            listed: raw.listed.clone(),
        };
        let expect = self.name("outcome", &raw.outcome);
        let message =
            RawMessage { kind: raw.message.clone(), size: raw.size.clone(), by: raw.by.clone() };
        Some(self.envelope(&envelope, &message, expect?))
    }

    fn script(&mut self, raw: &RawScenario) -> Option<Action> {
        let raw_lines = raw.script.as_deref().unwrap_or_default();
        let empty = RawExpect::default();
        let expect = raw.expect.as_ref().map_or(&empty, Spanned::get_ref);
        if let Some(outcome) = &expect.outcome {
            self.report(outcome.span(), "a script has no `outcome`", "its `<` lines say it");
        }
        let delivered = self.templates(expect.delivered.as_deref().unwrap_or_default());
        let not_delivered = self.templates(expect.not_delivered.as_deref().unwrap_or_default());
        let not_relayed = self.templates(expect.not_relayed.as_deref().unwrap_or_default());
        let form = expect.replies.as_ref().and_then(|form| self.name("form of replies", form));
        let transaction = self.transaction(raw, Expected::Either)?;
        let texts: Vec<&str> = raw_lines.iter().map(|line| line.get_ref().as_str()).collect();
        if texts.is_empty() {
            self.problems.push(Problem::new(self.file, "the script has no lines"));
            return None;
        }
        match script::parse(&texts) {
            Ok(lines) => {
                let effects = SideEffects { delivered, not_delivered, not_relayed, form };
                Some(Action::Script { lines, transaction, effects })
            }
            Err(errors) => {
                for error in errors {
                    let at = self.inside(&raw_lines[error.line], error.at);
                    let problem = Problem::new(self.file, error.message).at(at, "here");
                    self.problems.push(match error.help {
                        Some(help) => problem.help(help),
                        None => problem,
                    });
                }
                None
            }
        }
    }

    fn probe(&mut self, raw: &RawScenario) -> Option<Action> {
        self.no_effects(raw);
        self.unused("envelope", raw.envelope.as_ref().map(Spanned::span), "probe");
        self.unused("message", raw.message.as_ref().map(Spanned::span), "probe");
        let names = Probe::ALL.map(|probe| (probe.name(), probe));
        let hello = self.pick("probe", &raw.probe.as_ref()?.get_ref().hello, &names);
        let expect = self.outcome(raw);
        Some(Action::Probe { hello: hello?, expect: expect? })
    }

    fn inspection(&mut self, raw: &RawScenario) -> Option<Action> {
        self.unused("envelope", raw.envelope.as_ref().map(Spanned::span), "inspect");
        self.unused("message", raw.message.as_ref().map(Spanned::span), "inspect");
        self.unused("expect", raw.expect.as_ref().map(Spanned::span), "inspect");
        self.name("inspection", &raw.inspect.as_ref()?.get_ref().certificate).map(Action::Inspect)
    }

    fn request(&mut self, raw: &RawScenario) -> Option<Action> {
        let written = raw.request.as_ref()?;
        self.unused("envelope", raw.envelope.as_ref().map(Spanned::span), "request");
        self.unused("message", raw.message.as_ref().map(Spanned::span), "request");
        self.unused("expect", raw.expect.as_ref().map(Spanned::span), "request");
        if raw.list.served.is_none() && raw.list.add.is_empty() && raw.list.remove.is_empty() {
            let label = "a list that changes makes the target ask for it";
            self.report(written.span(), "`[request]` needs a `[list]`", label);
        }
        self.name("look", &written.get_ref().list).map(Action::Request)
    }

    fn outcome(&mut self, raw: &RawScenario) -> Option<Expected> {
        match raw.expect.as_ref().and_then(|expect| expect.get_ref().outcome.as_ref()) {
            Some(outcome) => self.name("outcome", outcome),
            None => {
                let help =
                    "add `[expect]` with `outcome = \"accepted\"`, `\"refused\"` or `\"either\"`";
                let problem = Problem::new(self.file, "the scenario says no expected outcome");
                self.problems.push(problem.help(help));
                None
            }
        }
    }

    /// What of deliveries the scenario is about, which its outcome must allow.
    pub(super) fn delivery(
        &mut self,
        raw: &RawScenario,
        action: Option<&Action>,
    ) -> Option<DeliverySubject> {
        let written = raw.expect.as_ref()?.get_ref().delivery.as_ref()?;
        let subject: DeliverySubject = self.name("delivery", written)?;
        let fits = match action? {
            Action::Transactions(all) => {
                let outcome = match subject {
                    DeliverySubject::None => Expected::Refused,
                    _ => Expected::Accepted,
                };
                // Only a script says something before TLS that it does not say again.
                subject != DeliverySubject::Trace && all.iter().all(|one| one.expect == outcome)
            }
            Action::Script { effects, .. } => {
                subject != DeliverySubject::None && !effects.delivered.is_empty()
            }
            Action::Probe { .. } | Action::Inspect(_) | Action::Request(_) => false,
        };
        if !fits {
            let message = "`delivery` does not fit what is expected";
            let label = "an accepted or `delivered` message, or `none` for a refused one";
            self.report(written.span(), message, label);
        }
        Some(subject)
    }

    fn no_effects(&mut self, raw: &RawScenario) {
        let Some(expect) = raw.expect.as_ref().map(Spanned::get_ref) else { return };
        if let Some(form) = &expect.replies {
            self.report(form.span(), "only a script is about the form of replies", "not used");
        }
        let lists = [&expect.delivered, &expect.not_delivered, &expect.not_relayed];
        for list in lists.into_iter().flatten() {
            if let (Some(first), Some(last)) = (list.first(), list.last()) {
                let at = first.span().start..last.span().end;
                self.report(at, "only a script lists deliveries", "the outcome says it here");
            }
        }
    }

    fn unused(&mut self, table: &str, at: Option<Range<usize>>, kind: &str) {
        if let Some(at) = at {
            let message = format!("`[{table}]` has no meaning beside `{kind}`");
            self.report(at, message, "not used");
        }
    }
}
