//! What changed in the simulated space during a run, and what the target read of it.

use std::net::IpAddr;

use fixtures::{
    change::Change,
    log::{QuestionOutcome, Resource},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One world other than the nominal one, from its proof to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EpochRecord {
    /// What differed from the nominal world, each with its proof.
    pub changes: Vec<ChangeRecord>,
    /// How the target was made to read what changed.
    pub awaited: Vec<AwaitRecord>,
    /// What it was seen to read of it before the first scenario.
    pub read: Vec<FetchRecord>,
    /// The scenarios played then, sorted by id.
    pub scenarios: Vec<String>,
    /// When the nominal world was back, as the control after this one tells; `None` where there is none: the run was
    /// cut short before, or the target is not prepared for the nominal message.
    #[serde(default)]
    pub undone: Option<UndoneRecord>,
}

/// One change in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChangeRecord {
    /// What it is.
    pub change: Change,
    /// The same, in French.
    pub text: String,
    /// Since when it was so; what was read from then on was of it.
    pub since: Timestamp,
    /// Our own question.
    pub asked: String,
    /// Its answer.
    pub answer: String,
}

/// How the target was made to read anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AwaitRecord {
    /// What.
    pub what: Resource,
    /// How: `period`, `command`, `url`, or `in-process`.
    pub by: String,
    /// The longest that was waited, in milliseconds.
    pub bound_ms: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How what makes it read failed, in French, where it may: what is served is not in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Why nothing shows that it was read, in French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// One read of a file of the space by the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FetchRecord {
    /// What it was.
    pub what: Resource,
    /// Who asked.
    pub from: IpAddr,
    /// When.
    pub at: Timestamp,
    /// Status answered; `None` for silence.
    pub status: Option<u16>,
    /// Octets of the body answered.
    pub octets: u64,
    /// How it left without asking for it, in French, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// That the nominal world was back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UndoneRecord {
    /// Since when.
    pub since: Timestamp,
    /// Our own questions, each with its answer, in French; none where nothing proves that the world is back.
    pub proofs: Vec<String>,
    /// How the target was made to read it.
    #[serde(default)]
    pub awaited: Vec<AwaitRecord>,
    /// What the target was seen to read of the nominal world then.
    pub read: Vec<FetchRecord>,
    /// Why nothing shows that it did, or that the world is back, in French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// What the target asked of the space during the run: all alike, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReadRecord {
    /// What it asked for.
    pub what: Asked,
    /// Who asked.
    pub from: IpAddr,
    /// What was answered.
    pub answer: Answer,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
}

/// What was asked for.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// A file, over HTTP or HTTPS.
    File(Resource),
    /// A name of the DNS.
    Dns {
        /// Record type: `PTR`; `autre type` for the odd ones of all names beyond those that are told.
        kind: String,
        /// The name; `None` for all names beyond those that are told.
        name: Option<String>,
    },
}

/// What was answered.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A status of HTTP; none for silence.
    Http(Option<u16>),
    /// An answer of the DNS.
    Dns(QuestionOutcome),
}
