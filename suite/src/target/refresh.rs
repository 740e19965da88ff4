//! How the target comes to read what the simulated space serves anew.

use std::{fmt, process::Stdio, sync::Arc, time::Duration};

use fixtures::http::Client;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncReadExt as _, process::Command, time::timeout};

/// How long a command or a request that makes the target read anew may take.
const LONGEST: Duration = Duration::from_secs(120);

/// How much of a command's errors is shown, in octets.
const SHOWN: u64 = 500;

/// `[refresh]` of `target.toml`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshTable {
    /// How the target reads the whitelist anew: one of `period`, `command`, `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<RefreshBy>,
    /// How the target reads the CRLs anew: one of `period`, `command`, `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crl: Option<RefreshBy>,
}

/// How the target reads anew what can change, where that is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshes {
    /// The whitelist.
    pub list: Option<Refresh>,
    /// The CRLs.
    pub crl: Option<Refresh>,
}

/// How something is read anew, as written: exactly one key.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshBy {
    /// By itself, read and in use at least this often: `5m`, `90s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Once this command has ended, run by `sh -c`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Once this `http://` address has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How the target reads something anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// By itself, at least this often: its read is awaited.
    Period(Duration),
    /// When a command was run on this machine.
    Command(String),
    /// When an address was fetched.
    Url(String),
    /// When it is told, since it runs in this process.
    InProcess(Reread),
}

/// What makes a proxy of this process read anew.
#[derive(Clone, Default)]
pub struct Reread(Option<Arc<Act>>);

type Act = dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync;

impl Refreshes {
    /// All by one act in this process.
    #[must_use]
    pub fn in_process(reread: &Reread) -> Self {
        let refresh = || Some(Refresh::InProcess(reread.clone()));
        Self { list: refresh(), crl: refresh() }
    }
}

impl RefreshBy {
    /// The checked form.
    ///
    /// # Errors
    /// In French, what is wrong and what to write.
    pub(super) fn check(&self, longest: Duration) -> Result<Refresh, String> {
        match (&self.period, &self.command, &self.url) {
            (Some(text), None, None) => {
                let period = text.parse::<SignedDuration>().ok();
                let period = period.and_then(|period| Duration::try_from(period).ok());
                let fits = |period: &Duration| !period.is_zero() && *period <= longest;
                period.filter(fits).map(Refresh::Period).ok_or_else(|| {
                    format!(
                        "« {text} » n'est pas une durée de 1 s à {} s ; écrivez par exemple period = \"5m\"",
                        longest.as_secs()
                    )
                })
            }
            (None, Some(command), None) if command.trim().is_empty() => {
                Err("command est vide ; écrivez la commande qui fait relire la cible".into())
            }
            (None, Some(command), None) => Ok(Refresh::Command(command.clone())),
            (None, None, Some(url)) if url.starts_with("http://") => Ok(Refresh::Url(url.clone())),
            (None, None, Some(url)) => Err(format!(
                "« {url} » n'est pas une adresse http:// ; pour toute autre, donnez command = \"curl …\""
            )),
            _ => Err("donnez exactement une des clés period, command et url".into()),
        }
    }
}

impl Refresh {
    /// The name of the way, as `target.toml` writes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Period(_) => "period",
            Self::Command(_) => "command",
            Self::Url(_) => "url",
            Self::InProcess(_) => "in-process",
        }
    }

    /// The longest that it is waited for.
    #[must_use]
    pub fn bound(&self) -> Duration {
        match self {
            Self::Period(period) => *period,
            // What it reads is read when it ends.
            Self::InProcess(_) => Duration::from_secs(1),
            Self::Command(_) | Self::Url(_) => LONGEST,
        }
    }

    /// Makes the target read anew, where that is asked for and not awaited. `key` is the one of `[refresh]`
    /// that says so.
    ///
    /// # Errors
    /// In French: what failed, and what the operator corrects.
    pub async fn ask(&self, key: &str) -> Result<(), String> {
        match self {
            Self::Period(_) => Ok(()),
            Self::Command(command) => run(command, key, LONGEST).await,
            Self::Url(url) => fetch(url, key).await,
            Self::InProcess(Reread(Some(act))) => timeout(LONGEST, act())
                .await
                .unwrap_or_else(|_| Err(format!("pas fini en {} s", LONGEST.as_secs()))),
            Self::InProcess(Reread(None)) => Err("aucun proxy ne tourne ici".to_owned()),
        }
    }
}

impl Reread {
    /// What this does.
    pub fn by(
        act: impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(act)))
    }
}

impl fmt::Debug for Reread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reread").field(&self.0.is_some()).finish()
    }
}

impl PartialEq for Reread {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl Eq for Reread {}

/// A command that runs with all that it starts; dropped before it ended, all of it is ended.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let Some(leader) = self.0 else { return };
        let end = ["-c", "kill -s KILL -- \"-$1\"", "sh", &leader.to_string()];
        // Nobody is there to be told where it fails: the command itself is ended in any case.
        drop(std::process::Command::new("sh").args(end).stderr(Stdio::null()).status());
    }
}

async fn run(command: &str, key: &str, longest: Duration) -> Result<(), String> {
    let failed =
        |why: String| format!("« {command} » : {why} ; corrigez [refresh] {key} dans target.toml");
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    // A script that hangs would change the target's tables in a world that comes later.
    let mut group = Group(child.id());
    let stderr = child.stderr.take();
    let ended = async {
        let mut said = Vec::new();
        if let Some(mut stderr) = stderr {
            // What is beyond is read too, so that the command does not stop for it.
            let mut shown = (&mut stderr).take(SHOWN);
            shown.read_to_end(&mut said).await?;
            tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
        }
        Ok::<_, std::io::Error>((child.wait().await?, said))
    };
    let ended = timeout(longest, ended).await;
    if ended.is_ok() {
        // What it left running on purpose goes on.
        group.0 = None;
    }
    match ended {
        Err(_) => Err(failed(format!("pas finie en {} s", longest.as_secs()))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Ok(Ok((status, _))) if status.success() => Ok(()),
        Ok(Ok((status, said))) => {
            let said = String::from_utf8_lossy(&said);
            Err(failed(format!("{status} {}", said.trim())))
        }
    }
}

async fn fetch(url: &str, key: &str) -> Result<(), String> {
    let failed = |why: String| format!("{url} : {why} ; corrigez [refresh] {key} dans target.toml");
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = Client { time: LONGEST, ..Client::new(Arc::new(tls)) };
    client.get(url).await.map(drop).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[rstest]
    #[case::minutes("5m", Some(300))]
    #[case::seconds("90s", Some(90))]
    #[case::nothing("0s", None)]
    #[case::before("-5m", None)]
    #[case::too_long("2h", None)]
    #[case::no_unit("300", None)]
    fn a_period_is_a_duration(#[case] text: &str, #[case] seconds: Option<u64>) {
        let written = RefreshBy { period: Some(text.to_owned()), ..RefreshBy::default() };
        let checked = written.check(HOUR);
        assert_eq!(
            checked.ok(),
            seconds.map(|seconds| Refresh::Period(Duration::from_secs(seconds)))
        );
    }

    #[rstest]
    #[case::done("true", None)]
    #[case::wrong("echo pas de liste >&2; exit 3", Some("pas de liste"))]
    #[case::absent("/nulle/part", Some("/nulle/part"))]
    #[case::talkative("yes | head -c 100000 >&2", None)]
    #[tokio::test]
    async fn a_command_tells_why_it_fails(#[case] command: &str, #[case] why: Option<&str>) {
        let ran = Refresh::Command(command.to_owned()).ask("list").await;
        match why {
            None => assert_eq!(ran, Ok(())),
            Some(why) => {
                let error = ran.expect_err("it fails");
                assert!(error.contains(why) && error.contains("target.toml"), "{error}");
            }
        }
    }

    /// A script may wait for another program when its time is up: that one is ended too.
    #[tokio::test]
    async fn a_command_that_hangs_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().join("pid");
        let command = format!("sleep 300 & echo $! > {}; wait", at.display());
        let ran = run(&command, "list", Duration::from_secs(2)).await;
        assert!(ran.is_err_and(|why| why.contains("pas finie")));
        let pid = std::fs::read_to_string(&at).expect("it began");
        let runs = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            state.is_ok_and(|state| !state.contains(") Z "))
        };
        let ended = async {
            while runs() {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), ended).await.expect("it is ended");
    }

    #[tokio::test]
    async fn an_address_that_nobody_serves_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/relire", listener.local_addr().expect("bound"));
        drop(listener);
        let error = Refresh::Url(url.clone()).ask("crl").await.expect_err("nobody there");
        assert!(error.contains(&url) && error.contains("[refresh] crl"), "{error}");
        let url = |url: &str| RefreshBy { url: Some(url.to_owned()), ..RefreshBy::default() };
        assert!(url("https://a/").check(HOUR).is_err());
        let two = RefreshBy { command: Some("true".to_owned()), ..url("http://a/") };
        for wrong in [two, RefreshBy::default()] {
            let told = wrong.check(HOUR).expect_err("not one key");
            assert!(told.contains("exactement une"), "{told}");
        }
    }
}
