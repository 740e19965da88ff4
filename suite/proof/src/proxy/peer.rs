//! The facts about a peer and its envelope, looked up.

use std::net::SocketAddr;

use fixtures::{
    dn::{CanonicalDn, DistinguishedName},
    dns::Answer,
    whitelist::DnListing,
};
use rustls::{
    ProtocolVersion,
    pki_types::{CertificateDer, UnixTime},
};
use x509_parser::parse_x509_certificate;

use super::load::Trusted;
use suite::oracle::reception::facts::{CertificateStatus, Channel, DnStatus, DomainStatus};

/// A peer once its certificate is known.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The client's address.
    pub address: Option<SocketAddr>,
    /// Its reverse name, where that was asked for.
    pub reverse: Option<Answer>,
    /// The channel.
    pub channel: Channel,
    /// The certificates as it sent them, its own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// What path validation says.
    pub certificate: CertificateStatus,
    /// The subject, when there is a certificate and it can be read.
    pub name: Option<DistinguishedName>,
    /// The subject against the whitelist.
    pub dn: DnStatus,
    canonical: Option<CanonicalDn>,
}

impl Peer {
    /// A peer in clear.
    pub(super) fn in_clear(address: Option<SocketAddr>, reverse: Option<Answer>) -> Self {
        Self {
            address,
            reverse,
            chain: Vec::new(),
            channel: Channel::Clear,
            certificate: CertificateStatus::Absent,
            name: None,
            dn: DnStatus::Unlisted,
            canonical: None,
        }
    }

    /// The same peer inside TLS, by the chain it sent.
    pub(super) fn inside_tls(
        self,
        version: Option<ProtocolVersion>,
        chain: &[CertificateDer<'static>],
        trusted: &Trusted,
        now: UnixTime,
    ) -> Self {
        let channel = match version {
            Some(ProtocolVersion::TLSv1_2) => Channel::Tls12,
            _ => Channel::Tls13,
        };
        let full = trusted.completed(chain);
        let name = chain.first().and_then(subject);
        let dn = match name.as_ref().map(|name| trusted.index.dn_status(name)) {
            Some(DnListing::Identical) => DnStatus::Listed,
            Some(DnListing::Equivalent) => DnStatus::Equivalent,
            Some(DnListing::Reordered) => DnStatus::Reordered,
            Some(DnListing::Unlisted) | None => DnStatus::Unlisted,
        };
        let canonical = name.as_ref().map(|name| match dn {
            // A name in another order stands in the list under its listed order.
            DnStatus::Reordered => name.canonical_unordered(),
            _ => name.canonical(),
        });
        let certificate = trusted.trust.status(&full, now);
        Self { channel, chain: chain.to_vec(), certificate, name, dn, canonical, ..self }
    }

    /// What the whitelist says of a sender's domain under this peer's DN.
    #[must_use]
    pub fn domain(&self, domain: &str, trusted: &Trusted) -> DomainStatus {
        let Some(canonical) = &self.canonical else { return DomainStatus::Unlisted };
        // The list holds A-labels (RFC 5890 §2.3.2.1).
        let Ok(domain) = idna::domain_to_ascii(domain) else {
            return DomainStatus::Unlisted;
        };
        let lookup = trusted.index.lookup(&domain, canonical);
        let reordered = || {
            self.dn == DnStatus::Reordered
                && trusted
                    .index
                    .dns_of(&domain)
                    .any(|name| name.canonical_unordered() == *canonical)
        };
        if lookup.mapped || reordered() {
            DomainStatus::Mapped
        } else if lookup.domain_listed {
            DomainStatus::MappedToOthers
        } else {
            DomainStatus::Unlisted
        }
    }
}

fn subject(leaf: &CertificateDer<'static>) -> Option<DistinguishedName> {
    let (_, certificate) = parse_x509_certificate(leaf).ok()?;
    DistinguishedName::from_x509(certificate.subject()).ok()
}
