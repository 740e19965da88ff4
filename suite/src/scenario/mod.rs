//! Scenarios: the format of their files, the loader, and the catalogue of clauses.

pub mod capability;
pub mod catalogue;
pub mod digest;
pub mod facts;
pub mod filter;
pub mod loader;
pub mod model;
pub mod outline;
pub mod problem;
pub mod raw;
pub mod reply;
pub mod schema;
pub mod script;
pub mod template;

mod check;
pub(crate) mod document;
mod fault;
mod variant;

pub use catalogue::Catalogue;
pub use facts::Oracle;
pub use filter::Filter;
pub use loader::{Library, load, load_texts};
pub use model::{
    Action, Capability, CodeSet, DeliverySubject, Expected, Inspection, ListChange, ListEntry,
    ListRequest, Manner, MessageKind, Peer, PeerTls, Presented, ReplyExpectation, ReversePath,
    Scenario, ScenarioId, ScriptLine, ScriptStep, SideEffects, StatedSender, Template, Transaction,
    Verbs,
};
pub use outline::{Outline, decisions, outline};
pub use problem::{LoadErrors, Problem};
pub use template::{Variables, render, render_raw};
