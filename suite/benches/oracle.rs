//! Decisions per second on random facts.

use divan::{Bencher, counter::ItemsCount};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use suite::oracle::{
    Facts, decide,
    facts::{
        CertificateStatus, Channel, DnStatus, DomainStatus, EhloStatus, MailFrom, Profile,
        PtrStatus, Recipients,
    },
};

const BATCH: usize = 4096;

fn main() {
    divan::main();
}

/// Facts drawn evenly from all combinations.
#[divan::bench]
fn random_facts(bencher: Bencher<'_, '_>) {
    let mut random = StdRng::seed_from_u64(1);
    let facts: Vec<Facts> = (0..BATCH).map(|_| draw(&mut random)).collect();
    bencher.counter(ItemsCount::new(BATCH)).bench(|| {
        for facts in &facts {
            divan::black_box(decide(divan::black_box(facts)));
        }
    });
}

/// The transaction that a proxy sees nearly always.
#[divan::bench]
fn nominal(bencher: Bencher<'_, '_>) {
    let facts = Facts::default();
    bencher.bench(|| decide(divan::black_box(&facts)));
}

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
    }
}

fn one<T: Copy>(random: &mut impl Rng, all: &[T]) -> T {
    *all.choose(random).expect("no enum of the facts is empty")
}
