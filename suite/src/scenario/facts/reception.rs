//! From a scenario to the facts of the reception: the second statement of what is expected, made without a
//! look at the first.

use fixtures::{
    pki::Variant,
    smtp::probe::Probe,
    space::cast::{self, OPERATORS, Operator, TARGET},
};

use super::{
    super::{
        model::{MessageKind, Peer, PeerTls, Presented, ReversePath, Template, Transaction},
        template::{TemplateError, Variables, render},
    },
    Oracle,
};
use crate::oracle::{
    ClauseId, Decided,
    reception::{
        decide,
        facts::{
            CertificateStatus, Channel, Content, DnStatus, DomainStatus, Facts, MailFrom, Profile,
            Recipients,
        },
        interpretation,
    },
};

/// The oracle of the reception.
pub(super) const ORACLE: Oracle = Oracle {
    transaction: |scenario, transaction, profile| {
        Ok(told(Facts { profile, ..facts(transaction, &scenario.peer)? }))
    },
    probe: |hello, profile| {
        told(Facts { profile, channel: channel_of_probe(hello), ..Facts::default() })
    },
    clauses: &ClauseId::RECEPTION,
    interpretations: &interpretation::ALL,
};

fn told(facts: Facts) -> Decided {
    Decided { facts: facts.rows(), bearing: facts.bearing(), decision: decide(&facts) }
}

/// The facts of one transaction played by `peer`, by the cast's whitelist and for the default
/// profile.
///
/// The channel is the best that the peer offers: a judge who saw otherwise says so (the version agreed).
///
/// # Errors
/// A template that is wrong, which a loaded scenario has not.
pub fn facts(transaction: &Transaction, peer: &Peer) -> Result<Facts, TemplateError> {
    let operator = cast::operator(&peer.operator).unwrap_or(&OPERATORS[0]);
    let variables = sample(operator);
    let (certificate, dn) = match peer.certificate {
        Presented::None => (CertificateStatus::Absent, DnStatus::Listed),
        Presented::Certificate(variant) => status(variant),
    };
    let certificate = if peer.revoked { CertificateStatus::Revoked } else { certificate };
    let stated = transaction.stated;
    let dn = stated.listed.or(peer.listed).unwrap_or(if operator.listed {
        dn
    } else {
        DnStatus::Unlisted
    });
    let (mail_from, domain) = match &transaction.from {
        ReversePath::Absent => (MailFrom::Absent, DomainStatus::Mapped),
        ReversePath::Null => (MailFrom::Null, DomainStatus::Mapped),
        ReversePath::Address(address) => sender(&text(address, &variables)?, operator, dn),
    };
    let mail_from = stated.form.unwrap_or(mail_from);
    let domain = stated.domain.unwrap_or(domain);
    Ok(Facts {
        profile: Profile::Default,
        ptr: peer.ptr,
        ehlo: peer.ehlo,
        channel: match peer.tls {
            PeerTls::None => Channel::Clear,
            PeerTls::Tls12 => Channel::Tls12,
            PeerTls::Any | PeerTls::Tls13 => Channel::Tls13,
        },
        certificate,
        dn,
        mail_from,
        domain,
        recipients: recipients(&transaction.to, &variables)?,
        content: content(transaction),
    })
}

/// What a variant is by its making: its status, and its DN against the whitelist when the operator's
/// DN is listed.
#[must_use]
pub fn status(variant: Variant) -> (CertificateStatus, DnStatus) {
    use CertificateStatus as C;
    use DnStatus as D;
    match variant {
        Variant::Valid => (C::Valid, D::Listed),
        Variant::ValidServerAuthOnly => (C::ValidServerAuthOnly, D::Listed),
        Variant::Expired => (C::Expired, D::Listed),
        Variant::NotYetValid => (C::NotYetValid, D::Listed),
        Variant::SelfSigned | Variant::ForeignCa | Variant::LookAlikeIntermediate => {
            (C::UnknownIssuer, D::Listed)
        }
        Variant::IssuedByLeaf => (C::IssuerNotCa, D::Listed),
        Variant::PathLengthBroken => (C::PathLengthExceeded, D::Listed),
        Variant::IssuerWithoutCertSign | Variant::IssuerCaFalse | Variant::IssuerVersion1 => {
            (C::IssuerNotCa, D::Listed)
        }
        Variant::IssuerExpired => (C::Expired, D::Listed),
        Variant::IssuerUnknownCritical => (C::UnknownCriticalExtension, D::Listed),
        Variant::OutsideNameConstraints | Variant::ExcludedName => {
            (C::NameConstraintViolated, D::Listed)
        }
        Variant::OutsideDirectory | Variant::ExcludedDirectory => {
            (C::DirectoryConstraintViolated, D::Listed)
        }
        Variant::IssuerNotYetValid => (C::NotYetValid, D::Listed),
        Variant::IssuerOtherName => (C::UnknownIssuer, D::Listed),
        Variant::SelfIssuedIntermediate
        | Variant::OtherAuthorityKey
        | Variant::PolicyRequired
        | Variant::ConstraintsNotCritical
        | Variant::NoDigitalSignature
        | Variant::IssuerNameOtherType => (C::OpenPath, D::Listed),
        Variant::WrongEkuEmail
        | Variant::WrongEkuCodeSigning
        | Variant::OrgAuthCli
        | Variant::ServerSmime
        | Variant::OrgSign => (C::OtherUsage, D::Listed),
        Variant::CaTrueLeaf => (C::CaLeaf, D::Listed),
        Variant::UnknownCriticalExtension => (C::UnknownCriticalExtension, D::Listed),
        Variant::BadSignature => (C::BadSignature, D::Listed),
        Variant::Sha1Signature => (C::WeakSignature, D::Listed),
        Variant::Rsa1024 => (C::WeakKey, D::Listed),
        Variant::WrongPrivateKey => (C::KeyMismatch, D::Listed),
        Variant::WithoutIntermediate => (C::IncompleteChain, D::Listed),
        Variant::ShuffledChain | Variant::DuplicatedChain | Variant::UnrelatedInChain => {
            (C::ShuffledChain, D::Listed)
        }
        Variant::ChainOf20 => (C::LongChain, D::Listed),
        Variant::RevokedLeaf | Variant::RevokedIntermediate => (C::Revoked, D::Listed),
        Variant::CrlExpired | Variant::CrlAbsent => (C::RevocationUnknown, D::Listed),
        Variant::NulInCn | Variant::OuSmuggledInCn | Variant::ExtraRdn | Variant::MissingRdn => {
            (C::Valid, D::Unlisted)
        }
        Variant::ShuffledRdns | Variant::MultiValuedRdn => (C::Valid, D::Reordered),
        Variant::PrintableString
        | Variant::Utf8String
        | Variant::CaseVariant
        | Variant::SpaceVariant
        | Variant::NbspVariant => (C::Valid, D::Equivalent),
        Variant::Malformed => (C::Malformed, D::Listed),
    }
}

/// The channel that a probe asks for.
fn channel_of_probe(hello: Probe) -> Channel {
    match hello {
        Probe::Ssl30 | Probe::Tls10 | Probe::Tls11 => Channel::ObsoleteTls,
        Probe::NullSuites | Probe::ExportSuites | Probe::Rc4Suites | Probe::AnonymousSuites => {
            Channel::WeakSuite
        }
        Probe::TripleDesSuites => Channel::TripleDes,
        Probe::Tls12 => Channel::Tls12,
        Probe::EcdheSuites => Channel::RecommendedSuite,
    }
}

/// Values that stand for a target's: facts tell kinds of addresses apart, not addresses.
fn sample(operator: &Operator) -> Variables {
    let mut variables = Variables::of(operator);
    let domain = TARGET.domain();
    for (name, value) in [
        ("mailbox", format!("boite@{domain}")),
        ("mailbox.local", "boite".to_owned()),
        ("mailbox2", format!("boite2@{domain}")),
        ("unknown", format!("{UNKNOWN}@{domain}")),
        ("target.domain", domain.to_owned()),
        ("target.host", TARGET.host.to_owned()),
        ("foreign", format!("boite@{FOREIGN}")),
        ("foreign.local", "boite".to_owned()),
        ("foreign.domain", FOREIGN.to_owned()),
        ("token", "jeton".to_owned()),
        ("token2", "jeton2".to_owned()),
    ] {
        variables.set(name, value);
    }
    variables
}

const UNKNOWN: &str = "inconnue";
const FOREIGN: &str = "tiers.mssante.test";

fn text(template: &Template, variables: &Variables) -> Result<String, TemplateError> {
    render(template, variables).map(|octets| String::from_utf8_lossy(&octets).into_owned())
}

fn sender(address: &str, operator: &Operator, dn: DnStatus) -> (MailFrom, DomainStatus) {
    let Some((local, written)) = address.rsplit_once('@') else {
        return (MailFrom::Malformed, DomainStatus::Unlisted);
    };
    let domain = written.strip_suffix('.').unwrap_or(written);
    let form = if domain.len() < written.len() {
        MailFrom::TrailingDot
    } else if local.starts_with('"') && local.contains('@') {
        MailFrom::QuotedAt
    } else if !domain.is_ascii() {
        MailFrom::ULabel
    } else {
        MailFrom::Mailbox
    };
    let domain = ascii(domain);
    let holds =
        |operator: &Operator| operator.listed && operator.domains.contains(&domain.as_str());
    let status = if dn.may_be_listed() && holds(operator) {
        DomainStatus::Mapped
    } else if OPERATORS.iter().any(holds) {
        DomainStatus::MappedToOthers
    } else {
        DomainStatus::Unlisted
    };
    (form, status)
}

fn recipients(to: &[Template], variables: &Variables) -> Result<Recipients, TemplateError> {
    let mut kind = if to.len() > 1 { Recipients::Several } else { Recipients::Known };
    for recipient in to {
        let address = text(recipient, variables)?.to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@').unwrap_or((&address, TARGET.domain()));
        if domain != TARGET.domain() || address.contains(FOREIGN) {
            return Ok(Recipients::Foreign);
        }
        match local {
            UNKNOWN => kind = Recipients::Unknown,
            "postmaster" => kind = Recipients::Postmaster,
            _ => {}
        }
    }
    Ok(kind)
}

/// 64K octets are within what every server takes (RFC 5321 §4.5.3.1.7).
fn content(transaction: &Transaction) -> Content {
    const LEAST: u32 = 64 * 1024;
    let long = transaction.size.is_some_and(|size| size > LEAST);
    match transaction.message {
        MessageKind::ManyFields | MessageKind::LongField => Content::BeyondMinimum,
        _ if long => Content::BeyondMinimum,
        _ => Content::Ordinary,
    }
}

/// A domain in lower case and in A-labels (RFC 5890 §2.3.2.1).
fn ascii(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn of(from: &str, operator: &str) -> (MailFrom, DomainStatus) {
        sender(from, cast::operator(operator).expect("in the cast"), DnStatus::Listed)
    }

    #[rstest]
    #[case::own("a@alpha.mssante.test", MailFrom::Mailbox, DomainStatus::Mapped)]
    #[case::case("a@ALPHA.mssante.TEST", MailFrom::Mailbox, DomainStatus::Mapped)]
    #[case::second("a@alpha-bis.mssante.test", MailFrom::Mailbox, DomainStatus::Mapped)]
    #[case::other("a@beta.mssante.test", MailFrom::Mailbox, DomainStatus::MappedToOthers)]
    #[case::unlisted("a@inconnu.mssante.test", MailFrom::Mailbox, DomainStatus::Unlisted)]
    #[case::dot("a@alpha.mssante.test.", MailFrom::TrailingDot, DomainStatus::Mapped)]
    #[case::quoted(
        "\"x@beta.mssante.test\"@alpha.mssante.test",
        MailFrom::QuotedAt,
        DomainStatus::Mapped
    )]
    #[case::u_label("a@hôpital-alpha.mssante.test", MailFrom::ULabel, DomainStatus::Mapped)]
    #[case::no_domain("a", MailFrom::Malformed, DomainStatus::Unlisted)]
    fn a_sender_of_alpha(#[case] from: &str, #[case] form: MailFrom, #[case] domain: DomainStatus) {
        assert_eq!(of(from, "alpha"), (form, domain));
    }

    #[test]
    fn each_dn_of_a_shared_domain_is_mapped_to_it() {
        for operator in ["gamma-1", "gamma-2", "gamma-3"] {
            assert_eq!(of("a@gamma.mssante.test", operator).1, DomainStatus::Mapped);
        }
        assert_eq!(of("a@gamma.mssante.test", "delta").1, DomainStatus::MappedToOthers);
    }

    #[rstest]
    #[case::one(&["{mailbox}"], Recipients::Known)]
    #[case::two(&["{mailbox}", "{mailbox2}"], Recipients::Several)]
    #[case::unknown(&["{unknown}"], Recipients::Unknown)]
    #[case::postmaster(&["Postmaster"], Recipients::Postmaster)]
    #[case::percent(&["{foreign.local}%{foreign.domain}@{target.domain}"], Recipients::Foreign)]
    #[case::route(&["@{target.domain}:{foreign}"], Recipients::Foreign)]
    #[case::bang(&["{foreign.domain}!{foreign.local}"], Recipients::Foreign)]
    #[case::literal(&["x@[127.0.10.8]"], Recipients::Foreign)]
    fn kinds_of_recipients(#[case] to: &[&str], #[case] kind: Recipients) {
        let to: Vec<_> = to.iter().map(|to| Template((*to).to_owned())).collect();
        assert_eq!(recipients(&to, &sample(&OPERATORS[0])), Ok(kind));
    }
}
