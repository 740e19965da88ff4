//! `kit`: a persistent simulated space, for an operator to configure its test proxy with.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use annexe1::{Severity, check_dn};
use clap::Args;
use fixtures::{
    pki::{Clock, Expiry},
    space::{
        TargetIdentity, kit,
        settings::{Settings, Wanted},
    },
};

use crate::{
    console::{Console, fill},
    exit::{self, Trouble},
    place,
};

const LONG: &str = "\
Crée un espace de confiance simulé (IGC-Santé de TEST, liste blanche signée, CRL, DNS) dans un dossier \
que la cible installe une fois. Les adresses sont tirées à la création, puis gardées : les certificats \
portent celle des CRL, et la cible celle de la liste blanche.";

const END: &str = "\
Exemples :
  cargo xtask kit --space kit
  cargo xtask kit --space kit --http-listen 192.0.2.10:8080 --whitelist-listen 192.0.2.10:8443
  cargo xtask kit --space kit --http-listen 0.0.0.0:8080 --advertise 192.0.2.10
  cargo xtask kit --space kit --mx-host mx-test.hopital.fr --domain test.hopital.mssante.fr
  cargo xtask kit --space kit --dn 'CN=mx-test.ch.fr,OU=1750000010,O=CH,ST=Paris (75),C=FR'
  cargo xtask kit --space kit --renew
  cargo xtask kit --space kit --resign              (après avoir modifié whitelist.xml)

Les adresses sont sur la boucle locale à défaut : si la cible est sur une autre machine, donnez une \
adresse de celle-ci, que la cible peut joindre. Pour écouter sur toutes (0.0.0.0), ajoutez \
--advertise, que les certificats portent. Un résolveur qui n'interroge que le port 53 demande \
--dns-listen ADRESSE:53 (en root, ou avec CAP_NET_BIND_SERVICE).

À défaut, la cible a une identité fictive. --dn, --mx-host et --domain lui donnent la vôtre, de TEST, \
que portent le certificat émis, la liste blanche, le DNS et target.toml, et à laquelle se compare \
votre annexe 1.

Codes de sortie : 0 écrit · 2 il y a déjà un espace, ou il n'y en a pas à renouveler
                  3 écriture impossible, port pris
";

/// Crée ou renouvelle un espace simulé à installer chez la cible
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Kit {
    /// Dossier de l'espace
    #[arg(long, value_name = "DOSSIER")]
    space: PathBuf,

    /// Réémet ce qui expire : mêmes clés, mêmes adresses, mêmes autorités
    #[arg(long)]
    renew: bool,

    /// Signe de nouveau la liste blanche telle qu'elle est, et réécrit trust/, target/ et peers/
    #[arg(long, conflicts_with = "renew")]
    resign: bool,

    /// Le DN de votre certificat de TEST, comme la liste blanche l'écrit : CN=…,OU=…,O=…,ST=…,C=FR
    #[arg(long, value_name = "DN", conflicts_with_all = ["renew", "resign"])]
    dn: Option<String>,

    /// L'hôte de votre MX de TEST, qui est le CN de son certificat
    #[arg(long, value_name = "NOM", conflicts_with_all = ["renew", "resign"])]
    mx_host: Option<String>,

    /// Un domaine de messagerie de TEST de la cible ; peut être répété
    #[arg(long, value_name = "DOMAINE", conflicts_with_all = ["renew", "resign"])]
    domain: Vec<String>,

    /// L'adresse par laquelle la cible joint cette machine, si ce n'est pas celle d'écoute
    #[arg(long, value_name = "ADRESSE", conflicts_with_all = ["renew", "resign"], value_parser = ip)]
    advertise: Option<IpAddr>,

    /// Où la liste blanche est servie, en HTTPS
    #[arg(long, value_name = "ADRESSE:PORT", conflicts_with = "renew", value_parser = address)]
    whitelist_listen: Option<SocketAddr>,

    /// Où les CRL sont servies, en HTTP
    #[arg(long, value_name = "ADRESSE:PORT", conflicts_with = "renew", value_parser = address)]
    http_listen: Option<SocketAddr>,

    /// Où le DNS simulé répond, en UDP et TCP
    #[arg(long, value_name = "ADRESSE:PORT", conflicts_with = "renew", value_parser = address)]
    dns_listen: Option<SocketAddr>,

    /// Où le pair récepteur reçoit, en SMTP
    #[arg(long, value_name = "ADRESSE:PORT", conflicts_with = "renew", value_parser = address)]
    smtp_listen: Option<SocketAddr>,
}

/// Reads an address without a port.
fn ip(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "forme attendue : une adresse IP, par exemple 192.0.2.10".to_owned())
}

/// Reads an address to listen on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "forme attendue : ADRESSE:PORT, par exemple 127.0.0.1:8080 (port 0 : au choix)".to_owned()
    })
}

impl Kit {
    /// Makes or renews it.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let dir = &self.space;
        if self.renew {
            let expiry = kit::renew(dir, Clock::System)?;
            console.say(&format!(
                "Espace renouvelé dans {}\n\n{}\n\nRechargez chez la cible trust/, target/ et, si \
                 elle n'est pas relue d'elle-même, la liste blanche.",
                place::shown(dir),
                until(&expiry)
            ));
            return Ok(exit::YES);
        }
        if self.resign {
            let expiry = kit::resign(dir, Clock::System)?;
            console.say(&format!(
                "Liste blanche signée de nouveau, avec ses entrées, dans {}\n\n{}\n\nRechargez-la chez la \
                 cible si elle n'est pas relue d'elle-même.",
                place::shown(dir),
                until(&expiry)
            ));
            return Ok(exit::YES);
        }
        let target =
            TargetIdentity::new(self.dn.as_deref(), self.mx_host.as_deref(), &self.domain)?;
        if !dir.join(fixtures::space::settings::FILE).exists() {
            let text = "Création de l'espace simulé : génération de ses clés (quelques secondes)…";
            console.note(&fill(text, console.err.width, ""));
        }
        let wanted = Wanted {
            whitelist: self.whitelist_listen,
            http: self.http_listen,
            dns: self.dns_listen,
            smtp: self.smtp_listen,
            advertise: self.advertise,
        };
        let expiry = kit::create_for(dir, &wanted, &target, Clock::System)?;
        for line in self.remarks() {
            console.note(&fill(&line, console.err.width, "▲ "));
        }
        let settings = Settings::read(dir)?;
        let (shown, typed) = (place::shown(dir), place::pasted(dir));
        let strong = |text: &str| console.strong(console.out, text);
        console.say(&format!(
            "{title}

  trust/root.pem, chain.pem, crl.pem   ce que la cible installe : racine, AC, CRL de TEST
  trust/crl/                           les mêmes CRL, une par fichier, en PEM et en DER
  peers/                               les certificats des pairs et leurs empreintes
  target/cert.pem, key.pem             un certificat de TEST pour la cible
  whitelist.xml                        la liste blanche signée
  target.toml                          la déclaration de la cible, à compléter
  README.md                            le mode d'emploi, avec les adresses

  liste blanche  https://{whitelist}   CRL  http://{http}
  DNS            {dns}                 pair récepteur SMTP  {smtp}

{until}

{next}
  1. installez trust/ et target/ chez la cible, et donnez-lui la liste blanche ({shown}/README.md)
  2. complétez {shown}/target.toml : host, port, boîtes de test
  3. cargo xtask check --space {typed}, puis cargo xtask conformance --space {typed}",
            title = strong(&format!("Espace simulé créé dans {shown}")),
            whitelist = settings.reached(settings.whitelist_listen),
            http = settings.reached(settings.http_listen),
            dns = settings.reached(settings.dns_listen),
            smtp = settings.reached(settings.smtp_listen),
            until = until(&expiry),
            next = strong("Ensuite"),
        ));
        Ok(exit::YES)
    }
}

impl Kit {
    /// What a form with the DN given would be told: the kit is made all the same.
    fn remarks(&self) -> Vec<String> {
        let problems = self.dn.iter().flat_map(|dn| check_dn("--dn", dn.trim()));
        let line = |problem: annexe1::Problem| {
            let weight = match problem.severity {
                Severity::Error => "cargo xtask annexe1 check en ferait une erreur",
                Severity::Warning => "cargo xtask annexe1 check le remarquerait",
            };
            format!("--dn : {} ({}) ; {weight}", problem.message, problem.rule.source())
        };
        problems.map(line).collect()
    }
}

/// Until when the space can be used.
fn until(expiry: &Expiry) -> String {
    format!(
        "Utilisable jusqu'au {} ({}) ; ensuite, ou avant : --renew",
        expiry.at.strftime("%Y-%m-%d"),
        expiry.what
    )
}
