//! How fast the target answers: where a run takes long for that, it says so.

use std::{collections::BTreeMap, time::Duration};

use fixtures::smtp::transcript::{Entry, Event, Stage};

/// A typical reply that takes longer than this is worth a word: no server that does nothing but its
/// work needs it.
const SLOW: Duration = Duration::from_millis(750);

/// The delays that a target lets its clients wait, if they are worth a word, in French. `took` is the
/// whole run.
pub(super) fn pace<'a>(
    transcripts: impl Iterator<Item = &'a [Entry]>,
    took: Duration,
) -> Option<String> {
    let (mut greetings, mut replies) = (Vec::new(), Vec::new());
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
                Event::Reply { session, stage, .. } => {
                    let Some(before) = last.insert(*session, *at_us) else { continue };
                    let delay = at_us.saturating_sub(before);
                    match stage {
                        Stage::Greeting if tested => {}
                        Stage::Greeting => greetings.push(delay),
                        _ => replies.push(delay),
                    }
                }
                _ => {}
            }
        }
    }
    let words: Vec<String> = [("l'accueil", greetings), ("une réponse", replies)]
        .into_iter()
        .filter_map(|(what, mut delays)| {
            delays.sort_unstable();
            let typical = Duration::from_micros(*delays.get(delays.len() / 2)?);
            (typical >= SLOW).then(|| format!("{what} vient d'ordinaire en {}", seconds(typical)))
        })
        .collect();
    if words.is_empty() {
        return None;
    }
    Some(format!(
        "la cible fait attendre ses clients : {} ; c'est ce qui a fait durer la campagne ({}) ; si c'est un \
         ralentissement voulu (tarpit), exemptez-en les adresses des pairs simulés",
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
    use crate::judge::testing::Played;

    /// A transcript in which each event comes `us` microseconds after the one before it.
    fn paced(us: u64) -> Vec<Entry> {
        let played = Played::new().ready().body(0, "250 ok");
        let slowed = |entry: &Entry| Entry { at_us: entry.at_us * us, ..entry.clone() };
        played.entries().iter().map(slowed).collect()
    }

    #[test]
    fn a_target_that_takes_its_time_is_told() {
        let quick = paced(10_000);
        assert_eq!(pace([quick.as_slice()].into_iter(), Duration::from_secs(3)), None);
        let slow = paced(2_000_000);
        let text = pace([slow.as_slice()].into_iter(), Duration::from_millis(107_260));
        let text = text.expect("slow");
        assert!(text.contains("l'accueil vient d'ordinaire en 2,0 s"), "{text}");
        assert!(text.contains("une réponse vient d'ordinaire en 2,0 s"), "{text}");
        assert!(text.contains("(107,3 s)"), "{text}");
    }
}
