//! A random world: names, domains and the entries that the whitelist holds of them, beside those of
//! the cast.

use fixtures::space::cast::{OPERATORS, TARGET};
use proptest::prelude::*;

use super::name::{Change, Hand, Name, Relation, change, hand, name};
use suite::{
    oracle::reception::facts::{DnStatus, DomainStatus},
    scenario::ListEntry,
};

/// Domains that random entries may name. Some lie below others, or differ from them by little.
pub(super) const DOMAINS: [&str; 8] = [
    "k1.mssante.test",
    "k2.mssante.test",
    "a.k1.mssante.test",
    "xk1.mssante.test",
    "k1.mssante.test.k3.test",
    "xn--caf-dma.mssante.test",
    "xn--gnral-bsab.mssante.test",
    "k-4.mssante.test",
];

/// A-labels and U-labels of the domains that have both, written by hand.
pub(super) const IDN: [(&str, &str); 3] = [
    ("xn--caf-dma.mssante.test", "café.mssante.test"),
    ("xn--gnral-bsab.mssante.test", "général.mssante.test"),
    ("xn--hpital-alpha-eib.mssante.test", "hôpital-alpha.mssante.test"),
];

/// Most names of a world.
const NAMES: usize = 4;
/// Most entries of a world.
const ENTRIES: usize = 8;

/// A world. Ranks count round: names are the world's own, then those of the listed cast; domains
/// likewise.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    /// Names of its own.
    pub(super) names: Vec<Name>,
    /// Entries beside those of the cast.
    pub(super) entries: Vec<Entry>,
}

/// An entry of a world's list.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Rank of its domain.
    pub(super) domain: usize,
    /// Whether the domain is in capitals.
    pub(super) capitals: bool,
    /// Rank of its name.
    pub(super) name: usize,
    /// A change that makes the name look like the one it was, or less so.
    pub(super) change: Option<Change>,
    /// Who wrote it.
    pub(super) hand: Hand,
}

/// What the list holds, known by its making.
#[derive(Clone, Debug)]
pub(super) struct Truth(Vec<Known>);

#[derive(Clone, Debug)]
struct Known {
    domain: String,
    name: Name,
    text: String,
}

/// How a name stands to the list, and to the entries of one domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// To the list.
    pub(super) dn: DnStatus,
    /// The domain, for that name.
    pub(super) domain: DomainStatus,
}

impl World {
    /// The name of that rank: the world's own first, then the cast's.
    #[must_use]
    pub(super) fn name(&self, rank: usize) -> Name {
        let rank = rank % (self.names.len() + OPERATORS.len());
        match self.names.get(rank) {
            Some(name) => name.clone(),
            None => Name::of(&OPERATORS[rank - self.names.len()]),
        }
    }

    /// What its entries are in the list.
    #[must_use]
    pub(super) fn list(&self) -> Vec<ListEntry> {
        self.entries
            .iter()
            .map(|entry| {
                let domain = domain(entry.domain);
                ListEntry {
                    domain: if entry.capitals { domain.to_uppercase() } else { domain.into() },
                    dn: self.entry_name(entry).listed(&entry.hand),
                }
            })
            .collect()
    }

    /// What the whole list holds, the cast's entries included.
    #[must_use]
    pub(super) fn truth(&self) -> Truth {
        let cast = OPERATORS.iter().chain([&TARGET]).filter(|operator| operator.listed).flat_map(
            |operator| {
                operator.domains.iter().map(move |domain| Known {
                    domain: (*domain).to_owned(),
                    name: Name::of(operator),
                    text: operator.dn(),
                })
            },
        );
        let own = self.entries.iter().map(|entry| {
            let name = self.entry_name(entry);
            let text = name.listed(&entry.hand);
            Known { domain: domain(entry.domain).to_owned(), name, text }
        });
        Truth(cast.chain(own).collect())
    }

    fn entry_name(&self, entry: &Entry) -> Name {
        let name = self.name(entry.name);
        entry.change.as_ref().map_or(name.clone(), |change| name.changed(change))
    }
}

impl Truth {
    /// How a name, whose text is `plain` where every reader agrees on one, stands to the whole list
    /// and to `domain`, in lower case and A-labels.
    ///
    /// With a domain that maps the name by some reading, what counts is how it is written there: a
    /// proxy that compares texts may know the name from another entry and not for this domain.
    #[must_use]
    pub(super) fn standing(&self, name: &Name, plain: Option<&str>, domain: &str) -> Standing {
        let everywhere = self.dn(name, plain, |_| true);
        let here = self.dn(name, plain, |known| known.domain == domain);
        let listed = self.0.iter().any(|known| known.domain == domain);
        match (listed, here) {
            (false, _) => Standing { dn: everywhere, domain: DomainStatus::Unlisted },
            (true, DnStatus::Unlisted) => {
                Standing { dn: everywhere, domain: DomainStatus::MappedToOthers }
            }
            (true, here) => Standing { dn: here, domain: DomainStatus::Mapped },
        }
    }

    /// How a name stands to the whole list.
    #[must_use]
    pub(super) fn everywhere(&self, name: &Name, plain: Option<&str>) -> DnStatus {
        self.dn(name, plain, |_| true)
    }

    /// The domains that the list maps a name to, as it stands there.
    pub(super) fn domains_of(&self, name: &Name) -> Vec<&str> {
        let of = |known: &&Known| known.name.relation(name) == Relation::Same;
        self.0.iter().filter(of).map(|known| known.domain.as_str()).collect()
    }

    fn dn(&self, name: &Name, plain: Option<&str>, among: impl Fn(&Known) -> bool) -> DnStatus {
        let of = |known: &Known| match known.name.relation(name) {
            Relation::Same if plain == Some(known.text.as_str()) => DnStatus::Listed,
            Relation::Same => DnStatus::Equivalent,
            Relation::Rearranged => DnStatus::Reordered,
            Relation::Different => DnStatus::Unlisted,
        };
        let all = self.0.iter().filter(|known| among(known)).map(of);
        // In the order of declaration the best comes first.
        all.min_by_key(|status| *status as u8).unwrap_or(DnStatus::Unlisted)
    }
}

/// The domain of that rank: the random ones first, then the cast's.
#[must_use]
pub(super) fn domain(rank: usize) -> &'static str {
    let cast: Vec<&str> = OPERATORS.iter().flat_map(|operator| operator.domains).copied().collect();
    let rank = rank % (DOMAINS.len() + cast.len());
    DOMAINS.get(rank).copied().unwrap_or_else(|| cast[rank - DOMAINS.len()])
}

/// Random worlds.
pub(super) fn world() -> impl Strategy<Value = World> {
    let entry = (
        prop_oneof![6 => 0..DOMAINS.len(), 1 => 0..64_usize],
        prop::bool::weighted(0.1),
        prop_oneof![8 => 0..NAMES, 1 => 0..64_usize],
        prop_oneof![3 => Just(None), 1 => change().prop_map(Some)],
        hand(),
    )
        .prop_map(|(domain, capitals, name, change, hand)| Entry {
            domain,
            capitals,
            name,
            change,
            hand,
        });
    let names = prop::collection::vec(name(), 1..=NAMES);
    (names, prop::collection::vec(entry, 1..=ENTRIES))
        .prop_map(|(names, entries)| World { names, entries })
}

#[cfg(test)]
mod tests {
    use fixtures::{
        dn::DistinguishedName,
        space::list::whitelist,
        whitelist::{self, DnListing, Index, Whitelist},
    };
    use jiff::Timestamp;

    use super::{super::word::look, *};

    /// The list of a world as a proxy reads it: through its XML.
    fn index(world: &World) -> Index {
        let now = Timestamp::UNIX_EPOCH;
        let mut list: Whitelist = whitelist(now);
        let model = list.entries[0].clone();
        list.entries.extend(world.list().into_iter().map(|entry| whitelist::Entry {
            domain: entry.domain,
            operator_dn: entry.dn,
            ..model.clone()
        }));
        let xml = whitelist::write(&list);
        Index::build(&whitelist::read(xml.as_bytes()).expect("a list"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(250))]

        /// What is known by the making and what a reader finds are the same, but for what readers may
        /// see in two ways: which text is the same, and whether attributes may be grouped otherwise.
        #[test]
        fn a_reader_finds_what_was_made(
            world in world(),
            rank in 0..8_usize,
            change in prop::option::weighted(0.4, change()),
            looks in prop::collection::vec(look(), 0..4),
            domain in 0..20_usize,
        ) {
            let truth = world.truth();
            let index = index(&world);
            prop_assert_eq!(index.unreadable(), &[]);
            let name = world.name(rank);
            let name = change.as_ref().map_or(name.clone(), |change| name.changed(change));
            let plain = name.plain(&looks);
            let der = name.presented(&looks).to_der();
            let read = DistinguishedName::from_der(&der).expect("what a certificate holds");
            let found = index.dn_status(&read);
            let agree = match truth.everywhere(&name, plain.as_deref()) {
                DnStatus::Listed => found == DnListing::Identical,
                DnStatus::Equivalent => {
                    matches!(found, DnListing::Identical | DnListing::Equivalent)
                }
                DnStatus::Reordered => matches!(found, DnListing::Reordered | DnListing::Unlisted),
                DnStatus::Unlisted => found == DnListing::Unlisted,
            };
            prop_assert!(agree, "{found:?} of {read}");
            let domain = super::domain(domain);
            let standing = truth.standing(&name, plain.as_deref(), domain);
            let found = index.lookup(domain, &read.canonical());
            let agree = match (standing.domain, standing.dn) {
                (DomainStatus::Unlisted, _) => !found.domain_listed,
                (DomainStatus::MappedToOthers, _) | (_, DnStatus::Reordered) => {
                    found.domain_listed && !found.mapped
                }
                (DomainStatus::Mapped, _) => found.mapped,
            };
            prop_assert!(agree, "{standing:?} but {found:?} of {read} and {domain}");
        }
    }
}
