//! `famille.toml` and `clauses.toml` as they are written; their JSON Schemas are generated from these types.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::model::{Consequence, Rules, Step, Titled};
use crate::{oracle::ClauseId, record::Level};

/// A family of the MSSanté conformance suite: one transaction, its steps, and what a run of it covers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Famille")]
pub struct RawFamily {
    /// Its title, in French.
    #[schemars(with = "String")]
    pub title: Spanned<String>,
    /// The transaction's name in the DSFT, such as `TM3.1P`.
    #[schemars(with = "String")]
    pub transaction: Spanned<String>,
    /// The facts, rules and players of its scenarios.
    #[schemars(with = "Rules")]
    pub rules: Spanned<String>,
    /// What a run of it covers, in French, without a full stop: what follows tells by which tier.
    #[schemars(with = "String")]
    pub scope: Spanned<String>,
    /// The scenario that is accepted where nothing is wrong: its path below the family's folder.
    #[schemars(with = "String")]
    pub nominal: Spanned<String>,
    /// Its steps, in their order.
    #[schemars(with = "Vec<Step>")]
    pub step: Vec<Spanned<Step>>,
    /// What it leaves untested, whatever the run.
    #[serde(default)]
    #[schemars(with = "Vec<Titled>")]
    pub outside: Vec<Spanned<Titled>>,
}

/// The clauses of a family.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Clauses")]
pub struct RawCatalogue {
    /// The clauses, in the order of their source.
    pub clause: Vec<RawClause>,
}

/// A clause.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawClause {
    /// Its id, such as `TM3.1P/4a`.
    #[schemars(with = "ClauseId")]
    pub id: Spanned<String>,
    /// Its wording, in French, quoted from its source.
    #[schemars(with = "String")]
    pub wording: Spanned<String>,
    /// Its source, such as `ERR §2.2 étape 4`.
    #[schemars(with = "String")]
    pub source: Spanned<String>,
    /// How strong it is.
    #[schemars(with = "Level")]
    pub level: Spanned<String>,
    /// Numbers of the current Référentiel #1 that an operator maps it to.
    #[serde(default)]
    pub referentiel: Vec<String>,
    /// What a peer or a third party could do where it is not kept.
    #[serde(default)]
    pub consequence: Consequence,
}
