//! What a server offers and which limits it keeps.

use std::collections::BTreeSet;

use crate::oracle::{
    Finding,
    command::{Keyword, Parameter},
};

/// What a server offers: of the reference proxy by choice, of a target by its EHLO reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Extensions offered inside TLS, in capitals, STARTTLS left out.
    pub keywords: BTreeSet<String>,
    /// Largest message in octets (RFC 1870 §4); `None` when none is declared.
    pub size_limit: Option<u64>,
    /// Recipients accepted in one transaction; at least 100 (RFC 5321 §4.5.3.1.8).
    pub max_recipients: u32,
}

impl Default for SessionPolicy {
    /// A common proxy: PIPELINING, SIZE of 20 MiB, 8BITMIME, ENHANCEDSTATUSCODES.
    fn default() -> Self {
        Self::from_ehlo(["PIPELINING", "SIZE 20971520", "8BITMIME", "ENHANCEDSTATUSCODES"])
    }
}

impl SessionPolicy {
    /// Reads the keyword lines of an EHLO reply, its first line (the server's name) left out.
    ///
    /// The limit on recipients is the least that RFC 5321 §4.5.3.1.8 allows: beyond it, a refusal is
    /// in order.
    #[must_use]
    pub fn from_ehlo<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut policy = Self { keywords: BTreeSet::new(), size_limit: None, max_recipients: 100 };
        for line in lines {
            let mut words = line.split_ascii_whitespace();
            let Some(keyword) = words.next().map(str::to_ascii_uppercase) else { continue };
            match keyword.as_str() {
                "STARTTLS" => continue,
                // RFC 1870 §4: no value, or 0, means no fixed limit.
                "SIZE" => {
                    policy.size_limit =
                        words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                _ => {}
            }
            policy.keywords.insert(keyword);
        }
        policy
    }

    /// Whether the extension is offered.
    #[must_use]
    pub fn offers(&self, keyword: &str) -> bool {
        self.keywords.contains(keyword)
    }

    /// The keyword lines of the EHLO reply: STARTTLS in clear only (RFC 3207 §4.2).
    #[must_use]
    pub fn ehlo_lines(&self, tls: bool) -> Vec<String> {
        let starttls = (!tls).then(|| "STARTTLS".to_owned());
        let offered =
            self.keywords.iter().map(|keyword| match (keyword.as_str(), self.size_limit) {
                ("SIZE", Some(limit)) => format!("SIZE {limit}"),
                _ => keyword.clone(),
            });
        offered.chain(starttls).collect()
    }

    /// Longest command line in octets, CRLF included: 512 (RFC 5321 §4.5.3.1.4) and what the
    /// extensions offered add to it.
    #[must_use]
    pub fn line_limit(&self, keyword: Option<Keyword>) -> usize {
        const MAIL: [(&str, usize); 6] = [
            ("SIZE", 26),       // RFC 1870 §3
            ("8BITMIME", 17),   // RFC 6152 §2
            ("BINARYMIME", 16), // RFC 3030 §3
            ("SMTPUTF8", 10),   // RFC 6531 §3.1
            ("DSN", 100),       // RFC 3461 §4
            ("AUTH", 500),      // RFC 4954 §3
        ];
        let added = match keyword {
            Some(Keyword::Mail) => {
                MAIL.iter().filter(|(offered, _)| self.offers(offered)).map(|(_, n)| n).sum()
            }
            Some(Keyword::Rcpt) if self.offers("DSN") => 500, // RFC 3461 §4
            Some(Keyword::Vrfy | Keyword::Expn) if self.offers("SMTPUTF8") => 10,
            _ => 0,
        };
        512 + added
    }

    /// Whether the parameter belongs to an extension that is offered.
    pub(super) fn knows(&self, parameter: &Parameter, of: Keyword) -> bool {
        let mail = of == Keyword::Mail;
        let extensions: &[&str] = match parameter.keyword.as_str() {
            "SIZE" if mail => &["SIZE"],
            "BODY" if mail => &["8BITMIME", "BINARYMIME"],
            "SMTPUTF8" if mail => &["SMTPUTF8"],
            "RET" | "ENVID" if mail => &["DSN"],
            "NOTIFY" | "ORCPT" if !mail => &["DSN"],
            "AUTH" if mail => &["AUTH"],
            "BY" if mail => &["DELIVERBY"],
            "HOLDFOR" | "HOLDUNTIL" if mail => &["FUTURERELEASE"],
            "MT-PRIORITY" if mail => &["MT-PRIORITY"],
            "REQUIRETLS" if mail => &["REQUIRETLS"],
            "RRVS" if !mail => &["RRVS"],
            _ => &[],
        };
        extensions.iter().any(|extension| self.offers(extension))
    }
}

/// Whether STARTTLS is offered where it must be, and only there: in clear (RFC 3207 §4; ERR §2.2,
/// étape 3 has no other way in), never inside TLS (RFC 3207 §4.2: MUST NOT).
///
/// `lines` are the keyword lines of the EHLO reply.
#[must_use]
pub fn check_starttls_offer<'a>(lines: impl IntoIterator<Item = &'a str>, tls: bool) -> Finding {
    let mut keywords = lines.into_iter().filter_map(|line| line.split_ascii_whitespace().next());
    let offered = keywords.any(|keyword| keyword.eq_ignore_ascii_case("STARTTLS"));
    if offered == tls { Finding::Broken } else { Finding::Met }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn an_ehlo_reply_reads_back() {
        let policy = SessionPolicy::from_ehlo(["size 1000", "STARTTLS", "8BITMIME", ""]);
        assert_eq!(policy.size_limit, Some(1000));
        assert_eq!(policy.ehlo_lines(false), ["8BITMIME", "SIZE 1000", "STARTTLS"]);
        assert_eq!(policy.ehlo_lines(true), ["8BITMIME", "SIZE 1000"]);
    }

    #[rstest]
    #[case::bare("SIZE")]
    #[case::zero("SIZE 0")]
    #[case::nonsense("SIZE many")]
    fn no_fixed_size(#[case] line: &str) {
        let policy = SessionPolicy::from_ehlo([line]);
        assert_eq!((policy.offers("SIZE"), policy.size_limit), (true, None));
    }

    #[rstest]
    #[case::other(Some(Keyword::Ehlo), &["SIZE 1", "DSN"], 512)]
    #[case::unknown(None, &["SIZE 1"], 512)]
    #[case::mail_plain(Some(Keyword::Mail), &[], 512)]
    #[case::mail_size(Some(Keyword::Mail), &["SIZE 1"], 538)]
    #[case::mail_both(Some(Keyword::Mail), &["SIZE 1", "8BITMIME"], 555)]
    #[case::rcpt_dsn(Some(Keyword::Rcpt), &["DSN"], 1012)]
    fn line_limits(#[case] keyword: Option<Keyword>, #[case] offer: &[&str], #[case] limit: usize) {
        let policy = SessionPolicy::from_ehlo(offer.iter().copied());
        assert_eq!(policy.line_limit(keyword), limit);
    }

    #[rstest]
    #[case::offered_in_clear(&["SIZE 1", "starttls"], false, Finding::Met)]
    #[case::missing_in_clear(&["SIZE 1"], false, Finding::Broken)]
    #[case::offered_again_inside(&["STARTTLS"], true, Finding::Broken)]
    #[case::gone_inside(&["SIZE 1"], true, Finding::Met)]
    fn starttls_is_offered_in_clear_only(
        #[case] lines: &[&str],
        #[case] tls: bool,
        #[case] finding: Finding,
    ) {
        assert_eq!(check_starttls_offer(lines.iter().copied(), tls), finding);
        let policy = SessionPolicy::default();
        let own = policy.ehlo_lines(tls);
        assert_eq!(check_starttls_offer(own.iter().map(String::as_str), tls), Finding::Met);
    }
}
