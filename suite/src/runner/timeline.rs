//! When what the transcripts of a run hold happened, by the clock of the run: each tells when it began, and where a
//! run that was resumed went on with it.
//!
//! The clock counts no time between the parts of a run, and does not follow the system's when that is set.

use std::collections::{BTreeMap, BTreeSet};

use fixtures::{
    change::World,
    smtp::transcript::{Entry, Event, Side},
};

use super::{
    consistency::Contradicted,
    epoch,
    verdicts::{Checked, Proceeding, Proceedings},
};
use crate::{
    play::Tokens,
    record::{RunRecord, When},
    scenario::{Library, Scenario, ScenarioId},
};

/// What of a transcript was played in one part of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// How often the run had been resumed.
    pub part: u32,
    since_us: u64,
    /// What happened.
    pub entries: &'a [Entry],
}

/// A time of the run, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: u64,
    to: u64,
}

/// The stretches of a transcript. What comes before any of them is of none.
pub(super) fn stretches(entries: &[Entry]) -> impl Iterator<Item = Stretch<'_>> {
    let runs = entries.chunk_by(|_, next| !matches!(next.event, Event::Began { .. }));
    runs.filter_map(|entries| match entries.first()?.event {
        Event::Began { part, since_us, .. } => Some(Stretch { part, since_us, entries }),
        _ => None,
    })
}

/// The part of the run in which a transcript was begun.
pub(super) fn began(entries: &[Entry]) -> Option<u32> {
    stretches(entries).next().map(|one| one.part)
}

/// The part of the run that goes on with a transcript at last.
pub(super) fn part(entries: &[Entry]) -> Option<u32> {
    stretches(entries).last().map(|one| one.part)
}

/// When a transcript begins, by the clock of the run.
pub(super) fn begins(entries: &[Entry]) -> Option<u64> {
    stretches(entries).next().map(|one| one.since_us)
}

/// When our peer did what a transcript tells for the last time, by the clock of the run: what the target's mailboxes
/// showed afterwards does not count.
pub(super) fn last_act(entries: &[Entry]) -> Option<u64> {
    let acts = stretches(entries).map(|stretch| {
        let ended = stretch.connections().into_values().map(|span| span.to).max();
        ended.unwrap_or(stretch.since_us)
    });
    acts.max()
}

impl Stretch<'_> {
    fn moment(&self, entry: &Entry) -> u64 {
        let began = self.entries.first().map_or(0, |first| first.at_us);
        self.since_us.saturating_add(entry.at_us.saturating_sub(began))
    }

    /// The last moment of it.
    fn end(&self) -> u64 {
        self.entries.iter().map(|entry| self.moment(entry)).max().unwrap_or(self.since_us)
    }

    /// When each connection of our peer was busy: what the target tells of it afterwards does not count.
    fn connections(&self) -> BTreeMap<u16, Span> {
        let mut all: BTreeMap<u16, Span> = BTreeMap::new();
        for entry in self.entries {
            let at = self.moment(entry);
            match entry.event {
                Event::Connected { session, .. } => {
                    all.entry(session).or_insert(Span { from: at, to: at });
                }
                Event::Sent { session, by: Side::Harness, .. }
                | Event::Reply { session, by: Side::Target, .. } => {
                    all.entry(session).and_modify(|one| one.to = one.to.max(at));
                }
                _ => {}
            }
        }
        all
    }
}

/// A transcript in the run.
struct Played<'a> {
    one: &'a Proceeding,
    /// `None` for a control.
    scenario: Option<&'a Scenario>,
    /// `None` for a scenario.
    control: Option<When>,
    stretches: Vec<Stretch<'a>>,
}

impl Played<'_> {
    fn begun(&self) -> Option<Stretch<'_>> {
        self.stretches.first().copied()
    }

    /// In which part it was begun, and when.
    fn since(&self) -> Option<(u32, u64)> {
        self.begun().map(|one| (one.part, one.since_us))
    }

    /// When its first connection ended.
    fn first(&self) -> Option<u64> {
        self.begun()?.connections().first_key_value().map(|(_, span)| span.to)
    }

    /// Whether it is a control that the last part of a run makes anew.
    fn is_of_run(&self) -> bool {
        matches!(self.control, Some(When::Before | When::After))
    }

    /// Nothing else is played beside it.
    fn is_alone(&self) -> bool {
        self.scenario.is_none_or(|scenario| scenario.exclusive)
    }

    /// When it was busy in each part: connections that overlap are one span.
    fn busy(&self) -> Vec<(u32, Span)> {
        let mut all: Vec<(u32, Span)> = Vec::new();
        for stretch in &self.stretches {
            let mut spans: Vec<Span> = stretch.connections().into_values().collect();
            spans.sort_unstable();
            for span in spans {
                match all.last_mut() {
                    Some((part, last)) if *part == stretch.part && span.from <= last.to => {
                        last.to = last.to.max(span.to);
                    }
                    _ => all.push((stretch.part, span)),
                }
            }
        }
        all
    }
}

/// All transcripts of a run, by its clock.
pub(super) struct Timeline<'a> {
    all: Vec<Played<'a>>,
    /// The place of each changed world.
    places: BTreeMap<World, u32>,
    /// The last part of the run; `None` where no number of parts agrees with what is recorded.
    last: Option<u32>,
}

impl<'a> Timeline<'a> {
    pub(super) fn of(library: &'a Library, record: &RunRecord, all: &'a Proceedings) -> Self {
        let played = |one: &'a Proceeding, scenario, control| Played {
            one,
            scenario,
            control,
            stretches: stretches(&one.entries).collect(),
        };
        let controls = all.controls.iter();
        let controls = controls.map(|one| played(&one.played, None, one.which.when));
        let scenarios = all.played.iter().filter_map(|(id, one)| {
            let scenario = library.scenario(id)?;
            Some(played(one, Some(scenario), None))
        });
        let all: Vec<Played<'_>> = controls.chain(scenarios).collect();
        Self { last: last(record.resumed, &all), places: epoch::places(library), all }
    }

    /// Whether it is of the last part of the run, of which address and space are those recorded.
    pub(super) fn is_last(&self, part: u32) -> bool {
        self.last.is_none_or(|last| part >= last)
    }

    /// What was played in a changed world that a control must follow, with the world's place and the part of the run: all
    /// of a part, but for the last one of a part that was cut short, which may have been so before it.
    pub(super) fn closed(
        &self,
        interrupted: bool,
    ) -> Vec<(&'a ScenarioId, &'a Proceeding, u32, u32)> {
        let shown = self.all.iter().filter_map(|played| {
            let scenario = played.scenario?;
            let place = self.places.get(&scenario.world()).copied()?;
            let since = played.since()?;
            let changed = |entry: &Entry| matches!(entry.event, Event::Changed { .. });
            played.one.entries.iter().any(changed).then_some((
                since,
                place,
                &scenario.id,
                played.one,
            ))
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by_key(|(since, ..)| *since);
        let open: BTreeMap<u32, u32> = shown
            .iter()
            .map(|((part, _), place, ..)| (*part, *place))
            .filter(|(part, _)| interrupted || !self.is_last(*part))
            .collect();
        let closed =
            shown.into_iter().filter(|((part, _), place, ..)| open.get(part) != Some(place));
        closed.map(|((part, _), place, id, one)| (id, one, place, part)).collect()
    }

    /// What cannot be, and a transcript that shows it.
    pub(super) fn contradictions(
        &self,
        record: &RunRecord,
        tokens: &Tokens,
        all: &Proceedings,
    ) -> Vec<(Contradicted, Option<&'a Proceeding>)> {
        let mut found = Vec::new();
        if self.last.is_none() {
            found.push((Contradicted::Resumed, None));
        }
        let named = named(all);
        for played in &self.all {
            let own = named.get(played.one.transcript.path.as_str());
            if own.is_none_or(|id| !goes_on(played.one, id, tokens)) {
                found.push((Contradicted::Resumed, Some(played.one)));
            }
            if !self.fits(record, played) {
                found.push((Contradicted::Duration, Some(played.one)));
            }
        }
        found.extend(self.back().map(|one| (Contradicted::Backwards, Some(one))));
        found.extend(self.disorder().map(|one| (Contradicted::Order, Some(one))));
        found.extend(self.overlaps().into_iter().map(|one| (Contradicted::Overlap, Some(one))));
        let declared = record.target.declaration.as_ref().map(|one| one.max_connections.max(1));
        let crowd = declared.map(|most| self.crowd(most)).unwrap_or_default();
        found.extend(crowd.into_iter().map(|one| (Contradicted::Crowd, Some(one))));
        found
    }

    /// Whether it ended before the run did. How much longer than its last event a scenario took says nothing, since a
    /// delivery that never comes is awaited in silence. What was noted when an earlier part ended is not by the clock of
    /// the run any more.
    fn fits(&self, record: &RunRecord, played: &Played<'_>) -> bool {
        let run = record.duration_ms.saturating_mul(1_000).saturating_add(OFF);
        let took = u64::try_from(played.one.took.as_micros()).unwrap_or(u64::MAX);
        let since = played.begun().map_or(0, |one| one.since_us);
        since.saturating_add(took) <= run
            && played.stretches.iter().all(|one| {
                if self.is_last(one.part) {
                    one.end() <= run
                } else {
                    one.connections().values().all(|span| span.to <= run)
                }
            })
    }

    /// What was busy in a part when a later one had begun already. The clock of a part goes on from a whole
    /// millisecond.
    fn back(&self) -> impl Iterator<Item = &'a Proceeding> {
        let mut begun: BTreeMap<u32, u64> = BTreeMap::new();
        for stretch in self.all.iter().flat_map(|played| &played.stretches) {
            let first = begun.entry(stretch.part).or_insert(u64::MAX);
            *first = stretch.since_us.min(*first);
        }
        self.all.iter().filter_map(move |played| {
            let late = |(part, span): (u32, Span)| {
                let next = begun.range(part.saturating_add(1)..).map(|(_, since)| *since).min();
                next.is_some_and(|next| span.to > next.saturating_add(1_000))
            };
            played.busy().into_iter().any(late).then_some(played.one)
        })
    }

    /// What was begun before its twin, before the first controls, or after the last ones were. A part that plays a twin
    /// anew does not play anew what rested on it.
    fn disorder(&self) -> impl Iterator<Item = &'a Proceeding> {
        let by_id: BTreeMap<&ScenarioId, &Played<'_>> =
            self.all.iter().filter_map(|played| Some((&played.scenario?.id, played))).collect();
        let is = |when| move |one: &&Played<'_>| one.control == Some(when);
        let before = self.all.iter().filter(is(When::Before));
        let opened: Vec<(u32, u64)> =
            before.filter_map(|one| Some((one.since()?.0, one.first()?))).collect();
        let after = self.all.iter().filter(is(When::After));
        let closing: Vec<(u32, u64)> = after.filter_map(Played::since).collect();
        let of_worlds = self.all.iter().filter_map(|one| match one.control {
            Some(When::World(place)) => Some((place, one.since()?)),
            _ => None,
        });
        let of_worlds: Vec<(u32, (u32, u64))> = of_worlds.collect();
        self.all.iter().filter_map(move |played| {
            let scenario = played.scenario?;
            let (part, since) = played.since()?;
            let twin = scenario.twin.as_ref().and_then(|twin| by_id.get(twin));
            let early = twin.is_some_and(|twin| {
                twin.since().is_some_and(|(of, at)| of == part && at > since)
                    || twin.begun().is_some_and(|one| one.part == part)
                        && twin.first().is_some_and(|end| end > since)
            });
            let place = self.places.get(&scenario.world());
            let own = of_worlds.iter().filter(|(of, _)| Some(of) == place).map(|(_, since)| since);
            let closing: Vec<(u32, u64)> = closing.iter().chain(own).copied().collect();
            let outside = played.busy().into_iter().any(|(part, span)| {
                opened.iter().any(|(of, end)| *of == part && span.from < *end)
                    || closing.iter().any(|(of, since)| *of == part && span.to > *since)
            });
            (early || outside).then_some(played.one)
        })
    }

    /// When each transcript was busy, by when that began.
    fn spans(&self) -> Vec<Busy> {
        let mut spans: Vec<Busy> = Vec::new();
        for (owner, played) in self.all.iter().enumerate() {
            spans.extend(played.busy().into_iter().map(|(part, span)| (part, span, owner)));
        }
        spans.sort_unstable();
        spans
    }

    /// The first of them that were busy at once, where these are more than `most`. How many scenarios may be played at
    /// once is not recorded, but for the connections that the operator allows.
    fn crowd(&self, most: usize) -> Vec<&'a Proceeding> {
        // Who is still busy, by when that ends.
        let mut busy: BTreeSet<(u64, usize)> = BTreeSet::new();
        let mut of = 0;
        for (part, span, owner) in self.spans() {
            if part != of {
                busy.clear();
                of = part;
            }
            busy = busy.split_off(&(span.from.saturating_add(OFF + 1), 0));
            busy.insert((span.to, owner));
            let owners: BTreeSet<usize> = busy.iter().map(|(_, owner)| *owner).collect();
            if owners.len() > most {
                return owners.into_iter().map(|owner| self.all[owner].one).collect();
            }
        }
        Vec::new()
    }

    /// What was played beside something that is played alone, and that.
    fn overlaps(&self) -> Vec<&'a Proceeding> {
        let mut found = BTreeSet::new();
        // Whoever is busy the longest so far, of all and of those that are alone: one's own earlier spans end before.
        let (mut any, mut alone) = (None, None);
        for now @ (_, _, owner) in self.spans() {
            let is_alone = self.all[owner].is_alone();
            let other = beside(alone, now).or_else(|| beside(any, now).filter(|_| is_alone));
            if let Some(other) = other {
                found.extend([owner, other]);
            }
            any = Some(longest(any, now));
            if is_alone {
                alone = Some(longest(alone, now));
            }
        }
        found.into_iter().map(|owner| self.all[owner].one).collect()
    }
}

/// In which part, when, and which of the transcripts.
type Busy = (u32, Span, usize);

/// By how much, in microseconds, the beginning that a transcript notes of itself may be off: whoever notes it may be kept
/// from the processor between the clock and the line.
const OFF: u64 = 100_000;

/// Whose transcript is busy still when another one begins to be.
fn beside(before: Option<Busy>, (part, span, owner): Busy) -> Option<usize> {
    let (of, was, other) = before?;
    (of == part && was.to > span.from.saturating_add(OFF) && other != owner).then_some(other)
}

/// Of these, which is busy the longest in the later part.
fn longest(before: Option<Busy>, now: Busy) -> Busy {
    before.filter(|(part, span, _)| *part == now.0 && span.to >= now.1.to).unwrap_or(now)
}

/// Whose transcript each is, by its path.
fn named(all: &Proceedings) -> BTreeMap<&str, ScenarioId> {
    let controls = all.controls.iter().map(|Checked { which, played }| (played, which.id()));
    let scenarios = all.played.iter().map(|(id, one)| (one, id.clone()));
    controls.chain(scenarios).map(|(one, id)| (one.transcript.path.as_str(), id)).collect()
}

/// Whether whatever goes on with a transcript says that it is the same one's, in a later part.
fn goes_on(one: &Proceeding, id: &ScenarioId, tokens: &Tokens) -> bool {
    let began = one.entries.iter().filter(|entry| matches!(entry.event, Event::Began { .. }));
    let parts: Vec<u32> = stretches(&one.entries).map(|stretch| stretch.part).collect();
    began.into_iter().all(|entry| tokens.head(id, &entry.event))
        && parts.is_sorted_by(|one, next| one < next)
}

/// The last part of a run of which so many scenarios were played in earlier ones, if it was resumed.
fn last(resumed: Option<u32>, all: &[Played<'_>]) -> Option<u32> {
    let most = all.iter().flat_map(|one| &one.stretches).map(|one| one.part).max().unwrap_or(0);
    let Some(told) = resumed else { return (most == 0).then_some(0) };
    let fits = |last: &u32| {
        let kept = all.iter().filter(|one| one.scenario.is_some());
        let kept = kept.filter(|one| one.since().is_some_and(|(part, _)| part < *last)).count();
        let mut controls = all.iter().filter(|one| one.is_of_run());
        u64::try_from(kept) == Ok(u64::from(told))
            && controls.all(|one| one.since().is_some_and(|(part, _)| part == *last))
    };
    // A part that was cut short at once leaves nothing.
    let most = most.max(1);
    let mut parts = [most, most.saturating_add(1)];
    // Without a control nothing shows that the last part began with what there is.
    if !all.iter().any(Played::is_of_run) {
        parts.reverse();
    }
    parts.into_iter().find(fits)
}
