//! Templates: texts with `{…}` variables, and the one table of these variables.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use fixtures::{
    smtp::transcript::Wire,
    space::cast::{OPERATORS, Operator},
};

use super::model::Template;

/// Variables that do not depend on the cast: name and meaning. With [`OPERATOR_FIELDS`], the only
/// list of variables: the loader, the README and the renderer all rest on it.
pub const VARIABLES: &[(&str, &str)] = &[
    ("peer.ehlo", "name that the scenario's peer gives in EHLO, such as `mx.alpha.mssante.test`"),
    ("peer.from", "an address of the peer's first domain, such as `emetteur@alpha.mssante.test`"),
    ("peer.domain", "the peer's first domain"),
    ("mailbox", "mailbox of the target named for tests"),
    ("mailbox.local", "its local part"),
    ("mailbox2", "a second mailbox of the target"),
    ("unknown", "an address of the target's domain that the operator declares unknown"),
    ("target.domain", "first domain of the target"),
    ("target.host", "MX host that the target declares"),
    ("foreign", "an address of the third operator, `tiers`, for relay attempts"),
    ("foreign.local", "its local part"),
    ("foreign.domain", "its domain"),
    ("token", "token of the first message, unique in the run: deliveries are told apart by it"),
    ("token2", "token of a second, smuggled or later, message"),
];

/// The fields of a hand-written message, by its token.
macro_rules! header {
    ($token:literal) => {
        concat!(
            r"From: <{peer.from}>\r\n",
            r"To: <{mailbox}>\r\n",
            r"Subject: TEST essai\r\n",
            r"Date: Mon, 01 Jun 2026 12:00:00 +0000\r\n",
            r"Message-ID: <{",
            $token,
            r"}@{peer.domain}>\r\n",
            r"X-MSSante-Conformance: {",
            $token,
            r"}\r\n",
        )
    };
}

/// Texts that octets (after `>>`, `chunk`, `last-chunk`) may name, and what stands for them, in
/// octets again: name, text, meaning. They are put in place as a file is read.
pub const MACROS: &[(&str, &str, &str)] = &[
    ("header", header!("token"), "the fields of a message, each with its CRLF"),
    (
        "message",
        concat!(header!("token"), r"\r\ntexte"),
        "these fields, an empty line and the line `texte` without its end",
    ),
    ("header2", header!("token2"), "the same as `{header}`, of the second message"),
    (
        "message2",
        concat!(header!("token2"), r"\r\ntexte"),
        "the same as `{message}`, of the second message",
    ),
];

/// Variables that each operator of the cast has, as `{alpha.domain}`: field and meaning.
pub const OPERATOR_FIELDS: &[(&str, &str)] = &[
    ("domain", "the operator's first domain"),
    ("domain2", "its second domain, when it has one"),
    ("domain3", "its third domain, when it has one"),
    ("from", "an address of its first domain"),
    ("host", "its MX host, which is its certificate's CN"),
];

/// Local part of the sender's address in `{peer.from}` and `{alpha.from}`.
pub const SENDER: &str = "emetteur";

/// Longest repetition that `{x*N}` may ask for, in octets of result.
pub const MAX_REPEAT: usize = 1 << 20;

/// Why a template cannot be read or rendered. All of them are the scenario author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without its `}`.
    #[error("`{{` is never closed: write `{{{{` for a brace that is no variable")]
    Unclosed {
        /// Octets of the template.
        at: Range<usize>,
    },
    /// No such variable.
    #[error("unknown variable `{{{name}}}`")]
    Unknown {
        /// Octets of the template.
        at: Range<usize>,
        /// Its name.
        name: String,
    },
    /// `{x*N}` with a bad count.
    #[error("`{{{text}}}` is no repetition: write `{{x*N}}` with N from 1 to {MAX_REPEAT}")]
    Repeat {
        /// Octets of the template.
        at: Range<usize>,
        /// What stands between the braces.
        text: String,
    },
    /// A bad escape after `>>`.
    #[error("invalid escape: only \\r \\n \\t \\0 \\\\ and \\xNN are known")]
    Escape {
        /// Octets of the template.
        at: Range<usize>,
    },
    /// A known variable that was given no value.
    #[error("the variable `{{{name}}}` has no value here")]
    Unset {
        /// Its name.
        name: String,
    },
}

impl TemplateError {
    /// The octets of the template that are wrong, when it is the text that is.
    #[must_use]
    pub fn at(&self) -> Option<Range<usize>> {
        match self {
            Self::Unclosed { at }
            | Self::Unknown { at, .. }
            | Self::Repeat { at, .. }
            | Self::Escape { at } => Some(at.clone()),
            Self::Unset { .. } => None,
        }
    }
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it is, with its place in the template.
    Text(Cow<'a, str>, usize),
    /// A variable.
    Variable(&'a str),
    /// A text, so many times.
    Repeat(&'a str, usize),
}

/// The values of a scenario's variables.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of the cast, and the peer's, for a scenario played by `peer`.
    #[must_use]
    pub fn of(peer: &Operator) -> Self {
        let mut variables = Self::default();
        for operator in OPERATORS {
            for (field, _) in OPERATOR_FIELDS {
                if let Some(value) = field_of(operator, field) {
                    variables.set(&format!("{}.{field}", operator.name), value);
                }
            }
        }
        variables.set("peer.ehlo", peer.host);
        variables.set("peer.domain", peer.domain());
        variables.set("peer.from", format!("{SENDER}@{}", peer.domain()));
        variables
    }

    /// Gives a variable its value, over an earlier one.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Whether there is such a variable.
#[must_use]
pub fn is_known(name: &str) -> bool {
    if VARIABLES.iter().any(|(known, _)| *known == name) {
        return true;
    }
    name.split_once('.').is_some_and(|(operator, field)| {
        fixtures::space::cast::operator(operator)
            .is_some_and(|operator| field_of(operator, field).is_some())
    })
}

/// Every variable's name, in the order of the tables.
pub fn names() -> impl Iterator<Item = String> {
    let own = VARIABLES.iter().map(|(name, _)| (*name).to_owned());
    let cast = OPERATORS.iter().flat_map(|operator| {
        OPERATOR_FIELDS
            .iter()
            .filter(|(field, _)| field_of(operator, field).is_some())
            .map(move |(field, _)| format!("{}.{field}", operator.name))
    });
    own.chain(cast)
}

/// Renders a line of text: variables and repetitions filled in, no escapes.
///
/// # Errors
/// A template error, or a variable without a value.
pub fn render(template: &Template, variables: &Variables) -> Result<Vec<u8>, TemplateError> {
    fill(template, variables, false)
}

/// Renders octets: as [`render`], and `\r \n \t \0 \\ \xNN` in the template's own text, never in
/// the values.
///
/// # Errors
/// A template error, a bad escape, or a variable without a value.
pub fn render_raw(template: &Template, variables: &Variables) -> Result<Vec<u8>, TemplateError> {
    fill(template, variables, true)
}

/// Takes a template apart, every variable checked by name.
///
/// # Errors
/// An unclosed brace, an unknown variable, a bad repetition.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    take_apart(text, false)
}

fn take_apart(text: &str, macros: bool) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{') {
        let open = at + found;
        if found > 0 {
            out.push(Piece::Text(Cow::Borrowed(&text[at..open]), at));
        }
        if text[open + 1..].starts_with('{') {
            out.push(Piece::Text(Cow::Borrowed("{"), open));
            at = open + 2;
            continue;
        }
        let Some(length) = text[open..].find('}') else {
            return Err(TemplateError::Unclosed { at: open..text.len() });
        };
        let inside = &text[open + 1..open + length];
        let span = open..open + length + 1;
        out.push(match inside.rsplit_once('*') {
            Some((unit, count)) => {
                let bad = || TemplateError::Repeat { at: span.clone(), text: inside.to_owned() };
                let count: usize = count.parse().map_err(|_| bad())?;
                if unit.is_empty() || count == 0 || count.saturating_mul(unit.len()) > MAX_REPEAT {
                    return Err(bad());
                }
                Piece::Repeat(unit, count)
            }
            None if is_known(inside) || macros && stands_for(inside).is_some() => {
                Piece::Variable(inside)
            }
            None => return Err(TemplateError::Unknown { at: span, name: inside.to_owned() }),
        });
        at = open + length + 1;
    }
    if at < text.len() {
        out.push(Piece::Text(Cow::Borrowed(&text[at..]), at));
    }
    Ok(out)
}

/// What stands for a macro.
fn stands_for(name: &str) -> Option<&'static str> {
    MACROS.iter().find(|(known, ..)| *known == name).map(|(_, text, _)| *text)
}

/// Puts the texts of [`MACROS`] in place of their names.
#[must_use]
pub fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let name = from[1..].split_once('}').map(|(name, _)| name);
        let (written, length) = match name.and_then(|name| Some((name, stands_for(name)?))) {
            Some((name, text)) => (text, name.len() + 2),
            None if from.starts_with("{{") => ("{{", 2),
            None => ("{", 1),
        };
        out.push_str(written);
        rest = &from[length..];
    }
    out + rest
}

/// Checks a template's syntax, and its escapes when `raw`: then it may have [`MACROS`].
///
/// # Errors
/// As [`render`] and [`render_raw`], but for values.
pub fn check(text: &str, raw: bool) -> Result<(), TemplateError> {
    for piece in take_apart(text, raw)? {
        if let (Piece::Text(text, at), true) = (&piece, raw) {
            unescape(text, *at)?;
        }
    }
    Ok(())
}

fn fill(template: &Template, variables: &Variables, raw: bool) -> Result<Vec<u8>, TemplateError> {
    let mut out = Vec::new();
    for piece in pieces(&template.0)? {
        match piece {
            Piece::Text(text, at) if raw => out.extend(unescape(&text, at)?),
            Piece::Text(text, _) => out.extend(text.bytes()),
            Piece::Variable(name) => {
                let unset = || TemplateError::Unset { name: name.to_owned() };
                out.extend(variables.get(name).ok_or_else(unset)?.bytes());
            }
            Piece::Repeat(unit, count) => out.extend(unit.repeat(count).bytes()),
        }
    }
    Ok(out)
}

fn unescape(text: &str, at: usize) -> Result<Vec<u8>, TemplateError> {
    match text.parse::<Wire>() {
        Ok(wire) => Ok(wire.0),
        Err(bad) => {
            let escaped = text[bad.0 + 1..].chars().next().map_or(0, char::len_utf8);
            let start = at + bad.0;
            Err(TemplateError::Escape { at: start..start + 1 + escaped })
        }
    }
}

fn field_of(operator: &Operator, field: &str) -> Option<String> {
    match field {
        "domain" => Some(operator.domain().to_owned()),
        "domain2" => operator.domains.get(1).map(|&domain| domain.to_owned()),
        "domain3" => operator.domains.get(2).map(|&domain| domain.to_owned()),
        "from" => Some(format!("{SENDER}@{}", operator.domain())),
        "host" => Some(operator.host.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::of(&OPERATORS[0]);
        variables.set("token", r"a\r{b}");
        variables
    }

    #[rstest]
    #[case::plain("NOOP", "NOOP")]
    #[case::variable("EHLO {peer.ehlo}", "EHLO mx.alpha.mssante.test")]
    #[case::operator("<{beta.from}>", "<emetteur@beta.mssante.test>")]
    #[case::second_domain("{alpha.domain2}", "alpha-bis.mssante.test")]
    #[case::repeat("{x*3}{ab*2}", "xxxabab")]
    #[case::repeated_star("{**3}", "***")]
    #[case::brace("{{x}", "{x}")]
    #[case::value_left_alone("{token}", r"a\r{b}")]
    fn renders(#[case] template: &str, #[case] expected: &str) {
        let out = render(&Template(template.to_owned()), &variables()).expect("renders");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
    }

    #[test]
    fn escapes_count_in_the_text_and_not_in_the_values() {
        let template = Template(r"\x00{token}\r\n".to_owned());
        assert_eq!(render_raw(&template, &variables()).expect("renders"), b"\0a\\r{b}\r\n");
    }

    #[rstest]
    #[case::unclosed("a{peer", 1..6)]
    #[case::unknown("a{pear.ehlo}b", 1..12)]
    #[case::operator_without_second_domain("{beta.domain2}", 0..14)]
    #[case::no_count("{x*}", 0..4)]
    #[case::zero("{x*0}", 0..5)]
    #[case::huge("{x*99999999}", 0..12)]
    #[case::bad_escape(r"ok\q", 2..4)]
    fn points_at_the_fault(#[case] template: &str, #[case] at: Range<usize>) {
        assert_eq!(check(template, true).expect_err("is wrong").at(), Some(at));
    }

    #[rstest]
    #[case::nothing("a{peer.from}{x*3}", "a{peer.from}{x*3}")]
    #[case::twice("{header}.{header}", concat!(header!("token"), ".", header!("token")))]
    #[case::second("{message2}", concat!(header!("token2"), r"\r\ntexte"))]
    #[case::brace("{{header}", "{{header}")]
    #[case::unclosed("{header", "{header")]
    #[case::inside("{{{header}", concat!("{{", header!("token")))]
    fn macros_are_put_in_place(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(expand(text), expected);
    }

    #[test]
    fn macros_are_octets() {
        for (name, text, _) in MACROS {
            let named = format!("a{{{name}}}");
            assert_eq!(check(&named, true), Ok(()), "{name}");
            let span = 1..named.len();
            assert_eq!(check(&named, false).expect_err("a line").at(), Some(span), "{name}");
            assert!(!is_known(name), "{name} is a variable too");
            assert_eq!(check(text, true), Ok(()), "{name}");
            assert_eq!(&expand(text), text, "{name} holds no macro");
        }
    }

    #[test]
    fn a_variable_without_value_is_named() {
        let error = render(&Template("{mailbox}".to_owned()), &variables());
        assert_eq!(error, Err(TemplateError::Unset { name: "mailbox".to_owned() }));
    }

    #[test]
    fn every_listed_name_is_known() {
        assert!(names().all(|name| is_known(&name)));
        assert!(names().count() > VARIABLES.len() + 2 * OPERATORS.len());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            if let Err(error) = check(&text, true) {
                let at = error.at().expect("a syntax error has a place");
                prop_assert!(at.end <= text.len());
            }
        }
    }
}
