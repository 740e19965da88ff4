//! With what, how and under which declarations the run was made.

use std::iter;

use serde::Serialize;
use suite::record::{Declaration, RunRecord};

use super::{
    certificate::Certificates,
    prose,
    text::{Row, yes},
};
use crate::words;

/// What is known of the environment of a run, by what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Environment {
    /// What follows from the suite and the transcripts.
    shown: Vec<Row>,
    /// What the operator declared or the suite noted, and nothing bears out.
    declared: Vec<Row>,
}

/// The environment of the run.
pub(super) fn of(record: &RunRecord, certificates: &Certificates) -> Environment {
    let (target, world) = (&record.target, &record.world);
    let entries = words::plural(world.whitelist_entries as usize, "entrée");
    let space = world.space.as_deref().unwrap_or("créé pour cette exécution");
    let rows = [
        (
            "catalogue_sha256",
            Row::quoted("Catalogue des scénarios, SHA-256", &record.catalogue_sha256),
        ),
        ("target.certificate", presented(record, certificates)),
        ("possession", Row::list("Preuves de sa clé", words::possession(&record.possession))),
        (
            "possession.challenge",
            match &record.possession.challenge {
                None => Row::told("Défi", "aucun n'a été donné"),
                Some(word) => Row::quoted("Défi", word),
            },
        ),
        ("tier", Row::told("Palier d'essai", words::tier(record.tier))),
        (
            "target.capabilities",
            Row::quoted(
                "Capacités de la cible",
                words::capabilities(target.capabilities.iter().map(String::as_str)),
            ),
        ),
        ("suite_version", Row::quoted("Suite", format!("version {}", record.suite_version))),
        ("started", Row::told("Début", words::moment(record.started))),
        ("duration_ms", Row::told("Durée", words::duration(record.duration_ms))),
        ("clock", Row::quoted("Horloge", &record.clock)),
        ("target.name", Row::quoted("Nom de la cible", &target.name)),
        ("target.address", Row::quoted("Adresse de la cible", &target.address)),
        ("profile", Row::quoted("Profil", words::profile(&record.profile))),
        ("strict", Row::told("Mode strict", yes(record.strict))),
        ("filter", Row::told("Filtre", filter(record))),
        ("interrupted", Row::told("Interrompue", yes(record.interrupted))),
        ("seed", Row::told("Graine", record.seed.to_string())),
        ("world.space", Row::quoted("Espace simulé", space)),
        (
            "world.whitelist_url",
            Row::quoted("Liste blanche", format!("{entries} · {}", world.whitelist_url)),
        ),
        ("world.whitelist_sha256", Row::quoted("Liste blanche, SHA-256", &world.whitelist_sha256)),
        ("world.crl_url", Row::quoted("CRL", &world.crl_url)),
        ("world.dns", Row::quoted("DNS", &world.dns)),
        ("world.root", Row::quoted("Racine de TEST", &world.root)),
        ("world.root_sha256", Row::quoted("Racine de TEST, SHA-256", &world.root_sha256)),
    ];
    let (declared, shown): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(field, _)| words::is_declared(field));
    let told = |rows: Vec<(&str, Row)>| rows.into_iter().map(|(_, row)| row).collect();
    Environment { shown: told(shown), declared: told(declared) }
}

/// The certificate that the target presented, with its serial number and digest.
pub(super) fn presented(record: &RunRecord, certificates: &Certificates) -> Row {
    let presented = record
        .target
        .certificate
        .iter()
        .flat_map(|subject| iter::once(subject.clone()).chain(certificates.of_target(subject)));
    Row::list("Certificat présenté par la cible", presented)
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
        Row::told(
            "Relit la liste blanche de l'espace",
            declared.list_refresh.as_deref().unwrap_or("non déclaré"),
        ),
        Row::told(
            "Relit les CRL de l'espace",
            declared.crl_refresh.as_deref().unwrap_or("non déclaré"),
        ),
        Row::told("Scénarios destructifs demandés", yes(declared.destructive)),
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
    words::controls_told(record).iter().map(|line| prose(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// The table of the suite decides, not the one who writes a row.
    #[test]
    fn what_no_transcript_bears_out_stands_apart() {
        let record = sample::record();
        let environment = of(&record, &Certificates::default());
        let (shown, declared) =
            (format!("{:?}", environment.shown), format!("{:?}", environment.declared));
        for label in ["Catalogue des scénarios", "Preuves de sa clé", "Défi", "Palier d'essai"] {
            assert!(shown.contains(label) && !declared.contains(label), "{label}");
        }
        for label in ["Horloge", "Nom de la cible", "Filtre", "Racine de TEST", "Durée"] {
            assert!(declared.contains(label) && !shown.contains(label), "{label}");
        }
        assert!(words::is_declared("target.declaration") && words::is_declared("reads"));
        assert!(!words::is_declared("noted_elsewhere"), "a name that begins like another");
    }

    #[test]
    fn how_the_target_reads_anew_and_what_was_asked_for_is_told() {
        let record = sample::record();
        let declared = Declaration {
            list_refresh: Some("toutes les 60 s".to_owned()),
            crl_refresh: None,
            destructive: true,
            ..record.target.declaration.expect("one")
        };
        let shown = format!("{:?}", declaration(&declared));
        for words in ["toutes les 60 s", "Relit les CRL de l'espace", "Scénarios destructifs"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}
