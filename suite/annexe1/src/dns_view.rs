//! What the DNS says of the names in a form, asked once, each question within bounds.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use fixtures::dns::{Answer, ControlError, DomainName, RecordType, Reply, Role, ask};
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::Form;

/// Domains looked up at once.
const AT_ONCE: usize = 8;
/// Domains looked up in all: a form of more is not of this world.
const MOST: usize = 500;
/// Tries of a question that nobody answers.
const TRIES: usize = 2;

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolver {
    /// The resolver.
    pub server: SocketAddr,
    /// The port at which name servers are asked: 53, but in a simulated space.
    pub authority_port: u16,
    /// How long one question may take.
    pub limit: Duration,
    /// How long all of them may take.
    pub total: Duration,
}

impl Resolver {
    /// A resolver, with the name servers asked at the same port.
    #[must_use]
    pub fn new(server: SocketAddr) -> Self {
        Self {
            server,
            authority_port: server.port(),
            limit: Duration::from_secs(2),
            total: Duration::from_secs(60),
        }
    }
}

/// What was learnt, or why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learnt<T> {
    /// An answer; no record is an answer too.
    Known(T),
    /// No answer that says anything.
    Unknown(String),
}

/// The addresses of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// A and AAAA.
    pub addresses: Vec<IpAddr>,
    /// The name is an alias.
    pub alias: bool,
}

/// What a name server of the form answers for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// It says that it has authority (AA), and does not refuse.
    pub authoritative: bool,
    /// The MX hosts, sorted, in lower case, without final dot.
    pub mx: Vec<String>,
}

/// The DNS as far as a form is concerned. Names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsView {
    /// The mail servers (CNs), and the name servers.
    pub servers: BTreeMap<String, Learnt<Addresses>>,
    /// The MX hosts of each domain, as the resolver has them.
    pub mx: BTreeMap<String, Learnt<Vec<String>>>,
    /// The name servers of each domain, as the resolver has them; with a delegation only.
    pub name_servers: BTreeMap<String, Learnt<Vec<String>>>,
    /// What each name server of the form answers, by domain and name server.
    pub authorities: BTreeMap<(String, String), Learnt<Authority>>,
}

/// Asks all that [`against_dns`](super::against_dns) holds a form against.
pub async fn look_up(form: &Form, resolver: &Resolver) -> DnsView {
    let asking = Asking { resolver: *resolver, end: Instant::now() + resolver.total };
    let mut view = DnsView::default();
    let mail = form.common_names().into_iter().map(|(_, cn)| key(&cn));
    let delegation = form.dns.delegation.as_ref();
    let name_servers: Vec<String> = delegation
        .into_iter()
        .flat_map(|delegation| [key(&delegation.primary), key(&delegation.secondary)])
        .filter(|name| !name.is_empty())
        .collect();
    let all: BTreeSet<String> = mail.chain(name_servers.iter().cloned()).collect();
    for server in all {
        let found = asking.addresses(&server).await;
        view.servers.insert(server, found);
    }
    let mut domains: Vec<String> = form.domains.kept().map(|(_, domain)| key(domain)).collect();
    domains.sort();
    domains.dedup();
    let over = "trop de domaines dans le formulaire";
    for domain in domains.iter().skip(MOST) {
        view.mx.insert(domain.clone(), Learnt::Unknown(over.to_owned()));
    }
    let servers: Vec<(&String, Option<IpAddr>)> =
        name_servers.iter().map(|name| (name, first_address(view.servers.get(name)))).collect();
    let answers: Vec<_> = stream::iter(domains.iter().take(MOST))
        .map(|domain| domain_of(&asking, domain, &servers))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for (domain, mx, published, authorities) in answers {
        view.mx.insert(domain.to_owned(), mx);
        if let Some(published) = published {
            view.name_servers.insert(domain.to_owned(), published);
        }
        for (name, seen) in authorities {
            view.authorities.insert((domain.to_owned(), name), seen);
        }
    }
    view
}

type DomainAnswers<'d> =
    (&'d str, Learnt<Vec<String>>, Option<Learnt<Vec<String>>>, Vec<(String, Learnt<Authority>)>);

async fn domain_of<'d>(
    asking: &Asking,
    domain: &'d str,
    servers: &[(&String, Option<IpAddr>)],
) -> DomainAnswers<'d> {
    let mx = asking.hosts(domain, RecordType::MX).await;
    let mut authorities = Vec::new();
    let mut published = None;
    if !servers.is_empty() {
        published = Some(asking.hosts(domain, RecordType::NS).await);
    }
    for (name, address) in servers {
        if let Some(address) = address {
            authorities.push(((*name).clone(), asking.authority(*address, domain).await));
        }
    }
    (domain, mx, published, authorities)
}

fn first_address(seen: Option<&Learnt<Addresses>>) -> Option<IpAddr> {
    match seen {
        Some(Learnt::Known(found)) => found.addresses.first().copied(),
        _ => None,
    }
}

struct Asking {
    resolver: Resolver,
    end: Instant,
}

impl Asking {
    async fn addresses(&self, server: &str) -> Learnt<Addresses> {
        let mut found = Addresses::default();
        for kind in [RecordType::A, RecordType::AAAA] {
            match self.ask(self.resolver.server, Role::Resolver, server, kind).await {
                Ok(reply) => {
                    found.alias |= reply.alias;
                    match records(reply.answer) {
                        Ok(records) => found
                            .addresses
                            .extend(records.iter().filter_map(|text| text.parse::<IpAddr>().ok())),
                        Err(why) => return Learnt::Unknown(why),
                    }
                }
                Err(why) => return Learnt::Unknown(why),
            }
        }
        Learnt::Known(found)
    }

    /// The host names of a domain's MX or NS records.
    async fn hosts(&self, domain: &str, kind: RecordType) -> Learnt<Vec<String>> {
        let reply = self.ask(self.resolver.server, Role::Resolver, domain, kind).await;
        match reply.and_then(|reply| records(reply.answer)) {
            Ok(records) => Learnt::Known(hosts(&records)),
            Err(why) => Learnt::Unknown(why),
        }
    }

    async fn authority(&self, address: IpAddr, domain: &str) -> Learnt<Authority> {
        let server = SocketAddr::new(address, self.resolver.authority_port);
        match self.ask(server, Role::Authority, domain, RecordType::MX).await {
            Ok(reply) => {
                let authoritative = reply.authoritative
                    && !matches!(reply.answer, Answer::ServFail | Answer::Other(_));
                let mx = records(reply.answer).map(|records| hosts(&records)).unwrap_or_default();
                Learnt::Known(Authority { authoritative, mx })
            }
            Err(why) => Learnt::Unknown(why),
        }
    }

    async fn ask(
        &self,
        server: SocketAddr,
        role: Role,
        name: &str,
        kind: RecordType,
    ) -> Result<Reply, String> {
        for _ in 0..TRIES {
            let question = ask(server, role, name, kind, self.resolver.limit);
            match timeout_at(self.end, question).await {
                Err(_) => return Err("le temps prévu pour le DNS est écoulé".to_owned()),
                Ok(Ok(Some(reply))) => return Ok(reply),
                Ok(Ok(None)) => {}
                // A name that is none: the form's own rules say so.
                Ok(Err(ControlError::Name(_))) => return Err("ce n'est pas un nom".to_owned()),
                Ok(Err(ControlError::Io { source, .. })) => {
                    return Err(format!("{server} ne peut pas être interrogé ({source})"));
                }
            }
        }
        Err(format!("{server} n'a pas répondu"))
    }
}

fn records(answer: Answer) -> Result<Vec<String>, String> {
    match answer {
        Answer::Records(records) => Ok(records),
        Answer::NoData | Answer::NxDomain => Ok(Vec::new()),
        Answer::ServFail | Answer::Other(_) | Answer::Silence => {
            Err(format!("le serveur DNS a répondu {answer}"))
        }
    }
}

/// The last word of each record: `10 mx.a.fr.` or `ns.a.fr.`.
fn hosts(records: &[String]) -> Vec<String> {
    let mut hosts: Vec<String> =
        records.iter().map(|record| key(record.rsplit(' ').next().unwrap_or_default())).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// A name as the view has it: as the DNS compares it, or, where it is none, as it is.
pub(super) fn key(name: &str) -> String {
    match name.parse::<DomainName>() {
        Ok(name) => name.into(),
        Err(_) => name.trim().to_ascii_lowercase(),
    }
}
