//! The file to send: a report and all that it rests on, with digests and, if wanted, a signature.
//!
//! A bundle is a zip archive. `MANIFEST.sha256` names every other file with its SHA-256, as
//! `sha256sum` writes it; `MANIFEST.sha256.p7s` is a detached CMS signature of the manifest, made
//! with the operator's own key.

mod algorithm;
mod archive;
mod attachment;
mod attribute;
mod authorities;
mod entry;
mod error;
mod folder;
mod lists;
mod manifest;
mod room;
mod signature;
mod signer;
mod standing;
mod tiling;
mod unreadable;

pub use archive::{Files, Unpacked, pack, unpack, unpack_within};
pub use attachment::{attach, read_signature};
pub use authorities::Authorities;
pub use error::BundleError;
pub use manifest::{MANIFEST, Manifest, Mismatch};
pub use room::Room;
pub use signature::{SIGNATURE, Signature};
pub use signer::Signer;
pub use standing::{Known, Revocation, Standing};
