//! What is wrong with the delivery of accepted messages, and what of it the target shows for the nominal
//! message too: such a fault is none of the other scenarios'.

use std::collections::{BTreeMap, BTreeSet};

use fixtures::smtp::transcript::Entry;

use crate::{
    observe::{self, Fate, TransactionEnd, fate, last_session},
    scenario::{
        Action, Scenario, ScenarioId,
        model::{DeliverySubject, MessageKind},
    },
};

/// What may be wrong with the delivery of a message that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryFault {
    /// It was not seen (RFC 5321 §6.1).
    Lost,
    /// Its fields or its decoded body were changed (RFC 5321 §6.4).
    Altered,
    /// It says the same in other octets.
    Rewritten,
    /// It came more than once (RFC 5321 §4.5.3.2.6).
    Doubled,
}

impl DeliveryFault {
    /// Whether a scenario about `subject` is there to tell of it.
    #[must_use]
    pub fn is_of(self, subject: DeliverySubject) -> bool {
        match subject {
            DeliverySubject::Made => self == Self::Lost,
            DeliverySubject::Once => self == Self::Doubled,
            DeliverySubject::Intact => matches!(self, Self::Altered | Self::Rewritten),
            DeliverySubject::Trace | DeliverySubject::None => false,
        }
    }
}

/// The faults of all deliveries of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    of: BTreeMap<ScenarioId, BTreeSet<DeliveryFault>>,
    /// Those of the nominal message.
    usual: BTreeSet<DeliveryFault>,
}

impl Deliveries {
    /// Adds the transcript of a control, which sends the nominal message.
    pub fn add_control(&mut self, entries: &[Entry]) {
        self.usual.extend(faults(entries, 0));
    }

    /// Adds the transcript of a scenario.
    pub fn add(&mut self, scenario: &Scenario, entries: &[Entry]) {
        let mut all = BTreeSet::new();
        for (t, kind) in messages(scenario) {
            let found = faults(entries, t);
            // One of another kind may be harmed by what it holds.
            if kind == MessageKind::default() {
                let told =
                    |fault: &&DeliveryFault| scenario.delivery.is_some_and(|own| fault.is_of(own));
                self.usual.extend(found.iter().filter(told));
            }
            all.extend(found);
        }
        self.of.insert(scenario.id.clone(), all);
    }

    /// The faults that are not of `scenario`'s making: its twin shows them too, or the nominal message,
    /// as a control or in a scenario about deliveries.
    #[must_use]
    pub fn usual(&self, scenario: &Scenario) -> BTreeSet<DeliveryFault> {
        let of_twin = scenario.twin.as_ref().and_then(|twin| self.of.get(twin));
        self.usual.iter().chain(of_twin.into_iter().flatten()).copied().collect()
    }
}

/// The messages that a scenario sends, by number, and their kinds.
fn messages(scenario: &Scenario) -> impl Iterator<Item = (u16, MessageKind)> {
    let kinds: Vec<MessageKind> = match &scenario.action {
        Action::Transactions(all) => all.iter().map(|one| one.message).collect(),
        Action::Script { transaction, effects, .. } if !effects.delivered.is_empty() => {
            vec![transaction.message]
        }
        Action::Script { .. } | Action::Probe { .. } | Action::Inspect(_) | Action::Request(_) => {
            Vec::new()
        }
    };
    (0..).zip(kinds)
}

/// What is wrong with the delivery of message `t` of the last connection, as far as it was accepted or
/// delivered.
fn faults(entries: &[Entry], t: u16) -> BTreeSet<DeliveryFault> {
    let last = last_session(entries);
    let mut faults = BTreeSet::new();
    match fate(entries, last, t) {
        Fate::Delivered { altered, identical, copies, .. } => {
            if !altered.is_empty() {
                faults.insert(DeliveryFault::Altered);
            } else if !identical {
                faults.insert(DeliveryFault::Rewritten);
            }
            if copies > 1 {
                faults.insert(DeliveryFault::Doubled);
            }
        }
        Fate::NotDelivered { .. }
            if matches!(
                observe::transaction(entries, last, t),
                TransactionEnd::Accepted { .. }
            ) =>
        {
            faults.insert(DeliveryFault::Lost);
        }
        Fate::NotDelivered { .. } | Fate::Unknown | Fate::Notified(_) => {}
    }
    faults
}
