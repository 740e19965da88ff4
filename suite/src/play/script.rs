//! A script, line by line.

use fixtures::smtp::{session::Session, transcript::Stage};

use super::{Letter, Player, Stopped, attempts::Attempts, chunk};
use crate::{
    observe::{Weak, line::weak_end},
    scenario::{
        model::{ScriptLine, ScriptStep, SideEffects, Transaction},
        template,
    },
};

impl Player<'_> {
    /// Plays the lines, from connection `first` on, and again while the target closes or answers 421
    /// where a reply is due.
    pub(super) async fn script(
        &self,
        first: u16,
        lines: &[ScriptLine],
        transaction: &Transaction,
        effects: &SideEffects,
    ) -> Vec<Letter> {
        let (mut letters, mut attempts) = (Vec::new(), Attempts::default());
        for number in first.. {
            letters.extend(if attempts.await_the_last_silence() {
                let target = self.awaited_longer();
                let player =
                    Player { target: &target, transcript: self.transcript.clone(), ..*self };
                Attempt { player: &player, lines, transaction, number }.play(effects).await
            } else {
                Attempt { player: self, lines, transaction, number }.play(effects).await
            });
            let end = weak_end(&self.transcript.entries(), number, lines);
            let end = end.filter(|weak| match weak {
                Weak::Silence => self.repeats_silence,
                // What was put off before, and is put off once more, waits for its turn.
                Weak::Busy => first == 0,
                Weak::Close | Weak::Alert => true,
            });
            if !attempts.goes_on_after(end) {
                break;
            }
            tokio::time::sleep(self.target.pace).await;
        }
        letters
    }
}

/// One pass through the lines.
struct Attempt<'a> {
    player: &'a Player<'a>,
    lines: &'a [ScriptLine],
    transaction: &'a Transaction,
    number: u16,
}

impl Attempt<'_> {
    async fn play(&self, effects: &SideEffects) -> Vec<Letter> {
        let mut letters = Vec::new();
        let Ok(mut session) = self.player.connect(self.number).await else { return letters };
        let mut in_step = true;
        for (i, line) in self.lines.iter().enumerate() {
            let step = u16::try_from(i).unwrap_or(u16::MAX);
            let next = self.lines.get(i + 1).map(|line| &line.step);
            in_step &= one_reply(&line.step, next);
            if in_step
                && speaks(&line.step)
                // What is awaited comes in the line behind the one that sends.
                && session.nothing_premature(line.stage, answered_at(&line.step, step)).is_err()
            {
                break;
            }
            if chunk::is_sent_by(&line.step) && !self.player.offers_chunking(self.number) {
                self.player.leave(&mut session).await;
                break;
            }
            if self.line(&mut session, step, line, effects, &mut letters).await.is_err() {
                break;
            }
        }
        letters
    }

    async fn line(
        &self,
        session: &mut Session,
        step: u16,
        line: &ScriptLine,
        effects: &SideEffects,
        letters: &mut Vec<Letter>,
    ) -> Result<(), Stopped> {
        let stage = line.stage;
        match &line.step {
            ScriptStep::Greeting => self.reply(session, stage, step, |code| code == 220).await,
            ScriptStep::Ehlo => {
                let ehlo = self.player.ehlo_line();
                self.command(session, ehlo.as_bytes(), stage, step, |code| code == 250).await
            }
            ScriptStep::StartTls => {
                self.command(session, b"STARTTLS\r\n", stage, step, |code| code == 220).await
            }
            ScriptStep::Handshake | ScriptStep::TryHandshake => {
                let offer = self.player.offer().map_err(|text| self.player.trouble(&text))?;
                let offer = offer.ok_or_else(|| {
                    self.player.trouble("le scénario demande TLS à un pair qui reste en clair")
                })?;
                // One that is tried may fail for what the script did before it.
                if matches!(line.step, ScriptStep::TryHandshake) {
                    session.start_tls(&offer).await.map(drop).map_err(|_| Stopped)
                } else {
                    self.player.secure(session, &offer).await.map(drop)
                }
            }
            ScriptStep::Mail => {
                let line = self.player.mail_line(self.transaction)?.unwrap_or_default();
                self.command(session, &line, stage, step, |code| code / 100 == 2).await
            }
            ScriptStep::Rcpt => {
                let recipient = match self.transaction.to.first() {
                    Some(template) => self.player.render(template)?,
                    None => return Err(self.player.trouble("le scénario n'a pas de destinataire")),
                };
                let line = [b"RCPT TO:<".as_slice(), &recipient, b">\r\n"].concat();
                self.command(session, &line, stage, step, |code| code / 100 == 2).await
            }
            ScriptStep::Data => {
                self.command(session, b"DATA\r\n", stage, step, |code| code == 354).await
            }
            ScriptStep::Message => {
                let letter = self.letter(letters.len())?;
                session.send(&letter.wire, stage, step).await.map_err(|_| Stopped)?;
                letters.push(letter);
                Ok(())
            }
            ScriptStep::Bdat => {
                let letter = self.letter(letters.len())?;
                let bytes = chunk::framed(letter.original.as_deref().unwrap_or_default(), true);
                session.send(&bytes, stage, step).await.map_err(|_| Stopped)?;
                letters.push(letter);
                Ok(())
            }
            ScriptStep::Chunk { octets, last } => {
                let octets = self.render(octets, effects, letters, true)?;
                let bytes = chunk::framed(&octets, *last);
                session.send(&bytes, stage, step).await.map_err(|_| Stopped)
            }
            ScriptStep::Send(text) => {
                let mut bytes = self.render(text, effects, letters, false)?;
                bytes.extend(b"\r\n");
                session.send(&bytes, stage, step).await.map_err(|_| Stopped)
            }
            ScriptStep::SendRaw(text) => {
                let bytes = self.render(text, effects, letters, true)?;
                session.send(&bytes, stage, step).await.map_err(|_| Stopped)
            }
            // Nothing more can be played on a closed connection, whether it was awaited or not.
            ScriptStep::Expect(expectation) => {
                let reply = session.reply(stage, step).await.map_err(|_| Stopped)?;
                // A 2xx after the final dot or the last chunk: the delivery is then awaited.
                if matches!(stage, Stage::Body | Stage::Bdat)
                    && reply.code / 100 == 2
                    && let Some(letter) = letters.last_mut()
                {
                    letter.accepted = letter.original.is_some();
                }
                if expectation.ends(reply.code) { Err(Stopped) } else { Ok(()) }
            }
            ScriptStep::Abort => {
                session.close_abruptly();
                Ok(())
            }
            ScriptStep::Close => {
                session.shutdown().await.map_err(|_| Stopped)?;
                session.wait_end(stage, step).await;
                Ok(())
            }
            ScriptStep::AwaitClose => {
                session.wait_end(stage, step).await;
                Ok(())
            }
        }
    }

    fn letter(&self, sent: usize) -> Result<Letter, Stopped> {
        let number = u16::try_from(sent).unwrap_or(u16::MAX);
        let recipients: Vec<String> = self
            .transaction
            .to
            .iter()
            .map(|to| Ok(String::from_utf8_lossy(&self.player.render(to)?).into_owned()))
            .collect::<Result<_, Stopped>>()?;
        self.player.letter(self.number, number, self.transaction, &recipients)
    }

    /// A line of the script, with the tokens of its own messages.
    fn render(
        &self,
        text: &crate::scenario::model::Template,
        effects: &SideEffects,
        letters: &mut Vec<Letter>,
        raw: bool,
    ) -> Result<Vec<u8>, Stopped> {
        let mut variables = self.player.variables();
        for (name, number) in [("token", 0), ("token2", 1)] {
            let token = self.player.tokens.token(&self.player.scenario.id, self.number, number);
            let written = text.0.contains(&format!("{{{name}}}"));
            let watched = effects
                .delivered
                .iter()
                .chain(&effects.not_delivered)
                .chain(&effects.not_relayed)
                .any(|effect| effect.0 == format!("{{{name}}}"));
            if written && watched && !letters.iter().any(|letter| letter.token == token) {
                letters.push(self.player.hand_made(self.number, number, &token));
            }
            variables.set(name, token);
        }
        let rendered = if raw {
            template::render_raw(text, &variables)
        } else {
            template::render(text, &variables)
        };
        rendered.map_err(|error| self.player.trouble(&error.to_string()))
    }

    async fn command(
        &self,
        session: &mut Session,
        bytes: &[u8],
        stage: Stage,
        step: u16,
        good: impl Fn(u16) -> bool,
    ) -> Result<(), Stopped> {
        session.send(bytes, stage, step).await.map_err(|_| Stopped)?;
        self.reply(session, stage, step, good).await
    }

    async fn reply(
        &self,
        session: &mut Session,
        stage: Stage,
        step: u16,
        good: impl Fn(u16) -> bool,
    ) -> Result<(), Stopped> {
        match session.reply(stage, step).await {
            Ok(reply) if good(reply.code) => Ok(()),
            _ => Err(Stopped),
        }
    }
}

/// Whether a line leaves no reply due but the one that it, or the next line, awaits: as long as all
/// lines do, whatever is there before a command is sent was not asked for.
fn one_reply(step: &ScriptStep, next: Option<&ScriptStep>) -> bool {
    match step {
        ScriptStep::Send(_) | ScriptStep::Bdat | ScriptStep::Chunk { .. } => {
            matches!(next, Some(ScriptStep::Expect(_)))
        }
        ScriptStep::SendRaw(_) | ScriptStep::Message | ScriptStep::TryHandshake => false,
        _ => true,
    }
}

/// Whether the line sends a command.
fn speaks(step: &ScriptStep) -> bool {
    matches!(
        step,
        ScriptStep::Send(_)
            | ScriptStep::Bdat
            | ScriptStep::Chunk { .. }
            | ScriptStep::Ehlo
            | ScriptStep::StartTls
            | ScriptStep::Mail
            | ScriptStep::Rcpt
            | ScriptStep::Data
    )
}

/// The step at which the judge looks for the reply to line `step`.
fn answered_at(line: &ScriptStep, step: u16) -> u16 {
    match line {
        ScriptStep::Send(_) | ScriptStep::Bdat | ScriptStep::Chunk { .. } => step.saturating_add(1),
        _ => step,
    }
}
