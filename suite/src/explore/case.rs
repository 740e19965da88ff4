//! A case: who connects and what it sends, and the scenario that this makes, with all that is known
//! of it by its making.

use std::{path::PathBuf, sync::Arc};

use fixtures::{
    pki::Variant,
    space::cast::{OPERATORS, Operator},
};

use super::{
    name::{Change, Name},
    word::Look,
    world::{IDN, Truth, World, domain},
};
use crate::{
    oracle::{
        self, ClauseId, Decision, Facts, Grade,
        facts::{EhloStatus, MailFrom, PtrStatus},
    },
    record::Level,
    scenario::{
        Action, Capability, Expected, Manner, MessageKind, Peer, PeerTls, Presented, ReversePath,
        Scenario, ScenarioId, StatedSender, Template, Transaction, capability, facts,
    },
};

/// One case of a world.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Who connects.
    pub(super) who: Who,
    /// How it names itself.
    pub(super) ehlo: EhloStatus,
    /// The reverse name of its address.
    pub(super) ptr: PtrStatus,
    /// What it offers.
    pub(super) tls: PeerTls,
    /// How the session is held.
    pub(super) manner: Manner,
    /// What it sends, at least one.
    pub(super) transactions: Vec<Sent>,
}

/// Who connects.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// An operator of the cast, with a certificate of that variant or none.
    Cast(usize, Option<Variant>),
    /// The bearer of a name of the world.
    Named {
        /// The name's rank.
        name: usize,
        /// What is changed in the certificate's name.
        change: Option<Change>,
        /// How its values look there.
        looks: Vec<Look>,
        /// What else is wrong with the certificate.
        variant: Variant,
    },
}

/// A transaction of a case.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// MAIL FROM.
    pub(super) from: Sender,
    /// RCPT TO.
    pub(super) to: To,
    /// The message.
    pub(super) message: MessageKind,
}

/// A reverse-path.
#[derive(Clone, Debug)]
pub(super) enum Sender {
    /// No MAIL.
    Absent,
    /// `<>`.
    Null,
    /// An address.
    Address(Local, Domain),
    /// What the grammar does not have, with a domain of the list.
    Malformed(usize, usize),
}

/// A local part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Local {
    /// Ordinary.
    Plain,
    /// 64 octets, the most that must be taken (RFC 5321 §4.5.3.1.1).
    Long,
    /// Quoted, with a space.
    Quoted,
    /// Quoted, with an `@` and a domain of that rank.
    QuotedAt(usize),
}

/// The domain of a reverse-path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Domain {
    /// One that the list maps to the peer's own name, where there is one.
    Own(usize, bool),
    /// Any that the list may hold, in capitals or not.
    Any(usize, bool),
    /// Below one.
    Below(usize),
    /// Above one.
    Above(usize),
    /// One with something before it.
    Longer(usize),
    /// One with something after it.
    Prefix(usize),
    /// One with a final dot.
    Dot(usize),
    /// One in U-labels.
    ULabel(usize),
    /// An address literal.
    Literal,
    /// A very long one.
    Long,
}

/// The recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// The mailbox.
    Mailbox,
    /// Two mailboxes.
    Two,
    /// An unknown one.
    Unknown,
    /// A mailbox and an unknown one.
    MailboxAndUnknown,
    /// `postmaster`.
    Postmaster,
    /// `postmaster` of the target's domain.
    PostmasterOfDomain,
    /// One of a third domain.
    Foreign,
    /// A mailbox and one of a third domain.
    MailboxAndForeign,
}

/// A case as a scenario, and what the oracle makes of it.
#[derive(Clone, Debug)]
pub struct Made {
    /// The scenario.
    pub scenario: Scenario,
    /// The facts and the decision of each transaction.
    pub decisions: Vec<(Facts, Decision)>,
}

/// The peer as it is made.
struct MadePeer {
    peer: Peer,
    name: Name,
    /// Its text, where every reader agrees on one.
    plain: Option<String>,
}

impl Case {
    /// The scenario of this case in a world. `named` says how it is called.
    #[must_use]
    pub(super) fn made(&self, world: &World, seed: u64, number: u32) -> Made {
        let truth = world.truth();
        let made = self.peer(world, &truth);
        let transactions: Vec<Transaction> =
            self.transactions.iter().map(|sent| sent.made(&made, &truth)).collect();
        let decisions: Vec<(Facts, Decision)> = transactions
            .iter()
            .map(|transaction| {
                let facts = facts(transaction, &made.peer).expect("a template of ours");
                (facts, oracle::decide(&facts))
            })
            .collect();
        let transactions: Vec<Transaction> = transactions
            .into_iter()
            .zip(&decisions)
            .map(|(transaction, (_, decision))| Transaction {
                expect: expected(decision),
                ..transaction
            })
            .collect();
        let leading = leading(&decisions);
        let open = transactions.iter().any(|one| one.expect == Expected::Either);
        let refused = transactions.iter().any(|one| one.expect == Expected::Refused);
        let name = format!("reception/{}/exploration-{seed}-{number}", step(leading.clause));
        let action = Action::Transactions(transactions);
        let mut needs = capability::derived(&made.peer, &action);
        let list = world.list();
        if !list.is_empty() {
            needs.insert(Capability::OwnList);
        }
        let scenario = Scenario {
            id: ScenarioId(Arc::from(name)),
            title: format!("Exploration, graine {seed}, cas {number}"),
            purpose: purpose(leading),
            clause: leading.clause,
            source: String::new(),
            level: if open { Level::May } else { level(leading) },
            twin: refused.then(|| ScenarioId(Arc::from(crate::runner::NOMINAL))),
            interpretation: leading.interpretation.map(str::to_owned),
            needs,
            exclusive: self.ptr != PtrStatus::Valid,
            advice: None,
            peer: made.peer,
            list,
            manner: self.manner,
            action,
            file: PathBuf::new(),
        };
        Made { scenario, decisions }
    }

    fn peer(&self, world: &World, truth: &Truth) -> MadePeer {
        let base = Peer {
            operator: OPERATORS[0].name.to_owned(),
            certificate: Presented::None,
            ehlo: self.ehlo,
            ptr: self.ptr,
            tls: self.tls,
            name: None,
            listed: None,
        };
        match &self.who {
            Who::Cast(rank, variant) => {
                let operator: &Operator = &OPERATORS[rank % OPERATORS.len()];
                let (name, plain) = of_variant(operator, *variant);
                let peer = Peer {
                    operator: operator.name.to_owned(),
                    certificate: variant.map_or(Presented::None, Presented::Certificate),
                    listed: Some(truth.everywhere(&name, plain.as_deref())),
                    ..base
                };
                MadePeer { peer, name, plain }
            }
            Who::Named { name: rank, change, looks, variant } => {
                let first = world.name(*rank);
                let changed = change.as_ref().map_or(first.clone(), |change| first.changed(change));
                // A target whose list is not ours to vary may resolve the CN: it stays the host's.
                let keeps = !world.entries.is_empty() || changed.host() == first.host();
                let name = if keeps { changed } else { first };
                let plain = name.plain(looks);
                // Who bears a name of no host has no EHLO name to match it.
                let ehlo = match (self.ehlo, name.host()) {
                    (EhloStatus::MatchesCertificate, None) => EhloStatus::OtherName,
                    (ehlo, _) => ehlo,
                };
                let operator = OPERATORS
                    .iter()
                    .find(|operator| name.host() == Some(operator.host))
                    .unwrap_or(&OPERATORS[0]);
                let peer = Peer {
                    operator: operator.name.to_owned(),
                    certificate: Presented::Certificate(*variant),
                    ehlo,
                    name: Some(name.presented(looks)),
                    listed: Some(truth.everywhere(&name, plain.as_deref())),
                    ..base
                };
                MadePeer { peer, name, plain }
            }
        }
    }
}

impl Sent {
    fn made(&self, peer: &MadePeer, truth: &Truth) -> Transaction {
        let (from, form, domain) = self.from.made(peer, truth);
        let mut stated = StatedSender::default();
        let mut mail_parameters = None;
        if let Some(domain) = domain {
            let standing = truth.standing(&peer.name, peer.plain.as_deref(), &domain);
            stated = StatedSender {
                form: Some(form),
                domain: Some(standing.domain),
                listed: (peer.peer.listed != Some(standing.dn)).then_some(standing.dn),
            };
        }
        if form == MailFrom::ULabel {
            mail_parameters = Some(Template("SMTPUTF8".into()));
        } else if self.message == MessageKind::EightBit {
            mail_parameters = Some(Template("BODY=8BITMIME".into()));
        }
        let to = |texts: &[&str]| texts.iter().map(|text| Template((*text).into())).collect();
        Transaction {
            from,
            to: match self.to {
                To::Mailbox => to(&["{mailbox}"]),
                To::Two => to(&["{mailbox}", "{mailbox2}"]),
                To::Unknown => to(&["{unknown}"]),
                To::MailboxAndUnknown => to(&["{mailbox}", "{unknown}"]),
                To::Postmaster => to(&["postmaster"]),
                To::PostmasterOfDomain => to(&["Postmaster@{target.domain}"]),
                To::Foreign => to(&["{foreign}"]),
                To::MailboxAndForeign => to(&["{mailbox}", "{foreign}"]),
            },
            mail_parameters,
            message: if form == MailFrom::ULabel { MessageKind::Text } else { self.message },
            expect: Expected::Either,
            stated,
        }
    }
}

impl Sender {
    /// The path, its form, and the domain that it is judged by, in lower case and A-labels.
    fn made(&self, peer: &MadePeer, truth: &Truth) -> (ReversePath, MailFrom, Option<String>) {
        let (local, domain) = match self {
            Self::Absent => return (ReversePath::Absent, MailFrom::Absent, None),
            Self::Null => return (ReversePath::Null, MailFrom::Null, None),
            Self::Malformed(way, rank) => {
                let domain = own(peer, truth, *rank);
                let path = match way % 3 {
                    0 => format!("a..b@{domain}"),
                    1 => format!(".a@{domain}"),
                    _ => format!("a b@{domain}"),
                };
                return (address(path), MailFrom::Malformed, Some(domain));
            }
            Self::Address(local, domain) => (local, domain),
        };
        let (mut form, written, judged) = domain.made(peer, truth);
        let local = match local {
            Local::Plain => "emetteur".to_owned(),
            Local::Long => "e".repeat(64),
            Local::Quoted => "\"un emetteur\"".to_owned(),
            Local::QuotedAt(rank) => {
                // Of two oddities the address has one.
                if form == MailFrom::Mailbox {
                    form = MailFrom::QuotedAt;
                    format!("\"x@{}\"", self::domain(*rank))
                } else {
                    "emetteur".to_owned()
                }
            }
        };
        (address(format!("{local}@{written}")), form, Some(judged))
    }
}

impl Domain {
    /// Its form, the domain as written, and as it is judged.
    fn made(&self, peer: &MadePeer, truth: &Truth) -> (MailFrom, String, String) {
        let ordinary = |written: String| {
            let judged = written.to_ascii_lowercase();
            (MailFrom::Mailbox, written, judged)
        };
        let cased = |domain: &str, capitals: bool| {
            if capitals { domain.to_ascii_uppercase() } else { domain.to_owned() }
        };
        match *self {
            Self::Own(rank, capitals) => ordinary(cased(&own(peer, truth, rank), capitals)),
            Self::Any(rank, capitals) => ordinary(cased(domain(rank), capitals)),
            Self::Below(rank) => ordinary(format!("sous.{}", own(peer, truth, rank))),
            Self::Above(rank) => {
                let domain = own(peer, truth, rank);
                ordinary(domain.split_once('.').map_or(domain.as_str(), |(_, up)| up).to_owned())
            }
            Self::Longer(rank) => ordinary(format!("x{}", own(peer, truth, rank))),
            Self::Prefix(rank) => ordinary(format!("{}.intrus.test", own(peer, truth, rank))),
            Self::Dot(rank) => {
                let domain = own(peer, truth, rank);
                (MailFrom::TrailingDot, format!("{domain}."), domain)
            }
            Self::ULabel(rank) => {
                let (a_label, u_label) = IDN[rank % IDN.len()];
                (MailFrom::ULabel, u_label.to_owned(), a_label.to_owned())
            }
            Self::Literal => ordinary("[127.0.10.1]".to_owned()),
            Self::Long => ordinary(format!("{}test", "tres-long.".repeat(24))),
        }
    }
}

/// A domain that the list maps to the peer's own name; where there is none, any.
fn own(peer: &MadePeer, truth: &Truth, rank: usize) -> String {
    let own = truth.domains_of(&peer.name);
    let found = own.get(rank % own.len().max(1)).copied();
    found.unwrap_or_else(|| domain(rank)).to_owned()
}

/// The name that a variant of an operator's certificate bears, and its text where every reader
/// agrees on one: what `fixtures::pki::defects` does, told again.
fn of_variant(operator: &Operator, variant: Option<Variant>) -> (Name, Option<String>) {
    const OU: usize = 1;
    let name = Name::of(operator);
    let change = match variant {
        Some(Variant::NulInCn) => Change::MoreWords(0, "\0.intrus.test"),
        Some(Variant::OuSmuggledInCn) => Change::MoreWords(0, ",OU="),
        Some(Variant::ExtraRdn) => Change::Add(2, OU, "SERVICE TEST"),
        Some(Variant::MissingRdn) => Change::Drop(3),
        Some(Variant::ShuffledRdns) => Change::Swap(2, 3),
        Some(Variant::MultiValuedRdn) => Change::Merge(0),
        Some(
            Variant::PrintableString
            | Variant::Utf8String
            | Variant::CaseVariant
            | Variant::SpaceVariant
            | Variant::NbspVariant,
        ) => return (name, None),
        _ => return (name, Some(operator.dn())),
    };
    let name = name.changed(&change);
    let plain = name.plain(&[]);
    (name, plain)
}

fn address(path: String) -> ReversePath {
    ReversePath::Address(Template(path))
}

/// What the oracle expects first.
fn expected(decision: &Decision) -> Expected {
    match (decision.accept, decision.refuse) {
        (Grade::Conforming, Grade::Conforming) => Expected::Either,
        (Grade::Conforming, _) => Expected::Accepted,
        (_, Grade::Conforming) => {
            // What may be accepted with a remark alone is recommended against only where a source
            // does.
            if decision.finding() == oracle::Finding::OpenRemark {
                Expected::Either
            } else {
                Expected::Refused
            }
        }
        _ => Expected::Either,
    }
}

/// How strong the expectation is.
fn level(decision: &Decision) -> Level {
    if [decision.accept, decision.refuse].contains(&Grade::NonConforming) {
        Level::Must
    } else if expected(decision) == Expected::Either {
        Level::May
    } else {
        Level::Should
    }
}

/// The decision that a scenario is filed under: the first of the strongest.
fn leading(decisions: &[(Facts, Decision)]) -> &Decision {
    let mut all = decisions.iter().map(|(_, decision)| decision);
    let first = all.next().expect("a case has a transaction");
    all.fold(first, |best, next| if next.finding() > best.finding() { next } else { best })
}

/// The folder of a clause's step.
#[must_use]
pub(super) fn step(clause: ClauseId) -> &'static str {
    match clause.as_str().rsplit('/').next().unwrap_or_default().as_bytes().first() {
        Some(b'1') => "1-ptr",
        Some(b'2') => "2-smtp",
        Some(b'3') => "3-starttls",
        Some(b'4') => "4-certificat",
        Some(b'5') => "5-enveloppe",
        _ => "6-fin",
    }
}

fn purpose(decision: &Decision) -> String {
    let what = match expected(decision) {
        Expected::Accepted => "Le proxy accepte cet envoi",
        Expected::Refused => "Le proxy refuse cet envoi",
        Expected::Either => "Le proxy accepte ou refuse cet envoi, les deux sont permis",
    };
    let why = decision.applied().max_by_key(|rule| rule.finding).map_or("", |rule| rule.why);
    format!("{what} : {why}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tellings of what the variants do to a name, one of them the judge's.
    #[test]
    fn variants_stand_to_the_list_of_the_cast_as_the_judge_says() {
        let truth = World::default().truth();
        for variant in Variant::ALL {
            let (name, plain) = of_variant(&OPERATORS[0], Some(*variant));
            let status = crate::scenario::facts::status(*variant).1;
            assert_eq!(truth.everywhere(&name, plain.as_deref()), status, "{variant}");
        }
    }
}
