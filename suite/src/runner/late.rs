//! What can be told only at the end of a run: that nothing was delivered after a refusal.

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

/// Waits for an accepted letter's delivery, and records what came.
pub(super) async fn await_delivery(
    letter: &Letter,
    space: &Space,
    target: &Target,
    transcript: &Transcript,
) {
    if target.delivery == Observation::None {
        return;
    }
    let mailroom = space.mailroom();
    let delivered = mailroom.wait_for(&letter.token, target.delivery_delay);
    let bounced = mailroom.wait_for_bounce(&letter.token, target.delivery_delay);
    let came = tokio::select! {
        biased;
        Some(delivery) = delivered => Some(delivery),
        Some(bounce) = bounced => Some(bounce),
        // Some other mention, such as a bounce in no standard form, says more than nothing.
        else => mailroom.mention_of(&letter.token),
    };
    match came {
        Some(delivery) => record(letter, &delivery, transcript),
        None => transcript.push(Event::NotDelivered {
            token: letter.token.clone(),
            watched_ms: u64::try_from(target.delivery_delay.as_millis()).unwrap_or(u64::MAX),
        }),
    }
}

/// Records what came of the letters that were not accepted, after a later message was delivered.
pub(super) fn sweep(
    letters: &[Letter],
    mailroom: &Mailroom,
    watched: Duration,
    transcript: &Transcript,
) {
    for letter in letters.iter().filter(|letter| !letter.accepted) {
        let found = mailroom.all_for(&letter.token);
        if let Some(report) = mailroom.mention_of(&letter.token) {
            record(letter, &report, transcript);
        }
        if found.is_empty() {
            transcript.push(Event::NotDelivered {
                token: letter.token.clone(),
                watched_ms: u64::try_from(watched.as_millis()).unwrap_or(u64::MAX),
            });
        }
        for delivery in found {
            record(letter, &delivery, transcript);
        }
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
