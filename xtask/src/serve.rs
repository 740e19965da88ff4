//! `serve`: keeps the simulated space and the reference proxy running, for work by hand.

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use fixtures::{
    log::{Access, Asked, Question, Service},
    pki::{Clock, Variant},
    smtp::mailroom::Delivery as Letter,
    space::{Space, cast},
};
use jiff::Timestamp;
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use tokio::sync::watch;

use crate::{
    console::Console,
    exit::{self, Trouble},
    kit, place,
    stop::Stop,
    target,
};

const LONG: &str = "\
Démarre l'espace simulé (liste blanche, CRL, DNS, pair récepteur) et le proxy de référence, et les garde \
jusqu'à Ctrl-C : pour essayer à la main, avec swaks ou openssl, ou pour laisser une cible lire la liste \
blanche pendant qu'on la configure. Chaque lecture et chaque message reçu s'affiche.";

const END: &str = "\
Exemples :
  cargo xtask serve
  cargo xtask serve --space kit                     (les adresses du kit)
  cargo xtask serve --space kit --listen 127.0.0.1:2525 --maildir /tmp/boite

Codes de sortie : 0 arrêté par Ctrl-C · 2 commande à corriger · 3 port pris, espace périmé
";

/// Garde l'espace simulé et le proxy de référence en marche, pour essayer à la main
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Serve {
    /// Espace créé par `cargo xtask kit` (à défaut, un espace éphémère)
    #[arg(long, value_name = "DOSSIER")]
    space: Option<PathBuf>,

    /// Où le proxy de référence écoute (à défaut, un port libre de 127.0.0.1)
    #[arg(long, value_name = "ADRESSE:PORT", value_parser = kit::address)]
    listen: Option<SocketAddr>,

    /// Dossier Maildir où le proxy remet les messages (à défaut, en mémoire)
    #[arg(long, value_name = "DOSSIER")]
    maildir: Option<PathBuf>,
}

impl Serve {
    /// Serves until told to stop.
    pub(crate) async fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let stop = Stop::listen(*console)?;
        let space = match &self.space {
            Some(dir) => Space::open(dir, Clock::System).await?,
            None => target::ephemeral(console).await?,
        };
        let delivery = match &self.maildir {
            Some(dir) => {
                maildir(dir)?;
                Delivery::Maildir(dir.clone())
            }
            None => Delivery::Memory(space.mailroom().clone()),
        };
        let listen = self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let config = ProxyConfig::of_space(&space, listen, delivery).map_err(Trouble::of)?;
        let proxy = Proxy::start(config).await.map_err(|error| {
            Trouble::environment(
                error.to_string(),
                "arrêtez ce qui occupe ce port, ou donnez une autre adresse avec --listen",
            )
        })?;
        let peer = peer(&space)?;
        console.say(&addresses(console, &space, &proxy, &peer, self.maildir.as_deref()));
        console.say(&console.dim(console.out, "En marche ; Ctrl-C pour arrêter.\n"));
        log(console, &space, stop.quiet()).await;
        console.note("Arrêté.");
        Ok(exit::YES)
    }
}

/// Makes the three folders of a maildir.
fn maildir(dir: &Path) -> Result<(), Trouble> {
    for folder in ["tmp", "new", "cur"] {
        let path = dir.join(folder);
        fs::create_dir_all(&path).map_err(|error| {
            Trouble::environment(
                format!("{} : création impossible ({error})", path.display()),
                "donnez un dossier où vous avez le droit d'écrire",
            )
        })?;
    }
    Ok(())
}

/// Files of a peer's identity, for other programs.
struct Peer {
    certificate: PathBuf,
    key: PathBuf,
    root: PathBuf,
}

/// Writes alpha's valid certificate and key where swaks and openssl can read them.
fn peer(space: &Space) -> Result<Peer, Trouble> {
    let identity = space.identity(&cast::OPERATORS[0], Variant::Valid)?;
    let folder = place::runs().join("serve");
    let peer = Peer {
        certificate: folder.join("alpha.pem"),
        key: folder.join("alpha.key"),
        root: folder.join("root.pem"),
    };
    let write = |path: &Path, text: &str, mode: u32| {
        let written = fs::create_dir_all(&folder).and_then(|()| {
            if path.exists() {
                fs::remove_file(path)?;
            }
            let mut file =
                fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|error| Trouble::of(format!("{} : {error}", path.display())))
    };
    write(&peer.certificate, &identity.chain_pem(), 0o644)?;
    write(&peer.key, &identity.key().private_pem(), 0o600)?;
    write(&peer.root, &space.pki().root_pem(), 0o644)?;
    Ok(peer)
}

fn addresses(
    console: &Console,
    space: &Space,
    proxy: &Proxy,
    peer: &Peer,
    maildir: Option<&Path>,
) -> String {
    let alpha = &cast::OPERATORS[0];
    let settings = space.settings();
    let address = proxy.address();
    let names = space.target_names();
    let domain = names.domains.first().unwrap_or(&names.host);
    let strong = |text| console.strong(console.out, text);
    format!(
        "\
{title}
  proxy de référence  {address}   boîtes test@{domain}, test2@{domain}
  remise              {delivery}
  liste blanche       {whitelist} ({whitelist_listen})
  CRL                 {crl}
  DNS                 {dns}
  pair récepteur      {sink}
  certificat d'alpha  {certificate}
  sa clé              {key}
  racine de TEST      {root}

{example}
  swaks --server {address} --local-interface {source} --helo {helo} \\
    --tls --tls-verify --tls-ca-path {root} \\
    --tls-cert {certificate} --tls-key {key} \\
    --from emetteur@{from} --to test@{domain} --h-Subject 'TEST'
  openssl s_client -starttls smtp -connect {address} -name {helo} \\
    -cert {certificate} -key {key} -CAfile {root}
  dig @{dns_ip} -p {dns_port} MX {from}
",
        title = strong("Espace simulé et proxy de référence"),
        example = strong("Exemples"),
        delivery = maildir.map_or_else(|| "en mémoire".to_owned(), place::shown),
        whitelist = space.whitelist_url(),
        whitelist_listen = settings.whitelist_listen,
        crl = space.crl_url(),
        dns = settings.dns_listen,
        dns_ip = settings.dns_listen.ip(),
        dns_port = settings.dns_listen.port(),
        sink = settings.smtp_listen,
        certificate = place::pasted(&peer.certificate),
        key = place::pasted(&peer.key),
        root = place::pasted(&peer.root),
        source = alpha.source(),
        helo = alpha.host,
        from = alpha.domain(),
    )
}

/// Shows what is fetched, asked and received.
async fn log(console: &Console, space: &Space, mut stop: watch::Receiver<bool>) {
    let mut seen = space.log().mark();
    let mut letters = 0;
    let forever = std::time::Duration::from_secs(3600);
    let show = |what: &str, text: String| {
        let now = Timestamp::now().strftime("%H:%M:%SZ");
        console.say(&format!("{}  {what:14}  {text}", console.dim(console.out, &now.to_string())));
    };
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = space.log().wait(seen, forever, |_| true) => {
                let next = space.log().mark();
                for access in space.log().since(seen) {
                    let (what, text) = asked(&access);
                    show(what, text);
                }
                seen = next;
            }
            letter = space.mailroom().nth(letters) => {
                letters += 1;
                show("message reçu", received(&letter));
            }
        }
    }
}

/// What was asked of the space, and how it was answered.
fn asked(access: &Access) -> (&'static str, String) {
    let from = access.peer.ip();
    match &access.asked {
        Asked::Dns(Question { name, kind, outcome, .. }) => {
            ("DNS", format!("{} {kind} → {outcome}, à {}", printable(name), access.peer))
        }
        Asked::Http(fetch) => (
            of(fetch.service),
            format!("{} ({}) par {from}", printable(&fetch.path), fetch.answer()),
        ),
        Asked::Handshake(handshake) => {
            (of(handshake.service), format!("{} par {from}", printable(&handshake.to_string())))
        }
        Asked::Smtp => ("connexion", format!("au pair récepteur, de {from}")),
    }
}

fn of(service: Service) -> &'static str {
    match service {
        Service::Whitelist => "liste blanche",
        Service::Revocation => "CRL",
    }
}

fn received(letter: &Letter) -> String {
    let text = String::from_utf8_lossy(&letter.raw);
    let subject = text
        .lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix("Subject: "))
        .unwrap_or("(sans sujet)");
    format!(
        "{} octets pour {} · {}",
        letter.raw.len(),
        printable(&letter.recipients.join(", ")),
        printable(subject)
    )
}

/// What others sent, with nothing that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
