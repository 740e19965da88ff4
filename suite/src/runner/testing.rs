//! What the tests of records share.

use std::path::Path;

use crate::{
    scenario::{self, Library, ScenarioId},
    target::Target,
};

/// The scenarios of this suite.
pub(super) fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    scenario::load(&root).expect("all scenarios load")
}

/// The id of a scenario of the reception.
pub(super) fn id(name: &str) -> ScenarioId {
    ScenarioId::from(format!("reception/{name}"))
}

/// A target that offers everything.
pub(super) fn target() -> Target {
    Target::embedded(([127, 0, 0, 1], 25).into())
}
