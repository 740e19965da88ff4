//! Making a disagreement small: proptest's own trees, simplified step by step around what is played.

use proptest::strategy::ValueTree;

use super::{
    case::{Case, Made},
    disagreement::Disagreement,
    ground::{Ground, Manner, Stage},
    tally::cause,
    world::World,
};
use crate::{
    proxy::OwnListError,
    record::{ScenarioRecord, Verdict},
    runner::Played,
};

/// Steps at most, for a case and for a world.
const CASE_STEPS: u32 = 300;
const WORLD_STEPS: u32 = 150;

/// A tree of values, of which the strategy's kind does not matter.
pub(super) type Tree<T> = Box<dyn ValueTree<Value = T>>;

/// What was seen of a case that disagrees.
pub(super) type Seen = (Made, Played, ScenarioRecord);

/// Makes the case of `tree` small in its world, then the world around it.
///
/// # Errors
/// A world could not be put in place.
pub(super) async fn shrink(
    ground: &Ground<'_>,
    manner: &Manner,
    seed: u64,
    number: u32,
    (world, world_tree): (World, Option<Tree<World>>),
    mut tree: Tree<Case>,
    start: Seen,
) -> Result<Disagreement, OwnListError> {
    let mut shrinking =
        Shrinking { seed, number, kind: cause(&start.2.reason), best: start, tried: 0 };
    let stage = ground.open(&world, manner).await?;
    let stable = shrinking.disagrees(&stage, &world, &tree.current()).await;
    let mut case = tree.current();
    if stable {
        let mut more = tree.simplify();
        while more && shrinking.tried < CASE_STEPS {
            let simpler = tree.current();
            more = if shrinking.disagrees(&stage, &world, &simpler).await {
                case = simpler;
                tree.simplify()
            } else {
                tree.complicate()
            };
        }
    }
    drop(stage);
    if let Some(mut tree) = world_tree.filter(|_| stable && ground.draws_lists()) {
        let bound = shrinking.tried + WORLD_STEPS;
        let mut more = tree.simplify();
        while more && shrinking.tried < bound {
            let simpler = tree.current();
            let stage = ground.open(&simpler, manner).await?;
            more = if shrinking.disagrees(&stage, &simpler, &case).await {
                tree.simplify()
            } else {
                tree.complicate()
            };
        }
    }
    let Shrinking { best: (made, played, record), tried, .. } = shrinking;
    let entries = played.transcript.entries();
    Ok(Disagreement { number, made, record, entries, tried, stable })
}

struct Shrinking {
    seed: u64,
    number: u32,
    kind: String,
    best: Seen,
    tried: u32,
}

impl Shrinking {
    /// Whether the case disagrees in the same way; then it is the best so far.
    async fn disagrees(&mut self, stage: &Stage<'_>, world: &World, case: &Case) -> bool {
        self.tried += 1;
        let made = case.made(world, self.seed, self.number);
        let played = stage.play(&made.scenario).await;
        let control = stage.control().await;
        let record = stage.judge(&made.scenario, &played, &control, &control);
        let same = record.verdict == Verdict::Fail && cause(&record.reason) == self.kind;
        if same {
            self.best = (made, played, record);
        }
        same
    }
}
