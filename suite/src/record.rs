//! The record of a run: the only source of every report.

mod epoch;
mod observation;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use epoch::{
    Answer, Asked, AwaitRecord, ChangeRecord, EpochRecord, FetchRecord, ReadRecord, UndoneRecord,
};
pub use observation::Observation;

use crate::{
    family::{Step, Titled},
    observe::possession::Possession,
    oracle::FactRow,
    scenario::Filter,
};

/// The format that this version writes, `mssante-conformance/major.minor`.
///
/// A minor adds fields, which an older reader passes over; a major changes what is there. [`is_read`] says
/// which are read.
///
/// | format | what changed |
/// |---|---|
/// | 1 | the first, without a minor: one decision a scenario, what is known of the reception in the code |
/// | 2.0 | `families`, each with its conclusion, counts and controls; `decisions`, one a transaction; `filter` is a list; `declaration.not_applicable` has reasons, and says what capabilities follow from; `possession`; `changes` and `reads`; `resumed` and `noted`, so that `remarks` can be derived |
/// | 2.1 | `changes[].undone.awaited`, `controls[].part`, `changes[].awaited[].said`, `observations`; how a world ended follows from the transcripts, and so nothing is `noted` any more |
pub const SCHEMA: &str = "mssante-conformance/2.1";

/// Major of [`SCHEMA`].
const MAJOR: u32 = 2;

/// Whether a record of a format can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It can: its major is that of [`SCHEMA`], whatever its minor.
    Read,
    /// It is older: the version that wrote it reads it.
    Older,
    /// It is newer.
    Newer,
    /// It is no format of a record.
    Foreign,
}

/// Whether a record whose `schema` is this can be read.
#[must_use]
pub fn is_read(schema: &str) -> Reading {
    let Some(version) = schema.strip_prefix("mssante-conformance/") else {
        return Reading::Foreign;
    };
    let (major, minor) = match version.split_once('.') {
        Some((major, minor)) => (major, Some(minor)),
        None => (version, None),
    };
    match (major.parse::<u32>(), minor.map(str::parse::<u32>)) {
        (Ok(major), _) if major > MAJOR => Reading::Newer,
        (Ok(MAJOR), Some(Ok(_))) => Reading::Read,
        (Ok(_), None | Some(Ok(_))) => Reading::Older,
        _ => Reading::Foreign,
    }
}

/// The conclusion of a run, always *sur le périmètre testé*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// Every `must` was tested and met.
    Concluant,
    /// At least one `must` failed.
    NonConcluant,
    /// Neither: harness or environment trouble, or a `must` untested.
    Inconclusive,
}

/// The verdict on one scenario.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected.
    Pass,
    /// A SHOULD not met, or refused in a lesser way; a failure under `--strict`.
    PassWithRemark,
    /// A MUST is broken.
    Fail,
    /// Not judged: harness trouble, a fault not seen to be in place, a failing twin.
    Inconclusive,
    /// Not played: the target does not offer what it needs.
    Skipped,
    /// Declared not applicable by the operator.
    NotApplicable,
}

/// Level of a scenario.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Required by a sentence of ERR, GUIDE or an RFC.
    Must,
    /// Recommended.
    Should,
    /// Observed and reported; every outcome is permitted.
    May,
}

/// How much of a target can be learnt.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// *Boîte noire*: nothing was prepared at the target.
    BlackBox,
    /// *Espace simulé*: the target trusts the exported kit.
    SimulatedSpace,
}

/// Counts of verdicts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Summary {
    /// Scenarios that passed.
    pub pass: u32,
    /// Passed with a remark.
    pub pass_with_remark: u32,
    /// Failed.
    pub fail: u32,
    /// Inconclusive.
    pub inconclusive: u32,
    /// Skipped.
    pub skipped: u32,
    /// Not applicable.
    pub not_applicable: u32,
}

impl Summary {
    /// The count of these scenarios' verdicts.
    #[must_use]
    pub fn of(scenarios: &[ScenarioRecord]) -> Self {
        let mut summary = Self::default();
        for scenario in scenarios {
            *match scenario.verdict {
                Verdict::Pass => &mut summary.pass,
                Verdict::PassWithRemark => &mut summary.pass_with_remark,
                Verdict::Fail => &mut summary.fail,
                Verdict::Inconclusive => &mut summary.inconclusive,
                Verdict::Skipped => &mut summary.skipped,
                Verdict::NotApplicable => &mut summary.not_applicable,
            } += 1;
        }
        summary
    }
}

/// The target as the run saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TargetRecord {
    /// The operator's name, or `proxy de référence embarqué`.
    pub name: String,
    /// `host:port` as given.
    pub address: String,
    /// The MX host that it declares.
    pub mx_host: Option<String>,
    /// The DN that it declares.
    pub dn: Option<String>,
    /// The certificate it presented in the first control, subject in the whitelist's order.
    pub certificate: Option<String>,
    /// Whether it is the embedded reference proxy.
    pub embedded: bool,
    /// Capabilities it offers, by name.
    pub capabilities: Vec<String>,
    /// What its operator declared in `target.toml`; `None` for the embedded proxy.
    #[serde(default)]
    pub declaration: Option<Declaration>,
}

/// What an operator declared of its proxy, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Declaration {
    /// Its mail domains.
    pub domains: Vec<String>,
    /// The mailbox that exists.
    pub mailbox: Option<String>,
    /// A second one.
    pub second: Option<String>,
    /// An address that does not exist.
    pub unknown: Option<String>,
    /// How deliveries were observed, in French; `None` where they were not.
    pub delivery: Option<String>,
    /// How long a delivery may take, in milliseconds.
    pub delivery_ms: u64,
    /// Where its outgoing mail was caught.
    pub outgoing: Option<String>,
    /// It trusts the simulated space.
    pub trusts_space: bool,
    /// It checks the space's CRLs.
    pub uses_crl: bool,
    /// It asks the space's DNS server.
    pub uses_dns: bool,
    /// How it reads the space's whitelist anew, in French; `None` where it does not.
    pub list_refresh: Option<String>,
    /// How it reads the space's CRLs anew, likewise.
    pub crl_refresh: Option<String>,
    /// Scenarios that could hurt a weak server were asked for.
    pub destructive: bool,
    /// Pause before each scenario, in milliseconds.
    pub pace_ms: u64,
    /// Connections at once, at most.
    pub max_connections: usize,
    /// How long a reply may take, in milliseconds.
    pub reply_ms: u64,
    /// How long what it puts off is tried again, in milliseconds.
    #[serde(default)]
    pub retry_ms: u64,
    /// Scenarios declared not applicable, by id, each with the reason that the operator gives.
    pub not_applicable: BTreeMap<String, String>,
}

/// The simulated space of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WorldRecord {
    /// Folder of a persistent space.
    pub space: Option<String>,
    /// SHA-256 of the whitelist's file.
    pub whitelist_sha256: String,
    /// Number of its entries.
    pub whitelist_entries: u32,
    /// URL at which it is served.
    pub whitelist_url: String,
    /// URL prefix of the CRLs.
    pub crl_url: String,
    /// Address of the DNS server.
    pub dns: String,
    /// Subject of the TEST root.
    pub root: String,
    /// SHA-256 of the root's DER.
    pub root_sha256: String,
}

/// One scenario of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScenarioRecord {
    /// Its path, such as `reception/4-certificat/expire`.
    pub id: String,
    /// Title, in French.
    pub title: String,
    /// Purpose, in French.
    pub purpose: String,
    /// Main clause.
    pub clause: String,
    /// Level.
    pub level: Level,
    /// The passing scenario from which it differs by one change.
    pub twin: Option<String>,
    /// What the oracle decided on each of its transactions; of a script, an inspection, or what was not
    /// played, nothing.
    pub decisions: Vec<DecisionRecord>,
    /// Slug of the entry of `scenarios/interpretations.md`.
    pub interpretation: Option<String>,
    /// Stage at which the decisive thing was seen.
    pub stage: Option<String>,
    /// What to do where it fails, in French.
    #[serde(default)]
    pub advice: Option<String>,
    /// What a peer or a third party could do where it fails, in French.
    #[serde(default)]
    pub consequence: Option<String>,
    /// What was expected, in French.
    pub expected: String,
    /// What was observed, in French.
    pub observed: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Why this verdict, in French, with the next step for the reader where there is one.
    pub reason: String,
    /// The lines that prove it, in French.
    pub evidence: Vec<String>,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// The transcript, relative to the record; `None` when nothing was played.
    pub transcript: Option<TranscriptRef>,
}

/// What the oracle decided on one transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DecisionRecord {
    /// Number of the transaction in the scenario, from 1.
    pub transaction: u16,
    /// The clause that decides.
    pub clause: String,
    /// The outcomes permitted, in French words, best first.
    pub permitted: Vec<String>,
    /// The rule path: clause, finding and why.
    pub rule_path: Vec<String>,
    /// The facts decided on, in the order in which a session meets them.
    pub facts: Vec<FactRow>,
    /// Slug of the entry of `scenarios/interpretations.md` that it rests on.
    pub interpretation: Option<String>,
}

impl DecisionRecord {
    /// The outcomes that these decisions permit, in French: those of several with their numbers.
    #[must_use]
    pub fn permitted(decisions: &[Self]) -> String {
        let one = |decision: &Self| decision.permitted.join(" ; ou ");
        match decisions {
            [only] => one(only),
            several => several
                .iter()
                .map(|decision| format!("{}. {}", decision.transaction, one(decision)))
                .collect::<Vec<_>>()
                .join(" · "),
        }
    }
}

/// When a control is played.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before the first scenario.
    Before,
    /// After a changed world was undone: its place among the worlds of the catalogue, from 1.
    World(u32),
    /// After the last scenario.
    After,
}

/// The nominal message of a family, sent once more beside the scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ControlRecord {
    /// When.
    pub when: When,
    /// Of one after a changed world, how often the run had been resumed then; 0 of the others, which the last part of a
    /// run makes anew.
    #[serde(default, skip_serializing_if = "is_first")]
    pub part: u32,
    /// Whether it was accepted.
    pub accepted: bool,
    /// What was observed, in French.
    pub observed: String,
    /// Its transcript.
    pub transcript: TranscriptRef,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(part: &u32) -> bool {
    *part == 0
}

/// A transcript file and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TranscriptRef {
    /// Path relative to the record's folder.
    pub path: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this suite.
    pub suite_version: String,
    /// SHA-256 over all scenario files and the clause catalogue.
    pub catalogue_sha256: String,
    /// Start of the run.
    pub started: Timestamp,
    /// The clock that dates the run, in French.
    #[serde(default)]
    pub clock: String,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Seed of order and tokens.
    pub seed: u64,
    /// Profile the target was held to.
    pub profile: String,
    /// Tier.
    pub tier: Tier,
    /// The `--filter`s used: with any, the run is partial and says so.
    pub filter: Filter,
    /// Whether SHOULD counted as MUST.
    pub strict: bool,
    /// Whether the run was interrupted: some scenarios are then listed as not played.
    pub interrupted: bool,
    /// The target.
    pub target: TargetRecord,
    /// The simulated space.
    pub world: WorldRecord,
    /// What the target's handshakes prove of the key of its certificate.
    #[serde(default)]
    pub possession: Possession,
    /// Conclusion.
    pub verdict: RunVerdict,
    /// What the conclusion covers and what it does not, in French.
    pub scope: String,
    /// Counts.
    pub summary: Summary,
    /// Scenarios kept from before the run was cut short, where it was resumed.
    pub resumed: Option<u32>,
    /// Nothing: what the run of an earlier format noted of itself, in French, that no transcript showed.
    pub noted: Vec<String>,
    /// Remarks on the run as a whole, in French: failed controls, what could not be tested, worlds whose end nothing shows.
    pub remarks: Vec<String>,
    /// What the transcripts show together that is worth a word, and no fault.
    #[serde(default)]
    pub observations: Vec<Observation>,
    /// What changed in the simulated space, in the order in which it did.
    #[serde(default)]
    pub changes: Vec<EpochRecord>,
    /// What the target asked of it, all alike counted.
    #[serde(default)]
    pub reads: Vec<ReadRecord>,
    /// Wording of each clause met in the scenarios, by id.
    pub clauses: BTreeMap<String, ClauseRecord>,
    /// Wording of each interpretation met, by slug.
    pub interpretations: BTreeMap<String, String>,
    /// The families of the scenarios chosen, by folder.
    pub families: Vec<FamilyRecord>,
    /// Every scenario chosen, played or not, sorted by id.
    pub scenarios: Vec<ScenarioRecord>,
}

impl RunRecord {
    /// The controls of all families, in their order.
    pub fn controls(&self) -> impl Iterator<Item = &ControlRecord> {
        self.families.iter().flat_map(|family| &family.controls)
    }

    /// When the run ended.
    #[must_use]
    pub fn ended(&self) -> Timestamp {
        let millis = i64::try_from(self.duration_ms).unwrap_or(i64::MAX);
        let ended = self.started.saturating_add(SignedDuration::from_millis(millis));
        // Only units of the calendar could fail.
        ended.unwrap_or(self.started)
    }
}

/// A family as a reader needs it, and what came of its scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FamilyRecord {
    /// Its folder, the first part of its scenarios' ids.
    pub folder: String,
    /// Its title, in French: `Réception du courrier MSSanté`.
    pub title: String,
    /// The transaction's name in the DSFT: `TM3.1P`.
    pub transaction: String,
    /// What a run of it covers, in French.
    pub scope: String,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// What it leaves untested, whatever the run.
    pub outside: Vec<Titled>,
    /// Conclusion on its scenarios alone.
    pub verdict: RunVerdict,
    /// Counts of its scenarios.
    pub summary: Summary,
    /// Its controls: its nominal message before the first scenario of the run and after the last.
    pub controls: Vec<ControlRecord>,
}

/// The folder of the family of a scenario: the first part of its id.
#[must_use]
pub fn family_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(family, _)| family)
}

/// A clause as a reader needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClauseRecord {
    /// Wording, in French.
    pub wording: String,
    /// Source, such as `ERR §2.2 étape 4`.
    pub source: String,
    /// Numbers of the current Référentiel #1 that the operator mapped it to.
    pub referentiel: Vec<String>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::own(SCHEMA, Reading::Read)]
    #[case::a_later_minor("mssante-conformance/2.17", Reading::Read)]
    #[case::the_first("mssante-conformance/1", Reading::Older)]
    #[case::before_minors("mssante-conformance/2", Reading::Older)]
    #[case::a_later_major("mssante-conformance/3.0", Reading::Newer)]
    #[case::much_later("mssante-conformance/9", Reading::Newer)]
    #[case::no_minor_at_all("mssante-conformance/2.x", Reading::Foreign)]
    #[case::of_a_head("mssante-run/2", Reading::Foreign)]
    #[case::none("", Reading::Foreign)]
    fn a_major_is_read_with_all_its_minors(#[case] schema: &str, #[case] reading: Reading) {
        assert_eq!(is_read(schema), reading);
    }
}
