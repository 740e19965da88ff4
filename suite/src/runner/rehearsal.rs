//! A rehearsal: the nominal message of each family alone, before a first run.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fixtures::space::Space;
use jiff::Timestamp;

use super::{
    control::{Stand, Which, control},
    run::{self, RunError},
};
use crate::{
    family::Family,
    play::Tokens,
    scenario::{Library, Scenario},
    target::{Observation, Target},
};

/// What became of the nominal message of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// The family's title, in French.
    pub family: String,
    /// The transcript.
    pub transcript: PathBuf,
    /// Whether the target accepted it.
    pub accepted: bool,
    /// What was seen, in French.
    pub observed: String,
    /// The reply that put it off at first, if one did: such a target does so with all that is new.
    pub put_off: Option<String>,
    /// Whether it was seen to be delivered; `None` when that cannot be observed.
    pub delivered: Option<bool>,
}

impl Rehearsal {
    /// The longest patience that a rehearsal shares with a run.
    pub const SHORT: Duration = Duration::from_secs(5);
}

/// Sends the nominal message of each family from a sender whom the target never met, and once more after a short
/// patience where it is put off; none where the target lacks what it needs. The transcripts go into `folder`.
///
/// # Errors
/// [`RunError::Output`]; [`RunError::KeptOff`], and nothing more was sent.
pub async fn rehearse(
    library: &Library,
    space: &Space,
    target: &Target,
    folder: &Path,
) -> Result<Vec<Rehearsal>, RunError> {
    let offers = target.capabilities();
    let output = |source| RunError::Output { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(output)?;
    let now = Timestamp::now().as_microsecond();
    let tokens = Tokens::new(now.unsigned_abs(), now);
    let (before, begun) = (Duration::ZERO, Instant::now());
    let stand = Stand { space, target, tokens: &tokens, folder, before, begun };
    let mut all = Vec::new();
    for family in &library.catalogue.families {
        if let Some(nominal) = library.nominal(family)
            && nominal.needs.is_subset(&offers)
        {
            all.push(one(family, nominal, stand).await?);
        }
    }
    Ok(all)
}

async fn one(family: &Family, nominal: &Scenario, stand: Stand<'_>) -> Result<Rehearsal, RunError> {
    let target = stand.target;
    let which = Which::of_run(&family.folder, None);
    let seen = control(which, nominal, &[], stand).await;
    run::kept_on(target)?;
    let put_off = seen.put_off().map(|deferral| deferral.text);
    if put_off.is_some() && target.retry <= Rehearsal::SHORT {
        tokio::time::sleep(target.retry).await;
        seen.again(stand).await;
        run::kept_on(target)?;
    }
    let transcript = seen.path.clone();
    let output = |source| RunError::Output { path: transcript.clone(), source };
    seen.transcript.finish().map_err(output)?;
    let accepted = seen.accepted();
    let watched = target.delivery != Observation::None && accepted;
    let delivered = watched.then(|| seen.delivered());
    let family = family.title.clone();
    let observed = seen.observed();
    Ok(Rehearsal { family, transcript, accepted, observed, put_off, delivered })
}
