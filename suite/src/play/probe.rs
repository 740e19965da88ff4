//! A hand-made ClientHello after STARTTLS.

use fixtures::smtp::{probe::Probe, transcript::Event};

use super::{Player, attempts::Attempts};
use crate::{observe::probe, scenario::model::Expected};

impl Player<'_> {
    /// Sends the probe's ClientHello, from connection `first` on; a close with no word, or an alert that may mean something else,
    /// is seen three times.
    pub(super) async fn probe(&self, first: u16, probe: Probe, expect: Expected) {
        let mut attempts = Attempts::default();
        for number in first.. {
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
            let weak = answer.and_then(|answer| probe::weak(&answer, expect));
            if !attempts.goes_on_after(weak) {
                return;
            }
            tokio::time::sleep(self.target.pace).await;
        }
    }
}
