//! Ctrl-C and SIGTERM: the first one asks for an orderly end, the second one ends at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::{console::Console, exit, exit::Trouble};

/// The wish to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    asked: watch::Receiver<bool>,
    orderly: Arc<AtomicBool>,
}

impl Stop {
    /// Listens to both signals. Until [`Self::orderly`] is called, the first one ends the process:
    /// there is nothing to save yet.
    pub(crate) fn listen(console: Console) -> Result<Self, Trouble> {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Trouble::of)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Trouble::of)?;
        let (ask, asked) = watch::channel(false);
        let orderly = Arc::new(AtomicBool::new(false));
        let stop = Self { asked, orderly: Arc::clone(&orderly) };
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            if !orderly.load(Ordering::SeqCst) {
                console.note("\nInterrompu : rien n'avait encore été envoyé à la cible.");
                std::process::exit(exit::INTERRUPTED.into());
            }
            console
                .note("\nArrêt demandé : la campagne se termine… (Ctrl-C encore : tout de suite)");
            ask.send_replace(true);
            either(&mut interrupt, &mut terminate).await;
            console.note("\nArrêt immédiat : l'enregistrement de la campagne n'est pas complet.");
            std::process::exit(exit::INTERRUPTED.into());
        });
        Ok(stop)
    }

    /// From now on there is something to save.
    pub(crate) fn orderly(&self) -> watch::Receiver<bool> {
        self.orderly.store(true, Ordering::SeqCst);
        self.asked.clone()
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
