//! The exploration: world after world, its cases played several at once; what disagrees is made
//! small.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicI64,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use proptest::{
    strategy::Strategy as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::{
    case::{Case, Made},
    cause::Cause,
    disagreement::{Disagreement, kind},
    ground::{self, Controls, Ground, Manner, Stage, accepted},
    shrink::{Shrinking, Tree},
    strategy::{self, Scope},
    tally::Tally,
    world::{self, World},
};
use crate::proxy::OwnListError;
use suite::{
    family::Rules,
    observe::{
        extension::{self, CHUNKING},
        last_session,
    },
    oracle::reception::facts::Profile,
    record::{ScenarioRecord, Verdict},
    runner::Played,
    scenario::{Capability, Library, Scenario, ScenarioId},
};

/// Cases of one world.
pub const CASES_OF_A_WORLD: u32 = 40;

/// Causes of disagreements that are told apart, each with its smallest case.
pub const DISAGREEMENTS: usize = 10;

/// How many cases of a cause are made small before others that have all that shows it are counted to
/// it as they are.
const OF_A_CAUSE: u32 = 3;

/// How many cases are played at most to find the causes of all that disagrees.
const TRIES: u32 = 10_000;

/// How an exploration is made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many cases.
    pub cases: u32,
    /// The seed: the same one draws the same cases.
    pub seed: u64,
    /// Cases at once, at most.
    pub jobs: usize,
    /// SHOULD counts as MUST.
    pub strict: bool,
    /// The letter that the target is held to.
    pub profile: Profile,
}

/// What an exploration tells while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// So many cases have been played.
    Played(u32),
    /// A disagreement was found and is being made small.
    Shrinking(&'a ScenarioId),
    /// The target put some off: they are played again after this time.
    Waiting {
        /// How many.
        cases: usize,
        /// How long.
        wait: Duration,
        /// A reply that put one off.
        reply: &'a str,
    },
}

/// What an exploration found.
#[derive(Debug, Default)]
pub struct Exploration {
    /// All that was seen.
    pub tally: Tally,
    /// Where the target and the oracle disagree: one for each cause, made small.
    pub disagreements: Vec<Disagreement>,
    /// Those whose cause was not looked for, since [`DISAGREEMENTS`] causes are known, by kind.
    pub more: BTreeMap<String, u32>,
    /// What a case looked like before it was made small, and the rank of the cause that it had.
    known: BTreeMap<Cause, usize>,
    /// Cases played to make others small.
    tried: u32,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

impl Exploration {
    /// How many cases disagree.
    #[must_use]
    pub fn count(&self) -> u32 {
        let known = self.disagreements.iter().map(|one| one.alike.saturating_add(1));
        known.chain(self.more.values().copied()).fold(0, u32::saturating_add)
    }

    /// The rank of the cause of a case that looks like this before it is made small, where it need
    /// not be made small to tell.
    fn cause_of(&self, raw: &Cause) -> Option<usize> {
        self.known.get(raw).copied().or_else(|| {
            self.disagreements.iter().position(|one| {
                one.stable && one.alike + 1 >= OF_A_CAUSE && one.cause.explains(raw)
            })
        })
    }
}

/// An exploration that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// No family is decided as cases are, by the facts of the reception.
    #[error(
        "aucune famille n'est jugée par les règles de la réception : c'est elle qu'une exploration éprouve"
    )]
    NoFamily,
    /// The target lacks something that every case needs.
    #[error("{0}")]
    Lacks(&'static str),
    /// The target showed a certificate of production, or none that can be read: nothing more was sent.
    #[error("{0}")]
    KeptOff(String),
    /// A world could not be put in place.
    #[error(transparent)]
    World(#[from] OwnListError),
    /// A world could not be drawn.
    #[error("aucun cas n'a pu être tiré : {0}")]
    Drawn(String),
}

/// Explores.
///
/// # Errors
/// [`ExploreError`]; whatever the target does is in the exploration.
pub async fn explore(
    ground: Ground<'_>,
    library: &Library,
    plan: &Plan,
    mut stop: watch::Receiver<bool>,
    observe: impl Fn(Progress<'_>),
) -> Result<Exploration, ExploreError> {
    let family = library.catalogue.families.iter().find(|one| one.rules == Rules::Reception);
    let family = family.ok_or(ExploreError::NoFamily)?.clone();
    let nominal = library.nominal(&family).ok_or(ExploreError::NoFamily)?.clone();
    let target = ground.target();
    let offers = target.capabilities();
    if let Some(lacks) = lacks(&offers) {
        return Err(ExploreError::Lacks(suite::target::how_to_supply(lacks)));
    }
    let manner = Manner {
        family,
        nominal,
        strict: plan.strict,
        profile: plan.profile,
        seed: plan.seed,
        // Two explorations of one seed share no token: what the first one delivered may still be there.
        played: AtomicI64::new(jiff::Timestamp::now().as_microsecond()),
    };
    let explorer =
        Explorer { ground, plan, manner: &manner, scope: Scope::of(&offers, ground.draws_lists()) };
    let mut found = Exploration::default();
    let mut number = 0;
    while number < plan.cases {
        let count = CASES_OF_A_WORLD.min(plan.cases - number);
        let exploring = explorer.world(number, count, &mut found, &observe);
        tokio::select! {
            result = exploring => result?,
            why = target.guard.until_closed() => return Err(ExploreError::KeptOff(why)),
            Ok(_) = stop.wait_for(|stop| *stop) => {
                found.interrupted = true;
                break;
            }
        }
        number += count;
    }
    Ok(found)
}

/// What every case needs and the target does not offer.
fn lacks(offers: &BTreeSet<Capability>) -> Option<Capability> {
    [Capability::SimulatedSpace, Capability::Mailbox, Capability::DeclaredIdentity]
        .into_iter()
        .find(|need| !offers.contains(need))
}

struct Explorer<'a> {
    ground: Ground<'a>,
    plan: &'a Plan,
    manner: &'a Manner,
    scope: Scope,
}

impl Explorer<'_> {
    /// Draws a world and `count` cases of it, the first one numbered `first`, and plays them.
    async fn world(
        &self,
        first: u32,
        count: u32,
        found: &mut Exploration,
        observe: &impl Fn(Progress<'_>),
    ) -> Result<(), ExploreError> {
        let (world_tree, cases) = self.draw(first, count)?;
        let world = world_tree.current();
        let stage = self.ground.open(&world, self.manner).await?;
        let control = stage.control();
        let before = stage.play(&control).await;
        // The target says in its EHLO whether it takes BDAT.
        let entries = before.transcript.entries();
        let chunks = extension::offered(&entries, last_session(&entries), CHUNKING);
        let made: Vec<(Case, Made)> = cases
            .into_iter()
            .map(|case| if chunks { case } else { case.by_data() })
            .zip(first..)
            .map(|(case, number)| {
                let made = case.made(&self.manner.family, &world, self.plan.seed, number);
                (case, made)
            })
            .collect();
        let played = self.play(&stage, &made, found.tally.cases, observe).await;
        let scenarios = made.iter().map(|(_, made)| &made.scenario);
        let mut all: Vec<(&Scenario, Played)> =
            scenarios.zip(played).chain([(&control, before)]).collect();
        let waiting = |cases, wait, reply: &str| observe(Progress::Waiting { cases, wait, reply });
        stage.outwait(&mut all, waiting).await;
        let mut after = [(&control, stage.play(&control).await)];
        stage.outwait(&mut after, waiting).await;
        let [(_, after)] = after;
        let (_, before) = all.pop().expect("the control is the last");
        let played: Vec<Played> = all.into_iter().map(|(_, played)| played).collect();
        let scenarios = made.iter().map(|(_, made)| &made.scenario);
        let campaign = ground::campaign(
            [(&control, &before), (&control, &after)].into_iter().chain(scenarios.zip(&played)),
        );
        let controls = Controls { before: accepted(&before), after: accepted(&after) };
        let mut wrong: Vec<(usize, ScenarioRecord)> = Vec::new();
        for (at, ((_, made), played)) in made.iter().zip(&played).enumerate() {
            let record = stage.judge((&made.scenario, played), &controls, &campaign);
            found.tally.count(&self.manner.family, made, played, &record);
            if record.verdict == Verdict::Fail {
                wrong.push((at, record));
            }
        }
        drop(stage);
        for (at, record) in wrong {
            let (case, made) = &made[at];
            let seen = (made.clone(), played[at].clone(), record);
            let number = first + u32::try_from(at).expect("a world has few cases");
            observe(Progress::Shrinking(&made.scenario.id));
            let one = Shrinking::new(self.plan.seed, number, case.clone(), seen);
            Box::pin(self.found(&world, first, number, one, found)).await?;
        }
        Ok(())
    }

    /// Counts a disagreement to the cause that it has: a new one is made small, world and all.
    async fn found(
        &self,
        world: &World,
        first: u32,
        number: u32,
        mut one: Shrinking,
        found: &mut Exploration,
    ) -> Result<(), ExploreError> {
        let raw = one.cause();
        if let Some(rank) = found.cause_of(&raw) {
            found.disagreements[rank].alike += 1;
            return Ok(());
        }
        if found.disagreements.len() >= DISAGREEMENTS || found.tried >= TRIES {
            let (made, _, record) = &one.best;
            *found.more.entry(kind(made, record)).or_default() += 1;
            return Ok(());
        }
        let stage = self.ground.open(world, self.manner).await?;
        let cause = one.reduce(&stage, world).await;
        drop(stage);
        found.tried += one.tried;
        let alike = found.disagreements.iter().position(|other| other.cause == cause);
        if let Some(rank) = alike {
            found.disagreements[rank].alike += 1;
            // What comes back only at times says nothing of the next one.
            if one.stable {
                found.known.insert(raw, rank);
            }
        } else {
            let (tree, _) = self.draw(first, 0)?;
            one.reduce_world(&self.ground, self.manner, tree).await?;
            if one.stable {
                found.known.insert(raw, found.disagreements.len());
            }
            let Shrinking { best: (made, played, record), tried, stable, .. } = one;
            let entries = played.transcript.entries();
            let alike = 0;
            found.disagreements.push(Disagreement {
                number,
                cause,
                alike,
                made,
                record,
                entries,
                tried,
                stable,
            });
        }
        Ok(())
    }

    async fn play(
        &self,
        stage: &Stage<'_>,
        made: &[(Case, Made)],
        before: u32,
        observe: &impl Fn(Progress<'_>),
    ) -> Vec<Played> {
        let at_once = stage.at_once(self.plan.jobs);
        stream::iter(made.iter().map(|(_, made)| stage.play(&made.scenario)))
            .buffered(at_once)
            .enumerate()
            .map(|(at, played)| {
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                observe(Progress::Played(before.saturating_add(at + 1)));
                played
            })
            .collect()
            .await
    }

    /// The world that begins at case `first`, and its cases: the seed and that number decide.
    fn draw(&self, first: u32, count: u32) -> Result<(Tree<World>, Vec<Case>), ExploreError> {
        let seed = Sha256::digest(format!("{}/{first}", self.plan.seed));
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let drawn = |reason: proptest::test_runner::Reason| {
            ExploreError::Drawn(reason.message().to_owned())
        };
        let world: Tree<World> = if self.ground.draws_lists() {
            world::world().boxed().new_tree(&mut runner).map_err(drawn)?
        } else {
            proptest::strategy::Just(World::default())
                .boxed()
                .new_tree(&mut runner)
                .map_err(drawn)?
        };
        let case = strategy::case(self.scope).boxed();
        let cases = (0..count)
            .map(|_| Ok(case.new_tree(&mut runner).map_err(drawn)?.current()))
            .collect::<Result<_, ExploreError>>()?;
        Ok((world, cases))
    }
}
