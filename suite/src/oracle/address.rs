//! Paths and mailboxes of an envelope, by the letter of RFC 5321 §4.1.2 and §4.1.3.

use std::{fmt, net, str::FromStr};

/// A mailbox of RFC 5321 §4.1.2, with what its spelling shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// Local part, quotes and backslashes taken off.
    pub local: String,
    /// Whether the local part was quoted.
    pub quoted: bool,
    /// Domain as written, without a final dot; an address literal keeps its brackets.
    pub domain: String,
    /// Whether the domain ends in a dot, which the grammar does not have.
    pub trailing_dot: bool,
    /// Domains of a source route, to be ignored (RFC 5321 appendix C).
    pub route: Vec<String>,
}

impl Mailbox {
    /// Whether it holds characters that only SMTPUTF8 allows (RFC 6531 §3.3).
    #[must_use]
    pub fn needs_utf8(&self) -> bool {
        !self.local.is_ascii() || !self.domain.is_ascii()
    }

    /// Whether it is `postmaster` of its domain (RFC 5321 §4.5.1: in any case).
    #[must_use]
    pub fn is_postmaster(&self) -> bool {
        self.local.eq_ignore_ascii_case("postmaster")
    }
}

impl FromStr for Mailbox {
    type Err = &'static str;

    /// What stands between the brackets of a path; the error is told in French.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        match path(&format!("<{text}>"))? {
            (Path::Mailbox(mailbox), "") => Ok(mailbox),
            _ => Err("ce n'est pas une adresse"),
        }
    }
}

impl fmt::Display for Mailbox {
    /// `local@domain`, the local part quoted where the grammar needs it; no source route.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.local.split('.').all(|a| !a.is_empty() && a.chars().all(is_atext));
        if bare {
            write!(f, "{}@{}", self.local, self.domain)?;
        } else {
            f.write_str("\"")?;
            for c in self.local.chars() {
                if matches!(c, '"' | '\\') {
                    f.write_str("\\")?;
                }
                write!(f, "{c}")?;
            }
            write!(f, "\"@{}", self.domain)?;
        }
        if self.trailing_dot { f.write_str(".") } else { Ok(()) }
    }
}

/// What stands between the angle brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// `<>` (RFC 5321 §4.5.5), in MAIL only.
    Null,
    /// `<postmaster>` without a domain (RFC 5321 §4.5.1), in RCPT only.
    Postmaster,
    /// A mailbox.
    Mailbox(Mailbox),
}

impl Path {
    /// The mailbox, when there is one.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Self::Mailbox(mailbox) => Some(mailbox),
            Self::Null | Self::Postmaster => None,
        }
    }
}

/// Reads a path and returns what follows its closing bracket.
///
/// # Errors
/// What the grammar does not have, in French.
pub(super) fn path(text: &str) -> Result<(Path, &str), &'static str> {
    let text = text.strip_prefix('<').ok_or("le chemin n'est pas entre chevrons")?;
    if let Some(rest) = text.strip_prefix('>') {
        return Ok((Path::Null, rest));
    }
    let (route, text) = if text.starts_with('@') { route(text)? } else { (Vec::new(), text) };
    let (local, quoted, text) = local_part(text)?;
    if let Some(rest) = text.strip_prefix('>') {
        let alone = route.is_empty() && !quoted && local.eq_ignore_ascii_case("postmaster");
        return if alone { Ok((Path::Postmaster, rest)) } else { Err("adresse sans domaine") };
    }
    let text = text.strip_prefix('@').ok_or("caractère interdit dans la partie locale")?;
    let (domain, text) = domain(text)?;
    let (trailing_dot, text) = match text.strip_prefix('.') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = text.strip_prefix('>').ok_or("caractère interdit dans le domaine")?;
    let domain = domain.to_owned();
    Ok((Path::Mailbox(Mailbox { local, quoted, domain, trailing_dot, route }), rest))
}

/// `@a,@b:`, accepted and ignored.
fn route(mut text: &str) -> Result<(Vec<String>, &str), &'static str> {
    let mut hops = Vec::new();
    loop {
        text = text.strip_prefix('@').ok_or("route source mal formée")?;
        let (hop, rest) = domain(text)?;
        hops.push(hop.to_owned());
        if let Some(rest) = rest.strip_prefix(':') {
            return Ok((hops, rest));
        }
        text = rest.strip_prefix(',').ok_or("route source mal formée")?;
    }
}

fn local_part(text: &str) -> Result<(String, bool, &str), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (local, rest) = quoted_string(quoted)?;
        return Ok((local, true, rest));
    }
    let end = text.find(|c| !is_atext(c) && c != '.').unwrap_or(text.len());
    let (local, rest) = text.split_at(end);
    if local.split('.').any(str::is_empty) {
        return Err("partie locale vide, ou point mal placé dans la partie locale");
    }
    Ok((local.to_owned(), false, rest))
}

/// The content of a quoted string, its opening quote already taken.
fn quoted_string(text: &str) -> Result<(String, &str), &'static str> {
    let mut local = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((local, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, c @ ' '..='~')) => local.push(c),
                _ => return Err("contre-oblique mal placée dans la partie locale"),
            },
            c if c.is_control() => return Err("caractère de contrôle dans la partie locale"),
            c => local.push(c),
        }
    }
    Err("guillemets non fermés")
}

fn domain(text: &str) -> Result<(&str, &str), &'static str> {
    if text.starts_with('[') {
        let end = text.find(']').ok_or("adresse littérale non fermée")?;
        let literal = &text[1..end];
        return if is_literal(literal) {
            Ok(text.split_at(end + 1))
        } else {
            Err("adresse littérale mal formée")
        };
    }
    let end = text
        .find(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '-' && c != '.')
        .unwrap_or(text.len());
    // A single final dot is left to the caller: it is no part of the grammar, but worth a name.
    let end = if text[..end].ends_with('.') { end - 1 } else { end };
    let (domain, rest) = text.split_at(end);
    let sound = domain
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    if sound { Ok((domain, rest)) } else { Err("domaine mal formé") }
}

/// RFC 5321 §4.1.3.
pub(crate) fn is_literal(text: &str) -> bool {
    if text.parse::<net::Ipv4Addr>().is_ok() {
        return true;
    }
    match text.split_once(':') {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6") => {
            address.parse::<net::Ipv6Addr>().is_ok()
        }
        Some((tag, content)) => {
            let ldh = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let dtext = |c: char| matches!(c, '!'..='Z' | '^'..='~');
            tag.ends_with(|c: char| c.is_ascii_alphanumeric())
                && tag.chars().all(ldh)
                && !content.is_empty()
                && content.chars().all(dtext)
        }
        None => false,
    }
}

/// RFC 5322 §3.2.3, widened by RFC 6531 §3.3.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("<a.b+c@Alpha.test>", "a.b+c@Alpha.test")]
    #[case::quoted("<\"a b\"@alpha.test>", "\"a b\"@alpha.test")]
    #[case::quoted_for_nothing("<\"ab\"@alpha.test>", "ab@alpha.test")]
    #[case::quoted_at("<\"x@autre.test\"@alpha.test>", "\"x@autre.test\"@alpha.test")]
    #[case::escaped("<\"a\\\"b\\\\\"@alpha.test>", "\"a\\\"b\\\\\"@alpha.test")]
    #[case::final_dot("<a@alpha.test.>", "a@alpha.test.")]
    #[case::u_label("<a@hôpital.test>", "a@hôpital.test")]
    #[case::literal4("<a@[127.0.0.1]>", "a@[127.0.0.1]")]
    #[case::literal6("<a@[IPv6:::1]>", "a@[IPv6:::1]")]
    #[case::route("<@b.test,@c.test:a@alpha.test>", "a@alpha.test")]
    #[case::percent("<a%b.test@alpha.test>", "a%b.test@alpha.test")]
    fn a_mailbox(#[case] text: &str, #[case] shown: &str) {
        let (path, rest) = path(text).expect("in the grammar");
        assert_eq!((path.mailbox().expect("a mailbox").to_string().as_str(), rest), (shown, ""));
    }

    #[rstest]
    #[case::null("<>", Path::Null)]
    #[case::postmaster("<PostMaster>", Path::Postmaster)]
    fn a_path_without_domain(#[case] text: &str, #[case] expected: Path) {
        assert_eq!(path(text), Ok((expected, "")));
    }

    #[rstest]
    #[case::no_brackets("a@alpha.test")]
    #[case::not_closed("<a@alpha.test")]
    #[case::no_domain("<a>")]
    #[case::quoted_postmaster("<\"postmaster\">")]
    #[case::empty_domain("<a@>")]
    #[case::empty_label("<a@alpha..test>")]
    #[case::two_dots("<a@alpha.test..>")]
    #[case::dot_first("<.a@alpha.test>")]
    #[case::two_dots_local("<a..b@alpha.test>")]
    #[case::hyphen("<a@-alpha.test>")]
    #[case::underscore("<a@al_pha.test>")]
    #[case::space("<a b@alpha.test>")]
    #[case::two_ats("<a@b@alpha.test>")]
    #[case::open_quote("<\"a@alpha.test>")]
    #[case::literal("<a@[300.0.0.1]>")]
    #[case::route("<@b.test@c.test:a@alpha.test>")]
    #[case::nested("<<a@alpha.test>>")]
    fn not_in_the_grammar(#[case] text: &str) {
        assert!(path(text).is_err(), "{:?}", path(text));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[<>@.\"\\\\\\[\\]a:, é-]{0,40}") {
            if let Ok((Path::Mailbox(mailbox), _)) = path(&text) {
                let shown = format!("<{mailbox}>");
                let (read, rest) = path(&shown).expect("what was read can be written and read again");
                let read = read.mailbox().expect("a mailbox").clone();
                prop_assert_eq!(
                    (read.local, read.domain, rest), (mailbox.local, mailbox.domain, "")
                );
            }
        }
    }
}
