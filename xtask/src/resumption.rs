//! A run that is resumed: in the same world, with what of it can be kept.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use suite::{
    runner::{Head, Kept},
    scenario::Library,
    target::Observation,
};

use crate::{exit::Trouble, target::Bench};

/// SHA-256 of the whitelist that the space serves.
pub(crate) fn list_digest(bench: &Bench) -> String {
    hex::encode(Sha256::digest(bench.space.whitelist_xml()))
}

/// Refuses to resume a run in another world than that in which it began.
pub(crate) fn same(head: &Head, library: &Library, bench: &Bench) -> Result<(), Trouble> {
    let differs = if head.catalogue_sha256 != library.sha256 {
        "les scénarios ne sont plus ceux de la campagne"
    } else if head.suite_version != suite::VERSION {
        "la campagne vient d'une autre version de la suite"
    } else if head.whitelist_sha256.as_ref().is_some_and(|list| *list != list_digest(bench)) {
        "la liste blanche de l'espace a changé depuis le début de la campagne"
    } else {
        return Ok(());
    };
    Err(Trouble::usage(
        format!("{differs} : ses deux moitiés ne feraient pas une campagne"),
        "remettez-les comme ils étaient, ou lancez une autre campagne sans --resume",
    ))
}

/// What can be kept of a run that is resumed; nothing of one that begins.
pub(crate) fn kept(library: &Library, bench: &Bench, folder: &Path, head: &Head) -> Kept {
    if head.resumed == 0 {
        return Kept::default();
    }
    let mut kept = Kept::read(library, folder, &head.tokens(), head.resumed);
    // A maildir keeps what came meanwhile; a receiving peer of ours was not there to receive it.
    let target = &bench.target;
    if matches!(target.delivery, Observation::Sink(..)) || target.outgoing.is_some() {
        kept.forget_unwatched();
    }
    kept
}
