//! Servers that reset or close the connection, at each stage of a session.

use rstest::rstest;
use suite::record::{RunVerdict, Verdict};

use crate::{
    bed::{Bed, review},
    server::{ACCEPT, Answer, HELLO, Moment, polite},
};

fn reset() -> Answer {
    Answer::Reset
}

fn close() -> Answer {
    Answer::close()
}

/// Whether `moment` is the one named: a verb, or `TLS ` and a verb inside TLS.
fn is(moment: &Moment<'_>, named: &str) -> bool {
    match named.strip_prefix("TLS ") {
        Some(verb) => moment.tls && moment.verb == verb,
        None => !moment.tls && moment.verb == named,
    }
}

#[rstest]
#[case::accept(ACCEPT, "accept")]
#[case::banner("EHLO", "apres-accueil")]
#[case::ehlo("STARTTLS", "apres-ehlo")]
#[case::starttls(HELLO, "en-negociation")]
#[case::handshake("TLS (secured)", "apres-negociation")]
#[case::ehlo_tls("TLS EHLO", "a-ehlo-sous-tls")]
#[case::mail("TLS MAIL", "a-mail")]
#[case::rcpt("TLS RCPT", "a-rcpt")]
#[case::data("TLS DATA", "a-data")]
#[case::dot("TLS .", "apres-le-point-final")]
#[case::quit("TLS QUIT", "a-quit")]
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut(
    #[case] stage: &'static str,
    #[case] name: &str,
    #[values(("rst", reset as fn() -> Answer), ("fin", close as fn() -> Answer))] how: (
        &str,
        fn() -> Answer,
    ),
) {
    let bed = Bed::new().await;
    let played = bed
        .play(move |moment| {
            // The first look at the greeting passes.
            if moment.session > 0 && is(moment, stage) { how.1() } else { polite(moment) }
        })
        .await;
    // What a server that takes any certificate fails, where it got so far.
    let faults: &[&str] = if stage == "TLS QUIT" {
        &["4-certificat/expire", "4-certificat/expire-tls-1-3", "6-fin/quit"]
    } else {
        &[]
    };
    // A reset that early may meet the connection before it is open, or after: two wordings.
    if stage == ACCEPT {
        assert_eq!(played.of(Verdict::Fail), faults, "{}", played.table());
        assert_eq!(played.of(Verdict::Pass), faults, "{}", played.table());
        assert_eq!(played.record.verdict, RunVerdict::Inconclusive);
        return;
    }
    review(&format!("{}-{name}", how.0), &played, faults);
}
