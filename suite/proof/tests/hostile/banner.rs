//! Servers whose greeting is wrong.

use std::time::Duration;

use rstest::rstest;
use suite::runner::RunError;

use crate::{
    bed::{Bed, review},
    server::{ACCEPT, Answer, Listening, Moment, polite},
};

fn none(_: &Moment<'_>) -> Answer {
    Answer::Stall
}

fn endless(_: &Moment<'_>) -> Answer {
    Answer::Flood(b"220-mx.hostile.test encore\r\n".to_vec())
}

/// One octet a second, the clock fifteen times faster: the target has 1.5 s for a whole reply.
fn drips(_: &Moment<'_>) -> Answer {
    Answer::Drip(
        b"220 mx.hostile.test ESMTP serveur tres lent\r\n".to_vec(),
        Duration::from_millis(66),
    )
}

fn ten_megabytes(_: &Moment<'_>) -> Answer {
    Answer::Say([b"220 ".as_slice(), &vec![b'x'; 10_000_000]].concat())
}

fn garbage(_: &Moment<'_>) -> Answer {
    Answer::Say((0..=255).cycle().take(4_000).collect())
}

fn http(_: &Moment<'_>) -> Answer {
    Answer::Last(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec())
}

fn tls_at_once(_: &Moment<'_>) -> Answer {
    Answer::Last(b"\x15\x03\x01\0\x02\x02\x0a".to_vec())
}

fn busy(_: &Moment<'_>) -> Answer {
    Answer::Last(b"421 4.3.2 trop de sessions\r\n".to_vec())
}

fn gone(_: &Moment<'_>) -> Answer {
    Answer::close()
}

fn refuses_all(_: &Moment<'_>) -> Answer {
    Answer::Last(b"554 5.7.1 pas de service pour vous\r\n".to_vec())
}

/// Nothing is played where the first look finds no greeting.
#[rstest]
#[case::none(none, "aucune réponse entière en 1500 ms")]
#[case::endless(endless, "réponse trop longue")]
#[case::drips(drips, "aucune réponse entière en 1500 ms")]
#[case::ten_megabytes(ten_megabytes, "ligne de plus de 4096 octets")]
#[case::garbage(garbage, "octets binaires")]
#[case::http(http, "ligne sans code de réponse")]
#[case::tls_at_once(tls_at_once, "octets binaires")]
#[case::gone(gone, "connexion fermée par la cible")]
#[tokio::test(flavor = "multi_thread")]
async fn a_target_without_a_greeting_is_said_not_to_speak_smtp(
    #[case] greeting: fn(&Moment<'_>) -> Answer,
    #[case] words: &str,
) {
    let bed = Bed::new().await.impatient();
    let server = Listening::server(&bed.identity(), greeting).await;
    let refused = bed.try_at(server.address).await.map(|played| played.table());
    let Err(RunError::Unreachable { address, why }) = refused else { panic!("{refused:?}") };
    assert_eq!(address, server.address.to_string());
    assert!(why.contains(words), "{why}");
}

/// The same once the first look has passed, and what speaks SMTP from the start.
#[rstest]
#[case::none("accueil-absent", 1, none, &[])]
#[case::endless("accueil-sans-fin", 1, endless, &[])]
#[case::drips("accueil-un-octet-a-la-fois", 1, drips, &[])]
#[case::ten_megabytes("accueil-de-10-mo", 1, ten_megabytes, &[])]
#[case::garbage("accueil-binaire", 1, garbage, &[])]
#[case::http("accueil-http", 1, http, &[])]
#[case::tls_at_once("accueil-tls", 1, tls_at_once, &[])]
#[case::gone("accueil-ferme", 1, gone, &[])]
#[case::busy("accueil-421", 0, busy, &[])]
#[case::refuses_all("accueil-554", 0, refuses_all, &["4-certificat/valide", "5-enveloppe/nominal"])]
#[case::busy_after_five("accueil-421-apres-cinq", 5, busy, &[])]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_greeting(
    #[case] name: &str,
    #[case] from: usize,
    #[case] greeting: fn(&Moment<'_>) -> Answer,
    #[case] faults: &[&str],
) {
    // The sixth session must be the same one in each run.
    let bed = Bed { jobs: if from > 1 { 1 } else { 8 }, ..Bed::new().await };
    let stalls = ["accueil-absent", "accueil-un-octet-a-la-fois"].contains(&name);
    let bed = if stalls { bed.impatient() } else { bed };
    let played = bed
        .play(move |moment| match moment.verb {
            ACCEPT if moment.session >= from => greeting(moment),
            _ => polite(moment),
        })
        .await;
    review(name, &played, faults);
}

/// Text that only looks like a name is none.
#[rstest]
#[case::versions("220 v1.2 ready", "250-1.0 hello", true)]
#[case::sentences("220 Bonjour. Bienvenue", "250-bienvenue a vous", true)]
#[case::names("220 mx.hostile.test ESMTP", "250-mx.hostile.test", false)]
#[case::literals("220 [192.0.2.1] ESMTP", "250-[IPv6:2001:db8::1] bonjour", false)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_names_itself_or_is_told_that_it_does_not(
    #[case] greeting: &'static str,
    #[case] ehlo: &'static str,
    #[case] remarked: bool,
) {
    let bed = Bed::with(&["2-smtp/accueil-nom", "2-smtp/ehlo-nom"]).await;
    let played = bed
        .play(move |moment| match moment.verb {
            ACCEPT => Answer::line(greeting),
            "EHLO" if !moment.tls => Answer::line(&format!("{ehlo}\r\n250 STARTTLS")),
            _ => polite(moment),
        })
        .await;
    let names: &[&str] = &["2-smtp/accueil-nom", "2-smtp/ehlo-nom"];
    let expected = if remarked { names } else { &[] };
    assert_eq!(played.of(suite::record::Verdict::PassWithRemark), expected, "{}", played.table());
}
