//! Where a target is, as an operator writes it: an address, or a name to resolve.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use fixtures::dns::DomainName;

/// An IP address, or a host name without blanks and without its final dot, in A-labels and lower
/// case. A name with an underscore, which local networks have, is taken as well: nothing but the
/// resolver reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

/// Neither an address nor a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHost {
    /// A port was written with it.
    #[error("« {0} » contient un port, qui s'écrit à part")]
    Port(String),
    /// No name.
    #[error(transparent)]
    Name(#[from] fixtures::dns::BadDomainName),
}

impl Host {
    /// As it is resolved; an IPv6 address without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = BadHost;

    fn from_str(text: &str) -> Result<Self, BadHost> {
        let bare = text.trim();
        let inside = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
        // An address of a link has its zone behind a per cent sign (RFC 4007 §11).
        let zoned = inside.split_once('%').is_some_and(|(address, zone)| {
            address.parse::<Ipv6Addr>().is_ok()
                && !zone.is_empty()
                && zone.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        });
        if zoned || inside.parse::<IpAddr>().is_ok() {
            return Ok(Self(inside.to_owned()));
        }
        let local = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if bare.contains('_') && bare.len() <= 253 && bare.chars().all(local) {
            let name = bare.strip_suffix('.').unwrap_or(bare);
            return Ok(Self(name.to_ascii_lowercase()));
        }
        match bare.parse::<DomainName>() {
            Ok(name) => Ok(Self(name.into())),
            Err(_)
                if bare.rsplit_once(':').is_some_and(|(host, port)| {
                    port.parse::<u16>().is_ok() && host.parse::<Self>().is_ok()
                }) =>
            {
                Err(BadHost::Port(bare.to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::name(" MX.hopital.fr. ", Some("mx.hopital.fr"))]
    #[case::u_label("mx.hôpital.fr", Some("mx.xn--hpital-ixa.fr"))]
    #[case::local("my_proxy", Some("my_proxy"))]
    #[case::v4(" 127.0.0.1 ", Some("127.0.0.1"))]
    #[case::v6("::1", Some("::1"))]
    #[case::v6_in_brackets("[::1]", Some("::1"))]
    #[case::v6_of_a_link("fe80::1%eth0", Some("fe80::1%eth0"))]
    #[case::v4_with_a_zone("127.0.0.1%eth0", None)]
    #[case::port("mx.hopital.fr:25", None)]
    #[case::v4_with_port("127.0.0.1:25", None)]
    #[case::bad_v4("127.0.0.256", None)]
    #[case::url("smtp://mx", None)]
    #[case::address("a@hopital.fr", None)]
    #[case::empty(" ", None)]
    fn hosts(#[case] text: &str, #[case] expected: Option<&str>) {
        let read = text.parse::<Host>().ok();
        assert_eq!(read.as_ref().map(Host::as_str), expected);
    }
}
