//! Families: one transaction of the trust space each, for which the target answers. What a family is called, which
//! steps it has and what lies outside of it is data (`scenarios/<famille>/famille.toml` and
//! `clauses.toml`); code knows only its [`Rules`].

mod load;
mod model;
pub mod raw;

pub(crate) use load::family;
pub use load::{CLAUSES, CONTROLS, FAMILY};
pub use model::{Clause, Family, Rules, Step, Titled};
