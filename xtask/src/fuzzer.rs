//! One run of libFuzzer on one target: its folders, its process, what its log says.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Seconds after which one input is a finding: no reader needs a hundredth of it.
const INPUT_SECONDS: u32 = 10;
/// Mebibytes beyond which a process is a finding.
const MEMORY: u32 = 2048;

/// The triple that the targets are built for: the suite runs on Linux alone.
pub(crate) fn triple() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// Where everything of one target is.
#[derive(Debug)]
pub(crate) struct Fuzzer<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// The fuzz crate: seeds, dictionaries, regressions. Nothing is written there.
    pub(crate) room: &'a Path,
    /// What is built and what grows.
    pub(crate) work: &'a Path,
}

/// What a run came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FuzzOutcome {
    /// Inputs tried.
    pub(crate) executions: u64,
    /// Inputs added to the corpus.
    pub(crate) added: u64,
    /// Edges covered by the corpus at the start, then at the end.
    pub(crate) covered: Option<(u64, u64)>,
    /// Inputs that broke the property, hung or took too much memory.
    pub(crate) findings: Vec<PathBuf>,
    /// What the first of them broke, in the program's words.
    pub(crate) reason: Option<String>,
}

impl Fuzzer<'_> {
    /// The program.
    pub(crate) fn program(&self) -> PathBuf {
        self.work.join(triple()).join("release").join(self.name)
    }

    /// The inputs that grew out of the seeds.
    pub(crate) fn corpus(&self) -> PathBuf {
        self.work.join("corpus").join(self.name)
    }

    /// The inputs that were found.
    pub(crate) fn findings(&self) -> PathBuf {
        self.work.join("findings").join(self.name)
    }

    /// What libFuzzer said.
    pub(crate) fn log(&self) -> PathBuf {
        self.work.join("logs").join(format!("{}.log", self.name))
    }

    /// Runs it for so long, or up to its first finding.
    ///
    /// # Errors
    /// A folder or the program that cannot be used; a program that ends with no finding and no result.
    pub(crate) fn run(&self, time: Duration) -> io::Result<FuzzOutcome> {
        for folder in [self.corpus(), self.findings(), self.work.join("logs")] {
            fs::create_dir_all(folder)?;
        }
        let before = files(&self.findings())?;
        let log = File::create(self.log())?;
        let mut command = Command::new(self.program());
        command.arg(self.corpus());
        // The first folder grows; the others are only read.
        let others = ["seeds", "regressions"].map(|folder| self.room.join(folder).join(self.name));
        command.args(others.iter().filter(|folder| folder.is_dir()));
        command.arg(format!("-max_total_time={}", time.as_secs()));
        command.arg(format!("-artifact_prefix={}/", self.findings().display()));
        command.arg(format!("-timeout={INPUT_SECONDS}"));
        command.arg(format!("-rss_limit_mb={MEMORY}"));
        command.arg("-print_final_stats=1");
        let words = self.room.join("dictionaries").join(format!("{}.dict", self.name));
        if words.is_file() {
            command.arg(format!("-dict={}", words.display()));
        }
        let status = command.stdout(log.try_clone()?).stderr(log).status()?;
        let log = String::from_utf8_lossy(&fs::read(self.log())?).into_owned();
        // It ends with 0 then: a run cut short must not pass for one that found nothing.
        if log.contains("libFuzzer: run interrupted") {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "interrompue par un signal"));
        }
        let mut outcome = read(&log);
        outcome.findings = files(&self.findings())?.difference(&before).cloned().collect();
        if outcome.findings.is_empty() && !status.success() {
            return Err(io::Error::other(format!("{status}, voyez {}", self.log().display())));
        }
        Ok(outcome)
    }
}

fn files(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Reads libFuzzer's log. A line of it that is unknown says nothing.
fn read(log: &str) -> FuzzOutcome {
    let mut outcome = FuzzOutcome::default();
    let number = |text: &str| text.trim().split(' ').next()?.parse::<u64>().ok();
    let mut lines = log.lines();
    while let Some(line) = lines.next() {
        if let Some(value) = line.strip_prefix("stat::number_of_executed_units:") {
            outcome.executions = number(value).unwrap_or_default();
        } else if let Some(value) = line.strip_prefix("stat::new_units_added:") {
            outcome.added = number(value).unwrap_or_default();
        } else if let Some(edges) = line.split(" cov: ").nth(1).and_then(number)
            && line.starts_with('#')
        {
            let first = outcome.covered.map_or(edges, |(first, _)| first);
            outcome.covered = Some((first, edges));
        } else if let Some((_, place)) = line.split_once(" panicked at ")
            && outcome.reason.is_none()
        {
            outcome.reason = Some(format!("{place} {}", lines.next().unwrap_or_default()));
        } else if let Some(error) = line.split("ERROR: libFuzzer: ").nth(1) {
            outcome.reason.get_or_insert_with(|| error.to_owned());
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "\
INFO: Running with entropic power schedule (0xFF, 100).
INFO:        5 files found in target/fuzz/corpus/whitelist
#6	INITED cov: 2686 ft: 3652 corp: 4/9395b exec/s: 0 rss: 32Mb
#1447	NEW    cov: 2747 ft: 3931 corp: 7/13975b lim: 264 exec/s: 0 rss: 29Mb L: 76/264 MS: 1 CMP-
#65789	DONE   cov: 4141 ft: 10078 corp: 709/1345Kb lim: 3764 exec/s: 5060 rss: 36Mb
Done 65789 runs in 13 second(s)
stat::number_of_executed_units: 65789
stat::average_exec_per_sec:     5060
stat::new_units_added:          1021
";

    /// A program in the place of libFuzzer, run with an empty room.
    fn run(script: &str) -> (io::Result<FuzzOutcome>, tempfile::TempDir) {
        use std::os::unix::fs::PermissionsExt as _;

        let work = tempfile::tempdir().expect("a folder");
        let fuzzer = Fuzzer { name: "x", room: Path::new("."), work: work.path() };
        let program = fuzzer.program();
        fs::create_dir_all(program.parent().expect("a folder")).expect("made");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
        let outcome = fuzzer.run(Duration::from_secs(7));
        (outcome, work)
    }

    #[test]
    fn a_run_gives_what_was_found() {
        let (outcome, work) = run("\
            test -d \"$1\" || exit 9\n\
            for it in \"$@\"; do case $it in -artifact_prefix=*) to=${it#*=};; esac; done\n\
            echo x > \"${to}crash-1\"; echo 'stat::number_of_executed_units: 12' >&2; exit 77");
        let outcome = outcome.expect("a finding is a result");
        assert_eq!(outcome.executions, 12);
        assert_eq!(outcome.findings, [work.path().join("findings/x/crash-1")]);
    }

    #[test]
    fn a_run_cut_short_has_found_nothing_out() {
        let error = run("echo '==1== libFuzzer: run interrupted; exiting' >&2").0;
        assert!(error.expect_err("no result").to_string().contains("interrompue"));
    }

    #[test]
    fn a_program_that_fails_and_finds_nothing_is_trouble() {
        let error = run("exit 1").0.expect_err("no result");
        assert!(error.to_string().contains("logs/x.log"), "{error}");
    }

    #[test]
    fn a_log_without_finding_is_read() {
        let expected = FuzzOutcome {
            executions: 65_789,
            added: 1021,
            covered: Some((2686, 4141)),
            ..FuzzOutcome::default()
        };
        assert_eq!(read(SOUND), expected);
    }

    #[test]
    fn a_panic_is_quoted_with_its_place() {
        let log = "\
#3	INITED cov: 9 ft: 9 corp: 1/1b exec/s: 0 rss: 27Mb

thread '<unnamed>' (26455) panicked at src/smtp_address.rs:55:18:
\"a@-b.test\" is a mailbox, not None
stack backtrace:
==26455== ERROR: libFuzzer: deadly signal
stat::number_of_executed_units: 3
";
        let outcome = read(log);
        let reason = "src/smtp_address.rs:55:18: \"a@-b.test\" is a mailbox, not None";
        assert_eq!((outcome.executions, outcome.reason.as_deref()), (3, Some(reason)));
    }

    #[test]
    fn a_hang_is_named() {
        let outcome = read("==1== ERROR: libFuzzer: timeout after 10 seconds\n");
        assert_eq!(outcome.reason.as_deref(), Some("timeout after 10 seconds"));
        assert_eq!(read("noise"), FuzzOutcome::default());
    }
}
