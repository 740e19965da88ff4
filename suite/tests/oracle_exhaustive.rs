//! Every combination of facts, held against what must be true of all of them.

use std::collections::BTreeMap;

use suite::oracle::{
    ClauseId, Decision, Finding, Grade, Proof,
    reception::{
        Facts, decide,
        facts::{CertificateStatus, Channel, DnStatus, DomainStatus, MailFrom, Profile, PtrStatus},
        interpretation,
    },
};

/// Every combination but the PTR, which is added where it is tested.
fn each(mut check: impl FnMut(Facts)) -> usize {
    let mut count = 0;
    for facts in Facts::product().filter(|facts| facts.ptr == PtrStatus::default()) {
        count += 1;
        check(facts);
    }
    count
}

/// Certificate statuses for which no reading permits an acceptance.
const BROKEN: [CertificateStatus; 12] = [
    CertificateStatus::Absent,
    CertificateStatus::Expired,
    CertificateStatus::NotYetValid,
    CertificateStatus::UnknownIssuer,
    CertificateStatus::BadSignature,
    CertificateStatus::KeyMismatch,
    CertificateStatus::IssuerNotCa,
    CertificateStatus::PathLengthExceeded,
    CertificateStatus::NameConstraintViolated,
    CertificateStatus::UnknownCriticalExtension,
    CertificateStatus::Revoked,
    CertificateStatus::Malformed,
];

#[test]
fn no_combination_breaks_an_invariant() {
    let count = each(|facts| {
        let decision = decide(&facts);

        for &ptr in PtrStatus::ALL {
            assert_eq!(decide(&Facts { ptr, ..facts }), decision, "the PTR counts: {facts:?}");
        }
        assert!(
            decision.accept == Grade::Conforming || decision.refuse == Grade::Conforming,
            "nothing is in order: {facts:?}"
        );
        if facts.channel == Channel::Clear {
            assert_demands_refusal(&decision, &facts);
            assert_eq!(decision.clause, ClauseId::StartTls, "{facts:?}");
        }
        if BROKEN.contains(&facts.certificate) {
            assert_demands_refusal(&decision, &facts);
        }
        if facts.dn == DnStatus::Unlisted {
            assert_demands_refusal(&decision, &facts);
        }
        match facts.mail_from {
            MailFrom::Null => {
                for &domain in DomainStatus::ALL {
                    assert_eq!(decide(&Facts { domain, ..facts }), decision, "{facts:?}");
                }
            }
            MailFrom::Absent => assert_demands_refusal(&decision, &facts),
            _ if facts.domain != DomainStatus::Mapped => assert_demands_refusal(&decision, &facts),
            _ => {}
        }
        assert_eq!(decision.accept, decision.finding().accept(), "{facts:?}");
        assert_eq!(decision.refuse, decision.finding().refuse(), "{facts:?}");
        let entry = decision.interpretation;
        assert!(entry.is_none_or(|entry| interpretation::ALL.contains(&entry)), "{entry:?}");
        let unseen = decision.clone().settled(Proof::Revocation, false);
        assert!(unseen.accept <= decision.accept, "blamed without its proof: {facts:?}");
        assert_eq!(unseen.refuse, decision.refuse, "{facts:?}");
        if facts.certificate != CertificateStatus::Revoked {
            assert_eq!(unseen, decision, "{facts:?}");
        }
        assert!(
            !decision.reason_due || decision.accept == Grade::NonConforming,
            "a reason for a refusal that nothing demands: {facts:?}"
        );
    });
    assert_eq!(count, 1_128_960);
}

fn assert_demands_refusal(decision: &Decision, facts: &Facts) {
    assert_eq!(
        (decision.accept, decision.refuse),
        (Grade::NonConforming, Grade::Conforming),
        "{facts:?}"
    );
}

#[test]
fn one_more_defect_never_makes_a_refusal_less_permitted() {
    let mut compared = 0;
    each(|facts| {
        let nominal = Facts::default();
        let better = [
            Facts { ehlo: nominal.ehlo, ..facts },
            Facts { channel: nominal.channel, ..facts },
            Facts { certificate: nominal.certificate, ..facts },
            Facts { dn: nominal.dn, ..facts },
            Facts { domain: nominal.domain, ..facts },
            Facts { recipients: nominal.recipients, ..facts },
            Facts { content: nominal.content, ..facts },
        ];
        let worse = decide(&facts);
        for better in better.iter().filter(|better| **better != facts).map(decide) {
            assert!(worse.accept >= better.accept, "{facts:?}");
            assert!(worse.refuse <= better.refuse, "{facts:?}");
            compared += 1;
        }
    });
    assert!(compared > 1_000_000, "{compared}");
}

#[test]
fn the_old_profile_is_never_the_stricter_one() {
    each(|facts| {
        let new = decide(&Facts { profile: Profile::Default, ..facts });
        let old = decide(&Facts { profile: Profile::Erratum2015, ..facts });
        assert!(old.accept <= new.accept && old.refuse >= new.refuse, "{facts:?}");
    });
}

/// How many combinations end in each decision: a change of any rule shows here.
#[test]
fn digest_of_all_decisions() {
    let mut counts = BTreeMap::<String, u32>::new();
    each(|facts| {
        let decision = decide(&facts);
        let profile = match facts.profile {
            Profile::Default => "default     ",
            Profile::Erratum2015 => "erratum-2015",
        };
        let row = format!(
            "{profile} {:10} accept {:13} refuse {:13} reason {:5} {:10} {}",
            decision.clause.as_str(),
            format!("{:?}", decision.accept),
            format!("{:?}", decision.refuse),
            decision.reason_due,
            format!("{:?}", decision.proof),
            decision.interpretation.unwrap_or("-"),
        );
        *counts.entry(row).or_default() += 1;
    });
    let table: String = counts.iter().map(|(row, n)| format!("{n:6} {row}\n")).collect();
    insta::assert_snapshot!(table);
}

#[test]
fn every_rule_speaks_and_every_register_entry_is_used() {
    let mut used = BTreeMap::new();
    each(|facts| {
        for rule in &decide(&facts).path {
            assert!(!rule.why.is_empty());
            assert!(rule.finding > Finding::Met || rule.interpretation.is_none(), "{rule:?}");
            if let Some(entry) = rule.interpretation {
                *used.entry(entry).or_insert(0_u32) += 1;
            }
        }
    });
    let mut all = interpretation::ALL.to_vec();
    all.sort_unstable();
    assert_eq!(used.into_keys().collect::<Vec<_>>(), all);
}
