//! `annexe1 check`: every rule, all problems at once.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use annexe1::{
    Certificate, DocumentError, Form, Learnt, Located, Resolver, Severity, against_certificate,
    against_dns, against_whitelist, check, look_up, read, standing, uncertified,
};
use clap::Args;
use fixtures::{
    dns::DnsServer,
    space::{kit, settings::Settings, zone},
    whitelist::{Document as ListDocument, Index, SignatureState, load},
};
use jiff::Timestamp;
use miette::Report;

use super::new::certificates;
use crate::{
    console::{Console, fill},
    exit::{self, Trouble},
    place,
};

const LONG: &str = "\
Vérifie un annexe1.toml : tous les champs du formulaire, et tous les problèmes à la fois, avec leur ligne et \
leur source (Guide d'intégration, RFC). Sans autre option, aucune question n'est posée au réseau. Avec --cert, \
--dns ou --space, et --whitelist, il est aussi comparé au certificat, au DNS et à la liste blanche ; la fin \
dit ce qui n'a pas été vérifié.";

const END: &str = "\
Exemples :
  cargo xtask annexe1 check annexe1.toml
  cargo xtask annexe1 check annexe1.toml --cert mon-certificat.pem
  cargo xtask annexe1 check annexe1.toml --cert cert.pem --dns 192.0.2.53 --whitelist liste.xml
  cargo xtask annexe1 check annexe1.toml --space kit           (DNS et liste blanche du kit)

Avec --dns, les serveurs DNS d'une délégation sont aussi interrogés, au même port.

Codes de sortie :
  0  aucune erreur (des avertissements sont possibles)
  1  au moins une erreur à corriger
  2  commande, fichier ou certificat à corriger
  3  aucune erreur, mais une vérification demandée n'a pas pu se faire (DNS, liste blanche)
";

/// Vérifie un annexe1.toml : champs, certificat, DNS, liste blanche
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Check {
    /// Le formulaire
    #[arg(value_name = "FICHIER", help_heading = "Arguments")]
    file: PathBuf,

    /// Le certificat de l'opérateur (PEM, DER, .p7b) ; plusieurs fois s'il y en a plusieurs
    #[arg(long, value_name = "FICHIER")]
    cert: Vec<PathBuf>,

    /// Espace simulé dont le DNS et la liste blanche sont consultés
    #[arg(long, value_name = "DOSSIER", conflicts_with = "dns")]
    space: Option<PathBuf>,

    /// Résolveur DNS à interroger, port 53 à défaut
    #[arg(long, value_name = "ADRESSE[:PORT]", value_parser = resolver)]
    dns: Option<SocketAddr>,

    /// La liste blanche à modifier : fichier, ou adresse http(s)://
    #[arg(long, value_name = "FICHIER|URL")]
    whitelist: Option<String>,
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    text.parse::<SocketAddr>()
        .or_else(|_| text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53)))
        .map_err(|_| "forme attendue : ADRESSE ou ADRESSE:PORT, par exemple 192.0.2.53".to_owned())
}

/// What the answer is made of.
#[derive(Debug, Default)]
struct Findings {
    problems: Vec<annexe1::Problem>,
    /// What was checked, what was not, and what could not be.
    checked: Vec<String>,
    left_out: Vec<String>,
    unknown: Vec<String>,
}

impl Check {
    /// Checks.
    pub(crate) async fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let name = place::shown(&self.file);
        let certificates = certificates(&self.cert)?;
        self.space.as_deref().map(Settings::read).transpose()?;
        let document = read(&self.file, &name)?;
        let mut findings = Findings::default();
        if let Some(form) = &document.form {
            findings.problems = check(form, &certificates);
            findings.checked.push("les champs du formulaire".to_owned());
            findings.certificates(form, &certificates);
            if let Some(dir) = &self.space {
                let server = simulated(dir).await?;
                findings.dns(form, server.addr(), "le DNS de l'espace simulé").await;
            } else if let Some(server) = self.dns {
                findings.dns(form, server, &format!("le DNS ({server})")).await;
            } else {
                let text = "le DNS : --dns ADRESSE, ou --space DOSSIER";
                findings.left_out.push(text.to_owned());
            }
            let kit = self.space.as_ref().map(|dir| dir.join(kit::WHITELIST).display().to_string());
            match self.whitelist.as_ref().or(kit.as_ref()) {
                Some(list) => findings.whitelist(form, list).await,
                None => findings.left_out.push("la liste blanche : --whitelist FICHIER".to_owned()),
            }
        }
        let located = document.locate(std::mem::take(&mut findings.problems));
        console.say(&findings.text(console, &name, document.form.as_ref(), &located));
        Ok(match located.iter().any(|one| one.problem.is_error()) {
            true => exit::NO,
            false if !findings.unknown.is_empty() => exit::UNKNOWN,
            false => exit::YES,
        })
    }
}

/// The DNS of a simulated space, at a port of its own: the space itself may be at work elsewhere.
async fn simulated(dir: &Path) -> Result<DnsServer, Trouble> {
    let home = Ipv4Addr::LOCALHOST;
    let zone = zone::zone(&kit::target_names(dir)?, home, home).map_err(Trouble::of)?;
    DnsServer::start(SocketAddr::from((home, 0)), zone).await.map_err(Trouble::of)
}

impl Findings {
    fn certificates(&mut self, form: &Form, certificates: &[Certificate]) {
        if certificates.is_empty() {
            self.left_out.push("le certificat : --cert FICHIER".to_owned());
            return;
        }
        self.problems.extend(against_certificate(form, certificates, Timestamp::now()));
        for certificate in certificates {
            let cn = certificate.dn.common_name().unwrap_or("sans CN");
            self.checked.push(format!("le certificat {cn}"));
        }
        self.left_out.push("la chaîne du certificat et sa révocation".to_owned());
        for field in uncertified(form, certificates) {
            // With a single certificate for a single DN the mismatch was said already.
            if form.operator.dn.len() > 1 {
                self.left_out
                    .push(format!("le certificat de {field} : --cert FICHIER, une fois de plus"));
            }
        }
    }

    async fn dns(&mut self, form: &Form, server: SocketAddr, what: &str) {
        let view = look_up(form, &Resolver::new(server)).await;
        let found = against_dns(form, &view);
        self.problems.extend(found.problems);
        let answered = view.mx.values().any(|seen| matches!(seen, Learnt::Known(_)))
            || view.servers.values().any(|seen| matches!(seen, Learnt::Known(_)));
        if answered {
            self.checked.push(what.to_owned());
        }
        self.unknown.extend(
            found.unknown.into_iter().map(|one| format!("{} : {}", one.field, one.message)),
        );
    }

    async fn whitelist(&mut self, form: &Form, source: &str) {
        let bytes = match load(source, &[]).await {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unknown.push(format!("la liste blanche : {error}"));
                return;
            }
        };
        let read = ListDocument::parse(&bytes)
            .and_then(|document| document.whitelist().map(|list| (document, list)));
        match read {
            Err(error) => {
                self.unknown
                    .push(format!("la liste blanche : {source} n'en est pas une ({error})"));
            }
            Ok((document, list)) => {
                let index = Index::build(&list);
                self.problems.extend(against_whitelist(form, &index));
                let signature = signature(&SignatureState::of(&document, &[], Timestamp::now()));
                let day = list.generated.strftime("%Y-%m-%d");
                let mut text = format!("la liste blanche du {day}, {signature}");
                for line in standing(form, &index) {
                    text.push_str(&format!(" ; {line}"));
                }
                self.checked.push(text);
            }
        }
    }

    fn text(
        &self,
        console: &Console,
        name: &str,
        form: Option<&Form>,
        located: &[Located],
    ) -> String {
        let style = console.out;
        let width = style.width.clamp(60, 100);
        let mut head = format!("Annexe 1     {name}");
        if let Some(form) = form {
            match (form.space.test, form.space.production) {
                (true, false) => head.push_str(" · TEST"),
                (false, true) => head.push_str(" · PRODUCTION"),
                _ => {}
            }
        }
        let mut text = format!("{}\n", console.strong(style, &head));
        for one in located {
            text.push('\n');
            text.push_str(&french(&console.excerpt(style, one)));
        }
        text.push('\n');
        for (label, lines) in [
            ("Vérifié      ", &self.checked),
            ("Non vérifié  ", &self.left_out),
            ("Indécis      ", &self.unknown),
        ] {
            for (rank, line) in lines.iter().enumerate() {
                let label = if rank == 0 { label } else { "             " };
                text.push_str(&fill(line, width, label));
                text.push('\n');
            }
        }
        let of = |severity| located.iter().filter(|one| one.problem.severity == severity).count();
        let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
        let count = |count: usize, word: &str| {
            let s = if count > 1 { "s" } else { "" };
            format!("{count} {word}{s}")
        };
        let verdict = if errors > 0 {
            console.bad(style, "À CORRIGER")
        } else if !self.unknown.is_empty() {
            console.warn(style, "INDÉCIS")
        } else {
            console.good(style, "SANS ERREUR")
        };
        text.push_str(&format!(
            "\n{verdict} · {} · {}\n",
            count(errors, "erreur"),
            count(warnings, "avertissement")
        ));
        text
    }
}

/// What a line says of a list's signature. Whether its signer may sign lists is not looked at here.
fn signature(state: &SignatureState) -> String {
    match state {
        SignatureState::Valid { unusual, .. } if unusual.is_empty() => {
            "signature valide".to_owned()
        }
        SignatureState::Valid { unusual, .. } => {
            let forms: Vec<_> = unusual.iter().map(ToString::to_string).collect();
            format!("signature valide, de forme inhabituelle ({})", forms.join(", "))
        }
        SignatureState::Undecided { error, .. } => format!("signature non vérifiée ({error})"),
        SignatureState::Invalid { error, .. } => format!("signature NON VALIDE ({error})"),
    }
}

/// The excerpt's one English word, which its library does not let be chosen; same width.
fn french(excerpt: &str) -> String {
    match excerpt.rfind("help: ") {
        Some(at) => format!("{}aide: {}", &excerpt[..at], &excerpt[at + "help: ".len()..]),
        None => excerpt.to_owned(),
    }
}

impl From<DocumentError> for Trouble {
    fn from(error: DocumentError) -> Self {
        Self::Usage(Report::new(error))
    }
}
