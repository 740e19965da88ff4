//! Servers that go wrong around the message.

use fixtures::smtp::mailroom::{Delivery, Via};
use rstest::rstest;
use suite::target::{Observation, Target};

use crate::{
    bed::{Bed, LENIENT, review},
    server::{Answer, DOT, Moment, polite},
};

fn never_answers(_: &Moment<'_>) -> Answer {
    Answer::Stall
}

fn yes_and_closes(_: &Moment<'_>) -> Answer {
    Answer::Last(b"250 2.0.0 pris\r\n".to_vec())
}

fn yes(_: &Moment<'_>) -> Answer {
    Answer::line("250 2.0.0 pris")
}

fn yes_twice(_: &Moment<'_>) -> Answer {
    Answer::Say(b"250 2.0.0 pris\r\n250 2.0.0 pris\r\n".to_vec())
}

fn half_a_word(_: &Moment<'_>) -> Answer {
    Answer::Last(b"25".to_vec())
}

fn unsure(_: &Moment<'_>) -> Answer {
    Answer::line("354 encore")
}

fn busy(_: &Moment<'_>) -> Answer {
    Answer::line("451 4.3.0 panne")
}

fn nothing_observed(_: &mut Target) {}

fn deliveries_observed(target: &mut Target) {
    target.delivery = Observation::Memory;
}

fn all_observed(target: &mut Target) {
    target.delivery = Observation::Memory;
    target.outgoing = Some(target.address);
}

/// None of them ever delivers.
#[rstest]
#[case::never_answers("point-final-sans-reponse", never_answers, nothing_observed, &[])]
#[case::half_a_word("point-final-demi-reponse", half_a_word, nothing_observed, &[])]
#[case::unsure("point-final-354", unsure, nothing_observed, &[])]
#[case::busy("point-final-451", busy, nothing_observed, &[])]
#[case::yes_twice("point-final-250-deux-fois", yes_twice, nothing_observed, LENIENT)]
#[case::yes_and_closes("point-final-250-puis-fermeture", yes_and_closes, nothing_observed, LENIENT)]
#[case::delivered_nowhere("250-sans-remise", yes, deliveries_observed, LENIENT)]
#[case::lost("250-sans-remise-ni-avis", yes, all_observed, &[
    "4-certificat/expire",
    "4-certificat/expire-tls-1-3",
    "5-enveloppe/domaine-non-liste",
])]
#[tokio::test(flavor = "multi_thread")]
async fn after_the_final_dot(
    #[case] name: &str,
    #[case] answer: fn(&Moment<'_>) -> Answer,
    #[case] observed: fn(&mut Target),
    #[case] faults: &[&str],
) {
    let bed = Bed::new().await.declaring(observed);
    let bed = if name == "point-final-sans-reponse" { bed.impatient() } else { bed };
    let played = bed
        .play(move |moment| if moment.verb == DOT { answer(moment) } else { polite(moment) })
        .await;
    review(name, &played, faults);
}

/// What a server that takes every message fails, whatever it answers.
const TAKEN: &[&str] =
    &["4-certificat/expire", "4-certificat/expire-tls-1-3", "5-enveloppe/domaine-non-liste"];

/// What one fails that takes them and then leaves, as nobody but itself can.
const TAKEN_AND_LEFT: &[&str] = &[
    "4-certificat/expire",
    "4-certificat/expire-tls-1-3",
    "4-certificat/valide",
    "5-enveloppe/domaine-non-liste",
    "5-enveloppe/nominal",
    "5-enveloppe/remis-texte",
    "5-enveloppe/vide-dn-liste",
];

/// Each message is delivered, and none is answered: a network that cuts would look the same, unless
/// close_notify comes.
#[rstest]
#[case::closes("point-final-remis-puis-fin", Answer::close(), TAKEN)]
#[case::resets("point-final-remis-puis-rst", Answer::Reset, TAKEN)]
#[case::leaves("point-final-remis-puis-close-notify", Answer::Leave, TAKEN_AND_LEFT)]
#[tokio::test(flavor = "multi_thread")]
async fn taken_without_a_word(#[case] name: &str, #[case] answer: Answer, #[case] faults: &[&str]) {
    let bed = Bed::new().await.declaring(deliveries_observed);
    let mailroom = bed.space.mailroom().clone();
    let played = bed
        .play(move |moment| {
            if moment.verb != DOT {
                return polite(moment);
            }
            let raw = moment.content.to_vec();
            mailroom.deposit(Delivery { recipients: Vec::new(), raw, via: Via::Direct });
            answer.clone()
        })
        .await;
    review(name, &played, faults);
}
