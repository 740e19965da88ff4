//! To whom messages went, held against the mailboxes that a record says were declared.

use fixtures::smtp::transcript::{Entry, Event, Stage};

use crate::{
    observe::steps,
    record::Declaration,
    scenario::{Action, Scenario, model::Template},
};

/// Recipients of a transaction that have a step of their own, by [`steps::rcpt`].
const APART: usize = 800;

/// Whether a message went to another mailbox than the declared one that its scenario names. What a script writes
/// by hand is not looked at.
pub(super) fn is_stray(scenario: &Scenario, entries: &[Entry], declared: &Declaration) -> bool {
    let Action::Transactions(transactions) = &scenario.action else { return false };
    let named: Vec<(u16, String)> = (0..)
        .zip(transactions)
        .flat_map(|(t, one)| (0..).zip(one.to.iter().take(APART)).map(move |(i, to)| (t, i, to)))
        .filter_map(|(t, i, to)| Some((steps::rcpt(t, i), format!("<{}>", mailbox(to, declared)?))))
        .collect();
    let strays = |step: u16, octets: &[u8]| {
        named.iter().any(|(of, path)| {
            *of == step && !octets.windows(path.len()).any(|part| part == path.as_bytes())
        })
    };
    entries.iter().any(|entry| match &entry.event {
        Event::Sent { stage: Stage::Rcpt, step, bytes, .. } => strays(*step, &bytes.0),
        _ => false,
    })
}

/// The mailbox that stands for a recipient, where it is one of those declared and no more.
fn mailbox<'a>(to: &Template, declared: &'a Declaration) -> Option<&'a str> {
    match to.0.as_str() {
        "{mailbox}" => declared.mailbox.as_deref(),
        "{mailbox2}" => declared.second.as_deref(),
        "{unknown}" => declared.unknown.as_deref(),
        _ => None,
    }
}
