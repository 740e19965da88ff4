//! Faulty proxies: the reference proxy with exactly one visible fault each.
//!
//! A conformance suite is believed only if it finds what is wrong. Each mutant is one thing that
//! operators get wrong, the clause that it breaks, and the scenarios that must find it.

mod certificate;
mod dn;
mod mutant;
mod proof;
mod ptr;
mod seen;
mod starttls;

pub use mutant::Mutant;

/// Every mutant, in the order of the clauses.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [ptr::MUTANTS, starttls::MUTANTS, certificate::MUTANTS, dn::MUTANTS].into_iter().flatten()
}
