//! Sending the nominal message of a family, outside the scenarios: its control before the first scenario of
//! the run, after each changed world, and after the last scenario.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use fixtures::{
    smtp::{
        mailroom::Mailroom,
        session::{Session, SessionConfig, SessionEnd},
        transcript::{Entry, Event, Stage, Transcript},
        wire::Limits,
    },
    space::Space,
};

use super::{deliveries, journal::Performance};
use crate::{
    family::CONTROLS,
    observe::{
        self, TransactionEnd,
        deferral::{self, Deferral},
        describe, last_session,
    },
    play::{Letter, Player, Tokens},
    record::When,
    scenario::{
        Action, Scenario, ScenarioId,
        model::{ReversePath, Template},
    },
    target::Target,
};

/// What a control after a world is called, before the world's place.
const WORLD: &str = "monde-";

/// What stands between that and the part of a run that was resumed.
const PART: &str = "-reprise-";

/// Which control: of which family, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Which {
    /// The family's folder.
    pub family: String,
    /// When it is played; `None` before a run.
    pub when: Option<When>,
    /// Of one after a changed world, the part of the run: each part that puts that world in place has its own. 0 of the
    /// others, of which there is one.
    pub part: u32,
}

impl Which {
    /// One that is not of a part: before a run, before its first scenario, or after its last.
    pub(super) fn of_run(family: &str, when: Option<When>) -> Self {
        Self { family: family.to_owned(), when, part: 0 }
    }

    /// The one after the world of this place, in a part of the run.
    pub(super) fn of_world(family: &str, place: u32, part: u32) -> Self {
        Self { family: family.to_owned(), when: Some(When::World(place)), part }
    }

    /// The one after a world that is called so.
    pub(super) fn named(id: &ScenarioId) -> Option<Self> {
        let (family, when) =
            id.as_str().strip_prefix(CONTROLS)?.strip_prefix('/')?.split_once('/')?;
        let numbers = when.strip_prefix(WORLD)?;
        let (place, part) = numbers.split_once(PART).unwrap_or((numbers, "0"));
        let which = Self::of_world(family, place.parse().ok()?, part.parse().ok()?);
        (which.id() == *id).then_some(which)
    }

    /// The place of the world that it is after.
    pub(super) fn place(&self) -> Option<u32> {
        match self.when {
            Some(When::World(place)) => Some(place),
            Some(When::Before | When::After) | None => None,
        }
    }

    /// What it is called, such as `controle/reception/avant`.
    pub(super) fn id(&self) -> ScenarioId {
        let when = match self.when {
            Some(When::Before) => "avant".to_owned(),
            Some(When::World(place)) if self.part == 0 => format!("{WORLD}{place}"),
            Some(When::World(place)) => format!("{WORLD}{place}{PART}{}", self.part),
            Some(When::After) => "apres".to_owned(),
            None => "essai".to_owned(),
        };
        ScenarioId(Arc::from(format!("{CONTROLS}/{}/{when}", self.family)))
    }

    /// Who sends it: whoever is met for the first time shows whether newcomers are put off.
    fn sender(&self) -> Sender {
        match self.when {
            Some(When::Before) | None => Sender::Newcomer,
            Some(When::World(_) | When::After) => Sender::Nominal,
        }
    }
}

/// A control that was played.
#[derive(Debug)]
pub(super) struct Control {
    /// Which one.
    pub which: Which,
    /// What was played.
    scenario: Scenario,
    /// Its transcript, and the file it is written to.
    pub transcript: Transcript,
    pub path: PathBuf,
    /// The messages sent.
    letters: Mutex<Vec<Letter>>,
}

/// Who sends a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    /// The nominal one.
    Nominal,
    /// One of the same operator whom the target never met.
    Newcomer,
}

/// What a control is played with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand<'a> {
    pub space: &'a Space,
    pub target: &'a Target,
    pub tokens: &'a Tokens,
    pub folder: &'a Path,
    /// Time of the run before its present part, and when that began.
    pub before: Duration,
    pub begun: Instant,
}

impl Control {
    /// Whether the nominal message was accepted.
    pub(super) fn accepted(&self) -> bool {
        accepted(&self.transcript.entries())
    }

    /// What was seen at last, in French.
    pub(super) fn observed(&self) -> String {
        observed(&self.transcript.entries())
    }

    /// Whether its message was seen delivered.
    pub(super) fn delivered(&self) -> bool {
        self.transcript.entries().iter().any(|e| matches!(e.event, Event::Delivered { .. }))
    }

    /// The temporary reply that it ended with, if it did.
    pub(super) fn put_off(&self) -> Option<Deferral> {
        deferral::pending(&self.scenario.action, &self.transcript.entries())
    }

    /// One that was played before the run was cut short.
    pub(super) fn kept(
        which: Which,
        nominal: &Scenario,
        path: PathBuf,
        played: Performance,
    ) -> Self {
        let scenario = Scenario { id: which.id(), ..nominal.clone() };
        let letters = Mutex::new(played.letters);
        Self { which, scenario, transcript: played.transcript, path, letters }
    }

    /// What was played of it so far.
    pub(super) fn performance(&self) -> Performance {
        let letters = self.letters.lock().expect("no panic while they are held").clone();
        Performance { transcript: self.transcript.clone(), letters, took: Duration::ZERO }
    }

    /// Records what came of its messages since.
    pub(super) fn sweep(&self, mailroom: &Mailroom) {
        let letters = self.letters.lock().expect("no panic while they are held");
        deliveries::sweep(&letters, mailroom, None, &self.transcript);
    }

    /// Plays it once more.
    pub(super) async fn again(&self, stand: Stand<'_>) {
        let next = last_session(&self.transcript.entries()).saturating_add(1);
        self.play(stand, next).await;
    }

    async fn play(&self, stand: Stand<'_>, first: u16) {
        let Stand { space, target, tokens, .. } = stand;
        let (scenario, transcript) = (&self.scenario, self.transcript.clone());
        let repeats_silence = false;
        let player = Player { scenario, space, target, transcript, tokens, repeats_silence };
        tokio::time::sleep(target.pace).await;
        let letters = if first == 0 { player.play().await } else { player.play_again(first).await };
        self.letters.lock().expect("no panic while they are held").extend(letters.iter().cloned());
        // Its delivery closes the watch over all that was sent before it.
        for letter in letters.iter().filter(|letter| letter.accepted) {
            deliveries::await_delivery(letter, space.mailroom(), target, &self.transcript).await;
        }
    }
}

/// Whether the control of these entries was accepted.
pub(super) fn accepted(entries: &[Entry]) -> bool {
    matches!(seen(entries), TransactionEnd::Accepted { .. })
}

/// What was seen of it at last, in French.
pub(super) fn observed(entries: &[Entry]) -> String {
    match seen(entries) {
        TransactionEnd::Accepted { text, .. } => text,
        TransactionEnd::Refused(refusal) => describe(&refusal),
        TransactionEnd::Broken(cause) => cause,
    }
}

fn seen(entries: &[Entry]) -> TransactionEnd {
    observe::transaction(entries, last_session(entries), 0)
}

/// Plays the nominal scenario once more under another name, its transcript beside the others: this is told first.
pub(super) async fn control(
    which: Which,
    nominal: &Scenario,
    head: &[Event],
    stand: Stand<'_>,
) -> Control {
    let mut scenario = Scenario { id: which.id(), ..nominal.clone() };
    if let (Sender::Newcomer, Action::Transactions(all)) = (which.sender(), &mut scenario.action) {
        let newcomer = stand.tokens.newcomer();
        for transaction in all {
            let path = Template(format!("{newcomer}@{{peer.domain}}"));
            transaction.from = ReversePath::Address(path);
        }
    }
    let path = stand.folder.join(scenario.id.transcript_name());
    let transcript = Transcript::create(&path);
    let since = stand.before.saturating_add(stand.begun.elapsed());
    transcript.push(stand.tokens.began(&scenario.id, since));
    for event in head {
        transcript.push(event.clone());
    }
    let control = Control { which, scenario, transcript, path, letters: Mutex::default() };
    control.play(stand, 0).await;
    control
}

/// Connects once and reads the greeting: is anything there, and does it speak SMTP?
///
/// # Errors
/// What came in place of a greeting.
pub async fn ping(target: &Target, limit: Duration) -> Result<String, SessionEnd> {
    let mut session = Session::connect(SessionConfig {
        target: target.address,
        source: None,
        number: 0,
        limits: Limits { reply_time: limit, connect_time: limit, ..Limits::default() },
        transcript: Transcript::in_memory(),
        guard: target.guard.clone(),
        challenge: None,
    })
    .await?;
    let reply = session.reply(Stage::Greeting, 0).await?;
    let greeting = reply.lines.first().map(ToString::to_string).unwrap_or_default();
    if session.send(b"QUIT\r\n", Stage::Quit, 1).await.is_ok() {
        // The answer changes nothing: the greeting is all that was wanted.
        drop(session.reply(Stage::Quit, 1).await);
    }
    Ok(greeting)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::of_a_world("controle/reception/monde-3", Some((3, 0)))]
    #[case::of_a_world_in_a_later_part("controle/reception/monde-3-reprise-2", Some((3, 2)))]
    #[case::written_otherwise("controle/reception/monde-03", None)]
    #[case::of_the_first_part_by_name("controle/reception/monde-3-reprise-0", None)]
    #[case::of_no_world("controle/reception/monde-", None)]
    #[case::of_a_run("controle/reception/avant", None)]
    #[case::a_scenario("reception/5-enveloppe/monde-3", None)]
    fn a_control_after_a_world_is_known_by_its_name(
        #[case] name: &str,
        #[case] of: Option<(u32, u32)>,
    ) {
        let which = of.map(|(place, part)| Which::of_world("reception", place, part));
        assert_eq!(Which::named(&ScenarioId::from(name.to_owned())), which);
    }
}
