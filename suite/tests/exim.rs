//! The whole suite against a real Exim, as it should be and as operators get it wrong.

mod bed;
#[path = "bed/verdicts.rs"]
mod verdicts;

use fixtures::exim::{Exim, EximRecipe, Flaw};
use rstest::rstest;

type Bed = bed::Bed<EximRecipe>;

#[tokio::test(flavor = "multi_thread")]
async fn exim_earns_the_pinned_verdicts() {
    let Some(bed) = start(None).await else { return };
    verdicts::hold(&bed, None, "exim", None).await;
}

#[rstest]
#[case::crl_missing(Flaw::CrlMissing)]
#[case::sender_unbound(Flaw::SenderUnbound)]
#[case::verification_tried(Flaw::VerificationTried)]
#[case::common_name_only(Flaw::CommonNameOnly)]
#[case::relay_for_peers(Flaw::RelayForPeers)]
#[case::chunking(Flaw::Chunking)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_exim_is_caught(#[case] flaw: Flaw) {
    let Some(bed) = start(Some(flaw)).await else { return };
    verdicts::hold(&bed, None, "exim", Some(&format!("exim-{}", flaw.name()))).await;
}

/// The operator of each believes that it reads the CRL.
async fn start(flaw: Option<Flaw>) -> Option<Bed> {
    let start = async |setup, dns: &_| Exim::start_with(setup, Some(dns), flaw).await;
    Bed::start(Exim::available, start, bed::Reads { crl: true, list: None }).await
}
