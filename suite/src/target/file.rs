//! `target.toml`: what an operator declares of its proxy.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Read,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fixtures::{dn::DistinguishedName, dns::DomainName, smtp::sink::SinkProtocol};
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Host, Mailbox, Mailboxes, NotApplicable, Observation, RefreshBy, RefreshTable, Target,
};
use crate::scenario::model::ScenarioId;

/// The largest `target.toml` that is read, in octets.
const MOST: u64 = 256 * 1024;

/// The longest time that a file may ask for.
const LONGEST: Duration = Duration::from_secs(3600);

/// The port of SMTP between servers.
const DEFAULT_PORT: u16 = 25;

/// `target.toml` as written. Unknown keys are errors.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetFile {
    /// The operator's name, for the report.
    pub name: String,
    /// Host name or address of the proxy.
    pub host: String,
    /// Port, 25 if absent.
    pub port: Option<u16>,
    /// The MX host, which is the CN of its certificate (GUIDE).
    pub mx_host: Option<String>,
    /// The DN of its certificate, as the whitelist writes it.
    pub dn: Option<String>,
    /// Its mail domains.
    pub domains: Vec<String>,
    /// The target trusts the simulated space's root and reads its whitelist.
    pub trusts_space: bool,
    /// The target checks certificates against the simulated space's CRLs.
    pub uses_crl: bool,
    /// The target asks the simulated space's DNS server.
    pub uses_dns: bool,
    /// Confirms a target that is not on loopback, as `--yes` does.
    pub confirm: bool,
    /// Asks for the scenarios that could hurt a weak server.
    pub destructive: bool,
    /// Pause before each scenario, in milliseconds.
    pub pace_ms: u64,
    /// Connections at once, at most (8 if absent).
    pub max_connections: Option<usize>,
    /// How long a reply may take, in seconds (10 if absent).
    pub reply_seconds: Option<u64>,
    /// How long what the target puts off (4xx) is tried again, in seconds (3 if absent).
    pub retry_seconds: Option<u64>,
    /// Scenarios declared not applicable, by id, each with the reason.
    pub not_applicable: BTreeMap<String, String>,
    /// Mailboxes for tests.
    pub mailboxes: MailboxesTable,
    /// How deliveries can be observed.
    pub delivery: DeliveryTable,
    /// Where the target's outgoing mail is caught.
    pub outgoing: OutgoingTable,
    /// How the target reads anew what the simulated space serves.
    pub refresh: RefreshTable,
}

/// `[mailboxes]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailboxesTable {
    /// A mailbox that exists; its content may be lost.
    pub valid: Option<String>,
    /// A second one.
    pub second: Option<String>,
    /// An address of the target's domain that does not exist.
    pub unknown: Option<String>,
}

/// `[delivery]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryTable {
    /// `none`, `maildir` or `sink`.
    pub observe: Observe,
    /// For `maildir`: the folders, each with `new/` and `cur/`, or one above them.
    pub maildirs: Vec<PathBuf>,
    /// For `sink`: the address at which the suite receives by SMTP or LMTP.
    pub sink: Option<SocketAddr>,
    /// For `sink`: what the target speaks to it.
    pub protocol: DeliveryProtocol,
    /// How long a delivery may take, in seconds (5 if absent).
    pub delay_seconds: Option<u64>,
}

/// How deliveries can be observed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Observe {
    /// They cannot.
    #[default]
    None,
    /// In maildirs that the suite can read.
    Maildir,
    /// By SMTP or LMTP to the suite.
    Sink,
}

/// What the target delivers by, to the suite.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryProtocol {
    /// SMTP (RFC 5321).
    #[default]
    Smtp,
    /// LMTP (RFC 2033).
    Lmtp,
}

/// `[outgoing]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutgoingTable {
    /// The address at which the suite receives all that the target sends out (its smarthost).
    pub sink: Option<SocketAddr>,
}

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
    #[error("{path} : {message}")]
    #[diagnostic(help("les clés permises sont décrites dans le README, § target.toml"))]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
        /// The text.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where.
        #[label("ici")]
        at: Option<SourceSpan>,
    },
    /// A value cannot be used.
    #[error("{path} : {message}")]
    Value {
        /// The file.
        path: String,
        /// What is wrong and what to write.
        message: String,
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

/// Reads `path`.
///
/// # Errors
/// [`TargetFileError`], with the place in the file where it can be told.
pub fn read(path: &Path) -> Result<TargetFile, TargetFileError> {
    let shown = path.display().to_string();
    let unreadable = |source| TargetFileError::Unreadable { path: shown.clone(), source };
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let value =
        |message: &str| TargetFileError::Value { path: shown.clone(), message: message.to_owned() };
    if bytes.len() as u64 > MOST {
        return Err(value("fichier de plus de 256 Kio : ce n'est pas un target.toml"));
    }
    let text = String::from_utf8(bytes).map_err(|_| value("le fichier n'est pas en UTF-8"))?;
    parse(&shown, &text)
}

/// Parses the text of a `target.toml`; `name` is shown in errors.
///
/// # Errors
/// [`TargetFileError::Invalid`], with a caret.
pub fn parse(name: &str, text: &str) -> Result<TargetFile, TargetFileError> {
    toml::from_str(text).map_err(|error| TargetFileError::Invalid {
        path: name.to_owned(),
        message: error.message().to_owned(),
        text: Arc::new(NamedSource::new(name, text.to_owned())),
        at: error.span().map(Into::into),
    })
}

impl TargetFile {
    /// Checks every value and resolves the host.
    ///
    /// # Errors
    /// [`TargetFileError::Value`] names the key and the form expected;
    /// [`TargetFileError::Unresolvable`].
    pub async fn check(&self, path: &str) -> Result<Target, TargetFileError> {
        let unresolvable =
            |message: String| TargetFileError::Unresolvable { host: self.host.clone(), message };
        let port = self.port.unwrap_or(DEFAULT_PORT);
        // The values first: no name is asked for on behalf of a file that cannot be used.
        let target = self.check_values(path, SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))?;
        let addresses = tokio::net::lookup_host((target.host.as_str(), port))
            .await
            .map_err(|error| unresolvable(error.to_string()))?;
        let mut addresses = in_order(addresses.collect()).into_iter();
        let address = addresses.next().ok_or_else(|| unresolvable("aucune adresse".into()))?;
        Ok(Target { address, others: addresses.collect(), ..target })
    }

    /// Checks every value; nothing is resolved: `address` is where the host is.
    ///
    /// # Errors
    /// [`TargetFileError::Value`] names the key and the form expected.
    pub fn check_values(&self, path: &str, address: SocketAddr) -> Result<Target, TargetFileError> {
        let value = |message: String| TargetFileError::Value { path: path.to_owned(), message };
        if self.host.trim().is_empty() {
            return Err(value("host manque : le nom ou l'adresse de la cible".into()));
        }
        let host = self.host.parse::<Host>().map_err(|error| value(format!("host : {error}")))?;
        let domain = |key: &str, text: &str| {
            text.parse::<DomainName>().map_err(|error| value(format!("{key} : {error}")))
        };
        let mx_host = self.mx_host.as_deref().map(|text| domain("mx_host", text)).transpose()?;
        let dn = self.dn.as_deref().map(str::trim);
        if let Some(Err(error)) = dn.map(str::parse::<DistinguishedName>) {
            return Err(value(format!("dn : {error} ; écrivez-le comme la liste blanche")));
        }
        let mailbox =
            |key: &str, given: &Option<String>| -> Result<Option<Mailbox>, TargetFileError> {
                given
                    .as_deref()
                    .map(|text| {
                        text.parse::<Mailbox>().map_err(|e| value(format!("mailboxes.{key} : {e}")))
                    })
                    .transpose()
            };
        let mailboxes = Mailboxes {
            valid: mailbox("valid", &self.mailboxes.valid)?,
            second: mailbox("second", &self.mailboxes.second)?,
            unknown: mailbox("unknown", &self.mailboxes.unknown)?,
        };
        let delivery = match self.delivery.observe {
            Observe::None => Observation::None,
            Observe::Maildir if self.delivery.maildirs.is_empty() => {
                return Err(value(
                    "delivery.observe = \"maildir\" demande delivery.maildirs".into(),
                ));
            }
            Observe::Maildir => Observation::Maildir(self.delivery.maildirs.clone()),
            Observe::Sink => {
                let address = self.delivery.sink.ok_or_else(|| {
                    let text =
                        "delivery.observe = \"sink\" demande delivery.sink = \"adresse:port\"";
                    value(text.into())
                })?;
                let protocol = match self.delivery.protocol {
                    DeliveryProtocol::Smtp => SinkProtocol::Smtp,
                    DeliveryProtocol::Lmtp => SinkProtocol::Lmtp,
                };
                Observation::Sink(address, protocol)
            }
        };
        if self.max_connections == Some(0) {
            return Err(value("max_connections vaut au moins 1".into()));
        }
        if self.port == Some(0) {
            return Err(value("port vaut de 1 à 65535".into()));
        }
        // A longer time is a slip of the keyboard; the longest ones are beyond what a clock can add.
        let seconds = |key: &str, given: u64, least: u64| {
            let fits = (least..=LONGEST.as_secs()).contains(&given);
            let longest = LONGEST.as_secs();
            let text = || format!("{key} vaut de {least} à {longest} secondes, pas {given}");
            if fits { Ok(Duration::from_secs(given)) } else { Err(value(text())) }
        };
        let delivery_delay =
            seconds("delivery.delay_seconds", self.delivery.delay_seconds.unwrap_or(5), 0)?;
        let reply_time = seconds("reply_seconds", self.reply_seconds.unwrap_or(10), 1)?;
        let retry = seconds("retry_seconds", self.retry_seconds.unwrap_or(3), 0)?;
        let pace = Duration::from_millis(self.pace_ms);
        if pace > LONGEST {
            let longest = LONGEST.as_millis();
            return Err(value(format!("pace_ms vaut de 0 à {longest}, pas {}", self.pace_ms)));
        }
        let mut domains: Vec<String> = Vec::new();
        for (rank, text) in self.domains.iter().enumerate() {
            let name = String::from(domain(&format!("domains[{rank}]"), text)?);
            if !domains.contains(&name) {
                domains.push(name);
            }
        }
        if domains.is_empty()
            && let Some(valid) = &mailboxes.valid
        {
            domains.push(valid.domain().to_owned());
        }
        let mut not_applicable = NotApplicable::new();
        for (id, reason) in &self.not_applicable {
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            if reason.is_empty() {
                return Err(value(format!(
                    "not_applicable.\"{id}\" : dites pourquoi il est sans objet, les rapports le répètent"
                )));
            }
            not_applicable.insert(ScenarioId(Arc::from(id.as_str())), reason);
        }
        let by = |by: &RefreshBy| by.check(LONGEST);
        let refresh = self.refresh.list.as_ref().map(by).transpose();
        let refresh = refresh.map_err(|error| value(format!("refresh.list : {error}")))?;
        Ok(Target {
            name: if self.name.is_empty() { host.to_string() } else { self.name.clone() },
            host: host.to_string(),
            port: self.port.unwrap_or(DEFAULT_PORT),
            address,
            others: Vec::new(),
            mx_host: mx_host.map(String::from),
            dn: dn.map(str::to_owned),
            domains,
            mailboxes,
            delivery,
            delivery_delay,
            outgoing: self.outgoing.sink,
            trusts_space: self.trusts_space,
            uses_crl: self.uses_crl,
            uses_dns: self.uses_dns,
            refresh,
            confirmed: self.confirm,
            destructive: self.destructive,
            pace,
            max_connections: self.max_connections.unwrap_or(8),
            reply_time,
            retry,
            greeting_time: super::GREETING,
            not_applicable,
            embedded: false,
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

    #[test]
    fn an_unknown_key_is_shown_with_its_place() {
        let error = parse("target.toml", "host = \"h\"\nhots = 3\n").expect_err("unknown key");
        let TargetFileError::Invalid { message, at: Some(span), .. } = error else {
            panic!("another error: {error}");
        };
        assert!(message.contains("hots"), "{message}");
        assert_eq!(span.offset(), 11);
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
        let file = parse("target.toml", &format!("host = '127.0.0.1'\n{line}\n")).expect("read");
        let error = file.check("target.toml").await.expect_err("out of bounds").to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[tokio::test]
    async fn a_checked_file_gives_its_capabilities() {
        let file = parse(
            "target.toml",
            "host = '127.0.0.1'\nport = 2525\ntrusts_space = true\n[mailboxes]\nvalid = 'a@b.test'\n",
        )
        .expect("valid");
        let target = file.check("target.toml").await.expect("checks");
        let has = target.capabilities();
        use crate::scenario::model::Capability as C;
        assert!(has.contains(&C::Mailbox) && has.contains(&C::SimulatedSpace));
        assert!(!has.contains(&C::Delivery) && !has.contains(&C::Dns));
        assert_eq!(target.domains, ["b.test"]);
    }

    /// Blanks, the final dot, case and script say nothing.
    #[tokio::test]
    async fn names_are_normalised() {
        let file = parse(
            "target.toml",
            "host = ' LocalHost. '\nmx_host = 'MX.Hôpital.fr.'\ndn = ' CN=mx.hopital.fr,C=FR '\n\
             domains = ['Hôpital.fr.', 'xn--hpital-ixa.fr']\n[mailboxes]\nvalid = ' a@Hôpital.fr. '\n",
        )
        .expect("valid");
        let target = file.check("target.toml").await.expect("checks");
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
        "not_applicable.\"a/b\" : dites pourquoi"
    )]
    #[case::no_connection("host='127.0.0.1'\nmax_connections=0\n", "max_connections")]
    #[tokio::test]
    async fn a_wrong_value_is_named(#[case] text: &str, #[case] words: &str) {
        let file = parse("target.toml", text).expect("parses");
        let error = file.check("target.toml").await.expect_err("must be refused");
        assert!(error.to_string().contains(words), "{error}");
    }
}
