//! The facts about a peer and its envelope, looked up.

use fixtures::{
    dn::{CanonicalDn, DistinguishedName},
    whitelist::DnListing,
};
use rustls::{
    ProtocolVersion,
    pki_types::{CertificateDer, UnixTime},
};
use x509_parser::parse_x509_certificate;

use super::{load::Trusted, server::Mailboxes};
use crate::oracle::{
    Facts,
    address::{Mailbox, Path},
    facts::{CertificateStatus, Channel, DnStatus, DomainStatus, MailFrom, Recipients},
};

/// A peer once its certificate is known.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    channel: Channel,
    certificate: CertificateStatus,
    dn: DnStatus,
    canonical: Option<CanonicalDn>,
}

impl Peer {
    /// A peer in clear.
    pub(super) fn in_clear() -> Self {
        Self {
            channel: Channel::Clear,
            certificate: CertificateStatus::Absent,
            dn: DnStatus::Unlisted,
            canonical: None,
        }
    }

    /// A peer inside TLS, by the chain it sent.
    pub(super) fn inside_tls(
        version: Option<ProtocolVersion>,
        chain: &[CertificateDer<'static>],
        trusted: &Trusted,
        now: UnixTime,
    ) -> Self {
        let channel = match version {
            Some(ProtocolVersion::TLSv1_2) => Channel::Tls12,
            _ => Channel::Tls13,
        };
        let full: Vec<CertificateDer<'_>> = match chain {
            [] => Vec::new(),
            sent => sent.iter().chain(&trusted.intermediates).cloned().collect(),
        };
        let name = chain.first().and_then(subject);
        let dn = match name.as_ref().map(|name| trusted.index.dn_status(name)) {
            Some(DnListing::Identical) => DnStatus::Listed,
            Some(DnListing::Equivalent) => DnStatus::Equivalent,
            Some(DnListing::Reordered) => DnStatus::Reordered,
            Some(DnListing::Unlisted) | None => DnStatus::Unlisted,
        };
        Self {
            channel,
            certificate: trusted.trust.status(&full, now),
            dn,
            canonical: name.map(|name| match dn {
                // A name in another order stands in the list under its listed order.
                DnStatus::Reordered => name.canonical_unordered(),
                _ => name.canonical(),
            }),
        }
    }

    /// The facts of a transaction, as far as it has come.
    pub(super) fn facts(
        &self,
        sender: Option<&Path>,
        recipient: Option<&Path>,
        trusted: &Trusted,
        mailboxes: &Mailboxes,
    ) -> Facts {
        let mail_from = sender.map_or(MailFrom::Absent, Path::mail_from);
        let domain = match sender.and_then(Path::mailbox) {
            Some(mailbox) => self.domain(mailbox, trusted),
            None => DomainStatus::Mapped,
        };
        Facts {
            channel: self.channel,
            certificate: self.certificate,
            dn: self.dn,
            mail_from,
            domain,
            recipients: recipient.map_or(Recipients::Known, |path| mailboxes.status(path)),
            ..Facts::default()
        }
    }

    fn domain(&self, mailbox: &Mailbox, trusted: &Trusted) -> DomainStatus {
        let Some(canonical) = &self.canonical else { return DomainStatus::Unlisted };
        // The list holds A-labels (RFC 5890 §2.3.2.1).
        let Ok(domain) = idna::domain_to_ascii(&mailbox.domain) else {
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
