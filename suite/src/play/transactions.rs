//! A session of mail transactions, repeated where an answer is not yet an answer.

use fixtures::smtp::{
    session::Session,
    transcript::{Event, Stage},
};

use super::{Letter, Player, Stopped, attempts::Attempts};
use crate::{
    observe::{self, TransactionEnd, Weak, steps},
    oracle::reception::facts::PtrStatus,
    scenario::{
        model::{ReversePath, Transaction, Transfer, Verbs},
        template,
    },
};

/// Most recipients of one transaction.
const RECIPIENTS: usize = 1_000;

impl Player<'_> {
    /// Plays the transactions in one session, from connection `first` on, and again while the answer may
    /// mean nothing.
    pub(super) async fn transactions(
        &self,
        first: u16,
        transactions: &[Transaction],
    ) -> Vec<Letter> {
        let (mut letters, mut attempts) = (Vec::new(), Attempts::default());
        for number in first.. {
            letters.extend(if attempts.await_the_last_silence() {
                let target = self.awaited_longer();
                Player { target: &target, transcript: self.transcript.clone(), ..*self }
                    .attempt(number, transactions)
                    .await
            } else {
                self.attempt(number, transactions).await
            });
            if !attempts.goes_on_after(self.weak_end(number, first > 0, transactions)) {
                break;
            }
            tokio::time::sleep(self.target.pace).await;
        }
        letters
    }

    /// How attempt `number` ended, where that leaves the outcome open. What was put off before, and is
    /// put off once more, waits for its turn.
    fn weak_end(&self, number: u16, put_off: bool, transactions: &[Transaction]) -> Option<Weak> {
        let entries = self.transcript.entries();
        (0..transactions.len()).find_map(|t| {
            let t = u16::try_from(t).unwrap_or(u16::MAX);
            match observe::transaction(&entries, number, t) {
                TransactionEnd::Refused(refusal) => refusal.how.weak().filter(|weak| match weak {
                    Weak::Busy => !put_off,
                    Weak::Silence => self.repeats_silence,
                    Weak::Close | Weak::Alert => true,
                }),
                // A busy target greets late too (RFC 5321 §4.5.3.2.1).
                TransactionEnd::Broken(_) => (self.scenario.peer.ptr == PtrStatus::Silent
                    && observe::was_not_greeted(&entries, number))
                .then_some(Weak::Silence),
                TransactionEnd::Accepted { .. } => None,
            }
        })
    }

    async fn attempt(&self, number: u16, transactions: &[Transaction]) -> Vec<Letter> {
        let mut letters = Vec::new();
        let Ok(mut session) = self.prelude(number).await else { return letters };
        if transactions.iter().any(|one| one.by != Transfer::Data) && !self.offers_chunking(number)
        {
            self.leave(&mut session).await;
            return letters;
        }
        for (t, transaction) in transactions.iter().enumerate() {
            let t = u16::try_from(t).unwrap_or(u16::MAX);
            let last = usize::from(t) + 1 == transactions.len();
            match self.transaction(&mut session, number, t, transaction).await {
                Ok(letter) => {
                    // "A RSET command MUST be issued" after a BDAT that was refused (RFC 3030 §2).
                    let failed = transaction.by != Transfer::Data
                        && letter.as_ref().is_some_and(|letter| !letter.accepted);
                    letters.extend(letter);
                    if last || !(self.scenario.manner.reset || failed) {
                        continue;
                    }
                }
                Err(Stopped) if last => break,
                Err(Stopped) => {}
            }
            let reset = format!("{}\r\n", self.verb("RSET"));
            let reset = self.command(&mut session, &reset, Stage::Other, steps::reset(t), 250);
            if reset.await.is_err() {
                return letters;
            }
        }
        self.leave(&mut session).await;
        letters
    }

    /// One transaction. Without a mailbox of the target it ends after MAIL.
    async fn transaction(
        &self,
        session: &mut Session,
        number: u16,
        t: u16,
        transaction: &Transaction,
    ) -> Result<Option<Letter>, Stopped> {
        let mut envelope = Vec::new();
        if let Some(line) = self.mail_line(transaction)? {
            envelope.push((line, Stage::Mail, steps::mail(t)));
        }
        let mut recipients = Vec::new();
        for (i, recipient) in transaction.to.iter().take(RECIPIENTS).enumerate() {
            let recipient = self.render(recipient)?;
            let line = [self.verb("RCPT TO").as_bytes(), b":<", &recipient, b">\r\n"].concat();
            let i = u16::try_from(i).unwrap_or(u16::MAX);
            envelope.push((line, Stage::Rcpt, steps::rcpt(t, i)));
            recipients.push(String::from_utf8_lossy(&recipient).into_owned());
        }
        if self.pipelines() {
            self.together(session, &envelope).await?;
        } else {
            for (line, stage, step) in &envelope {
                self.step(session, line, *stage, *step, 2).await?;
            }
        }
        if let Some(stranger) = self.stranger(&recipients) {
            return Err(self.trouble(&format!(
                "destinataire {stranger} accepté au RCPT ; aucun message n'est envoyé hors des boîtes \
                 nommées : déclarez [outgoing] sink dans target.toml pour voir s'il serait relayé"
            )));
        }
        let letter = self.letter(number, t, transaction, &recipients)?;
        if transaction.by != Transfer::Data {
            // It may have been taken, in part or whole, whatever the replies are.
            let accepted = self.chunks(session, t, &letter, transaction.by).await;
            return Ok(Some(Letter { accepted, ..letter }));
        }
        let data = format!("{}\r\n", self.verb("DATA"));
        self.step(session, data.as_bytes(), Stage::Data, steps::data(t), 3).await?;
        session.nothing_premature(Stage::Body, steps::body(t)).map_err(|_| Stopped)?;
        session.send(&letter.wire, Stage::Body, steps::body(t)).await.map_err(|_| Stopped)?;
        let reply = session.reply(Stage::Body, steps::body(t)).await;
        let accepted = reply.as_ref().is_ok_and(|reply| reply.code / 100 == 2);
        let letter = Letter { accepted, ..letter };
        match reply {
            Ok(_) => Ok(Some(letter)),
            // It may have been taken all the same: its absence is watched like a refused one's.
            Err(_) => Ok(Some(letter)),
        }
    }

    /// The first recipient that the operator did not name, unless all that leaves the target comes
    /// back to us: no message goes anywhere else.
    fn stranger<'r>(&self, recipients: &'r [String]) -> Option<&'r str> {
        if self.target.outgoing_observed() {
            return None;
        }
        recipients
            .iter()
            .map(String::as_str)
            .find(|recipient| !self.target.mailboxes.names(recipient))
    }

    /// The MAIL command, unless the scenario leaves it out.
    pub(super) fn mail_line(&self, transaction: &Transaction) -> Result<Option<Vec<u8>>, Stopped> {
        let path = match &transaction.from {
            ReversePath::Absent => return Ok(None),
            ReversePath::Null => Vec::new(),
            ReversePath::Address(template) => self.render(template)?,
        };
        let mut line = [self.verb("MAIL FROM").as_bytes(), b":<", &path, b">"].concat();
        if let Some(parameters) = &transaction.mail_parameters {
            line.push(b' ');
            line.extend(self.render(parameters)?);
        }
        line.extend(b"\r\n");
        Ok(Some(line))
    }

    /// A verb in the case that the scenario asks for.
    pub(super) fn verb(&self, verb: &str) -> String {
        match self.scenario.manner.verbs {
            Verbs::Upper => verb.to_owned(),
            Verbs::Lower => verb.to_ascii_lowercase(),
            Verbs::Mixed => verb
                .char_indices()
                .map(|(i, c)| if i % 2 == 0 { c.to_ascii_lowercase() } else { c })
                .collect(),
        }
    }

    /// Whether commands go together: the scenario asks for it and the target offers it.
    fn pipelines(&self) -> bool {
        self.scenario.manner.pipelining && self.offers_pipelining()
    }

    /// Sends all of these before any reply is read (RFC 2920 §3.1); every reply is then read, so that
    /// none is taken for that of a later command.
    async fn together(
        &self,
        session: &mut Session,
        commands: &[(Vec<u8>, Stage, u16)],
    ) -> Result<(), Stopped> {
        for (line, stage, step) in commands {
            session.send(line, *stage, *step).await.map_err(|_| Stopped)?;
        }
        let mut all = Ok(());
        for (_, stage, step) in commands {
            let reply = session.reply(*stage, *step).await.map_err(|_| Stopped)?;
            if reply.code / 100 != 2 {
                all = Err(Stopped);
            }
        }
        all
    }

    pub(super) fn render(
        &self,
        text: &crate::scenario::model::Template,
    ) -> Result<Vec<u8>, Stopped> {
        template::render(text, &self.variables()).map_err(|error| self.trouble(&error.to_string()))
    }

    /// Records trouble of the harness and stops.
    pub(super) fn trouble(&self, text: &str) -> Stopped {
        self.transcript.push(Event::Trouble { text: text.to_owned() });
        Stopped
    }

    async fn step(
        &self,
        session: &mut Session,
        line: &[u8],
        stage: Stage,
        step: u16,
        class: u16,
    ) -> Result<(), Stopped> {
        session.nothing_premature(stage, step).map_err(|_| Stopped)?;
        session.send(line, stage, step).await.map_err(|_| Stopped)?;
        match session.reply(stage, step).await {
            Ok(reply) if reply.code / 100 == class => Ok(()),
            _ => Err(Stopped),
        }
    }
}
