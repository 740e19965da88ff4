//! What proves the suite: the reference proxy and its mutants, the kill matrix over them, and the
//! exploration of what no scenario thought of.

pub mod explore;
pub mod matrix;
pub mod proxy;
