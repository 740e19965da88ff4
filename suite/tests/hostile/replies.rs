//! Servers whose replies are wrong.

use rstest::rstest;
use suite::record::Verdict;

use crate::{
    bed::{Bed, LENIENT, review},
    server::{ACCEPT, Answer, DOT, HELLO, Moment, SECURED, polite},
};

/// Everything that a client will hear before STARTTLS, at once, and nothing afterwards.
fn early_in_clear(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        ACCEPT => Answer::Say(b"220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n".to_vec()),
        "EHLO" if !moment.tls => Answer::Say(Vec::new()),
        _ => polite(moment),
    }
}

/// The same inside TLS, up to the reply to the message.
fn early_inside_tls(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        SECURED => Answer::Say(
            b"250 mx\r\n250 2.1.0 bien\r\n250 2.1.5 bien\r\n354 allez\r\n250 2.0.0 pris\r\n221 2.0.0 fin\r\n".to_vec(),
        ),
        _ if moment.tls => Answer::Say(Vec::new()),
        _ => polite(moment),
    }
}

/// A reply more than asked for, after EHLO inside TLS: all that follow are one late.
fn one_too_many(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        "EHLO" if moment.tls => Answer::Say(b"250 mx\r\n250 2.0.0 bienvenue\r\n".to_vec()),
        _ => polite(moment),
    }
}

/// 250 where another code is not the only one that lets the session go on.
fn yes_to_everything(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        HELLO | SECURED | ACCEPT => polite(moment),
        "EHLO" if !moment.tls => polite(moment),
        "STARTTLS" if !moment.tls => polite(moment),
        "DATA" => Answer::line("354 2.0.0 oui"),
        DOT => Answer::line("250 2.0.0 oui"),
        _ => Answer::line("250 2.0.0 oui"),
    }
}

/// 250 and nothing else, ever.
fn literally_250(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        HELLO | SECURED => polite(moment),
        ACCEPT => Answer::line("220 mx ESMTP"),
        _ => Answer::line("250 oui"),
    }
}

/// Every reply to EHLO and after it is made by `words`, from the code and text of a polite one.
fn reworded(moment: &Moment<'_>, words: fn(&str, &str) -> Vec<u8>) -> Answer {
    match polite(moment) {
        Answer::Say(bytes) if moment.verb != ACCEPT && !bytes.is_empty() => {
            let text = String::from_utf8(bytes).expect("polite");
            let last = text.lines().last().expect("a line");
            Answer::Say(words(&last[..3], &last[4..]))
        }
        answer => answer,
    }
}

fn codes_differ(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code}-{text}\r\n299 {text}\r\n").into_bytes())
}

fn never_ends(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code}-{text}\r\n").into_bytes())
}

fn bare_lf(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code} {text}\n").into_bytes())
}

fn bare_cr(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code} {text}\r{code} {text}\r\n").into_bytes())
}

fn latin_1(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| {
        [code.as_bytes(), b" r\xe9ponse ", text.as_bytes(), b"\r\n"].concat()
    })
}

fn utf_8(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code} {text} réponse\r\n").into_bytes())
}

fn out_of_range(moment: &Moment<'_>) -> Answer {
    reworded(moment, |_, text| format!("999 {text}\r\n").into_bytes())
}

fn preliminary(moment: &Moment<'_>) -> Answer {
    reworded(moment, |_, text| format!("150 {text}\r\n").into_bytes())
}

fn no_text(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| match text {
        "STARTTLS" => b"250-mx\r\n250-STARTTLS\r\n250\r\n".to_vec(),
        _ => format!("{code}\r\n").into_bytes(),
    })
}

fn escapes(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code} \x1b[31m{text}\x1b[0m\r\n").into_bytes())
}

/// 250- lines without end, to MAIL.
fn endless(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        "MAIL" if moment.tls => Answer::Flood(b"250-encore\r\n".repeat(100)),
        _ => polite(moment),
    }
}

/// Replies as long as the suite reads them, every time.
fn verbose(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| {
        let line = format!("{code}-{}\r\n", "x".repeat(240));
        format!("{code}-mx\r\n{}{code} {text}\r\n", line.repeat(60)).into_bytes()
    })
}

#[rstest]
#[case::early_in_clear("reponses-d-avance-en-clair", early_in_clear, &[])]
#[case::early_inside_tls("reponses-d-avance-sous-tls", early_inside_tls, &[])]
#[case::one_too_many("reponse-de-trop", one_too_many, &[])]
#[case::literally_250("250-sans-exception", literally_250, &["3-starttls/annonce"])]
#[case::codes_differ("codes-differents", codes_differ, &[])]
#[case::never_ends("reponse-inachevee", never_ends, &[])]
#[case::bare_lf("lf-seul", bare_lf, &[])]
#[case::bare_cr("cr-seul", bare_cr, &[])]
#[case::latin_1("latin-1", latin_1, &[])]
#[case::utf_8("utf-8", utf_8, LENIENT)]
#[case::out_of_range("code-999", out_of_range, &[])]
#[case::preliminary("code-150", preliminary, &[])]
#[case::no_text("sans-texte", no_text, LENIENT)]
#[case::escapes("sequences-d-echappement", escapes, &[])]
#[case::endless("reponse-sans-fin", endless, &[])]
#[case::verbose("reponses-de-15-ko", verbose, LENIENT)]
#[tokio::test(flavor = "multi_thread")]
async fn wrong_replies(
    #[case] name: &str,
    #[case] answer: fn(&Moment<'_>) -> Answer,
    #[case] faults: &[&str],
) {
    let bed = Bed::new().await;
    let bed = if name == "reponse-inachevee" { bed.impatient() } else { bed };
    review(name, &bed.play(answer).await, faults);
}

/// Whoever says yes to everything fails all that must be refused.
#[tokio::test(flavor = "multi_thread")]
async fn yes_is_no_answer_to_everything() {
    let bed = Bed::new().await.declaring(|target| {
        target.delivery = suite::target::Observation::Memory;
        target.outgoing = Some(target.address);
    });
    let faults = [
        "3-starttls/en-clair",
        "4-certificat/expire",
        "4-certificat/expire-tls-1-3",
        "5-enveloppe/domaine-non-liste",
        "6-fin/quit",
    ];
    review("oui-a-tout", &bed.play(yes_to_everything).await, &faults);
}

/// Hundreds of replies, each as long as the suite reads them.
#[tokio::test(flavor = "multi_thread")]
async fn a_talkative_target_costs_no_memory() {
    let bed =
        Bed::with(&["2-smtp/cent-destinataires", "2-smtp/help", "2-smtp/plusieurs-transactions"])
            .await;
    let played = bed.play(verbose).await;
    assert_eq!(played.said("2-smtp/cent-destinataires").0, Verdict::Pass, "{}", played.table());
}
