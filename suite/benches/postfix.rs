//! How the suite keeps up with a real Postfix, in ratios that hold from one machine to another:
//!
//! - a whole run against the time that Postfix needs for as many sessions at its own best pace;
//! - a nominal transaction by the suite's own peer against one sent with the command `swaks`.
//!
//! Needs what `tests/postfix.rs` needs, and the Debian package `swaks`; says so where they lack.
#![expect(clippy::print_stdout, reason = "the figures are for who runs the bench")]

#[path = "../tests/bed/mod.rs"]
mod bed;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use fixtures::{
    pki::Variant,
    postfix::{Postfix, PostfixRecipe},
    smtp::transcript::{Entry, Event, Transcript},
    space::cast::{Operator, operator},
};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use suite::{
    oracle::reception::facts::Profile,
    play::{Player, Tokens},
    record::RunRecord,
    runner::{Options, run},
    scenario::{self, Library, Scenario},
    target::Target,
};
use tokio::sync::watch;

type Bed = bed::Bed<PostfixRecipe>;

/// Scenarios played at once.
const AT_ONCE: usize = 16;
/// Sessions of one round.
const SESSIONS: u64 = 300;
/// Rounds of sessions; the best one counts.
const ROUNDS: usize = 3;
/// Whole runs; the quickest counts.
const RUNS: usize = 3;
/// Single transactions whose median counts.
const SINGLES: u64 = 101;
/// Sends with swaks whose median counts.
const SWAKS: usize = 21;
/// The scenario whose wait is the target's resolver's: no reverse name is answered.
const SILENCE: &str = "reception/1-ptr/silence";

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` comes here too, without `--bench`.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let Some(bed) = start().await else { return };
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let library = scenario::load(&scenarios).expect("all scenarios load");
    let nominal = library.nominal(&library.catalogue.families[0]);
    let nominal = nominal.expect("the suite has it");

    let mut best: f64 = 0.0;
    for concurrency in [1, 8, 16] {
        let mut pace: f64 = 0.0;
        for _ in 0..ROUNDS {
            pace = pace.max(sessions_per_second(&bed, nominal, concurrency).await);
        }
        println!("Postfix, {concurrency:>2} sessions at once      {pace:>7.0} sessions/s");
        best = best.max(pace);
    }
    whole_runs(&bed, &library, best).await;
    single(&bed, nominal).await;
}

/// Plays the nominal scenario once, to its acceptance.
async fn start() -> Option<Bed> {
    let start = async |setup, dns: &_| Postfix::start(setup, Some(dns)).await;
    Bed::start(Postfix::available, start, bed::Reads::default()).await
}

async fn play(bed: &Bed, nominal: &Scenario, number: u64) {
    let transcript = Transcript::in_memory();
    let tokens = Tokens::new(number, Timestamp::now().as_microsecond());
    let player = Player {
        scenario: nominal,
        space: &bed.space,
        target: &bed.target,
        transcript,
        tokens: &tokens,
        repeats_silence: false,
    };
    let letters = player.play().await;
    let accepted = letters.iter().any(|letter| letter.accepted);
    assert!(accepted, "the nominal message is refused; Postfix's log:\n{}", bed.server.log());
}

async fn sessions_per_second(bed: &Bed, nominal: &Scenario, concurrency: usize) -> f64 {
    let begun = Instant::now();
    stream::iter(0..SESSIONS)
        .for_each_concurrent(concurrency, |number| play(bed, nominal, number))
        .await;
    SESSIONS as f64 / begun.elapsed().as_secs_f64()
}

async fn whole_runs(bed: &Bed, library: &Library, best: f64) {
    // As many at once as the recipe takes without queueing: a job that waits for its delivery leaves
    // Postfix idle.
    let target = Target { max_connections: AT_ONCE, ..bed.target.clone() };
    let mut quickest: Option<(Duration, u64, Duration)> = None;
    for _ in 0..RUNS {
        let out = tempfile::tempdir().expect("a folder");
        let options = Options {
            jobs: AT_ONCE,
            seed: 1,
            filter: suite::scenario::Filter::default(),
            strict: false,
            profile: Profile::Default,
            out: out.path().to_owned(),
            started: Timestamp::now(),
            challenge: None,
        };
        let (_go_on, stop) = watch::channel(false);
        let begun = Instant::now();
        let record = run(library, &bed.space, &target, &options, stop, |_| {})
            .await
            .expect("the run is made");
        let took = begun.elapsed();
        if quickest.is_none_or(|(other, ..)| took < other) {
            quickest = Some((took, sessions(&out.path().join("transcripts")), waited(&record)));
        }
    }
    let (took, sessions, waits) = quickest.expect("at least one run");
    let working = took.saturating_sub(waits);
    let least = sessions as f64 / best;
    println!(
        "A run: {sessions} sessions in {:.2} s, of which {:.2} s wait for a silent DNS; {:.2} s at Postfix's best",
        took.as_secs_f64(),
        waits.as_secs_f64(),
        least
    );
    verdict("run ÷ Postfix's best", working.as_secs_f64() / least, 2.0);
}

/// The connections that the transcripts of a run show.
fn sessions(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("the run left transcripts").flatten();
    let mut sessions = 0;
    for file in files {
        let text = fs::read_to_string(file.path()).expect("a transcript");
        let connected = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Entry>(line).ok())
            .filter(|entry| matches!(entry.event, Event::Connected { .. }));
        sessions += u64::try_from(connected.count()).expect("fewer than 2^64 sessions");
    }
    sessions
}

/// What a run had to wait for by its own declaration.
fn waited(record: &RunRecord) -> Duration {
    let silence = record.scenarios.iter().find(|scenario| scenario.id == SILENCE);
    Duration::from_millis(silence.map_or(0, |scenario| scenario.duration_ms))
}

async fn single(bed: &Bed, nominal: &Scenario) {
    let mut ours = Vec::new();
    for number in 0..SINGLES {
        let begun = Instant::now();
        play(bed, nominal, SESSIONS + number).await;
        ours.push(begun.elapsed());
    }
    let ours = median(ours);
    println!("A nominal transaction              {:>7.1} ms", milliseconds(ours));
    let Some(swaks) = Swaks::new(bed) else { return };
    let theirs = median((0..SWAKS).map(|_| swaks.send(bed)).collect());
    println!("The same with swaks                {:>7.1} ms", milliseconds(theirs));
    verdict("ours ÷ swaks", ours.as_secs_f64() / theirs.as_secs_f64(), 0.1);
}

/// The command `swaks` with the nominal peer's certificate.
struct Swaks {
    folder: tempfile::TempDir,
    peer: &'static Operator,
}

impl Swaks {
    /// `None`, said aloud, where it is not installed.
    fn new(bed: &Bed) -> Option<Self> {
        let version = Command::new("swaks")
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        if let Err(error) = version {
            fixtures::skip::program(format!("swaks ({error})"));
            return None;
        }
        let peer = operator("alpha").expect("the nominal peer is in the cast");
        let identity = bed.space.identity(peer, Variant::Valid).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let swaks = Self { folder, peer };
        fs::write(swaks.file("cert.pem"), identity.chain_pem()).expect("written");
        fs::write(swaks.file("key.pem"), identity.key().private_pem().as_bytes()).expect("written");
        Some(swaks)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn send(&self, bed: &Bed) -> Duration {
        let to = bed.target.mailboxes.valid.as_ref().expect("it is declared").to_string();
        let begun = Instant::now();
        let output = Command::new("swaks")
            .args(["--server", &bed.target.address.ip().to_string()])
            .args(["--port", &bed.target.address.port().to_string()])
            .args(["--local-interface", &self.peer.source().to_string()])
            .args(["--ehlo", self.peer.host, "--tls"])
            .arg("--tls-cert")
            .arg(self.file("cert.pem"))
            .arg("--tls-key")
            .arg(self.file("key.pem"))
            .args(["--from", &format!("emetteur@{}", self.peer.domain()), "--to", &to])
            .stdin(Stdio::null())
            .output()
            .expect("it ran before");
        let took = begun.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        took
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn verdict(what: &str, ratio: f64, target: f64) {
    let word = if ratio <= target { "within" } else { "OVER" };
    println!("{what:<34} {ratio:>8.2}  ({word} the target of {target})");
}
