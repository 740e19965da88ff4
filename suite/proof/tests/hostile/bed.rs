//! A simulated space, a short selection of scenarios, and what holds of every run against anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    net::SocketAddr,
    path::Path,
    time::Duration,
};

use fixtures::{
    pki::{Clock, Identity, KeyPool},
    space::Space,
};
use jiff::Timestamp;
use suite::{
    oracle::reception::facts::Profile,
    record::{RunRecord, RunVerdict, Verdict},
    runner::{Options, RunError, exit_code, rejudge, run},
    scenario::{self, Filter, Library, ScenarioId},
    target::{Observation, Target},
};
use tokio::sync::watch;

use crate::server::{Answer, Listening, Moment};

/// What is played: of each kind of scenario, and of each outcome, a few. Their twins come with them.
const SELECTION: &[&str] = &[
    "2-smtp/accueil",
    "2-smtp/commande-inconnue",
    "3-starttls/annonce",
    "3-starttls/certificat-cible-validite",
    "3-starttls/en-clair",
    "3-starttls/mail-avant",
    "3-starttls/sonde-tls-1-2",
    "3-starttls/tls-1-0",
    "4-certificat/expire",
    "4-certificat/expire-tls-1-3",
    "4-certificat/valide",
    "4-certificat/valide-tls-1-3",
    "5-enveloppe/domaine-non-liste",
    "5-enveloppe/nominal",
    "5-enveloppe/remis-texte",
    "5-enveloppe/vide-dn-liste",
    "6-fin/coupure-en-data",
    "6-fin/quit",
];

/// What [`polite`](crate::server::polite) fails wherever a message gets through: it takes any certificate.
pub(crate) const LENIENT: &[&str] = &["4-certificat/expire", "4-certificat/expire-tls-1-3"];

/// A run that has not ended by then never will: no test waits for it.
const NEVER: Duration = Duration::from_secs(120);
/// Octets that a run may write for each scenario, a hundred long replies in one, and of what its process may hold.
const WRITTEN: u64 = 1024 * 1024;
const HELD: u64 = 200 * 1024 * 1024;

/// How a target is held.
pub(crate) struct Bed {
    pub(crate) space: Space,
    pub(crate) library: Library,
    /// Scenarios at once.
    pub(crate) jobs: usize,
    /// How long a reply may take.
    pub(crate) patience: Duration,
    /// Changes what is declared of the target.
    pub(crate) declare: fn(&mut Target),
}

impl Bed {
    /// A space, and the short selection; deliveries are not observed.
    pub(crate) async fn new() -> Self {
        Self::with(SELECTION).await
    }

    /// The same with these scenarios.
    pub(crate) async fn with(ids: &[&str]) -> Self {
        let pool =
            KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
        let space = Space::ephemeral(&pool, Clock::System).await.expect("the space starts");
        let mut library = library();
        let mut kept = BTreeSet::new();
        for id in ids {
            let mut next = Some(ScenarioId::from(format!("reception/{id}")));
            while let Some(id) = next.filter(|id| !kept.contains(id)) {
                next = library.scenario(&id).expect("there is one").twin.clone();
                kept.insert(id);
            }
        }
        library.scenarios.retain(|scenario| kept.contains(&scenario.id));
        Self { space, library, jobs: 8, patience: Duration::from_secs(20), declare: |_| {} }
    }

    /// The same with this declared of the target.
    pub(crate) fn declaring(self, declare: fn(&mut Target)) -> Self {
        Self { declare, ..self }
    }

    /// The same at targets that stall: they are given little time.
    pub(crate) fn impatient(self) -> Self {
        Self { patience: Duration::from_millis(1_500), ..self }
    }

    /// A certificate that the target may present.
    pub(crate) fn identity(&self) -> Identity {
        self.space.pki().target().expect("an ephemeral space has one").clone()
    }

    /// Plays the selection against a server that presents a sound certificate.
    pub(crate) async fn play(
        &self,
        answer: impl Fn(&Moment<'_>) -> Answer + Send + Sync + 'static,
    ) -> Played {
        let server = Listening::server(&self.identity(), answer).await;
        self.play_at(server.address).await
    }

    /// Plays the selection against what listens at `address`.
    pub(crate) async fn play_at(&self, address: SocketAddr) -> Played {
        self.try_at(address).await.expect("the run is made")
    }

    /// The same, where the run may be refused.
    pub(crate) async fn try_at(&self, address: SocketAddr) -> Result<Played, RunError> {
        let mut target = Target::embedded(address);
        target.embedded = false;
        target.delivery = Observation::None;
        target.reply_time = self.patience;
        target.delivery_delay = Duration::from_millis(200);
        target.retry = Duration::from_millis(100);
        (self.declare)(&mut target);
        let out = tempfile::tempdir().expect("a folder");
        let options = Options {
            jobs: self.jobs,
            seed: 1,
            filter: Filter::default(),
            strict: false,
            profile: Profile::Default,
            out: out.path().to_owned(),
            started: Timestamp::now(),
            challenge: None,
        };
        let (_go_on, stop) = watch::channel(false);
        let running = run(&self.library, &self.space, &target, &options, stop, |_| {});
        let record = tokio::time::timeout(NEVER, running).await.expect("the run ends")?;
        self.holds_of_every_run(&record, out.path());
        Ok(Played { record })
    }

    /// What holds whatever the target does.
    fn holds_of_every_run(&self, record: &RunRecord, out: &Path) {
        let again = rejudge(&self.library, record, out).expect("judged again");
        assert_eq!(again.differences, []);
        assert_eq!(again.contradictions, []);
        let written: u64 = std::fs::read_dir(out.join("transcripts"))
            .expect("transcripts")
            .map(|file| file.expect("a file").metadata().expect("its size").len())
            .sum();
        let scenarios = record.scenarios.len() as u64;
        assert!(written < WRITTEN * scenarios, "{written} octets of transcripts");
        let held = peak_memory();
        assert!(held < HELD, "{held} octets held at the peak");
        for scenario in &record.scenarios {
            assert!(!scenario.reason.trim().is_empty(), "{} has its reason", scenario.id);
            assert!(scenario.reason.chars().count() < 600, "{}: {}", scenario.id, scenario.reason);
        }
        let must = |verdicts: &[Verdict]| {
            record
                .scenarios
                .iter()
                .any(|s| s.level == suite::record::Level::Must && verdicts.contains(&s.verdict))
        };
        if must(&[Verdict::Inconclusive, Verdict::Skipped]) {
            assert_ne!(record.verdict, RunVerdict::Concluant, "a must was not judged");
        }
        let code = match record.verdict {
            RunVerdict::Concluant => 0,
            RunVerdict::NonConcluant => 1,
            RunVerdict::Inconclusive => 3,
        };
        assert_eq!(exit_code(record.verdict, record.interrupted), code);
    }
}

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    scenario::load(&root).expect("all scenarios load")
}

/// The most memory that this process ever held, in octets (Linux, `VmHWM`).
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
    kib.expect("a number") * 1024
}

/// A run, and what it says.
pub(crate) struct Played {
    pub(crate) record: RunRecord,
}

impl Played {
    /// The scenarios of that verdict, without `reception/`.
    pub(crate) fn of(&self, verdict: Verdict) -> Vec<&str> {
        let of = self.record.scenarios.iter().filter(|scenario| scenario.verdict == verdict);
        of.map(|scenario| scenario.id.trim_start_matches("reception/")).collect()
    }

    /// The verdict and reason of one scenario.
    pub(crate) fn said(&self, id: &str) -> (Verdict, &str) {
        let scenario = self.record.scenarios.iter().find(|s| s.id.ends_with(id));
        let scenario = scenario.expect("it was chosen");
        (scenario.verdict, &scenario.reason)
    }

    /// All that the suite says of this target, what is said of several scenarios once.
    pub(crate) fn table(&self) -> String {
        let mut rows: BTreeMap<(u8, &str, &str), Vec<&str>> = BTreeMap::new();
        for scenario in &self.record.scenarios {
            let id = scenario.id.trim_start_matches("reception/");
            let (rank, verdict) = rank(scenario.verdict);
            rows.entry((rank, verdict, &scenario.reason)).or_default().push(id);
        }
        let conclusion = match self.record.verdict {
            RunVerdict::Concluant => "CONCLUANT",
            RunVerdict::NonConcluant => "NON CONCLUANT",
            RunVerdict::Inconclusive => "NON CONCLUSIF",
        };
        let mut table = format!(
            "{conclusion} (code {})\n",
            exit_code(self.record.verdict, self.record.interrupted)
        );
        // How fast a target answers depends on what else this machine does.
        let paced = |remark: &&String| !remark.starts_with("la cible fait attendre");
        for remark in self.record.remarks.iter().filter(paced) {
            writeln!(table, "remarque : {remark}").expect("a string");
        }
        for ((_, verdict, reason), ids) in rows {
            write!(table, "\n{verdict} : {reason}\n    {}\n", ids.join("\n    "))
                .expect("a string");
        }
        let address = &self.record.target.address;
        redacted(&table.replace(address.as_str(), "[cible]"))
    }
}

/// The same with no moment in it.
fn redacted(table: &str) -> String {
    let words = table.split_inclusive([' ', '\n']).map(|word| {
        let end = &word[word.trim_end().len()..];
        match word.trim_end().parse::<Timestamp>() {
            Ok(_) => format!("[date]{end}"),
            Err(_) => word.to_owned(),
        }
    });
    words.collect()
}

fn rank(verdict: Verdict) -> (u8, &'static str) {
    match verdict {
        Verdict::Fail => (0, "✘ non conforme"),
        Verdict::Inconclusive => (1, "? non conclusif"),
        Verdict::Skipped => (2, "○ non exécuté"),
        Verdict::NotApplicable => (3, "– sans objet"),
        Verdict::PassWithRemark => (4, "▲ remarque"),
        Verdict::Pass => (5, "✔ conforme"),
    }
}

/// Holds `played` against its reviewed table, and the scenarios it fails against `faults`.
pub(crate) fn review(name: &str, played: &Played, faults: &[&str]) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, played.table());
    });
    assert_eq!(played.of(Verdict::Fail), faults, "{}", played.table());
}
