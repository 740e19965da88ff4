//! A rehearsal: the nominal message alone, before a first run.

use std::{fs, path::Path, time::Duration};

use fixtures::space::Space;
use jiff::Timestamp;

use super::{
    control::{Sender, Stand, control},
    run::{self, RunError},
};
use crate::{
    play::Tokens,
    scenario::Library,
    target::{Observation, Target},
};

/// What became of the nominal message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
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

/// Sends the nominal message from a sender whom the target never met, and once more after a short
/// patience where it is put off; `None` when the target lacks what it needs. The transcript goes
/// into `folder`.
///
/// # Errors
/// [`RunError::Output`]; [`RunError::KeptOff`], and nothing more was sent.
pub async fn rehearse(
    library: &Library,
    space: &Space,
    target: &Target,
    folder: &Path,
) -> Result<Option<Rehearsal>, RunError> {
    let offers = target.capabilities();
    let Some(nominal) = library.control().filter(|nominal| nominal.needs.is_subset(&offers)) else {
        return Ok(None);
    };
    let output = |source| RunError::Output { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(output)?;
    let now = Timestamp::now().as_microsecond();
    let tokens = Tokens::new(now.unsigned_abs(), now);
    let stand = Stand { space, target, tokens: &tokens, folder };
    let seen = control("essai", Sender::Newcomer, nominal, stand).await;
    run::kept_on(target)?;
    let put_off = seen.put_off().map(|deferral| deferral.text);
    if put_off.is_some() && target.retry <= Rehearsal::SHORT {
        tokio::time::sleep(target.retry).await;
        seen.again(stand).await;
        run::kept_on(target)?;
    }
    seen.transcript.finish().map_err(output)?;
    let accepted = seen.accepted();
    let watched = target.delivery != Observation::None && accepted;
    let delivered = watched.then(|| seen.delivered());
    Ok(Some(Rehearsal { accepted, observed: seen.observed(), put_off, delivered }))
}
