//! How fast the target answers: where a run takes long for that, it says so.

use std::{collections::BTreeMap, time::Duration};

use fixtures::smtp::transcript::{Entry, Event, Stage};

use crate::observe::place;

/// A typical reply that takes longer than this is worth a word: no server that does nothing but its
/// work needs it.
const SLOW: Duration = Duration::from_millis(500);

/// So many replies of a kind show what is ordinary.
const FEW: usize = 3;

/// The delays that a target lets its clients wait, if they are worth a word, in French. `took` is the
/// whole run.
pub(super) fn pace<'a>(
    transcripts: impl Iterator<Item = &'a [Entry]>,
    took: Duration,
) -> Option<String> {
    // Refusals apart: some servers make those wait alone.
    let mut delays: BTreeMap<(bool, Stage), Vec<u64>> = BTreeMap::new();
    for entries in transcripts {
        // When the last thing happened in each connection.
        let mut last: BTreeMap<u16, u64> = BTreeMap::new();
        // A reverse name that does not answer is looked for as long as the target likes.
        let tested = entries.iter().any(
            |entry| matches!(&entry.event, Event::DnsControl { answer, .. } if answer == "silence"),
        );
        for Entry { at_us, event } in entries {
            match event {
                Event::Connected { session, .. } | Event::Sent { session, .. } => {
                    last.insert(*session, *at_us);
                }
                Event::Reply { session, stage, code, .. } => {
                    let Some(before) = last.insert(*session, *at_us) else { continue };
                    if !(tested && *stage == Stage::Greeting) {
                        let delay = at_us.saturating_sub(before);
                        delays.entry((*code >= 400, *stage)).or_default().push(delay);
                    }
                }
                _ => {}
            }
        }
    }
    let (mut words, mut waited) = (Vec::new(), Duration::ZERO);
    for ((refused, stage), mut delays) in delays {
        delays.sort_unstable();
        let typical = Duration::from_micros(delays.get(delays.len() / 2).copied().unwrap_or(0));
        if typical >= SLOW && delays.len() >= FEW {
            let what = if refused { "un refus " } else { "" };
            words.push(format!("{what}{} en {}", place(stage), seconds(typical)));
            waited += Duration::from_micros(delays.iter().sum());
        }
    }
    // What does not make a run last is no matter.
    if words.is_empty() || waited * 2 < took {
        return None;
    }
    Some(format!(
        "la cible fait attendre ses clients ; délais ordinaires de ses réponses : {} ; la campagne en a duré \
         {} ; si c'est un ralentissement voulu (tarpit), exemptez-en les adresses des pairs simulés",
        words.join(", "),
        seconds(took)
    ))
}

/// Seconds and their tenth, rounded.
fn seconds(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    format!("{},{} s", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::testing::Played;

    /// A transcript in which each event comes `us` microseconds after the one before it.
    fn paced(us: u64) -> Vec<Entry> {
        let played = Played::new().ready().body(0, "250 ok");
        let slowed = |entry: &Entry| Entry { at_us: entry.at_us * us, ..entry.clone() };
        played.entries().iter().map(slowed).collect()
    }

    #[test]
    fn a_target_that_takes_its_time_is_told() {
        let took = Duration::from_millis(80_260);
        let quick = paced(10_000);
        assert_eq!(pace([quick.as_slice(); 3].into_iter(), took), None);
        let slow = paced(2_000_000);
        assert_eq!(pace([slow.as_slice()].into_iter(), took), None, "one session is no habit");
        let hours = Duration::from_secs(7_200);
        assert_eq!(pace([slow.as_slice(); 3].into_iter(), hours), None, "not what took so long");
        let text = pace([slow.as_slice(); 3].into_iter(), took).expect("slow");
        assert!(text.contains("à l'accueil en 2,0 s, à l'EHLO en clair en 2,0 s"), "{text}");
        assert!(text.contains("après le point final en 2,0 s"), "{text}");
        assert!(text.contains("duré 80,3 s"), "{text}");
    }

    #[test]
    fn a_target_that_makes_refusals_wait_alone_is_told() {
        let refused = |us: u64| {
            let played = Played::new().ready().mail(0, "550 5.7.1 non");
            let mut entries = played.entries().to_vec();
            if let Some(reply) = entries.last_mut() {
                reply.at_us += us;
            }
            entries
        };
        let slow = refused(5_000_000);
        let text = pace([slow.as_slice(); 3].into_iter(), Duration::from_secs(20)).expect("slow");
        assert!(text.contains(": un refus au MAIL en 5,0 s ;"), "{text}");
    }
}
