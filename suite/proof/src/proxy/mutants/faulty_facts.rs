//! The facts as faulty proxies see them.

use fixtures::{dn::DistinguishedName, whitelist::Entry};

use crate::proxy::Scene;
use suite::oracle::{
    Decision,
    address::Path,
    reception::{
        Facts, decide,
        facts::{CertificateStatus, Channel, DnStatus, DomainStatus},
    },
};

/// The certificate taken for a valid one where `overlooked` says so of its status.
pub(super) fn overlooking(
    scene: &Scene<'_>,
    overlooked: impl FnOnce(CertificateStatus) -> bool,
) -> Facts {
    let facts = scene.facts();
    if overlooked(facts.certificate) {
        Facts { certificate: CertificateStatus::Valid, ..facts }
    } else {
        facts
    }
}

/// The peer believed to be whoever its envelope says; what counts is that the domain is listed.
pub(super) fn believing(scene: &Scene<'_>) -> Facts {
    let domain = match sender_domain(scene) {
        Some(domain) if scene.trusted.index.dns_of(&domain).next().is_none() => {
            DomainStatus::Unlisted
        }
        _ => DomainStatus::Mapped,
    };
    Facts {
        channel: Channel::Tls13,
        certificate: CertificateStatus::Valid,
        dn: DnStatus::Listed,
        domain,
        ..scene.facts()
    }
}

/// The decision when the peer is believed where `believed` says so, and judged where not.
pub(super) fn believing_if(scene: &Scene<'_>, believed: bool) -> Decision {
    decide(&if believed { believing(scene) } else { scene.facts() })
}

/// Whether there is no certificate that could be read.
pub(super) fn nothing_to_read(status: CertificateStatus) -> bool {
    matches!(status, CertificateStatus::Absent | CertificateStatus::Malformed)
}

/// The DN and the domain looked up by a `rule` of one's own: whether the peer's name is the one that
/// this entry of the whitelist writes.
pub(super) fn matching(
    scene: &Scene<'_>,
    rule: impl Fn(&DistinguishedName, &str) -> bool,
) -> Facts {
    let Some(name) = &scene.peer.name else { return scene.facts() };
    let same = |text: &str| rule(name, text);
    let entries = &scene.trusted.list.entries;
    let dn = match entries.iter().any(|entry| same(&entry.operator_dn)) {
        true => DnStatus::Listed,
        false => DnStatus::Unlisted,
    };
    let Some(domain) = sender_domain(scene) else { return Facts { dn, ..scene.facts() } };
    let mapped: Vec<&Entry> = entries.iter().filter(|entry| entry.domain == domain).collect();
    let domain = match mapped.iter().any(|entry| same(&entry.operator_dn)) {
        true => DomainStatus::Mapped,
        false if mapped.is_empty() => DomainStatus::Unlisted,
        false => DomainStatus::MappedToOthers,
    };
    Facts { dn, domain, ..scene.facts() }
}

/// The same rule on two names, the second one the whitelist's.
pub(super) fn matching_names(
    scene: &Scene<'_>,
    rule: impl Fn(&DistinguishedName, &DistinguishedName) -> bool,
) -> Facts {
    matching(scene, |name, text| text.parse().is_ok_and(|listed| rule(name, &listed)))
}

/// The domain of the reverse-path as the whitelist writes it (RFC 5890 §2.3.2.1).
pub(super) fn sender_domain(scene: &Scene<'_>) -> Option<String> {
    let mailbox = scene.sender.and_then(Path::mailbox)?;
    Some(idna::domain_to_ascii(&mailbox.domain).unwrap_or_else(|_| mailbox.domain.clone()))
}
