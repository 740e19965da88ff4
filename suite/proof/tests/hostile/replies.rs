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

/// What a lenient server fails whose EHLO reply does not begin a line with STARTTLS.
const UNANNOUNCED: &[&str] =
    &["3-starttls/annonce", "4-certificat/expire", "4-certificat/expire-tls-1-3"];

fn without_a_space(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| match text {
        "STARTTLS" | "ENHANCEDSTATUSCODES" => format!("{code} {text}\r\n").into_bytes(),
        _ => format!("{code}x{text}\r\n").into_bytes(),
    })
}

fn accented(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| [code.as_bytes(), b" ", text.as_bytes(), b" \xe9\r\n"].concat())
}

fn long(moment: &Moment<'_>) -> Answer {
    reworded(moment, |code, text| format!("{code} {text} {}\r\n", "x".repeat(600)).into_bytes())
}

/// A reply whose code is clear is read, and its form told by one scenario.
#[rstest]
#[case::bare_lf(bare_lf, "fins-de-ligne", Verdict::Fail)]
#[case::bare_cr(bare_cr, "fins-de-ligne", Verdict::Fail)]
#[case::without_a_space(without_a_space, "syntaxe", Verdict::Fail)]
#[case::codes_differ(codes_differ, "syntaxe", Verdict::Fail)]
#[case::out_of_range(out_of_range, "syntaxe", Verdict::Fail)]
#[case::latin_1(accented, "ascii", Verdict::PassWithRemark)]
#[case::utf_8(utf_8, "ascii", Verdict::PassWithRemark)]
#[case::escapes(escapes, "ascii", Verdict::PassWithRemark)]
#[case::long(long, "longueur", Verdict::PassWithRemark)]
#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_told_by_one_scenario(
    #[case] answer: fn(&Moment<'_>) -> Answer,
    #[case] told_by: &str,
    #[case] verdict: Verdict,
) {
    let forms = ["fins-de-ligne", "syntaxe", "ascii", "longueur"];
    let ids: Vec<String> = forms.iter().map(|form| format!("2-smtp/reponses-{form}")).collect();
    let mut all: Vec<&str> = ids.iter().map(String::as_str).collect();
    all.extend(["2-smtp/noop", "2-smtp/sequence", "5-enveloppe/nominal"]);
    let played = Bed::with(&all).await.play(answer).await;
    for (form, id) in forms.iter().zip(&ids) {
        let (found, reason) = played.said(id);
        if *form == told_by {
            assert_eq!(found, verdict, "{id}: {reason}");
        } else {
            assert!(
                matches!(found, Verdict::Pass | Verdict::Inconclusive),
                "{id}: {found:?}, {reason}"
            );
        }
    }
}

/// A command that never gets its reply, while all others get theirs.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_never_answered() {
    let ids = ["2-smtp/noop", "2-smtp/rset", "5-enveloppe/nominal", "6-fin/quit"];
    let played = Bed::with(&ids)
        .await
        .impatient()
        .play(|moment| match moment.verb {
            "RSET" => Answer::Stall,
            _ => polite(moment),
        })
        .await;
    let (verdict, reason) = played.said("2-smtp/rset");
    assert_eq!(verdict, Verdict::Fail, "{reason}");
    assert!(reason.contains("reply_seconds") && reason.contains("§4.2"), "{reason}");
    assert_eq!(played.of(Verdict::Fail), ["2-smtp/rset"], "{}", played.table());
}

#[rstest]
#[case::early_in_clear("reponses-d-avance-en-clair", early_in_clear, &[])]
#[case::early_inside_tls("reponses-d-avance-sous-tls", early_inside_tls, &[])]
#[case::one_too_many("reponse-de-trop", one_too_many, &[])]
#[case::literally_250("250-sans-exception", literally_250, &["3-starttls/annonce"])]
#[case::codes_differ("codes-differents", codes_differ, &[])]
#[case::never_ends("reponse-inachevee", never_ends, &[])]
#[case::bare_lf("lf-seul", bare_lf, LENIENT)]
#[case::bare_cr("cr-seul", bare_cr, LENIENT)]
#[case::latin_1("latin-1", latin_1, UNANNOUNCED)]
#[case::utf_8("utf-8", utf_8, LENIENT)]
#[case::out_of_range("code-999", out_of_range, &[])]
#[case::preliminary("code-150", preliminary, &[])]
#[case::no_text("sans-texte", no_text, LENIENT)]
#[case::escapes("sequences-d-echappement", escapes, UNANNOUNCED)]
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
