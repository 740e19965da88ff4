//! Chains and what is found of them.

use std::path::PathBuf;

use fixtures::pki::{Clock, KeyPool, Options, Pki, Role, Subject, Variant};
use jiff::Timestamp;

use super::*;
use crate::scenario::facts::reception as facts;

/// What path validation cannot see as it was made, and why.
fn seen_otherwise(variant: Variant) -> Option<(CertificateStatus, &'static str)> {
    use CertificateStatus as C;
    Some(match variant {
        Variant::LookAlikeIntermediate => {
            (C::BadSignature, "the name leads to the true root, whose signature is not there")
        }
        Variant::WrongPrivateKey => (C::Valid, "the key shows in the handshake alone"),
        Variant::WithoutIntermediate => (C::UnknownIssuer, "nothing is known but what was sent"),
        Variant::ShuffledChain | Variant::DuplicatedChain | Variant::UnrelatedInChain => {
            (C::Valid, "webpki takes the chain in any order")
        }
        Variant::SelfIssuedIntermediate => {
            (C::BadSignature, "webpki takes the older key of the same name at its word")
        }
        Variant::OutsideDirectory | Variant::ExcludedDirectory => (
            C::NameConstraintViolated,
            "webpki takes any constraint on directory names as violated",
        ),
        Variant::PolicyRequired => {
            (C::UnknownCriticalExtension, "webpki does not know policy constraints")
        }
        Variant::OtherAuthorityKey | Variant::NoDigitalSignature => {
            (C::Valid, "webpki does not look at it")
        }
        Variant::ConstraintsNotCritical => {
            (C::RevocationUnknown, "webpki does not look at it, and has not that authority's CRL")
        }
        Variant::IssuerNameOtherType => (C::Valid, "the name is the same, however written"),
        Variant::ChainOf20 => (C::Valid, "webpki finds its way through what it does not need"),
        _ => return None,
    })
}

fn igc() -> (Pki, UnixTime) {
    let pool = KeyPool::open(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys"))
        .expect("a key pool");
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a timestamp");
    let options = Options { clock: Clock::Fixed(now), ..Options::new("http://127.0.0.1:40404") };
    let pki = Pki::ephemeral(&pool, &options).expect("an IGC");
    let seconds = u64::try_from(now.as_second()).expect("after 1970");
    (pki, UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
}

#[test]
fn every_variant_has_the_status_that_its_scenarios_say() {
    let (pki, at) = igc();
    let lists: Vec<_> = Role::TRUSTED
        .iter()
        .filter_map(|role| pki.crl(*role))
        .map(|list| CertificateRevocationListDer::from(list.to_vec()))
        .collect();
    let root = pki.authority(Role::Root).certificate().clone();
    let trust = Trust::new(&[root], &lists).expect("sound material");
    let subject =
        Subject::new("Paris (75)", "CLINIQUE DE TEST", "399999999900017", "mss.alpha.test");
    let mut wrong = Vec::new();
    for &variant in Variant::ALL {
        let identity = pki.issue(&subject, variant).expect("issued");
        let status = trust.status(identity.chain(), at);
        let stated = facts::status(variant).0;
        let (expected, why) = seen_otherwise(variant).unwrap_or((stated, "as its facts say"));
        if status != expected {
            wrong.push(format!("{variant:?}: {status:?}, not {expected:?} ({why})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(trust.status(&[], at), CertificateStatus::Absent);
}

/// A name written in two ways leads to the root, and hides no revocation and no missing list.
#[test]
fn a_name_written_in_two_ways_is_one() {
    let (pki, at) = igc();
    let subject =
        Subject::new("Paris (75)", "CLINIQUE DE TEST", "399999999900017", "mss.alpha.test");
    let root = pki.authority(Role::Root).certificate().clone();
    let list = |role| pki.crl(role).expect("published").to_vec().into();
    let lists = [list(Role::Root), list(Role::Organisations)];
    let trust = |lists: &[CertificateRevocationListDer<'static>]| {
        Trust::new(std::slice::from_ref(&root), lists).expect("sound material")
    };
    let chain = pki.issue(&subject, Variant::IssuerNameOtherType).expect("issued");
    let chain = chain.chain();
    assert_eq!(trust(&lists).status(chain, at), CertificateStatus::Valid);
    let missing = trust(&lists[..1]).status(chain, at);
    assert_eq!(missing, CertificateStatus::RevocationUnknown);
    let alone = trust(&lists).status(&chain[..1], at);
    assert_eq!(alone, CertificateStatus::UnknownIssuer);
    let foreign = pki.issue(&subject, Variant::ForeignCa).expect("issued");
    let foreign = trust(&lists).status(foreign.chain(), at);
    assert_eq!(foreign, CertificateStatus::UnknownIssuer);
}

#[test]
fn garbage_is_no_trust_and_no_certificate() {
    let garbage = CertificateDer::from(vec![0x30, 0x03, 1, 2, 3]);
    assert!(matches!(Trust::new(std::slice::from_ref(&garbage), &[]), Err(TrustError::Root(_))));
    let list = CertificateRevocationListDer::from(vec![0x30, 0x00]);
    assert!(matches!(Trust::new(&[], &[list]), Err(TrustError::List(_))));
    let nobody = Trust::new(&[], &[]).expect("nothing to misread");
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
    assert_eq!(nobody.status(&[garbage], now), CertificateStatus::Malformed);
}
