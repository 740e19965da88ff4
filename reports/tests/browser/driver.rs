//! chromedriver on a port that the system draws, its time bound to ours.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::ChildStdout,
    time::timeout,
};

/// Ends the whole group, the browser included, as soon as nobody holds our standard input: also
/// when the test was killed.
const RUN: &str = r#""$0" --port=0 & exec >/dev/null; cat >/dev/null; kill -KILL 0"#;

/// What chromedriver says before its port.
const READY: &str = "was started successfully on port ";

/// Octets that it may say before.
const MOST: u64 = 64 << 10;

/// The time it may take: a moment on an idle machine.
const SOON: Duration = Duration::from_secs(60);

/// A running chromedriver; it and its browser end on drop.
#[derive(Debug)]
pub(crate) struct Driver {
    group: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Driver {
    /// Starts it, with `folder` as its home and its place for what is temporary, and waits for its
    /// port.
    pub(crate) async fn start(chromedriver: &Path, folder: &Path) -> Self {
        let group = Command::new("sh")
            .args(["-c", RUN])
            .arg(chromedriver)
            .envs(["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|k| (k, folder)))
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh is everywhere");
        // From here on a panic ends it.
        let mut driver = Self { group, url: String::new() };
        let said = driver.group.stdout.take().expect("piped");
        let said = ChildStdout::from_std(said).expect("a pipe can be waited for");
        let port = timeout(SOON, read_port(said)).await.expect("chromedriver starts in time");
        driver.url = format!("http://127.0.0.1:{}", port.expect("chromedriver says its port"));
        driver
    }
}

async fn read_port(said: ChildStdout) -> Option<u16> {
    let mut lines = BufReader::new(said.take(MOST)).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        if let Some(port) = port(&line) {
            return Some(port);
        }
    }
    None
}

fn port(line: &str) -> Option<u16> {
    line.split_once(READY)?.1.trim_end_matches('.').parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.group.stdin.take());
        self.group.wait().expect("the group ends when its input does");
    }
}
