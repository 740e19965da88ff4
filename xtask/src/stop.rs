//! Ctrl-C, SIGTERM and SIGHUP (a terminal that went away): the first one asks for an orderly end, a
//! second Ctrl-C or SIGTERM ends at once.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::{console::Console, exit, exit::Trouble};

/// What a first signal does.
const END_AT_ONCE: u8 = 0;
const END_A_RUN: u8 = 1;
const END_QUIETLY: u8 = 2;

/// The wish to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    asked: watch::Receiver<bool>,
    manner: Arc<AtomicU8>,
}

impl Stop {
    /// Listens to both signals. Until [`Self::orderly`] or [`Self::quiet`] is called, the first one
    /// ends the process: there is nothing to save yet.
    pub(crate) fn listen(console: Console) -> Result<Self, Trouble> {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Trouble::of)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Trouble::of)?;
        // Under nohup it is ignored, and must stay so.
        let mut hang_up = match ignored(SIGHUP) {
            true => None,
            false => Some(signal(SignalKind::hangup()).map_err(Trouble::of)?),
        };
        let (ask, asked) = watch::channel(false);
        let manner = Arc::new(AtomicU8::new(END_AT_ONCE));
        let stop = Self { asked, manner: Arc::clone(&manner) };
        tokio::spawn(async move {
            tokio::select! {
                () = either(&mut interrupt, &mut terminate) => {}
                Some(_) = async { hang_up.as_mut()?.recv().await } => {}
            }
            match manner.load(Ordering::SeqCst) {
                END_AT_ONCE => {
                    console.note("\nInterrompu avant la fin ; rien n'a été enregistré.");
                    std::process::exit(exit::INTERRUPTED.into());
                }
                END_A_RUN => console.note(
                    "\nArrêt demandé : la campagne se termine… (Ctrl-C encore : tout de suite)",
                ),
                _ => {}
            }
            ask.send_replace(true);
            // Not a second SIGHUP: the shell and the system may both send one.
            either(&mut interrupt, &mut terminate).await;
            console.note("\nArrêt immédiat : ce qui est joué est gardé, et la prochaine commande dira comment reprendre.");
            std::process::exit(exit::INTERRUPTED.into());
        });
        Ok(stop)
    }

    /// From now on there is something to save.
    pub(crate) fn orderly(&self) -> watch::Receiver<bool> {
        self.manner.store(END_A_RUN, Ordering::SeqCst);
        self.asked.clone()
    }

    /// From now on a signal is the ordinary end.
    pub(crate) fn quiet(&self) -> watch::Receiver<bool> {
        self.manner.store(END_QUIETLY, Ordering::SeqCst);
        self.asked.clone()
    }
}

/// Number of SIGHUP, everywhere.
const SIGHUP: u32 = 1;

/// Whether a signal is ignored, as far as the system says (proc(5)).
fn ignored(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
