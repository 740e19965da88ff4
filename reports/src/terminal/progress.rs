//! The progress of a run, on standard error: live counters in a terminal, a line a step elsewhere.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use suite::record::{ScenarioRecord, Verdict};

use super::{Style, wrap::width};
use crate::{
    outline,
    words::{self, VERDICTS},
};

/// The most characters shown of a reply of the target.
const REPLY: usize = 60;

/// Redraws a second: enough to look alive, cheap over a remote shell.
const REDRAWS: u8 = 12;

/// What a verdict is while the run goes on: its end, the final control and the messages that come late
/// can change it.
const PROVISIONAL: &str = "provisoire";

/// The progress of a run. Clones share it; the last one dropped clears what is still drawn.
#[derive(Clone, Debug)]
pub struct Progress {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    style: Style,
    steps: Vec<StepProgress>,
    running: BTreeSet<String>,
    face: Face,
}

struct StepProgress {
    folder: String,
    planned: usize,
    finished: usize,
    counts: [usize; 6],
    line: Option<ProgressBar>,
}

enum Face {
    Live { all: MultiProgress, total: ProgressBar },
    Lines(Box<dyn Write + Send>),
}

impl Progress {
    /// The progress of a run that will play these scenarios, in the order of their ids. `is_tty`
    /// says whether standard error is a terminal.
    #[must_use]
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a str>, is_tty: bool, style: Style) -> Self {
        if is_tty {
            Self::live(ids, style, ProgressDrawTarget::stderr_with_hz(REDRAWS))
        } else {
            Self::lines(ids, style, Box::new(io::stderr()))
        }
    }

    fn live<'a>(
        ids: impl IntoIterator<Item = &'a str>,
        style: Style,
        target: ProgressDrawTarget,
    ) -> Self {
        let mut steps = steps(ids);
        let all = MultiProgress::with_draw_target(target);
        let column = steps.iter().map(|step| width(&step.folder)).max().unwrap_or_default();
        for step in &mut steps {
            let line = all.add(ProgressBar::new(step.planned as u64));
            line.set_style(template(&format!("  {{prefix:{column}}}  {{msg}}")));
            line.set_prefix(step.folder.clone());
            line.set_message(step.words(&style));
            step.line = Some(line);
        }
        let planned: usize = steps.iter().map(|step| step.planned).sum();
        let total = all.add(ProgressBar::new(planned as u64));
        total.set_style(
            template("  {spinner} {pos}/{len} · {elapsed} · décompte provisoire · {wide_msg}")
                .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "),
        );
        total.enable_steady_tick(Duration::from_millis(120));
        Self::with(style, steps, Face::Live { all, total })
    }

    fn lines<'a>(
        ids: impl IntoIterator<Item = &'a str>,
        style: Style,
        to: Box<dyn Write + Send>,
    ) -> Self {
        Self::with(style, steps(ids), Face::Lines(to))
    }

    fn with(style: Style, steps: Vec<StepProgress>, face: Face) -> Self {
        let inner = Inner { style, steps, running: BTreeSet::new(), face };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// A scenario has begun.
    pub fn started(&self, id: &str) {
        let mut inner = self.lock();
        inner.running.insert(words::visible(id).into_owned());
        inner.show_running();
    }

    /// A scenario was put off by the target: it is played again later.
    pub fn put_off(&self, id: &str) {
        let mut inner = self.lock();
        inner.running.remove(&*words::visible(id));
        inner.show_running();
    }

    /// What was put off is played again after `wait`; `reply` put one of these off.
    pub fn waiting(&self, scenarios: usize, wait: Duration, reply: &str) {
        let text = put_off(scenarios, wait, reply);
        match &mut self.lock().face {
            Face::Live { total, .. } => total.set_message(text),
            Face::Lines(to) => {
                // A terminal that went away is no reason to stop the run.
                let _ = writeln!(to, "  {text}");
            }
        }
    }

    /// A scenario has its verdict.
    pub fn finished(&self, scenario: &ScenarioRecord) {
        let mut inner = self.lock();
        inner.running.remove(&*words::visible(&scenario.id));
        inner.count(scenario);
        inner.show_running();
    }

    /// The run is over: the live lines are cleared, the summary says it all.
    pub fn done(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic while the progress is held")
    }
}

impl Inner {
    fn count(&mut self, scenario: &ScenarioRecord) {
        let folder = words::visible(outline::folder(&scenario.id));
        let Some(step) = self.steps.iter_mut().find(|step| step.folder == folder) else {
            return;
        };
        step.finished += 1;
        let place = VERDICTS.iter().position(|verdict| *verdict == scenario.verdict);
        step.counts[place.expect("every verdict is listed")] += 1;
        let words = step.words(&self.style);
        match &mut self.face {
            Face::Live { all, total } => {
                if let Some(line) = &step.line {
                    line.set_position(step.finished as u64);
                    line.set_message(words);
                }
                total.inc(1);
                if scenario.verdict == Verdict::Fail {
                    let mark = self.style.verdict(Verdict::Fail, words::mark(Verdict::Fail));
                    let (id, title) =
                        (words::visible(&scenario.id), words::visible(&scenario.title));
                    // A terminal that went away is no reason to stop the run.
                    let _ = all.println(format!("{mark} {id} · {title} ({PROVISIONAL})"));
                }
            }
            Face::Lines(to) => {
                if step.finished == step.planned {
                    let _ = writeln!(to, "  {}  {PROVISIONAL}  {words}", step.folder);
                }
            }
        }
    }

    fn show_running(&self) {
        if let Face::Live { total, .. } = &self.face {
            let names: Vec<_> = self.running.iter().map(String::as_str).collect();
            total.set_message(names.join(", "));
        }
    }

    fn clear(&mut self) {
        match &mut self.face {
            Face::Live { all, total } => {
                total.finish_and_clear();
                for line in self.steps.iter().filter_map(|step| step.line.as_ref()) {
                    line.finish_and_clear();
                }
                let _ = all.clear();
            }
            Face::Lines(to) => {
                let _ = to.flush();
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.clear();
    }
}

impl StepProgress {
    /// `✔ 6  ▲ 1`, then how many are left.
    fn words(&self, style: &Style) -> String {
        let mut words: Vec<_> = VERDICTS
            .iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| {
                style.verdict(*verdict, &format!("{} {count}", words::mark(*verdict)))
            })
            .collect();
        if self.finished < self.planned {
            words.push(style.dim(&format!("… {}", self.planned - self.finished)));
        }
        words.join("  ")
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("running", &self.running).finish_non_exhaustive()
    }
}

/// The steps of these scenarios, in the order of their first one.
fn steps<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<StepProgress> {
    let mut steps: Vec<StepProgress> = Vec::new();
    for id in ids {
        let folder = words::visible(outline::folder(id));
        match steps.iter_mut().find(|step| step.folder == folder) {
            Some(step) => step.planned += 1,
            None => steps.push(StepProgress {
                folder: folder.into_owned(),
                planned: 1,
                finished: 0,
                counts: [0; 6],
                line: None,
            }),
        }
    }
    steps
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).expect("the template is a constant of this file")
}

/// What the reader is told before what the target put off is played again: how many, `reply` to one of
/// them, and the `wait`.
#[must_use]
pub fn put_off(count: usize, wait: Duration, reply: &str) -> String {
    let wait = wait.as_secs_f64().ceil();
    let (what, again) = match count {
        1 => ("1 essai remis".to_owned(), "rejoué"),
        several => (format!("{several} essais remis"), "rejoués ensemble"),
    };
    let reply = words::visible(reply);
    let mut shown: String = reply.chars().take(REPLY).collect();
    if shown.len() < reply.len() {
        shown.push('…');
    }
    format!("{what} à plus tard par la cible (« {shown} ») : {again} dans {wait} s")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::sample;

    struct Lines(mpsc::Sender<Vec<u8>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn without_a_terminal_each_step_is_one_line_at_its_end() {
        let record = sample::record();
        let ids: Vec<_> = record.scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
        let (sender, lines) = mpsc::channel();
        let progress = Progress::lines(ids, Style::default(), Box::new(Lines(sender)));
        // The last scenarios end first: steps are told in the order of their ends.
        for scenario in record.scenarios.iter().rev() {
            progress.started(&scenario.id);
            progress.finished(scenario);
        }
        progress.done();
        drop(progress);
        let text = String::from_utf8(lines.iter().flatten().collect()).expect("UTF-8");
        insta::assert_snapshot!("lines", text);
    }

    #[test]
    fn a_wait_says_what_for_and_how_long() {
        let (sender, lines) = mpsc::channel();
        let progress = Progress::lines(["a/b", "a/c"], Style::default(), Box::new(Lines(sender)));
        progress.started("a/b");
        progress.put_off("a/b");
        assert!(progress.lock().running.is_empty());
        progress.waiting(2, Duration::from_millis(29_500), "451 4.7.1 Greylisted");
        progress.waiting(1, Duration::from_secs(3), "451 4.7.1 Greylisted");
        drop(progress);
        let text = String::from_utf8(lines.iter().flatten().collect()).expect("UTF-8");
        assert_eq!(
            text,
            "  2 essais remis à plus tard par la cible (« 451 4.7.1 Greylisted ») : rejoués ensemble dans 30 s\n  \
             1 essai remis à plus tard par la cible (« 451 4.7.1 Greylisted ») : rejoué dans 3 s\n"
        );
    }

    #[test]
    fn a_terminal_that_shows_nothing_stops_nothing() {
        let record = sample::record();
        let ids: Vec<_> = record.scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
        let progress = Progress::live(ids, Style::default(), ProgressDrawTarget::hidden());
        for scenario in &record.scenarios {
            progress.started(&scenario.id);
            progress.clone().finished(scenario);
        }
        let inner = progress.lock();
        assert!(inner.running.is_empty());
        assert!(inner.steps.iter().all(|step| step.finished == step.planned));
    }

    #[test]
    fn a_scenario_that_was_not_planned_is_no_trouble() {
        let progress = Progress::live([], Style::default(), ProgressDrawTarget::hidden());
        progress.finished(&sample::record().scenarios[0]);
        progress.done();
        assert!(progress.lock().steps.is_empty());
    }
}
