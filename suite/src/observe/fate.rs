//! What became of a message: delivered, and how, or not.

use fixtures::{
    smtp::transcript::{Entry, Event},
    space::cast,
};

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Unknown,
    Delivered {
        altered: Vec<String>,
        identical: bool,
        /// Fields that came in another order.
        reordered: Vec<String>,
        relayed: bool,
        /// Recipients of all copies, as far as the channel shows them.
        recipients: usize,
        /// How many copies there are.
        copies: usize,
    },
    NotDelivered {
        watched_ms: u64,
    },
    Notified(String),
}

pub(crate) fn fate(entries: &[Entry], session: u16, t: u16) -> Fate {
    let Some(wanted) = entries.iter().find_map(|entry| match &entry.event {
        Event::Message { session: s, transaction, token } if *s == session && *transaction == t => {
            Some(token)
        }
        _ => None,
    }) else {
        return Fate::Unknown;
    };
    let mut fate = Fate::Unknown;
    for entry in entries {
        match &entry.event {
            // A delivery outweighs all that is said elsewhere; of several copies, the worst counts.
            Event::Delivered { token, recipients, altered, identical, reordered, .. }
                if token == wanted =>
            {
                let copy = Fate::Delivered {
                    altered: altered.clone(),
                    identical: *identical,
                    reordered: reordered.clone(),
                    relayed: recipients.iter().any(|recipient| is_foreign(recipient)),
                    recipients: recipients.len(),
                    copies: 1,
                };
                fate = worse(fate, copy);
            }
            Event::Notified { token, text }
                if token == wanted && !matches!(fate, Fate::Delivered { .. }) =>
            {
                fate = Fate::Notified(text.clone());
            }
            Event::NotDelivered { token, watched_ms }
                if token == wanted && fate == Fate::Unknown =>
            {
                fate = Fate::NotDelivered { watched_ms: *watched_ms };
            }
            _ => {}
        }
    }
    fate
}

/// Of two copies of a message, what is worst in either.
fn worse(one: Fate, other: Fate) -> Fate {
    match (one, other) {
        (
            Fate::Delivered { mut altered, identical, mut reordered, relayed, recipients, copies },
            Fate::Delivered {
                altered: more,
                identical: also,
                reordered: others_too,
                relayed: or,
                recipients: others,
                copies: again,
            },
        ) => {
            altered.extend(more);
            reordered.extend(others_too);
            Fate::Delivered {
                altered,
                identical: identical && also,
                reordered,
                relayed: relayed || or,
                recipients: recipients + others,
                copies: copies + again,
            }
        }
        (_, other) => other,
    }
}

/// Whether a recipient is of the third operator's domain, where a relay would end, or of its address
/// (RFC 5321 §4.1.3).
pub(crate) fn is_foreign(recipient: &str) -> bool {
    let third = cast::OPERATORS.iter().find(|operator| operator.name == "tiers");
    let domain = recipient.trim_end_matches('>').rsplit('@').next().unwrap_or_default();
    third.is_some_and(|third| {
        third.domain().eq_ignore_ascii_case(domain) || format!("[{}]", third.source()) == domain
    })
}
