//! Enhanced status codes: when a reply must carry one, and which (RFC 2034 §4, RFC 3463 §2).

use fixtures::smtp::transcript::Stage;

use super::{
    Finding,
    command::{Command, Verb},
};

/// What a reply answers, as far as enhanced codes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The greeting, or a reply to EHLO or HELO: no code is due.
    Exempt,
    /// Any other reply.
    Due,
}

impl From<Stage> for Place {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Connect | Stage::Greeting | Stage::Ehlo | Stage::EhloTls => Self::Exempt,
            Stage::StartTls
            | Stage::Handshake
            | Stage::Mail
            | Stage::Rcpt
            | Stage::Data
            | Stage::Body
            | Stage::Bdat
            | Stage::Quit
            | Stage::Other => Self::Due,
        }
    }
}

impl From<&Command> for Place {
    fn from(command: &Command) -> Self {
        use super::command::Keyword::{Ehlo, Helo};
        match (&command.verb, command.verb.keyword()) {
            (Verb::Connect, _) | (_, Some(Ehlo | Helo)) => Self::Exempt,
            _ => Self::Due,
        }
    }
}

/// Whether a reply of `code` carries the enhanced code due to it, once ENHANCEDSTATUSCODES is
/// offered.
///
/// RFC 2034 §4: the text of every 2xx, 4xx and 5xx reply but the greeting and those to EHLO and HELO
/// begins with a status code whose class agrees with the reply's first digit.
#[must_use]
pub fn check(code: u16, enhanced: Option<&str>, place: Place) -> Finding {
    let class = code / 100;
    if place == Place::Exempt || !matches!(class, 2 | 4 | 5) {
        return Finding::NotApplicable;
    }
    match enhanced.and_then(class_of) {
        Some(own) if u16::from(own) == class => Finding::Met,
        _ => Finding::Broken,
    }
}

/// [`check`] for every line of a reply as it came (`250-2.1.0 Ok`): RFC 2034 §4 wants the code on
/// each line.
#[must_use]
pub fn check_lines<L: AsRef<[u8]>>(lines: &[L], place: Place) -> Finding {
    let findings = lines.iter().map(|line| {
        let line = line.as_ref();
        let code = line.get(..3).and_then(|c| std::str::from_utf8(c).ok()?.parse().ok());
        let text = line.get(4..).unwrap_or_default();
        let word = text.split(|b| *b == b' ').next().and_then(|w| std::str::from_utf8(w).ok());
        code.map_or(Finding::Broken, |code| check(code, word, place))
    });
    findings.max().unwrap_or(Finding::NotApplicable)
}

/// The class of an enhanced code in the form of RFC 3463 §2, `None` for anything else.
#[must_use]
pub fn class_of(enhanced: &str) -> Option<u8> {
    let mut parts = enhanced.split('.');
    let class = match parts.next()? {
        "2" => 2,
        "4" => 4,
        "5" => 5,
        _ => return None,
    };
    let number = |part: &str| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let sound = number(parts.next()?) && number(parts.next()?) && parts.next().is_none();
    sound.then_some(class)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::agrees(250, Some("2.1.0"), Stage::Mail, Finding::Met)]
    #[case::three_digits(550, Some("5.7.509"), Stage::Rcpt, Finding::Met)]
    #[case::missing(250, None, Stage::Mail, Finding::Broken)]
    #[case::another_class(550, Some("4.7.1"), Stage::Rcpt, Finding::Broken)]
    #[case::class_three(354, None, Stage::Data, Finding::NotApplicable)]
    #[case::greeting(220, None, Stage::Greeting, Finding::NotApplicable)]
    #[case::ehlo(250, None, Stage::EhloTls, Finding::NotApplicable)]
    #[case::starttls(220, Some("2.0.0"), Stage::StartTls, Finding::Met)]
    #[case::quit(221, None, Stage::Quit, Finding::Broken)]
    #[case::two_parts(250, Some("2.1"), Stage::Mail, Finding::Broken)]
    #[case::four_parts(250, Some("2.1.0.0"), Stage::Mail, Finding::Broken)]
    #[case::four_digits(250, Some("2.1.1000"), Stage::Mail, Finding::Broken)]
    #[case::leading_zero(250, Some("2.01.0"), Stage::Mail, Finding::Broken)]
    #[case::class_nine(250, Some("9.1.0"), Stage::Mail, Finding::Broken)]
    fn a_reply(
        #[case] code: u16,
        #[case] enhanced: Option<&str>,
        #[case] stage: Stage,
        #[case] finding: Finding,
    ) {
        assert_eq!(check(code, enhanced, stage.into()), finding);
    }

    #[rstest]
    #[case::each_line(&["214-2.0.0 a", "214 2.0.0 b"], Finding::Met)]
    #[case::first_only(&["214-2.0.0 a", "214 b"], Finding::Broken)]
    #[case::code_alone(&["250 2.0.0"], Finding::Met)]
    #[case::no_text(&["250"], Finding::Broken)]
    #[case::intermediate(&["354 go"], Finding::NotApplicable)]
    #[case::nothing(&[], Finding::NotApplicable)]
    fn the_lines_of_a_reply(#[case] lines: &[&str], #[case] finding: Finding) {
        assert_eq!(check_lines(lines, Place::Due), finding);
    }

    #[rstest]
    #[case::helo("HELO a", Place::Exempt)]
    #[case::bad_ehlo("EHLO", Place::Exempt)]
    #[case::mail("MAIL FROM:<>", Place::Due)]
    #[case::unknown("XYZ", Place::Due)]
    fn the_place_of_a_command(#[case] line: &str, #[case] place: Place) {
        assert_eq!(Place::from(&Command::parse(line.as_bytes())), place);
    }
}
