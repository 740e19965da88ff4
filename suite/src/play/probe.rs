//! A hand-made ClientHello after STARTTLS.

use fixtures::smtp::{
    probe::Probe,
    transcript::{Event, ProbeAnswer},
};

use super::Player;
use crate::judge::transaction::REPEATS;

impl Player<'_> {
    /// Sends the probe's ClientHello; a close with no word is seen three times.
    pub(super) async fn probe(&self, probe: Probe) {
        for number in 0..REPEATS {
            let Ok((mut session, _)) = self.until_starttls(number).await else { return };
            let mut message = probe.hello();
            message.server_name.clone_from(&self.target.mx_host);
            if session.probe(probe.name(), &message).await.is_err() {
                return;
            }
            let answer =
                self.transcript.entries().into_iter().rev().find_map(|entry| match entry.event {
                    Event::Probe { answer, .. } => Some(answer),
                    _ => None,
                });
            if answer != Some(ProbeAnswer::Closed) || number + 1 == REPEATS {
                return;
            }
            tokio::time::sleep(self.target.pace).await;
        }
    }
}
