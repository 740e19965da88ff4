//! What became of the messages: awaited after each scenario, swept at the end of a run.

use std::time::Duration;

use fixtures::{
    smtp::{
        compare::compare,
        mailroom::{Delivery, Mailroom},
        transcript::{Event, Transcript},
    },
    space::Space,
};

use crate::{
    play::Letter,
    target::{Observation, Target},
};

/// Waits for an accepted letter's delivery or for a notification about it, and records what came.
pub(super) async fn await_delivery(
    letter: &Letter,
    space: &Space,
    target: &Target,
    transcript: &Transcript,
) {
    if target.delivery == Observation::None {
        return;
    }
    let (mailroom, delay) = (space.mailroom(), target.delivery_delay);
    let came = tokio::select! {
        biased;
        Some(delivery) = mailroom.wait_for(&letter.token, delay) => Some(delivery),
        Some(bounce) = mailroom.wait_for_bounce(&letter.token, delay) => Some(bounce),
        // Some other mention, such as a bounce in no standard form, says more than nothing.
        else => mailroom.mention_of(&letter.token),
    };
    match came {
        Some(delivery) => record(letter, &delivery, transcript),
        None => transcript.push(not_delivered(letter, delay)),
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
    let (altered, identical) = match &letter.original {
        Some(original) => {
            let comparison = compare(original, &delivery.raw);
            (comparison.altered, comparison.identical)
        }
        None => (Vec::new(), true),
    };
    transcript.push(Event::Delivered {
        token: letter.token.clone(),
        recipients: delivery.recipients.clone(),
        altered,
        identical,
    });
}
