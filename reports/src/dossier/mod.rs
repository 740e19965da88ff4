//! The dossier: the report that an operator sends, with all that it rests on.
//!
//! A folder and the same as a zip archive: the report, `record.json`, `junit.xml`, `annexe1.toml`, the
//! transcripts, a manifest of digests and, if wanted, its signature.

mod assemble;
mod error;
mod name;
mod place;
mod rendering;
mod verification;
mod verify;

pub use assemble::{assemble, seal};
pub use error::DossierError;
pub use name::name;
pub use place::{Placed, place};
pub use verification::{Finding, Rendered, Verification, VerificationError};
pub use verify::verify;
