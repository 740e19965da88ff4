//! What became of a message.

use super::*;

/// A fault of deliveries is told by the scenarios about it; by another one only where what it changes
/// brings it about.
#[rstest]
#[case::altered(altered(), DeliveryFault::Altered, DeliverySubject::Intact, Fail)]
#[case::rewritten(rewritten(), DeliveryFault::Rewritten, DeliverySubject::Intact, PassWithRemark)]
#[case::doubled(doubled(), DeliveryFault::Doubled, DeliverySubject::Once, PassWithRemark)]
#[case::lost(lost(), DeliveryFault::Lost, DeliverySubject::Made, Fail)]
fn a_fault_of_deliveries_is_told_once(
    #[case] played: P,
    #[case] fault: DeliveryFault,
    #[case] subject: DeliverySubject,
    #[case] verdict: Verdict,
) {
    let usual = || Some(BTreeSet::from([fault]));
    let judged = |delivery, usual| {
        let judgement = of(&Context { delivery, usual, ..played.context() }, nominal());
        assert!(judgement.is_witness(), "accepted in the session: {judgement:?}");
        judgement.verdict
    };
    assert_eq!(judged(Some(subject), usual()), verdict, "about it");
    assert_eq!(judged(None, usual()), Pass, "the control shows it too");
    assert_eq!(judged(None, None), Pass, "the run goes on");
    assert_eq!(judged(None, Some(BTreeSet::new())), verdict, "this scenario alone shows it");
}

/// A channel that shows nothing shows no fault of the others, nor that nothing was delivered.
#[rstest]
#[case::about_something_else(lost(), nominal(), None, Pass)]
#[case::that_it_is_delivered(lost(), nominal(), Some(DeliverySubject::Made), Inconclusive)]
#[case::that_it_is_intact(lost(), nominal(), Some(DeliverySubject::Intact), Inconclusive)]
#[case::that_it_is_kept_out(P::new().ready().mail(0, "550 5.7.1 non").not_delivered(0, 0), unlisted_domain(), Some(DeliverySubject::None), Inconclusive)]
fn no_delivery_was_ever_seen(
    #[case] played: P,
    #[case] facts: Facts,
    #[case] delivery: Option<DeliverySubject>,
    #[case] verdict: Verdict,
) {
    let campaign = Campaign::default();
    let context = Context { delivery, campaign: Some(&campaign), ..played.context() };
    let judgement = of(&context, facts);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let played = lost().push(Event::Unreadable { what: "compressés par xz".into() });
    let context = Context { delivery: Some(DeliverySubject::Made), ..played.context() };
    let judgement = of(&context, nominal());
    assert_eq!(judgement.verdict, Inconclusive);
    assert!(judgement.reason.contains("compressés par xz"), "{}", judgement.reason);
    assert!(!judgement.reason.contains("chemin"), "{}", judgement.reason);
}
