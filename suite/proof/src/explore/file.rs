//! A disagreement as a scenario file, in a folder of scenarios that loads and plays as it is.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use fixtures::{
    dn::{Attribute, DistinguishedName},
    smtp::transcript::Entry,
};
use serde_json::Value;

use super::Disagreement;
use suite::{
    family::{CLAUSES, FAMILY},
    oracle::reception::facts::{EhloStatus, PtrStatus},
    record::Level,
    scenario::{
        Action, Catalogue, Manner, MessageKind, Peer, PeerTls, Presented, ReversePath, Scenario,
        Transaction, loader::INTERPRETATIONS, model::Transfer,
    },
};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder of scenarios, to be given to `conformance --scenarios`.
    pub root: PathBuf,
    /// The scenario.
    pub file: PathBuf,
    /// The transcript.
    pub transcript: PathBuf,
}

/// A file cannot be written, or one of the suite's read: the user's folders.
#[derive(Debug, thiserror::Error)]
#[error("{path} : {source} ; libérez de la place, ou désignez un autre dossier avec --out")]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// The operating system's words.
    pub source: io::Error,
}

/// Writes a disagreement below `out`: the scenario, what it refers to (taken from `scenarios`, the
/// suite's own folder), and its transcript.
///
/// # Errors
/// [`WriteError`].
pub fn write(
    found: &Disagreement,
    scenarios: &Path,
    catalogue: &Catalogue,
    out: &Path,
) -> Result<Written, WriteError> {
    let scenario = &found.made.scenario;
    let root = out.join("scenarios");
    let family = catalogue.family(&scenario.id);
    let of_family = family.map(|family| {
        let of = |name| format!("{}/{name}", family.folder);
        [of(FAMILY), of(CLAUSES), format!("{}.toml", family.nominal)]
    });
    let of_all = [INTERPRETATIONS.to_owned()];
    for name in of_family.into_iter().flatten().chain(of_all) {
        let from = scenarios.join(&name);
        let text = fs::read(&from).map_err(|source| WriteError { path: from, source })?;
        put(&root.join(&name), &text)?;
    }
    let file = root.join(format!("{}.toml", scenario.id));
    put(&file, text(found, catalogue).as_bytes())?;
    let name = format!("{}.jsonl", scenario.id.as_str().replace('/', "-"));
    let transcript = out.join("transcripts").join(name);
    put(&transcript, &lines(&found.entries))?;
    Ok(Written { root, file, transcript })
}

fn put(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)
}

fn lines(entries: &[Entry]) -> Vec<u8> {
    let line = |entry| serde_json::to_string(entry).expect("an entry is always JSON") + "\n";
    entries.iter().map(line).collect::<String>().into_bytes()
}

fn text(found: &Disagreement, catalogue: &Catalogue) -> String {
    let scenario = &found.made.scenario;
    let mut text = String::new();
    for line in [
        "Écrit par `cargo xtask explore` : la cible y contredit l'oracle.",
        &format!("Cause : {}", found.cause),
        &format!("Cas de même cause, celui-ci compris : {}", found.alike.saturating_add(1)),
        &format!("Observé : {}", found.record.observed),
        &format!("Motif : {}", found.record.reason),
    ] {
        let line = line.replace(char::is_control, " ");
        let _ = writeln!(text, "# {line}");
    }
    head(&mut text, scenario, catalogue);
    peer(&mut text, &scenario.peer);
    manner(&mut text, scenario.manner);
    for entry in &scenario.list.add {
        let _ = writeln!(text, "\n[[list.add]]");
        key(&mut text, "domain", &entry.domain);
        key(&mut text, "dn", &entry.dn);
    }
    if let Action::Transactions(transactions) = &scenario.action {
        for transaction in transactions {
            self::transaction(&mut text, transaction);
        }
    }
    text
}

fn head(text: &mut String, scenario: &Scenario, catalogue: &Catalogue) {
    key(text, "title", &scenario.title);
    key(text, "purpose", &scenario.purpose);
    key(text, "clause", scenario.clause.as_str());
    let source = catalogue.clause(scenario.clause).map_or("ERR §2.2", |clause| &clause.source);
    key(text, "source", source);
    let level = match scenario.level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    };
    key(text, "level", level);
    if let Some(twin) = &scenario.twin {
        key(text, "twin", twin.as_str());
    }
    if let Some(slug) = &scenario.interpretation {
        key(text, "interpretation", slug);
    }
}

fn peer(text: &mut String, peer: &Peer) {
    let _ = writeln!(text, "\n[peer]");
    key(text, "operator", &peer.operator);
    let certificate = match peer.certificate {
        Presented::None => "none",
        Presented::Certificate(variant) => variant.name(),
    };
    key(text, "certificate", certificate);
    if peer.ehlo != EhloStatus::default() {
        key(text, "ehlo", &word(&peer.ehlo));
    }
    if peer.ptr != PtrStatus::default() {
        key(text, "ptr", &word(&peer.ptr));
    }
    if peer.tls != PeerTls::default() {
        key(text, "tls", &word(&peer.tls));
    }
    if let Some(name) = &peer.name {
        let _ = writeln!(text, "dn = {}", dn(name));
    }
    if let Some(listed) = &peer.listed {
        key(text, "listed", &word(listed));
    }
}

fn manner(text: &mut String, manner: Manner) {
    if manner == Manner::default() {
        return;
    }
    let _ = writeln!(text, "\n[session]");
    let _ = writeln!(text, "pipelining = {}", manner.pipelining);
    let _ = writeln!(text, "reset = {}", manner.reset);
    key(text, "verbs", &word(&manner.verbs));
}

fn transaction(text: &mut String, transaction: &Transaction) {
    let _ = writeln!(text, "\n[[transaction]]");
    let from = match &transaction.from {
        ReversePath::Absent => "none",
        ReversePath::Null => "<>",
        ReversePath::Address(template) => &template.0,
    };
    key(text, "from", from);
    let to: Vec<String> = transaction.to.iter().map(|to| string(&to.0)).collect();
    let _ = writeln!(text, "to = [{}]", to.join(", "));
    if let Some(parameters) = &transaction.mail_parameters {
        key(text, "mail_parameters", &parameters.0);
    }
    let stated = transaction.stated;
    if let Some(form) = &stated.form {
        key(text, "form", &word(form));
    }
    if let Some(domain) = &stated.domain {
        key(text, "domain", &word(domain));
    }
    if let Some(listed) = &stated.listed {
        key(text, "listed", &word(listed));
    }
    if transaction.message != MessageKind::default() {
        key(text, "message", &word(&transaction.message));
    }
    if let Some(size) = transaction.size {
        let _ = writeln!(text, "size = {size}");
    }
    if transaction.by != Transfer::default() {
        key(text, "by", &word(&transaction.by));
    }
    key(text, "outcome", &word(&transaction.expect));
}

/// A name as its RDNs, values as they stand.
fn dn(name: &DistinguishedName) -> String {
    let attribute = |attribute: &Attribute| {
        string(&format!("{}={}", attribute.kind, attribute.text().unwrap_or_default()))
    };
    let rdns: Vec<String> = name
        .rdns()
        .iter()
        .map(|rdn| format!("[{}]", rdn.attributes().map(attribute).collect::<Vec<_>>().join(", ")))
        .collect();
    format!("[{}]", rdns.join(", "))
}

fn key(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name} = {}", string(value));
}

fn string(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

/// The word that stands for a value in files.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => unreachable!("these enums are words: {other:?}"),
    }
}
