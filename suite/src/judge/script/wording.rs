//! The lines of a script in words, for a report.

use crate::scenario::model::{ReplyExpectation, ScriptLine, ScriptStep};

/// The command that a line answers.
pub(super) fn cause(lines: &[ScriptLine], i: usize) -> String {
    lines[..=i].iter().rev().find(|line| !matches!(line.step, ScriptStep::Expect(_))).map_or_else(
        || "connexion".to_owned(),
        |line| shorten(line.text.trim_start_matches(['>', ' '])),
    )
}

pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

pub(super) fn expected(lines: &[ScriptLine]) -> String {
    let wanted: Vec<String> = lines
        .iter()
        .enumerate()
        .filter_map(|(i, line)| match &line.step {
            ScriptStep::Expect(expectation) => {
                Some(format!("{} à « {} »", codes(expectation), cause(lines, i)))
            }
            ScriptStep::AwaitClose => Some("fermeture par la cible".to_owned()),
            _ => None,
        })
        .collect();
    const MOST: usize = 4;
    let mut shown = wanted.iter().take(MOST).cloned().collect::<Vec<_>>().join(" ; ");
    if wanted.len() > MOST {
        shown.push_str(&format!(" ; et {} autres réponses", wanted.len() - MOST));
    }
    shown
}

fn codes(expectation: &ReplyExpectation) -> String {
    let mut text = expectation.codes_text();
    if let Some(ideal) = expectation.ideal {
        text.push_str(&format!(" ({ideal} de préférence)"));
    }
    if let Some(enhanced) = &expectation.enhanced {
        text.push_str(&format!(", code étendu {enhanced}"));
    }
    for word in &expectation.has {
        text.push_str(&format!(", avec {word}"));
    }
    for word in &expectation.lacks {
        text.push_str(&format!(", sans {word}"));
    }
    text
}
