//! The whole suite against a server, held against a pinned table of its verdicts.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use fixtures::mta::Recipe;
use jiff::Timestamp;
use serde::Deserialize;
use suite::{
    oracle::reception::facts::Profile,
    record::{Level, RunRecord, RunVerdict, ScenarioRecord, Verdict},
    runner::{Options, rejudge, run},
    scenario::{self, Capability, Library},
    target::Target,
};
use tokio::sync::watch;

use super::bed::Bed;

/// A table: every verdict but `pass` of a good recipe, or what a wrong recipe changes of that.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// How the run ends.
    conclusion: RunVerdict,
    /// Extensions that a good recipe does not offer: what is about them is not applicable.
    #[serde(default)]
    without: Vec<String>,
    /// Capabilities that the operator of a good recipe does not declare: what needs one is skipped.
    #[serde(default)]
    undeclared: Vec<Capability>,
    /// Those of them that a wrong recipe offers.
    #[serde(default)]
    offers: Vec<String>,
    /// Which mandatory scenarios catch a wrong recipe, and by what; none for a good one.
    #[serde(default)]
    caught_by: Vec<Catch>,
    /// The verdicts.
    #[serde(default)]
    deviation: Vec<Deviation>,
}

/// One scenario that a server does not simply pass.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    /// The scenario.
    id: String,
    /// Its verdict; `pass` only where a wrong recipe does what the good one does not.
    verdict: Verdict,
    /// Why the server earns it.
    reason: String,
}

/// A mandatory scenario that fails by what is wrong with a recipe.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catch {
    /// The scenario.
    id: String,
    /// The clause that it is about.
    clause: String,
    /// The reasons that the run may give; more than one where the kernel decides.
    motives: Vec<String>,
}

/// Plays what `filter` keeps and fails with each difference from `tests/<name>.toml`, which for a wrong
/// recipe holds its differences from the table of the good one alone.
pub(crate) async fn hold<R: Recipe>(
    bed: &Bed<R>,
    filter: Option<&str>,
    good: &str,
    wrong: Option<&str>,
) {
    let table = read(good);
    let flawed = wrong.map(read);
    let named = wrong.unwrap_or(good);
    let out = tempfile::tempdir().expect("a folder");
    let record = play(bed, &bed.target, filter, out.path()).await;
    eprintln!("{named}: {} scenarios in {} ms", record.scenarios.len(), record.duration_ms);
    let mut differences = differences(&table, flawed.as_ref(), &record, bed.target.uses_dns);
    // How fast a server answers depends on what else this machine does.
    let failed = |remark: &&String| !remark.starts_with("la cible fait attendre");
    let remarks: Vec<&str> = record.remarks.iter().filter(failed).map(String::as_str).collect();
    if !remarks.is_empty() {
        // Nothing below means anything then.
        differences = vec![format!("the controls failed: {}", remarks.join("; "))];
    }
    if !differences.is_empty() {
        panic!(
            "{} differences from {} (transcripts kept in {}):\n{}\n\n{}'s log ends:\n{}",
            differences.len(),
            path(named).display(),
            out.keep().display(),
            differences.join("\n"),
            R::NAME,
            log_end(&bed.server.log())
        );
    }
    // Where our DNS cannot be had, scenarios are skipped, and no run concludes well.
    let conclusion = flawed.as_ref().unwrap_or(&table).conclusion;
    if bed.target.uses_dns || conclusion == RunVerdict::NonConcluant {
        assert_eq!(record.verdict, conclusion, "{:?}", record.summary);
    }
}

/// Plays the scenarios that `filter` keeps.
pub(crate) async fn play<R: Recipe>(
    bed: &Bed<R>,
    target: &Target,
    filter: Option<&str>,
    out: &Path,
) -> RunRecord {
    let library = library();
    let options = Options {
        jobs: 8,
        seed: 1,
        filter: filter.into_iter().collect(),
        strict: false,
        profile: Profile::Default,
        out: out.to_owned(),
        started: Timestamp::now(),
        challenge: None,
    };
    let (_go_on, stop) = watch::channel(false);
    let record =
        run(&library, &bed.space, target, &options, stop, |_| {}).await.expect("the run is made");
    // Whatever it showed, whoever verifies it finds nothing to object to.
    let again = rejudge(&library, &record, out).expect("judged again");
    assert_eq!(again.differences, []);
    assert_eq!(again.contradictions, []);
    record
}

fn library() -> Library {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    scenario::load(&scenarios).expect("all scenarios load")
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{name}.toml"))
}

fn read(name: &str) -> Table {
    let path = path(name);
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every scenario whose verdict is not the one that the tables pin, or `pass` where they pin none;
/// every mistake in the tables; every catch that is none.
fn differences(
    good: &Table,
    wrong: Option<&Table>,
    record: &RunRecord,
    uses_dns: bool,
) -> Vec<String> {
    let mut differences = Vec::new();
    let mut pinned = pins(good, &BTreeMap::new(), &mut differences);
    if let Some(wrong) = wrong {
        let changed = pins(wrong, &pinned, &mut differences);
        pinned.extend(changed);
        differences.extend(missed(wrong, record));
    }
    let offered = wrong.map(|wrong| wrong.offers.as_slice()).unwrap_or_default();
    let mut without: BTreeMap<&str, usize> = good
        .without
        .iter()
        .filter(|name| !offered.contains(name))
        .map(|name| (name.as_str(), 0))
        .collect();
    let mut undeclared: BTreeMap<Capability, usize> =
        good.undeclared.iter().map(|needed| (*needed, 0)).collect();
    let library = library();
    for scenario in &record.scenarios {
        let pinned = pinned.remove(scenario.id.as_str());
        let needs = library.scenarios.iter().find(|one| one.id.as_str() == scenario.id);
        let needs = needs.map(|one| &one.needs);
        let lacking =
            undeclared.iter_mut().find(|(one, _)| needs.is_some_and(|all| all.contains(one)));
        if let (Some((_, seen)), Verdict::Skipped, None) = (lacking, scenario.verdict, pinned) {
            *seen += 1;
            continue;
        }
        let lacks = without
            .iter_mut()
            .find(|(name, _)| scenario.reason.contains(&format!("n'annonce pas {name} ")));
        if let (Some((_, seen)), Verdict::NotApplicable, None) = (lacks, scenario.verdict, pinned) {
            *seen += 1;
            continue;
        }
        let wanted = pinned.map_or(Verdict::Pass, |deviation| deviation.verdict);
        // Where no namespace can be had, what needs our DNS is skipped, or told with a remark.
        let cannot_tell = !uses_dns
            && matches!(scenario.verdict, Verdict::Skipped | Verdict::PassWithRemark)
            && scenario.id.starts_with("reception/1-ptr/");
        if scenario.verdict != wanted && !cannot_tell {
            differences.push(difference(scenario, wanted, pinned));
        }
    }
    let offered = without.into_iter().filter(|(_, seen)| *seen == 0);
    differences.extend(offered.map(|(name, _)| format!("{name}: nothing misses this extension")));
    let idle = undeclared.into_iter().filter(|(_, seen)| *seen == 0);
    differences.extend(idle.map(|(one, _)| format!("{one:?}: nothing is skipped for lack of it")));
    differences.extend(
        pinned.into_keys().map(|id| format!("{id}: pinned, but there is no such scenario")),
    );
    differences
}

/// What a table pins, by scenario. `under` is what holds without it.
fn pins<'a>(
    table: &'a Table,
    under: &BTreeMap<&str, &Deviation>,
    mistakes: &mut Vec<String>,
) -> BTreeMap<&'a str, &'a Deviation> {
    let mut pinned = BTreeMap::new();
    for deviation in &table.deviation {
        let id = deviation.id.as_str();
        let before = under.get(id).map_or(Verdict::Pass, |deviation| deviation.verdict);
        if deviation.verdict == before {
            mistakes.push(format!("{id}: {before:?} is no deviation"));
        }
        if deviation.reason.trim().is_empty() {
            mistakes.push(format!("{id}: a deviation has a reason"));
        }
        if pinned.insert(id, deviation).is_some() {
            mistakes.push(format!("{id}: pinned twice"));
        }
    }
    pinned
}

/// A wrong recipe is caught: by mandatory scenarios, for the reason that its table names.
fn missed(table: &Table, record: &RunRecord) -> Vec<String> {
    let mut missed = Vec::new();
    if table.caught_by.is_empty() {
        missed
            .push("a wrong recipe is caught by a mandatory scenario, which its table names".into());
    }
    for Catch { id, clause, motives } in &table.caught_by {
        let Some(scenario) = record.scenarios.iter().find(|scenario| scenario.id == *id) else {
            missed.push(format!("{id}: catches the recipe, but there is no such scenario"));
            continue;
        };
        let caught = scenario.level == Level::Must && scenario.verdict == Verdict::Fail;
        if !caught || scenario.clause != *clause || !motives.contains(&scenario.reason) {
            missed.push(format!(
                "{id}: does not catch the recipe by {clause}, {motives:?}, but is {:?} {:?} by {}, {:?}",
                scenario.level, scenario.verdict, scenario.clause, scenario.reason
            ));
        }
    }
    missed
}

/// The difference in words, and the lines that would pin it.
fn difference(scenario: &ScenarioRecord, wanted: Verdict, pinned: Option<&Deviation>) -> String {
    let reason = pinned.map_or("not pinned", |deviation| deviation.reason.as_str());
    let verdict = serde_json::to_value(scenario.verdict).expect("a word");
    format!(
        "{}: {:?} in place of {wanted:?} ({reason})\n    {}\n    expected: {}\n    observed: {}\n\n\
         [[deviation]]\nid      = {:?}\nverdict = {verdict}\nreason  = \"\"\n",
        scenario.id,
        scenario.verdict,
        scenario.reason,
        scenario.expected,
        scenario.observed,
        scenario.id,
    )
}

fn log_end(log: &str) -> String {
    const LINES: usize = 20;
    let skipped = log.lines().count().saturating_sub(LINES);
    log.lines().skip(skipped).collect::<Vec<_>>().join("\n")
}
