//! What a record holds that neither the suite nor a transcript gives: what the operator declared, and
//! what the run noted of itself.

use std::{path::Path, time::Duration};

use fixtures::space::Space;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::options::Options;
use crate::{
    record::{ReadRecord, RunRecord, TargetRecord, WorldRecord},
    scenario::Filter,
    target::Target,
};

/// The fields of a record that are taken as they stand, by [`IS_DECLARED`]; all others are derived.
pub(super) struct Declared {
    pub(super) suite_version: String,
    pub(super) started: Timestamp,
    pub(super) clock: String,
    pub(super) duration_ms: u64,
    pub(super) seed: u64,
    pub(super) profile: String,
    pub(super) filter: Filter,
    pub(super) strict: bool,
    pub(super) interrupted: bool,
    pub(super) resumed: Option<u32>,
    pub(super) world: WorldRecord,
    pub(super) reads: Vec<ReadRecord>,
    /// Without what is derived of it: certificate and capabilities.
    pub(super) target: TargetRecord,
}

/// How a run ended.
pub(super) struct Ending {
    /// What the target asked of the space.
    pub(super) reads: Vec<ReadRecord>,
    /// Whether it was interrupted.
    pub(super) interrupted: bool,
    /// How many scenarios were kept of a run that was cut short, when it was resumed.
    pub(super) resumed: Option<usize>,
    /// How long it took.
    pub(super) took: Duration,
}

/// The paths of a record's fields that are declared, `*` for any key or element; what lies below is
/// declared too. Whatever is not named here is derived, and held against what is recorded.
pub const IS_DECLARED: &[&str] = &[
    "suite_version",
    "started",
    "clock",
    "duration_ms",
    "seed",
    "profile",
    "filter",
    "strict",
    "interrupted",
    "resumed",
    "world",
    "reads",
    "target.name",
    "target.address",
    "target.mx_host",
    "target.dn",
    "target.embedded",
    "target.declaration",
    "scenarios.*.duration_ms",
];

impl Declared {
    /// That of a run.
    pub(super) fn of(target: &Target, space: &Space, options: &Options, ending: Ending) -> Self {
        Self {
            suite_version: crate::VERSION.into(),
            started: options.started,
            clock: clock(),
            duration_ms: u64::try_from(ending.took.as_millis()).unwrap_or(u64::MAX),
            seed: options.seed,
            profile: serde_json::to_value(options.profile)
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned))
                .unwrap_or_default(),
            filter: options.filter.clone(),
            strict: options.strict,
            interrupted: ending.interrupted,
            resumed: ending.resumed.map(|kept| u32::try_from(kept).unwrap_or(u32::MAX)),
            world: world(space),
            reads: ending.reads,
            target: TargetRecord {
                name: target.name.clone(),
                address: target.shown(),
                mx_host: target.mx_host.clone(),
                dn: target.dn.clone(),
                certificate: None,
                embedded: target.embedded,
                capabilities: Vec::new(),
                declaration: (!target.embedded).then(|| target.declaration()),
            },
        }
    }

    /// That of a record.
    pub(super) fn recorded(record: &RunRecord) -> Self {
        Self {
            suite_version: record.suite_version.clone(),
            started: record.started,
            clock: record.clock.clone(),
            duration_ms: record.duration_ms,
            seed: record.seed,
            profile: record.profile.clone(),
            filter: record.filter.clone(),
            strict: record.strict,
            interrupted: record.interrupted,
            resumed: record.resumed,
            world: record.world.clone(),
            reads: record.reads.clone(),
            target: TargetRecord {
                certificate: None,
                capabilities: Vec::new(),
                ..record.target.clone()
            },
        }
    }
}

/// The clock of this machine, and whether somebody keeps it right.
fn clock() -> String {
    let kept = Path::new("/run/systemd/timesync/synchronized").exists();
    let kept = if kept {
        "synchronisée par NTP (systemd-timesyncd)"
    } else {
        "synchronisation non constatée"
    };
    format!("horloge système de la machine d'essai, {kept}")
}

fn world(space: &Space) -> WorldRecord {
    let root = space.root();
    WorldRecord {
        // Its name alone: where the operator keeps it is nobody else's business.
        space: space.dir().map(|dir| {
            let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
            dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned()
        }),
        whitelist_sha256: hex::encode(Sha256::digest(space.whitelist_xml())),
        whitelist_entries: u32::try_from(space.whitelist().entries.len()).unwrap_or(u32::MAX),
        whitelist_url: space.whitelist_url(),
        crl_url: space.crl_url(),
        dns: space.dns().addr().to_string(),
        root: fixtures::pki::summarise(&root).subject,
        root_sha256: hex::encode(Sha256::digest(&root)),
    }
}
