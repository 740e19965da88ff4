//! Faulty proxies: the reference proxy with exactly one visible fault each.
//!
//! A conformance suite is believed only if it finds what is wrong. Each mutant is one thing that
//! operators get wrong, the clause that it breaks, and the scenarios that must find it.

mod certificate;
mod mutant;

pub use mutant::Mutant;

/// Every mutant, in the order of the clauses.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [certificate::MUTANTS].into_iter().flatten()
}
