//! What became of the dossiers that were checked together, as JSON: the format `mssante-verification`, whose
//! schema is published in `docs/verification.schema.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use suite::{observe::possession::Possession, record::RunVerdict};

use super::{Demands, FindingKind, Organisation, Shortfall, Signed, Verification};
use crate::{
    bundle::{Known, Standing},
    words,
};

/// Name and version of the format: a reader of `1.x` reads every later minor, which only adds.
pub const LISTING: &str = "mssante-verification/1.1";

/// Sentences of one kind of finding that are kept.
const MOST: usize = 40;

/// The dossiers of one call, in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listing {
    /// [`LISTING`].
    pub schema: String,
    /// Version of the suite that checked.
    pub suite_version: String,
    /// When, by the clock of the machine that checked.
    pub checked: Timestamp,
    /// One entry a dossier.
    pub dossiers: Vec<Entry>,
}

/// A dossier, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// The file, as it was given.
    pub file: String,
    /// Whether it is accepted: whole, checked in all its parts, and as was asked.
    pub accepted: bool,
    /// Why it is not, the worst first.
    pub shortfalls: Vec<Shortfall>,
    /// Why it could not be checked, in French; all below is then empty.
    pub error: Option<String>,
    /// The operator's name: of Annexe 1, or else as the run names its target.
    pub operator: Option<String>,
    /// The DNs of the operator's certificates, of Annexe 1, or else of the target.
    pub dn: Vec<String>,
    /// Who makes the connector, where Annexe 1 says.
    pub connector: Option<String>,
    /// Its version, where Annexe 1 says.
    pub connector_version: Option<String>,
    /// The spaces that Annexe 1 is for: `test`, `production`.
    pub spaces: Vec<String>,
    /// `host:port` of the target.
    pub target: Option<String>,
    /// Start of the run.
    pub started: Option<Timestamp>,
    /// Version of the suite that played it.
    pub suite_version: Option<String>,
    /// The run's conclusion, as recorded.
    pub conclusion: Option<RunVerdict>,
    /// Who signed.
    pub signers: Vec<Signatory>,
    /// The challenge under which the run says it was played.
    pub challenge: Option<String>,
    /// Whether each of its handshakes is shown to answer to that challenge.
    pub challenged: bool,
    /// What is wrong, by kind.
    pub findings: BTreeMap<FindingKind, Found>,
    /// What was not checked, in French.
    pub unchecked: Vec<String>,
    /// What can be and is worth a word, such as several certificates of the target, in French.
    pub observations: Vec<String>,
}

/// Who signed a dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Signatory {
    /// The subject of its certificate.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// When it signed, by its own clock.
    pub at: Option<Timestamp>,
    /// Whether its certificate answers for itself alone.
    pub self_signed: bool,
    /// What stands behind it.
    pub trust: Trust,
    /// What is known of its certificate's revocation, where it is named or a path leads to an authority.
    pub revocation: Option<Known>,
    /// When the revocation list of its issuer was published that says so.
    pub crl: Option<Timestamp>,
    /// Whether that list came with the signature, and was not given by the reader.
    pub crl_carried: bool,
    /// Since when its own certificate is revoked.
    pub revoked: Option<Timestamp>,
    /// Why no authority answers for it, in French.
    pub why: Option<String>,
    /// Whose organisation it names.
    pub organisation: Organisation,
}

/// What stands behind a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// No authority was named.
    Unasked,
    /// Its certificate is itself among those named.
    Named,
    /// A path leads to an authority named.
    Attached,
    /// A path led there when it signed, and does no more.
    AttachedThen,
    /// It is revoked, or an authority above it.
    Revoked,
    /// No path.
    Unattached,
}

/// What is wrong of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Found {
    /// How often.
    pub count: usize,
    /// In French, the first forty.
    pub sentences: Vec<String>,
}

impl Listing {
    /// The dossiers checked at `now`.
    #[must_use]
    pub fn new(dossiers: Vec<Entry>, now: Timestamp) -> Self {
        Self {
            schema: LISTING.to_owned(),
            suite_version: suite::VERSION.to_owned(),
            checked: now,
            dossiers,
        }
    }

    /// As JSON, ending with a line feed.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a listing is JSON");
        text.push('\n');
        text
    }

    /// The schema of the format, as it is published.
    #[must_use]
    pub fn schema() -> String {
        let mut text = serde_json::to_string_pretty(&schema_for!(Self)).expect("a schema is JSON");
        text.push('\n');
        text
    }
}

impl Entry {
    /// A dossier that could not be checked.
    #[must_use]
    pub fn unchecked(file: String, shortfall: Shortfall, error: String) -> Self {
        Self { file, shortfalls: vec![shortfall], error: Some(error), ..Self::default() }
    }

    /// A dossier that was checked at `now`.
    #[must_use]
    pub fn of(file: String, made: &Verification, demands: &Demands, now: Timestamp) -> Self {
        let shortfalls = made.shortfalls(demands, now);
        let mut findings: BTreeMap<FindingKind, Found> = BTreeMap::new();
        for finding in &made.findings {
            let found = findings.entry(finding.kind()).or_default();
            found.count += 1;
            if found.sentences.len() < MOST {
                found.sentences.push(finding.sentence());
            }
        }
        let connector = made.connector();
        Self {
            file,
            accepted: shortfalls.is_empty(),
            shortfalls,
            error: None,
            operator: Some(made.operator().to_owned()),
            dn: made.dn().to_vec(),
            connector: connector.map(|connector| connector.vendor.clone()),
            connector_version: connector.map(|connector| connector.version.clone()),
            spaces: made.spaces().into_iter().map(str::to_owned).collect(),
            target: Some(made.record.target.address.clone()),
            started: Some(made.record.started),
            suite_version: Some(made.record.suite_version.clone()),
            conclusion: Some(made.record.verdict),
            signers: made.signatures.iter().map(Signatory::of).collect(),
            challenge: made.possession.as_ref().and_then(|shown| shown.challenge.clone()),
            challenged: made.possession.as_ref().is_some_and(Possession::answers),
            findings,
            unchecked: words::unchecked(made),
            observations: made.observations.iter().map(words::observation).collect(),
        }
    }
}

impl Signatory {
    fn of(signed: &Signed) -> Self {
        let (trust, revocation) = match &signed.standing {
            Standing::Unasked => (Trust::Unasked, None),
            Standing::Named { revocation } => (Trust::Named, Some(*revocation)),
            Standing::Attached { in_force, revocation } => {
                let trust = if *in_force { Trust::Attached } else { Trust::AttachedThen };
                (trust, Some(*revocation))
            }
            Standing::Revoked { .. } => (Trust::Revoked, None),
            Standing::Unattached(_) => (Trust::Unattached, None),
        };
        let (since, why) = match &signed.standing {
            Standing::Revoked { since } => (*since, None),
            Standing::Unattached(why) => (None, Some(why.clone())),
            _ => (None, None),
        };
        let signature = &signed.signature;
        Self {
            subject: signature.subject.clone(),
            issuer: signature.issuer.clone(),
            sha256: signature.sha256.clone(),
            at: signature.at,
            self_signed: signature.self_signed,
            trust,
            revocation: revocation.map(|revocation| revocation.known),
            crl: revocation.and_then(|revocation| revocation.list),
            crl_carried: revocation.is_some_and(|revocation| revocation.carried),
            revoked: since,
            why,
            organisation: signed.organisation,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_type() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verification.schema.json");
        let published = fs::read_to_string(path).expect("published");
        assert!(published == Listing::schema(), "run `cargo xtask schema`");
    }
}
