//! What other transactions of the run show.

use super::*;

/// A refusal by 4xx is one where nobody who must be accepted got a 4xx at that point.
#[rstest]
#[case::of_a_target_that_never_puts_off(P::new().ready().body(0, "250 ok"), put_off_at_mail(P::new()), unlisted_domain(), PassWithRemark)]
#[case::of_one_that_accepts_when_tried_again(put_off_at_mail(P::new()).again().ready().body(0, "250 ok"), put_off_at_mail(P::new()), unlisted_domain(), Inconclusive)]
#[case::of_one_that_never_accepts(
    put_off_at_mail(P::new()),
    put_off_at_mail(P::new()),
    unlisted_domain(),
    Inconclusive
)]
#[case::before_the_envelope(put_off_at_mail(P::new()), put_off_at_ehlo(P::new()), expired(), Pass)]
#[case::where_others_are_put_off_too(
    put_off_at_ehlo(P::new()),
    put_off_at_ehlo(P::new()),
    expired(),
    Inconclusive
)]
#[case::beside_one_stray_421(busy(P::new()).again().ready().body(0, "250 ok"), put_off_at_mail(P::new()), unlisted_domain(), PassWithRemark)]
#[case::beside_a_421_time_after_time(
    thrice(busy),
    put_off_at_mail(P::new()),
    unlisted_domain(),
    Inconclusive
)]
#[case::beside_a_limit_of_messages(P::new().ready().body(0, "250 ok").mail(1, "421 4.7.0 assez"), put_off_at_mail(P::new()), unlisted_domain(), PassWithRemark)]
#[case::by_5xx(put_off_at_mail(P::new()), P::new().ready().mail(0, "550 5.7.1 non"), unlisted_domain(), Pass)]
fn a_temporary_refusal_beside_the_others(
    #[case] other: P,
    #[case] played: P,
    #[case] facts: Facts,
    #[case] verdict: Verdict,
) {
    let mut campaign = Campaign::default();
    campaign.add(&accepted_transactions(2), other.entries());
    let context = Context { campaign: Some(&campaign), ..played.context() };
    let judgement = of(&context, facts);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

/// Nothing is concluded from a 4xx before the declared patience is over.
#[rstest]
#[case::once(put_off_at_mail(P::new()), Inconclusive)]
#[case::again_too_early(P::times(2, put_off_at_mail), Inconclusive)]
#[case::again_after_the_patience(P::times(4, put_off_at_mail), PassWithRemark)]
fn the_patience_is_waited_for(#[case] played: P, #[case] verdict: Verdict) {
    // One microsecond an event.
    let patience = Duration::from_micros(20);
    let judgement = of(&Context { patience, ..played.context() }, unlisted_domain());
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

#[test]
fn a_limit_that_is_announced_is_a_remark() {
    let played = thrice(|played| {
        played
            .in_tls()
            .reply(steps::EHLO_TLS, Stage::EhloTls, "250-mx\n250 LIMITS RCPTMAX=100 MAILMAX=1")
            .body(0, "250 ok")
            .mail(1, "421 4.7.0 assez")
    });
    let facts = nominal();
    let judgement = judge(
        &played.context(),
        1,
        &facts.bearing(),
        &decide(&facts).settled(Proof::Revocation, true),
    );
    assert_eq!(judgement.verdict, PassWithRemark, "{judgement:?}");
    assert!(judgement.reason.contains("MAILMAX=1"), "{}", judgement.reason);
    assert!(!judgement.is_witness());
    let first = judge(
        &put_off_at_mail(P::new()).context(),
        0,
        &facts.bearing(),
        &decide(&facts).settled(Proof::Revocation, true),
    );
    assert_eq!(first.verdict, Inconclusive);
}
