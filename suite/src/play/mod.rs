//! Playing a scenario against the target: everything that happens goes into the transcript, and
//! nothing is judged here but whether an attempt must be repeated.

mod attempts;
mod certificate;
mod chunk;
mod message;
mod peer;
mod prelude;
mod probe;
mod script;
mod tokens;
mod transactions;

use std::{sync::Arc, time::Duration};

use fixtures::{
    smtp::{
        session::{Session, SessionConfig},
        transcript::{Event, Stage, Transcript},
        wire::Limits,
    },
    space::{Space, cast},
};

pub use certificate::look_at;
pub use message::Letter;
pub use tokens::Tokens;

use crate::{
    observe::steps,
    scenario::{
        model::{Action, Scenario},
        template::Variables,
    },
    target::Target,
};

/// Local part of the third party's mailbox.
const FOREIGN: &str = "dossier";

/// How many times longer the last of the attempts that got no reply waits for one: a server that is slow
/// on purpose does not stay silent.
const LAST_PATIENCE: u32 = 6;

/// How long we wait for the target to close after QUIT, at most. No verdict rests on it, and a target
/// that never closes costs as much for each scenario.
const FAREWELL: Duration = Duration::from_millis(500);

/// One scenario on the stage.
pub struct Player<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The simulated space.
    pub space: &'a Space,
    /// The target.
    pub target: &'a Target,
    /// Where everything goes.
    pub transcript: Transcript,
    /// Names of the messages.
    pub tokens: &'a Tokens,
    /// Whether a silence is tried again: where the target answered others, so that it may come to mean
    /// something.
    pub repeats_silence: bool,
}

/// An attempt ended before its last step; the transcript says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

impl Player<'_> {
    /// Plays the scenario, as many times as the target's answers demand, and gives the messages
    /// that were sent.
    pub async fn play(&self) -> Vec<Letter> {
        if let Err(trouble) = self.prove_world().await {
            self.transcript.push(Event::Trouble { text: trouble });
            return Vec::new();
        }
        self.act(0).await
    }

    /// Plays the scenario once more, from connection `first` on: what it came to was put off.
    pub async fn play_again(&self, first: u16) -> Vec<Letter> {
        self.act(first).await
    }

    async fn act(&self, first: u16) -> Vec<Letter> {
        match &self.scenario.action {
            Action::Transactions(transactions) => self.transactions(first, transactions).await,
            Action::Script { lines, transaction, effects } => {
                self.script(first, lines, transaction, effects).await
            }
            Action::Probe { hello, expect } => {
                self.probe(first, *hello, *expect).await;
                Vec::new()
            }
            // Its world made the target ask.
            Action::Request(_) => Vec::new(),
            Action::Inspect(inspection) => {
                self.inspect(first, *inspection).await;
                Vec::new()
            }
        }
    }

    /// Opens connection number `number`.
    async fn connect(&self, number: u16) -> Result<Session, Stopped> {
        let config = SessionConfig {
            target: self.target.address,
            source: self.source(),
            number,
            limits: self.limits(),
            transcript: self.transcript.clone(),
            guard: self.target.guard.clone(),
            challenge: self.tokens.challenge().cloned(),
        };
        Session::connect(config).await.map_err(|_| Stopped)
    }

    /// The target as the last attempt awaits it, where those before it got no reply.
    fn awaited_longer(&self) -> Target {
        let reply_time = self.target.reply_time * LAST_PATIENCE;
        Target { reply_time, ..self.target.clone() }
    }

    fn limits(&self) -> Limits {
        Limits {
            reply_time: self.target.reply_time,
            connect_time: self.target.reply_time,
            handshake_time: self.target.reply_time,
            ..Limits::default()
        }
    }

    /// The values of the scenario's variables.
    fn variables(&self) -> Variables {
        let mut variables = Variables::of(self.operator());
        variables.set("peer.ehlo", self.ehlo_name());
        // The third party's mailbox exists nowhere but in relay attempts, which our sink would see.
        let third = cast::OPERATORS.iter().find(|operator| operator.name == "tiers");
        if let Some(third) = third {
            variables.set("foreign", format!("{FOREIGN}@{}", third.domain()));
            variables.set("foreign.local", FOREIGN);
            variables.set("foreign.domain", third.domain());
        }
        let boxes = &self.target.mailboxes;
        if let Some(mailbox) = &boxes.valid {
            variables.set("mailbox", mailbox.to_string());
            variables.set("mailbox.local", mailbox.local());
        }
        if let Some(mailbox) = &boxes.second {
            variables.set("mailbox2", mailbox.to_string());
        }
        if let Some(mailbox) = &boxes.unknown {
            variables.set("unknown", mailbox.to_string());
        }
        if let Some(domain) = self.target.domains.first() {
            variables.set("target.domain", domain.clone());
        }
        let host = self.target.mx_host.clone().unwrap_or_else(|| self.target.host.clone());
        variables.set("target.host", host);
        variables
    }

    /// QUIT, its reply and the target's end of the connection, all of them without weight.
    async fn leave(&self, session: &mut Session) {
        if session.send(b"QUIT\r\n", Stage::Quit, steps::QUIT).await.is_ok()
            && session.reply(Stage::Quit, steps::QUIT).await.is_ok()
        {
            let mut limits = self.limits();
            limits.reply_time = limits.reply_time.min(FAREWELL);
            session.set_limits(limits);
            session.wait_end(Stage::Quit, steps::QUIT).await;
        }
    }
}

/// Shares a certified key without naming its type everywhere.
type Certified = Arc<rustls::sign::CertifiedKey>;
