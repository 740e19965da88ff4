//! The geometry of the two charts: verdicts by step as stacked bars, durations as boxes.

use serde::Serialize;

use crate::content::{Spread, StepSection};

/// Width of a chart, in its own units.
const WIDTH: f64 = 560.0;
/// Height of a row.
const PITCH: f64 = 46.0;

/// Both charts; a chart without rows is not drawn.
#[derive(Debug, Serialize)]
pub(super) struct Charts {
    width: f64,
    height: f64,
    bars: Vec<Bar>,
    bars_text: String,
    boxes: Vec<Box>,
    boxes_height: f64,
    boxes_text: String,
    ticks: Vec<Tick>,
}

/// The verdicts of a step.
#[derive(Debug, Serialize)]
struct Bar {
    label: String,
    total: usize,
    y: f64,
    parts: Vec<Part>,
}

/// One verdict of a bar.
#[derive(Debug, Serialize)]
struct Part {
    class: &'static str,
    label: &'static str,
    mark: &'static str,
    count: usize,
    x: f64,
    width: f64,
}

/// The durations of a step: whiskers at the shortest and the longest, the box between the quartiles.
#[derive(Debug, Serialize)]
struct Box {
    label: String,
    shown: [String; 5],
    y: f64,
    x: [f64; 5],
}

/// A mark of the scale.
#[derive(Debug, Serialize)]
struct Tick {
    x: f64,
    label: &'static str,
}

impl Charts {
    /// The charts of these steps.
    pub(super) fn of(steps: &[StepSection]) -> Self {
        let longest = steps
            .iter()
            .map(|step| step.tallies.iter().map(|tally| tally.count).sum::<usize>())
            .max()
            .unwrap_or_default();
        let bars: Vec<Bar> =
            steps.iter().enumerate().map(|(row, step)| bar(row, step, longest)).collect();
        let played: Vec<(&StepSection, &Spread)> =
            steps.iter().filter_map(|step| Some((step, step.spread.as_ref()?))).collect();
        let most = played.iter().map(|(_, spread)| spread.ms[4]).max().unwrap_or_default();
        let top = SCALE.into_iter().map(|(ms, _)| ms).find(|ms| *ms >= most);
        let top = top.unwrap_or(most);
        let boxes: Vec<Box> = played
            .iter()
            .enumerate()
            .map(|(row, (step, spread))| Box {
                label: short(step),
                shown: spread.shown.clone(),
                y: place(row),
                x: spread.ms.map(|ms| position(ms, top)),
            })
            .collect();
        Self {
            width: WIDTH,
            height: PITCH * bars.len() as f64,
            bars_text: bars.iter().map(told_bar).collect::<Vec<_>>().join(" "),
            boxes_height: PITCH * boxes.len() as f64 + 24.0,
            boxes_text: boxes.iter().map(told_box).collect::<Vec<_>>().join(" "),
            ticks: SCALE
                .into_iter()
                .filter(|(ms, _)| *ms <= top)
                .map(|(ms, label)| Tick { x: position(ms, top), label })
                .collect(),
            bars,
            boxes,
        }
    }
}

/// The scale of durations, logarithmic: a scenario takes from some milliseconds to minutes.
const SCALE: [(u64, &str); 7] = [
    (1, "1 ms"),
    (10, "10 ms"),
    (100, "0,1 s"),
    (1_000, "1 s"),
    (10_000, "10 s"),
    (100_000, "100 s"),
    (1_000_000, "1 000 s"),
];

fn bar(row: usize, step: &StepSection, longest: usize) -> Bar {
    let total: usize = step.tallies.iter().map(|tally| tally.count).sum();
    let mut x = 0.0;
    let parts = step
        .tallies
        .iter()
        .filter(|tally| tally.count > 0)
        .map(|tally| {
            let width = WIDTH * tally.count as f64 / longest.max(1) as f64;
            let part = Part {
                class: tally.class,
                label: tally.label,
                mark: tally.mark,
                count: tally.count,
                x: tenth(x),
                // A single scenario among a hundred is still to be seen.
                width: tenth((width - 1.5).max(2.5)),
            };
            x += width;
            part
        })
        .collect();
    Bar { label: short(step), total, y: place(row), parts }
}

fn told_bar(bar: &Bar) -> String {
    let parts: Vec<String> =
        bar.parts.iter().map(|part| format!("{} {}", part.count, part.label)).collect();
    format!("{} : {}.", bar.label, parts.join(", "))
}

fn told_box(one: &Box) -> String {
    let [least, _, median, _, most] = &one.shown;
    format!("{} : de {least} à {most}, médiane {median}.", one.label)
}

fn short(step: &StepSection) -> String {
    step.folder.rsplit('/').next().unwrap_or_default().to_owned()
}

fn place(row: usize) -> f64 {
    PITCH * row as f64
}

fn position(ms: u64, top: u64) -> f64 {
    let log = |ms: u64| (ms.max(1) as f64).log10();
    // Room for the halves of the first and the last label.
    let (left, room) = (20.0, WIDTH - 48.0);
    tenth(left + room * log(ms) / log(top.max(10)))
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        content::{Content, Sources},
        sample,
    };

    fn charts() -> Charts {
        let folder = tempfile::tempdir().expect("a folder");
        let content = Content::new(&sample::record(), folder.path(), &Sources::default());
        Charts::of(&content.steps)
    }

    #[test]
    fn every_scenario_is_in_a_bar_and_every_bar_within_the_chart() {
        let charts = charts();
        let counted: usize = charts.bars.iter().flat_map(|bar| &bar.parts).map(|p| p.count).sum();
        assert_eq!(counted, sample::record().scenarios.len());
        for part in charts.bars.iter().flat_map(|bar| &bar.parts) {
            assert!(part.x >= 0.0 && part.x + part.width <= charts.width, "{part:?}");
        }
    }

    #[test]
    fn durations_lie_in_order_on_the_scale() {
        let charts = charts();
        assert!(!charts.boxes.is_empty());
        for one in &charts.boxes {
            assert!(one.x.is_sorted() && one.x[0] >= 0.0 && one.x[4] <= charts.width, "{one:?}");
        }
        assert!(charts.ticks.len() > 1 && charts.ticks.is_sorted_by(|a, b| a.x < b.x));
    }

    #[test]
    fn each_chart_is_told_in_words() {
        let charts = charts();
        assert!(charts.bars_text.contains("3-starttls : 2 conformes, 1 non conforme."));
        assert!(charts.boxes_text.contains("médiane 38 ms"), "{}", charts.boxes_text);
    }

    #[test]
    fn no_steps_are_no_charts() {
        let charts = Charts::of(&[]);
        assert!(charts.bars.is_empty() && charts.boxes.is_empty());
    }
}
