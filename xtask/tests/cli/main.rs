//! The built command line, as a user types it.

mod annexe1;
mod catalogue;
mod challenge;
mod dossier;
mod family;
mod kit;
mod lists;
mod mistakes;
mod paper;
mod questions;
mod resume;
mod runs;
mod safety;
mod secrets;
mod servers;
mod sign;
mod signers;
mod stop;
mod support;
mod suspect;
mod verify;
