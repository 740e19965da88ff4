//! What holds for the oracle's decisions whatever the facts and whatever the whitelist.

use fixtures::{
    dn::DistinguishedName,
    whitelist::{DnListing, Entry, Index, Whitelist},
};
use jiff::Timestamp;
use proptest::prelude::*;
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

fn any_facts() -> impl Strategy<Value = Facts> {
    use prop::sample::select;
    (
        select(Profile::ALL),
        select(PtrStatus::ALL),
        select(EhloStatus::ALL),
        select(Channel::ALL),
        select(CertificateStatus::ALL),
        select(DnStatus::ALL),
        select(MailFrom::ALL),
        select(DomainStatus::ALL),
        (select(Recipients::ALL), select(Content::ALL)),
    )
        .prop_map(|(profile, ptr, ehlo, channel, certificate, dn, mail_from, domain, last)| {
            Facts {
                profile,
                ptr,
                ehlo,
                channel,
                certificate,
                dn,
                mail_from,
                domain,
                recipients: last.0,
                content: last.1,
            }
        })
}

/// A name by the ranks of its words: which host, unit and structure.
type Name = (usize, usize, usize);

const HOSTS: [&str; 3] = ["mx.a.test", "mx.b.test", "mx.c.test"];
const UNITS: [&str; 3] = ["1750000010", "1310000021", "318310021300028"];
const STRUCTURES: [&str; 3] = ["HOPITAL DU NORD", "Clinique de l'Île", "GIP (75)"];
const DOMAINS: [&str; 4] = ["a.test", "b.test", "sous.a.test", "xa.test"];

/// Words of the same ranks that share nothing with the ones above.
const OTHER_HOSTS: [&str; 3] = ["p.zone.test", "q.zone.test", "r.zone.test"];
const OTHER_UNITS: [&str; 3] = ["3A", "3B", "3C"];
const OTHER_STRUCTURES: [&str; 3] = ["Un, deux", "É+È", "\"TROIS 3"];
const OTHER_DOMAINS: [&str; 4] = ["p.zone.test", "zone.test", "xn--caf-dma.test", "q.zone.test"];

/// A list by ranks, a certificate's name and a sender's domain (`None` for `<>`).
#[derive(Clone, Debug)]
struct Case {
    list: Vec<(usize, Name)>,
    name: Name,
    sender: Option<usize>,
    base: Facts,
}

fn any_name() -> impl Strategy<Value = Name> {
    (0..HOSTS.len(), 0..UNITS.len(), 0..STRUCTURES.len())
}

fn any_case() -> impl Strategy<Value = Case> {
    let list = prop::collection::vec((0..DOMAINS.len(), any_name()), 0..6);
    let from = (0..5_usize, any::<bool>());
    // Most certificates are of a listed name, and half of those senders of its own domain.
    (list, any_name(), prop::option::weighted(0.8, 0..6_usize), from, any_facts()).prop_map(
        |(list, name, listed, (sender, own), base)| {
            let listed = listed.and_then(|rank| list.get(rank % list.len().max(1))).copied();
            let sender = match listed {
                Some((domain, _)) if own => Some(domain),
                _ => (sender < DOMAINS.len()).then_some(sender),
            };
            Case { name: listed.map_or(name, |(_, name)| name), list, sender, base }
        },
    )
}

/// The words that ranks stand for.
#[derive(Clone, Copy)]
struct Words {
    hosts: [&'static str; 3],
    units: [&'static str; 3],
    structures: [&'static str; 3],
    domains: [&'static str; 4],
}

const THESE: Words = Words { hosts: HOSTS, units: UNITS, structures: STRUCTURES, domains: DOMAINS };
const OTHERS: Words = Words {
    hosts: OTHER_HOSTS,
    units: OTHER_UNITS,
    structures: OTHER_STRUCTURES,
    domains: OTHER_DOMAINS,
};

impl Words {
    fn text(&self, (host, unit, structure): Name) -> String {
        let structure = self.structures[structure].replace('"', "\\\"");
        let structure = structure.replace(',', "\\,").replace('+', "\\+");
        format!("CN={},OU={},O={structure},ST=Paris (75),C=FR", self.hosts[host], self.units[unit])
    }

    fn name(&self, name: Name) -> DistinguishedName {
        self.text(name).parse().expect("a name")
    }

    fn index(&self, list: &[(usize, Name)]) -> Index {
        index(list.iter().map(|(domain, name)| (self.domains[*domain].into(), self.text(*name))))
    }
}

fn index(entries: impl Iterator<Item = (String, String)>) -> Index {
    let now = Timestamp::UNIX_EPOCH;
    let entries = entries
        .map(|(domain, operator_dn)| Entry {
            domain,
            description: String::new(),
            operator_dn,
            contact: String::new(),
            support: String::new(),
            updated: now,
        })
        .collect();
    Index::build(&Whitelist { generated: now, entries })
}

/// The facts about a list, looked up as the reference proxy does.
fn facts(base: Facts, index: &Index, name: &DistinguishedName, sender: Option<&str>) -> Facts {
    let dn = match index.dn_status(name) {
        DnListing::Identical => DnStatus::Listed,
        DnListing::Equivalent => DnStatus::Equivalent,
        DnListing::Reordered => DnStatus::Reordered,
        DnListing::Unlisted => DnStatus::Unlisted,
    };
    let Some(sender) = sender else { return Facts { dn, mail_from: MailFrom::Null, ..base } };
    let found = index.lookup(sender, &name.canonical());
    let domain = match (found.domain_listed, found.mapped) {
        (_, true) => DomainStatus::Mapped,
        (true, false) => DomainStatus::MappedToOthers,
        (false, false) => DomainStatus::Unlisted,
    };
    let mail_from = match base.mail_from {
        MailFrom::Absent | MailFrom::Null => MailFrom::Mailbox,
        other => other,
    };
    Facts { dn, domain, mail_from, ..base }
}

impl Case {
    fn decision(&self, words: Words) -> Decision {
        let sender = self.sender.map(|rank| words.domains[rank]);
        decide(&facts(self.base, &words.index(&self.list), &words.name(self.name), sender))
    }
}

/// Another way to write the same name.
fn respelled(text: &str, capitals: bool, gap: &str, spaced: bool, quoted: bool) -> String {
    let text = if capitals { text.to_uppercase() } else { text.to_lowercase() };
    let text = text.replace(' ', gap);
    // None of the words that are written so holds a comma of its own.
    let part = |part: &str| match part.split_once('=') {
        Some((kind, value)) if quoted => format!("{kind}=\"{value}\""),
        _ => part.to_owned(),
    };
    text.split(',').map(part).collect::<Vec<_>>().join(if spaced { " ,  " } else { "," })
}

/// What may get worse about a transaction that has no such defect yet.
#[derive(Clone, Copy, Debug)]
enum Defect {
    Certificate(CertificateStatus),
    Dn(DnStatus),
    Domain(DomainStatus),
    Channel(Channel),
    MailFrom(MailFrom),
    Recipients(Recipients),
}

fn any_defect() -> impl Strategy<Value = Defect> {
    use prop::sample::select;
    // `<>` is no defect, but another kind of message.
    let forms: Vec<MailFrom> =
        MailFrom::ALL.iter().copied().filter(|form| *form != MailFrom::Null).collect();
    prop_oneof![
        select(CertificateStatus::ALL).prop_map(Defect::Certificate),
        select(DnStatus::ALL).prop_map(Defect::Dn),
        select(DomainStatus::ALL).prop_map(Defect::Domain),
        select(Channel::ALL).prop_map(Defect::Channel),
        select(forms).prop_map(Defect::MailFrom),
        select(Recipients::ALL).prop_map(Defect::Recipients),
    ]
}

impl Defect {
    /// The facts without it, and with it.
    fn around(self, facts: Facts) -> (Facts, Facts) {
        let nominal = Facts::default();
        let sender = match facts.mail_from {
            MailFrom::Null => MailFrom::Null,
            _ => nominal.mail_from,
        };
        match self {
            Self::Certificate(certificate) => (
                Facts { certificate: nominal.certificate, ..facts },
                Facts { certificate, ..facts },
            ),
            Self::Dn(dn) => (Facts { dn: nominal.dn, ..facts }, Facts { dn, ..facts }),
            Self::Domain(domain) => {
                (Facts { domain: nominal.domain, ..facts }, Facts { domain, ..facts })
            }
            Self::Channel(channel) => {
                (Facts { channel: nominal.channel, ..facts }, Facts { channel, ..facts })
            }
            Self::MailFrom(mail_from) => {
                (Facts { mail_from: sender, ..facts }, Facts { mail_from, ..facts })
            }
            Self::Recipients(recipients) => {
                (Facts { recipients: nominal.recipients, ..facts }, Facts { recipients, ..facts })
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// ERR §2.2: the first step was deleted.
    #[test]
    fn the_reverse_name_never_counts(
        facts in any_facts(),
        ptr in prop::sample::select(PtrStatus::ALL),
    ) {
        prop_assert_eq!(decide(&Facts { ptr, ..facts }), decide(&facts));
    }

    #[test]
    fn a_defect_makes_no_acceptance_better_and_no_refusal_worse(
        facts in any_facts(),
        defect in any_defect(),
    ) {
        // From `<>` to an address is no defect: another message is sent.
        let null = facts.mail_from == MailFrom::Null;
        prop_assume!(!null || !matches!(defect, Defect::MailFrom(_)));
        let (without, with) = defect.around(facts);
        let (without, with) = (decide(&without), decide(&with));
        prop_assert!(with.accept >= without.accept, "{:?} after {:?}", with, without);
        prop_assert!(with.refuse <= without.refuse, "{:?} after {:?}", with, without);
    }

    /// The letter of the erratum allows old TLS to be accepted, and nothing more.
    #[test]
    fn the_profile_counts_for_old_tls_alone(facts in any_facts()) {
        let strict = decide(&Facts { profile: Profile::Default, ..facts });
        let letter = decide(&Facts { profile: Profile::Erratum2015, ..facts });
        if matches!(facts.channel, Channel::ObsoleteTls | Channel::WeakSuite) {
            prop_assert!(letter.accept <= strict.accept);
            prop_assert!(letter.refuse >= strict.refuse);
        } else {
            prop_assert_eq!(letter, strict);
        }
    }

    #[test]
    fn an_unrelated_entry_changes_nothing(
        case in any_case(),
        unrelated in prop::collection::vec((0..4_usize, any_name()), 1..4),
        at in any::<prop::sample::Index>(),
    ) {
        let before = case.decision(THESE);
        let mut entries: Vec<(String, String)> = case
            .list
            .iter()
            .map(|(domain, name)| (THESE.domains[*domain].to_owned(), THESE.text(*name)))
            .collect();
        for (domain, name) in unrelated {
            let at = at.index(entries.len() + 1);
            entries.insert(at, (OTHERS.domains[domain].to_owned(), OTHERS.text(name)));
        }
        let index = index(entries.into_iter());
        let sender = case.sender.map(|rank| THESE.domains[rank]);
        let after = decide(&facts(case.base, &index, &THESE.name(case.name), sender));
        prop_assert_eq!(after, before);
    }

    /// Names are but names: with all of them replaced throughout, one for one, all stays as it is.
    #[test]
    fn a_renaming_changes_nothing(case in any_case()) {
        prop_assert_eq!(case.decision(OTHERS), case.decision(THESE));
    }

    /// What is listed stays listed however the list writes it: where an acceptance is in order, it
    /// stays in order.
    #[test]
    fn an_acceptance_outlives_another_spelling(
        case in any_case(),
        capitals in any::<bool>(),
        gap in prop::sample::select(vec![" ", "  ", "\u{a0}"]),
        spaced in any::<bool>(),
        quoted in any::<bool>(),
        turned in any::<bool>(),
    ) {
        let before = case.decision(THESE);
        let mut entries: Vec<(String, String)> = case
            .list
            .iter()
            .map(|(domain, name)| {
                let text = respelled(&THESE.text(*name), capitals, gap, spaced, quoted);
                (THESE.domains[*domain].to_uppercase(), text)
            })
            .collect();
        if turned {
            entries.reverse();
        }
        let index = index(entries.into_iter());
        let sender = case.sender.map(|rank| THESE.domains[rank].to_uppercase());
        let name = THESE.name(case.name);
        let after = decide(&facts(case.base, &index, &name, sender.as_deref()));
        prop_assert_eq!(after.accept, before.accept);
        // A proxy that compares texts may refuse what is written otherwise: never more than that.
        prop_assert!(after.refuse <= before.refuse);
        prop_assert!(after.refuse != suite::oracle::Grade::Conforming
            || before.refuse == suite::oracle::Grade::Conforming);
    }
}

/// The random cases above are not all of one kind.
#[test]
fn random_lists_map_some_names_and_not_others() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut accepted = 0;
    let mut refused = 0;
    for _ in 0..500 {
        let case = any_case().new_tree(&mut runner).expect("a case").current();
        let nominal = Case { base: Facts::default(), ..case };
        match nominal.decision(THESE).accept {
            suite::oracle::Grade::Conforming => accepted += 1,
            _ => refused += 1,
        }
    }
    assert!(accepted > 50 && refused > 50, "{accepted} accepted, {refused} refused");
}
