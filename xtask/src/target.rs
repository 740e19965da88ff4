//! The options that name a target and its space, and what they come to.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use fixtures::{
    pki::{Clock, KeyPool, Variant},
    smtp::guard::{Guard, UNREAD},
    space::{Space, cast, kit},
};
use jiff::Timestamp;
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use suite::{
    scenario::Library,
    target::{Endpoint, Look, Observers, Target, TargetDocument, TargetFile, look},
};

use crate::{
    console::{Console, fill},
    exit::{KEPT_OFF, Trouble},
    place,
};

/// Which proxy is tested, and in which space.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cible")]
pub(crate) struct TargetOptions {
    /// Le proxy à tester : nom ou adresse, port 25 à défaut
    #[arg(long, value_name = "HÔTE[:PORT]", conflicts_with = "config")]
    pub(crate) target: Option<Endpoint>,

    /// Déclaration de la cible (boîtes de test, domaine, remise…)
    #[arg(long, value_name = "TARGET.TOML")]
    pub(crate) config: Option<PathBuf>,

    /// Espace simulé auquel la cible fait confiance, créé par `cargo xtask kit`
    #[arg(long, value_name = "DOSSIER")]
    pub(crate) space: Option<PathBuf>,

    /// Confirme une cible hors de la boucle locale
    #[arg(long)]
    pub(crate) yes: bool,

    /// Accepte une cible dont le certificat est de l'IGC-Santé de production
    #[arg(long)]
    pub(crate) production_target: bool,

    /// Joue aussi les scénarios qui pourraient gêner un serveur fragile
    #[arg(long)]
    pub(crate) destructive: bool,

    /// What a run that is resumed was begun with.
    #[arg(skip)]
    pub(crate) former: Option<Former>,
}

/// The target of a run that is resumed.
#[derive(Clone, Debug)]
pub(crate) struct Former {
    /// Its declaration, command line included; `None` for the embedded proxy.
    pub(crate) file: Option<TargetFile>,
    /// The options as typed.
    pub(crate) typed: String,
    /// When the run began.
    pub(crate) begun: Timestamp,
}

/// A space at work, a target, and what observes it. Everything stops on drop.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) space: Space,
    pub(crate) target: Target,
    _proxy: Option<Proxy>,
    _observers: Observers,
}

/// What the command line names, before anything is started.
#[derive(Debug)]
enum Named {
    /// The embedded reference proxy.
    Embedded,
    /// A target, as a file declares it or the command line.
    Declared(Box<TargetDocument>),
}

impl TargetOptions {
    /// The options as typed, to suggest another command with them.
    pub(crate) fn typed(&self) -> String {
        if let Some(former) = &self.former {
            return former.typed.clone();
        }
        let mut text = String::new();
        if let Some(endpoint) = &self.target {
            text.push_str(&format!(" --target {endpoint}"));
        }
        for (option, path) in [("--space", &self.space), ("--config", &self.config)] {
            if let Some(path) = path {
                text.push_str(&format!(" {option} {}", place::typed(path)));
            }
        }
        let flags = [
            ("--yes", self.yes),
            ("--production-target", self.production_target),
            ("--destructive", self.destructive),
        ];
        flags.iter().filter(|(_, on)| *on).for_each(|(flag, _)| text.push_str(&format!(" {flag}")));
        text
    }

    /// The declaration of the target as the command line completes it, its paths absolute; `None` for
    /// the embedded proxy.
    pub(crate) fn declared(&self) -> Result<Option<TargetFile>, Trouble> {
        let Named::Declared(declared) = self.named()? else { return Ok(None) };
        let mut file = declared.file;
        for path in &mut file.delivery.maildirs {
            *path = std::path::absolute(&path).map_err(Trouble::of)?;
        }
        Ok(Some(file))
    }

    /// Reads what is named.
    fn named(&self) -> Result<Named, Trouble> {
        if let Some(former) = &self.former {
            return Ok(match &former.file {
                None => Named::Embedded,
                Some(file) => {
                    Named::Declared(Box::new(TargetDocument::of("run.json", file.clone())))
                }
            });
        }
        let path = match (&self.config, &self.space) {
            (Some(config), _) => Some(config.clone()),
            (None, Some(space)) => {
                if !space.join("space.toml").exists() {
                    let path = space.clone();
                    return Err(fixtures::space::SpaceError::NotASpace { path }.into());
                }
                Some(space.join(kit::TARGET_TOML))
            }
            (None, None) => None,
        };
        let mut declared = match (&path, &self.target) {
            (Some(path), _) => TargetDocument::read(path)?,
            (None, Some(_)) => TargetDocument::of("--target", TargetFile::default()),
            (None, None) => return Ok(Named::Embedded),
        };
        let file = &mut declared.file;
        if let Some(endpoint) = &self.target {
            file.host.clone_from(&endpoint.host);
            file.port = endpoint.port.or(Some(25));
        }
        file.confirm |= self.yes;
        file.destructive |= self.destructive;
        if self.space.is_none() && (file.trusts_space || file.uses_crl || file.uses_dns) {
            let key = if file.trusts_space {
                "trusts_space"
            } else if file.uses_crl {
                "uses_crl"
            } else {
                "uses_dns"
            };
            let name = path.as_deref().map(place::shown).unwrap_or_default();
            return Err(Trouble::usage(
                format!("{name} : {key} = true demande l'espace simulé que la cible utilise"),
                format!(
                    "ajoutez --space DOSSIER (créé par cargo xtask kit --space DOSSIER), ou \
                     retirez {key} de {name}"
                ),
            ));
        }
        Ok(Named::Declared(Box::new(declared)))
    }

    /// The target, checked, with what it declares of these scenarios, and resolved; `None` for the
    /// embedded proxy, which is not started yet.
    pub(crate) async fn target(&self, library: &Library) -> Result<Option<Target>, Trouble> {
        match self.named()? {
            Named::Embedded => Ok(None),
            Named::Declared(declared) => {
                let ids: Vec<&str> = library.scenarios.iter().map(|one| one.id.as_str()).collect();
                let mut target = declared.check(&ids).await?;
                if self.production_target {
                    target.guard = Guard::none();
                }
                Ok(Some(target))
            }
        }
    }

    /// Starts the space, the embedded proxy or the observers.
    pub(crate) async fn bench(
        &self,
        console: &Console,
        library: &Library,
    ) -> Result<Bench, Trouble> {
        let target = self.target(library).await?;
        if let Some(target) = &target {
            confirmed(target)?;
        }
        let space = match &self.space {
            Some(dir) => Space::open(dir, Clock::System).await?,
            None => ephemeral(console).await?,
        };
        let Some(target) = target else {
            let memory = Delivery::Memory(space.mailroom().clone());
            let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            let config = ProxyConfig::of_space(&space, anywhere, memory).map_err(Trouble::of)?;
            let proxy = Proxy::start(config).await.map_err(Trouble::of)?;
            let target = proxy.target();
            let _observers = Observers::default();
            return Ok(Bench { space, target, _proxy: Some(proxy), _observers });
        };
        let limit = target.reply_time;
        let address = target.endpoint();
        let target = target.reached(limit).await.map_err(|failed| {
            let each: Vec<String> =
                failed.iter().map(|(address, end)| format!("{address} : {end}")).collect();
            Trouble::from(suite::runner::RunError::Unreachable { address, why: each.join(" ; ") })
        })?;
        let _observers = Observers::since(
            &target,
            &space,
            self.former.as_ref().map(|former| former.begun.into()),
        )
        .await?;
        Ok(Bench { space, target, _proxy: None, _observers })
    }

    /// Looks at the target before anything is sent to it, and refuses one of production, or one that
    /// announces STARTTLS and whose certificate cannot be read.
    pub(crate) async fn first_look(&self, bench: &Bench) -> Result<Look, Trouble> {
        let seen = self.look(bench).await?;
        match blind(&seen) {
            Some(why) if !self.production_target => Err(Trouble::usage(
                format!("{} : {why} ; rien n'a été envoyé", bench.target.shown()),
                BLIND,
            )),
            _ => Ok(seen),
        }
    }

    /// The same, which leaves a certificate that cannot be read to the caller.
    pub(crate) async fn look(&self, bench: &Bench) -> Result<Look, Trouble> {
        let target = &bench.target;
        let identity = bench.space.identity(&cast::OPERATORS[0], Variant::Valid)?.certified();
        // No shorter than a run waits: some targets make every client wait.
        let seen = look(target, Some(identity), target.reply_time).await;
        if let Some(why) = target.guard.closed() {
            return Err(Trouble::usage(
                format!(
                    "{} présente un {why} : cette suite s'adresse à une plate-forme de test ; rien \
                     n'a été envoyé",
                    target.shown()
                ),
                KEPT_OFF,
            ));
        }
        seen.map_err(|end| {
            let address = target.shown();
            Trouble::from(suite::runner::RunError::unreachable(address, &end))
        })
    }
}

/// `--scenarios` as typed, where a folder of one's own is played.
pub(crate) fn scenarios_typed(folder: Option<&std::path::Path>) -> String {
    folder.map(|folder| format!(" --scenarios {}", place::typed(folder))).unwrap_or_default()
}

/// Why nothing may be sent to a target that was looked at in vain, if so.
pub(crate) fn blind(look: &Look) -> Option<String> {
    let why = look.tls.as_ref().err().map(String::as_str).unwrap_or("certificat illisible");
    look.is_blind().then(|| {
        format!("{UNREAD} ({why}), et rien ne dit que cette cible n'est pas de production")
    })
}

/// What to do then.
pub(crate) const BLIND: &str = "corrigez le STARTTLS de la cible ; si c'est bien une plate-forme de test, \
     ajoutez --production-target pour la solliciter sans avoir lu son certificat";

/// Refuses a target that is not on loopback and that nobody confirmed.
fn confirmed(target: &Target) -> Result<(), Trouble> {
    let away = target.addresses().find(|address| !address.ip().is_loopback());
    let Some(away) = away.filter(|_| !target.confirmed) else { return Ok(()) };
    Err(Trouble::usage(
        format!(
            "{} ({}) n'est pas sur la boucle locale : confirmez que ce proxy est une \
             plate-forme de test, et que vous avez le droit de la solliciter",
            target.endpoint(),
            away.ip()
        ),
        "relancez la même commande avec --yes, ou écrivez confirm = true dans target.toml",
    ))
}

/// A space of this run alone, with the keys of former runs.
pub(crate) async fn ephemeral(console: &Console) -> Result<Space, Trouble> {
    let folder = place::keys();
    // The pool makes its own folder private, and would make the one above it private too.
    std::fs::create_dir_all(place::runs()).map_err(Trouble::of)?;
    let pool = KeyPool::open(&folder)?;
    let first = std::fs::read_dir(&folder).map_or(true, |mut files| files.next().is_none());
    let spinner = first.then(|| {
        let text = format!(
            "Première exécution : génération des clés de l'IGC simulée dans {} (quelques \
             secondes, une seule fois)…",
            place::shown(&folder)
        );
        if console.live {
            let bar = indicatif::ProgressBar::new_spinner();
            bar.set_message(text);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            console.note(&fill(&text, console.err.width, ""));
            indicatif::ProgressBar::hidden()
        }
    });
    let space = Space::ephemeral(&pool, Clock::System).await;
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    Ok(space?)
}
