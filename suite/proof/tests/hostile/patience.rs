//! Targets that say "later": greylisting, limits, gatekeepers, tarpits. A temporary reply proves neither
//! an acceptance nor a refusal until it was tried again.

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use proof::proxy::{Behaviour, Delivery, Proxy, ProxyConfig, Scene};
use rstest::rstest;
use suite::{
    oracle::{
        ClauseId, Decision, Grade,
        command::Verb,
        reception::{Facts, decide, facts::DomainStatus},
        session::Reply,
    },
    record::{RunVerdict, Verdict},
    target::{Observation, Target},
};

use crate::{
    bed::{Bed, Played, review},
    server::{ACCEPT, Answer, DOT, Moment, polite},
};

/// How long a first contact is put off.
const PUT_OFF: Duration = Duration::from_millis(400);

/// First contacts, by proxy and key.
static CONTACTS: LazyLock<Mutex<BTreeMap<(usize, String), Instant>>> =
    LazyLock::new(Mutex::default);

/// How long ago `scene`'s proxy met `key` first.
fn known_for(scene: &Scene<'_>, key: String) -> Duration {
    let proxy = std::ptr::from_ref(scene.process).addr();
    let mut contacts = CONTACTS.lock().expect("no panic while it is held");
    contacts.entry((proxy, key)).or_insert_with(Instant::now).elapsed()
}

fn client(scene: &Scene<'_>) -> String {
    scene.peer.address.map(|address| address.ip().to_string()).unwrap_or_default()
}

/// The decision at RCPT while `key` is new; nothing else here rests on the PTR clause.
fn greylisted(scene: &Scene<'_>, key: String, delay: Duration, decision: Decision) -> Decision {
    let later = matches!(scene.command.verb, Verb::Rcpt { .. }) && known_for(scene, key) < delay;
    if later && decision.accept != Grade::NonConforming {
        let (accept, refuse) = (Grade::NonConforming, Grade::Conforming);
        Decision { accept, refuse, clause: ClauseId::Ptr, refusal: Reply::REFUSED, ..decision }
    } else {
        decision
    }
}

fn triple(scene: &Scene<'_>) -> String {
    format!("{} {:?} {:?}", client(scene), scene.sender, scene.recipient())
}

fn by_triple(scene: &Scene<'_>) -> Decision {
    greylisted(scene, triple(scene), PUT_OFF, decide(&scene.facts()))
}

fn by_client(scene: &Scene<'_>) -> Decision {
    greylisted(scene, client(scene), PUT_OFF, decide(&scene.facts()))
}

fn by_sender(scene: &Scene<'_>) -> Decision {
    greylisted(scene, format!("{:?}", scene.sender), PUT_OFF, decide(&scene.facts()))
}

fn unchecked(scene: &Scene<'_>) -> Decision {
    let decision = decide(&Facts { domain: DomainStatus::Mapped, ..scene.facts() });
    greylisted(scene, triple(scene), PUT_OFF, decision)
}

fn for_ever(scene: &Scene<'_>) -> Decision {
    greylisted(scene, triple(scene), Duration::MAX, decide(&scene.facts()))
}

fn unchecked_for_ever(scene: &Scene<'_>) -> Decision {
    let decision = decide(&Facts { domain: DomainStatus::Mapped, ..scene.facts() });
    greylisted(scene, triple(scene), Duration::MAX, decision)
}

/// The reference proxy that decides so, and says 451 where the PTR clause is named.
async fn proxy(bed: &Bed, decision: fn(&Scene<'_>) -> Decision) -> Played {
    let config = ProxyConfig::of_space(
        &bed.space,
        "127.0.0.1:0".parse().expect("an address"),
        Delivery::Memory(bed.space.mailroom().clone()),
    )
    .expect("the space has a target");
    let reply = |due: Reply, _: &_| match due.code {
        554 => Reply { code: 451, enhanced: Some("4.7.1"), text: "Greylisted, try again later" },
        _ => due,
    };
    let behaviour = Behaviour { decision, reply, ..Behaviour::REFERENCE };
    let proxy = Proxy::start(ProxyConfig { behaviour, ..config }).await.expect("it starts");
    bed.play_at(proxy.address()).await
}

/// Deliveries are seen, and what is put off is tried again for long enough.
fn patient(target: &mut Target) {
    target.delivery = Observation::Memory;
    target.outgoing = Some(target.address);
    target.retry = Duration::from_millis(600);
}

#[rstest]
#[case::by_triple(by_triple)]
#[case::by_client(by_client)]
#[case::by_sender(by_sender)]
#[tokio::test(flavor = "multi_thread")]
async fn a_sound_proxy_that_greylists(#[case] decision: fn(&Scene<'_>) -> Decision) {
    let played = proxy(&Bed::new().await.declaring(patient), decision).await;
    assert_eq!(played.record.verdict, RunVerdict::Concluant, "{}", played.table());
    let remarks = played.record.remarks.join("\n");
    assert!(remarks.contains("Greylisted"), "the run says so: {remarks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_proxy_that_greylists_for_longer_than_is_waited() {
    let bed = Bed::new().await.declaring(|target| {
        patient(target);
        target.retry = Duration::from_millis(100);
    });
    review("liste-grise-trop-longue", &proxy(&bed, for_ever).await, &[]);
}

/// Whoever comes back gets in, from whatever domain.
#[tokio::test(flavor = "multi_thread")]
async fn a_greylist_in_place_of_a_check() {
    let played = proxy(&Bed::new().await.declaring(patient), unchecked).await;
    assert_eq!(played.of(Verdict::Fail), ["5-enveloppe/domaine-non-liste"], "{}", played.table());
    let bed = Bed::new().await.declaring(|target| {
        patient(target);
        target.retry = Duration::from_millis(100);
    });
    let played = proxy(&bed, unchecked_for_ever).await;
    let (verdict, reason) = played.said("5-enveloppe/domaine-non-liste");
    assert_eq!(verdict, Verdict::Inconclusive, "{reason}");
}

/// Scenarios of several messages, or of many recipients, beside the simplest ones.
const SEVERAL: &[&str] = &[
    "2-smtp/cent-destinataires",
    "2-smtp/plusieurs-transactions",
    "3-starttls/sonde-tls-1-2",
    "5-enveloppe/nominal",
    "5-enveloppe/remis-texte",
];

/// No word on deliveries, which these servers make none of.
async fn several() -> Bed {
    Bed::with(SEVERAL).await
}

/// Counts the messages of each session.
fn counted(most: usize, limits: &'static str) -> impl Fn(&Moment<'_>) -> Answer + Send + Sync {
    let sessions: Mutex<BTreeMap<usize, usize>> = Mutex::default();
    move |moment| {
        let mut sessions = sessions.lock().expect("no panic while it is held");
        let messages = sessions.entry(moment.session).or_default();
        match moment.verb {
            "EHLO" if moment.tls && !limits.is_empty() => {
                Answer::Say(format!("250-mx.hostile.test\r\n250 {limits}\r\n").into_bytes())
            }
            "MAIL" if moment.tls && *messages >= most => {
                Answer::Last(b"421 4.7.0 assez pour cette session\r\n".to_vec())
            }
            DOT => {
                *messages += 1;
                polite(moment)
            }
            _ => polite(moment),
        }
    }
}

#[rstest]
#[case::silently("421-apres-deux-messages", "", Verdict::Inconclusive)]
#[case::announced("421-apres-deux-messages-annonces", "LIMITS MAILMAX=2", Verdict::PassWithRemark)]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_messages(
    #[case] name: &str,
    #[case] limits: &'static str,
    #[case] verdict: Verdict,
) {
    let played = several().await.play(counted(2, limits)).await;
    review(name, &played, &[]);
    assert_eq!(played.said("plusieurs-transactions").0, verdict);
}

/// Lets so many through in each period.
struct Period {
    most: usize,
    time: Duration,
    state: Mutex<(Option<Instant>, usize)>,
}

impl Period {
    fn new(most: usize, time: Duration) -> Self {
        Self { most, time, state: Mutex::default() }
    }

    fn lets_through(&self) -> bool {
        let mut state = self.state.lock().expect("no panic while it is held");
        if state.0.is_none_or(|begun| begun.elapsed() > self.time) {
            *state = (Some(Instant::now()), 0);
        }
        state.1 += 1;
        state.1 <= self.most
    }
}

/// Each limit gives way when it is tried again, one connection at a time.
#[rstest]
#[case::connections(ACCEPT, b"421 4.7.0 too many connections\r\n".as_slice(), true)]
#[case::messages("MAIL", b"450 4.7.1 message rate limit exceeded\r\n".as_slice(), false)]
#[case::sessions_at_mail("MAIL", b"421 4.7.0 too many messages\r\n".as_slice(), true)]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_in_a_period(
    #[case] verb: &'static str,
    #[case] reply: &'static [u8],
    #[case] ends: bool,
) {
    let bed = several().await.declaring(|target| target.retry = Duration::from_millis(700));
    let period = Period::new(6, Duration::from_millis(500));
    let played = bed
        .play(move |moment| {
            let counts = moment.verb == verb && (moment.tls || verb == ACCEPT);
            if !counts || period.lets_through() {
                polite(moment)
            } else if ends {
                Answer::Last(reply.to_vec())
            } else {
                Answer::Say(reply.to_vec())
            }
        })
        .await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    assert_eq!(played.said("5-enveloppe/nominal").0, Verdict::Pass, "{}", played.table());
}

/// A limit that never gives way is named.
#[rstest]
#[case::connections("trop-de-connexions", ACCEPT, "421 4.7.0 too many connections", 1)]
#[case::rate("debit-depasse", "MAIL", "450 4.7.1 message rate limit exceeded", 0)]
#[case::gatekeeper("service-indisponible", "MAIL", "450 4.3.2 Service currently unavailable", 0)]
#[case::greylist_after_the_dot("liste-grise-au-point-final", DOT, "451 4.7.1 Try again later", 0)]
#[tokio::test(flavor = "multi_thread")]
async fn never_now(
    #[case] name: &str,
    #[case] verb: &'static str,
    #[case] reply: &'static str,
    #[case] passes: usize,
) {
    let asked = AtomicUsize::new(0);
    let played = Bed::new()
        .await
        .play(move |moment| {
            let counts = moment.verb == verb && (moment.tls || verb == ACCEPT);
            // The first look at the greeting passes.
            if counts && asked.fetch_add(1, Ordering::Relaxed) >= passes {
                Answer::line(reply)
            } else {
                polite(moment)
            }
        })
        .await;
    review(name, &played, &[]);
}

/// A limit of recipients below a hundred, in the form of RFC 5321 §4.5.3.1.10.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_recipients() {
    let sessions: Mutex<BTreeMap<usize, usize>> = Mutex::default();
    let played = several()
        .await
        .play(move |moment| {
            let mut sessions = sessions.lock().expect("no panic while it is held");
            let recipients = sessions.entry(moment.session).or_default();
            *recipients += usize::from(moment.verb == "RCPT");
            if moment.verb == "RCPT" && *recipients > 20 {
                Answer::line("452 4.5.3 Too many recipients")
            } else {
                polite(moment)
            }
        })
        .await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
    let (verdict, reason) = played.said("cent-destinataires");
    assert_eq!(verdict, Verdict::PassWithRemark, "{reason}");
}

/// Whoever makes all clients wait is waited for, and the run says why it took long.
#[tokio::test(flavor = "multi_thread")]
async fn a_tarpit() {
    let bed = Bed::with(&["2-smtp/accueil", "2-smtp/noop", "5-enveloppe/nominal"]).await;
    let played = bed
        .play(|moment| match (polite(moment), moment.verb) {
            (Answer::Say(bytes), ACCEPT | "MAIL" | "RCPT" | DOT) => {
                Answer::Late(bytes, Duration::from_millis(800))
            }
            (answer, _) => answer,
        })
        .await;
    assert_eq!(played.of(Verdict::Pass).len(), played.record.scenarios.len(), "{}", played.table());
    let remarks = played.record.remarks.join("\n");
    assert!(remarks.contains("à l'accueil en 0,8 s"), "{remarks}");
    let bed = bed.impatient();
    let played = bed
        .play(|moment| match (polite(moment), moment.verb) {
            (Answer::Say(bytes), "MAIL") => Answer::Late(bytes, Duration::from_secs(3)),
            (answer, _) => answer,
        })
        .await;
    let (verdict, reason) = played.said("5-enveloppe/nominal");
    assert_eq!(verdict, Verdict::Inconclusive);
    assert!(reason.contains("reply_seconds"), "{reason}");
}
