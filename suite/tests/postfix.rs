//! The whole suite against a real Postfix, as it should be and as operators get it wrong.

mod bed;
#[path = "bed/verdicts.rs"]
mod verdicts;

use fixtures::{
    dns::reverse_name,
    log::Access,
    postfix::{Flaw, Postfix, PostfixRecipe},
    space::zone::PtrFault,
};
use rstest::rstest;
use suite::{record::Verdict, target::Target};

type Bed = bed::Bed<PostfixRecipe>;

#[tokio::test(flavor = "multi_thread")]
async fn postfix_earns_the_pinned_verdicts() {
    let Some(bed) = start(None).await else { return };
    verdicts::hold(&bed, None, "postfix", None).await;
    if bed.target.uses_dns {
        for fault in PtrFault::ALL {
            let name = reverse_name(fault.source());
            let asked = |access: &Access| {
                access.question().is_some_and(|one| one.name == name) && !access.control
            };
            assert!(bed.space.log().all().iter().any(asked), "Postfix did not ask for {name}");
        }
    }

    // The same Postfix, of which its operator claims more than it does.
    let claims = Target { uses_crl: true, ..bed.target.clone() };
    let out = tempfile::tempdir().expect("a folder");
    let record = verdicts::play(&bed, &claims, Some("revoque"), out.path()).await;
    for id in ["reception/4-certificat/revoque", "reception/4-certificat/ac-revoquee"] {
        let scenario = record.scenarios.iter().find(|scenario| scenario.id == id);
        assert_eq!(scenario.map(|scenario| scenario.verdict), Some(Verdict::Fail), "{id}");
    }
}

#[rstest]
#[case::certificate_optional(Flaw::CertificateOptional)]
#[case::sender_unbound(Flaw::SenderUnbound)]
#[case::parent_domains(Flaw::ParentDomains)]
#[case::networks_trusted(Flaw::NetworksTrusted)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_postfix_is_caught(#[case] flaw: Flaw) {
    let Some(bed) = start(Some(flaw)).await else { return };
    verdicts::hold(&bed, None, "postfix", Some(&format!("postfix-{}", flaw.name()))).await;
}

async fn start(flaw: Option<Flaw>) -> Option<Bed> {
    let start = async |setup, dns: &_| Postfix::start_with(setup, Some(dns), flaw).await;
    Bed::start(Postfix::available, start, bed::Reads::default()).await
}
