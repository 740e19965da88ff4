//! The record of a whole run: its head, its conclusion, and its scenarios in order.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use fixtures::{
    smtp::{
        sink::SinkProtocol,
        transcript::{Entry, Event},
    },
    space::Space,
};
use sha2::{Digest, Sha256};

use super::{
    conclude::conclude,
    options::{Options, tier},
    select::Selection,
};
use crate::{
    observe::possession::Possession,
    record::{
        ClauseRecord, ControlRecord, Declaration, EpochRecord, FamilyRecord, Level, ReadRecord,
        RunRecord, SCHEMA, ScenarioRecord, TargetRecord, Tier, WorldRecord, family_of,
    },
    scenario::{Library, ScenarioId},
    target::{Observation, PlainAddress, Target},
};

/// How a run ended.
pub(super) struct Ending {
    /// The controls made.
    pub controls: Vec<ControlRecord>,
    /// What the target's handshakes prove.
    pub possession: Possession,
    /// What changed in the space.
    pub changes: Vec<EpochRecord>,
    /// What the target asked of it.
    pub reads: Vec<ReadRecord>,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// How many scenarios were kept of a run that was cut short, when it was resumed.
    pub resumed: Option<usize>,
    /// How long it took.
    pub took: Duration,
    /// What the run as a whole showed of the target, in French.
    pub seen: Vec<String>,
}

/// The record of the run.
pub(super) fn record(
    library: &Library,
    space: &Space,
    target: &Target,
    options: &Options,
    selection: &Selection<'_>,
    records: BTreeMap<ScenarioId, ScenarioRecord>,
    ending: Ending,
) -> RunRecord {
    let scenarios: Vec<ScenarioRecord> = records.into_values().collect();
    let control_failed = ending.controls.iter().any(|control| control.after && !control.accepted);
    let partial = selection.leaves_out_a_must || ending.interrupted || control_failed;
    let (verdict, summary) = conclude(&scenarios, partial);
    let families = families(library, &scenarios, ending.interrupted || control_failed);
    let interpretations = scenarios
        .iter()
        .flat_map(|scenario| {
            let decisions = scenario.decisions.iter().map(|decision| &decision.interpretation);
            decisions.chain([&scenario.interpretation]).flatten()
        })
        .filter_map(|slug| {
            library.catalogue.interpretations.get(slug).map(|text| (slug.clone(), text.clone()))
        })
        .collect();
    RunRecord {
        schema: SCHEMA.into(),
        suite_version: crate::VERSION.into(),
        catalogue_sha256: library.sha256.clone(),
        started: options.started,
        clock: clock(),
        duration_ms: u64::try_from(ending.took.as_millis()).unwrap_or(u64::MAX),
        seed: options.seed,
        profile: serde_json::to_value(options.profile)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default(),
        tier: tier(target),
        filter: options.filter.clone(),
        strict: options.strict,
        interrupted: ending.interrupted,
        target: target_record(target, options),
        possession: ending.possession.clone(),
        world: world(space),
        verdict,
        scope: scope(target, &families, selection.leaves_out_a_must),
        summary,
        remarks: remarks(&ending),
        controls: ending.controls,
        changes: ending.changes,
        reads: ending.reads,
        clauses: clauses(library),
        interpretations,
        families,
        scenarios,
    }
}

fn remarks(ending: &Ending) -> Vec<String> {
    let mut remarks = Vec::new();
    for ControlRecord { after, observed, .. } in ending.controls.iter().filter(|c| !c.accepted) {
        remarks.push(if *after {
            format!(
                "le message de contrôle n'a pas été accepté à la fin de la campagne : {observed} ; \
                 les refus observés ne peuvent pas être attribués avec certitude"
            )
        } else {
            format!(
                "le message de contrôle n'a pas été accepté au début de la campagne : {observed}"
            )
        });
    }
    remarks.extend(ending.seen.iter().cloned());
    if let Some(kept) = ending.resumed {
        remarks.push(format!(
            "campagne interrompue, puis reprise : {kept} scénarios avaient été joués avant, les autres \
             et les messages de contrôle l'ont été à la reprise"
        ));
    }
    remarks
}

/// The families of these records, which are sorted by id, with what came of each.
fn families(
    library: &Library,
    scenarios: &[ScenarioRecord],
    unfinished: bool,
) -> Vec<FamilyRecord> {
    scenarios
        .chunk_by(|a, b| family_of(&a.id) == family_of(&b.id))
        .filter_map(|records| {
            let folder = family_of(&records.first()?.id);
            let family = library.catalogue.families.iter().find(|one| one.folder == folder)?;
            let left_out = library.scenarios.iter().any(|scenario| {
                scenario.level == Level::Must
                    && family_of(scenario.id.as_str()) == folder
                    && records
                        .binary_search_by(|record| record.id.as_str().cmp(scenario.id.as_str()))
                        .is_err()
            });
            let (verdict, summary) = conclude(records, unfinished || left_out);
            Some(FamilyRecord {
                folder: family.folder.clone(),
                title: family.title.clone(),
                transaction: family.transaction.clone(),
                scope: family.scope.clone(),
                steps: family.steps.clone(),
                outside: family.outside.clone(),
                verdict,
                summary,
            })
        })
        .collect()
}

fn scope(target: &Target, families: &[FamilyRecord], partial: bool) -> String {
    let tier = match tier(target) {
        Tier::BlackBox => {
            "boîte noire : rien n'a été préparé chez la cible ; ce qui demande sa confiance dans \
             l'espace simulé n'a pas pu être testé"
        }
        Tier::SimulatedSpace => {
            "espace simulé : la cible fait confiance à l'IGC et à la liste blanche de test"
        }
    };
    let part = if partial {
        " ; campagne partielle : des scénarios obligatoires ont été écartés"
    } else {
        ""
    };
    let families: Vec<&str> = families.iter().map(|family| family.scope.as_str()).collect();
    format!("{}, {tier}{part}.", families.join(" ; "))
}

fn target_record(target: &Target, options: &Options) -> TargetRecord {
    let capabilities = target
        .capabilities()
        .iter()
        .filter_map(|capability| serde_json::to_value(capability).ok()?.as_str().map(str::to_owned))
        .collect();
    TargetRecord {
        name: target.name.clone(),
        address: target.shown(),
        mx_host: target.mx_host.clone(),
        dn: target.dn.clone(),
        certificate: certificate(options),
        embedded: target.embedded,
        capabilities,
        declaration: (!target.embedded).then(|| declaration(target)),
    }
}

fn declaration(target: &Target) -> Declaration {
    let address = |mailbox: &Option<PlainAddress>| mailbox.as_ref().map(ToString::to_string);
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Declaration {
        domains: target.domains.clone(),
        mailbox: address(&target.mailboxes.valid),
        second: address(&target.mailboxes.second),
        unknown: address(&target.mailboxes.unknown),
        delivery: match &target.delivery {
            Observation::None => "non observée".to_owned(),
            Observation::Memory => "observée en mémoire".to_owned(),
            Observation::Maildir(_) => "observée dans les maildirs de la cible".to_owned(),
            Observation::Sink(address, protocol) => {
                let protocol = match protocol {
                    SinkProtocol::Smtp => "SMTP",
                    SinkProtocol::Lmtp => "LMTP",
                };
                format!("reçue par la suite en {protocol} à {address}")
            }
        },
        delivery_ms: ms(target.delivery_delay),
        outgoing: target.outgoing.map(|address| address.to_string()),
        trusts_space: target.trusts_space,
        uses_crl: target.uses_crl,
        uses_dns: target.uses_dns,
        pace_ms: ms(target.pace),
        max_connections: target.max_connections,
        reply_ms: ms(target.reply_time),
        retry_ms: ms(target.retry),
        not_applicable: target
            .not_applicable
            .iter()
            .map(|(id, reason)| (id.to_string(), reason.clone()))
            .collect(),
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

/// The subject of the target's certificate, from the transcript of the first control or of any
/// scenario.
fn certificate(options: &Options) -> Option<String> {
    let folder = fs::read_dir(options.out.join("transcripts")).ok()?;
    folder.filter_map(Result::ok).find_map(|file| {
        let text = fs::read_to_string(file.path()).ok()?;
        text.lines().filter(|line| line.contains("tls-established")).find_map(|line| {
            match serde_json::from_str::<Entry>(line).ok()?.event {
                Event::TlsEstablished { peer, .. } => peer.first().map(|leaf| leaf.subject.clone()),
                _ => None,
            }
        })
    })
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

fn clauses(library: &Library) -> BTreeMap<String, ClauseRecord> {
    library
        .catalogue
        .clauses()
        .map(|clause| {
            let record = ClauseRecord {
                wording: clause.wording.clone(),
                source: clause.source.clone(),
                referentiel: clause.referentiel.clone(),
            };
            (clause.id.to_string(), record)
        })
        .collect()
}
