//! A case: who connects and what it sends, and the scenario that this makes, with all that is known
//! of it by its making.

use std::{path::PathBuf, sync::Arc};

use super::{
    peer::{MadePeer, Who},
    sender::Sender,
    world::{Truth, World},
};
use suite::{
    family::Family,
    oracle::{
        ClauseId, Decision, Finding, Grade, Proof,
        reception::{
            Facts, decide,
            facts::{EhloStatus, MailFrom, PtrStatus},
        },
    },
    record::Level,
    scenario::{
        Action, Capability, Expected, ListChange, Manner, MessageKind, PeerTls, Scenario,
        ScenarioId, StatedSender, Template, Transaction, capability, facts::reception::facts,
        model::Transfer,
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

/// A transaction of a case.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// MAIL FROM.
    pub(super) from: Sender,
    /// RCPT TO.
    pub(super) to: To,
    /// The message.
    pub(super) message: MessageKind,
    /// By which command.
    pub(super) by: Transfer,
}

/// The recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// The mailbox.
    Mailbox,
    /// Two mailboxes.
    Two,
    /// The mailbox twice.
    Twice,
    /// An unknown one.
    Unknown,
    /// A mailbox and an unknown one.
    MailboxAndUnknown,
    /// The same, the unknown one first.
    UnknownAndMailbox,
    /// `postmaster`.
    Postmaster,
    /// `postmaster` of the target's domain.
    PostmasterOfDomain,
    /// A mailbox and `postmaster` of the target's domain.
    MailboxAndPostmaster,
    /// One of a third domain.
    Foreign,
    /// A mailbox and one of a third domain.
    MailboxAndForeign,
    /// The same, the other domain's first.
    ForeignAndMailbox,
}

/// A case as a scenario, and what the oracle makes of it.
#[derive(Clone, Debug)]
pub struct Made {
    /// The scenario.
    pub scenario: Scenario,
    /// The facts and the decision of each transaction.
    pub decisions: Vec<(Facts, Decision)>,
}

impl Case {
    /// The same with DATA alone, for a target that does not offer BDAT.
    #[must_use]
    pub(super) fn by_data(mut self) -> Self {
        for sent in &mut self.transactions {
            sent.by = Transfer::Data;
        }
        self
    }

    /// The scenario of this case in a world, as one of a family; seed and number say how it is called.
    #[must_use]
    pub(super) fn made(&self, family: &Family, world: &World, seed: u64, number: u32) -> Made {
        let truth = world.truth();
        let made = self.peer(world, &truth);
        let transactions: Vec<Transaction> =
            self.transactions.iter().map(|sent| sent.made(&made, &truth)).collect();
        let decisions: Vec<(Facts, Decision)> = transactions
            .iter()
            .map(|transaction| {
                let facts = facts(transaction, &made.peer).expect("a template of ours");
                (facts, decide(&facts).settled(Proof::Revocation, true))
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
        let step = step(family, leading.clause);
        let name = format!("{}/{step}/exploration-{seed}-{number}", family.folder);
        let action = Action::Transactions(transactions);
        let mut needs = capability::derived(&made.peer, &action);
        let list = ListChange::from(world.list());
        if !list.is_none() {
            needs.insert(Capability::ListRefresh);
        }
        let level = if open { Level::May } else { level(leading) };
        let consequence = action.consequence(family, &leading.clause);
        let scenario = Scenario {
            id: ScenarioId(Arc::from(name)),
            rules: family.rules,
            title: format!("Exploration, graine {seed}, cas {number}"),
            purpose: purpose(leading),
            clause: leading.clause,
            source: String::new(),
            level,
            twin: refused.then(|| family.nominal.clone()),
            interpretation: leading.interpretation.map(str::to_owned),
            needs,
            exclusive: self.ptr != PtrStatus::Valid,
            advice: None,
            consequence: consequence.filter(|_| level != Level::May),
            peer: made.peer,
            list,
            manner: self.manner,
            action,
            delivery: None,
            file: PathBuf::new(),
        };
        Made { scenario, decisions }
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
                To::Twice => to(&["{mailbox}", "{mailbox}"]),
                To::Unknown => to(&["{unknown}"]),
                To::MailboxAndUnknown => to(&["{mailbox}", "{unknown}"]),
                To::UnknownAndMailbox => to(&["{unknown}", "{mailbox}"]),
                To::Postmaster => to(&["postmaster"]),
                To::PostmasterOfDomain => to(&["Postmaster@{target.domain}"]),
                To::MailboxAndPostmaster => to(&["{mailbox}", "Postmaster@{target.domain}"]),
                To::Foreign => to(&["{foreign}"]),
                To::MailboxAndForeign => to(&["{mailbox}", "{foreign}"]),
                To::ForeignAndMailbox => to(&["{foreign}", "{mailbox}"]),
            },
            mail_parameters,
            message: if form == MailFrom::ULabel { MessageKind::Text } else { self.message },
            size: None,
            by: self.by,
            expect: Expected::Either,
            stated,
        }
    }
}

/// What the oracle expects first.
fn expected(decision: &Decision) -> Expected {
    match (decision.accept, decision.refuse) {
        (Grade::Conforming, Grade::Conforming) => Expected::Either,
        (Grade::Conforming, _) => Expected::Accepted,
        (_, Grade::Conforming) => {
            // What may be accepted with a remark alone is recommended against only where a source
            // does.
            if decision.finding() == Finding::OpenRemark {
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

/// The folder of a clause's step: the one of its number, such as `4-certificat` for `TM3.1P/4a`; else the last.
#[must_use]
pub(super) fn step(family: &Family, clause: ClauseId) -> &str {
    let sentence = clause.as_str().rsplit('/').next().unwrap_or_default();
    let number: String = sentence.chars().take_while(char::is_ascii_digit).collect();
    let own = family
        .steps
        .iter()
        .find(|step| step.folder.split('-').next().is_some_and(|first| first == number));
    own.or(family.steps.last()).map_or("", |step| &step.folder)
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
