//! The liveness control: the nominal message, before the first scenario and after the last.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fixtures::{
    smtp::{
        session::{Session, SessionConfig, SessionEnd},
        transcript::{Event, Stage, Transcript},
        wire::Limits,
    },
    space::Space,
};

use super::{late, sealed};
use crate::{
    judge::observation::{self, Seen},
    play::{Player, Tokens},
    scenario::{Action, Scenario, ScenarioId},
    target::Target,
};

/// What the control showed.
#[derive(Debug)]
pub(super) struct Control {
    /// Whether the nominal message was accepted.
    pub accepted: bool,
    /// What was seen, in French.
    pub observed: String,
    /// What it was played by.
    pub action: Action,
    /// Its transcript, and the file it is written to.
    pub transcript: Transcript,
    pub path: PathBuf,
}

impl Control {
    /// Whether its message was seen delivered.
    pub(super) fn delivered(&self) -> bool {
        self.transcript.entries().iter().any(|e| matches!(e.event, Event::Delivered { .. }))
    }
}

/// Plays the nominal scenario once more under another name, its transcript beside the others.
pub(super) async fn control(
    name: &str,
    nominal: &Scenario,
    space: &Space,
    target: &Target,
    tokens: &Tokens,
    folder: &Path,
) -> std::io::Result<Control> {
    let scenario =
        Scenario { id: ScenarioId(Arc::from(format!("controle/{name}"))), ..nominal.clone() };
    debug_assert!(matches!(scenario.action, Action::Transactions(_)));
    let path = folder.join(sealed::transcript_name(&scenario.id));
    let transcript = Transcript::create(&path)?;
    transcript.push(Event::Note { text: tokens.heading(&scenario.id) });
    let player =
        Player { scenario: &scenario, space, target, transcript: transcript.clone(), tokens };
    tokio::time::sleep(target.pace).await;
    let letters = player.play().await;
    // Its delivery closes the watch over all that was sent before it.
    for letter in letters.iter().filter(|letter| letter.accepted) {
        late::await_delivery(letter, space.mailroom(), target, &transcript).await;
    }
    transcript.finish()?;
    let entries = transcript.entries();
    let last = crate::judge::transaction::last_session(&entries);
    let (accepted, observed) = match observation::transaction(&entries, last, 0) {
        Seen::Accepted { text } => (true, text),
        Seen::Refused(refusal) => (false, crate::judge::transaction::describe(&refusal)),
        Seen::Broken(cause) => (false, cause),
    };
    Ok(Control { accepted, observed, action: scenario.action, transcript, path })
}

/// Connects once and reads the greeting: is anything there, and does it speak SMTP?
///
/// # Errors
/// What came in place of a greeting.
pub async fn ping(target: &Target, limit: Duration) -> Result<String, SessionEnd> {
    let mut session = Session::connect(SessionConfig {
        target: target.address,
        source: None,
        number: 0,
        limits: Limits { reply_time: limit, connect_time: limit, ..Limits::default() },
        transcript: Transcript::in_memory(),
    })
    .await?;
    let reply = session.reply(Stage::Greeting, 0).await?;
    let greeting = reply.lines.first().map(ToString::to_string).unwrap_or_default();
    if session.send(b"QUIT\r\n", Stage::Quit, 1).await.is_ok() {
        // The answer changes nothing: the greeting is all that was wanted.
        drop(session.reply(Stage::Quit, 1).await);
    }
    Ok(greeting)
}
