//! What a mutant is.

use fixtures::space::Space;

use crate::proxy::{Behaviour, ProxyConfig};
use suite::oracle::ClauseId;

/// The reference proxy with one fault.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name, unique, in French as the scenarios' are.
    pub id: &'static str,
    /// The fault, a sentence in French whose subject is the proxy.
    pub fault: &'static str,
    /// The clause that it breaks.
    pub clause: ClauseId,
    /// The scenarios that must find it, each of them.
    pub killers: &'static [&'static str],
    /// How it is set up, from the reference proxy's configuration.
    pub setting: fn(ProxyConfig, &Space) -> ProxyConfig,
    /// How it decides.
    pub behaviour: Behaviour,
}

impl Mutant {
    /// The configuration of this mutant, from that of the reference proxy in `space`.
    #[must_use]
    pub fn config(&self, reference: ProxyConfig, space: &Space) -> ProxyConfig {
        let behaviour = self.behaviour;
        ProxyConfig { behaviour, ..(self.setting)(reference, space) }
    }
}

/// The setting of the reference proxy.
pub(super) fn as_is(config: ProxyConfig, _: &Space) -> ProxyConfig {
    config
}
