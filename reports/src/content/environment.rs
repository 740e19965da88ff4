//! With what, how and under which declarations the run was made.

use std::iter;

use suite::record::{Declaration, RunRecord};

use super::{
    certificate::Certificates,
    prose,
    text::{Row, yes},
};
use crate::words;

/// Who says what no transcript bears out.
const OPERATOR: &str = "l’opérateur, non vérifié";
const MACHINE: &str = "la machine d’essai, non vérifié";

/// The environment of the run.
pub(super) fn rows(record: &RunRecord, certificates: &Certificates) -> Vec<Row> {
    let (target, world) = (&record.target, &record.world);
    let entries = words::plural(world.whitelist_entries as usize, "entrée");
    let presented = target
        .certificate
        .iter()
        .flat_map(|subject| iter::once(subject.clone()).chain(certificates.of_target(subject)))
        .collect::<Vec<_>>();
    let space = world.space.as_deref().unwrap_or("créé pour cette exécution");
    vec![
        Row::quoted("Suite", format!("version {}", record.suite_version)),
        Row::quoted("Catalogue des scénarios, SHA-256", &record.catalogue_sha256),
        Row::told("Début", words::moment(record.started)),
        Row::told("Durée", words::duration(record.duration_ms)),
        Row::quoted("Horloge", &record.clock).from(MACHINE),
        Row::quoted("Nom de la cible", &target.name).from(OPERATOR),
        Row::quoted("Adresse de la cible", &target.address),
        Row::list("Certificat présenté par la cible", presented),
        Row::list("Preuves de sa clé", words::possession(&record.possession)),
        match &record.possession.challenge {
            None => Row::told("Défi", "aucun n'a été donné"),
            Some(word) => Row::quoted("Défi", word),
        },
        Row::told("Palier d'essai", words::tier(record.tier)),
        Row::quoted("Profil", words::profile(&record.profile)),
        Row::told("Mode strict", yes(record.strict)),
        Row::told("Filtre", filter(record)),
        Row::told("Interrompue", yes(record.interrupted)),
        Row::told("Graine", record.seed.to_string()),
        Row::quoted(
            "Capacités de la cible",
            words::capabilities(target.capabilities.iter().map(String::as_str)),
        ),
        Row::quoted("Espace simulé", space).from(MACHINE),
        Row::quoted("Liste blanche", format!("{entries} · {}", world.whitelist_url)),
        Row::quoted("Liste blanche, SHA-256", &world.whitelist_sha256),
        Row::quoted("CRL", &world.crl_url),
        Row::quoted("DNS", &world.dns),
        Row::quoted("Racine de TEST", &world.root),
        Row::quoted("Racine de TEST, SHA-256", &world.root_sha256),
    ]
}

fn filter(record: &RunRecord) -> String {
    words::filter(&record.filter).unwrap_or_else(|| "aucun".to_owned())
}

/// What the operator declared of its proxy, row by row.
pub(super) fn declaration(declared: &Declaration) -> Vec<Row> {
    let seconds = |ms: u64| words::duration(ms);
    vec![
        Row::list("Domaines", &declared.domains),
        Row::list("Boîte existante", &declared.mailbox),
        Row::list("Seconde boîte", &declared.second),
        Row::list("Adresse inexistante", &declared.unknown),
        Row::told("Remise", declared.delivery.as_deref().unwrap_or("non observée")),
        Row::told("Délai de remise", seconds(declared.delivery_ms)),
        Row::list("Courrier sortant recueilli à", &declared.outgoing),
        Row::told("Fait confiance à l'espace simulé", yes(declared.trusts_space)),
        Row::told("Vérifie les CRL de l'espace", yes(declared.uses_crl)),
        Row::told("Interroge le DNS de l'espace", yes(declared.uses_dns)),
        Row::told("Pause avant chaque scénario", seconds(declared.pace_ms)),
        Row::told("Connexions simultanées", declared.max_connections.to_string()),
        Row::told("Délai d'une réponse", seconds(declared.reply_ms)),
        Row::told("Patience devant un 4xx", seconds(declared.retry_ms)),
        if declared.not_applicable.is_empty() {
            Row::told("Scénarios déclarés sans objet", "aucun")
        } else {
            let each =
                declared.not_applicable.iter().map(|(id, reason)| format!("{id} : {reason}"));
            Row::list("Scénarios déclarés sans objet", each)
        },
    ]
}

/// The controls of the run: whether the nominal message of each family passed before and after.
pub(super) fn controls(record: &RunRecord) -> Vec<String> {
    words::controls(record)
        .map(|(name, control)| {
            prose(&format!(
                "Contrôle {name} : {} ({})",
                if control.accepted { "message accepté" } else { "message non accepté" },
                control.observed
            ))
        })
        .collect()
}
