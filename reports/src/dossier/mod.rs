//! The dossier: the report that an operator sends, with all that it rests on.
//!
//! A folder and the same as a zip archive: the report, `record.json`, `junit.xml`, `annexe1.toml`, the
//! transcripts, a manifest of digests and, if wanted, its signature.

mod assemble;
mod countersigned;
mod demands;
mod differences;
mod error;
mod listing;
mod name;
mod place;
mod rendering;
mod signed;
mod verification;
mod verify;

pub use assemble::{Paper, assemble, seal};
pub use countersigned::{Countersigned, countersign};
pub use demands::{Demands, Shortfall};
pub use error::DossierError;
pub use listing::{Entry, Found, LISTING, Listing};
pub use name::name;
pub use place::{Placed, place, vacant};
pub use signed::{Organisation, Signed};
pub use verification::{Finding, FindingKind, Rendered, Verification, VerificationError};
pub use verify::verify;
