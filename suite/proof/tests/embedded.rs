//! The whole suite against the embedded reference proxy: everything passes.

use std::{collections::BTreeSet, fs, path::Path};

use fixtures::{
    log::Resource,
    pki::{Clock, KeyPool},
    smtp::challenge::Challenge,
    space::Space,
};
use jiff::Timestamp;
use proof::proxy::{Behaviour, Delivery, Proxy, ProxyConfig, Trusted};
use suite::{
    oracle::reception::facts::Profile,
    record::{Asked, RunRecord, RunVerdict, Verdict, When},
    runner::{JOURNAL, Kept, Options, RunEvent, VerifyError, rejudge, resume, run},
    scenario::{self, Filter, Library, Scenario},
};
use tokio::sync::watch;

async fn space() -> Space {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    Space::ephemeral(&pool, Clock::System).await.expect("the space starts")
}

async fn proxy(space: &Space) -> Proxy {
    behaving(space, Behaviour::REFERENCE).await
}

async fn behaving(space: &Space, behaviour: Behaviour) -> Proxy {
    let config = ProxyConfig::of_space(
        space,
        "127.0.0.1:0".parse().expect("an address"),
        Delivery::Memory(space.mailroom().clone()),
    )
    .expect("the space has a target");
    Proxy::start(ProxyConfig { behaviour, ..config }).await.expect("the proxy starts")
}

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    scenario::load(&root).expect("all scenarios load")
}

fn options(out: &Path, filter: Filter) -> Options {
    Options {
        jobs: 8,
        seed: 1,
        filter,
        strict: false,
        profile: Profile::Default,
        out: out.to_owned(),
        started: Timestamp::now(),
        challenge: Some(Challenge::new("lune-42").expect("a word")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_proxy_passes_every_scenario() {
    let space = space().await;
    let proxy = proxy(&space).await;
    let target = proxy.target();
    let library = library();
    let out = tempfile::tempdir().expect("a folder");
    let options = options(out.path(), Filter::default());
    let (_go_on, stop) = watch::channel(false);
    let record =
        run(&library, &space, &target, &options, stop, |_| {}).await.expect("the run is made");
    let others: Vec<String> = record
        .scenarios
        .iter()
        .filter(|scenario| scenario.verdict != Verdict::Pass)
        .map(|s| {
            format!("{:?} {} : {} | {} | {}", s.verdict, s.id, s.reason, s.expected, s.observed)
        })
        .collect();
    assert!(others.is_empty(), "{}\n{:?}", others.join("\n"), record.remarks);
    assert_eq!(record.verdict, RunVerdict::Concluant);
    assert!(record.scenarios.len() >= 110);

    // The files alone give every word again (`verify`).
    let again = rejudge(&library, &record, out.path()).expect("the run can be judged again");
    assert_eq!(again.differences, []);
    assert_eq!(again.contradictions, []);
    assert_eq!(record.observations, []);
    assert!(record.possession.answers(), "{:?}", record.possession);
    assert_eq!(again.record, record);

    // What changed was proven, read, undone and read again; so do the transcripts say.
    let worlds: BTreeSet<_> = library.scenarios.iter().map(Scenario::world).collect();
    assert_eq!(record.changes.len(), worlds.iter().filter(|world| !world.is_nominal()).count());
    for epoch in &record.changes {
        assert_eq!((epoch.awaited.len(), epoch.read.len()), (1, 1), "{epoch:?}");
        let undone = epoch.undone.as_ref().expect("the run went on");
        let told = (&undone.failed, undone.awaited.len(), undone.read.len());
        assert_eq!(told, (&None, 1, 1), "{epoch:?}");
    }
    let list = Asked::File(Resource::List);
    assert!(
        record.reads.iter().any(|row| row.what == list && row.count >= 5),
        "{:?}",
        record.reads
    );

    // A change to a transcript, or to the scenarios, is seen.
    let touched = record.scenarios[0].transcript.clone().expect("it was played");
    let path = out.path().join(&touched.path);
    let mut text = std::fs::read_to_string(&path).expect("a transcript");
    text.push('\n');
    std::fs::write(&path, text).expect("written");
    let refused = rejudge(&library, &record, out.path());
    assert!(matches!(refused, Err(VerifyError::Changed { .. })), "{refused:?}");
    let mut other = record.clone();
    other.catalogue_sha256 = "0".repeat(64);
    let refused = rejudge(&library, &other, out.path());
    assert!(matches!(refused, Err(VerifyError::OtherCatalogue { .. })), "{refused:?}");

    // What is more than a run writes is not read. The file has a length, and no octets on the disk.
    let grown = std::fs::File::options().write(true).open(&path).expect("a transcript");
    grown.set_len(600 * 1024 * 1024).expect("a sparse file");
    let refused = rejudge(&library, &record, out.path());
    assert!(matches!(refused, Err(VerifyError::TooMuch)), "{refused:?}");
    grown.set_len(300 * 1024 * 1024).expect("a sparse file");
    let refused = rejudge(&library, &record, out.path());
    let Err(one @ VerifyError::TooLong { .. }) = refused else { panic!("{refused:?}") };
    assert!(one.to_string().starts_with(&touched.path), "{one}");
}

/// A target that knows nobody any more once an entry was taken out of its list: what follows that world is not
/// blamed on it, and the world is told.
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_world_rests_on_the_control_after_it() {
    let (space, library) = (space().await, library());
    let forgetful = Behaviour {
        renewed: |before, read| {
            if read.list.entries.len() >= before.list.entries.len() {
                return read;
            }
            Trusted { index: std::sync::Arc::default(), ..read }
        },
        ..Behaviour::REFERENCE
    };
    let changed = "reception/4-certificat/revoque-pendant-la-campagne";
    let added = "reception/5-enveloppe/domaine-ajoute-a-la-liste";
    for (behaviour, recovers) in [(Behaviour::REFERENCE, true), (forgetful, false)] {
        let proxy = behaving(&space, behaviour).await;
        let out = tempfile::tempdir().expect("a folder");
        let filter: Filter = [format!("={changed}"), format!("={added}")].into_iter().collect();
        let options = options(out.path(), filter);
        let (_go_on, stop) = watch::channel(false);
        let record = run(&library, &space, &proxy.target(), &options, stop, |_| {})
            .await
            .expect("the run is made");
        let controls: Vec<(When, bool)> =
            record.controls().map(|one| (one.when, one.accepted)).collect();
        let verdict = |id: &str| {
            let one = record.scenarios.iter().find(|one| one.id == id).expect("selected");
            (one.verdict, one.observed.clone())
        };
        assert_eq!(verdict(added).0, Verdict::Pass);
        let (verdict, observed) = verdict(changed);
        if recovers {
            let is_accepted = |one: &(When, bool)| matches!(one, (When::World(_), true));
            assert!(controls.len() == 4 && controls[1..3].iter().all(is_accepted), "{controls:?}");
            assert_eq!(verdict, Verdict::Pass, "{observed}");
        } else {
            let told = [(When::Before, true), (When::After, false)];
            assert_eq!((controls.len(), [controls[0], controls[2]]), (3, told));
            assert!(matches!(controls[1], (When::World(_), false)), "{controls:?}");
            assert_eq!(verdict, Verdict::Inconclusive, "{observed}");
            assert!(observed.contains("n'accepte plus le message de contrôle"), "{observed}");
            let told = |remark: &&String| remark.contains("rendu à son état nominal");
            assert!(record.remarks.iter().any(|remark| told(&remark)), "{:?}", record.remarks);
        }
        let again = rejudge(&library, &record, out.path()).expect("the run can be judged again");
        assert_eq!((again.differences, again.contradictions), (vec![], vec![]));
    }
}

/// A run that is cut short in a changed world puts it in place again for what is left of it, and tells how those before
/// it ended, however often it is cut. A world of which something is played anew ends twice.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_world_is_played_in_it_when_the_run_is_resumed() {
    let (space, library) = (space().await, library());
    let target = proxy(&space).await;
    let target = target.target();
    let changed = "reception/4-certificat/revoque-pendant-la-campagne";
    let added = "reception/5-enveloppe/domaine-ajoute-a-la-liste";
    let nominal = space.whitelist_xml().to_vec();
    for (cuts, forgets) in [(1, false), (2, false), (1, true)] {
        let out = tempfile::tempdir().expect("a folder");
        let filter: Filter = [format!("={changed}"), format!("={added}")].into_iter().collect();
        let options = options(out.path(), filter);
        let again = |record: &RunRecord| {
            let again = rejudge(&library, record, out.path()).expect("it can be judged again");
            assert_eq!((again.differences, again.contradictions), (vec![], vec![]), "{cuts} cuts");
        };
        for part in 0..cuts {
            let kept = Kept::read(&library, out.path(), &options.tokens(), part);
            let (stopper, stop) = watch::channel(false);
            let cut = resume(&library, &space, &target, &options, kept, stop, |event| {
                if matches!(event, RunEvent::Started(id) if id.as_str() == changed) {
                    stopper.send_replace(true);
                }
            })
            .await
            .expect("a record of what was played");
            assert!(cut.interrupted);
            assert_eq!(cut.changes.len(), 1, "{:?}", cut.changes);
            assert_eq!(cut.changes[0].scenarios, [added]);
            again(&cut);
        }
        if forgets {
            let journal = out.path().join(JOURNAL);
            let lines = fs::read_to_string(&journal).expect("a journal");
            let own = format!("\"scenario\":\"{added}\"");
            let left: Vec<&str> = lines.lines().filter(|line| !line.contains(&own)).collect();
            assert!(left.len() < lines.lines().count());
            fs::write(&journal, left.join("\n") + "\n").expect("written");
        }

        let kept = Kept::read(&library, out.path(), &options.tokens(), cuts);
        let (_go_on, stop) = watch::channel(false);
        let record = resume(&library, &space, &target, &options, kept, stop, |_| {})
            .await
            .expect("the run is made");
        let missed: Vec<_> =
            record.scenarios.iter().filter(|one| one.verdict != Verdict::Pass).collect();
        assert!(missed.is_empty(), "{missed:?}");
        let told: Vec<_> = record
            .changes
            .iter()
            .map(|epoch| (epoch.scenarios.as_slice(), epoch.undone.is_some()))
            .collect();
        assert_eq!(told, [(&[added.to_owned()][..], true), (&[changed.to_owned()][..], true)]);
        let controls: Vec<(When, u32)> =
            record.controls().map(|one| (one.when, one.part)).collect();
        let [(When::Before, 0), worlds @ .., (When::After, 0)] = &controls[..] else {
            panic!("{controls:?}")
        };
        let parts: Vec<u32> = worlds.iter().map(|(_, part)| *part).collect();
        assert_eq!(parts, if forgets { vec![0, cuts, cuts] } else { vec![0, cuts] });
        assert_eq!(worlds[0].0 == worlds[1].0, forgets, "{controls:?}");
        again(&record);
        assert_eq!(space.whitelist_xml(), nominal, "the kit is never changed");
    }
}
