//! The changed worlds of a run as a row each, and as a picture: what was in place when, and what the target had last
//! read of it.

use jiff::{Timestamp, Unit, tz::TimeZone};
use serde::Serialize;
use suite::record::{EpochRecord, FetchRecord, RunRecord};

use super::prose;
use crate::words;

/// The most changed worlds that are told one after the other, with all that proves them; more are a table.
pub(crate) const MOST_WORLDS: usize = 3;

/// Width of the picture, in its own units.
const WIDTH: f64 = 560.0;
/// What is drawn at least of a world, however short.
const LEAST: f64 = 1.0;

/// Many changed worlds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Timeline {
    /// In a sentence, for whoever does not see the picture.
    text: String,
    width: f64,
    /// When the first world was put in place, and when the last one was undone.
    from: String,
    to: String,
    worlds: Vec<World>,
}

/// A world of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct World {
    number: usize,
    /// What differed, in French.
    changes: Vec<String>,
    /// When it was in place.
    since: String,
    /// What the target was seen to read of it, and when.
    read: String,
    /// When the nominal world was back, and what the target was seen to read of that.
    undone: String,
    scenarios: usize,
    /// Whether something of it was not seen.
    unseen: bool,
    /// Where it stands in the picture, and the target's reads of it.
    x: f64,
    length: f64,
    reads: Vec<f64>,
}

impl Timeline {
    /// The worlds of a run; `None` where they are few.
    pub(super) fn of(record: &RunRecord) -> Option<Self> {
        let epochs = &record.changes;
        if epochs.len() <= MOST_WORLDS {
            return None;
        }
        let began = epochs.iter().filter_map(since).min()?;
        let ends = epochs.iter().flat_map(|epoch| [since(epoch), undone(epoch), last_read(epoch)]);
        let ended = ends.flatten().max()?;
        let all = span(began, ended).max(1.0);
        let at = |moment: Timestamp| (span(began, moment) / all * WIDTH).clamp(0.0, WIDTH);
        let worlds = epochs.iter().enumerate().map(|(place, epoch)| world(place + 1, epoch, &at));
        let worlds: Vec<World> = worlds.collect();
        let unseen = worlds.iter().filter(|world| world.unseen).count();
        let text = format!(
            "{} ont changé l'espace, de {} à {} ; {}.",
            words::plural(worlds.len(), "état"),
            clock(began),
            clock(ended),
            match unseen {
                0 => "chacun a été relu par la cible, puis rendu".to_owned(),
                some => format!("de {} rien ne montre qu'il a été relu, ou rendu", some),
            }
        );
        Some(Self {
            text: prose(&text),
            width: WIDTH,
            from: clock(began),
            to: clock(ended),
            worlds,
        })
    }
}

/// Whether something of a world was not seen: that the target read it, or that it was undone.
pub(crate) fn is_unseen(epoch: &EpochRecord) -> bool {
    let undone = epoch.undone.as_ref().is_some_and(|undone| undone.failed.is_none());
    !undone || epoch.awaited.iter().any(|awaited| awaited.failed.is_some())
}

fn world(number: usize, epoch: &EpochRecord, at: &impl Fn(Timestamp) -> f64) -> World {
    let x = since(epoch).map_or(0.0, at);
    let end = undone(epoch).or_else(|| last_read(epoch)).map_or(x, at);
    let back = epoch.undone.as_ref();
    let undone = match (undone(epoch), back.and_then(|back| back.failed.as_ref())) {
        (_, Some(why)) => why.clone(),
        (Some(moment), None) => {
            let read = back.and_then(|back| back.read.last());
            let read = read.map_or_else(String::new, |one| format!(", relu à {}", clock(one.at)));
            format!("{}{read}", clock(moment))
        }
        (None, None) => "non constaté".to_owned(),
    };
    let failed = epoch.awaited.iter().find_map(|awaited| awaited.failed.clone());
    let read = failed.or_else(|| epoch.read.last().map(fetch));
    World {
        number,
        changes: epoch.changes.iter().map(|change| prose(&change.text)).collect(),
        since: since(epoch).map(clock).unwrap_or_default(),
        read: prose(&read.unwrap_or_else(|| "rien à relire".to_owned())),
        undone: prose(&undone),
        scenarios: epoch.scenarios.len(),
        unseen: is_unseen(epoch),
        x,
        length: (end - x).max(LEAST),
        reads: epoch.read.iter().map(|read| at(read.at)).collect(),
    }
}

fn fetch(read: &FetchRecord) -> String {
    let how = match (&read.left, read.status) {
        (Some(left), _) => left.clone(),
        (None, Some(status)) => format!("réponse {status}, {} octets", read.octets),
        (None, None) => "sans réponse".to_owned(),
    };
    format!("{} à {} ({how})", read.what, clock(read.at))
}

fn since(epoch: &EpochRecord) -> Option<Timestamp> {
    epoch.changes.iter().map(|change| change.since).min()
}

fn undone(epoch: &EpochRecord) -> Option<Timestamp> {
    epoch.undone.as_ref().filter(|undone| !undone.proofs.is_empty()).map(|undone| undone.since)
}

fn last_read(epoch: &EpochRecord) -> Option<Timestamp> {
    epoch.read.iter().map(|read| read.at).max()
}

/// From one moment to a later one, in seconds.
fn span(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).ok().and_then(|span| span.total(Unit::Second).ok()).unwrap_or_default()
}

/// The time of day, to the millisecond (UTC).
fn clock(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%H:%M:%S,%3f").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::sample;

    /// The sample's world some times over, a minute apart.
    fn record(worlds: i64) -> RunRecord {
        let mut record = sample::record();
        let model = record.changes[0].clone();
        record.changes = (0..worlds)
            .map(|minute| {
                let later = SignedDuration::from_mins(minute);
                let mut epoch = model.clone();
                epoch.changes.iter_mut().for_each(|change| change.since += later);
                epoch.read.iter_mut().for_each(|read| read.at += later);
                if let Some(undone) = &mut epoch.undone {
                    undone.since += later;
                    undone.read.iter_mut().for_each(|read| read.at += later);
                }
                epoch
            })
            .collect();
        record
    }

    #[test]
    fn few_worlds_are_told_and_many_are_drawn_where_they_were() {
        assert_eq!(Timeline::of(&record(3)), None);
        let timeline = Timeline::of(&record(40)).expect("many");
        assert_eq!(timeline.worlds.len(), 40);
        assert!(timeline.worlds.is_sorted_by(|a, b| a.x < b.x));
        for world in &timeline.worlds {
            assert!(!world.unseen && world.length >= LEAST, "{world:?}");
            assert!(world.x >= 0.0 && world.x <= WIDTH, "{world:?}");
            assert!(world.reads.iter().all(|read| *read >= world.x && *read <= WIDTH), "{world:?}");
        }
        assert!(timeline.text.contains("40 états"), "{}", timeline.text);
    }

    #[test]
    fn what_was_not_seen_is_told() {
        let mut record = record(5);
        record.changes[1].awaited[0].failed = Some("aucune lecture".to_owned());
        record.changes[2].undone = None;
        let timeline = Timeline::of(&record).expect("many");
        let unseen: Vec<_> = timeline.worlds.iter().map(|world| world.unseen).collect();
        assert_eq!(unseen, [false, true, true, false, false]);
        assert_eq!(timeline.worlds[1].read, "aucune lecture");
        assert_eq!(timeline.worlds[2].undone, "non constaté");
        assert!(timeline.text.contains("de 2"), "{}", timeline.text);
    }
}
