//! Decisions a second on one core: on facts drawn at random, and with the lookups of domain and DN
//! among the entries of a whitelist of the real size.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "../../fixtures/benches/list.rs"]
mod list;
#[path = "../../fixtures/benches/table.rs"]
mod table;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use fixtures::{
    dn::{CanonicalDn, DistinguishedName},
    whitelist::{Index, Whitelist},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use suite::oracle::{
    Decision,
    reception::{
        Facts, decide,
        facts::{
            CertificateStatus, Channel, Content, DnStatus, DomainStatus, EhloStatus, MailFrom,
            Profile, PtrStatus, Recipients,
        },
    },
};
use table::{median, millions, row};

/// Transactions in one pass.
const BATCH: usize = 1 << 16;
/// Passes; the median counts.
const ROUNDS: usize = 31;
/// Decisions a second, at least, lookups included.
const GOAL: f64 = 2e6;

/// A transaction before its lookups.
struct Transaction<'l> {
    domain: &'l str,
    dn: CanonicalDn,
    facts: Facts,
}

fn main() {
    if !table::asked() {
        return;
    }
    let (list, origin) = list::list();
    let index = Index::build(&list);
    let mut random = StdRng::seed_from_u64(1);
    let nominal = vec![Facts::default(); BATCH];
    let drawn: Vec<Facts> = (0..BATCH).map(|_| draw(&mut random)).collect();
    let transactions = transactions(&mut random, &list);

    println!("{origin}: {} entries; one core, {ROUNDS} passes, medians", list.entries.len());
    table::head();
    let goal = format!(">= {}", millions(GOAL));
    for (name, facts) in [("nominal facts", &nominal), ("facts drawn at random", &drawn)] {
        row(name, &rate(facts, |facts| decide(black_box(facts))), "");
    }
    let found =
        rate(&transactions, |transaction| decide(&looked_up(&index, black_box(transaction))));
    row("the same, lookups included", &found, &goal);
}

fn rate<T>(all: &[T], decision: impl Fn(&T) -> Decision) -> String {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for one in all {
                black_box(decision(one));
            }
            start.elapsed()
        })
        .collect();
    millions(all.len() as f64 / median(&mut rounds).as_secs_f64())
}

/// The facts with what the list says of the domain and of the DN.
fn looked_up(index: &Index, transaction: &Transaction<'_>) -> Facts {
    let lookup = index.lookup(transaction.domain, &transaction.dn);
    let dn = if lookup.dn_listed { DnStatus::Listed } else { DnStatus::Unlisted };
    let domain = match (lookup.mapped, lookup.domain_listed) {
        (true, _) => DomainStatus::Mapped,
        (false, true) => DomainStatus::MappedToOthers,
        (false, false) => DomainStatus::Unlisted,
    };
    Facts { dn, domain, ..transaction.facts }
}

/// Half with an entry's domain and DN, a quarter with another entry's DN, a quarter with a domain
/// or a DN that is not listed.
fn transactions<'l>(random: &mut StdRng, list: &'l Whitelist) -> Vec<Transaction<'l>> {
    let canonical = |text: &str| text.parse().map(|name: DistinguishedName| name.canonical()).ok();
    let unlisted = canonical("CN=mss.inconnu.test,O=INCONNU TEST,C=FR").expect("a name");
    let names: Vec<CanonicalDn> = list
        .entries
        .iter()
        .map(|entry| canonical(&entry.operator_dn).unwrap_or_else(|| unlisted.clone()))
        .collect();
    let mut one = || {
        let at = random.random_range(0..names.len());
        let (mut domain, mut dn) = (list.entries[at].domain.as_str(), names[at].clone());
        match random.random_range(0..8) {
            0..4 => {}
            4..6 => dn = names[random.random_range(0..names.len())].clone(),
            6 => domain = "inconnu.mssante.test",
            _ => dn = unlisted.clone(),
        }
        Transaction { domain, dn, facts: draw(random) }
    };
    (0..BATCH).map(|_| one()).collect()
}

/// Facts drawn evenly from all combinations.
fn draw(random: &mut impl Rng) -> Facts {
    Facts {
        profile: one(random, Profile::ALL),
        ptr: one(random, PtrStatus::ALL),
        ehlo: one(random, EhloStatus::ALL),
        channel: one(random, Channel::ALL),
        certificate: one(random, CertificateStatus::ALL),
        dn: one(random, DnStatus::ALL),
        mail_from: one(random, MailFrom::ALL),
        domain: one(random, DomainStatus::ALL),
        recipients: one(random, Recipients::ALL),
        content: one(random, Content::ALL),
    }
}

fn one<T: Copy>(random: &mut impl Rng, all: &[T]) -> T {
    *all.choose(random).expect("no enum of the facts is empty")
}
