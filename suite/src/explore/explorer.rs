//! The exploration: world after world, its cases played several at once; what disagrees is made
//! small.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicI64,
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
    disagreement::{Disagreement, kind},
    ground::{Ground, Manner, Stage},
    shrink::{Tree, shrink},
    strategy::{self, Scope},
    tally::Tally,
    world::{self, World},
};
use crate::{
    oracle::facts::Profile,
    proxy::OwnListError,
    record::{ScenarioRecord, Verdict},
    runner::{NOMINAL, Played},
    scenario::{Capability, Library, ScenarioId},
};

/// Cases of one world.
pub const CASES_OF_A_WORLD: u32 = 40;

/// Disagreements that are made small: what comes then is mostly more of the same, and counted.
pub const DISAGREEMENTS: usize = 10;

/// How many of one kind are made small.
const OF_A_KIND: usize = 2;

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
}

/// What an exploration found.
#[derive(Debug, Default)]
pub struct Exploration {
    /// All that was seen.
    pub tally: Tally,
    /// Where the target and the oracle disagree, each made small.
    pub disagreements: Vec<Disagreement>,
    /// Further ones of the same kinds, or beyond the first [`DISAGREEMENTS`], by kind.
    pub more: BTreeMap<String, u32>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

/// An exploration that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// The scenarios lack the nominal one, which is the control.
    #[error("le scénario {NOMINAL} manque : il est le témoin de l'exploration")]
    NoControl,
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
    let nominal = library.scenarios.iter().find(|scenario| scenario.id.as_str() == NOMINAL);
    let nominal = nominal.ok_or(ExploreError::NoControl)?.clone();
    let target = ground.target();
    let offers = target.capabilities();
    if let Some(lacks) = lacks(&offers) {
        return Err(ExploreError::Lacks(crate::target::how_to_supply(lacks)));
    }
    let manner = Manner {
        nominal,
        strict: plan.strict,
        profile: plan.profile,
        seed: plan.seed,
        // Two explorations of one seed share no token: what the first one delivered may still be there.
        played: AtomicI64::new(jiff::Timestamp::now().as_microsecond()),
    };
    let explorer = Explorer { ground, plan, manner: &manner, scope: Scope::of(&offers) };
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
        let (world_tree, trees) = self.draw(first, count)?;
        let world = world_tree.current();
        let stage = self.ground.open(&world, self.manner).await?;
        let made: Vec<(Case, Made)> = trees
            .iter()
            .zip(first..)
            .map(|(tree, number)| {
                let case = tree.current();
                let made = case.made(&world, self.plan.seed, number);
                (case, made)
            })
            .collect();
        let before = stage.control().await;
        let played = self.play(&stage, &made, found.tally.cases, observe).await;
        let after = stage.control().await;
        let mut wrong: Vec<(usize, ScenarioRecord)> = Vec::new();
        for (at, ((_, made), played)) in made.iter().zip(&played).enumerate() {
            let record = stage.judge(&made.scenario, played, &before, &after);
            found.tally.count(made, played, &record);
            if record.verdict == Verdict::Fail {
                wrong.push((at, record));
            }
        }
        drop(stage);
        let mut trees: Vec<Option<Tree<Case>>> = trees.into_iter().map(Some).collect();
        let mut world_tree = Some(world_tree);
        for (at, record) in wrong {
            let (_, made) = &made[at];
            let kind = kind(made, &record);
            let alike = found.disagreements.iter().filter(|other| other.kind() == kind).count();
            if alike == OF_A_KIND || found.disagreements.len() == DISAGREEMENTS {
                *found.more.entry(kind).or_default() += 1;
                continue;
            }
            observe(Progress::Shrinking(&made.scenario.id));
            let tree = trees[at].take().expect("each case is wrong once");
            let number = first + u32::try_from(at).expect("a world has few cases");
            // The world can be made small once; a second case of it keeps it as it is.
            let world = (world.clone(), world_tree.take());
            let start = (made.clone(), played[at].clone(), record);
            let small =
                shrink(&self.ground, self.manner, self.plan.seed, number, world, tree, start);
            found.disagreements.push(Box::pin(small).await?);
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
    fn draw(&self, first: u32, count: u32) -> Result<(Tree<World>, Vec<Tree<Case>>), ExploreError> {
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
            .map(|_| case.new_tree(&mut runner).map_err(drawn))
            .collect::<Result<_, _>>()?;
        Ok((world, cases))
    }
}
