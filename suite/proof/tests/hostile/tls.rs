//! Servers whose TLS is wrong.

use std::{sync::Arc, time::Duration};

use fixtures::{pki::Variant, smtp::tls::alert_name, space::cast::TARGET};
use rstest::rstest;
use rustls::sign::CertifiedKey;
use suite::record::{RunVerdict, Verdict};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    bed::{Bed, LENIENT, review},
    server::{Answer, HELLO, Listening, Moment, polite},
};

fn garbage(_: &Moment<'_>) -> Answer {
    Answer::Last((0..=255).rev().cycle().take(4_000).collect())
}

/// As a server does whose STARTTLS is only announced.
fn smtp_in_clear(_: &Moment<'_>) -> Answer {
    Answer::Last(b"500 5.5.2 inconnu\r\n".to_vec())
}

fn stalls(_: &Moment<'_>) -> Answer {
    Answer::Stall
}

fn half_a_record(_: &Moment<'_>) -> Answer {
    Answer::Say(b"\x16\x03\x03\x10\0\x02\0".to_vec())
}

/// Records that hold nothing, without end.
fn floods(_: &Moment<'_>) -> Answer {
    Answer::Flood(b"\x14\x03\x03\0\x01\x01".repeat(100))
}

#[rstest]
#[case::garbage("tls-binaire", garbage)]
#[case::smtp_in_clear("tls-reponse-en-clair", smtp_in_clear)]
#[case::stalls("tls-muet", stalls)]
#[case::half_a_record("tls-demi-message", half_a_record)]
#[case::floods("tls-sans-fin", floods)]
#[tokio::test(flavor = "multi_thread")]
async fn no_handshake(#[case] name: &str, #[case] hello: fn(&Moment<'_>) -> Answer) {
    let bed = Bed::new().await;
    let stalls = ["tls-muet", "tls-demi-message"].contains(&name);
    let bed = if stalls { bed.impatient() } else { bed };
    let played = bed
        .play(move |moment| match moment.verb {
            // Half a record, then nothing: the handshake that would follow is not made either.
            HELLO => match hello(moment) {
                Answer::Say(bytes) => Answer::Hold(bytes),
                answer => answer,
            },
            _ => polite(moment),
        })
        .await;
    review(name, &played, &[]);
}

/// Every alert that has a name and some that have none, in answer to every ClientHello: no session was ever accepted, so that
/// none says anything of what was presented.
#[tokio::test(flavor = "multi_thread")]
async fn every_alert_to_every_hello() {
    let bed = Bed::with(&[
        "3-starttls/sonde-tls-1-2",
        "3-starttls/tls-1-0",
        "4-certificat/expire",
        "4-certificat/expire-tls-1-3",
        "5-enveloppe/domaine-non-liste",
    ])
    .await;
    let mut said = std::collections::BTreeMap::<String, Vec<String>>::new();
    let registered = (0..=u8::MAX).filter(|number| !alert_name(*number).starts_with("alert_"));
    let fatal = registered.chain([1, 99, 200, u8::MAX]).map(|number| (2, number));
    let warnings = [0, 42, 90, 112].map(|number| (1, number));
    for (level, number) in fatal.chain(warnings) {
        let played = bed
            .play(move |moment| match moment.verb {
                HELLO => Answer::Last(vec![0x15, 3, 3, 0, 2, level, number]),
                _ => polite(moment),
            })
            .await;
        assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
        assert_eq!(played.record.verdict, RunVerdict::Inconclusive, "{}", played.table());
        let name = alert_name(number);
        let table = played.table().replace(&format!("{name} ({number})"), "ALERTE");
        let alert = format!("{level}/{number}");
        said.entry(table.replace(&name, "ALERTE")).or_default().push(alert);
    }
    let said: Vec<String> =
        said.into_iter().map(|(table, alerts)| format!("{}\n{table}", alerts.join(" "))).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("alertes", said.join("\n=====\n"));
    });
}

/// A server of TLS 1.2 that answers a ClientHello with a DHE suite, and any other with `alert`.
async fn ephemeral_diffie_hellman_only(alert: u8) -> Listening {
    const SUITE: [u8; 2] = [0x00, 0x9f];
    Listening::start(move |_, mut stream| async move {
        let mut said = Vec::new();
        let mut replies: &[u8] = b"220 mx.hostile.test ESMTP\r\n";
        // Greeting, EHLO, STARTTLS; whatever else comes is refused.
        loop {
            if stream.write_all(replies).await.is_err() {
                return;
            }
            said.clear();
            while !said.ends_with(b"\n") {
                match stream.read_buf(&mut said).await {
                    Ok(read) if read > 0 => {}
                    _ => return,
                }
            }
            replies = match said.get(..4).unwrap_or_default() {
                b"EHLO" => b"250-mx.hostile.test\r\n250 STARTTLS\r\n",
                b"STAR" => break,
                b"QUIT" => b"221 2.0.0 fin\r\n",
                b"NOOP" | b"RSET" => b"250 2.0.0 bien\r\n",
                b"MAIL" | b"RCPT" | b"DATA" => b"530 5.7.0 STARTTLS d'abord\r\n",
                _ => b"500 5.5.2 inconnu\r\n",
            };
        }
        if stream.write_all(b"220 2.0.0 allez\r\n").await.is_err() {
            return;
        }
        let mut hello = Vec::new();
        while hello.len() < 5
            || hello.len() < 5 + usize::from(u16::from_be_bytes([hello[3], hello[4]]))
        {
            match stream.read_buf(&mut hello).await {
                Ok(read) if read > 0 => {}
                _ => return,
            }
        }
        let answer = if hello.get(43..).unwrap_or_default().windows(2).any(|two| two == SUITE) {
            let mut body = vec![3, 3];
            body.extend([7; 32]);
            body.extend([0, SUITE[0], SUITE[1], 0]);
            let length = u8::try_from(body.len()).expect("short");
            [&[0x16, 3, 3, 0, length + 4, 2, 0, 0, length], body.as_slice()].concat()
        } else {
            vec![0x15, 3, 3, 0, 2, 2, alert]
        };
        drop(stream.write_all(&answer).await);
        drop(stream.shutdown().await);
        while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
    })
    .await
}

/// What the TLS library cannot speak is a limit of the suite, with its name, and nothing held against the
/// target.
#[rstest]
#[case::handshake_failure(40)]
#[case::insufficient_security(71)]
#[tokio::test(flavor = "multi_thread")]
async fn a_suite_that_the_library_lacks(#[case] alert: u8) {
    let bed = Bed::with(&[
        "3-starttls/sonde-tls-1-2",
        "3-starttls/tls-1-2",
        "4-certificat/expire",
        "4-certificat/valide-tls-1-2",
        "5-enveloppe/domaine-non-liste",
    ])
    .await;
    let server = ephemeral_diffie_hellman_only(alert).await;
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    let passed = ["3-starttls/annonce", "3-starttls/sonde-tls-1-2"];
    assert_eq!(played.of(Verdict::Pass), passed, "{}", played.table());
    for id in ["3-starttls/tls-1-2", "4-certificat/valide-tls-1-2", "4-certificat/expire"] {
        let (verdict, reason) = played.said(id);
        assert_eq!(verdict, Verdict::Inconclusive, "{id}: {reason}");
        assert!(reason.contains("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"), "{id}: {reason}");
        assert!(reason.contains("limite de la suite"), "{id}: {reason}");
    }
}

/// A server whose own certificate is out of its time is in the wrong, and only that is said of it.
#[rstest]
#[case::expired("certificat-serveur-expire", Variant::Expired)]
#[case::not_yet_valid("certificat-serveur-futur", Variant::NotYetValid)]
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_out_of_its_time(#[case] name: &str, #[case] variant: Variant) {
    let bed = Bed::new().await;
    let identity = bed.space.identity(&TARGET, variant).expect("issued");
    let server = Listening::server(&identity, polite).await;
    let played = bed.play_at(server.address).await;
    let (verdict, reason) = played.said("certificat-cible-validite");
    assert_eq!(verdict, Verdict::PassWithRemark, "{reason}");
    review(name, &played, LENIENT);
}

/// A chain of a megabyte is more than a TLS library reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_a_megabyte() {
    let bed = Bed::new().await;
    let identity = bed.identity();
    let octets: usize = identity.chain().iter().map(|der| der.len()).sum();
    let times = 1_000_000 / octets + 1;
    let chain = identity.chain().iter().cloned().cycle().take(identity.chain().len() * times);
    let certified = CertifiedKey::new(chain.collect(), Arc::clone(&identity.certified().key));
    let server = Listening::server_with(Arc::new(certified), polite).await;
    let played = bed.play_at(server.address).await;
    review("certificat-serveur-de-1-mo", &played, &[]);
}

/// Slow, but within the time allowed: nothing at all is held against it.
#[tokio::test(flavor = "multi_thread")]
async fn slow_but_sound() {
    let bed = Bed::with(&["2-smtp/noop", "3-starttls/sonde-tls-1-2", "5-enveloppe/nominal"]).await;
    let played = bed
        .play(|moment| match polite(moment) {
            Answer::Say(bytes) => Answer::Drip(bytes, Duration::from_millis(10)),
            answer => answer,
        })
        .await;
    assert_eq!(played.record.verdict, RunVerdict::Concluant, "{}", played.table());
    review("lent-mais-juste", &played, &[]);
}
