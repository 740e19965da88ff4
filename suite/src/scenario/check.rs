//! One scenario file from its raw form to the checked one: every wrong value found at once.

mod action;
mod envelope;
mod list;
mod peer;

use std::{collections::BTreeSet, ops::Range, path::Path, sync::Arc};

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error as ValueError};
use toml::Spanned;

use super::{
    capability,
    model::{Action, Capability, Expected, Manner, Scenario, ScenarioId},
    problem::{Problem, Source},
    raw::{RawManner, RawScenario},
};
use crate::{
    document::nearest,
    family::Family,
    oracle::{ClauseId, reception::facts::PtrStatus},
    record::Level,
};

/// A checked scenario, and where its references to others stand in the file.
pub(super) struct Checked {
    pub(super) scenario: Scenario,
    pub(super) title: Range<usize>,
    pub(super) level: Range<usize>,
    pub(super) twin: Option<Range<usize>>,
    pub(super) interpretation: Option<Range<usize>>,
}

/// Checks a scenario of `family` that was read from `path`.
pub(super) fn check(
    id: ScenarioId,
    path: &Path,
    file: &Source,
    raw: RawScenario,
    family: &Family,
) -> Result<Checked, Vec<Problem>> {
    let mut check = Check { file, problems: Vec::new() };
    let title = check.text("title", &raw.title);
    let purpose = check.text("purpose", &raw.purpose);
    let source = check.text("source", &raw.source);
    let advice = raw.advice.as_ref().map(|advice| check.text("advice", advice));
    let own = raw.consequence.as_ref().map(|one| check.text("consequence", one));
    let clause = check.clause(&raw.clause, family);
    let level: Option<Level> = check.name("level", &raw.level);
    let peer = check.peer(&raw.peer);
    let needs: BTreeSet<Capability> =
        raw.needs.iter().filter_map(|need| check.name("capability", need)).collect();
    let action = check.action(&raw);
    let delivery = check.delivery(&raw, action.as_ref());
    let list = check.list(&raw.list);
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
    if delivery.is_some() {
        needs.insert(Capability::Delivery);
    }
    if raw.destructive {
        needs.insert(Capability::Destructive);
    }
    if !list.is_none() {
        needs.insert(Capability::ListRefresh);
    }
    let consequence =
        (level != Level::May).then(|| own.or_else(|| action.consequence(family, &clause)));
    let scenario = Scenario {
        id,
        rules: family.rules,
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
        consequence: consequence.flatten(),
        peer,
        list,
        manner,
        action,
        delivery,
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

    fn clause(&mut self, value: &Spanned<String>, family: &Family) -> Option<ClauseId> {
        let names: Vec<_> = family.clauses.iter().map(|one| (one.id.as_str(), one.id)).collect();
        self.pick("clause", value, &names)
    }

    fn manner(&mut self, raw: &RawScenario) -> Manner {
        let Some(session) = &raw.session else { return Manner::default() };
        if raw.script.is_some()
            || raw.probe.is_some()
            || raw.inspect.is_some()
            || raw.request.is_some()
        {
            self.report(session.span(), "`[session]` is for transactions", "not used");
        }
        let RawManner { pipelining, reset, verbs } = session.get_ref();
        let verbs = verbs.as_ref().and_then(|verbs| self.name("verbs", verbs));
        Manner { pipelining: *pipelining, reset: *reset, verbs: verbs.unwrap_or_default() }
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

    /// `either` is for what the sources leave open, and only that.
    fn level_fits(&mut self, level: Level, action: &Action, at: Range<usize>) {
        let outcomes: Vec<Expected> = match action {
            Action::Transactions(all) => all.iter().map(|one| one.expect).collect(),
            Action::Probe { expect, .. } => vec![*expect],
            Action::Script { .. } | Action::Inspect(_) | Action::Request(_) => return,
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
    match nearest(name, known.iter().copied()).first() {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.join(", ")),
    }
}
