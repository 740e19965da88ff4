//! Simpler cases: one thing of a case made nominal, or as plain a fault of the same kind as there is,
//! so that what comes from one cause ends as one case.

use fixtures::pki::Variant;

use super::{
    case::{Case, Sent, To},
    peer::Who,
    sender::{Domain, Local, Sender},
    word::Look,
};
use suite::{
    oracle::reception::{
        Facts,
        facts::{EhloStatus, PtrStatus},
    },
    scenario::{Manner, MessageKind, PeerTls, Verbs, model::Transfer},
};

/// The operator of the nominal peer, by its rank in the cast, and the one that nobody listed.
const NOMINAL: usize = 0;
const UNLISTED: usize = 6;

/// Ranks of other domains that are tried in the place of an odd one.
const DOMAINS: usize = 4;

impl Case {
    /// The simpler cases, the simplest first. `at` is the transaction that counts. Each is smaller by
    /// a measure that has an end.
    pub(super) fn simpler(&self, at: usize) -> Vec<Self> {
        let mut all = Vec::new();
        let sendings = self.transactions.len();
        if sendings > 1 {
            all.push(Self { transactions: vec![self.transactions[at].clone()], ..self.clone() });
            // The one that counts stays.
            for t in (0..sendings).rev().filter(|t| *t != at) {
                let mut one = self.clone();
                one.transactions.remove(t);
                all.push(one);
            }
        }
        all.extend(manners(self.manner).into_iter().map(|manner| Self { manner, ..self.clone() }));
        if self.tls != PeerTls::Any {
            all.push(Self { tls: PeerTls::Any, ..self.clone() });
        }
        if self.ehlo != EhloStatus::MatchesCertificate {
            all.push(Self { ehlo: EhloStatus::MatchesCertificate, ..self.clone() });
        }
        if self.ptr != PtrStatus::Valid {
            all.push(Self { ptr: PtrStatus::Valid, ..self.clone() });
        }
        all.extend(peers(&self.who).into_iter().map(|who| Self { who, ..self.clone() }));
        all.extend(self.of_another(at));
        for (t, sent) in self.transactions.iter().enumerate() {
            all.extend(sent.simpler().into_iter().map(|sent| {
                let mut one = self.clone();
                one.transactions[t] = sent;
                one
            }));
        }
        all
    }

    /// The nominal peer with another's domain: what an odd name makes of its own one may be no more.
    fn of_another(&self, at: usize) -> Vec<Self> {
        if rank(&self.who) == 0 {
            return Vec::new();
        }
        (0..DOMAINS)
            .map(|rank| {
                let who = Who::Cast(NOMINAL, Some(Variant::Valid));
                let mut one = Self { who, ..self.clone() };
                let from = Sender::Address(Local::Plain, Domain::Any(rank, false));
                one.transactions[at].from = from;
                one
            })
            .collect()
    }
}

impl Sent {
    fn simpler(&self) -> Vec<Self> {
        let froms = senders(&self.from).into_iter().map(|from| Self { from, ..self.clone() });
        let tos = recipients(self.to).iter().map(|to| Self { to: *to, ..self.clone() });
        let text = (self.message != MessageKind::Text)
            .then(|| Self { message: MessageKind::Text, ..self.clone() });
        let bys = transfers(self.by).iter().map(|by| Self { by: *by, ..self.clone() });
        froms.chain(tos).chain(text).chain(bys).collect()
    }
}

/// Whether all that is not nominal in `one` was not in `other` either: a simpler case has no fault that
/// the first had not.
pub(super) fn within(one: &Facts, other: &Facts) -> bool {
    let plain = Facts { profile: one.profile, ..Facts::default() };
    let pairs = [
        (one.ptr == plain.ptr, other.ptr == plain.ptr),
        (one.ehlo == plain.ehlo, other.ehlo == plain.ehlo),
        (one.channel == plain.channel, other.channel == plain.channel),
        (one.certificate == plain.certificate, other.certificate == plain.certificate),
        (one.dn == plain.dn, other.dn == plain.dn),
        (one.mail_from == plain.mail_from, other.mail_from == plain.mail_from),
        (one.domain == plain.domain, other.domain == plain.domain),
        (one.recipients == plain.recipients, other.recipients == plain.recipients),
    ];
    pairs.into_iter().all(|(one, other)| one || !other)
}

/// How far a peer is from the nominal one.
pub(super) fn rank(who: &Who) -> u8 {
    match who {
        Who::Cast(NOMINAL, Some(Variant::Valid)) => 0,
        Who::Cast(UNLISTED, Some(Variant::Valid)) => 1,
        Who::Cast(NOMINAL, Some(Variant::SelfSigned)) => 2,
        Who::Cast(NOMINAL, Some(Variant::CaseVariant)) => 3,
        Who::Cast(NOMINAL, _) => 4,
        Who::Cast(..) => 5,
        Who::Named { .. } => 6,
    }
}

/// Whether values are written plainly.
pub(super) fn is_plain(looks: &[Look]) -> bool {
    looks.iter().all(|look| *look == Look::default())
}

fn peers(who: &Who) -> Vec<Who> {
    let nominal = Who::Cast(NOMINAL, Some(Variant::Valid));
    let mut all = vec![nominal];
    match who {
        // Who shows no certificate is another matter than who shows a wrong one.
        Who::Cast(_, None) => all.push(Who::Cast(NOMINAL, None)),
        Who::Cast(_, Some(variant)) => {
            all.push(Who::Cast(UNLISTED, Some(Variant::Valid)));
            all.push(Who::Cast(NOMINAL, Some(Variant::SelfSigned)));
            all.push(Who::Cast(NOMINAL, Some(Variant::CaseVariant)));
            all.push(Who::Cast(NOMINAL, Some(*variant)));
        }
        Who::Named { .. } => {
            all.push(Who::Cast(UNLISTED, Some(Variant::Valid)));
            all.push(Who::Cast(NOMINAL, Some(Variant::CaseVariant)));
        }
    }
    let far = rank(who);
    all.retain(|one| rank(one) < far);
    if let Who::Named { name, change, looks, variant } = who {
        let named = |name, change, looks, variant| Who::Named { name, change, looks, variant };
        if *variant != Variant::Valid {
            all.push(Who::Cast(NOMINAL, Some(*variant)));
            all.push(named(*name, change.clone(), looks.clone(), Variant::Valid));
        }
        if change.is_some() {
            all.push(named(*name, None, looks.clone(), *variant));
        }
        if !looks.is_empty() {
            all.push(named(*name, change.clone(), Vec::new(), *variant));
        }
        for at in (0..looks.len()).filter(|at| looks[*at] != Look::default()) {
            let mut fewer = looks.clone();
            fewer[at] = Look::default();
            all.push(named(*name, change.clone(), fewer, *variant));
        }
        if *name > 0 {
            all.push(named(0, change.clone(), looks.clone(), *variant));
        }
    }
    all
}

fn manners(manner: Manner) -> Vec<Manner> {
    let mut all = Vec::new();
    if manner.pipelining {
        all.push(Manner { pipelining: false, ..manner });
    }
    if manner.reset {
        all.push(Manner { reset: false, ..manner });
    }
    if manner.verbs != Verbs::Upper {
        all.push(Manner { verbs: Verbs::Upper, ..manner });
    }
    all
}

fn senders(from: &Sender) -> Vec<Sender> {
    let plain = || Sender::Address(Local::Plain, Domain::Own(0, false));
    let Sender::Address(local, domain) = from else { return vec![plain()] };
    let mut all = Vec::new();
    let is_plain = matches!(local, Local::Plain);
    let is_own = matches!(domain, Domain::Own(0, false));
    if !(is_plain && is_own) {
        all.push(plain());
    }
    if !is_plain {
        all.push(Sender::Address(Local::Plain, *domain));
    }
    if !is_own {
        all.push(Sender::Address(*local, Domain::Own(0, false)));
    }
    let others = |most: usize| (0..most).map(|rank| Domain::Any(rank, false));
    let domains: Vec<Domain> = match *domain {
        Domain::Own(0, _) => Vec::new(),
        Domain::Own(_, true) => vec![Domain::Own(0, true)],
        Domain::Own(..) => Vec::new(),
        Domain::Any(rank, false) => others(rank.min(DOMAINS)).collect(),
        Domain::Any(rank, true) => others(DOMAINS).chain([Domain::Any(rank, false)]).collect(),
        // What is of the list only to who reads it badly, where a plain one will do, it is no matter.
        _ => others(DOMAINS).collect(),
    };
    all.extend(domains.into_iter().map(|domain| Sender::Address(*local, domain)));
    all
}

fn transfers(by: Transfer) -> &'static [Transfer] {
    match by {
        Transfer::Data => &[],
        Transfer::Bdat => &[Transfer::Data],
        Transfer::BdatChunks => &[Transfer::Data, Transfer::Bdat],
        Transfer::BdatZeroLast | Transfer::BdatPipelined => {
            &[Transfer::Data, Transfer::Bdat, Transfer::BdatChunks]
        }
    }
}

fn recipients(to: To) -> &'static [To] {
    match to {
        To::Mailbox => &[],
        To::Two | To::Twice | To::Unknown | To::Postmaster | To::Foreign => &[To::Mailbox],
        To::MailboxAndUnknown | To::UnknownAndMailbox => &[To::Mailbox, To::Unknown],
        To::PostmasterOfDomain | To::MailboxAndPostmaster => &[To::Mailbox, To::Postmaster],
        To::MailboxAndForeign | To::ForeignAndMailbox => &[To::Mailbox, To::Foreign],
    }
}

#[cfg(test)]
mod tests {
    use fixtures::space::cast::OPERATORS;

    use super::*;

    #[test]
    fn the_ranks_are_those_of_the_cast() {
        assert_eq!(OPERATORS[NOMINAL].name, "alpha");
        assert!(OPERATORS[NOMINAL].listed && !OPERATORS[UNLISTED].listed);
    }

    /// Whatever is chosen at each step, it ends with the nominal case.
    #[test]
    fn simpler_cases_end_with_the_nominal_one() {
        let sent = |domain, to| Sent {
            from: Sender::Address(Local::QuotedAt(3), domain),
            to,
            message: MessageKind::Dots,
            by: Transfer::BdatPipelined,
        };
        let start = Case {
            who: Who::Named {
                name: 3,
                change: Some(super::super::name::Change::Drop(1)),
                looks: vec![Look { padded: true, ..Look::default() }; 3],
                variant: Variant::Expired,
            },
            ehlo: EhloStatus::OtherName,
            ptr: PtrStatus::Wrong,
            tls: PeerTls::Tls12,
            manner: Manner { pipelining: true, reset: true, verbs: Verbs::Mixed },
            transactions: vec![
                sent(Domain::Below(7), To::MailboxAndForeign),
                sent(Domain::Any(9, true), To::UnknownAndMailbox),
            ],
        };
        for pick in [|_: usize| 0, |all: usize| all - 1, |all: usize| all / 2] {
            let mut case = start.clone();
            let mut steps = 0;
            loop {
                let at = case.transactions.len() - 1;
                let simpler = case.simpler(at);
                let Some(next) = simpler.len().checked_sub(1).map(|_| pick(simpler.len())) else {
                    break;
                };
                case = simpler[next].clone();
                steps += 1;
                assert!(steps < 200, "{case:?}");
            }
            assert_eq!((rank(&case.who), case.transactions.len()), (0, 1));
            assert_eq!(case.transactions[0].to, To::Mailbox);
        }
    }
}
