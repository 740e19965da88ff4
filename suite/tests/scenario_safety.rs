//! What no scenario may do to a real operator: write to anybody else, or send a message that does
//! not say what it is.

use std::path::Path;

use suite::scenario::{Action, Capability, Library, ScriptStep, load};

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    load(&root).unwrap_or_else(|errors| panic!("the scenarios load: {errors:?}"))
}

/// The texts that a scenario's script sends, in order.
fn sent(action: &Action) -> Vec<&str> {
    let Action::Script { lines, .. } = action else { return Vec::new() };
    lines
        .iter()
        .filter_map(|line| match &line.step {
            ScriptStep::Send(text)
            | ScriptStep::SendRaw(text)
            | ScriptStep::Chunk { octets: text, .. } => Some(text.0.as_str()),
            _ => None,
        })
        .collect()
}

/// A transaction to anyone else is held back by the player, which the operator's declaration
/// allows to go on; a script is not, so it may name nobody else once it sends a message, unless it is
/// played only where the operator declares that what leaves is seen.
#[test]
fn a_script_that_sends_a_message_names_the_operators_mailboxes_alone() {
    const NAMED: [&str; 3] = ["{mailbox}", "{mailbox2}", "{unknown}"];
    let mut faults = Vec::new();
    let mut seen = 0;
    for scenario in &library().scenarios {
        let Action::Script { lines, .. } = &scenario.action else { continue };
        let texts = sent(&scenario.action).join("\r\n");
        let sends = texts.contains("DATA")
            || lines.iter().any(|line| {
                matches!(line.step, ScriptStep::Data | ScriptStep::Bdat | ScriptStep::Chunk { .. })
            });
        if !sends {
            continue;
        }
        for recipient in texts.split("RCPT TO:<").skip(1).filter_map(|rest| rest.split('>').next())
        {
            seen += 1;
            // Where all that leaves the target comes back to the suite, a relay can be tried.
            let watched = scenario.needs.contains(&Capability::Relay);
            if !(NAMED.contains(&recipient) || watched && recipient == "{foreign}") {
                faults.push(format!("{} : {recipient}", scenario.id));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 10, "only {seen} recipients were looked at");
}

#[test]
fn every_hand_written_message_says_test_and_carries_its_token() {
    let mut seen = 0;
    for scenario in &library().scenarios {
        for text in sent(&scenario.action) {
            for message in text.split("From: <").skip(1) {
                seen += 1;
                assert!(message.contains("Subject: TEST"), "{} : {message}", scenario.id);
                assert!(
                    message.contains("X-MSSante-Conformance: {token"),
                    "{} : {message}",
                    scenario.id
                );
            }
        }
    }
    assert!(seen > 20, "only {seen} messages were looked at");
}
