//! An honest run, and what somebody makes of it: whatever of its record follows from the suite and from the
//! transcripts cannot be said otherwise.

mod alteration;
mod forged;
mod run;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    num::NonZero,
    path::Path,
    thread,
};

use annexe1::Form;
use jiff::Timestamp;
use reports::{
    bundle::Files,
    dossier::{self, Demands, Finding, Paper},
    json,
};
use serde_json::Value;
use suite::{
    record::RunRecord,
    runner::{Contradicted, Difference, IS_DECLARED, rejudge},
    scenario::Library,
};

use crate::{
    alteration::{Alteration, How, alterations},
    forged::{End, FORGERIES, retouched},
    run::{RECORD, found, honest, library, record},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_retouched_is_named() {
    let library = library();
    let files = honest(&library).await;
    assert_eq!(found(&library, &files), [], "an honest run is not blamed");
    let mut wrong = Vec::new();
    for (name, retouch, end) in FORGERIES {
        let forged = retouched(&files, retouch);
        let found = found(&library, &forged);
        let ends = |finding: &Finding| match (end, finding) {
            (End::In(kind), finding) => finding.kind() == *kind,
            (End::Cannot(what), Finding::Inconsistent(shown)) => shown.what == *what,
            _ => false,
        };
        if !found.iter().any(ends) {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tried: BTreeSet<Contradicted> = FORGERIES
        .iter()
        .filter_map(|(.., end)| match end {
            End::Cannot(what) => Some(*what),
            End::In(_) => None,
        })
        .collect();
    assert_eq!(tried, Contradicted::ALL.iter().copied().collect(), "each that cannot be is forged");
}

/// In the place of each value of the record, every other one that its published schema allows, all documents made anew:
/// it is named, or it stands at a field that is declared. Some 530 alterations of 180 fields are tried. The snapshot says what one can declare and be believed, alone
/// or with all that follows from it.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_schema_allows_is_named_or_declared() {
    let library = library();
    let files = honest(&library).await;
    let record = record(&files);
    let all = alterations(&schema(), &record);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let judge = |some: &[Alteration]| -> Vec<(Fate, RunRecord)> {
        let fate =
            |one: &Alteration| fate(&library, &files, one.of(&record), is_declared(&one.kind));
        some.iter().map(fate).collect()
    };
    let made: Vec<(Fate, RunRecord)> = thread::scope(|scope| {
        let judge = &judge;
        let shares = all.chunks(all.len().div_ceil(workers));
        let working: Vec<_> = shares.map(|some| scope.spawn(move || judge(some))).collect();
        working.into_iter().flat_map(|one| one.join().expect("judged")).collect()
    });
    let mut believed: BTreeMap<(Fate, &str), BTreeMap<How, &RunRecord>> = BTreeMap::new();
    for (one, (fate, record)) in all.iter().zip(&made) {
        if matches!(fate, Fate::Believed | Fate::BelievedDerived) {
            believed.entry((*fate, &one.kind)).or_default().entry(one.how).or_insert(record);
        }
    }
    // Whoever has the source makes all documents anew: of each kind of alteration one is tried.
    for hows in believed.values_mut() {
        hows.retain(|_, record| !is_named(&library, &sealed(&files, record)));
    }
    believed.retain(|_, hows| !hows.is_empty());
    let count = |wanted| made.iter().filter(|(fate, _)| *fate == wanted).count();
    let (named, same) = (count(Fate::Named), count(Fate::Same));
    let kinds: BTreeSet<&str> = all.iter().map(|one| one.kind.as_str()).collect();
    let tried = format!(
        "{} alterations of {} fields, {named} named, {same} say the same",
        all.len(),
        kinds.len()
    );
    assert!(all.len() > 450 && kinds.len() > 150 && named > 330 && same < 20, "{tried}");
    let derived: Vec<_> = believed.keys().filter(|(_, kind)| !is_declared(kind)).collect();
    assert!(derived.is_empty(), "derived, and not held against what is recorded: {derived:#?}");
    let told =
        believed.iter().map(|((fate, kind), hows)| format!("{fate:?} {kind}: {:?}\n", hows.keys()));
    insta::assert_snapshot!("believed", told.collect::<String>());
}

/// What becomes of an altered record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It is refused, or what is wrong is named.
    Named,
    /// It says the same, in the one form in which a record is written.
    Same,
    /// Nothing is wrong.
    Believed,
    /// Nothing is wrong once all that follows from it is derived anew.
    BelievedDerived,
}

/// What becomes of it, and the record that is believed if one is.
fn fate(library: &Library, files: &Files, altered: Value, declared: bool) -> (Fate, RunRecord) {
    let altered: RunRecord =
        serde_json::from_value(altered).expect("what the schema allows is read");
    let forged = with(files, &altered);
    if forged == *files {
        return (Fate::Same, altered);
    }
    if !is_named(library, &forged) {
        return (Fate::Believed, altered);
    }
    // All that is derived comes out as it was, but for what follows from what is declared.
    match rejudge(library, &altered, files).ok().filter(|_| declared) {
        Some(again) if !is_named(library, &with(files, &again.record)) => {
            (Fate::BelievedDerived, again.record)
        }
        _ => (Fate::Named, altered),
    }
}

/// These files with another record.
fn with(files: &Files, record: &RunRecord) -> Files {
    let mut files = files.clone();
    files.insert(RECORD.to_owned(), json::render(record).expect("JSON").into_bytes());
    files
}

/// The dossier of a record, as whoever has the source makes it.
fn sealed(files: &Files, record: &RunRecord) -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, octets) in &with(files, record) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, octets).expect("written");
    }
    let form = Form::default();
    let made = dossier::assemble(record, folder.path(), &form, None, Paper::None);
    let mut dossier = made.expect("a dossier is made of it");
    dossier::seal(&mut dossier, None, Timestamp::now()).expect("sealed");
    dossier
}

/// Whether a dossier is refused with what is wrong, or as one that was not checked to its end.
fn is_named(library: &Library, files: &Files) -> bool {
    let now = Timestamp::now();
    let made = dossier::verify(files, library, None, now);
    made.map_or(true, |made| !made.shortfalls(&Demands::default(), now).is_empty())
}

/// Whether a field is taken as it stands.
fn is_declared(kind: &str) -> bool {
    let path = kind.split('.').map(str::to_owned).collect();
    let at = Difference { path, recorded: None, derived: None };
    IS_DECLARED.iter().any(|one| at.is_at(one))
}

/// The published schema of the record.
fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/record.schema.json");
    serde_json::from_str(&fs::read_to_string(path).expect("published")).expect("JSON")
}
