//! What has changed from one run to a later one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::record::{DecisionRecord, Level, RunRecord, ScenarioRecord, Tier, Verdict};

/// What became of a scenario from one run to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It fails now, and did not before.
    Broken,
    /// It was judged before, and is not any more: skipped, inconclusive or not applicable.
    Lost,
    /// It passes now, and failed before.
    Fixed,
    /// It passes now, and was not judged before.
    Gained,
    /// It passes with a remark now, and without one before.
    Remarked,
    /// It passes without a remark now, and with one before.
    Cleared,
    /// It is not judged, as before, but for another cause.
    Shifted,
    /// Only the later run has it.
    New,
    /// Only the earlier run has it.
    Gone,
    /// The same verdict on another wording.
    Reworded,
}

impl Kind {
    /// Every kind, the gravest first.
    pub const ALL: [Self; 10] = [
        Self::Broken,
        Self::Lost,
        Self::Gone,
        Self::Remarked,
        Self::Fixed,
        Self::Gained,
        Self::Cleared,
        Self::Shifted,
        Self::New,
        Self::Reworded,
    ];
}

/// One scenario that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// Its title, in the later run if it is there.
    pub title: String,
    /// Its clause.
    pub clause: String,
    /// Its level, the higher of the two.
    pub level: Level,
    /// What became of it.
    pub kind: Kind,
    /// The verdict of the earlier run.
    pub before: Option<Verdict>,
    /// The verdict of the later run.
    pub after: Option<Verdict>,
    /// The reason given by the later run, or by the earlier one when it is gone.
    pub reason: String,
    /// Parts of the requirement worded otherwise than before, by their names in the record.
    pub reworded: Vec<&'static str>,
}

/// A difference between two runs that bears on what their comparison is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// What differs, by its name in the record.
    pub name: &'static str,
    /// In the earlier run.
    pub before: String,
    /// In the later run.
    pub after: String,
}

/// Two runs held against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// What differs between the runs themselves.
    pub settings: Vec<Setting>,
    /// Scenarios that changed: the gravest kind first, then by id.
    pub changes: Vec<Change>,
    /// Scenarios that did not.
    pub same: u32,
}

/// How a moment is told.
const MOMENT: &str = "%d/%m/%Y à %H:%M:%S UTC";

/// Two runs of which the second is not one that follows the first. The messages are for whoever gave
/// them, in French, and say what to do behind a colon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSequel {
    /// The first is the later one.
    #[error(
        "la campagne donnée comme antérieure est du {}, et l'autre du {} : donnez d'abord l'ancienne, puis \
         la nouvelle",
        before.strftime(MOMENT),
        after.strftime(MOMENT)
    )]
    Later {
        /// Start of the one given as the earlier.
        before: Timestamp,
        /// Start of the other.
        after: Timestamp,
    },
    /// It is that of another target.
    #[error(
        "la campagne antérieure est celle de « {before} », et l'autre celle de « {after} » : donnez deux \
         campagnes de la même cible"
    )]
    OtherTarget {
        /// Name or DN of the target of the earlier run.
        before: String,
        /// That of the other.
        after: String,
    },
}

/// That `before` was not begun after `after`.
///
/// # Errors
/// [`NoSequel::Later`].
pub fn in_order(before: &RunRecord, after: &RunRecord) -> Result<(), NoSequel> {
    if before.started <= after.started {
        return Ok(());
    }
    Err(NoSequel::Later { before: before.started, after: after.started })
}

/// That `before` is an earlier run of the same target: of the same declared DN or, where one run
/// declares none, of the same name.
///
/// # Errors
/// [`NoSequel`].
pub fn of_one_target(before: &RunRecord, after: &RunRecord) -> Result<(), NoSequel> {
    in_order(before, after)?;
    let (one, other) = (&before.target, &after.target);
    let (one, other) = match (&one.dn, &other.dn) {
        (Some(one), Some(other)) => (one, other),
        _ => (&one.name, &other.name),
    };
    if one == other && before.target.embedded == after.target.embedded {
        return Ok(());
    }
    Err(NoSequel::OtherTarget { before: one.clone(), after: other.clone() })
}

impl Comparison {
    /// Compares an earlier run with a later one.
    #[must_use]
    pub fn of(before: &RunRecord, after: &RunRecord) -> Self {
        let mut pairs: BTreeMap<&str, (Option<&ScenarioRecord>, Option<&ScenarioRecord>)> =
            BTreeMap::new();
        for scenario in &before.scenarios {
            pairs.entry(&scenario.id).or_default().0 = Some(scenario);
        }
        for scenario in &after.scenarios {
            pairs.entry(&scenario.id).or_default().1 = Some(scenario);
        }
        let total = pairs.len();
        let wording = |scenario: &ScenarioRecord, record: &RunRecord| {
            record.clauses.get(&scenario.clause).map(|clause| clause.wording.clone())
        };
        let mut changes: Vec<Change> = pairs
            .into_values()
            .filter_map(|(old, new)| {
                let mut reworded = Vec::new();
                if let (Some(old), Some(new)) = (old, new) {
                    reworded = rewordings(old, new);
                    if wording(old, before) != wording(new, after) && old.clause == new.clause {
                        reworded.push("clauses");
                    }
                }
                change(old, new, reworded)
            })
            .collect();
        let rank = |kind| Kind::ALL.iter().position(|other| *other == kind);
        changes.sort_by(|a, b| rank(a.kind).cmp(&rank(b.kind)).then_with(|| a.id.cmp(&b.id)));
        let same = u32::try_from(total - changes.len()).unwrap_or(u32::MAX);
        Self { settings: settings(before, after), changes, same }
    }

    /// The changes of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }

    /// Whether the later run is worse: an obligation fails, is judged no more, or has gone.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.changes.iter().any(|change| {
            change.level == Level::Must
                && matches!(change.kind, Kind::Broken | Kind::Lost | Kind::Gone)
        })
    }
}

fn change(
    old: Option<&ScenarioRecord>,
    new: Option<&ScenarioRecord>,
    reworded: Vec<&'static str>,
) -> Option<Change> {
    let shown = new.or(old)?;
    let kind = match (old, new) {
        (None, _) => Kind::New,
        (_, None) => Kind::Gone,
        (Some(old), Some(new)) => match moved(old.verdict, new.verdict) {
            Some(kind) => kind,
            None if reworded.is_empty() => return None,
            None => Kind::Reworded,
        },
    };
    Some(Change {
        id: shown.id.clone(),
        title: shown.title.clone(),
        clause: shown.clause.clone(),
        // `Must` is the least of the order.
        level: [old, new].into_iter().flatten().map(|s| s.level).min().unwrap_or(shown.level),
        kind,
        before: old.map(|scenario| scenario.verdict),
        after: new.map(|scenario| scenario.verdict),
        reason: shown.reason.clone(),
        reworded,
    })
}

/// What a verdict that became another one means; `None` when it stayed.
fn moved(before: Verdict, after: Verdict) -> Option<Kind> {
    let passes = |verdict| matches!(verdict, Verdict::Pass | Verdict::PassWithRemark);
    let judged = |verdict| passes(verdict) || verdict == Verdict::Fail;
    Some(match (before, after) {
        _ if before == after => return None,
        (_, Verdict::Fail) => Kind::Broken,
        _ if judged(before) && !judged(after) => Kind::Lost,
        (Verdict::Fail, _) => Kind::Fixed,
        _ if !judged(before) && judged(after) => Kind::Gained,
        (Verdict::Pass, Verdict::PassWithRemark) => Kind::Remarked,
        (Verdict::PassWithRemark, _) => Kind::Cleared,
        _ => Kind::Shifted,
    })
}

fn rewordings(old: &ScenarioRecord, new: &ScenarioRecord) -> Vec<&'static str> {
    // What is decided on is in the record of a scenario that was judged, and in no other.
    let decided = !old.decisions.is_empty() && !new.decisions.is_empty();
    let permitted = |scenario: &ScenarioRecord| DecisionRecord::permitted(&scenario.decisions);
    let parts = [
        ("title", old.title != new.title),
        ("purpose", old.purpose != new.purpose),
        ("clause", old.clause != new.clause),
        ("level", old.level != new.level),
        ("permitted", decided && permitted(old) != permitted(new)),
        ("interpretation", decided && old.interpretation != new.interpretation),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

fn yes(value: bool) -> &'static str {
    if value { "oui" } else { "non" }
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::BlackBox => "boîte noire",
        Tier::SimulatedSpace => "espace simulé",
    }
}

fn settings(before: &RunRecord, after: &RunRecord) -> Vec<Setting> {
    let of = |record: &RunRecord| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        [
            ("suite_version", record.suite_version.clone()),
            ("catalogue_sha256", record.catalogue_sha256.clone()),
            ("profile", record.profile.clone()),
            ("tier", tier(record.tier).to_owned()),
            ("strict", yes(record.strict).to_owned()),
            ("filter", record.filter.to_string()),
            ("interrupted", yes(record.interrupted).to_owned()),
            ("target.name", record.target.name.clone()),
            ("target.address", record.target.address.clone()),
            ("target.dn", text(&record.target.dn)),
            ("target.certificate", text(&record.target.certificate)),
            ("world.whitelist_sha256", record.world.whitelist_sha256.clone()),
        ]
    };
    let mut settings: Vec<Setting> = capabilities(before, after).into_iter().collect();
    for ((name, before), (_, after)) in of(before).into_iter().zip(of(after)) {
        if before != after {
            settings.push(Setting { name, before, after });
        }
    }
    settings
}

/// The capabilities that only one of the two runs had: each is told once.
fn capabilities(before: &RunRecord, after: &RunRecord) -> Option<Setting> {
    let only = |one: &RunRecord, other: &RunRecord| {
        let own = one.target.capabilities.iter();
        let own: Vec<&str> = own
            .filter(|name| !other.target.capabilities.contains(name))
            .map(String::as_str)
            .collect();
        own.join(", ")
    };
    let (before, after) = (only(before, after), only(after, before));
    let differ = !before.is_empty() || !after.is_empty();
    differ.then_some(Setting { name: "target.capabilities", before, after })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::stays(Verdict::Fail, Verdict::Fail, None)]
    #[case::fails_now(Verdict::Pass, Verdict::Fail, Some(Kind::Broken))]
    #[case::fails_once_played(Verdict::Skipped, Verdict::Fail, Some(Kind::Broken))]
    #[case::fails_once_judged(Verdict::Inconclusive, Verdict::Fail, Some(Kind::Broken))]
    #[case::passes_now(Verdict::Fail, Verdict::Pass, Some(Kind::Fixed))]
    #[case::passes_now_but(Verdict::Fail, Verdict::PassWithRemark, Some(Kind::Fixed))]
    #[case::a_failure_that_is_no_longer_judged(
        Verdict::Fail,
        Verdict::Inconclusive,
        Some(Kind::Lost)
    )]
    #[case::declared_away(Verdict::Fail, Verdict::NotApplicable, Some(Kind::Lost))]
    #[case::no_longer_played(Verdict::Pass, Verdict::Skipped, Some(Kind::Lost))]
    #[case::played_now(Verdict::Skipped, Verdict::Pass, Some(Kind::Gained))]
    #[case::judged_now(Verdict::Inconclusive, Verdict::PassWithRemark, Some(Kind::Gained))]
    #[case::a_remark(Verdict::Pass, Verdict::PassWithRemark, Some(Kind::Remarked))]
    #[case::no_remark(Verdict::PassWithRemark, Verdict::Pass, Some(Kind::Cleared))]
    #[case::another_cause(Verdict::Skipped, Verdict::Inconclusive, Some(Kind::Shifted))]
    fn what_became_of_it(
        #[case] before: Verdict,
        #[case] after: Verdict,
        #[case] kind: Option<Kind>,
    ) {
        assert_eq!(moved(before, after), kind);
    }
}
