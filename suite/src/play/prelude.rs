//! The first half of every session: greeting, EHLO, STARTTLS, the handshake, EHLO again.

use fixtures::smtp::{
    session::{Session, SessionEnd},
    tls::{TlsOffer, TlsOutcome},
    transcript::{Event, Stage, Transcript},
};

use super::{Player, Stopped};
use crate::{observe::steps, oracle::reception::facts::PtrStatus};

impl Player<'_> {
    /// Connects and goes on until the session is ready for MAIL.
    pub(super) async fn prelude(&self, number: u16) -> Result<Session, Stopped> {
        let (mut session, offer) = self.until_starttls(number).await?;
        if let Some(offer) = offer {
            self.secure(&mut session, &offer).await?;
            self.command(&mut session, &self.ehlo_line(), Stage::EhloTls, steps::EHLO_TLS, 250)
                .await?;
        }
        Ok(session)
    }

    /// Makes the handshake. Where it ends before the target showed a certificate, asks by hand what the
    /// target would have agreed to: what the TLS library cannot speak is no refusal.
    pub(super) async fn secure(
        &self,
        session: &mut Session,
        offer: &TlsOffer,
    ) -> Result<TlsOutcome, Stopped> {
        let end = match session.start_tls(offer).await {
            Ok(outcome) => return Ok(outcome),
            Err(end) => end,
        };
        let ended = matches!(
            end,
            SessionEnd::Alert { .. }
                | SessionEnd::Closed { .. }
                | SessionEnd::Reset
                | SessionEnd::TlsFailed { .. }
        );
        let agreed = |event: &Event| matches!(event, Event::Agreed { .. });
        let known = self.transcript.entries().iter().any(|entry| agreed(&entry.event));
        if ended && !known && session.shown().is_empty() {
            // A connection of its own: nothing but what it came to is of weight.
            let transcript = Transcript::in_memory();
            let asking = Player { transcript: transcript.clone(), ..*self };
            if let Ok((mut other, _)) = asking.until_starttls(session.number()).await {
                drop(other.agree(offer.versions, offer.server_name.clone()).await);
            }
            let events = transcript.entries().into_iter().map(|entry| entry.event);
            events.filter(agreed).for_each(|event| self.transcript.push(event));
        }
        Err(Stopped)
    }

    /// Connects and goes on until the 220 to STARTTLS; to EHLO only when the peer stays in clear.
    pub(super) async fn until_starttls(
        &self,
        number: u16,
    ) -> Result<(Session, Option<TlsOffer>), Stopped> {
        let offer = self.offer().map_err(|text| {
            self.transcript.push(Event::Trouble { text });
            Stopped
        })?;
        let mut session = self.connect(number).await?;
        self.greeting(&mut session).await?;
        self.command(&mut session, &self.ehlo_line(), Stage::Ehlo, steps::EHLO, 250).await?;
        if offer.is_some() {
            let starttls = format!("{}\r\n", self.verb("STARTTLS"));
            self.command(&mut session, &starttls, Stage::StartTls, steps::STARTTLS, 220).await?;
        }
        Ok((session, offer))
    }

    async fn greeting(&self, session: &mut Session) -> Result<(), Stopped> {
        let limits = self.limits();
        // A target that looks the name up, which is its right, waits for its resolver; it may do so
        // for as long as any client waits.
        if self.scenario.peer.ptr == PtrStatus::Silent {
            let patient = limits.reply_time.max(self.target.greeting_time);
            session.set_limits(fixtures::smtp::wire::Limits { reply_time: patient, ..limits });
        }
        let reply = session.reply(Stage::Greeting, steps::GREETING).await;
        session.set_limits(limits);
        match reply {
            Ok(reply) if reply.code == 220 => Ok(()),
            _ => Err(Stopped),
        }
    }

    /// Sends a command and goes on when the reply has `code`.
    pub(super) async fn command(
        &self,
        session: &mut Session,
        line: &str,
        stage: Stage,
        step: u16,
        code: u16,
    ) -> Result<(), Stopped> {
        session.nothing_premature(stage, step).map_err(|_| Stopped)?;
        session.send(line.as_bytes(), stage, step).await.map_err(|_| Stopped)?;
        match session.reply(stage, step).await {
            Ok(reply) if reply.code == code => Ok(()),
            _ => Err(Stopped),
        }
    }

    pub(super) fn ehlo_line(&self) -> String {
        format!("{} {}\r\n", self.verb("EHLO"), self.ehlo_name())
    }
}
