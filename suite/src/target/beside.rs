//! A proxy beside the target, for a scenario that has a whitelist of its own.

use std::{any::Any, fmt};

use fixtures::space::Space;
use futures_util::future::BoxFuture;

use super::Target;
use crate::scenario::ListEntry;

/// A proxy that reads the list of the cast and some entries more.
pub struct Own {
    /// The proxy as a target.
    pub target: Target,
    /// What keeps it running: it stops when this is dropped.
    pub running: Box<dyn Any + Send + Sync>,
}

/// Starts a proxy in the space, whose deliveries go to the space's mailroom. The error is told in
/// French.
type Start = for<'a> fn(&'a Space, &'a [ListEntry]) -> BoxFuture<'a, Result<Own, String>>;

/// The way to start such a proxy, given by who started the target: the runner knows no proxy.
#[derive(Clone, Copy)]
pub struct Beside(Start);

impl Beside {
    /// By this function.
    #[must_use]
    pub const fn new(start: Start) -> Self {
        Self(start)
    }

    /// Starts a proxy that reads these entries too.
    ///
    /// # Errors
    /// Why it could not be started, in French.
    pub async fn start(self, space: &Space, entries: &[ListEntry]) -> Result<Own, String> {
        (self.0)(space, entries).await
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beside")
    }
}

/// All of them start the same kind of proxy.
impl PartialEq for Beside {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Beside {}
