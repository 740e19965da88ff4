//! The reverse-path of a case, and the domain that it is judged by.

use super::{
    peer::MadePeer,
    world::{IDN, Truth, domain},
};
use suite::{
    oracle::reception::facts::MailFrom,
    scenario::{ReversePath, Template},
};

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

impl Sender {
    /// The path, its form, and the domain that it is judged by, in lower case and A-labels.
    pub(super) fn made(
        &self,
        peer: &MadePeer,
        truth: &Truth,
    ) -> (ReversePath, MailFrom, Option<String>) {
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

fn address(path: String) -> ReversePath {
    ReversePath::Address(Template(path))
}
