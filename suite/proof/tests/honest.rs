//! Honest runs that come near to what cannot be: with one connection or with many, cut short and resumed, against a
//! target that moves, puts off or is renewed. None is blamed.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use fixtures::{
    pki::{Clock, KeyPool},
    space::Space,
};
use jiff::Timestamp;
use proof::proxy::{Behaviour, Delivery, Proxy, ProxyConfig, mutants};
use rstest::rstest;
use suite::{
    oracle::reception::facts::Profile,
    record::{Observation, RunRecord},
    runner::{Kept, Options, RunEvent, rejudge, resume},
    scenario::{self, Filter, Library},
    target::Target,
};
use tempfile::TempDir;
use tokio::sync::watch;

/// Some that are played alone, some that rest on a twin, one of another world.
const PLAYED: [&str; 7] = [
    "=reception/1-ptr/absent",
    "=reception/1-ptr/valide",
    "=reception/2-smtp/fausse-fin-lf-point-lf",
    "=reception/4-certificat/expire",
    "=reception/5-enveloppe/domaine-ajoute-a-la-liste",
    "=reception/5-enveloppe/nominal",
    "=reception/6-fin/quit",
];
/// The one of them whose message goes as far as its end, and is not taken.
const REFUSED: &str = "reception/2-smtp/fausse-fin-lf-point-lf";
/// Where a run is cut short.
const CUT: &str = "reception/4-certificat/expire";

/// A run and the space that it is made in.
struct Campaign {
    library: Library,
    space: Space,
    out: TempDir,
    options: Options,
}

async fn space() -> Space {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    Space::ephemeral(&pool, Clock::System).await.expect("the space starts")
}

async fn proxy(space: &Space, behaviour: Behaviour) -> Proxy {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let delivery = Delivery::Memory(space.mailroom().clone());
    let config = ProxyConfig::of_space(space, listen, delivery).expect("the space has a target");
    Proxy::start(ProxyConfig { behaviour, ..config }).await.expect("the proxy starts")
}

impl Campaign {
    async fn new(jobs: usize) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let out = tempfile::tempdir().expect("a folder");
        let options = Options {
            jobs,
            seed: 1,
            filter: PLAYED.iter().map(|one| (*one).to_owned()).collect::<Filter>(),
            strict: false,
            profile: Profile::Default,
            out: out.path().to_owned(),
            started: Timestamp::now(),
            challenge: None,
        };
        let library = scenario::load(&root).expect("all scenarios load");
        Self { library, space: space().await, out, options }
    }

    /// Plays a part of it, until that is so.
    async fn part(
        &self,
        target: &Target,
        kept: Kept,
        until: impl Fn(&RunEvent<'_>) -> bool + Sync,
    ) -> RunRecord {
        let (stopper, stop) = watch::channel(false);
        resume(&self.library, &self.space, target, &self.options, kept, stop, |event| {
            if until(&event) {
                stopper.send_replace(true);
            }
        })
        .await
        .expect("the run is made")
    }

    fn kept(&self, part: u32) -> Kept {
        Kept::read(&self.library, self.out.path(), &self.options.tokens(), part)
    }

    /// The files give the record again, and nothing in them is blamed: what is worth a word.
    fn sound(&self, record: &RunRecord) -> Vec<Observation> {
        let again =
            rejudge(&self.library, record, self.out.path()).expect("the run can be judged again");
        assert_eq!(again.differences, []);
        assert_eq!(again.contradictions, []);
        again.record.observations
    }
}

fn never(_: &RunEvent<'_>) -> bool {
    false
}

fn at_cut(event: &RunEvent<'_>) -> bool {
    matches!(event, RunEvent::Started(id) if id.as_str() == CUT)
}

fn once_refused(event: &RunEvent<'_>) -> bool {
    matches!(event, RunEvent::Finished(record) if record.id == REFUSED)
}

#[rstest]
#[case::one_connection(1)]
#[case::many(8)]
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run(#[case] jobs: usize) {
    let campaign = Campaign::new(jobs).await;
    let proxy = proxy(&campaign.space, Behaviour::REFERENCE).await;
    let record = campaign.part(&proxy.target(), Kept::default(), never).await;
    assert_eq!(campaign.sound(&record), []);
}

/// What is done between two parts of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    /// The proxy of the program starts on another port.
    Moved,
    /// So does the space, whose authorities and certificates are others.
    Renewed,
    /// What was refused is played anew, in a later part than its twin: nobody watched what could have come of it.
    Unwatched,
    /// A part is cut short as soon as it begins.
    Twice,
}

#[rstest]
#[case::nothing(Between::Nothing)]
#[case::moved(Between::Moved)]
#[case::renewed(Between::Renewed)]
#[case::unwatched(Between::Unwatched)]
#[case::twice(Between::Twice)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_resumed(#[case] between: Between, #[values(1, 4)] jobs: usize) {
    let mut campaign = Campaign::new(jobs).await;
    let mut served = proxy(&campaign.space, Behaviour::REFERENCE).await;
    let until = if between == Between::Unwatched { once_refused } else { at_cut };
    let cut = campaign.part(&served.target(), Kept::default(), until).await;
    assert!(cut.interrupted);
    campaign.sound(&cut);

    let mut part = 1;
    if between == Between::Twice {
        let early = |event: &RunEvent<'_>| matches!(event, RunEvent::Planned(_));
        let cut = campaign.part(&served.target(), campaign.kept(part), early).await;
        assert!(cut.interrupted);
        campaign.sound(&cut);
        part += 1;
    }
    if between == Between::Renewed {
        campaign.space = space().await;
    }
    if matches!(between, Between::Moved | Between::Renewed) {
        served = proxy(&campaign.space, Behaviour::REFERENCE).await;
    }
    let mut kept = campaign.kept(part);
    if between == Between::Unwatched {
        let all = kept.count();
        kept.forget_unwatched();
        assert_eq!(kept.count(), all - 1, "what was refused is forgotten, and nothing else");
    }
    let record = campaign.part(&served.target(), kept, never).await;
    assert!(!record.interrupted);
    assert!(record.resumed.is_some());
    let renewed = matches!(campaign.sound(&record)[..], [Observation::Certificates(_)]);
    assert!(!renewed || between == Between::Renewed);
}

/// A target that is set up anew between two parts of a run, on purpose or not, is worth a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_greets_and_announces_otherwise() {
    let campaign = Campaign::new(1).await;
    let first = proxy(&campaign.space, Behaviour::REFERENCE).await;
    campaign.part(&first.target(), Kept::default(), at_cut).await;
    let anew = Behaviour {
        banner: |_| (Behaviour::REFERENCE.banner)("mx2.cible.mssante.test"),
        ehlo: |policy, tls| {
            let mut lines = (Behaviour::REFERENCE.ehlo)(policy, tls);
            lines.extend(tls.then(|| "DSN".to_owned()));
            lines
        },
        ..Behaviour::REFERENCE
    };
    let second = proxy(&campaign.space, anew).await;
    let record = campaign.part(&second.target(), campaign.kept(1), never).await;
    let told = campaign.sound(&record);
    let [Observation::Greetings(names), Observation::Extensions(sets)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(names[..], ["mss.cible.mssante.test", "mx2.cible.mssante.test"]);
    let common = "8BITMIME, CHUNKING";
    let rest = "ENHANCEDSTATUSCODES, PIPELINING, SIZE, SMTPUTF8";
    let inside = [format!("dans TLS {common}, DSN, {rest}"), format!("dans TLS {common}, {rest}")];
    assert_eq!(sets[..], inside);
}

/// A target that puts off whom it meets for the first time: the run is cut short while it waits, and what waited goes on
/// in the next part.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_goes_on_in_the_next_part() {
    let campaign = Campaign::new(2).await;
    let greylist = mutants::all().find(|one| one.id == "liste-grise-sans-controle");
    let proxy = proxy(&campaign.space, greylist.expect("the mutant").behaviour).await;
    let target = proxy.target();
    let waits = |event: &RunEvent<'_>| matches!(event, RunEvent::Waiting { .. });
    let cut = campaign.part(&target, Kept::default(), waits).await;
    assert!(cut.interrupted);
    campaign.sound(&cut);
    let record = campaign.part(&target, campaign.kept(1), never).await;
    campaign.sound(&record);
    let goes_on = record.scenarios.iter().filter_map(|one| one.transcript.as_ref()).any(|one| {
        let path = campaign.out.path().join(&one.path);
        let text = std::fs::read_to_string(path).expect("its transcript");
        [0, 1].iter().all(|part| text.contains(&format!("\"part\":{part},")))
    });
    assert!(goes_on, "some scenario had been put off, and was not played from its beginning");
}

/// What was put off in a changed world goes on in that world alone: it begins again when the run is resumed.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_in_a_changed_world_begins_again_in_it() {
    const ADDED: &str = "reception/5-enveloppe/domaine-ajoute-a-la-liste";
    let campaign = Campaign::new(1).await;
    let greylist = mutants::all().find(|one| one.id == "liste-grise-sans-controle");
    let proxy = proxy(&campaign.space, greylist.expect("the mutant").behaviour).await;
    let target = proxy.target();
    let put_off = AtomicBool::new(false);
    let waits = |event: &RunEvent<'_>| {
        if matches!(event, RunEvent::PutOff(id) if id.as_str() == ADDED) {
            put_off.store(true, Ordering::Relaxed);
        }
        matches!(event, RunEvent::Waiting { .. }) && put_off.load(Ordering::Relaxed)
    };
    let cut = campaign.part(&target, Kept::default(), waits).await;
    assert!(cut.interrupted && put_off.load(Ordering::Relaxed));
    campaign.sound(&cut);
    let record = campaign.part(&target, campaign.kept(1), never).await;
    campaign.sound(&record);
    let one = record.scenarios.iter().find(|one| one.id == ADDED).expect("selected");
    let path = &one.transcript.as_ref().expect("played").path;
    let text = std::fs::read_to_string(campaign.out.path().join(path)).expect("its transcript");
    assert!(text.contains("\"part\":1,") && !text.contains("\"part\":0,"), "{text}");
    assert!(text.contains("\"changed\""), "in its world: {text}");
}
