//! What `verify` finds in a dossier, for who checks one and for who is about to make or sign one.

use std::path::Path;

use jiff::Timestamp;
use reports::{
    bundle::Files,
    dossier::{self, Shortfall, Verification, VerificationError},
};
use suite::scenario;

use crate::{exit::Trouble, place};

/// Checks what is to become of a dossier, against the scenarios of a folder or of this repository.
///
/// # Errors
/// It cannot be checked: `what` names it in French, and `advice` says what to do where another version of the
/// suite made it.
pub(crate) fn checked(
    files: &Files,
    scenarios: Option<&Path>,
    what: &str,
    advice: &str,
) -> Result<Verification, Trouble> {
    let library = scenario::load(&place::scenarios(scenarios))?;
    dossier::verify(files, &library, None, Timestamp::now()).map_err(|error| match error {
        VerificationError::Catalogue(why) => {
            Trouble::usage(format!("{what} vient d'une autre version de la suite ({why})"), advice)
        }
        other => trouble(&other),
    })
}

/// What who checks a dossier is told of why it cannot be.
pub(crate) fn trouble(error: &VerificationError) -> Trouble {
    match Shortfall::of(error) {
        Shortfall::Unchecked => Trouble::of(error),
        _ => Trouble::advised(error),
    }
}
