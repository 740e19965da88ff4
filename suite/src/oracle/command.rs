//! What a client says, read by the letter of RFC 5321 §4.1.1.

use super::address::{self, Path};

/// One thing a client does, with the octets it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The line without its CRLF; empty for [`Verb::Connect`] and [`Verb::Content`].
    pub raw: Vec<u8>,
    /// What it means.
    pub verb: Verb,
}

/// What a client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It opens the connection: the server speaks first (RFC 5321 §3.1).
    Connect,
    /// EHLO, or HELO when not `extended`.
    Hello {
        /// EHLO.
        extended: bool,
        /// The name given: a domain or an address literal, not checked further.
        name: String,
    },
    /// STARTTLS (RFC 3207 §4).
    StartTls,
    /// MAIL FROM.
    Mail {
        /// Reverse-path: never [`Path::Postmaster`].
        path: Path,
        /// Parameters, in order.
        parameters: Vec<Parameter>,
    },
    /// RCPT TO.
    Rcpt {
        /// Forward-path: never [`Path::Null`].
        path: Path,
        /// Parameters, in order.
        parameters: Vec<Parameter>,
    },
    /// DATA.
    Data,
    /// BDAT and the chunk behind it (RFC 3030 §2): nothing is answered before the whole chunk is there.
    Bdat {
        /// Size of the chunk in octets; `u64::MAX` for one that is larger still.
        octets: u64,
        /// Whether it is the last one of the message.
        last: bool,
    },
    /// The message and its final dot.
    Content {
        /// Its size in octets, dot-stuffing and final dot left out.
        octets: u64,
    },
    /// RSET.
    Rset,
    /// NOOP, with or without an argument.
    Noop,
    /// VRFY.
    Vrfy,
    /// EXPN.
    Expn,
    /// HELP, with or without an argument.
    Help,
    /// QUIT.
    Quit,
    /// A known verb whose argument is not in the grammar.
    Malformed {
        /// The verb.
        of: Keyword,
        /// What is wrong, in French.
        problem: &'static str,
    },
    /// A verb of no RFC that this suite knows, or of an extension that it does not use.
    Unknown,
}

/// A verb without its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// STARTTLS.
    StartTls,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// BDAT.
    Bdat,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// VRFY.
    Vrfy,
    /// EXPN.
    Expn,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
}

/// A parameter of MAIL or RCPT (RFC 5321 §4.1.1.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Keyword, in capitals.
    pub keyword: String,
    /// Value, when there is an equals sign.
    pub value: Option<String>,
}

impl Command {
    /// The opening of the connection.
    #[must_use]
    pub fn connect() -> Self {
        Self { raw: Vec::new(), verb: Verb::Connect }
    }

    /// A message of `octets`, ended by its final dot.
    #[must_use]
    pub fn content(octets: u64) -> Self {
        Self { raw: Vec::new(), verb: Verb::Content { octets } }
    }

    /// Reads one line. Its end (CRLF, or what stood for it) may be left on; nothing is refused here:
    /// what is no command is [`Verb::Unknown`] or [`Verb::Malformed`].
    #[must_use]
    pub fn parse(line: &[u8]) -> Self {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Self { raw: line.to_vec(), verb: verb(line) }
    }
}

impl Verb {
    /// Its keyword; `None` for what is no known command.
    #[must_use]
    pub fn keyword(&self) -> Option<Keyword> {
        match self {
            Self::Connect | Self::Content { .. } | Self::Unknown => None,
            Self::Hello { extended: true, .. } => Some(Keyword::Ehlo),
            Self::Hello { extended: false, .. } => Some(Keyword::Helo),
            Self::StartTls => Some(Keyword::StartTls),
            Self::Mail { .. } => Some(Keyword::Mail),
            Self::Rcpt { .. } => Some(Keyword::Rcpt),
            Self::Data => Some(Keyword::Data),
            Self::Bdat { .. } => Some(Keyword::Bdat),
            Self::Rset => Some(Keyword::Rset),
            Self::Noop => Some(Keyword::Noop),
            Self::Vrfy => Some(Keyword::Vrfy),
            Self::Expn => Some(Keyword::Expn),
            Self::Help => Some(Keyword::Help),
            Self::Quit => Some(Keyword::Quit),
            Self::Malformed { of, .. } => Some(*of),
        }
    }
}

fn verb(line: &[u8]) -> Verb {
    // RFC 5321 §4.1.1: trailing white space SHOULD be tolerated.
    let line = line.trim_ascii_end();
    let end = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let Some(of) = keyword(name) else {
        return Verb::Unknown;
    };
    let malformed = |problem| Verb::Malformed { of, problem };
    let Ok(rest) = std::str::from_utf8(rest) else {
        return malformed("octets qui ne sont pas de l'UTF-8");
    };
    if rest.chars().any(char::is_control) {
        return malformed("caractère de contrôle dans la commande");
    }
    let argument = rest.trim_start_matches(' ');
    read(of, rest.strip_prefix(' ').unwrap_or_default(), argument).unwrap_or_else(malformed)
}

/// Reads the argument of a known verb: `strict` after exactly one space, `argument` after any.
fn read(of: Keyword, strict: &str, argument: &str) -> Result<Verb, &'static str> {
    let alone = |verb| {
        if argument.is_empty() { Ok(verb) } else { Err("cette commande n'a pas d'argument") }
    };
    let with = |verb| {
        if argument.is_empty() { Err("argument manquant") } else { Ok(verb) }
    };
    match of {
        Keyword::Ehlo | Keyword::Helo if argument.contains(' ') => {
            Err("plus d'un nom dans EHLO ou HELO")
        }
        Keyword::Ehlo => with(Verb::Hello { extended: true, name: argument.to_owned() }),
        Keyword::Helo => with(Verb::Hello { extended: false, name: argument.to_owned() }),
        Keyword::StartTls => alone(Verb::StartTls),
        Keyword::Mail => match envelope(strict, "FROM:")? {
            (Path::Postmaster, _) => Err("adresse sans domaine"),
            (path, parameters) => Ok(Verb::Mail { path, parameters }),
        },
        Keyword::Rcpt => match envelope(strict, "TO:")? {
            (Path::Null, _) => Err("destinataire vide"),
            (path, parameters) => Ok(Verb::Rcpt { path, parameters }),
        },
        Keyword::Data => alone(Verb::Data),
        Keyword::Bdat => chunk(strict),
        Keyword::Rset => alone(Verb::Rset),
        Keyword::Noop => Ok(Verb::Noop),
        Keyword::Vrfy => with(Verb::Vrfy),
        Keyword::Expn => with(Verb::Expn),
        Keyword::Help => Ok(Verb::Help),
        Keyword::Quit => alone(Verb::Quit),
    }
}

/// `chunk-size [ SP "LAST" ]` (RFC 3030 §2); a literal text is insignificant in case (RFC 5234 §2.3).
fn chunk(text: &str) -> Result<Verb, &'static str> {
    let (size, last) = match text.split_once(' ') {
        None => (text, false),
        Some((size, marker)) if marker.eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err("rien d'autre que LAST après la taille du bloc"),
    };
    if size.is_empty() || !size.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err("taille de bloc attendue après BDAT");
    }
    Ok(Verb::Bdat { octets: size.parse().unwrap_or(u64::MAX), last })
}

/// `FROM:<path> parameters`, no space beside the colon (RFC 5321 §3.3).
fn envelope(text: &str, prefix: &str) -> Result<(Path, Vec<Parameter>), &'static str> {
    let text = match text.split_at_checked(prefix.len()) {
        Some((head, tail)) if head.eq_ignore_ascii_case(prefix) => tail,
        _ => return Err("FROM: ou TO: attendu"),
    };
    let (path, rest) = address::path(text)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err("texte collé après l'adresse");
    }
    let parameters = rest.split(' ').filter(|p| !p.is_empty()).map(parameter);
    Ok((path, parameters.collect::<Result<_, _>>()?))
}

fn parameter(text: &str) -> Result<Parameter, &'static str> {
    let (keyword, value) = match text.split_once('=') {
        Some((keyword, value)) => (keyword, Some(value)),
        None => (text, None),
    };
    let keyword_chars = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !keyword.chars().all(keyword_chars)
        || value.is_some_and(|value| value.is_empty() || value.contains('='))
    {
        return Err("paramètre mal formé");
    }
    Ok(Parameter { keyword: keyword.to_ascii_uppercase(), value: value.map(str::to_owned) })
}

fn keyword(name: &[u8]) -> Option<Keyword> {
    const ALL: [(&[u8], Keyword); 13] = [
        (b"EHLO", Keyword::Ehlo),
        (b"HELO", Keyword::Helo),
        (b"STARTTLS", Keyword::StartTls),
        (b"MAIL", Keyword::Mail),
        (b"RCPT", Keyword::Rcpt),
        (b"DATA", Keyword::Data),
        (b"BDAT", Keyword::Bdat),
        (b"RSET", Keyword::Rset),
        (b"NOOP", Keyword::Noop),
        (b"VRFY", Keyword::Vrfy),
        (b"EXPN", Keyword::Expn),
        (b"HELP", Keyword::Help),
        (b"QUIT", Keyword::Quit),
    ];
    ALL.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, keyword)| *keyword)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ehlo("EHLO mx.alpha.test\r\n", Verb::Hello { extended: true, name: "mx.alpha.test".into() })]
    #[case::case_and_spaces("eHlO mx.alpha.test  ", Verb::Hello { extended: true, name: "mx.alpha.test".into() })]
    #[case::literal("EHLO [127.0.0.2]", Verb::Hello { extended: true, name: "[127.0.0.2]".into() })]
    #[case::helo("HELO a", Verb::Hello { extended: false, name: "a".into() })]
    #[case::starttls("starttls", Verb::StartTls)]
    #[case::data("DATA ", Verb::Data)]
    #[case::chunk("BDAT 86\r\n", Verb::Bdat { octets: 86, last: false })]
    #[case::last_chunk("bdat 86 Last ", Verb::Bdat { octets: 86, last: true })]
    #[case::empty_chunk("BDAT 0 LAST", Verb::Bdat { octets: 0, last: true })]
    #[case::leading_zeros("BDAT 0000000000000000000000012", Verb::Bdat { octets: 12, last: false })]
    #[case::beyond_u64("BDAT 18446744073709551616", Verb::Bdat { octets: u64::MAX, last: false })]
    #[case::noop("NOOP hello", Verb::Noop)]
    #[case::help("HELP", Verb::Help)]
    #[case::vrfy("VRFY a", Verb::Vrfy)]
    #[case::quit("QUIT\r\n", Verb::Quit)]
    #[case::auth("AUTH PLAIN", Verb::Unknown)]
    #[case::empty("", Verb::Unknown)]
    #[case::longer("QUITTE", Verb::Unknown)]
    #[case::null("MAIL FROM:<>", Verb::Mail { path: Path::Null, parameters: vec![] })]
    #[case::postmaster("RCPT to:<Postmaster>", Verb::Rcpt { path: Path::Postmaster, parameters: vec![] })]
    fn a_line(#[case] line: &str, #[case] verb: Verb) {
        assert_eq!(Command::parse(line.as_bytes()).verb, verb);
    }

    #[test]
    fn parameters_are_read_in_order() {
        let command = Command::parse(b"MAIL FROM:<a@b.test> SIZE=12  body=8BITMIME SMTPUTF8");
        let Verb::Mail { parameters, .. } = command.verb else { panic!("{command:?}") };
        let shown: Vec<_> =
            parameters.iter().map(|p| (p.keyword.as_str(), p.value.as_deref())).collect();
        let expected = [("SIZE", Some("12")), ("BODY", Some("8BITMIME")), ("SMTPUTF8", None)];
        assert_eq!(shown, expected);
    }

    #[rstest]
    #[case::ehlo_alone(b"EHLO", Keyword::Ehlo)]
    #[case::ehlo_two(b"EHLO a b", Keyword::Ehlo)]
    #[case::starttls_argument(b"STARTTLS now", Keyword::StartTls)]
    #[case::space_after_colon(b"MAIL FROM: <a@b.test>", Keyword::Mail)]
    #[case::space_before_colon(b"MAIL FROM :<a@b.test>", Keyword::Mail)]
    #[case::no_from(b"MAIL <a@b.test>", Keyword::Mail)]
    #[case::two_spaces(b"MAIL  FROM:<a@b.test>", Keyword::Mail)]
    #[case::no_brackets(b"MAIL FROM:a@b.test", Keyword::Mail)]
    #[case::glued(b"MAIL FROM:<a@b.test>SIZE=1", Keyword::Mail)]
    #[case::postmaster_as_sender(b"MAIL FROM:<postmaster>", Keyword::Mail)]
    #[case::parameter(b"MAIL FROM:<a@b.test> SIZE=", Keyword::Mail)]
    #[case::null_recipient(b"RCPT TO:<>", Keyword::Rcpt)]
    #[case::not_utf8(b"RCPT TO:<\xff@b.test>", Keyword::Rcpt)]
    #[case::nul(b"RCPT TO:<a\0@b.test>", Keyword::Rcpt)]
    #[case::bare_lf(b"RCPT TO:<a@b.test>\nDATA", Keyword::Rcpt)]
    #[case::data_argument(b"DATA x", Keyword::Data)]
    #[case::chunk_without_size(b"BDAT", Keyword::Bdat)]
    #[case::chunk_marker_alone(b"BDAT LAST", Keyword::Bdat)]
    #[case::chunk_negative(b"BDAT -1 LAST", Keyword::Bdat)]
    #[case::chunk_signed(b"BDAT +1", Keyword::Bdat)]
    #[case::chunk_hexadecimal(b"BDAT 0x10", Keyword::Bdat)]
    #[case::chunk_two_sizes(b"BDAT 1 2", Keyword::Bdat)]
    #[case::chunk_two_spaces(b"BDAT 1  LAST", Keyword::Bdat)]
    #[case::chunk_marker_twice(b"BDAT 1 LAST LAST", Keyword::Bdat)]
    #[case::quit_argument(b"QUIT x", Keyword::Quit)]
    #[case::vrfy_alone(b"VRFY", Keyword::Vrfy)]
    fn a_malformed_line(#[case] line: &[u8], #[case] keyword: Keyword) {
        let command = Command::parse(line);
        assert!(matches!(command.verb, Verb::Malformed { of, .. } if of == keyword), "{command:?}");
        assert_eq!(command.raw, line);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let command = Command::parse(&line);
            prop_assert!(line.starts_with(&command.raw));
        }

        #[test]
        fn case_of_the_verb_never_counts(upper in any::<[bool; 10]>()) {
            let line: String = "mail from:"
                .chars()
                .zip(upper)
                .map(|(c, up)| if up { c.to_ascii_uppercase() } else { c })
                .chain("<a@b.test>".chars())
                .collect();
            let is_mail = matches!(Command::parse(line.as_bytes()).verb, Verb::Mail { .. });
            prop_assert!(is_mail, "{}", line);
        }
    }
}
