//! Reads a folder of scenarios: all of it, or all that is wrong with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use miette::NamedSource;

use super::{
    catalogue::{self, Catalogue},
    check::{self, Checked},
    digest::{below, digest},
    document,
    model::{Action, Expected, ListChange, Scenario, ScenarioId, ScriptStep},
    problem::{LoadErrors, Problem, Source},
    raw::RawScenario,
    variant,
};
use crate::{
    family::{CLAUSES, FAMILY, Family, family},
    record::Level,
};

/// Name of the register of interpretations.
pub const INTERPRETATIONS: &str = "interpretations.md";
/// Largest file that is read, in octets.
pub const MAX_FILE: u64 = 256 * 1024;
/// Most files that are read.
pub const MAX_FILES: usize = 10_000;
/// Deepest folder that is entered.
const MAX_DEPTH: usize = 8;

/// A loaded folder of scenarios.
#[derive(Clone, Debug)]
pub struct Library {
    /// The scenarios, sorted by id.
    pub scenarios: Vec<Scenario>,
    /// What they refer to.
    pub catalogue: Catalogue,
    /// SHA-256 over all files, lower-case hexadecimal.
    pub sha256: String,
}

impl Library {
    /// The nominal scenario of a family, by which it is known that the target still lives; every family that was
    /// loaded has one.
    #[must_use]
    pub fn nominal(&self, family: &Family) -> Option<&Scenario> {
        self.scenario(&family.nominal)
    }

    /// The scenario of that id.
    #[must_use]
    pub fn scenario(&self, id: &ScenarioId) -> Option<&Scenario> {
        let found = self.scenarios.binary_search_by(|scenario| scenario.id.cmp(id));
        found.ok().map(|index| &self.scenarios[index])
    }
}

impl Scenario {
    /// Whether it expects a refusal: such a scenario can be no twin, and as a MUST it needs one.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match &self.action {
            Action::Transactions(all) => all.iter().any(|one| one.expect == Expected::Refused),
            Action::Probe { expect, .. } => *expect == Expected::Refused,
            Action::Script { lines, .. } => lines.iter().any(|line| match &line.step {
                ScriptStep::Expect(reply) => !reply.recommended && reply.is_refusal(),
                _ => false,
            }),
            Action::Inspect(_) | Action::Request(_) => false,
        }
    }

    /// Whether it can be the twin of another one: it passes only when the target accepts.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        match &self.action {
            Action::Transactions(all) => all.iter().all(|one| one.expect == Expected::Accepted),
            Action::Probe { expect, .. } => *expect == Expected::Accepted,
            Action::Script { .. } | Action::Inspect(_) | Action::Request(_) => !self.is_negative(),
        }
    }
}

/// Loads every family below `root` with its scenarios and clauses, and the interpretations.
///
/// # Errors
/// All that is wrong, at once, in the order of files and lines.
pub fn load(root: &Path) -> Result<Library, LoadErrors> {
    let mut load =
        Load { root, files: BTreeMap::new(), unread: BTreeSet::new(), problems: Vec::new() };
    load.walk(root, 0);
    load.finish()
}

/// Loads a folder whose files are in memory: of each its path below the folder, and its text. Files
/// that [`load`] would not read are left out.
///
/// # Errors
/// As [`load`].
pub fn load_texts(
    root: &Path,
    files: impl IntoIterator<Item = (String, String)>,
) -> Result<Library, LoadErrors> {
    let mut load =
        Load { root, files: BTreeMap::new(), unread: BTreeSet::new(), problems: Vec::new() };
    for (name, text) in files {
        let path = root.join(name);
        if load.is_ours(&path) {
            load.add(path, text);
        }
    }
    load.finish()
}

struct Load<'r> {
    root: &'r Path,
    /// Every file read, by path.
    files: BTreeMap<PathBuf, Source>,
    /// The files of scenarios with a fault, by path below the root without `.toml`.
    unread: BTreeSet<String>,
    problems: Vec<Problem>,
}

type All = BTreeMap<ScenarioId, Checked>;

/// The scenarios of a file, and what is wrong with it: a fault that its variants share is told once.
fn variants(
    stem: &str,
    path: &Path,
    file: &Source,
    family: &Family,
    problems: &mut Vec<Problem>,
) -> Vec<(ScenarioId, Checked)> {
    let all = document::parse(file)
        .and_then(|mut table| Ok((variant::take(file, table.get_mut())?, table)));
    let (all, table) = match all {
        Ok(read) => read,
        Err(faults) => {
            problems.extend(faults);
            return Vec::new();
        }
    };
    let mut out = Vec::new();
    for variant in all {
        let (raw, mut faults) = document::read_table::<RawScenario>(file, variant.of(&table));
        let id = ScenarioId(Arc::from(variant.id(stem)));
        match raw.map(|raw| check::check(id.clone(), path, file, raw, family)) {
            Some(Ok(checked)) => out.push((id, checked)),
            Some(Err(found)) => faults.extend(found),
            None => {}
        }
        faults.retain(|fault| !problems.iter().any(|told| told.is_the_same(fault)));
        problems.extend(faults);
    }
    out
}

impl Load<'_> {
    fn finish(mut self) -> Result<Library, LoadErrors> {
        let catalogue = self.catalogue();
        let checked = self.scenarios(&catalogue);
        self.nominals(&checked, &catalogue);
        self.titles(&checked);
        self.references(&checked, &catalogue);
        self.cycles(&checked);
        if !self.problems.is_empty() {
            return Err(LoadErrors::new(self.root, self.problems));
        }
        let octets = self.files.iter().map(|(path, file)| (path, file.inner().as_bytes()));
        let sha256 = digest(self.root, octets);
        let scenarios = checked.into_values().map(|checked| checked.scenario).collect();
        Ok(Library { scenarios, catalogue, sha256 })
    }

    fn walk(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(folder, &error.to_string()),
        };
        for entry in entries {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            match entry.file_type() {
                Err(error) => self.unreadable(&path, &error.to_string()),
                Ok(_) if hidden => {}
                Ok(kind) if kind.is_dir() && depth == MAX_DEPTH => {
                    self.unreadable(&path, "folders are nested too deeply");
                }
                Ok(kind) if kind.is_dir() => self.walk(&path, depth + 1),
                Ok(kind) if kind.is_file() && self.is_ours(&path) => self.read(path),
                Ok(_) => {}
            }
        }
    }

    fn is_ours(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "toml")
            || path == self.root.join(INTERPRETATIONS)
    }

    fn read(&mut self, path: PathBuf) {
        let mut text = String::new();
        let read = fs::File::open(&path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text));
        match read {
            Err(error) => self.unreadable(&path, &error.to_string()),
            Ok(_) => self.add(path, text),
        }
    }

    fn add(&mut self, path: PathBuf, text: String) {
        if self.files.len() == MAX_FILES {
            return self.unreadable(&path, "there are too many files");
        }
        if text.len() as u64 > MAX_FILE {
            return self.unreadable(&path, &format!("it is larger than {MAX_FILE} octets"));
        }
        let name = below(self.root, &path);
        self.files.insert(path, Arc::new(NamedSource::new(name, text)));
    }

    fn unreadable(&mut self, path: &Path, why: &str) {
        let file = Arc::new(NamedSource::new(below(self.root, path), String::new()));
        self.problems.push(Problem::new(&file, format!("cannot be read: {why}")));
    }

    fn catalogue(&mut self) -> Catalogue {
        let mut out = Catalogue::default();
        let folders: BTreeSet<String> = self
            .files
            .values()
            .filter_map(|file| Some(file.name().split_once('/')?.0.to_owned()))
            .collect();
        if folders.is_empty() {
            self.unreadable(self.root, "it holds no family: a folder with its famille.toml");
        }
        for folder in folders {
            let file = self.required(&format!("{folder}/{FAMILY}"));
            let clauses = self.required(&format!("{folder}/{CLAUSES}"));
            if let (Some(file), Some(clauses)) = (file, clauses)
                && let Some(read) = family(&folder, &file, &clauses, &mut self.problems)
            {
                self.twice(&read, &out, &clauses);
                out.families.push(read);
            }
        }
        // As the sources number their transactions.
        out.families.sort_by(|a, b| (&a.transaction, &a.folder).cmp(&(&b.transaction, &b.folder)));
        if let Some(file) = self.required(INTERPRETATIONS) {
            let (interpretations, problems) = catalogue::interpretations(&file);
            out.interpretations = interpretations;
            self.problems.extend(problems);
        }
        out
    }

    /// A clause is that of one family.
    fn twice(&mut self, family: &Family, others: &Catalogue, file: &Source) {
        for clause in &family.clauses {
            let other =
                others.families.iter().find(|one| one.clauses.iter().any(|c| c.id == clause.id));
            if let Some(other) = other {
                let message = format!("the clause `{}` is one of `{}`", clause.id, other.folder);
                self.problems.push(Problem::new(file, message));
            }
        }
    }

    /// The nominal scenario of a family exists and expects an acceptance.
    fn nominals(&mut self, all: &All, catalogue: &Catalogue) {
        for family in &catalogue.families {
            let path = self.root.join(&family.folder).join(FAMILY);
            // A scenario that was not read well is told of by itself.
            let there = self.may_be_there(&family.nominal);
            let message = match all.get(&family.nominal) {
                None if there => continue,
                None => format!("there is no scenario `{}`", family.nominal),
                Some(checked) if !checked.scenario.is_positive() => {
                    format!("`{}` does not expect an acceptance", family.nominal)
                }
                Some(_) => continue,
            };
            let problem = Problem::new(&self.files[&path], message);
            self.problems
                .push(problem.help("`nominal` names the scenario in which nothing is wrong"));
        }
    }

    fn required(&mut self, name: &str) -> Option<Source> {
        let path = self.root.join(name);
        let file = self.files.get(&path).cloned();
        if file.is_none() && !self.problems.iter().any(|problem| problem.file() == name) {
            self.unreadable(&path, "it is missing");
        }
        file
    }

    fn scenarios(&mut self, catalogue: &Catalogue) -> All {
        let mut out = All::new();
        let mut transcripts: BTreeMap<String, ScenarioId> = BTreeMap::new();
        for (path, file) in &self.files {
            let name = file.name();
            let Some(id) = name.strip_suffix(".toml") else { continue };
            let ours = id.split_once('/').is_some_and(|(_, below)| {
                [FAMILY, CLAUSES].iter().any(|other| other.strip_suffix(".toml") == Some(below))
            });
            if ours {
                continue;
            }
            if !id.contains('/') {
                let help = "a scenario lies in the folder of its family, beside famille.toml";
                let problem = Problem::new(file, format!("`{id}` belongs to no family"));
                self.problems.push(problem.help(help));
                continue;
            }
            if !id.split('/').all(catalogue::is_slug) {
                let help = "each part of the path is made of a–z, 0–9 and inner hyphens";
                let message = format!("`{id}` is no scenario id");
                self.problems.push(Problem::new(file, message).help(help));
                continue;
            }
            // A family that is not whole was told of.
            let Some(family) = catalogue.family(&ScenarioId(Arc::from(id))) else { continue };
            let mut problems = Vec::new();
            for (id, checked) in variants(id, path, file, family, &mut problems) {
                if let Some(other) = out.get(&id) {
                    let other = self.files[&other.scenario.file].name();
                    let message = format!("the id `{id}` is that of a scenario of {other}");
                    problems.push(Problem::new(file, message));
                } else if let Some(other) = transcripts.get(&id.transcript_name()) {
                    let help = "hyphens and folders are alike in the name of a transcript";
                    let message = format!(
                        "the transcript of `{id}` would have the name of that of `{other}`"
                    );
                    problems.push(Problem::new(file, message).help(help));
                } else {
                    transcripts.insert(id.transcript_name(), id.clone());
                    out.insert(id, checked);
                }
            }
            if !problems.is_empty() {
                self.unread.insert(id.to_owned());
            }
            self.problems.extend(problems);
        }
        out
    }

    /// Whether a scenario of that id may be in a file that was not read well.
    fn may_be_there(&self, id: &ScenarioId) -> bool {
        self.unread.iter().any(|stem| {
            let end = id.as_str().strip_prefix(stem.as_str());
            end.is_some_and(|end| end.is_empty() || end.starts_with('-'))
        })
    }

    fn file(&self, checked: &Checked) -> Source {
        self.files[&checked.scenario.file].clone()
    }

    fn titles(&mut self, all: &All) {
        let mut seen: BTreeMap<&str, &ScenarioId> = BTreeMap::new();
        for (id, checked) in all {
            let title = checked.scenario.title.as_str();
            if let Some(other) = seen.insert(title, id) {
                let problem = Problem::new(&self.file(checked), "a title is that of one scenario")
                    .at(checked.title.clone(), format!("also the title of `{other}`"));
                self.problems.push(problem);
            }
        }
    }

    fn references(&mut self, all: &All, catalogue: &Catalogue) {
        let register = self.files.contains_key(&self.root.join(INTERPRETATIONS));
        for checked in all.values() {
            let scenario = &checked.scenario;
            let file = self.file(checked);
            if let (Some(twin), Some(at)) = (&scenario.twin, &checked.twin) {
                match all.get(twin) {
                    None if self.may_be_there(twin) => {}
                    None => self.problems.push(
                        Problem::new(&file, format!("there is no scenario `{twin}`"))
                            .at(at.clone(), "the twin does not exist"),
                    ),
                    Some(other) if !other.scenario.is_positive() => self.problems.push(
                        Problem::new(&file, format!("`{twin}` does not expect an acceptance"))
                            .at(at.clone(), "this can be no twin")
                            .help("a twin is a passing scenario that differs by one change"),
                    ),
                    Some(other) if !comes_before(scenario, &other.scenario) => self.problems.push(
                        Problem::new(&file, format!("`{twin}` is played in another world"))
                            .at(at.clone(), "its list is another")
                            .help("name one of the nominal world, of the same [list], or of this list as it should be"),
                    ),
                    Some(_) => {}
                }
            } else if scenario.is_negative() && scenario.level == Level::Must {
                let help = "name in `twin` the passing scenario that differs by one change";
                self.problems.push(
                    Problem::new(&file, "a refusal that is a MUST needs a twin")
                        .at(checked.level.clone(), "is `must`")
                        .help(help),
                );
            }
            if let (Some(slug), Some(at)) = (&scenario.interpretation, &checked.interpretation)
                && !catalogue.interpretations.contains_key(slug)
                && register
            {
                self.problems.push(
                    Problem::new(&file, format!("there is no interpretation `{slug}`"))
                        .at(at.clone(), format!("not a heading of {INTERPRETATIONS}")),
                );
            }
        }
    }

    fn cycles(&mut self, all: &All) {
        for (id, checked) in all {
            let mut at = id;
            // As many steps as there are scenarios lead round any cycle.
            for _ in 0..all.len() {
                let Some(twin) = all.get(at).and_then(|one| one.scenario.twin.as_ref()) else {
                    break;
                };
                at = twin;
                if at == id {
                    let span = checked.twin.clone().unwrap_or_default();
                    self.problems.push(
                        Problem::new(&self.file(checked), "twins go round in a circle")
                            .at(span, "this leads back here"),
                    );
                    break;
                }
            }
        }
    }
}

/// Whether a twin is played before the scenario which rests on it: its world is the nominal one, the same, or one that is
/// the same but for the fault of its list, which epochs put first.
fn comes_before(scenario: &Scenario, twin: &Scenario) -> bool {
    let (world, own) = (twin.world(), scenario.world());
    let sound = ListChange { fault: None, ..scenario.list.clone() };
    let same_but_for_its_fault = twin.list == sound && twin.peer.revoked == scenario.peer.revoked;
    world.is_nominal()
        || world == own
        || same_but_for_its_fault && (world.harm(), &world) < (own.harm(), &own)
}
