//! Servers that offer CHUNKING and go wrong at BDAT.

use std::time::Duration;

use rstest::rstest;

use crate::{
    bed::{Bed, review},
    server::{Answer, BDAT, Moment, polite},
};

/// What is played: a message in one chunk and in several, and refusals of both kinds.
const SELECTION: &[&str] = &[
    "2-smtp/bdat",
    "2-smtp/bdat-avant-mail",
    "2-smtp/bdat-blocs",
    "2-smtp/bdat-groupes",
    "2-smtp/bdat-puis-data",
    "2-smtp/bdat-refuse-octets",
    "3-starttls/bdat-avant",
    "5-enveloppe/bdat-domaine-non-liste",
    "5-enveloppe/nominal",
];

/// A polite server that offers CHUNKING and PIPELINING inside TLS, and answers each chunk by `bdat`.
fn offering(moment: &Moment<'_>, bdat: impl Fn() -> Answer) -> Answer {
    match moment.verb {
        "EHLO" if moment.tls => Answer::line(
            "250-mx.hostile.test\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
        ),
        BDAT if moment.tls => bdat(),
        _ => polite(moment),
    }
}

/// Nobody is blamed for an extension that is not offered, nor is BDAT sent then.
#[tokio::test(flavor = "multi_thread")]
async fn an_extension_not_offered_is_not_asked_for() {
    let played = Bed::with(SELECTION)
        .await
        .play(|moment| {
            assert_ne!(moment.verb, BDAT, "sent to a server that does not offer it");
            polite(moment)
        })
        .await;
    review("bdat-non-annonce", &played, &[]);
}

#[rstest]
#[case::unknown("bdat-502", || Answer::line("502 5.5.1 non servi"), UNMET)]
#[case::as_to_data("bdat-354", || Answer::line("354 allez"), AS_TO_DATA)]
#[case::twice(
    "bdat-250-deux-fois",
    || Answer::Say(b"250 2.0.0 pris\r\n250 2.0.0 pris\r\n".to_vec()),
    TAKEN_TWICE
)]
#[case::everything("bdat-250", || Answer::line("250 2.0.0 pris"), TAKEN)]
#[case::closes("bdat-fermeture", Answer::close, UNMET)]
#[case::resets("bdat-rst", || Answer::Reset, UNMET)]
#[case::never_answers("bdat-sans-reponse", || Answer::Stall, UNMET)]
#[case::drips(
    "bdat-goutte-a-goutte",
    || Answer::Drip(b"250 2.0.0 pris\r\n".to_vec(), Duration::from_millis(1)),
    TAKEN
)]
#[case::garbage("bdat-octets", || Answer::Say([[0xff; 64].as_slice(), b"\r\n"].concat()), &[])]
#[tokio::test(flavor = "multi_thread")]
async fn at_a_chunk(#[case] name: &str, #[case] bdat: fn() -> Answer, #[case] faults: &[&str]) {
    let bed = Bed::with(SELECTION).await;
    let bed = if name == "bdat-sans-reponse" { bed.impatient() } else { bed };
    let played = bed.play(move |moment| offering(moment, bdat)).await;
    review(name, &played, faults);
}

/// What one fails that takes no message in chunks: the others have no witness.
const UNMET: &[&str] = &["2-smtp/bdat"];

/// What one fails that answers as to DATA: neither yes nor no.
const AS_TO_DATA: &[&str] =
    &["2-smtp/bdat-avant-mail", "2-smtp/bdat-puis-data", "2-smtp/bdat-refuse-octets"];

/// What one fails that takes any chunk, and any DATA behind it.
const TAKEN: &[&str] = AS_TO_DATA;

/// The same of one whose second answer stands where the reply to DATA is due.
const TAKEN_TWICE: &[&str] = &["2-smtp/bdat-avant-mail", "2-smtp/bdat-refuse-octets"];
