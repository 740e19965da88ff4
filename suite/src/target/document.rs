//! A `target.toml` that was read, held against what its values must be: every mistake at once.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use fixtures::{dn::DistinguishedName, dns::DomainName};
use miette::{Diagnostic, NamedSource};
use thiserror::Error;

use super::{
    Host, Mailboxes, PlainAddress, RefreshBy, Refreshes, Target, TargetFile,
    values::{LONGEST, Values},
};
use crate::{
    document::{self, FaultKind, Names},
    scenario::{Problem, problem::Source},
};

/// The port of SMTP between servers.
const DEFAULT_PORT: u16 = 25;

/// Why a `target.toml` cannot be used. The operator corrects the file.
#[derive(Debug, Error, Diagnostic)]
pub enum TargetFileError {
    /// It cannot be read.
    #[error("{path} : lecture impossible ({source})")]
    #[diagnostic(help(
        "vérifiez le chemin et les droits, ou créez un kit : cargo xtask kit --space kit"
    ))]
    Unreadable {
        /// The file.
        path: String,
        /// The operating system's words.
        source: io::Error,
    },
    /// It is no `target.toml`.
    #[error("{path} : {problem}")]
    #[diagnostic(help("donnez un target.toml ; pour en créer un : cargo xtask kit --space kit"))]
    NotADeclaration {
        /// The file.
        path: String,
        /// What it is.
        problem: &'static str,
    },
    /// Keys or values are wrong.
    #[error("{path} : {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ; "))]
    Faults {
        /// The file.
        path: String,
        /// All that is wrong, in its order.
        problems: Vec<Problem>,
    },
    /// The host does not resolve.
    #[error("le nom « {host} » ne se résout pas ({message})")]
    #[diagnostic(help("vérifiez host, ou donnez une adresse IP"))]
    Unresolvable {
        /// The host.
        host: String,
        /// The resolver's words.
        message: String,
    },
}

/// A `target.toml` that was read, or what stands for one.
#[derive(Clone, Debug)]
pub struct TargetDocument {
    /// What it declares; what could not be understood is as if it were absent. A command line may
    /// complete it.
    pub file: TargetFile,
    pub(super) source: Source,
    /// The fields that could not be understood, and why.
    pub(super) misread: Vec<(String, Problem)>,
}

impl TargetDocument {
    /// Reads a file.
    ///
    /// # Errors
    /// [`TargetFileError::Unreadable`], [`TargetFileError::NotADeclaration`]. What is wrong with its
    /// keys and values is told by [`check`](Self::check), with all the rest.
    pub fn read(path: &Path) -> Result<Self, TargetFileError> {
        let shown = path.display().to_string();
        match document::text(path) {
            Err(source) => Err(TargetFileError::Unreadable { path: shown, source }),
            Ok(Err(problem)) => Err(TargetFileError::NotADeclaration { path: shown, problem }),
            Ok(Ok(text)) => Ok(Self::parse(&shown, text)),
        }
    }

    /// Parses the text of a file; `name` is shown in what is wrong.
    #[must_use]
    pub fn parse(name: &str, text: String) -> Self {
        let source = Arc::new(NamedSource::new(name, text));
        let (file, faults) = match document::parse(source.inner()) {
            Ok(table) => document::read::<TargetFile>(table, Names::Here),
            Err(faults) => (None, faults),
        };
        let misread = faults
            .into_iter()
            .map(|fault| {
                let (message, help) = fault.french();
                let problem = Problem::new(&source, message);
                let problem = match fault.at {
                    Some(at) => problem.at(at, "ici"),
                    None => problem,
                };
                // A key under a slip of a name is not missing too.
                let field = match fault.kind {
                    FaultKind::UnknownKey { key, near: Some(near), .. } => {
                        format!("{}{near}", fault.field.strip_suffix(&key).unwrap_or_default())
                    }
                    _ => fault.field,
                };
                (field, if help.is_empty() { problem } else { problem.help(help) })
            })
            .collect();
        Self { file: file.unwrap_or_default(), source, misread }
    }

    /// A declaration that no file holds; `name` tells where it comes from.
    #[must_use]
    pub fn of(name: &str, file: TargetFile) -> Self {
        Self { file, source: Arc::new(NamedSource::new(name, String::new())), misread: Vec::new() }
    }

    /// The name of the file, or of what stands for one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Checks every key and value, and resolves the host; `ids` are the scenarios that there are.
    ///
    /// # Errors
    /// [`TargetFileError::Faults`], [`TargetFileError::Unresolvable`].
    pub async fn check(&self, ids: &[&str]) -> Result<Target, TargetFileError> {
        let unresolvable = |message: String| TargetFileError::Unresolvable {
            host: self.file.host.clone(),
            message,
        };
        let port = self.file.port.unwrap_or(DEFAULT_PORT);
        // The values first: no name is asked for on behalf of a file that cannot be used.
        let target = self.check_values(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)), ids)?;
        let addresses = tokio::net::lookup_host((target.host.as_str(), port))
            .await
            .map_err(|error| unresolvable(error.to_string()))?;
        let mut addresses = in_order(addresses.collect()).into_iter();
        let address = addresses.next().ok_or_else(|| unresolvable("aucune adresse".into()))?;
        Ok(Target { address, others: addresses.collect(), ..target })
    }

    /// Checks every key and value; nothing is resolved: `address` is where the host is.
    ///
    /// # Errors
    /// [`TargetFileError::Faults`].
    pub fn check_values(
        &self,
        address: SocketAddr,
        ids: &[&str],
    ) -> Result<Target, TargetFileError> {
        let file = &self.file;
        let mut values = Values::of(self);
        let host: Option<Host> = if file.host.trim().is_empty() {
            values.wrong("host", "host manque : le nom ou l'adresse de la cible".to_owned());
            None
        } else {
            values.parsed("host", &file.host)
        };
        if file.port == Some(0) {
            values.wrong("port", "port vaut de 1 à 65535".to_owned());
        }
        let mx_host: Option<DomainName> =
            file.mx_host.as_ref().and_then(|text| values.parsed("mx_host", text));
        let dn = file.dn.as_deref().map(str::trim);
        if let Some(Err(error)) = dn.map(str::parse::<DistinguishedName>) {
            let text = format!("dn : {error} ; écrivez-le comme la liste blanche");
            values.wrong("dn", text);
        }
        let mut domains: Vec<String> = Vec::new();
        for (rank, text) in file.domains.iter().enumerate() {
            let domain: Option<DomainName> = values.parsed(&format!("domains[{rank}]"), text);
            domains.extend(domain.map(String::from).filter(|name| !domains.contains(name)));
        }
        let mut mailbox = |key: &str, given: &Option<String>| -> Option<PlainAddress> {
            given.as_ref().and_then(|text| values.parsed(&format!("mailboxes.{key}"), text))
        };
        let mailboxes = Mailboxes {
            valid: mailbox("valid", &file.mailboxes.valid),
            second: mailbox("second", &file.mailboxes.second),
            unknown: mailbox("unknown", &file.mailboxes.unknown),
        };
        if domains.is_empty()
            && let Some(valid) = &mailboxes.valid
        {
            domains.push(valid.domain().to_owned());
        }
        let delivery = values.delivery();
        let outgoing = values.socket("outgoing.sink", file.outgoing.sink.as_ref());
        if file.max_connections == Some(0) {
            let text = "max_connections vaut au moins 1".to_owned();
            values.wrong("max_connections", text);
        }
        let delivery_delay =
            values.seconds("delivery.delay_seconds", file.delivery.delay_seconds, 5, 0);
        let reply_time = values.seconds("reply_seconds", file.reply_seconds, 10, 1);
        let retry = values.seconds("retry_seconds", file.retry_seconds, 3, 0);
        let pace = Duration::from_millis(file.pace_ms);
        if pace > LONGEST {
            let longest = LONGEST.as_millis();
            let text = format!("pace_ms vaut de 0 à {longest}, pas {}", file.pace_ms);
            values.wrong("pace_ms", text);
        }
        let mut refresh = |key: &str, by: &Option<RefreshBy>| {
            let field = format!("refresh.{key}");
            let checked = by.as_ref()?.check(LONGEST).map_err(|error| format!("{field} : {error}"));
            values.checked(&field, checked)
        };
        let refresh = Refreshes {
            list: refresh("list", &file.refresh.list),
            crl: refresh("crl", &file.refresh.crl),
        };
        let not_applicable = values.not_applicable(ids);
        let mut problems = values.problems;
        problems.extend(self.misread.iter().map(|(_, problem)| problem.clone()));
        problems.sort_by_key(|problem| problem.span().map_or(0, |at| at.start));
        let (Some(host), Some(delivery), []) = (host, delivery, problems.as_slice()) else {
            return Err(TargetFileError::Faults { path: self.name().to_owned(), problems });
        };
        Ok(Target {
            name: if file.name.is_empty() { host.to_string() } else { file.name.clone() },
            host: host.to_string(),
            port: file.port.unwrap_or(DEFAULT_PORT),
            address,
            others: Vec::new(),
            mx_host: mx_host.map(String::from),
            dn: dn.map(str::to_owned),
            domains,
            mailboxes,
            delivery,
            delivery_delay,
            outgoing,
            trusts_space: file.trusts_space,
            uses_crl: file.uses_crl,
            uses_dns: file.uses_dns,
            confirmed: file.confirm,
            destructive: file.destructive,
            pace,
            max_connections: file.max_connections.unwrap_or(8),
            reply_time,
            retry,
            greeting_time: super::GREETING,
            not_applicable,
            embedded: false,
            refresh,
            guard: super::guard(true),
        })
    }
}

/// The addresses in the order of the resolver, each once; but on loopback IPv4 before IPv6, where
/// the peers can have no addresses of their own.
fn in_order(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut seen = Vec::new();
    for address in addresses {
        if !seen.contains(&address) {
            seen.push(address);
        }
    }
    if seen.iter().all(|address| address.ip().is_loopback()) {
        seen.sort_by_key(SocketAddr::is_ipv6);
    }
    seen
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    async fn checked(text: &str) -> Result<Target, TargetFileError> {
        TargetDocument::parse("target.toml", text.to_owned()).check(&["a/b", "a/c"]).await
    }

    /// All mistakes, each as `line:column message`.
    async fn mistakes(text: &str) -> Vec<String> {
        let Err(TargetFileError::Faults { problems, .. }) = checked(text).await else {
            panic!("no fault in {text}");
        };
        let shown = |problem: &Problem| {
            let before = &text[..problem.span().map_or(0, |at| at.start)];
            let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
            format!("{}:{} {problem}", before.matches('\n').count() + 1, column + 1)
        };
        problems.iter().map(shown).collect()
    }

    #[tokio::test]
    async fn all_mistakes_are_told_at_once_where_they_are() {
        let text = "hots = 'h'\nport = 70000\nmx_host = 'é é'\npace_ms = '3'\nreply_seconds = 0\n\
                    [mailboxes]\nvalid = 'a'\nsecnd = 'b'\n[delivery]\nobserve = 'maildr'\n\
                    sink = '127.0.0.1'\n[not_applicable]\n'a/x' = ' '\n'a/c' = 3\n\
                    [refresh.list]\nurl = 'http://a'\nperiod = '5m'\n";
        let told = mistakes(text).await;
        insta::assert_snapshot!(told.join("\n"));
    }

    /// What cannot be understood is not missing too.
    #[tokio::test]
    async fn what_was_misread_is_told_once() {
        assert_eq!(mistakes("host = 3\n").await, ["1:8 host n'est pas un texte"]);
        let told = mistakes("host = 'a\nport = 3\n").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("1:") && told[0].contains("TOML"), "{told:?}");
    }

    #[rstest]
    #[case::reply("reply_seconds = 9223372036854775807", "reply_seconds vaut de 1 à 3600")]
    #[case::no_reply("reply_seconds = 0", "reply_seconds vaut de 1 à 3600")]
    #[case::retry("retry_seconds = 3601", "retry_seconds vaut de 0 à 3600")]
    #[case::delay("[delivery]\ndelay_seconds = 9999999", "delivery.delay_seconds vaut de 0")]
    #[case::pace("pace_ms = 9223372036854775807", "pace_ms vaut de 0 à 3600000")]
    #[case::port("port = 0", "port vaut de 1 à 65535")]
    #[case::connections("max_connections = 0", "max_connections vaut au moins 1")]
    #[tokio::test]
    async fn a_value_out_of_bounds_is_refused(#[case] line: &str, #[case] expected: &str) {
        let told = mistakes(&format!("host = '127.0.0.1'\n{line}\n")).await;
        assert!(told.len() == 1 && told[0].contains(expected), "{told:?}");
    }

    #[tokio::test]
    async fn a_checked_file_gives_its_capabilities() {
        let text = "host = '127.0.0.1'\nport = 2525\ntrusts_space = true\n[mailboxes]\nvalid = 'a@b.test'\n";
        let target = checked(text).await.expect("checks");
        let has = target.capabilities();
        use crate::scenario::model::Capability as C;
        assert!(has.contains(&C::Mailbox) && has.contains(&C::SimulatedSpace));
        assert!(!has.contains(&C::Delivery) && !has.contains(&C::Dns));
        assert_eq!(target.domains, ["b.test"]);
    }

    /// Blanks, the final dot, case and script say nothing.
    #[tokio::test]
    async fn names_are_normalised() {
        let target = checked(
            "host = ' LocalHost. '\nmx_host = 'MX.Hôpital.fr.'\ndn = ' CN=mx.hopital.fr,C=FR '\n\
             domains = ['Hôpital.fr.', 'xn--hpital-ixa.fr']\n[mailboxes]\nvalid = ' a@Hôpital.fr. '\n",
        )
        .await
        .expect("checks");
        assert_eq!(target.host, "localhost");
        assert_eq!(target.mx_host.as_deref(), Some("mx.xn--hpital-ixa.fr"));
        assert_eq!(target.dn.as_deref(), Some("CN=mx.hopital.fr,C=FR"));
        assert_eq!(target.domains, ["xn--hpital-ixa.fr"]);
        let valid = target.mailboxes.valid.expect("named");
        assert_eq!(valid.to_string(), "a@xn--hpital-ixa.fr");
    }

    #[test]
    fn addresses_are_tried_in_order() {
        let all = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().expect("an address")).collect()
        };
        let loopback = all(&["[::1]:25", "127.0.0.1:25", "[::1]:25"]);
        assert_eq!(in_order(loopback), all(&["127.0.0.1:25", "[::1]:25"]));
        let wide = all(&["[2001:db8::1]:25", "192.0.2.1:25"]);
        assert_eq!(in_order(wide.clone()), wide);
    }

    #[rstest::rstest]
    #[case::no_host("port = 25\n", "host manque")]
    #[case::bad_mailbox("host='127.0.0.1'\n[mailboxes]\nvalid='x y@z'\n", "mailboxes.valid")]
    #[case::maildir_without_path(
        "host='127.0.0.1'\n[delivery]\nobserve='maildir'\n",
        "delivery.maildirs"
    )]
    #[case::host("host = 'http://mx.fr'", "host :")]
    #[case::host_and_port("host = 'mx.fr:25'", "host : « mx.fr:25 » contient un port")]
    #[case::mx_host("host='127.0.0.1'\nmx_host = 'mx hopital.fr'", "mx_host : ")]
    #[case::mx_host_address("host='127.0.0.1'\nmx_host = '192.0.2.1'", "mx_host : ")]
    #[case::empty_mx_host("host='127.0.0.1'\nmx_host = ''", "mx_host : ")]
    #[case::domain("host='127.0.0.1'\ndomains = ['a.fr', 'test@b.fr']", "domains[1] : ")]
    #[case::at_sign("host='127.0.0.1'\ndomains = ['@b.fr']", "le domaine seul, b.fr")]
    #[case::dn("host='127.0.0.1'\ndn = 'mx.hopital.fr'", "dn : ")]
    #[case::mailbox("host='127.0.0.1'\n[mailboxes]\nvalid='a@b..fr'", "mailboxes.valid")]
    #[case::no_reason(
        "host='127.0.0.1'\n[not_applicable]\n'a/b' = ' '",
        "a/b est déclaré sans objet sans raison"
    )]
    #[case::no_connection("host='127.0.0.1'\nmax_connections=0\n", "max_connections")]
    #[tokio::test]
    async fn a_wrong_value_is_named(#[case] text: &str, #[case] words: &str) {
        let told = mistakes(text).await;
        assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
    }
}
