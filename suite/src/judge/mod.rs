//! The judge: a pure reading of a scenario, its facts and its transcript.

pub mod campaign;
mod deferral;
pub mod delivery;
pub mod extension;
pub mod form;
mod judgement;
pub mod probe;
pub mod request;
pub mod script;
#[cfg(test)]
pub(crate) mod testing;
pub mod transaction;
pub mod version;

pub use campaign::Campaign;
pub use delivery::{Deliveries, DeliveryFault};
pub use form::Forms;
pub use judgement::{Context, Judgement, Twin};
