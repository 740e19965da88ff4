//! Verdicts on synthetic scripts. A script that begins with `session` has its own lines from 5 on.

use fixtures::smtp::transcript::{Side, Wire};
use rstest::rstest;

use super::*;
use crate::{
    judge::{Campaign, Twin},
    observe::testing::Played,
    scenario::{
        Action, Expected,
        model::{
            DeliverySubject, MessageKind, ReversePath, StatedSender, Template, Transaction,
            Transfer,
        },
        script,
    },
};

type P = Played;
use Verdict::{Fail, Inconclusive, Pass, PassWithRemark};

fn of(context: &Context<'_>, level: Level, lines: &[&str]) -> Judgement {
    let lines = script::parse(lines).expect("sound");
    judge(context, level, &lines, &SideEffects::default())
}

/// `session`, one command and the reply `text` to it.
fn replied(text: &str) -> P {
    P::new().ready().sent(5, Stage::Other, "X\r\n").reply(6, Stage::Other, text)
}

fn closed() -> P {
    P::new().ready().sent(5, Stage::Other, "X\r\n").closed(6, Stage::Other, false)
}

fn closed_times(times: u16) -> P {
    P::times(times, |p| p.ready().sent(5, Stage::Other, "X\r\n").closed(6, Stage::Other, false))
}

fn says_421_times(times: u16) -> P {
    P::times(times, |p| {
        p.ready().sent(5, Stage::Other, "X\r\n").reply(6, Stage::Other, "421 4.3.2 fin")
    })
}

#[rstest]
#[case::met("< 250", replied("250 2.0.0 ok"), Pass)]
#[case::class("< 2xx", replied("251 2.0.0 ok"), Pass)]
#[case::ideal_missed("< 2xx ~ 250", replied("251 2.0.0 ok"), PassWithRemark)]
#[case::wrong_code("< 250", replied("502 5.5.1 non"), Fail)]
#[case::refusal_awaited("< 5xx", replied("502 5.5.1 non"), Pass)]
#[case::refusal_awaited_but_done("< 5xx", replied("250 2.0.0 ok"), Fail)]
#[case::recommended("<? 250", replied("502 5.5.1 non"), PassWithRemark)]
#[case::has("< 250 has SIZE", replied("250-mx\n250 SIZE 1000"), Pass)]
#[case::has_not("< 250 has SIZE", replied("250 mx"), Fail)]
#[case::lacks("< 250 lacks STARTTLS", replied("250-mx\n250 STARTTLS"), Fail)]
#[case::lacks_indeed("< 250 lacks STARTTLS", replied("250 mx"), Pass)]
#[case::enhanced("< 250 enh 2.x.x", replied("250 2.1.0 ok"), Pass)]
#[case::enhanced_missing("< 250 enh 2.x.x", replied("250 ok"), Fail)]
#[case::enhanced_of_another_class("< 250 enh x.x.x", replied("250 5.1.0 ok"), Fail)]
#[case::closed_once("< 250", closed(), Inconclusive)]
#[case::closed_twice("< 250", closed_times(2), Inconclusive)]
#[case::closed_thrice("< 250", closed_times(3), Fail)]
#[case::close_permitted_once("< 5xx|closed", closed(), Inconclusive)]
#[case::close_permitted_thrice("< 5xx|closed", closed_times(3), Pass)]
#[case::close_or_end_thrice("< 250 or closed", closed_times(3), Pass)]
#[case::closed_twice_then_met("< 250", { closed_times(2).again().ready().sent(5, Stage::Other, "X\r\n").reply(6, Stage::Other, "250 ok") }, Pass)]
#[case::says_421_once("< 250", says_421_times(1), Inconclusive)]
#[case::says_421_thrice("< 250", says_421_times(3), Inconclusive)]
#[case::put_off("< 250", replied("450 4.7.1 plus tard"), Inconclusive)]
#[case::put_off_where_recommended("<? 250", replied("450 4.7.1 plus tard"), Inconclusive)]
#[case::put_off_where_a_refusal_is_awaited("< 4xx|5xx", replied("450 4.7.1 non"), Pass)]
#[case::put_off_where_a_definite_one_is("< 501", replied("451 4.5.2 non"), Fail)]
#[case::put_off_where_all_is_permitted("< 2xx|4xx|5xx", replied("450 4.7.1 non"), Pass)]
#[case::two_closes_and_a_421("< 250", { closed_times(2).again().ready().sent(5, Stage::Other, "X\r\n").reply(6, Stage::Other, "421 fin") }, Inconclusive)]
#[case::two_busy_greetings_and_a_close("< 250", { P::times(2, |p| p.reply(0, Stage::Greeting, "421 trop")).again().ready().sent(5, Stage::Other, "X\r\n").closed(6, Stage::Other, false) }, Inconclusive)]
#[case::silence("< 250", P::new().ready().silent(6, Stage::Other), Inconclusive)]
#[case::not_reached("< 250", P::new().ready(), Inconclusive)]
#[case::precondition_greeting("< 250", P::new().reply(0, Stage::Greeting, "554 non"), Inconclusive)]
#[case::precondition_ehlo("< 250", P::new().greeted().reply(1, Stage::Ehlo, "502 non"), Inconclusive)]
#[case::precondition_handshake("< 250", P::new().until_starttls().tls_started().alert(Stage::Handshake, "internal_error"), Inconclusive)]
#[case::no_connection("< 250", P::nothing(), Inconclusive)]
fn one_reply(#[case] line: &str, #[case] played: P, #[case] verdict: Verdict) {
    let judgement = of(&played.context(), Level::Must, &["session", "> X", line]);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    assert!(!judgement.reason.is_empty() && !judgement.observed.is_empty());
}

#[rstest]
#[case::must(Level::Must, Fail)]
#[case::should(Level::Should, PassWithRemark)]
#[case::may(Level::May, Pass)]
fn the_level_weighs_what_is_unmet(#[case] level: Level, #[case] verdict: Verdict) {
    let played = replied("502 5.5.1 non");
    let judgement = of(&played.context(), level, &["session", "> X", "< 250"]);
    assert_eq!(judgement.verdict, verdict);
    assert!(!judgement.is_witness(), "whatever its level, it was not met");
    let met = replied("250 ok");
    assert!(of(&met.context(), level, &["session", "> X", "< 250"]).is_witness());
}

#[rstest]
#[case::an_acceptance_stands("< 250", "250 ok", Pass)]
#[case::a_must_broken_by_an_acceptance_stands("< 5xx", "250 ok", Fail)]
#[case::a_refusal_awaited("< 5xx", "550 5.7.1 non", Inconclusive)]
#[case::a_refusal_not_awaited("< 250", "550 5.7.1 non", Inconclusive)]
fn without_a_trusted_control(#[case] line: &str, #[case] text: &str, #[case] verdict: Verdict) {
    let played = replied(text);
    let twin = Twin::NotPassed("témoin".into());
    for (twin, control_after) in [(twin, Some(true)), (Twin::Passed, Some(false))] {
        let context = Context { twin, control_after, ..played.context() };
        let judgement = of(&context, Level::Must, &["session", "> X", line]);
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    }
}

const AWAIT: &[&str] = &["session", "> QUIT", "< 221", "await-close"];

fn bye() -> P {
    P::new().ready().sent(5, Stage::Quit, "QUIT\r\n").reply(6, Stage::Quit, "221 2.0.0 fin")
}

fn abrupt() -> Event {
    Event::Closed {
        session: 0,
        step: 7,
        by: Side::Target,
        stage: Stage::Quit,
        close_notify: Some(false),
        reset: false,
    }
}

#[rstest]
#[case::in_order(bye().closed(7, Stage::Quit, false), Pass)]
#[case::no_close_notify(bye().push(abrupt()), PassWithRemark)]
#[case::stays_open(bye().silent(7, Stage::Quit), Fail)]
#[case::says_421(bye().reply(7, Stage::Quit, "421 fin").closed(7, Stage::Quit, false), Pass)]
#[case::talks_on(bye().reply(7, Stage::Quit, "250 encore"), Fail)]
#[case::not_played(bye(), Inconclusive)]
fn an_awaited_close(#[case] played: P, #[case] verdict: Verdict) {
    assert_eq!(of(&played.context(), Level::Must, AWAIT).verdict, verdict);
}

#[test]
fn what_follows_a_recommended_reply_that_ended_the_session_is_not_blamed() {
    let played = closed();
    let lines = ["session", "> X", "<? 250", "await-close"];
    assert_eq!(of(&played.context(), Level::Must, &lines).verdict, Inconclusive);
}

const INJECTION: &[&str] = &[
    "greeting",
    "ehlo",
    ">> STARTTLS\\r\\nNOOP\\r\\n",
    "< 220 or 4xx|5xx|closed",
    "tls?",
    "> EHLO a",
    "< 2xx ~ 250 or closed",
    "> QUIT",
    "< 221",
];

/// Text in clear in place of the handshake.
fn in_clear(text: &str) -> Event {
    let problem = "texte en clair en place de la négociation TLS".to_owned();
    Event::Garbled {
        by: Side::Target,
        session: 0,
        step: 2,
        stage: Stage::Handshake,
        problem,
        bytes: text.into(),
    }
}

fn broken() -> Event {
    let error = "la cible a envoyé des octets qui ne sont pas du TLS".to_owned();
    Event::TlsFailed { session: 0, stage: Stage::Handshake, error }
}

/// Up to the 220 to STARTTLS, by the numbers of [`INJECTION`].
fn injected() -> P {
    injected_into(P::new())
}

fn closed_in_handshake(played: P) -> P {
    injected_into(played).tls_started().closed(3, Stage::Handshake, false)
}

fn injected_into(played: P) -> P {
    played
        .greeted()
        .sent(1, Stage::Ehlo, "EHLO a\r\n")
        .reply(1, Stage::Ehlo, "250-mx\n250 STARTTLS")
        .sent(2, Stage::StartTls, "STARTTLS\r\nNOOP\r\n")
        .reply(3, Stage::StartTls, "220 2.0.0 TLS")
}

fn ehlo_and_quit(played: P, ehlo: &str, quit: &str) -> P {
    played
        .sent(5, Stage::EhloTls, "EHLO a\r\n")
        .reply(6, Stage::EhloTls, ehlo)
        .sent(7, Stage::Quit, "QUIT\r\n")
        .reply(8, Stage::Quit, quit)
}

#[rstest]
#[case::thrown_away(ehlo_and_quit(injected().tls_started().tls_established(true), "250 mx", "221 fin"), Pass)]
#[case::answered_inside_tls(ehlo_and_quit(injected().tls_started().tls_established(true), "250 ok", "250-mx\n250 SIZE"), Fail)]
#[case::answered_in_clear(ehlo_and_quit(injected().tls_started_with(true, "250 2.0.0 ok\r\n").tls_established(true), "250 mx", "221 fin"), Fail)]
#[case::refused(P::new().greeted().reply(1, Stage::Ehlo, "250 STARTTLS").reply(3, Stage::StartTls, "503 5.5.1 non"), Pass)]
#[case::handshake_broken_by_an_alert(injected().tls_started().alert(Stage::Handshake, "decode_error"), Inconclusive)]
#[case::handshake_broken_by_an_alert_thrice(P::times(3, |p| {
    p.greeted().reply(1, Stage::Ehlo, "250 STARTTLS").reply(3, Stage::StartTls, "220 TLS").tls_started()
        .alert(Stage::Handshake, "decode_error")
}), Pass)]
#[case::handshake_closed_thrice(P::times(3, |p| {
    p.greeted().reply(1, Stage::Ehlo, "250 STARTTLS").reply(3, Stage::StartTls, "220 TLS").tls_started()
        .closed(3, Stage::Handshake, false)
}), Pass)]
#[case::answered_in_clear_a_moment_late(injected().tls_started().push(in_clear("250 2.0.0 ok\r\n")).push(broken()), Fail)]
#[case::refused_in_clear_a_moment_late(injected().tls_started().push(in_clear("500 5.5.2 inconnu\r\n")).push(broken()), Inconclusive)]
#[case::refused_in_clear_at_once(injected().tls_started_with(true, "503 5.5.1 non\r\n").push(broken()), Inconclusive)]
#[case::octets_in_place_of_the_handshake(injected().tls_started().push(in_clear("\x00\x01")).push(broken()), Inconclusive)]
#[case::handshake_silent(injected().tls_started().silent(3, Stage::Handshake), Inconclusive)]
#[case::handshake_refused_in_either_way(injected_into(closed_in_handshake(closed_in_handshake(P::new()).again()).again()).tls_started().alert(Stage::Handshake, "unexpected_message"), Pass)]
#[case::handshake_closed_once(injected().tls_started().closed(3, Stage::Handshake, false), Inconclusive)]
fn an_injection(#[case] played: P, #[case] verdict: Verdict) {
    let judgement = of(&played.context(), Level::Must, INJECTION);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

fn effects(played: &P, not_delivered: bool) -> Judgement {
    let token = vec![Template("{token}".into())];
    let effects = if not_delivered {
        SideEffects { not_delivered: token, ..Default::default() }
    } else {
        SideEffects { delivered: token, ..Default::default() }
    };
    let lines = script::parse(&["session", "> X", "< 250"]).expect("sound");
    judge(&played.context(), Level::Must, &lines, &effects)
}

fn with_message(played: P, session: u16) -> P {
    let token = crate::observe::testing::token(session, 0);
    played.push(Event::Message { session, transaction: 0, token })
}

#[rstest]
#[case::kept_out(with_message(replied("250 ok"), 0), true, Pass)]
#[case::let_in(with_message(replied("250 ok"), 0).delivered(0, 0), true, Fail)]
#[case::let_in_then_silent(with_message(P::new().ready().silent(6, Stage::Other), 0).delivered(0, 0), true, Fail)]
#[case::let_in_by_an_earlier_connection(with_message(closed(), 0).again().ready().sent(5, Stage::Other, "X").reply(6, Stage::Other, "250 ok").delivered(0, 0), true, Fail)]
#[case::delivered(with_message(replied("250 ok"), 0).delivered(0, 0), false, Pass)]
#[case::delivered_altered(with_message(replied("250 ok"), 0).delivered_as(0, 0, &["Date"], false, "x"), false, Fail)]
#[case::delivered_twice(with_message(replied("250 ok"), 0).delivered(0, 0).delivered(0, 0), false, Fail)]
#[case::not_seen(with_message(replied("250 ok"), 0), false, Inconclusive)]
#[case::not_seen_after_a_failure(with_message(replied("502 non"), 0), false, Fail)]
fn side_effects_count(#[case] played: P, #[case] kept_out: bool, #[case] verdict: Verdict) {
    let judgement = effects(&played, kept_out);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

const BEFORE: &str = "avant-tls.alpha.mssante.test";

/// A session that named itself so in clear, and so inside TLS, and a message of it.
fn said(clear: &str, inside: &[&str]) -> P {
    let hello = |name: &str, tls: bool| Event::Sent {
        by: Side::Harness,
        session: 0,
        step: 1,
        stage: Stage::Ehlo,
        tls,
        bytes: Wire(format!("EHLO {name}\r\n").into_bytes()),
    };
    let in_clear = replied("250 ok").push(hello(clear, false));
    let all = inside.iter().fold(in_clear, |played, name| played.push(hello(name, true)));
    with_message(all, 0)
}

#[rstest]
#[case::named_as_inside(said(BEFORE, &["mx.alpha.test"]).delivered_by(0, 0, &["from mx.alpha.test by c"]), Pass, false)]
#[case::not_named(said(BEFORE, &[]).delivered_by(0, 0, &["from [127.0.0.1] by c"]), Pass, false)]
#[case::named_as_in_clear(said(BEFORE, &["mx.alpha.test"]).delivered_by(0, 0, &["from Avant-TLS.alpha.mssante.test by c"]), Fail, false)]
#[case::in_clear_and_nothing_since(said(BEFORE, &[]).delivered_by(0, 0, &["from avant-tls.alpha.mssante.test by c"]), Fail, false)]
#[case::behind_another_station(said(BEFORE, &[]).delivered_by(0, 0, &["from c by d", "from avant-tls.alpha.mssante.test by c"]), Fail, false)]
#[case::in_one_copy_of_two(said(BEFORE, &[]).delivered_by(0, 0, &["from a by d"]).delivered_by(0, 0, &["from avant-tls.alpha.mssante.test by c"]), Fail, false)]
#[case::said_again(said(BEFORE, &[BEFORE]).delivered_by(0, 0, &["from avant-tls.alpha.mssante.test by c"]), Pass, false)]
#[case::no_trace(said(BEFORE, &["mx.alpha.test"]).delivered_by(0, 0, &[]), PassWithRemark, true)]
#[case::not_seen(said(BEFORE, &["mx.alpha.test"]), Inconclusive, false)]
fn a_name_said_in_clear_is_forgotten(
    #[case] played: P,
    #[case] verdict: Verdict,
    #[case] untold: bool,
) {
    let context = Context { delivery: Some(DeliverySubject::Trace), ..played.context() };
    let effects = SideEffects { delivered: vec![Template("{token}".into())], ..Default::default() };
    let lines = script::parse(&["session", "> X", "< 250"]).expect("sound");
    for (level, expected) in [
        (Level::Must, verdict),
        (Level::Should, if verdict == Fail { PassWithRemark } else { verdict }),
    ] {
        let judgement = judge(&context, level, &lines, &effects);
        assert_eq!((judgement.verdict, judgement.untold), (expected, untold), "{judgement:?}");
    }
}

#[rstest]
#[case::closed_where_a_reply_is_due(closed(), true)]
#[case::says_421(says_421_times(1), true)]
#[case::busy(P::new().reply(0, Stage::Greeting, "421 trop"), true)]
#[case::answered(replied("250 ok"), false)]
#[case::refused(replied("550 non"), false)]
#[case::silent(P::new().ready().silent(6, Stage::Other), true)]
#[case::no_greeting(P::new().silent(0, Stage::Greeting), false)]
fn what_must_be_played_again(#[case] played: P, #[case] again: bool) {
    let lines = script::parse(&["session", "> X", "< 250"]).expect("sound");
    assert_eq!(crate::observe::line::weak_end(played.entries(), 0, &lines).is_some(), again);
}

#[rstest]
#[case::all_accepted("250 ok", "250 ok", Pass)]
#[case::the_mailbox_itself("550 5.1.1 non", "", Inconclusive)]
#[case::one_too_many("250 ok", "452 4.5.3 trop", PassWithRemark)]
#[case::one_too_many_for_good("250 ok", "552 5.5.3 trop", Fail)]
#[case::a_rate("250 ok", "450 4.7.1 rate limit", Inconclusive)]
#[case::busy("250 ok", "421 4.3.2 fin", Inconclusive)]
fn a_further_recipient(#[case] first: &str, #[case] second: &str, #[case] verdict: Verdict) {
    let played = P::new().ready().reply(5, Stage::Mail, "250 ok").reply(6, Stage::Rcpt, first);
    let played = match second {
        "" => played,
        text => played.reply(7, Stage::Rcpt, text),
    };
    let judgement = of(&played.context(), Level::Must, &["session", "mail", "2 * rcpt"]);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

#[rstest]
#[case::unknown("500 5.5.1 commande inconnue", Fail)]
#[case::not_implemented("502 5.5.1 non", Fail)]
#[case::for_whatever_reason("554 5.7.1 non", Inconclusive)]
fn an_unknown_command_needs_no_control(#[case] text: &str, #[case] verdict: Verdict) {
    let played = replied(text);
    let context = Context { twin: Twin::None, control_after: Some(false), ..played.context() };
    let judgement = of(&context, Level::Must, &["session", "> X", "< 250"]);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

/// Where messages that must be accepted are put off, a 4xx refuses nothing.
#[rstest]
#[case::refusal("< 4xx|5xx", "450 4.7.1 non", Inconclusive)]
#[case::end("< 250 or 4xx", "450 4.7.1 non", Inconclusive)]
#[case::definite("< 501", "451 4.5.2 non", Inconclusive)]
#[case::all_permitted("< 2xx|4xx|5xx", "450 4.7.1 non", Pass)]
#[case::either_end("< 5xx or 2xx|4xx", "450 4.7.1 non", Pass)]
#[case::for_good("< 4xx|5xx", "550 5.7.1 non", Pass)]
fn beside_messages_that_were_put_off(
    #[case] line: &str,
    #[case] text: &str,
    #[case] verdict: Verdict,
) {
    let other = P::new().ready().mail(0, "451 4.7.1 Liste grise");
    let nominal = Transaction {
        from: ReversePath::Null,
        to: Vec::new(),
        mail_parameters: None,
        message: MessageKind::default(),
        size: None,
        by: Transfer::Data,
        stated: StatedSender::default(),
        expect: Expected::Accepted,
    };
    let mut campaign = Campaign::default();
    campaign.add(&Action::Transactions(vec![nominal]), other.entries());
    let played = replied(text);
    let context = Context { campaign: Some(&campaign), ..played.context() };
    let judgement = of(&context, Level::Must, &["session", "> X", line]);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
}

#[test]
fn a_remark_shows_the_reply_that_it_is_about() {
    let lines = ["greeting", "> HELP", "<? 211", "> QUIT", "< 221"];
    let played = P::new()
        .greeted()
        .sent(1, Stage::Other, "HELP\r\n")
        .reply(2, Stage::Other, "500 5.5.2 inconnu")
        .sent(3, Stage::Quit, "QUIT\r\n")
        .reply(4, Stage::Quit, "221 au revoir");
    let judgement = of(&played.context(), Level::Should, &lines);
    assert_eq!(judgement.verdict, PassWithRemark, "{}", judgement.reason);
    assert_eq!(judgement.observed, "500 5.5.2 inconnu à « HELP »");
}

/// What was smuggled and delivered leads, whatever was replied.
#[test]
fn a_smuggled_message_is_told_first() {
    let played = with_message(replied("250 2.0.0 pris"), 0).delivered(0, 0);
    let judgement = effects(&played, true);
    let first = "un message qui ne devait pas l'être a été remis";
    assert!(judgement.observed.starts_with(first), "{}", judgement.observed);
    assert!(judgement.observed.contains("250 2.0.0 pris"), "{}", judgement.observed);
    assert!(judgement.reason.starts_with(first), "{}", judgement.reason);
    assert!(!judgement.is_witness());
    let played = with_message(replied("502 non"), 0).delivered(0, 0);
    assert!(effects(&played, true).reason.starts_with(first));
}

fn silent_times(times: u16) -> P {
    P::times(times, |p| p.ready().sent(5, Stage::Other, "X\r\n").silent(6, Stage::Other))
}

#[rstest]
#[case::once(silent_times(1), Twin::Passed, Some(true), Inconclusive)]
#[case::thrice(silent_times(3), Twin::Passed, Some(true), Fail)]
#[case::thrice_and_the_twin(silent_times(3), Twin::NotPassed("témoin".into()), Some(true), Inconclusive)]
#[case::thrice_without_a_twin(silent_times(3), Twin::None, Some(true), Fail)]
#[case::thrice_and_nobody_else(silent_times(3), Twin::None, None, Inconclusive)]
fn a_command_that_is_never_answered(
    #[case] played: P,
    #[case] twin: Twin,
    #[case] control_after: Option<bool>,
    #[case] verdict: Verdict,
) {
    let context = Context { twin, control_after, ..played.context() };
    let judgement = of(&context, Level::Must, &["session", "> X", "< 250"]);
    assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    assert!(judgement.reason.contains("reply_seconds"), "{}", judgement.reason);
}

/// Octets that are no whole command have no reply due.
#[test]
fn half_a_command_is_not_answered() {
    let judgement = of(&silent_times(3).context(), Level::Must, &["session", r">> X\n", "< 250"]);
    assert_eq!(judgement.verdict, Inconclusive, "{judgement:?}");
}
