//! Verdicts remembered from one transaction to another.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use suite::oracle::Decision;

/// A store of verdicts by name.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, Decision>>);

impl Memory {
    /// The verdict remembered under `name`, or the one made now, which is kept if `keep` says so.
    pub fn recall(
        &self,
        name: &str,
        make: impl FnOnce() -> Decision,
        keep: impl FnOnce(&Decision) -> bool,
    ) -> Decision {
        let mut verdicts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = verdicts.get(name) {
            return verdict.clone();
        }
        let verdict = make();
        if keep(&verdict) {
            verdicts.insert(name.to_owned(), verdict.clone());
        }
        verdict
    }
}
