//! One scenario file from its raw form to the checked one: every wrong value found at once.

use std::{collections::BTreeSet, ops::Range, path::Path, sync::Arc};

use fixtures::{
    dn::{Attribute, AttributeType, DistinguishedName, Rdn, Value},
    pki::Variant,
    smtp::probe::Probe,
    space::cast::OPERATORS,
};
use serde::de::{DeserializeOwned, IntoDeserializer, value::Error as ValueError};
use toml::Spanned;

use super::{
    capability,
    document::nearest,
    model::{
        Action, Capability, Expected, ListEntry, Manner, MessageKind, Peer, PeerTls, Presented,
        ReversePath, Scenario, ScenarioId, SideEffects, StatedSender, Template, Transaction,
    },
    problem::{Problem, Source},
    raw::{self, RawEnvelope, RawExpect, RawManner, RawPeer, RawScenario, RawTransaction},
    script::{self, template_fault},
    template,
};
use crate::{oracle::ClauseId, oracle::facts::PtrStatus, record::Level};

/// Most transactions of a scenario: their steps are numbered below QUIT's.
const MAX_TRANSACTIONS: usize = 50;

/// A checked scenario, and where its references to others stand in the file.
pub(super) struct Checked {
    pub(super) scenario: Scenario,
    pub(super) title: Range<usize>,
    pub(super) level: Range<usize>,
    pub(super) twin: Option<Range<usize>>,
    pub(super) interpretation: Option<Range<usize>>,
}

/// Checks a scenario that was read from `path`.
pub(super) fn check(
    id: ScenarioId,
    path: &Path,
    file: &Source,
    raw: RawScenario,
) -> Result<Checked, Vec<Problem>> {
    let mut check = Check { file, problems: Vec::new() };
    let title = check.text("title", &raw.title);
    let purpose = check.text("purpose", &raw.purpose);
    let source = check.text("source", &raw.source);
    let advice = raw.advice.as_ref().map(|advice| check.text("advice", advice));
    let clause = check.clause(&raw.clause);
    let level: Option<Level> = check.name("level", &raw.level);
    let peer = check.peer(&raw.peer);
    let needs: BTreeSet<Capability> =
        raw.needs.iter().filter_map(|need| check.name("capability", need)).collect();
    let action = check.action(&raw);
    let list = check.list(&raw);
    let manner = check.manner(&raw);
    if let (Some(level), Some(action)) = (level, &action) {
        check.level_fits(level, action, raw.level.span());
    }
    let (Some(clause), Some(level), Some(peer), Some(action)) = (clause, level, peer, action)
    else {
        return Err(check.problems);
    };
    if !check.problems.is_empty() {
        return Err(check.problems);
    }
    let mut needs: BTreeSet<_> =
        needs.union(&capability::derived(&peer, &action)).copied().collect();
    if raw.destructive {
        needs.insert(Capability::Destructive);
    }
    if !list.is_empty() {
        needs.insert(Capability::OwnList);
    }
    let scenario = Scenario {
        id,
        title,
        purpose,
        clause,
        source,
        level,
        twin: raw.twin.as_ref().map(|twin| ScenarioId(Arc::from(twin.get_ref().as_str()))),
        interpretation: raw.interpretation.as_ref().map(|slug| slug.get_ref().clone()),
        needs,
        // The reverse names of the cast are part of the shared world.
        exclusive: raw.exclusive || peer.ptr != PtrStatus::Valid,
        advice,
        peer,
        list,
        manner,
        action,
        file: path.to_owned(),
    };
    Ok(Checked {
        scenario,
        title: raw.title.span(),
        level: raw.level.span(),
        twin: raw.twin.as_ref().map(Spanned::span),
        interpretation: raw.interpretation.as_ref().map(Spanned::span),
    })
}

struct Check<'f> {
    file: &'f Source,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(
        &mut self,
        at: Range<usize>,
        message: impl Into<String>,
        label: &str,
    ) -> &mut Problem {
        self.problems.push(Problem::new(self.file, message).at(at, label));
        self.problems.last_mut().expect("just pushed")
    }

    fn text(&mut self, key: &str, value: &Spanned<String>) -> String {
        if value.get_ref().trim().is_empty() {
            self.report(value.span(), format!("`{key}` is empty"), "a text is awaited");
        }
        value.get_ref().clone()
    }

    /// A value that is one of a few names.
    fn name<T: DeserializeOwned>(&mut self, what: &str, value: &Spanned<String>) -> Option<T> {
        let name = value.get_ref().as_str();
        match T::deserialize(IntoDeserializer::<ValueError>::into_deserializer(name)) {
            Ok(found) => Some(found),
            Err(error) => {
                // serde says `unknown variant …, expected one of …`: the second half is the help.
                let text = error.to_string();
                let help =
                    text.split_once(", ").map_or(text.as_str(), |(_, names)| names).to_owned();
                self.unknown(what, value, help);
                None
            }
        }
    }

    fn pick<T: Copy>(
        &mut self,
        what: &str,
        value: &Spanned<String>,
        names: &[(&'static str, T)],
    ) -> Option<T> {
        let found = names.iter().find(|(name, _)| name == value.get_ref()).map(|(_, item)| *item);
        if found.is_none() {
            let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            self.unknown(what, value, suggestion(value.get_ref(), &known));
        }
        found
    }

    fn unknown(&mut self, what: &str, value: &Spanned<String>, help: String) {
        let problem = Problem::new(self.file, format!("unknown {what} `{}`", value.get_ref()))
            .at(value.span(), "not known")
            .help(help);
        self.problems.push(problem);
    }

    fn clause(&mut self, value: &Spanned<String>) -> Option<ClauseId> {
        let names = ClauseId::ALL.map(|clause| (clause.as_str(), clause));
        self.pick("clause", value, &names)
    }

    fn peer(&mut self, raw: &RawPeer) -> Option<Peer> {
        let before = self.problems.len();
        let operator = raw.operator.as_ref().map_or("alpha", |value| {
            let names: Vec<_> =
                OPERATORS.iter().map(|operator| (operator.name, operator.name)).collect();
            self.pick("operator", value, &names).unwrap_or_default()
        });
        let certificate =
            raw.certificate.as_ref().map_or(Presented::Certificate(Variant::Valid), |value| {
                let mut names: Vec<_> = Variant::ALL
                    .iter()
                    .map(|variant| (variant.name(), Presented::Certificate(*variant)))
                    .collect();
                names.push((raw::NONE, Presented::None));
                self.pick("certificate variant", value, &names).unwrap_or(Presented::None)
            });
        let ehlo = raw.ehlo.as_ref().and_then(|value| self.pick("ehlo", value, &raw::EHLO));
        let ptr = raw.ptr.as_ref().and_then(|value| self.pick("ptr", value, &raw::PTR));
        let tls: Option<PeerTls> = raw.tls.as_ref().and_then(|value| self.name("tls", value));
        let name = self.dn(raw);
        let listed = raw.listed.as_ref().and_then(|it| self.pick("listed", it, &raw::LISTED));
        (self.problems.len() == before).then(|| Peer {
            operator: operator.to_owned(),
            certificate,
            ehlo: ehlo.unwrap_or_default(),
            ptr: ptr.unwrap_or_default(),
            tls: tls.unwrap_or_default(),
            name,
            listed,
        })
    }

    /// The name of a peer's own, taken as it stands: no reader of DN strings has a part in it.
    fn dn(&mut self, raw: &RawPeer) -> Option<DistinguishedName> {
        let dn = raw.dn.as_ref()?;
        if raw.listed.is_none() {
            self.report(dn.span(), "`dn` needs `listed`", "how does it stand in the whitelist?");
        }
        if let Some(value) = &raw.certificate {
            let variant = Variant::ALL.iter().find(|it| it.name() == value.get_ref());
            if variant.is_some_and(|variant| variant.is_of_name()) {
                self.report(value.span(), "this variant changes the DN itself", "not beside `dn`");
            }
        }
        let attribute = |text: &String| {
            let (kind, value) = text.split_once('=')?;
            let kind = AttributeType::from_text(kind).ok()?;
            Some(Attribute { kind, value: Value::Text(value.to_owned()) })
        };
        let rdn = |rdn: &Vec<String>| Rdn::new(rdn.iter().map(attribute).collect::<Option<_>>()?);
        let rdns = dn.get_ref().iter().map(rdn).collect::<Option<Vec<_>>>();
        let name = rdns.and_then(|rdns| DistinguishedName::new(rdns).ok());
        if name.is_none() {
            let label = "each RDN is an array of `TYPE=value`";
            self.report(dn.span(), "this is no DN", label);
        }
        name
    }

    fn list(&mut self, raw: &RawScenario) -> Vec<ListEntry> {
        raw.list
            .iter()
            .map(|entry| ListEntry {
                domain: self.text("domain", &entry.domain),
                dn: self.text("dn", &entry.dn),
            })
            .collect()
    }

    fn manner(&mut self, raw: &RawScenario) -> Manner {
        let Some(session) = &raw.session else { return Manner::default() };
        if raw.script.is_some() || raw.probe.is_some() || raw.inspect.is_some() {
            self.report(session.span(), "`[session]` is for transactions", "not used");
        }
        let RawManner { pipelining, reset, verbs } = session.get_ref();
        let verbs = verbs.as_ref().and_then(|verbs| self.name("verbs", verbs));
        Manner { pipelining: *pipelining, reset: *reset, verbs: verbs.unwrap_or_default() }
    }

    fn action(&mut self, raw: &RawScenario) -> Option<Action> {
        let kinds = [
            raw.transaction.as_ref().map(|_| "transaction"),
            raw.script.as_ref().map(|_| "script"),
            raw.probe.as_ref().map(|_| "probe"),
            raw.inspect.as_ref().map(|_| "inspect"),
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
        let transaction = self.envelope(&envelope, raw.message.as_ref(), expect?);
        Some(transaction)
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
        let transaction = self.transaction(raw, Expected::Either)?;
        let texts: Vec<&str> = raw_lines.iter().map(|line| line.get_ref().as_str()).collect();
        if texts.is_empty() {
            self.problems.push(Problem::new(self.file, "the script has no lines"));
            return None;
        }
        match script::parse(&texts) {
            Ok(lines) => {
                let effects = SideEffects { delivered, not_delivered };
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

    fn transaction(&mut self, raw: &RawScenario, expect: Expected) -> Option<Transaction> {
        let empty = RawEnvelope::default();
        let before = self.problems.len();
        let envelope = raw.envelope.as_ref().map_or(&empty, Spanned::get_ref);
        let kind = raw.message.as_ref().and_then(|message| message.get_ref().kind.as_ref());
        let transaction = self.envelope(envelope, kind, expect);
        (self.problems.len() == before).then_some(transaction)
    }

    fn envelope(
        &mut self,
        raw: &RawEnvelope,
        kind: Option<&Spanned<String>>,
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
            form: raw.form.as_ref().and_then(|form| self.pick("form", form, &raw::FORM)),
            domain: raw.domain.as_ref().and_then(|it| self.pick("domain", it, &raw::DOMAIN)),
            listed: raw.listed.as_ref().and_then(|it| self.pick("listed", it, &raw::LISTED)),
        };
        let message: Option<MessageKind> = kind.and_then(|kind| self.name("message kind", kind));
        Transaction {
            from,
            to,
            mail_parameters: raw.mail_parameters.as_ref().map(|text| self.template(text)),
            message: message.unwrap_or_default(),
            expect,
            stated,
        }
    }

    fn templates(&mut self, values: &[Spanned<String>]) -> Vec<Template> {
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

    /// Octets of a string's value as octets of the file; the whole string when it has escapes.
    fn inside(&self, value: &Spanned<String>, at: Range<usize>) -> Range<usize> {
        let span = value.span();
        let written = self.file.inner().get(span.start + 1..span.end.saturating_sub(1));
        if written == Some(value.get_ref()) {
            span.start + 1 + at.start..span.start + 1 + at.end
        } else {
            span
        }
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

    fn no_effects(&mut self, raw: &RawScenario) {
        let Some(expect) = raw.expect.as_ref().map(Spanned::get_ref) else { return };
        for list in [&expect.delivered, &expect.not_delivered].into_iter().flatten() {
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

    /// `either` is for what the sources leave open, and only that.
    fn level_fits(&mut self, level: Level, action: &Action, at: Range<usize>) {
        let outcomes: Vec<Expected> = match action {
            Action::Transactions(all) => all.iter().map(|one| one.expect).collect(),
            Action::Probe { expect, .. } => vec![*expect],
            Action::Script { .. } | Action::Inspect(_) => return,
        };
        let open = outcomes.contains(&Expected::Either);
        if open && level != Level::May {
            let message = "the outcome `either` needs the level `may`";
            self.report(at, message, "nothing can be demanded");
        } else if !open && level == Level::May {
            let message = "the level `may` needs the outcome `either`";
            self.report(at, message, "what the sources leave open is not expected");
        }
    }
}

fn suggestion(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.join(", ")),
    }
}
