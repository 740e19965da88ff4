//! Random names, known by their making: what they are is told from their words, and their strings and
//! octets are only ever written, never read.

use fixtures::{
    dn::{Attribute, AttributeType, DistinguishedName, Rdn, Value},
    space::cast::Operator,
};
use proptest::prelude::*;

use super::word::{HOSTS, Look, WORDS, look};

/// An attribute type: the ways to write it, the first one being the usual one.
const KINDS: [&[&str]; 12] = [
    &["CN", "cn", "commonName", "2.5.4.3", "OID.2.5.4.3"],
    &["OU", "Ou", "organizationalUnitName", "2.5.4.11"],
    &["O", "o", "organizationName", "2.5.4.10"],
    &["ST", "st", "S", "stateOrProvinceName", "2.5.4.8"],
    &["C", "c", "countryName", "2.5.4.6"],
    &["L", "l", "localityName", "2.5.4.7"],
    &["STREET", "street", "2.5.4.9"],
    &["SERIALNUMBER", "serialNumber", "2.5.4.5"],
    &["DC", "dc", "0.9.2342.19200300.100.1.25"],
    &["UID", "uid", "0.9.2342.19200300.100.1.1"],
    &["EMAILADDRESS", "emailAddress", "1.2.840.113549.1.9.1"],
    &["1.2.250.1.71.99", "OID.1.2.250.1.71.99", "1.2.250.1.71.99"],
];

const CN: usize = 0;

/// An attribute: its type, by its rank, and its words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Attr {
    kind: usize,
    words: Vec<&'static str>,
}

/// A name, most specific RDN first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(Vec<Vec<Attr>>);

/// How two names are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// They differ.
    Different,
    /// The same attributes, in another order or otherwise grouped into RDNs: tolerated.
    Rearranged,
    /// The same RDNs in the same order.
    Same,
}

/// A change that may make another name. Ranks count round.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// A word of an attribute becomes another one.
    Word(usize, usize, &'static str),
    /// An attribute gets one word more.
    MoreWords(usize, &'static str),
    /// An attribute loses its last word.
    FewerWords(usize),
    /// An RDN goes.
    Drop(usize),
    /// An RDN comes.
    Add(usize, usize, &'static str),
    /// Two RDNs change places.
    Swap(usize, usize),
    /// An RDN and the next become one.
    Merge(usize),
    /// An RDN of several attributes becomes several.
    Split(usize),
    /// An attribute gets another type.
    Kind(usize, usize),
}

impl Name {
    /// The name of an operator of the cast.
    #[must_use]
    pub(super) fn of(operator: &Operator) -> Self {
        let values = [operator.host, operator.unit, operator.organization, operator.state, "FR"];
        let attr = |(kind, value): (usize, &'static str)| {
            vec![Attr { kind, words: value.split(' ').collect() }]
        };
        Self(values.into_iter().enumerate().map(attr).collect())
    }

    /// How it is related to another one.
    #[must_use]
    pub(super) fn relation(&self, other: &Self) -> Relation {
        let sorted = |rdn: &Vec<Attr>| {
            let mut rdn = rdn.clone();
            rdn.sort();
            rdn
        };
        let sets = |name: &Self| name.0.iter().map(sorted).collect::<Vec<_>>();
        let all = |name: &Self| {
            let mut all: Vec<Attr> = name.0.iter().flatten().cloned().collect();
            all.sort();
            all
        };
        if sets(self) == sets(other) {
            Relation::Same
        } else if all(self) == all(other) {
            Relation::Rearranged
        } else {
            Relation::Different
        }
    }

    /// The name after a change; as it is where the change finds nothing to do.
    #[must_use]
    pub(super) fn changed(&self, change: &Change) -> Self {
        let mut name = self.clone();
        let rdns = name.0.len();
        match *change {
            Change::Word(at, word, other) => name.attr(at, |attr| {
                let at = word % attr.words.len();
                attr.words[at] = other;
            }),
            Change::MoreWords(at, word) => name.attr(at, |attr| attr.words.push(word)),
            Change::FewerWords(at) => name.attr(at, |attr| {
                if attr.words.len() > 1 {
                    attr.words.pop();
                }
            }),
            Change::Drop(at) if rdns > 1 => drop(name.0.remove(at % rdns)),
            Change::Add(at, kind, word) => {
                let attr = Attr { kind: kind % KINDS.len(), words: vec![word] };
                name.0.insert(at % (rdns + 1), vec![attr]);
            }
            Change::Swap(one, other) => name.0.swap(one % rdns, other % rdns),
            Change::Merge(at) if rdns > 1 => {
                let at = at % (rdns - 1);
                let next = name.0.remove(at + 1);
                name.0[at].extend(next);
                // A set holds an attribute once.
                name.0[at].sort();
                name.0[at].dedup();
            }
            Change::Split(at) => {
                let at = at % rdns;
                let parts: Vec<_> = name.0[at].drain(..).map(|attr| vec![attr]).collect();
                name.0.splice(at..=at, parts);
            }
            Change::Kind(at, kind) => name.attr(at, |attr| attr.kind = kind % KINDS.len()),
            Change::Drop(_) | Change::Merge(_) => {}
        }
        // Two attributes of an RDN may have become one.
        for rdn in &mut name.0 {
            let mut seen: Vec<Attr> = Vec::new();
            rdn.retain(|attr| {
                let new = !seen.contains(attr);
                seen.extend(new.then(|| attr.clone()));
                new
            });
        }
        name
    }

    /// The host that its one CN names, if so.
    #[must_use]
    pub(super) fn host(&self) -> Option<&'static str> {
        let mut hosts = self.0.iter().flatten().filter(|attr| attr.kind == CN);
        match (hosts.next().map(|attr| &attr.words[..]), hosts.next()) {
            (Some([host]), None) if host.ends_with(".test") => Some(host),
            _ => None,
        }
    }

    /// The name as a certificate holds it.
    #[must_use]
    pub(super) fn presented(&self, looks: &[Look]) -> DistinguishedName {
        let mut rank = 0;
        let mut attribute = |attr: &Attr| {
            let text = attr.write(looks, rank);
            rank += 1;
            let kind = AttributeType::from_text(KINDS[attr.kind][0]).expect("a type of the table");
            Attribute { kind, value: Value::Text(text) }
        };
        let rdns = self
            .0
            .iter()
            .filter_map(|rdn| Rdn::new(rdn.iter().map(&mut attribute).collect()))
            .collect();
        DistinguishedName::new(rdns).expect("a few attributes")
    }

    /// The string that every reader takes for the text of the name that [`Self::presented`] makes;
    /// `None` where a value needs quoting, which can be done in several ways.
    #[must_use]
    pub(super) fn plain(&self, looks: &[Look]) -> Option<String> {
        let mut parts = Vec::new();
        for (rank, rdn) in self.0.iter().enumerate() {
            let [attr] = &rdn[..] else { return None };
            let text = attr.write(looks, rank);
            let keyword = KINDS[attr.kind][0];
            let plain = |c: char| c.is_alphanumeric() || " ()'.-".contains(c);
            let sound = text.chars().all(plain) && text.trim() == text;
            if !sound || keyword.starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            parts.push(format!("{keyword}={text}"));
        }
        Some(parts.join(","))
    }

    /// The name as a list writes it.
    #[must_use]
    pub(super) fn listed(&self, hand: &Hand) -> String {
        let mut text = String::new();
        let mut rank = 0;
        for (at, rdn) in self.0.iter().enumerate() {
            if at > 0 {
                text.push_str(SEPARATORS[hand.separator % SEPARATORS.len()]);
            }
            for (at, attr) in rdn.iter().enumerate() {
                if at > 0 {
                    text.push_str(if hand.separator == 0 { "+" } else { " + " });
                }
                let pick = |of: &[usize]| of.get(rank % of.len().max(1)).copied().unwrap_or(0);
                let words = KINDS[attr.kind];
                text.push_str(words[pick(&hand.keywords) % words.len()]);
                text.push_str(if hand.spaced { " = " } else { "=" });
                text.push_str(&quote(&attr.write(&hand.looks, rank), pick(&hand.quotes)));
                rank += 1;
            }
        }
        text
    }

    fn attr(&mut self, at: usize, change: impl FnOnce(&mut Attr)) {
        let count = self.0.iter().flatten().count().max(1);
        if let Some(attr) = self.0.iter_mut().flatten().nth(at % count) {
            change(attr);
        }
    }
}

impl Attr {
    fn write(&self, looks: &[Look], rank: usize) -> String {
        let look = looks.get(rank % looks.len().max(1)).cloned().unwrap_or_default();
        if self.kind == CN { look.of_host() } else { look }.write(&self.words)
    }
}

/// What stands between two RDNs.
const SEPARATORS: [&str; 5] = [",", ", ", " ,", " , ", ";"];

/// The hand that writes a name in a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Hand {
    /// How the values look, in turn.
    pub(super) looks: Vec<Look>,
    /// How they are quoted, in turn.
    pub(super) quotes: Vec<usize>,
    /// How the types are written, in turn.
    pub(super) keywords: Vec<usize>,
    /// What stands between RDNs.
    pub(super) separator: usize,
    /// Spaces around `=`.
    pub(super) spaced: bool,
}

/// The ways to quote a value: escapes where needed, quotes around the whole, octets in hexadecimal,
/// the DER in hexadecimal, quotes inside left alone (RFC 4514 §2.4, RFC 2253 §4, LB).
const QUOTES: usize = 5;

fn quote(text: &str, way: usize) -> String {
    match way % QUOTES {
        0 => escape(text, false),
        1 => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        2 => text.bytes().map(|octet| format!("\\{octet:02x}")).collect(),
        3 => {
            let length = text.len();
            let header = match u8::try_from(length) {
                Ok(short @ 0..128) => format!("{short:02X}"),
                Ok(long) => format!("81{long:02X}"),
                Err(_) => format!("82{length:04X}"),
            };
            format!("#0C{header}{}", hex::encode_upper(text))
        }
        _ => escape(text, true),
    }
}

fn escape(text: &str, bare_quotes: bool) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        let outer = (at == 0 || at == last) && c == ' ';
        let first = at == 0 && matches!(c, '#' | '"');
        let special = matches!(c, ',' | '+' | ';' | '<' | '>' | '\\') || c == '"' && !bare_quotes;
        if outer || first || special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Random names, most of them in the form that the GUIDE asks for.
pub(super) fn name() -> impl Strategy<Value = Name> {
    let words = || prop::collection::vec(prop::sample::select(&WORDS[..]), 1..4);
    let nominal = (prop::sample::select(&HOSTS[..]), words(), words(), words()).prop_map(
        |(host, unit, organization, state)| {
            let all = [vec![host], unit, organization, state, vec!["FR"]];
            let attr = |(kind, words)| vec![Attr { kind, words }];
            Name(all.into_iter().enumerate().map(attr).collect())
        },
    );
    (nominal, prop::collection::vec(change(), 0..3)).prop_map(|(nominal, changes)| {
        changes.iter().fold(nominal, |name, change| name.changed(change))
    })
}

/// Random changes.
pub(super) fn change() -> impl Strategy<Value = Change> {
    let word = || prop::sample::select(&WORDS[..]);
    prop_oneof![
        (0..8_usize, 0..3_usize, word()).prop_map(|(at, n, word)| Change::Word(at, n, word)),
        (0..8_usize, word()).prop_map(|(at, word)| Change::MoreWords(at, word)),
        (0..8_usize).prop_map(Change::FewerWords),
        (0..8_usize).prop_map(Change::Drop),
        (0..8_usize, 1..KINDS.len(), word()).prop_map(|(at, kind, w)| Change::Add(at, kind, w)),
        (0..8_usize, 0..8_usize).prop_map(|(one, other)| Change::Swap(one, other)),
        (0..8_usize).prop_map(Change::Merge),
        (0..8_usize).prop_map(Change::Split),
        (0..8_usize, 1..KINDS.len()).prop_map(|(at, kind)| Change::Kind(at, kind)),
    ]
}

/// Random hands, half of them the plain one.
pub(super) fn hand() -> impl Strategy<Value = Hand> {
    let odd = (
        prop::collection::vec(look(), 0..4),
        prop::collection::vec(0..QUOTES, 0..3),
        prop::collection::vec(0..5_usize, 0..3),
        0..SEPARATORS.len(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(looks, quotes, keywords, separator, spaced)| Hand {
            looks,
            quotes,
            keywords,
            separator,
            spaced,
        });
    prop_oneof![Just(Hand::default()), odd]
}
