//! A hand-made ClientHello after STARTTLS.

use fixtures::smtp::{
    probe,
    transcript::{Event, ProbeAnswer},
};

use super::Player;
use crate::judge::transaction::REPEATS;

impl Player<'_> {
    /// Sends the ClientHello named `hello`; a close with no word is seen three times.
    pub(super) async fn probe(&self, hello: &str) {
        for number in 0..REPEATS {
            let Ok((session, _)) = self.until_starttls(number).await else { return };
            let name = self.target.mx_host.as_deref();
            if let Err(error) = probe::probe(session, hello, name).await {
                self.transcript.push(Event::Trouble { text: error.to_string() });
                return;
            }
            let answer = self.transcript.entries().into_iter().rev().find_map(|entry| match entry.event {
                Event::Probe { answer, .. } => Some(answer),
                _ => None,
            });
            if answer != Some(ProbeAnswer::Closed) {
                return;
            }
        }
    }
}
