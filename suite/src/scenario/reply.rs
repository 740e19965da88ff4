//! Awaited replies: `< 5xx|closed ~ 503 enh 5.7.0 has WORD lacks WORD named`, `< 220 or 4xx|5xx|closed`,
//! and whether a reply meets one.

use fixtures::dns::DomainName;

use super::{
    fault::LineFault,
    model::{CodeSet, ReplyExpectation},
};
use crate::oracle::address::is_literal;

/// How a reply compares with what was awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It meets it.
    Met,
    /// It meets it in a lesser way, for the reason given in French: a remark.
    Lesser(String),
    /// It does not meet it, for the reason given in French.
    Unmet(String),
}

impl ReplyExpectation {
    /// Compares a reply with the expectation. `lines` are the reply's lines without their code,
    /// `offers_enhanced` says whether the target announced ENHANCEDSTATUSCODES.
    ///
    /// `recommended` is not looked at: what is unmet here is the caller's remark or failure. So is a
    /// 421 that is not awaited: the target is shutting down (RFC 5321 §3.8), which proves nothing.
    #[must_use]
    pub fn compare(
        &self,
        code: u16,
        enhanced: Option<&str>,
        lines: &[String],
        offers_enhanced: bool,
    ) -> Match {
        if self.ends(code) {
            return Match::Met;
        }
        if !self.codes.iter().any(|set| set.holds(code)) {
            return Match::Unmet(format!("{code} en place de {}", self.codes_text()));
        }
        for word in &self.has {
            if !lines.iter().any(|line| begins_with(word, line)) {
                return Match::Unmet(format!("aucune ligne ne commence par « {word} »"));
            }
        }
        if self.named {
            let first = lines.first().map_or("", String::as_str);
            let word = first.split_ascii_whitespace().next().unwrap_or_default();
            if !is_server_name(word) {
                let seen: String = word.chars().take(80).collect();
                return Match::Unmet(if word.is_empty() {
                    "la réponse ne commence par aucun nom".to_owned()
                } else {
                    format!(
                        "la réponse commence par « {seen} », qui n'est ni un nom complet ni une adresse \
                         littérale"
                    )
                });
            }
        }
        for word in &self.lacks {
            if lines.iter().any(|line| begins_with(word, line)) {
                return Match::Unmet(format!("une ligne commence par « {word} »"));
            }
        }
        if let (Some(wanted), true) = (&self.enhanced, offers_enhanced)
            && !enhanced.is_some_and(|seen| status_matches(wanted, seen) && same_class(code, seen))
        {
            let seen = enhanced.unwrap_or("aucun");
            return Match::Unmet(format!("code étendu {wanted} attendu, {seen} reçu"));
        }
        match self.ideal {
            Some(ideal) if ideal != code => {
                Match::Lesser(format!("{code} convient, mais {ideal} est la réponse prévue"))
            }
            _ => Match::Met,
        }
    }

    /// Whether a reply of this code meets it and ends the script.
    #[must_use]
    pub fn ends(&self, code: u16) -> bool {
        self.or_end.iter().any(|set| set.holds(code))
    }

    /// Whether a connection closed in place of a reply meets it.
    #[must_use]
    pub fn permits_close(&self) -> bool {
        self.codes.contains(&CodeSet::Closed) || self.or_end.contains(&CodeSet::Closed)
    }

    /// Whether nothing but a refusal (4xx, 5xx or a close) meets it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.codes.iter().all(|set| match set {
            CodeSet::Exact(code) => *code >= 400,
            CodeSet::Class(class) => *class >= 4,
            CodeSet::Closed => true,
        })
    }

    /// Whether a temporary reply meets it just as an acceptance does: whichever comes, the script goes
    /// on, or ends, in the same way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let either = |sets: &[CodeSet]| {
            let holds =
                |least, most| sets.iter().any(|set| (least..=most).any(|code| set.holds(code)));
            holds(200, 399) && holds(400, 499)
        };
        either(&self.codes) || either(&self.or_end)
    }

    /// The codes in words, in French: `5xx ou coupure`.
    #[must_use]
    pub fn codes_text(&self) -> String {
        let words = self.codes.iter().chain(&self.or_end).map(|set| match set {
            CodeSet::Exact(code) => code.to_string(),
            CodeSet::Class(class) => format!("{class}xx"),
            CodeSet::Closed => "coupure".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ou ")
    }
}

/// Whether the first word of `line` is `word`, case aside; a `*` in `word` stands for any run of
/// characters but spaces.
#[must_use]
pub fn begins_with(word: &str, line: &str) -> bool {
    let first = line.split_ascii_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let word = word.to_ascii_uppercase();
    let mut parts = word.split('*');
    let Some(mut rest) = parts.next().and_then(|start| first.strip_prefix(start)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Whether a word names a server: a domain name of several labels, the last one alphabetic or an
/// A-label (RFC 5321 §2.3.5 and §4.1.2, RFC 1123 §2.1, RFC 5890 §2.3.2.1), or an address literal
/// (RFC 5321 §4.1.3).
#[must_use]
pub fn is_server_name(word: &str) -> bool {
    if let Some(rest) = word.strip_prefix('[') {
        return rest.strip_suffix(']').is_some_and(is_literal);
    }
    let alphabetic = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_alphabetic())
            || label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    };
    word.is_ascii()
        && word.rsplit_once('.').is_some_and(|(_, last)| !last.is_empty() && alphabetic(last))
        && word.parse::<DomainName>().is_ok()
}

/// Whether an enhanced status code is the wanted one, of which `x` takes any number.
#[must_use]
pub fn status_matches(wanted: &str, seen: &str) -> bool {
    let parts = (wanted.split('.').count(), seen.split('.').count());
    parts.0 == parts.1 && wanted.split('.').zip(seen.split('.')).all(|(w, s)| w == "x" || w == s)
}

/// Whether an enhanced status code is of its reply's class (RFC 2034 §4).
fn same_class(code: u16, seen: &str) -> bool {
    seen.split('.').next() == Some((code / 100).to_string().as_str())
}

/// Reads what stands after `<` or `<?`.
pub(super) fn parse(text: &str, recommended: bool) -> Result<ReplyExpectation, LineFault> {
    let mut tokens = tokens(text).into_iter();
    let Some((at, codes)) = tokens.next() else {
        let help = "such as `< 250`, `< 5xx|closed` or `< 5xx ~ 503`";
        return Err(
            LineFault::new(text.len()..text.len(), "a reply code is awaited here").help(help)
        );
    };
    let mut out = ReplyExpectation {
        codes: code_sets(codes, at)?,
        or_end: Vec::new(),
        ideal: None,
        enhanced: None,
        has: Vec::new(),
        lacks: Vec::new(),
        named: false,
        recommended,
    };
    while let Some((at, option)) = tokens.next() {
        let span = at..at + option.len();
        if option == "named" {
            out.named = true;
            continue;
        }
        if !["or", "~", "enh", "has", "lacks"].contains(&option) {
            let help = "after the codes: `or CODES`, `~ CODE`, `enh X.Y.Z`, `has WORD`, `lacks WORD`, `named`";
            return Err(
                LineFault::new(span, format!("`{option}` is no option of a reply")).help(help)
            );
        }
        let Some((value_at, value)) = tokens.next() else {
            return Err(LineFault::new(span, format!("`{option}` needs a value after it")));
        };
        let value_span = value_at..value_at + value.len();
        match option {
            "or" => out.or_end = code_sets(value, value_at)?,
            "~" => match code_set(value) {
                Some(CodeSet::Exact(code)) if out.codes.iter().any(|set| set.holds(code)) => {
                    out.ideal = Some(code);
                }
                _ => {
                    let message = "after `~` stands one code that the codes before it take";
                    return Err(LineFault::new(value_span, message));
                }
            },
            "enh" if is_status(value) => out.enhanced = Some(value.to_owned()),
            "enh" => {
                let message = "an enhanced status code is written `5.7.0`, `5.x.x` or `x.x.x`";
                return Err(LineFault::new(value_span, message));
            }
            "has" => out.has.push(value.to_owned()),
            _ => out.lacks.push(value.to_owned()),
        }
    }
    Ok(out)
}

fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for token in text.split(' ') {
        if !token.is_empty() {
            out.push((at, token));
        }
        at += token.len() + 1;
    }
    out
}

fn code_sets(text: &str, at: usize) -> Result<Vec<CodeSet>, LineFault> {
    let mut out = Vec::new();
    let mut start = at;
    for word in text.split('|') {
        match code_set(word) {
            Some(set) => out.push(set),
            None => {
                let message = format!("`{word}` is no reply code");
                let help = "a code such as 250, a class such as 5xx, or `closed`, joined by `|`";
                return Err(LineFault::new(start..start + word.len(), message).help(help));
            }
        }
        start += word.len() + 1;
    }
    Ok(out)
}

fn code_set(word: &str) -> Option<CodeSet> {
    match word.as_bytes() {
        b"closed" => Some(CodeSet::Closed),
        [class @ b'2'..=b'5', b'x', b'x'] => Some(CodeSet::Class(class - b'0')),
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] => word.parse().ok().map(CodeSet::Exact),
        _ => None,
    }
}

fn is_status(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3
        && matches!(parts[0], "2" | "4" | "5" | "x")
        && parts[1..].iter().all(|part| {
            *part == "x"
                || (!part.is_empty()
                    && part.len() <= 3
                    && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split('\n').map(str::to_owned).collect()
    }

    #[rstest]
    #[case::exact("250", 250, "", true)]
    #[case::other("250", 251, "", false)]
    #[case::class("5xx", 554, "", true)]
    #[case::either("4xx|5xx", 451, "", true)]
    #[case::has("250 has STARTTLS", 250, "mx.example\nSIZE 10\nstarttls", true)]
    #[case::has_not("250 has STARTTLS", 250, "mx.example\nSTARTTLSX", false)]
    #[case::lacks("250 lacks STARTTLS", 250, "mx.example\nSIZE 10", true)]
    #[case::lacks_not("250 lacks STARTTLS", 250, "mx.example\nSTARTTLS", false)]
    #[case::a_pattern("250 has AUTH*", 250, "mx.example\nauth=PLAIN", true)]
    #[case::a_name("220 named", 220, "mx.hopital.fr ESMTP", true)]
    #[case::a_name_alone("220 named", 220, "MX.Hopital.FR", true)]
    #[case::a_label("220 named", 220, "mx.xn--hpital-ixa.xn--p1ai ESMTP", true)]
    #[case::a_literal("220 named", 220, "[192.0.2.1] ESMTP", true)]
    #[case::a_literal_of_ipv6("220 named", 220, "[IPv6:2001:db8::1] ESMTP", true)]
    #[case::the_first_line("250 named", 250, "mx.example\nSIZE 10", true)]
    #[case::another_line("250 named", 250, "bonjour\nmx.example", false)]
    #[case::a_text("220 named", 220, "ESMTP v1.2", false)]
    #[case::a_version("220 named", 220, "v1.2 ready", false)]
    #[case::a_version_with_a_letter("220 named", 220, "v1.2b ready", false)]
    #[case::a_number("250 named", 250, "1.0 hello", false)]
    #[case::an_address("220 named", 220, "192.0.2.1 ESMTP", false)]
    #[case::one_label("220 named", 220, "localhost ESMTP", false)]
    #[case::an_end_of_sentence("220 named", 220, "Bonjour. Bienvenue", false)]
    #[case::dots("220 named", 220, "... ESMTP", false)]
    #[case::a_final_dot("220 named", 220, "mx.hopital.fr. ESMTP", false)]
    #[case::a_mailbox("220 named", 220, "postmaster@hopital.fr", false)]
    #[case::an_underscore("220 named", 220, "mx_1.hopital.fr", false)]
    #[case::no_literal("220 named", 220, "[mx.hopital.fr]", false)]
    #[case::nothing("220 named", 220, "", false)]
    fn compares(#[case] wanted: &str, #[case] code: u16, #[case] text: &str, #[case] met: bool) {
        let expectation = parse(wanted, false).expect("sound");
        let seen = expectation.compare(code, None, &lines(text), true);
        assert_eq!(seen == Match::Met, met, "{seen:?}");
    }

    #[rstest]
    #[case::same("5.7.0", Some("5.7.0"), true, true)]
    #[case::other("5.7.0", Some("5.7.1"), true, false)]
    #[case::class("5.x.x", Some("5.7.1"), true, true)]
    #[case::wrong_class("5.x.x", Some("4.7.1"), true, false)]
    #[case::any("x.x.x", Some("5.7.1"), true, true)]
    #[case::not_of_its_reply("x.x.x", Some("2.0.0"), true, false)]
    #[case::none("5.x.x", None, true, false)]
    #[case::not_offered("5.x.x", None, false, true)]
    fn enhanced_codes_count_once_offered(
        #[case] wanted: &str,
        #[case] seen: Option<&str>,
        #[case] offered: bool,
        #[case] met: bool,
    ) {
        let expectation = parse(&format!("5xx enh {wanted}"), false).expect("sound");
        assert_eq!(expectation.compare(550, seen, &[], offered) == Match::Met, met);
    }

    #[test]
    fn a_code_after_or_meets_it_and_ends_the_script() {
        let expectation = parse(" 220 or 4xx|5xx|closed", false).expect("sound");
        assert_eq!(expectation.compare(554, None, &[], true), Match::Met);
        assert!(expectation.ends(554) && !expectation.ends(220) && expectation.permits_close());
        assert!(!expectation.is_refusal());
    }

    #[test]
    fn another_code_than_the_ideal_one_is_a_lesser_match() {
        let expectation = parse(" 5xx|closed ~ 503", true).expect("sound");
        assert!(matches!(expectation.compare(554, None, &[], false), Match::Lesser(_)));
        assert_eq!(expectation.compare(503, None, &[], false), Match::Met);
        assert!(expectation.permits_close() && expectation.is_refusal() && expectation.recommended);
    }
}
