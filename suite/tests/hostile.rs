//! Runs against targets that are broken or hostile: nothing is held against them that was not seen.

use std::{path::Path, time::Duration};

use fixtures::{
    pki::{Clock, KeyPool},
    space::Space,
};
use jiff::Timestamp;
use rstest::rstest;
use suite::{
    oracle::facts::Profile,
    record::{RunRecord, RunVerdict, Verdict},
    runner::{Options, exit_code, rejudge, run},
    scenario,
    target::{Observation, Target},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::watch,
    task::AbortHandle,
};

/// A target in clear that answers each command by its verb; an empty answer closes the connection.
struct Fake {
    address: std::net::SocketAddr,
    task: AbortHandle,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn fake(answer: fn(&str) -> String) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let mut said = answer("");
                while !said.is_empty() && write.write_all(said.as_bytes()).await.is_ok() {
                    let Ok(Some(line)) = lines.next_line().await else { return };
                    said = answer(line.split(' ').next().unwrap_or_default());
                }
            });
        }
    })
    .abort_handle();
    Fake { address, task }
}

async fn played(answer: fn(&str) -> String, filter: &str) -> (RunRecord, u64) {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    let space = Space::ephemeral(&pool, Clock::System).await.expect("the space starts");
    let fake = fake(answer).await;
    let mut target = Target::embedded(fake.address);
    target.embedded = false;
    target.delivery = Observation::None;
    target.reply_time = Duration::from_secs(2);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let library = scenario::load(&root).expect("all scenarios load");
    let out = tempfile::tempdir().expect("a folder");
    let options = Options {
        jobs: 4,
        seed: 1,
        filter: Some(filter.to_owned()),
        strict: false,
        profile: Profile::Default,
        out: out.path().to_owned(),
        started: Timestamp::now(),
    };
    let (_go_on, stop) = watch::channel(false);
    let record =
        run(&library, &space, &target, &options, stop, |_| {}).await.expect("the run is made");
    let again = rejudge(&library, &record, out.path()).expect("judged again");
    assert_eq!(again.disagreements(&record), []);
    assert_eq!(again.verdict, record.verdict);
    let written = std::fs::read_dir(out.path().join("transcripts"))
        .expect("transcripts")
        .map(|file| file.expect("a file").metadata().expect("its size").len())
        .max()
        .unwrap_or_default();
    (record, written)
}

fn broken_back_end(verb: &str) -> String {
    match verb {
        "" => "220 mx ESMTP\r\n",
        "EHLO" => "250-mx\r\n250 STARTTLS\r\n",
        "QUIT" => "221 fin\r\n",
        _ => "450 4.3.0 panne\r\n",
    }
    .to_owned()
}

fn busy(verb: &str) -> String {
    match verb {
        "" => "220 mx ESMTP\r\n",
        "QUIT" => "221 fin\r\n",
        _ => "421 4.3.2 trop de sessions\r\n",
    }
    .to_owned()
}

fn closes(verb: &str) -> String {
    if verb.is_empty() { "220 mx ESMTP\r\n".to_owned() } else { String::new() }
}

fn floods(verb: &str) -> String {
    match verb {
        "" => "220 mx ESMTP\r\n".to_owned(),
        "EHLO" => format!("250-{}\r\n", "x".repeat(10_000_000)),
        _ => "250-encore\r\n".repeat(100_000),
    }
}

#[rstest]
#[case::broken_back_end(broken_back_end)]
#[case::busy(busy)]
#[case::closes(closes)]
#[case::floods(floods)]
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_never_gets_to_the_point_is_not_blamed(#[case] answer: fn(&str) -> String) {
    let (record, largest) = played(answer, "4-certificat/").await;
    let settled: Vec<_> = record
        .scenarios
        .iter()
        .filter(|s| matches!(s.verdict, Verdict::Fail | Verdict::Pass | Verdict::PassWithRemark))
        .map(|s| format!("{:?} {} : {} | {}", s.verdict, s.id, s.reason, s.observed))
        .collect();
    assert!(settled.is_empty(), "{}", settled.join("\n"));
    assert_eq!(record.verdict, RunVerdict::Inconclusive);
    assert_eq!(exit_code(&record), 3);
    assert_eq!(record.controls.len(), 2);
    assert!(record.controls.iter().all(|control| !control.accepted));
    assert!(largest < 256 * 1024, "{largest} octets of transcript");
}

fn takes_anything_in_clear(verb: &str) -> String {
    match verb {
        "" => "220 mx ESMTP\r\n",
        "DATA" => "354 allez\r\n",
        "EHLO" => "250-mx\r\n250 STARTTLS\r\n",
        "STARTTLS" => "454 4.7.0 pas maintenant\r\n",
        "QUIT" => "221 fin\r\n",
        _ => "250 2.0.0 ok\r\n",
    }
    .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_in_clear_is_a_failure_whatever_the_twin() {
    let (record, _) = played(takes_anything_in_clear, "3-starttls/en-clair").await;
    let of = |id: &str| {
        let id = format!("reception/3-starttls/{id}");
        record.scenarios.iter().find(|s| s.id == id).expect("played")
    };
    assert_eq!(record.verdict, RunVerdict::NonConcluant, "{:?}", of("en-clair"));
    assert_eq!(of("en-clair").verdict, Verdict::Fail);
}
