//! From a scenario to what the oracle of its family decides.
//!
//! [`Rules::oracle`] is the one place at which a family's facts and rules are chosen: loader, judge, record,
//! `explain` and schemas know none of them by name.

pub mod liste_blanche;
pub mod reception;
#[cfg(test)]
mod trial;

use fixtures::smtp::probe::Probe;

use super::{
    model::{Scenario, Transaction},
    template::TemplateError,
};
use crate::{
    family::Rules,
    oracle::{ClauseId, Decided, reception::facts::Profile},
};

/// The oracle of a family: from its scenarios to facts, and what is decided on them.
#[derive(Clone, Copy, Debug)]
pub struct Oracle {
    /// Of a transaction that the peer of this scenario plays in its world, under a profile; the template of a scenario
    /// that was not loaded may be wrong.
    pub transaction: fn(&Scenario, &Transaction, Profile) -> Result<Decided, TemplateError>,
    /// Of a probe, under a profile.
    pub probe: fn(Probe, Profile) -> Decided,
    /// The clauses that it decides by, in the order of their source.
    pub clauses: &'static [ClauseId],
    /// The entries of the register that its decisions may rest on.
    pub interpretations: &'static [&'static str],
}

impl Rules {
    /// The oracle of these rules.
    #[must_use]
    pub fn oracle(self) -> &'static Oracle {
        match self {
            Self::Reception => &reception::ORACLE,
            Self::ListeBlanche => &liste_blanche::ORACLE,
            #[cfg(test)]
            Self::Trial => &trial::ORACLE,
        }
    }
}
