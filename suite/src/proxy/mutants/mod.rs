//! Faulty proxies: the reference proxy with exactly one visible fault each.
//!
//! A conformance suite is believed only if it finds what is wrong. Each mutant is one thing that
//! operators get wrong, the clause that it breaks, and the scenarios that must find it.

mod certificate;
mod dn;
mod hello;
mod identity;
mod mutant;
mod proof;
mod ptr;
mod seen;
mod start;
mod starttls;
mod tls;

pub use mutant::Mutant;

/// Every mutant, in the order of the clauses.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [
        ptr::MUTANTS,
        starttls::MUTANTS,
        tls::MUTANTS,
        identity::MUTANTS,
        certificate::MUTANTS,
        dn::MUTANTS,
        start::MUTANTS,
    ]
    .into_iter()
    .flatten()
}
