//! A mailbox address that the operator names for tests.

use std::{fmt, str::FromStr};

use fixtures::dns::DomainName;

/// `local@domain`, checked enough to be written into an SMTP command; the domain is a [`DomainName`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainAddress {
    local: String,
    domain: String,
}

/// Not an address that the suite writes to. The operator corrects `target.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "« {0} » n'est pas une adresse de messagerie utilisable : forme attendue local@domaine, sans espace"
)]
pub struct BadAddress(pub String);

impl PlainAddress {
    /// The part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl FromStr for PlainAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.to_owned());
        let text = text.trim();
        let (local, domain) = text.split_once('@').ok_or_else(bad)?;
        let domain = domain.parse::<DomainName>().map_err(|_| bad())?;
        // Dot-string of RFC 5321 §4.1.2: no dot at either end, no two in a row.
        let plain = |part: &str, extra: &str| {
            part.split('.').all(|atom| {
                !atom.is_empty()
                    && atom.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
            })
        };
        let ok = local.len() + 1 + domain.as_str().len() <= 254
            && local.len() <= 64
            && plain(local, "!#$%&'*+-/=?^_`{|}~");
        if ok { Ok(Self { local: local.to_owned(), domain: domain.into() }) } else { Err(bad()) }
    }
}

impl fmt::Display for PlainAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::ordinary("a.b+c@cible.mssante.test", true)]
    #[case::no_domain("a@", false)]
    #[case::no_local("@b.test", false)]
    #[case::space("a b@c.test", false)]
    #[case::second_command("a@b.test>\r\nRSET", false)]
    #[case::dot_at_the_end("a@b.test.", true)]
    #[case::blanks(" a@b.test ", true)]
    #[case::u_label("a@hôpital.test", true)]
    #[case::second_at("a@b@c.test", false)]
    #[case::dot_at_the_start(".a@b.test", false)]
    #[case::two_dots("a..b@b.test", false)]
    #[case::hyphen_first("a@-b.test", false)]
    #[case::hyphen_last("a@b-.test", false)]
    #[case::hyphen_inside("a@b-c.test", true)]
    fn only_ordinary_addresses_are_taken(#[case] text: &str, #[case] taken: bool) {
        assert_eq!(text.parse::<PlainAddress>().is_ok(), taken);
    }
}
