//! Verdicts on synthetic transactions.

mod campaign;
mod delivery;
mod played;
mod reverse_name;

use std::{collections::BTreeSet, time::Duration};

use fixtures::{
    dns::reverse_name,
    smtp::transcript::{Event, Side},
    space::zone::PtrFault,
};
use rstest::rstest;

use self::played::*;
use super::*;
use crate::{
    judge::{Campaign, DeliveryFault, Twin},
    observe::{steps, testing::Played},
    oracle::reception::{
        Facts, decide,
        facts::{
            CertificateStatus, Channel, DnStatus, DomainStatus, EhloStatus, MailFrom, PtrStatus,
            Recipients,
        },
    },
    scenario::{
        Action, Expected,
        model::{DeliverySubject, MessageKind, ReversePath, StatedSender, Transaction, Transfer},
    },
};

type P = Played;
use Verdict::{Fail, Inconclusive, Pass, PassWithRemark};

fn nominal() -> Facts {
    Facts::default()
}

fn expired() -> Facts {
    Facts { certificate: CertificateStatus::Expired, ..nominal() }
}

fn unlisted_domain() -> Facts {
    Facts { domain: DomainStatus::Unlisted, ..nominal() }
}

fn relay() -> Facts {
    Facts { recipients: Recipients::Foreign, ..nominal() }
}

fn two() -> Facts {
    Facts { recipients: Recipients::Several, ..nominal() }
}

fn unknown() -> Facts {
    Facts { recipients: Recipients::Unknown, ..nominal() }
}

fn clear() -> Facts {
    Facts { channel: Channel::Clear, ..nominal() }
}

fn of(context: &Context<'_>, facts: Facts) -> Judgement {
    judge(context, 0, &facts.bearing(), &decide(&facts).settled(Proof::Revocation, true))
}

#[rstest]
#[case::known(true, Facts::default(), Fail)]
#[case::unseen(false, Facts::default(), Inconclusive)]
#[case::unseen_beside_another_breach(false, Facts { domain: DomainStatus::Unlisted, ..Facts::default() }, Fail)]
#[case::unseen_beside_what_should_be_refused(
    false, Facts { mail_from: MailFrom::Malformed, ..Facts::default() }, PassWithRemark)]
fn a_revoked_certificate_that_is_accepted(
    #[case] known: bool,
    #[case] facts: Facts,
    #[case] verdict: Verdict,
) {
    let facts = Facts { certificate: CertificateStatus::Revoked, ..facts };
    let played = P::new().ready().body(0, "250 ok");
    let decision = decide(&facts).settled(Proof::Revocation, known);
    assert_eq!(judge(&played.context(), 0, &facts.bearing(), &decision).verdict, verdict);
}

#[rstest]
#[case::recommended(CertificateStatus::WeakKey, "accepté, là où un refus est recommandé")]
#[case::left_open(
    CertificateStatus::RevocationUnknown,
    "accepté : les sources laissent le point ouvert, mais une acceptation sans CRL utilisable est \
     à signaler"
)]
fn an_acceptance_with_a_remark_says_why(
    #[case] certificate: CertificateStatus,
    #[case] reason: &str,
) {
    let played = P::new().ready().body(0, "250 ok");
    let judgement = of(&played.context(), Facts { certificate, ..nominal() });
    assert_eq!((judgement.verdict, judgement.reason.as_str()), (PassWithRemark, reason));
}

/// Three attempts that each end as `end` does.
fn thrice(end: fn(P) -> P) -> P {
    P::times(3, end)
}

fn close_in_handshake(played: P) -> P {
    played.until_starttls().tls_started().closed(steps::STARTTLS, Stage::Handshake, false)
}

fn says_421(played: P) -> P {
    played.in_tls().reply(steps::EHLO_TLS, Stage::EhloTls, "421 4.7.1 certificat")
}

fn busy(played: P) -> P {
    played.reply(steps::GREETING, Stage::Greeting, "421 4.3.2 trop de sessions")
}

fn handshake_alert() -> P {
    P::new().until_starttls().tls_started().alert(Stage::Handshake, "certificate_expired")
}

/// Not asked for: the handshake ends without our certificate.
fn unasked() -> P {
    P::new().until_starttls().tls_started().tls_established(false).reply(
        steps::EHLO_TLS,
        Stage::EhloTls,
        "250 mx",
    )
}

#[rstest]
// What must be accepted.
#[case::accepted(P::new().ready().body(0, "250 2.0.0 ok"), nominal(), Pass)]
#[case::delivered_intact(P::new().ready().body(0, "250 ok").delivered(0, 0), nominal(), Pass)]
#[case::rewritten(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], false, "x"), nominal(), PassWithRemark)]
#[case::altered(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &["Subject"], false, "x"), nominal(), Fail)]
#[case::reordered(P::new().ready().body(0, "250 ok").delivered_reordered(0, 0), nominal(), PassWithRemark)]
#[case::second_copy_altered(P::new().ready().body(0, "250 ok").delivered(0, 0).delivered_as(0, 0, &["corps"], false, "x"), nominal(), Fail)]
#[case::lost(P::new().ready().body(0, "250 ok").not_delivered(0, 0), nominal(), Fail)]
#[case::bounced(P::new().ready().body(0, "250 ok").notified(0, 0), nominal(), Fail)]
#[case::bounced_yet_delivered(P::new().ready().body(0, "250 ok").notified(0, 0).delivered(0, 0), nominal(), Pass)]
#[case::refused_with_5xx(P::new().ready().mail(0, "550 5.7.1 non"), nominal(), Fail)]
#[case::put_off_while_the_twin_passes(P::new().ready().mail(0, "451 4.3.0 non"), nominal(), Inconclusive)]
#[case::put_off_time_after_time(P::times(4, |p| p.ready().mail(0, "451 4.3.0 non")), nominal(), Inconclusive)]
#[case::put_off_after_the_dot(P::new().ready().body(0, "451 4.7.1 greylisted"), nominal(), Inconclusive)]
#[case::put_off_yet_delivered(P::new().ready().body(0, "451 4.7.1 greylisted").delivered(0, 0), nominal(), Fail)]
#[case::refused_when_tried_again(P::new().ready().mail(0, "451 4.7.1 non").again().ready().mail(0, "550 5.7.1 non"), nominal(), Fail)]
#[case::closed_once(P::new().in_tls().closed(steps::EHLO_TLS, Stage::EhloTls, false), nominal(), Inconclusive)]
#[case::closed_thrice(thrice(|p| p.in_tls().closed(steps::EHLO_TLS, Stage::EhloTls, false)), nominal(), Fail)]
#[case::busy_thrice(thrice(busy), nominal(), Inconclusive)]
#[case::no_connection(P::nothing(), nominal(), Inconclusive)]
#[case::greylisted(P::new().ready().mail(0, "450 4.7.1 plus tard").again().ready().body(0, "250 ok"), nominal(), Pass)]
#[case::refused_yet_delivered(P::new().ready().body(0, "550 5.7.1 non").delivered(0, 0), nominal(), Fail)]
#[case::taken_without_a_reply(taken_without_a_reply(None), nominal(), Fail)]
#[case::taken_without_a_reply_where_open(taken_without_a_reply(Some(false)), Facts { mail_from: MailFrom::TrailingDot, ..nominal() }, Fail)]
#[case::taken_without_a_reply_twice(P::times(2, |p| cut_after_the_dot(p, None)).delivered(1, 0), nominal(), Inconclusive)]
#[case::taken_and_answered_at_last(P::times(2, |p| cut_after_the_dot(p, None)).again().ready().body(0, "250 ok").delivered(2, 0), nominal(), Pass)]
#[case::says_421_and_delivers(P::times(3, |p| p.ready().body(0, "421 4.3.2 fin")).delivered(2, 0), nominal(), Fail)]
// What must be refused at TLS.
#[case::alert(handshake_alert(), expired(), Pass)]
#[case::alert_at_first_read(P::new().in_tls().alert(Stage::EhloTls, "bad_certificate"), expired(), Pass)]
#[case::close_once(close_in_handshake(P::new()), expired(), Inconclusive)]
#[case::close_thrice(thrice(close_in_handshake), expired(), Pass)]
#[case::says_421_once(says_421(P::new()), expired(), Inconclusive)]
#[case::says_421_thrice(thrice(says_421), expired(), Pass)]
#[case::two_closes_and_one_421(says_421(close_in_handshake(close_in_handshake(P::new()).again()).again()), expired(), Inconclusive)]
#[case::one_close_and_two_busy(busy(busy(close_in_handshake(P::new()).again()).again()), expired(), Inconclusive)]
#[case::busy_before_the_certificate(thrice(busy), expired(), Inconclusive)]
#[case::refused_at_starttls(P::new().greeted().reply(steps::STARTTLS, Stage::StartTls, "454 non"), expired(), Inconclusive)]
#[case::refused_at_mail(P::new().ready().mail(0, "550 5.7.1 non"), expired(), Pass)]
#[case::accepted_expired(P::new().ready().body(0, "250 ok"), expired(), Fail)]
#[case::accepted_expired_then_bounced(P::new().ready().body(0, "250 ok").notified(0, 0), expired(), PassWithRemark)]
#[case::refused_but_not_asked_for(unasked().mail(0, "550 non"), expired(), Inconclusive)]
#[case::accepted_but_not_asked_for(unasked().body(0, "250 ok"), expired(), Inconclusive)]
#[case::not_ready_to_present(P::new().until_starttls().tls_started_with(false, "").alert(Stage::Handshake, "certificate_required"), expired(), Inconclusive)]
#[case::tls_breaks_without_a_word(P::new().until_starttls().tls_started().push(Event::TlsFailed { session: 0, stage: Stage::Handshake, error: "x".into() }), expired(), Inconclusive)]
#[case::silent_after_the_dot_and_delivered(P::new().ready().content(0).silent(steps::body(0), Stage::Body).delivered(0, 0), expired(), Fail)]
#[case::first_attempt_delivered(P::new().ready().content(0).closed(steps::body(0), Stage::Body, false).again().ready().mail(0, "550 5.7.1 non").delivered(0, 0), expired(), Fail)]
// What must be refused by its envelope.
#[case::strictly(P::new().ready().mail(0, "550 5.7.1 domaine absent"), unlisted_domain(), Pass)]
#[case::put_off_then_accepted(P::new().ready().mail(0, "450 4.7.1 plus tard").again().ready().body(0, "250 ok").delivered(1, 0), unlisted_domain(), Fail)]
#[case::put_off_then_refused(P::new().ready().mail(0, "450 4.7.1 plus tard").again().ready().mail(0, "550 5.7.1 domaine absent"), unlisted_domain(), Pass)]
#[case::with_4xx(P::new().ready().mail(0, "450 4.7.1 domaine absent"), unlisted_domain(), PassWithRemark)]
#[case::without_enhanced_code(P::new().ready().mail(0, "550 domaine absent"), unlisted_domain(), PassWithRemark)]
#[case::by_a_bare_alert(P::new().ready().alert(Stage::Mail, "access_denied"), unlisted_domain(), PassWithRemark)]
#[case::before_the_envelope(P::new().in_tls().reply(steps::EHLO_TLS, Stage::EhloTls, "550 5.7.1 non"), unlisted_domain(), Inconclusive)]
#[case::after_the_dot(P::new().ready().body(0, "550 5.7.1 domaine absent"), unlisted_domain(), Pass)]
#[case::accepted_and_delivered(P::new().ready().body(0, "250 ok").delivered(0, 0), unlisted_domain(), Fail)]
#[case::accepted_then_bounced(P::new().ready().body(0, "250 ok").notified(0, 0), unlisted_domain(), PassWithRemark)]
#[case::accepted_and_lost(P::new().ready().body(0, "250 ok").not_delivered(0, 0), unlisted_domain(), Fail)]
#[case::accepted_unobserved(P::new().ready().body(0, "250 ok"), unlisted_domain(), Inconclusive)]
#[case::refused_and_delivered(P::new().ready().body(0, "550 5.7.1 non").delivered(0, 0), unlisted_domain(), Fail)]
#[case::refused_and_not_delivered(P::new().ready().body(0, "550 5.7.1 non").not_delivered(0, 0), unlisted_domain(), Pass)]
#[case::in_clear(P::new().greeted().mail(0, "530 5.7.0 TLS"), clear(), Pass)]
#[case::in_clear_accepted(P::new().greeted().body(0, "250 ok"), clear(), Fail)]
// Relay, unknown and unwatched mailboxes.
#[case::relay_refused(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "550 5.7.1 relais"), relay(), Pass)]
#[case::relay_done(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], true, "tiers.mssante.test"), relay(), Fail)]
#[case::relay_to_an_address(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], true, "[127.0.10.8]"), relay(), Fail)]
#[case::one_of_two_mailboxes(P::new().ready().body(0, "250 ok").delivered(0, 0), two(), PassWithRemark)]
#[case::twice_in_one_mailbox(P::new().ready().body(0, "250 ok").delivered(0, 0).delivered(0, 0), nominal(), PassWithRemark)]
#[case::a_copy_for_each_mailbox(P::new().ready().body(0, "250 ok").delivered(0, 0).delivered(0, 0), two(), Pass)]
#[case::relay_kept_at_home(P::new().ready().body(0, "250 ok").delivered(0, 0), relay(), PassWithRemark)]
#[case::relay_to_nowhere(P::new().ready().body(0, "250 ok").not_delivered(0, 0), relay(), PassWithRemark)]
#[case::unknown_refused(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "550 5.1.1 inconnue"), unknown(), Pass)]
#[case::unknown_bounced(P::new().ready().body(0, "250 ok").notified(0, 0), unknown(), PassWithRemark)]
#[case::unknown_unwatched(P::new().ready().body(0, "250 ok").not_delivered(0, 0), unknown(), Inconclusive)]
#[case::postmaster_unwatched(P::new().ready().body(0, "250 ok").not_delivered(0, 0), Facts { recipients: Recipients::Postmaster, ..nominal() }, Pass)]
// What the sources leave open, or only recommend.
#[case::open_refused(P::new().ready().mail(0, "501 5.1.7 non"), Facts { mail_from: MailFrom::TrailingDot, ..nominal() }, Pass)]
#[case::open_accepted(P::new().ready().body(0, "250 ok"), Facts { mail_from: MailFrom::TrailingDot, ..nominal() }, Pass)]
#[case::open_bounced(P::new().ready().body(0, "250 ok").notified(0, 0), Facts { mail_from: MailFrom::TrailingDot, ..nominal() }, PassWithRemark)]
#[case::equivalent_dn_refused(P::new().ready().mail(0, "550 5.7.1 non"), Facts { dn: DnStatus::Equivalent, ..nominal() }, PassWithRemark)]
#[case::equivalent_dn_not_asked_for(unasked().body(0, "250 ok"), Facts { dn: DnStatus::Equivalent, ..nominal() }, Inconclusive)]
#[case::weak_key_accepted(P::new().ready().body(0, "250 ok"), Facts { certificate: CertificateStatus::WeakKey, ..nominal() }, PassWithRemark)]
#[case::ehlo_name_refused(P::new().greeted().reply(steps::EHLO, Stage::Ehlo, "550 5.7.1 nom"), Facts { ehlo: EhloStatus::OtherName, ..nominal() }, PassWithRemark)]
#[case::ptr_refused_at_greeting(met_as(PtrFault::Absent, P::new().reply(0, Stage::Greeting, "554 5.7.1 PTR")), Facts { ptr: PtrStatus::Absent, ..nominal() }, Fail)]
#[case::ptr_silent_once_not_greeted(met(ungreeted(1)), silent(), Inconclusive)]
#[case::ptr_silent_twice_not_greeted(met(ungreeted(2)), silent(), Inconclusive)]
#[case::ptr_silent_never_greeted(met(ungreeted(3)), silent(), Fail)]
#[case::ptr_silent_greeted_at_last(met(ungreeted(2).again().ready().body(0, "250 ok").delivered(2, 0)), silent(), Inconclusive)]
#[case::ptr_silent_refused_at_last(met(ungreeted(1).again().reply(0, Stage::Greeting, "554 5.7.1 PTR")), silent(), Fail)]
#[case::ptr_silent_altered_at_last(met(ungreeted(1).again().ready().body(0, "250 ok").delivered_as(1, 0, &["Subject"], false, "x")), silent(), Fail)]
#[case::ptr_silent_greeted(met(P::new().ready().body(0, "250 ok").delivered(0, 0)), silent(), Pass)]
#[case::never_greeted(ungreeted(3), Facts { ptr: PtrStatus::Absent, ..nominal() }, Inconclusive)]
#[case::ptr_silent_no_answer_to_mail(met(P::new().ready().silent(steps::mail(0), Stage::Mail)), silent(), Inconclusive)]
#[case::ptr_421_thrice(met_as(PtrFault::Absent, thrice(busy)), Facts { ptr: PtrStatus::Absent, ..nominal() }, Inconclusive)]
#[case::ptr_put_off_for_its_name(met_as(PtrFault::Absent, P::new().ready().mail(0, "450 4.7.25 sans nom")), Facts { ptr: PtrStatus::Absent, ..nominal() }, Fail)]
#[case::ptr_put_off_for_another_cause(met_as(PtrFault::Absent, P::new().ready().mail(0, "450 4.7.1 plus tard")), Facts { ptr: PtrStatus::Absent, ..nominal() }, Inconclusive)]
#[case::one_recipient_of_two_put_off(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").rcpt(0, 1, "452 4.5.3 trop"), two(), PassWithRemark)]
#[case::the_only_recipient_put_off(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "452 4.5.3 trop"), nominal(), Inconclusive)]
#[case::the_second_recipient_put_off_otherwise(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").rcpt(0, 1, "450 4.2.0 plus tard"), two(), Inconclusive)]
fn with_twin_and_control(#[case] played: P, #[case] facts: Facts, #[case] verdict: Verdict) {
    let judgement = of(&played.context(), facts);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    assert!(!judgement.expected.is_empty() && !judgement.observed.is_empty());
    assert!(!judgement.reason.is_empty());
}

#[rstest]
#[case::refusal_expected(handshake_alert(), expired(), Inconclusive)]
#[case::refusal_against_a_must(P::new().ready().mail(0, "550 5.7.1 non"), nominal(), Inconclusive)]
#[case::refusal_against_a_should(P::new().ready().mail(0, "550 5.7.1 non"), Facts { dn: DnStatus::Equivalent, ..nominal() }, Inconclusive)]
#[case::never_greeted(met(ungreeted(3)), silent(), Inconclusive)]
#[case::taken_without_a_reply(taken_without_a_reply(None), nominal(), Inconclusive)]
#[case::taken_without_a_reply_and_closed_in_order(
    taken_without_a_reply(Some(true)),
    nominal(),
    Fail
)]
#[case::refused_by_a_reply_yet_delivered(P::new().ready().body(0, "550 5.7.1 non").delivered(0, 0), nominal(), Fail)]
#[case::acceptance_against_a_must(P::new().ready().body(0, "250 ok"), expired(), Fail)]
#[case::delivery_against_a_must(P::new().ready().body(0, "250 ok").delivered(0, 0), unlisted_domain(), Fail)]
#[case::acceptance_expected(P::new().ready().body(0, "250 ok"), nominal(), Pass)]
#[case::broken_back_end(P::new().ready().mail(0, "450 4.3.0 panne"), nominal(), Inconclusive)]
fn without_a_trusted_control(#[case] played: P, #[case] facts: Facts, #[case] verdict: Verdict) {
    let twin = Twin::NotPassed("témoin".into());
    for (twin, control_after) in [(twin, Some(true)), (Twin::Passed, Some(false))] {
        let judgement = of(&Context { twin, control_after, ..played.context() }, facts);
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    }
}

#[rstest]
#[case::definitely(P::new().ready().mail(0, "550 5.7.1 non"), Some(false), Fail)]
#[case::definitely_and_interrupted(P::new().ready().mail(0, "550 5.7.1 non"), None, Fail)]
#[case::by_a_broken_back_end(P::new().ready().mail(0, "450 4.3.0 panne"), Some(false), Inconclusive)]
#[case::by_421(thrice(says_421), Some(false), Inconclusive)]
#[case::by_alert(handshake_alert(), Some(false), Inconclusive)]
#[case::taken_without_a_reply(taken_without_a_reply(None), Some(false), Inconclusive)]
#[case::taken_without_a_reply_while_the_control_passes(
    taken_without_a_reply(Some(false)),
    Some(true),
    Inconclusive
)]
#[case::taken_without_a_reply_and_interrupted(taken_without_a_reply(None), None, Inconclusive)]
#[case::taken_without_a_reply_and_closed_in_order(
    taken_without_a_reply(Some(true)),
    Some(false),
    Fail
)]
fn the_nominal_peer_refused(
    #[case] played: P,
    #[case] control_after: Option<bool>,
    #[case] verdict: Verdict,
) {
    let context = Context { twin: Twin::None, control_after, is_nominal: true, ..played.context() };
    assert_eq!(of(&context, nominal()).verdict, verdict);
}

#[rstest]
#[case::interrupted(None, Inconclusive)]
#[case::control_passed(Some(true), Inconclusive)]
#[case::control_failed(Some(false), Inconclusive)]
fn a_temporary_refusal_without_a_twin(
    #[case] control_after: Option<bool>,
    #[case] verdict: Verdict,
) {
    let played = P::new().ready().mail(0, "450 4.3.0 panne");
    let context = Context { twin: Twin::None, control_after, ..played.context() };
    assert_eq!(of(&context, nominal()).verdict, verdict);
}

#[rstest]
#[case::nothing_observed(false, false, Pass, Inconclusive)]
#[case::delivery_only(true, false, Inconclusive, Inconclusive)]
#[case::both(true, true, Fail, Fail)]
fn a_message_that_vanishes(
    #[case] delivery_observed: bool,
    #[case] outgoing_observed: bool,
    #[case] due: Verdict,
    #[case] undue: Verdict,
) {
    let played = P::new().ready().body(0, "250 ok").not_delivered(0, 0);
    for (facts, verdict) in [(nominal(), due), (unlisted_domain(), undue)] {
        let context = Context { delivery_observed, outgoing_observed, ..played.context() };
        let judgement = of(&context, facts);
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    }
}

/// Of a message from nobody no notice can be given (RFC 5321 §6.1): where deliveries are observed, it is
/// lost.
#[rstest]
#[case::nothing_observed(false, Pass)]
#[case::delivery_observed(true, Fail)]
fn a_notice_that_vanishes(#[case] delivery_observed: bool, #[case] verdict: Verdict) {
    let played = P::new().ready().body(0, "250 ok").not_delivered(0, 0);
    let context = Context { delivery_observed, outgoing_observed: false, ..played.context() };
    let facts = Facts { mail_from: MailFrom::Null, ..nominal() };
    assert_eq!(of(&context, facts).verdict, verdict);
}

#[rstest]
#[case::accepted(P::new().ready().body(0, "250 ok"), nominal(), true)]
#[case::rewritten(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], false, "x"), nominal(), true)]
#[case::refused_where_recommended(P::new().ready().mail(0, "550 5.7.1 non"), Facts { dn: DnStatus::Equivalent, ..nominal() }, false)]
#[case::refused_where_open(P::new().ready().mail(0, "501 5.1.7 non"), Facts { mail_from: MailFrom::TrailingDot, ..nominal() }, false)]
#[case::bounced_where_open(P::new().ready().body(0, "250 ok").notified(0, 0), Facts { mail_from: MailFrom::TrailingDot, ..nominal() }, false)]
#[case::altered(P::new().ready().body(0, "250 ok").delivered_as(0, 0, &["Subject"], false, "x"), nominal(), true)]
#[case::twice(P::new().ready().body(0, "250 ok").delivered(0, 0).delivered(0, 0), nominal(), true)]
#[case::lost(P::new().ready().body(0, "250 ok").not_delivered(0, 0), nominal(), true)]
#[case::bounced(P::new().ready().body(0, "250 ok").notified(0, 0), nominal(), false)]
#[case::refused(P::new().ready().body(0, "550 non"), nominal(), false)]
#[case::accepted_against_a_must(P::new().ready().body(0, "250 ok"), expired(), false)]
fn only_an_acceptance_makes_a_twin(#[case] played: P, #[case] facts: Facts, #[case] twin: bool) {
    assert_eq!(of(&played.context(), facts).is_witness(), twin);
}

/// A command that never gets its reply, `times` times.
fn silent_at_rcpt(times: u16) -> P {
    P::times(times, |p| p.ready().mail(0, "250 ok").silent(steps::rcpt(0, 0), Stage::Rcpt))
}

/// Half a reply, and no more of it.
fn unfinished_at_rcpt(played: P) -> P {
    let session = last_session(played.entries());
    let step = steps::rcpt(0, 0);
    let (stage, problem) = (Stage::Rcpt, "pas de réponse entière".to_owned());
    played
        .ready()
        .mail(0, "250 ok")
        .push(Event::Garbled {
            by: Side::Target,
            session,
            step,
            stage,
            problem,
            bytes: "250-".into(),
        })
        .silent(step, stage)
}

/// A silence is repeated as closes are; only where others had their replies does it count, and never as
/// a refusal that was due.
#[rstest]
#[case::once(silent_at_rcpt(1), nominal(), Twin::Passed, Some(true), Inconclusive)]
#[case::twice(silent_at_rcpt(2), nominal(), Twin::Passed, Some(true), Inconclusive)]
#[case::thrice(silent_at_rcpt(3), nominal(), Twin::Passed, Some(true), Fail)]
#[case::half_a_reply(thrice(unfinished_at_rcpt), nominal(), Twin::Passed, Some(true), Fail)]
#[case::answered_at_last(silent_at_rcpt(2).again().ready().body(0, "250 ok").delivered(2, 0), nominal(), Twin::Passed, Some(true), Pass)]
#[case::the_twin_too(silent_at_rcpt(3), nominal(), Twin::NotPassed("témoin".into()), Some(true), Inconclusive)]
#[case::the_control_too(silent_at_rcpt(3), nominal(), Twin::Passed, Some(false), Inconclusive)]
#[case::no_twin_but_the_control(silent_at_rcpt(3), nominal(), Twin::None, Some(true), Fail)]
#[case::nobody_else(silent_at_rcpt(3), nominal(), Twin::None, None, Inconclusive)]
#[case::where_a_refusal_is_due(
    silent_at_rcpt(3),
    unlisted_domain(),
    Twin::Passed,
    Some(true),
    Inconclusive
)]
#[case::after_the_dot_and_delivered(P::times(3, |p| p.ready().content(0).silent(steps::body(0), Stage::Body)).delivered(2, 0), nominal(), Twin::Passed, Some(true), Fail)]
fn a_command_that_is_never_answered(
    #[case] played: P,
    #[case] facts: Facts,
    #[case] twin: Twin,
    #[case] control_after: Option<bool>,
    #[case] verdict: Verdict,
) {
    let judgement = of(&Context { twin, control_after, ..played.context() }, facts);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    if verdict == Fail {
        assert!(judgement.reason.contains("RFC 5321 §4."), "{}", judgement.reason);
        assert!(judgement.observed.contains("reply_seconds"), "{}", judgement.observed);
    }
}

/// A notice says nothing where the twin earns one too.
#[rstest]
#[case::twin_accepted(Twin::Passed, PassWithRemark)]
#[case::twin_came_back(Twin::NotPassed("avis".into()), Inconclusive)]
fn a_refusal_by_notice_needs_its_twin(#[case] twin: Twin, #[case] verdict: Verdict) {
    let played = P::new().ready().body(0, "250 ok").notified(0, 0);
    let judgement = of(&Context { twin, ..played.context() }, unlisted_domain());
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

#[test]
fn the_gravest_part_leads_and_says_which_it_is() {
    let played = P::new().ready().body(0, "250 ok").body(1, "250 ok").delivered(0, 1);
    let parts = [nominal(), unlisted_domain(), unlisted_domain()]
        .iter()
        .zip(0..)
        .map(|(facts, t)| {
            judge(
                &played.context(),
                t,
                &facts.bearing(),
                &decide(facts).settled(Proof::Revocation, true),
            )
        })
        .collect();
    let judgement = Judgement::combine(parts);
    assert_eq!(judgement.verdict, Fail);
    assert_eq!(judgement.reason, "2. le message devait être refusé et a été remis");
    assert!(judgement.observed.starts_with("1. 250 ok"), "{}", judgement.observed);
    assert!(judgement.observed.contains(" · 3. "), "{}", judgement.observed);
    assert_eq!(Judgement::combine(Vec::new()).verdict, Inconclusive);
}
