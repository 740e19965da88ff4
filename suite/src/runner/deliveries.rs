//! What became of the messages: awaited after each scenario, swept at the end of a run.

use std::time::Duration;

use fixtures::smtp::{
    compare::{Comparison, added, compare},
    mailroom::{Delivery, Mailroom},
    transcript::{Event, Transcript},
};

use crate::{
    play::Letter,
    target::{Observation, Target},
};

/// Waits for an accepted letter's delivery or for a notification about it, and records what came.
pub(super) async fn await_delivery(
    letter: &Letter,
    mailroom: &Mailroom,
    target: &Target,
    transcript: &Transcript,
) {
    if target.delivery == Observation::None {
        return;
    }
    let (token, watched) = (&letter.token, target.delivery_delay);
    let came = tokio::select! {
        biased;
        Some(delivery) = mailroom.wait_for(token, watched) => Some(delivery),
        Some(bounce) = mailroom.wait_for_bounce(token, watched) => Some(bounce),
        // Some other mention, such as a bounce in no standard form, says more than nothing.
        else => mailroom.mention_of(token),
    };
    match came {
        Some(delivery) => record(letter, &delivery, transcript),
        None => {
            transcript.push(not_delivered(letter, watched));
            if let Some(what) = mailroom.unreadable() {
                transcript.push(Event::Unreadable { what });
            }
        }
    }
}

/// Records all that came since of these letters: copies of refused ones, notifications, further
/// copies of accepted ones. `watched` is the declared delay of deliveries when a later message was
/// delivered, which shows that the absence of these means something; else only what came is told.
pub(super) fn sweep(
    letters: &[Letter],
    mailroom: &Mailroom,
    watched: Option<Duration>,
    transcript: &Transcript,
) {
    for letter in letters {
        let (mut copies, mut notified, mut absent) = (0, false, false);
        for entry in transcript.entries() {
            match entry.event {
                Event::Delivered { token, .. } => copies += usize::from(token == letter.token),
                Event::Notified { token, .. } => notified |= token == letter.token,
                Event::NotDelivered { token, .. } => absent |= token == letter.token,
                _ => {}
            }
        }
        let found = mailroom.all_for(&letter.token);
        if !notified && let Some(report) = mailroom.mention_of(&letter.token) {
            record(letter, &report, transcript);
        }
        if found.is_empty()
            && !absent
            && !letter.accepted
            && let Some(watched) = watched
        {
            transcript.push(not_delivered(letter, watched));
        }
        for delivery in found.iter().skip(copies) {
            record(letter, delivery, transcript);
        }
    }
}

fn not_delivered(letter: &Letter, watched: Duration) -> Event {
    Event::NotDelivered {
        token: letter.token.clone(),
        watched_ms: u64::try_from(watched.as_millis()).unwrap_or(u64::MAX),
    }
}

fn record(letter: &Letter, delivery: &Delivery, transcript: &Transcript) {
    if let Some(text) = letter.notification(delivery) {
        transcript.push(Event::Notified { token: letter.token.clone(), text });
        return;
    }
    // A message written by a script has no original of its own to compare with.
    let untouched = Comparison { identical: true, ..Comparison::default() };
    let original = letter.original.as_deref();
    let Comparison { altered, reordered, identical } =
        original.map_or(untouched, |original| compare(original, &delivery.raw));
    let received = match original {
        Some(original) if letter.traced => received(original, &delivery.raw),
        _ => Vec::new(),
    };
    transcript.push(Event::Delivered {
        token: letter.token.clone(),
        recipients: delivery.recipients.clone(),
        altered,
        identical,
        reordered,
        received,
    });
}

/// The Received fields that the way of a message added, as far as a reader needs them.
fn received(original: &[u8], delivered: &[u8]) -> Vec<String> {
    const MOST: usize = 16;
    const LONGEST: usize = 1_000;
    let fields = added(original, delivered, "Received").into_iter().take(MOST);
    fields.map(|field| field.chars().take(LONGEST).collect()).collect()
}

#[cfg(test)]
mod tests {
    use fixtures::smtp::mailroom::Via;

    use super::*;

    const COPY: &str = "X-MSSante-Conformance: t1\r\nSubject: essai\r\n\r\ntexte\r\n";
    const BOUNCE: &str = "Subject: retour\r\n\r\nAction: failed\r\nDiagnostic-Code: smtp; 550 5.7.1\r\nX-MSSante-Conformance: t1\r\n";

    fn letter(accepted: bool) -> Letter {
        let original = Some(COPY.as_bytes().to_vec());
        Letter { token: "t1".into(), original, wire: Vec::new(), accepted, traced: true }
    }

    fn deposit(mailroom: &Mailroom, raw: &str) {
        let raw = raw.as_bytes().to_vec();
        mailroom.deposit(Delivery { recipients: Vec::new(), raw, via: Via::Direct });
    }

    fn target() -> Target {
        let mut target = Target::embedded(([127, 0, 0, 1], 25).into());
        target.delivery_delay = Duration::from_millis(30);
        target
    }

    fn kinds(transcript: &Transcript) -> Vec<&'static str> {
        let name = |event: &Event| match event {
            Event::Delivered { .. } => "delivered",
            Event::Notified { .. } => "notified",
            Event::NotDelivered { .. } => "not delivered",
            _ => "other",
        };
        transcript.entries().iter().map(|entry| name(&entry.event)).collect()
    }

    #[rstest::rstest]
    #[case::delivered(&[COPY], &["delivered"])]
    #[case::bounced(&[BOUNCE], &["notified"])]
    #[case::both(&[BOUNCE, COPY], &["delivered"])]
    #[case::neither(&[], &["not delivered"])]
    #[tokio::test]
    async fn an_accepted_letter_is_awaited(#[case] came: &[&str], #[case] events: &[&str]) {
        let (mailroom, transcript) = (Mailroom::new(), Transcript::in_memory());
        came.iter().for_each(|raw| deposit(&mailroom, raw));
        await_delivery(&letter(true), &mailroom, &target(), &transcript).await;
        assert_eq!(kinds(&transcript), events);
    }

    #[rstest::rstest]
    #[case::late_bounce(true, &[BOUNCE], true, &["not delivered", "notified"])]
    #[case::late_copy(true, &[COPY], true, &["not delivered", "delivered"])]
    #[case::still_nothing(true, &[], true, &["not delivered"])]
    #[case::refused_and_kept_out(false, &[], true, &["not delivered"])]
    #[case::refused_and_delivered(false, &[COPY], true, &["delivered"])]
    #[case::refused_and_delivered_twice(false, &[COPY, COPY], true, &["delivered", "delivered"])]
    #[case::no_control_to_close_the_watch(false, &[], false, &[])]
    #[case::delivered_all_the_same(false, &[COPY], false, &["delivered"])]
    #[tokio::test]
    async fn the_sweep_tells_what_came_since(
        #[case] accepted: bool,
        #[case] came: &[&str],
        #[case] closed: bool,
        #[case] events: &[&str],
    ) {
        let (mailroom, transcript) = (Mailroom::new(), Transcript::in_memory());
        let letter = letter(accepted);
        if accepted {
            await_delivery(&letter, &mailroom, &target(), &transcript).await;
        }
        came.iter().for_each(|raw| deposit(&mailroom, raw));
        let watched = closed.then_some(Duration::from_secs(5));
        for _ in 0..2 {
            sweep(std::slice::from_ref(&letter), &mailroom, watched, &transcript);
        }
        assert_eq!(kinds(&transcript), events, "and nothing twice");
    }
}
