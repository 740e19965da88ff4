//! Faulty proxies: the reference proxy with exactly one visible fault each.
//!
//! A conformance suite is believed only if it finds what is wrong. Each mutant is one thing that
//! operators get wrong, the clause that it breaks, and the scenarios that must find it.

mod answer;
mod certificate;
mod command;
mod end;
mod greeting;
mod mutant;
mod sequence;

pub use mutant::Mutant;

/// Every mutant, in the order of the clauses.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [greeting::MUTANTS, command::MUTANTS, sequence::MUTANTS, certificate::MUTANTS, end::MUTANTS]
        .into_iter()
        .flatten()
}
