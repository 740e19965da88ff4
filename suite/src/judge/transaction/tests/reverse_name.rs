//! A silent reverse name, and greetings that never come.

use super::*;

/// What is told of the reverse name rests on where the peer came from and on what was asked.
#[rstest]
#[case::asked(
    met(received()),
    false,
    Pass,
    "a demandé le nom inverse de 127.0.11.5 et reçu silence"
)]
#[case::asked_and_refused(
    met(turned_away()),
    false,
    Fail,
    "a demandé le nom inverse de 127.0.11.5"
)]
#[case::no_question(from_there(received()), false, PassWithRemark, "aucune question DNS vue")]
#[case::no_question_of_ours(from_there(received()), true, Pass, "aucune question DNS vue")]
#[case::no_question_yet_refused(
    from_there(turned_away()),
    false,
    Inconclusive,
    "aucune question DNS vue"
)]
#[case::no_question_and_never_greeted(
    from_there(ungreeted(3)),
    false,
    Inconclusive,
    "aucune question DNS vue"
)]
#[case::another_question(
    from_there(received()).asked_dns("mss.alpha.test", "A"),
    false,
    Pass,
    "(mss.alpha.test A) sans y demander le nom inverse"
)]
#[case::another_question_yet_refused(
    from_there(turned_away()).asked_dns("mss.alpha.test", "A"),
    false,
    Inconclusive,
    "sans y demander le nom inverse"
)]
#[case::forwarded(
    from_there(received()).asked_dns("1.0.0.127.in-addr.arpa", "PTR"),
    false,
    Inconclusive,
    "voit une autre adresse"
)]
#[case::forwarded_and_refused(
    from_there(turned_away()).asked_dns("1.0.0.127.in-addr.arpa", "PTR"),
    false,
    Inconclusive,
    "voit une autre adresse"
)]
#[case::not_bound(received(), false, Inconclusive, "partie de 127.0.10.1, et non de 127.0.11.5")]
#[case::not_bound_and_refused(turned_away(), false, Inconclusive, "partie de 127.0.10.1")]
#[case::altered_all_the_same(
    from_there(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &["Subject"], false, "x")),
    false,
    Fail,
    "sans altération"
)]
fn a_reverse_name(
    #[case] played: P,
    #[case] embedded: bool,
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    let judgement = of(&Context { embedded, ..played.context() }, silent());
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    assert!(judgement.reason.contains(words), "{}", judgement.reason);
    let untold = verdict == PassWithRemark;
    assert_eq!(judgement.untold, untold, "strictness makes no failure of what was not shown");
}

/// What other sessions went through tells whether a missing greeting means anything.
#[rstest]
#[case::steady(P::new().ready().body(0, "250 ok"), Fail)]
#[case::another_was_not_greeted(ungreeted(1), Inconclusive)]
#[case::another_with_a_silent_name(P::nothing().push(silence_proven()).push(connected()).silent(0, Stage::Greeting), Fail)]
fn a_missing_greeting_beside_the_others(#[case] other: P, #[case] verdict: Verdict) {
    let mut campaign = Campaign::default();
    campaign.add(&Action::Transactions(Vec::new()), other.entries());
    let played = met(ungreeted(3));
    let context = Context { campaign: Some(&campaign), ..played.context() };
    let judgement = of(&context, silent());
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}
