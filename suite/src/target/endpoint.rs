//! `HOST[:PORT]`, as a command line names a target.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use super::Host;

/// A host name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, an IPv6 one without brackets.
    pub host: String,
    /// Port, when one is given.
    pub port: Option<u16>,
}

/// Not `HOST[:PORT]`. The user corrects the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// Of no form at all.
    #[error(
        "forme attendue : HÔTE ou HÔTE:PORT, par exemple 127.0.0.1:2525, mx.hopital.fr ou [::1]:25"
    )]
    Form,
    /// An IPv6 address whose last group can be read as a port.
    #[error(
        "adresse IPv6 sans crochets, dont la fin peut être un port : écrivez [{host}]:{port} ou [{host}:{port}]"
    )]
    Ambiguous {
        /// What stands before the last group.
        host: Ipv6Addr,
        /// The last group.
        port: u16,
    },
}

/// How an IPv6 address can also be read: as another one and a port.
fn either_way(text: &str) -> Option<(Ipv6Addr, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((host.parse().ok()?, port.parse().ok().filter(|port| *port != 0)?))
}

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        let text = text.trim();
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or(BadEndpoint::Form)?;
                host.parse::<Ipv6Addr>().map_err(|_| BadEndpoint::Form)?;
                match after {
                    "" => (host, None),
                    after => (host, Some(after.strip_prefix(':').ok_or(BadEndpoint::Form)?)),
                }
            }
            None if text.parse::<Ipv6Addr>().is_ok() => {
                if let Some((host, port)) = either_way(text) {
                    return Err(BadEndpoint::Ambiguous { host, port });
                }
                (text, None)
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let host = host.parse::<Host>().map_err(|_| BadEndpoint::Form)?;
        let port = match port {
            None => None,
            Some(port) => match port.parse::<u16>() {
                Ok(0) | Err(_) => return Err(BadEndpoint::Form),
                Ok(port) => Some(port),
            },
        };
        Ok(Self { host: host.to_string(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port.unwrap_or(25);
        if self.host.contains(':') {
            write!(f, "[{}]:{port}", self.host)
        } else {
            write!(f, "{}:{port}", self.host)
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::name("mx.hopital.fr", Some(("mx.hopital.fr", None)))]
    #[case::name_and_port("mx.hopital.fr:2525", Some(("mx.hopital.fr", Some(2525))))]
    #[case::v4("127.0.0.1:25", Some(("127.0.0.1", Some(25))))]
    #[case::v6("[::1]:25", Some(("::1", Some(25))))]
    #[case::v6_without_port("[::1]", Some(("::1", None)))]
    #[case::v6_without_brackets("2001:db8::1", Some(("2001:db8::1", None)))]
    #[case::empty("", None)]
    #[case::no_host(":25", None)]
    #[case::no_port("mx:", None)]
    #[case::port_zero("mx:0", None)]
    #[case::large_port("mx:65536", None)]
    #[case::url("smtp://mx:25", None)]
    #[case::space("m x", None)]
    #[case::final_dot_and_port(" MX.hopital.fr.:2525 ", Some(("mx.hopital.fr", Some(2525))))]
    #[case::u_label("mx.hôpital.fr", Some(("mx.xn--hpital-ixa.fr", None)))]
    #[case::bad_v4("127.0.0.256", None)]
    #[case::unclosed("[::1", None)]
    #[case::v6_or_v6_and_port("::1:2525", None)]
    #[case::v6_that_ends_in_letters("fe80::1:beef", Some(("fe80::1:beef", None)))]
    #[case::v6_and_a_group("[::1:2525]", Some(("::1:2525", None)))]
    fn a_target_is_read(#[case] text: &str, #[case] expected: Option<(&str, Option<u16>)>) {
        let read = text.parse::<Endpoint>().ok();
        assert_eq!(read.as_ref().map(|e| (e.host.as_str(), e.port)), expected);
    }

    #[test]
    fn an_address_that_can_be_read_in_two_ways_is_written_in_both() {
        let error = "::1:2525".parse::<Endpoint>().expect_err("ambiguous").to_string();
        assert!(error.contains("[::1]:2525") && error.contains("[::1:2525]"), "{error}");
    }
}
