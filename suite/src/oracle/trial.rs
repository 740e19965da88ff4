//! A family that ships with no suite: facts and rules of its own, by which the tests hold that nothing but
//! `Rules::oracle` knows which family it judges.

use super::{
    ClauseId, Decision, Finding, Rule,
    fact::{fact, facts},
};

/// Whoever has the key enters.
pub const OPEN: ClauseId = ClauseId("TM9.9Z/1");
/// Whoever has it not stays outside.
pub const SHUT: ClauseId = ClauseId("TM9.9Z/2");
/// Both, in the order of their source.
pub const CLAUSES: [ClauseId; 2] = [OPEN, SHUT];

fact! {
    /// The key shown at the door.
    Key "Clé d'essai":
    /// It opens.
    #[default]
    Sound = "sound" => "en bon état",
    /// It opens no more.
    Worn = "worn" => "usée",
}

fact! {
    /// How the visitor names itself.
    Name "Nom d'essai":
    /// As its certificate does.
    #[default]
    Own = "own" => "le sien",
    /// Otherwise: nobody minds.
    Other = "other" => "un autre",
}

facts! {
    /// What the door goes by.
    Facts {
        /// The key.
        key: Key,
        /// The name.
        name: Name,
    }
}

/// Decides at the door.
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    Decision::by(&[opens, keeps_out], facts)
}

fn opens(facts: &Facts) -> Rule {
    match facts.key {
        Key::Sound => Rule::new(OPEN, Finding::Met, "la clé d'essai ouvre"),
        Key::Worn => Rule::new(OPEN, Finding::NotApplicable, "il n'y a pas de clé qui ouvre"),
    }
}

fn keeps_out(facts: &Facts) -> Rule {
    match facts.key {
        Key::Sound => Rule::new(SHUT, Finding::NotApplicable, "la clé d'essai ouvre"),
        Key::Worn => Rule::new(SHUT, Finding::Broken, "la clé d'essai est usée"),
    }
}
