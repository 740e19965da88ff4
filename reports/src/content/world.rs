//! What changed in the simulated space while the run went on, and what the target asked of it.

use suite::record::{Answer, Asked, EpochRecord, FetchRecord, ReadRecord, RunRecord, UndoneRecord};

use super::{
    text::Row,
    timeline::{MOST_WORLDS, is_unseen},
};
use crate::words;

/// The epochs of the run, a row each; where there are many, which a table tells, those of which something was not seen.
pub(super) fn changes(record: &RunRecord) -> Vec<Row> {
    let few = record.changes.len() <= MOST_WORLDS;
    record
        .changes
        .iter()
        .filter(|epoch| few || is_unseen(epoch))
        .map(|epoch| Row::list("État de l'espace", told(epoch)))
        .collect()
}

/// What the target asked of the space, counted.
pub(super) fn reads(record: &RunRecord) -> Vec<Row> {
    let rows = [("Fichiers lus", true), ("Noms demandés au DNS", false)];
    rows.into_iter()
        .map(|(label, files)| {
            let of_kind = |row: &&ReadRecord| matches!(row.what, Asked::File(_)) == files;
            let mut lines: Vec<String> = record.reads.iter().filter(of_kind).map(counted).collect();
            if lines.is_empty() {
                lines.push("rien n'a été vu".to_owned());
            }
            Row::list(label, lines)
        })
        .collect()
}

fn told(epoch: &EpochRecord) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &epoch.changes {
        lines.push(change.text.clone());
        lines.push(format!(
            "en place depuis {} (contrôle : {} → {})",
            words::moment(change.since),
            change.asked,
            change.answer
        ));
    }
    lines.extend(epoch.awaited.iter().map(words::awaited));
    lines.extend(epoch.read.iter().map(fetch));
    lines.push(match &epoch.undone {
        None => "rendu à son état nominal : non constaté, aucun message de contrôle ne l'a suivi"
            .to_owned(),
        Some(UndoneRecord { failed: Some(why), proofs, .. }) if proofs.is_empty() => {
            format!("rendu à son état nominal, sans preuve : {why}")
        }
        Some(UndoneRecord { failed: Some(why), .. }) => {
            format!("rendu à son état nominal, sans preuve que la cible l'a relu : {why}")
        }
        Some(UndoneRecord { since, proofs, .. }) => format!(
            "rendu à son état nominal depuis {} (contrôle : {})",
            words::moment(*since),
            proofs.join(" ; ")
        ),
    });
    if let Some(UndoneRecord { awaited, read, .. }) = &epoch.undone {
        lines.extend(awaited.iter().map(words::awaited));
        lines.extend(read.iter().map(fetch));
    }
    lines.push(format!("scénarios joués : {}", epoch.scenarios.join(", ")));
    lines
}

fn fetch(read: &FetchRecord) -> String {
    let FetchRecord { what, from, at, status, octets, left } = read;
    if let Some(left) = left {
        return format!("{what} : visite de {from} à {} ({left})", words::moment(*at));
    }
    let status = status.map_or("sans réponse".to_owned(), |status| format!("réponse {status}"));
    format!("{what} : lecture de {from} à {} ({status}, {octets} octets)", words::moment(*at))
}

fn counted(row: &ReadRecord) -> String {
    let what = match &row.what {
        Asked::File(file) => file.to_string(),
        Asked::Dns { kind, name: Some(name) } => format!("{name} {kind}"),
        Asked::Dns { kind, name: None } => format!("autres noms, {kind}"),
    };
    let answer = match row.answer {
        Answer::Http(Some(status)) => format!("réponse {status}"),
        Answer::Http(None) => "sans réponse".to_owned(),
        Answer::Dns(outcome) => outcome.to_string(),
    };
    format!(
        "{what} : {} fois par {} ({answer}), de {} à {}",
        row.count,
        row.from,
        words::moment(row.first),
        words::moment(row.last)
    )
}

/// An epoch in a few words.
pub(crate) fn brief(epoch: &EpochRecord) -> String {
    let changes: Vec<&str> = epoch.changes.iter().map(|change| change.text.as_str()).collect();
    let took: u64 = epoch.awaited.iter().map(|one| one.took_ms).sum();
    let read = match epoch.awaited.iter().find_map(|one| one.failed.as_ref()) {
        Some(why) => format!("relecture non vue : {why}"),
        None => format!("relu en {}", words::duration(took)),
    };
    let played = words::plural(epoch.scenarios.len(), "scénario");
    format!("{} · {read} · {played}", changes.join(" ; "))
}
