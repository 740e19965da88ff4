//! The lines of a script: what is sent, what is awaited.

use std::ops::Range;

use fixtures::smtp::transcript::Stage;

use super::{
    fault::LineFault,
    model::{ScriptLine, ScriptStep, Template},
    reply,
    template::{self, TemplateError},
};

/// Most repetitions that `N * line` may ask for.
pub const MAX_TIMES: usize = 1000;

/// Most steps that a script may have, its repetitions counted: a transcript numbers them on 16 bits.
pub const MAX_STEPS: usize = 10_000;

/// The words that are a line of their own: name, meaning, in the order of the README's table.
pub const WORDS: &[(&str, &str)] = &[
    ("greeting", "reads the greeting; anything but 220 stops the scenario"),
    ("ehlo", "EHLO with the peer's name; anything but 250 stops the scenario"),
    ("starttls", "STARTTLS; anything but 220 stops the scenario"),
    ("tls", "the TLS handshake; a refusal stops the scenario"),
    ("tls?", "the TLS handshake; a refusal ends the script there, met"),
    ("session", "greeting, ehlo, starttls, tls, ehlo"),
    ("mail", "MAIL with the envelope's sender; anything but 2xx stops the scenario"),
    ("rcpt", "RCPT with the envelope's first recipient; anything but 2xx stops the scenario"),
    ("data", "DATA; anything but 354 stops the scenario"),
    ("message", "the message and its final dot; the reply is for the next `<` line"),
    ("bdat", "the message in one BDAT LAST; the reply is for the next `<` line"),
    ("quit", "`> QUIT`, then `<? 221`"),
    ("abort", "drops the connection with no QUIT (TCP reset)"),
    ("close", "ends the connection in order (close_notify, FIN) with no QUIT"),
    ("await-close", "awaits that the target closes, with close_notify as a recommendation"),
];

/// What is wrong with a line, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// Index of the line.
    pub line: usize,
    /// Octets of the line that are wrong.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write in its place.
    pub help: Option<String>,
}

/// Reads the lines of a script.
///
/// # Errors
/// Every line that is wrong.
pub fn parse(lines: &[&str]) -> Result<Vec<ScriptLine>, Vec<ScriptError>> {
    let mut out = Vec::new();
    let mut errors = Vec::new();
    let mut place = Place { stage: Stage::Greeting, tls: false, data: false };
    for (index, text) in lines.iter().enumerate() {
        match line(text) {
            Ok((times, steps)) if out.len() + times * steps.len() > MAX_STEPS => {
                errors.push(ScriptError {
                    line: index,
                    at: 0..text.len(),
                    message: format!(
                        "a script has at most {MAX_STEPS} steps, repetitions included"
                    ),
                    help: None,
                });
                break;
            }
            Ok((times, steps)) => {
                use ScriptStep::{Chunk, SendRaw};
                let raw = matches!(steps[..], [SendRaw(_) | Chunk { .. }]);
                let text = if raw { template::expand(text) } else { (*text).to_owned() };
                for _ in 0..times {
                    for step in &steps {
                        let stage = place.advance(step);
                        out.push(ScriptLine { step: step.clone(), text: text.clone(), stage });
                    }
                }
            }
            Err(fault) => errors.push(ScriptError {
                line: index,
                at: fault.at,
                message: fault.message,
                help: fault.help,
            }),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

fn line(text: &str) -> Result<(usize, Vec<ScriptStep>), LineFault> {
    let Some((count, rest)) = text.split_once(" * ") else {
        return Ok((1, single(text)?));
    };
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((1, single(text)?));
    }
    let times = count.parse().unwrap_or(usize::MAX);
    if times == 0 || times > MAX_TIMES {
        let message = format!("a line is repeated from 1 to {MAX_TIMES} times");
        return Err(LineFault::new(0..count.len(), message));
    }
    let shift = text.len() - rest.len();
    Ok((times, single(rest).map_err(|fault| fault.shifted(shift))?))
}

fn single(text: &str) -> Result<Vec<ScriptStep>, LineFault> {
    if let Some(raw) = text.strip_prefix(">> ") {
        return Ok(vec![ScriptStep::SendRaw(checked(raw, 3, true)?)]);
    }
    if let Some(line) = text.strip_prefix("> ") {
        return Ok(vec![ScriptStep::Send(checked(line, 2, false)?)]);
    }
    if let Some(octets) = text.strip_prefix("chunk ") {
        return Ok(vec![ScriptStep::Chunk { octets: checked(octets, 6, true)?, last: false }]);
    }
    if let Some(octets) = text.strip_prefix("last-chunk ") {
        return Ok(vec![ScriptStep::Chunk { octets: checked(octets, 11, true)?, last: true }]);
    }
    if text == "last-chunk" {
        return Ok(vec![ScriptStep::Chunk { octets: Template(String::new()), last: true }]);
    }
    if text == ">" {
        return Ok(vec![ScriptStep::Send(Template(String::new()))]);
    }
    if let Some(rest) = text.strip_prefix("<?") {
        let expectation = reply::parse(rest, true).map_err(|fault| fault.shifted(2))?;
        return Ok(vec![ScriptStep::Expect(expectation)]);
    }
    if let Some(rest) = text.strip_prefix('<') {
        let expectation = reply::parse(rest, false).map_err(|fault| fault.shifted(1))?;
        return Ok(vec![ScriptStep::Expect(expectation)]);
    }
    word(text)
}

fn word(text: &str) -> Result<Vec<ScriptStep>, LineFault> {
    use ScriptStep::{
        Abort, AwaitClose, Bdat, Close, Data, Ehlo, Greeting, Handshake, Mail, Message, Rcpt,
        StartTls, TryHandshake,
    };
    Ok(match text {
        "greeting" => vec![Greeting],
        "ehlo" => vec![Ehlo],
        "starttls" => vec![StartTls],
        "tls" => vec![Handshake],
        "tls?" => vec![TryHandshake],
        "session" => vec![Greeting, Ehlo, StartTls, Handshake, Ehlo],
        "mail" => vec![Mail],
        "rcpt" => vec![Rcpt],
        "data" => vec![Data],
        "message" => vec![Message],
        "bdat" => vec![Bdat],
        "quit" => {
            // The end is not what such a script is about: `6-fin` holds it against the target, once.
            let bye = reply::parse(" 221", true).expect("221 is a reply code");
            vec![ScriptStep::Send(Template("QUIT".to_owned())), ScriptStep::Expect(bye)]
        }
        "abort" => vec![Abort],
        "close" => vec![Close],
        "await-close" => vec![AwaitClose],
        _ => {
            let known = WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            let help = format!(
                "a line is one of {known}; or begins with `> `, `>> `, `chunk `, `last-chunk `, `< ` or `<? `; \
                 `N * ` before it repeats it"
            );
            return Err(LineFault::new(0..text.len(), "no such script line").help(help));
        }
    })
}

fn checked(text: &str, shift: usize, raw: bool) -> Result<Template, LineFault> {
    match template::check(text, raw) {
        Ok(()) if raw => Ok(Template(template::expand(text))),
        Ok(()) => Ok(Template(text.to_owned())),
        Err(error) => Err(template_fault(&error, text).shifted(shift)),
    }
}

/// A template error as a fault of the text that holds the template.
pub(super) fn template_fault(error: &TemplateError, text: &str) -> LineFault {
    let fault = LineFault::new(error.at().unwrap_or(0..text.len()), error.to_string());
    match error {
        TemplateError::Unknown { .. } => {
            let names = template::names().collect::<Vec<_>>().join(", ");
            let macros: Vec<&str> = template::MACROS.iter().map(|(name, ..)| *name).collect();
            let macros = macros.join(", ");
            fault.help(format!(
                "known variables: {names}; among octets also {macros}; {{x*N}} repeats a text"
            ))
        }
        _ => fault,
    }
}

/// Where the session stands as the lines go by.
struct Place {
    stage: Stage,
    tls: bool,
    data: bool,
}

impl Place {
    /// The stage in which `step` is played.
    fn advance(&mut self, step: &ScriptStep) -> Stage {
        let hello = if self.tls { Stage::EhloTls } else { Stage::Ehlo };
        self.stage = match step {
            ScriptStep::Greeting => Stage::Greeting,
            ScriptStep::Ehlo => hello,
            ScriptStep::StartTls => Stage::StartTls,
            ScriptStep::Handshake | ScriptStep::TryHandshake => {
                self.tls = true;
                Stage::Handshake
            }
            ScriptStep::Mail => Stage::Mail,
            ScriptStep::Rcpt => Stage::Rcpt,
            ScriptStep::Data => {
                self.data = true;
                Stage::Data
            }
            ScriptStep::Message => {
                self.data = false;
                Stage::Body
            }
            ScriptStep::Bdat | ScriptStep::Chunk { .. } => Stage::Bdat,
            ScriptStep::Send(Template(text)) | ScriptStep::SendRaw(Template(text)) => {
                self.sent(text, hello)
            }
            ScriptStep::Expect(reply) => {
                // The first reply after the text of a message is the reply to it, and a DATA that
                // is to be refused has no text.
                let refused =
                    self.stage == Stage::Data && !reply.codes.iter().any(|set| set.holds(354));
                self.data &= self.stage != Stage::Body && !refused;
                self.stage
            }
            ScriptStep::Abort | ScriptStep::Close | ScriptStep::AwaitClose => self.stage,
        };
        self.stage
    }

    fn sent(&mut self, text: &str, hello: Stage) -> Stage {
        if self.data {
            return Stage::Body;
        }
        let end = text.find([' ', '\\', ':', '\t']).unwrap_or(text.len());
        match text[..end].to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" => hello,
            "STARTTLS" => Stage::StartTls,
            "MAIL" => Stage::Mail,
            "RCPT" => Stage::Rcpt,
            "DATA" => {
                self.data = true;
                Stage::Data
            }
            "BDAT" => Stage::Bdat,
            "QUIT" => Stage::Quit,
            _ => Stage::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn stages(lines: &[&str]) -> Vec<Stage> {
        parse(lines).expect("a sound script").iter().map(|line| line.stage).collect()
    }

    #[test]
    fn a_session_is_five_steps() {
        use Stage::{Ehlo, EhloTls, Greeting, Handshake, StartTls};
        assert_eq!(stages(&["session"]), [Greeting, Ehlo, StartTls, Handshake, EhloTls]);
    }

    #[test]
    fn a_reply_belongs_to_the_line_before_it() {
        use Stage::{Body, Data, Mail, Quit, Rcpt};
        let lines = ["mail", "> RCPT TO:<{mailbox}>", "< 250", "> DATA", "< 354"];
        assert_eq!(stages(&lines), [Mail, Rcpt, Rcpt, Data, Data]);
        let lines = ["data", ">> RSET\\r\\n.\\r\\n", "< 250", "quit"];
        assert_eq!(stages(&lines), [Data, Body, Body, Quit, Quit]);
    }

    #[test]
    fn a_chunk_says_how_long_it_is() {
        use Stage::{Bdat, Rcpt};
        let lines = ["rcpt", "chunk a\\r\\n", "< 250", "last-chunk", "< 250", "bdat", "> BDAT 1"];
        assert_eq!(stages(&lines), [Rcpt, Bdat, Bdat, Bdat, Bdat, Bdat, Bdat]);
        let chunk =
            |octets: &str, last| ScriptStep::Chunk { octets: Template(octets.into()), last };
        let read = |text: &str| parse(&[text]).expect("sound").remove(0).step;
        assert_eq!(read("chunk a\\r\\n"), chunk("a\\r\\n", false));
        assert_eq!(read("last-chunk  b"), chunk(" b", true));
        assert_eq!(read("last-chunk"), chunk("", true));
    }

    #[test]
    fn a_refused_data_leaves_the_message_out() {
        use Stage::{Data, Rcpt};
        assert_eq!(stages(&["> DATA", "< 5xx", "> RCPT TO:<{mailbox}>"]), [Data, Data, Rcpt]);
    }

    #[test]
    fn repetition_expands() {
        assert_eq!(parse(&["100 * rcpt"]).expect("sound").len(), 100);
        assert_eq!(parse(&["3 * > NOOP"]).expect("sound").len(), 3);
    }

    #[test]
    fn the_steps_of_a_script_are_bounded() {
        let errors = parse(&["1000 * rcpt"; 11]).expect_err("too many");
        assert_eq!((errors.len(), errors[0].line), (1, 10));
        assert_eq!(parse(&["1000 * rcpt"; 10]).expect("as many as may be").len(), MAX_STEPS);
    }

    #[rstest]
    #[case::unknown_word("rctp", 0..4)]
    #[case::repeated_unknown_word("2 * rctp", 4..8)]
    #[case::too_often("1001 * rcpt", 0..4)]
    #[case::never("0 * rcpt", 0..1)]
    #[case::variable("> MAIL FROM:<{pear}>", 13..19)]
    #[case::escape(r">> a\q", 4..6)]
    #[case::escape_in_a_chunk(r"chunk a\q", 7..9)]
    #[case::chunk_without_octets("chunk", 0..5)]
    #[case::code("< 25", 2..4)]
    #[case::word_after_codes("< 250 haz X", 6..9)]
    fn points_at_the_fault(#[case] text: &str, #[case] at: Range<usize>) {
        let errors = parse(&["session", text]).expect_err("is wrong");
        assert_eq!((errors[0].line, errors[0].at.clone()), (1, at));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(text in "(<|> |>> |2 \\* )?.{0,40}") {
            if let Err(errors) = parse(&[&text]) {
                prop_assert!(errors.iter().all(|error| error.at.end <= text.len()));
            }
        }
    }
}
