//! What the suite runs beside the space to observe deliveries: receiving peers and watched maildirs.

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use fixtures::{
    smtp::{
        maildir::MaildirWatcher,
        sink::{Sink, SinkConfig, SinkProtocol},
    },
    space::Space,
};

use super::{Observation, Target};

/// How often maildirs are scanned.
const EVERY: Duration = Duration::from_millis(100);

/// The observers of a run; they stop when dropped.
#[derive(Debug, Default)]
pub struct Observers {
    sinks: Vec<Sink>,
    watcher: Option<MaildirWatcher>,
}

/// Deliveries cannot be observed as `target.toml` says. The operator corrects it, or frees the port.
#[derive(Debug, thiserror::Error)]
pub enum ObserverError {
    /// An address cannot be listened on.
    #[error(
        "{key} : impossible d'écouter sur {address} ({source}) ; arrêtez ce qui occupe ce port, ou corrigez {key} dans target.toml"
    )]
    Listen {
        /// The key of `target.toml`.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// The operating system's words.
        source: io::Error,
    },
    /// A maildir cannot be read.
    #[error(
        "delivery.maildirs : {source} ; corrigez le chemin dans target.toml, ou donnez à votre compte le droit de lire ce dossier"
    )]
    Maildir {
        /// The operating system's words, with the path.
        source: io::Error,
    },
}

impl Observers {
    /// Starts what `target` declares and the space does not run already. Everything goes into the
    /// space's mailroom.
    ///
    /// # Errors
    /// [`ObserverError`].
    pub async fn start(target: &Target, space: &Space) -> Result<Self, ObserverError> {
        Self::since(target, space, None).await
    }

    /// The same, of a run that began earlier: what came into the maildirs since `begun` counts.
    ///
    /// # Errors
    /// [`ObserverError`].
    pub async fn since(
        target: &Target,
        space: &Space,
        begun: Option<SystemTime>,
    ) -> Result<Self, ObserverError> {
        let mut wanted: Vec<(&'static str, SocketAddr, SinkProtocol)> = Vec::new();
        let mut observers = Self::default();
        match &target.delivery {
            Observation::Sink(address, protocol) => {
                wanted.push(("delivery.sink", *address, *protocol));
            }
            Observation::Maildir(roots) => observers.watcher = Some(watch(roots, space, begun)?),
            Observation::Memory | Observation::None => {}
        }
        if let Some(address) = target.outgoing
            && wanted.iter().all(|(_, taken, _)| *taken != address)
        {
            wanted.push(("outgoing.sink", address, SinkProtocol::Smtp));
        }
        for (key, address, protocol) in wanted {
            // The space's own receiving peer speaks SMTP there already.
            if address == space.sink().address() && protocol == SinkProtocol::Smtp {
                continue;
            }
            let config =
                SinkConfig { log: space.log().clone(), ..SinkConfig::new(address, protocol) };
            let sink = Sink::start(config, space.mailroom().clone())
                .await
                .map_err(|source| ObserverError::Listen { key, address, source })?;
            observers.sinks.push(sink);
        }
        Ok(observers)
    }

    /// The addresses listened on beside the space's.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.sinks.iter().map(Sink::address)
    }
}

fn watch(
    roots: &[PathBuf],
    space: &Space,
    begun: Option<SystemTime>,
) -> Result<MaildirWatcher, ObserverError> {
    MaildirWatcher::since(roots.to_vec(), space.mailroom().clone(), EVERY, begun)
        .map_err(|source| ObserverError::Maildir { source })
}

#[cfg(test)]
mod tests {
    use fixtures::pki::{Clock, KeyPool};

    use super::*;

    async fn space() -> Space {
        let dir = tempfile::tempdir().expect("a folder");
        let pool = KeyPool::open(&dir.path().join("keys")).expect("a pool");
        Space::ephemeral(&pool, Clock::System).await.expect("starts")
    }

    fn target(delivery: Observation, outgoing: Option<SocketAddr>) -> Target {
        let address = SocketAddr::from(([127, 0, 0, 1], 2525));
        Target { delivery, outgoing, embedded: false, ..Target::embedded(address) }
    }

    #[tokio::test]
    async fn what_the_space_does_not_run_is_started_and_a_taken_port_is_named() {
        let space = space().await;
        let own = space.sink().address();
        let smtp = SinkProtocol::Smtp;
        let none = Observers::start(&target(Observation::Sink(own, smtp), Some(own)), &space).await;
        assert_eq!(none.expect("nothing to start").addresses().count(), 0);

        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let lmtp = Observation::Sink(any, SinkProtocol::Lmtp);
        let started = Observers::start(&target(lmtp, Some(own)), &space).await.expect("starts");
        assert_eq!(started.addresses().count(), 1);

        let taken = Observation::Sink(own, SinkProtocol::Lmtp);
        let error = Observers::start(&target(taken, None), &space).await.expect_err("taken");
        assert!(error.to_string().contains("delivery.sink"), "{error}");

        let nowhere = Observation::Maildir(vec!["/nulle/part".into()]);
        let error = Observers::start(&target(nowhere, None), &space).await.expect_err("no folder");
        assert!(error.to_string().contains("/nulle/part"), "{error}");
    }
}
