//! What a scenario changes of the whitelist.

use fixtures::{
    change::{Change, ListEntry},
    whitelist::ListFault,
};

/// What the whitelist that the space serves is, against the nominal one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListChange {
    /// Entries more.
    pub add: Vec<ListEntry>,
    /// Domains all of whose nominal entries are gone.
    pub remove: Vec<String>,
    /// What is wrong with the list, or odd, or with how it is served.
    pub fault: Option<ListFault>,
}

impl ListChange {
    /// Whether it is the nominal list.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The change of the world; of the nominal list it is none.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        let Self { add, remove, fault } = self.clone();
        (!self.is_none()).then_some(Change::List { add, remove, fault })
    }
}

impl From<Vec<ListEntry>> for ListChange {
    /// Entries more, and nothing else.
    fn from(add: Vec<ListEntry>) -> Self {
        Self { add, ..Self::default() }
    }
}
