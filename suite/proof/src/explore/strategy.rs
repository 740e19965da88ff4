//! Random cases: half of each choice nominal, so that acceptances and refusals both come up.

use std::collections::BTreeSet;

use fixtures::pki::Variant;
use proptest::prelude::*;

use super::{
    case::{Case, Sent, To},
    name::change,
    peer::Who,
    sender::{Domain, Local, Sender},
    word::look,
};
use suite::{
    oracle::reception::facts::{EhloStatus, PtrStatus},
    scenario::{Capability, Manner, MessageKind, PeerTls, Verbs, model::Transfer},
};

/// What the target allows to vary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    /// A second mailbox is declared.
    pub(super) second: bool,
    /// An unknown address is declared.
    pub(super) unknown: bool,
    /// The target asks the space's DNS, and peers can take its addresses.
    pub(super) names: bool,
    /// The target's list can be varied; else names vary only in what keeps their CN.
    pub(super) lists: bool,
    /// The target's outgoing mail can be seen: what is sent to an address that the operator did not
    /// name goes no further than to us.
    pub(super) relay: bool,
}

impl Scope {
    /// The scope that these capabilities give; `lists` where each world has a list of its own.
    #[must_use]
    pub(super) fn of(offers: &BTreeSet<Capability>, lists: bool) -> Self {
        let has = |capability| offers.contains(&capability);
        Self {
            second: has(Capability::SecondMailbox),
            unknown: has(Capability::UnknownMailbox),
            names: has(Capability::Dns) && has(Capability::SourceAddresses),
            lists,
            relay: has(Capability::Relay),
        }
    }
}

/// Random cases for a target of this scope.
pub(super) fn case(scope: Scope) -> impl Strategy<Value = Case> {
    let tls = prop_oneof![
        10 => Just(PeerTls::Any),
        4 => Just(PeerTls::Tls12),
        4 => Just(PeerTls::Tls13),
        1 => Just(PeerTls::None),
    ];
    // What a target remembers of the first sending shows where another sender comes after it.
    let later = prop_oneof![2 => sent(scope).boxed(), 1 => of_another(scope).boxed()];
    let transactions =
        (sent(scope), prop::bool::weighted(0.35), prop::collection::vec(later, 1..3)).prop_map(
            |(first, several, later)| {
                let later = if several { later } else { Vec::new() };
                [vec![first], later].concat()
            },
        );
    (who(scope), ehlo(scope), ptr(scope), tls, manner(), transactions).prop_map(
        |(who, ehlo, ptr, tls, manner, mut transactions)| {
            // In clear a target may refuse RSET as well: nothing then leads to a second one.
            if tls == PeerTls::None {
                transactions.truncate(1);
            }
            Case { who, ehlo, ptr, tls, manner, transactions }
        },
    )
}

fn who(scope: Scope) -> impl Strategy<Value = Who> {
    let variant = || prop::sample::select(Variant::ALL);
    let presented = prop_oneof![
        10 => Just(Some(Variant::Valid)),
        5 => variant().prop_map(Some),
        1 => Just(None),
    ];
    let cast = (0..8_usize, presented).prop_map(|(operator, variant)| Who::Cast(operator, variant));
    let of_no_name: Vec<Variant> =
        Variant::ALL.iter().copied().filter(|variant| !variant.is_of_name()).collect();
    // Both of these ask for values that a random name need not have.
    let of_no_name: Vec<Variant> = of_no_name
        .into_iter()
        .filter(|variant| !matches!(variant, Variant::PrintableString | Variant::Utf8String))
        .collect();
    let named = (
        // The first names are the world's own, where it has some.
        prop_oneof![4 => 0..4_usize, 1 => 4..16_usize],
        prop_oneof![4 => Just(None), 1 => change().prop_map(Some)],
        prop::collection::vec(look(), 0..4),
        prop_oneof![9 => Just(Variant::Valid), 1 => prop::sample::select(of_no_name)],
    )
        .prop_map(|(name, change, looks, variant)| Who::Named { name, change, looks, variant });
    prop_oneof![2 => cast, if scope.lists { 4 } else { 2 } => named]
}

fn ehlo(scope: Scope) -> impl Strategy<Value = EhloStatus> {
    // Another name is one that resolves: in the space's DNS alone.
    let other = if scope.names { EhloStatus::OtherName } else { EhloStatus::MatchesCertificate };
    prop_oneof![
        24 => Just(EhloStatus::MatchesCertificate),
        1 => Just(other),
        1 => Just(EhloStatus::Unresolvable),
        1 => Just(EhloStatus::AddressLiteral),
    ]
}

/// Silence is left out: a target that asks for the name waits for its own resolver, which one scenario
/// of the suite tests and a thousand would only draw out.
fn ptr(scope: Scope) -> BoxedStrategy<PtrStatus> {
    if !scope.names {
        return Just(PtrStatus::Valid).boxed();
    }
    prop_oneof![
        12 => Just(PtrStatus::Valid),
        1 => Just(PtrStatus::Absent),
        1 => Just(PtrStatus::Wrong),
        1 => Just(PtrStatus::Several),
        1 => Just(PtrStatus::Servfail),
    ]
    .boxed()
}

fn manner() -> impl Strategy<Value = Manner> {
    let verbs =
        prop_oneof![3 => Just(Verbs::Upper), 1 => Just(Verbs::Lower), 1 => Just(Verbs::Mixed)];
    (prop::bool::weighted(0.3), prop::bool::weighted(0.3), verbs)
        .prop_map(|(pipelining, reset, verbs)| Manner { pipelining, reset, verbs })
}

fn sent(scope: Scope) -> impl Strategy<Value = Sent> {
    let message = prop::sample::select(vec![
        MessageKind::Text,
        MessageKind::Text,
        MessageKind::Text,
        MessageKind::Attachment,
        MessageKind::EightBit,
        MessageKind::Dots,
        MessageKind::LongLine,
        MessageKind::XHeaders,
        MessageKind::OtherFrom,
    ]);
    let by = prop_oneof![
        12 => Just(Transfer::Data),
        1 => Just(Transfer::Bdat),
        1 => Just(Transfer::BdatChunks),
        1 => Just(Transfer::BdatZeroLast),
        1 => Just(Transfer::BdatPipelined),
    ];
    (from(), to(scope), message, by).prop_map(|(from, to, message, by)| Sent {
        from,
        to,
        message,
        by,
    })
}

/// A sending that is nominal but for its sender's domain.
fn of_another(scope: Scope) -> impl Strategy<Value = Sent> {
    (0..64_usize, prop_oneof![3 => Just(To::Mailbox), 1 => to(scope)]).prop_map(|(rank, to)| Sent {
        from: Sender::Address(Local::Plain, Domain::Any(rank, false)),
        to,
        message: MessageKind::Text,
        by: Transfer::Data,
    })
}

fn from() -> impl Strategy<Value = Sender> {
    let local = prop_oneof![
        24 => Just(Local::Plain),
        1 => Just(Local::Long),
        1 => Just(Local::Quoted),
        1 => (0..64_usize).prop_map(Local::QuotedAt),
    ];
    let rank = || 0..64_usize;
    let domain = prop_oneof![
        24 => (rank(), prop::bool::weighted(0.2)).prop_map(|(rank, caps)| Domain::Own(rank, caps)),
        4 => (rank(), prop::bool::weighted(0.2)).prop_map(|(rank, caps)| Domain::Any(rank, caps)),
        1 => rank().prop_map(Domain::Below),
        1 => rank().prop_map(Domain::Above),
        1 => rank().prop_map(Domain::Longer),
        1 => rank().prop_map(Domain::Prefix),
        1 => rank().prop_map(Domain::Dot),
        1 => rank().prop_map(Domain::ULabel),
        1 => Just(Domain::Literal),
        1 => Just(Domain::Long),
    ];
    prop_oneof![
        14 => (local, domain).prop_map(|(local, domain)| Sender::Address(local, domain)),
        4 => Just(Sender::Null),
        1 => (rank(), rank()).prop_map(|(way, rank)| Sender::Malformed(way, rank)),
        1 => Just(Sender::Absent),
    ]
}

fn to(scope: Scope) -> impl Strategy<Value = To> {
    let mut all = vec![To::Mailbox; 14];
    all.push(To::Twice);
    if scope.second {
        all.extend([To::Two, To::Two]);
    }
    if scope.unknown {
        all.extend([To::Unknown, To::MailboxAndUnknown, To::UnknownAndMailbox]);
    }
    if scope.relay {
        all.extend([To::Postmaster, To::PostmasterOfDomain, To::MailboxAndPostmaster]);
        all.extend([To::Foreign, To::MailboxAndForeign, To::ForeignAndMailbox]);
    }
    prop::sample::select(all)
}
