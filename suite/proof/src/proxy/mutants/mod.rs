//! Faulty proxies: the reference proxy with exactly one visible fault each.
//!
//! A conformance suite is believed only if it finds what is wrong. Each mutant is one thing that
//! operators get wrong, the clause that it breaks, and the scenarios that must find it.

mod absent;
mod altered;
mod answer;
mod bdat;
mod certificate;
mod chain;
mod command;
mod content;
mod delivery;
mod dn;
mod domain;
mod end;
mod form;
mod greeting;
mod greylist;
mod hello;
mod identity;
mod kept;
mod mapping;
mod mutant;
mod null_sender;
mod proof;
mod ptr;
mod recipient;
mod relay;
mod remembered;
mod reply;
mod second;
mod seen;
mod sender;
mod sequence;
mod size;
mod smuggling;
mod start;
mod starttls;
mod tls;

pub use mutant::Mutant;

/// Every mutant, in the order of the clauses.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [
        ptr::MUTANTS,
        greeting::MUTANTS,
        command::MUTANTS,
        sequence::MUTANTS,
        reply::MUTANTS,
        form::MUTANTS,
        recipient::MUTANTS,
        relay::MUTANTS,
        smuggling::MUTANTS,
        bdat::MUTANTS,
        starttls::MUTANTS,
        kept::MUTANTS,
        tls::MUTANTS,
        identity::MUTANTS,
        certificate::MUTANTS,
        chain::MUTANTS,
        absent::MUTANTS,
        dn::MUTANTS,
        start::MUTANTS,
        sender::MUTANTS,
        domain::MUTANTS,
        mapping::MUTANTS,
        greylist::MUTANTS,
        remembered::MUTANTS,
        second::MUTANTS,
        content::MUTANTS,
        altered::MUTANTS,
        delivery::MUTANTS,
        size::MUTANTS,
        null_sender::MUTANTS,
        end::MUTANTS,
    ]
    .into_iter()
    .flatten()
}
