//! A rehearsal: the nominal message alone, before a first run.

use std::{fs, path::Path};

use fixtures::space::Space;
use jiff::Timestamp;

use super::{control::control, options::NOMINAL, run::RunError};
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
    /// Whether it was seen to be delivered; `None` when that cannot be observed.
    pub delivered: Option<bool>,
}

/// Sends the nominal message once; `None` when the target lacks what it needs. The transcript goes
/// into `folder`.
///
/// # Errors
/// [`RunError::Output`].
pub async fn rehearse(
    library: &Library,
    space: &Space,
    target: &Target,
    folder: &Path,
) -> Result<Option<Rehearsal>, RunError> {
    let offers = target.capabilities();
    let nominal = library.scenarios.iter().find(|scenario| scenario.id.as_str() == NOMINAL);
    let Some(nominal) = nominal.filter(|nominal| nominal.needs.is_subset(&offers)) else {
        return Ok(None);
    };
    let output = |source| RunError::Output { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(output)?;
    let now = Timestamp::now().as_microsecond();
    let tokens = Tokens::new(now.unsigned_abs(), now);
    let seen = control("essai", nominal, space, target, &tokens, folder).await.map_err(output)?;
    let watched = target.delivery != Observation::None && seen.accepted;
    let delivered = watched.then(|| seen.delivered());
    Ok(Some(Rehearsal { accepted: seen.accepted, observed: seen.observed, delivered }))
}
