//! chromedriver on a port that the system draws, its time bound to ours.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Ends the whole group, the browser included, as soon as nobody holds our standard input: also
/// when the test was killed.
const RUN: &str = r#""$0" --port=0 & exec >/dev/null; cat >/dev/null; kill -KILL 0"#;

/// What chromedriver says before its port.
const READY: &str = "was started successfully on port ";

/// Octets that it may say before.
const MOST: u64 = 64 << 10;

/// A running chromedriver; it and its browser end on drop.
#[derive(Debug)]
pub(crate) struct Driver {
    group: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Driver {
    /// Starts it, with `folder` as its home and its place for what is temporary, and waits for its
    /// port. It says it within moments or ends; a driver that does neither is ended by the limit of
    /// the test, which is that of its process.
    pub(crate) fn start(chromedriver: &Path, folder: &Path) -> Self {
        let mut group = Command::new("sh")
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
        let said = BufReader::new(group.stdout.take().expect("piped").take(MOST));
        let port = said.lines().map_while(Result::ok).find_map(|line| port(&line));
        let url = port.map(|port| format!("http://127.0.0.1:{port}"));
        let mut driver = Self { group, url: String::new() };
        // An end of its words without a port: it ended, or the drop of `driver` ends it.
        driver.url = url.expect("chromedriver says its port");
        driver
    }
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
