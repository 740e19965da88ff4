//! The lines of a script in words, for a report.

use crate::observe::answer::shorten;
use crate::scenario::{
    model::{ReplyExpectation, ScriptLine, ScriptStep},
    template::{Piece, pieces},
};

/// The command that a line answers.
pub(super) fn cause(lines: &[ScriptLine], i: usize) -> String {
    lines[..=i].iter().rev().find(|line| !matches!(line.step, ScriptStep::Expect(_))).map_or_else(
        || "connexion".to_owned(),
        |line| match &line.step {
            ScriptStep::Chunk { octets, last } => shorten(&bdat(&octets.0, *last)),
            ScriptStep::Bdat => "BDAT LAST".to_owned(),
            _ => shorten(&readable(&first_line(line.text.trim_start_matches(['>', ' '])))),
        },
    )
}

/// A chunk, by its first line.
fn bdat(octets: &str, last: bool) -> String {
    match (octets, last) {
        ("", true) => "BDAT 0 LAST".to_owned(),
        (_, true) => format!("BDAT LAST, {}", readable(&first_line(octets))),
        (_, false) => format!("BDAT, {}", readable(&first_line(octets))),
    }
}

/// The first line of what a script sends as it is; of a message of many lines, its first field.
fn first_line(text: &str) -> String {
    let mut lines = text.split("\\r\\n").filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    match lines.count() {
        0 => first.to_owned(),
        after => format!("{first} (et la suite, {} lignes en tout)", after + 1),
    }
}

/// A template with each variable by what it stands for: what is sent differs from run to run, what is
/// asked does not.
fn readable(text: &str) -> String {
    let Ok(pieces) = pieces(text) else { return text.to_owned() };
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text, _) => text.into_owned(),
            Piece::Variable(name) => format!("[{}]", meaning(name)),
            Piece::Repeat(unit, count) => format!("[{count} fois {unit}]"),
        })
        .collect()
}

fn meaning(variable: &str) -> String {
    let fixed = match variable {
        "peer.ehlo" => "nom de l'émetteur",
        "peer.from" => "adresse de l'émetteur",
        "peer.domain" => "domaine de l'émetteur",
        "mailbox" => "boîte de test",
        "mailbox.local" => "partie locale de la boîte de test",
        "mailbox2" => "seconde boîte de test",
        "unknown" => "adresse inconnue",
        "target.domain" => "domaine de la cible",
        "target.host" => "serveur de la cible",
        "foreign" => "adresse d'un tiers",
        "foreign.local" => "partie locale d'un tiers",
        "foreign.domain" => "domaine d'un tiers",
        "token" | "token2" => "jeton du message",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    let (operator, field) = variable.rsplit_once('.').unwrap_or((variable, ""));
    let what = match field {
        "domain" => "domaine",
        "domain2" => "second domaine",
        "domain3" => "troisième domaine",
        "from" => "adresse",
        "host" => "serveur",
        _ => return variable.to_owned(),
    };
    format!("{what} de l'opérateur {operator}")
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
        let more = match wanted.len() - MOST {
            1 => "une autre réponse".to_owned(),
            more => format!("{more} autres réponses"),
        };
        shown.push_str(&format!(" ; et {more}"));
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
    if expectation.named {
        text.push_str(", qui commence par le nom du serveur");
    }
    for word in &expectation.has {
        text.push_str(&format!(", avec {word}"));
    }
    for word in &expectation.lacks {
        text.push_str(&format!(", sans {word}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::scenario::template::{OPERATOR_FIELDS, VARIABLES};

    #[rstest]
    #[case::a_command("NOOP", "NOOP")]
    #[case::its_line_end("NOOP\\r\\n", "NOOP")]
    #[case::a_message(
        "From: a\\r\\n\\r\\ntexte\\r\\n.\\r\\n",
        "From: a (et la suite, 3 lignes en tout)"
    )]
    fn octets_are_told_by_their_first_line(#[case] text: &str, #[case] told: &str) {
        assert_eq!(first_line(text), told);
    }

    #[rstest]
    #[case::none("NOOP", "NOOP")]
    #[case::one(
        "RCPT TO:<postmaster@{target.domain}>",
        "RCPT TO:<postmaster@[domaine de la cible]>"
    )]
    #[case::of_the_cast("MAIL FROM:<{beta.from}>", "MAIL FROM:<[adresse de l'opérateur beta]>")]
    #[case::repeated("NOOP {x*600}", "NOOP [600 fois x]")]
    #[case::a_brace("NOOP {{", "NOOP {")]
    #[case::no_template("NOOP {", "NOOP {")]
    fn a_command_can_be_read(#[case] written: &str, #[case] read: &str) {
        assert_eq!(readable(written), read);
    }

    #[test]
    fn every_variable_has_its_meaning() {
        let fixed = VARIABLES.iter().map(|(name, _)| (*name).to_owned());
        let fields = OPERATOR_FIELDS.iter().map(|(field, _)| format!("alpha.{field}"));
        for variable in fixed.chain(fields) {
            assert_ne!(meaning(&variable), variable);
        }
    }
}
