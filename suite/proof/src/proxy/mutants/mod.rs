//! Faulty proxies: the reference proxy with exactly one visible fault each.
//!
//! A conformance suite is believed only if it finds what is wrong. Each mutant is one thing that
//! operators get wrong, the clause that it breaks, and the scenarios that must find it.

mod answer;
mod bdat;
mod carry_over;
mod certificate;
mod chain;
mod command;
mod content;
mod content_filter;
mod delivery;
mod dn;
mod domain;
mod end;
mod faulty_facts;
mod form;
mod greeting;
mod greylist;
mod hello;
mod identity;
mod list_content;
mod list_failure;
mod list_server;
mod list_signature;
mod list_text;
mod mapping;
mod mutant;
mod no_certificate;
mod null_sender;
mod proof;
mod ptr;
mod recipient;
mod relay;
mod repetition;
mod reply;
mod sender;
mod sequence;
mod size;
mod smuggling;
mod start;
mod starttls;
mod tls;
mod verdict_cache;

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
        carry_over::MUTANTS,
        tls::MUTANTS,
        identity::MUTANTS,
        certificate::MUTANTS,
        chain::MUTANTS,
        no_certificate::MUTANTS,
        dn::MUTANTS,
        start::MUTANTS,
        list_server::MUTANTS,
        list_content::MUTANTS,
        list_signature::MUTANTS,
        list_text::MUTANTS,
        list_failure::MUTANTS,
        sender::MUTANTS,
        domain::MUTANTS,
        mapping::MUTANTS,
        greylist::MUTANTS,
        verdict_cache::MUTANTS,
        repetition::MUTANTS,
        content::MUTANTS,
        content_filter::MUTANTS,
        delivery::MUTANTS,
        size::MUTANTS,
        null_sender::MUTANTS,
        end::MUTANTS,
    ]
    .into_iter()
    .flatten()
}
