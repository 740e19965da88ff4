//! What a judgement of a made-up transcript rests on.

use std::{collections::BTreeSet, time::Duration};

use super::{Context, Twin};
use crate::observe::testing::Played;

impl Played {
    /// A context in which everything speaks for the target: twin and final control accepted.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            entries: self.entries(),
            twin: Twin::Passed,
            control_after: Some(true),
            patience: Duration::ZERO,
            campaign: None,
            delivery_observed: true,
            outgoing_observed: true,
            embedded: false,
            is_nominal: false,
            delivery: None,
            usual: Some(BTreeSet::new()),
        }
    }
}
