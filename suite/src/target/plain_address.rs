//! An ordinary address, such as operators name for tests.

use std::{fmt, str::FromStr};

use fixtures::dns::DomainName;

use crate::oracle::address::Mailbox;

/// `local@domain` of ASCII, without quotes or route, to be written into an SMTP command as it is; the
/// domain is a [`DomainName`].
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
        let mailbox: Mailbox = text.trim().parse().map_err(|_| bad())?;
        let domain = mailbox.domain.parse::<DomainName>().map_err(|_| bad())?;
        let plain = !mailbox.quoted && mailbox.route.is_empty() && mailbox.local.is_ascii();
        // RFC 5321 §4.5.3.1.1 and §4.5.3.1.3, the latter without its brackets.
        let short =
            mailbox.local.len() <= 64 && mailbox.local.len() + 1 + domain.as_str().len() <= 254;
        if !(plain && short) {
            return Err(bad());
        }
        Ok(Self { local: mailbox.local, domain: domain.into() })
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
    #[case::quoted("\"a\"@c.test", false)]
    #[case::route("@c.test:a@b.test", false)]
    #[case::literal("a@[127.0.0.1]", false)]
    #[case::accent("é@b.test", false)]
    #[case::bracket("a@b.test>", false)]
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
