//! Making a disagreement small: the case step by step towards the nominal one, then the world around
//! it, by proptest's own tree.

use std::time::Duration;

use proptest::strategy::ValueTree;

use super::{
    case::{Case, Made},
    cause::{Cause, culprit},
    ground::{self, Controls, Ground, Manner, Stage, accepted},
    reduce::within,
    tally::{Permitted, cause as reason},
    world::World,
};
use crate::proxy::OwnListError;
use suite::{
    observe::{self, last_session},
    oracle::{ClauseId, Decision, Grade},
    record::{ScenarioRecord, Verdict},
    runner::Played,
};

/// Steps at most, for a case and for a world.
const CASE_STEPS: u32 = 200;
const WORLD_STEPS: u32 = 150;

/// The patience within which a smaller case is played again when it is put off.
const BRIEF: Duration = Duration::from_secs(10);

/// A tree of values, of which the strategy's kind does not matter.
pub(super) type Tree<T> = Box<dyn ValueTree<Value = T>>;

/// What was seen of a case that disagrees.
pub(super) type Evidence = (Made, Played, ScenarioRecord);

/// A disagreement that is being made small.
pub(super) struct Shrinking {
    seed: u64,
    number: u32,
    /// The case, as small as it is by now.
    case: Case,
    /// What was seen of it.
    pub(super) best: Evidence,
    /// How many were tried.
    pub(super) tried: u32,
    /// Whether it came back when it was played again.
    pub(super) stable: bool,
}

impl Shrinking {
    /// Begins with a case and what was seen of it.
    pub(super) fn new(seed: u64, number: u32, case: Case, seen: Evidence) -> Self {
        Self { seed, number, case, best: seen, tried: 0, stable: false }
    }

    /// Makes the case small in its world; gives the cause.
    pub(super) async fn reduce(&mut self, stage: &Stage<'_>, world: &World) -> Cause {
        let first = self.case.clone();
        self.stable = self.disagrees(stage, world, first).await;
        if !self.stable {
            return self.cause().passing();
        }
        'simpler: loop {
            let at = culprit(&self.best.0, &self.best.2);
            for simpler in self.case.simpler(at) {
                if self.tried >= CASE_STEPS {
                    break 'simpler;
                }
                if self.disagrees(stage, world, simpler).await {
                    continue 'simpler;
                }
            }
            break;
        }
        self.cause()
    }

    /// Makes the world small around the case.
    ///
    /// # Errors
    /// A world could not be put in place.
    pub(super) async fn reduce_world(
        &mut self,
        ground: &Ground<'_>,
        manner: &Manner,
        mut tree: Tree<World>,
    ) -> Result<(), OwnListError> {
        if !self.stable || !ground.draws_lists() {
            return Ok(());
        }
        let bound = self.tried + WORLD_STEPS;
        let mut more = tree.simplify();
        while more && self.tried < bound {
            let simpler = tree.current();
            let stage = ground.open(&simpler, manner).await?;
            more = if self.disagrees(&stage, &simpler, self.case.clone()).await {
                tree.simplify()
            } else {
                tree.complicate()
            };
        }
        Ok(())
    }

    /// The cause that the case has as it is by now.
    pub(super) fn cause(&self) -> Cause {
        Cause::of(&self.case, &self.best)
    }

    /// Whether the case disagrees in the same way, with no fault that the best so far has not; then it
    /// is the best.
    async fn disagrees(&mut self, stage: &Stage<'_>, world: &World, smaller: Case) -> bool {
        self.tried += 1;
        let made = smaller.made(stage.family(), world, self.seed, self.number);
        let control = stage.control();
        let case = stage.play(&made.scenario).await;
        let mut all = [(&made.scenario, case), (&control, stage.play(&control).await)];
        // A smaller case may come from somebody whom the target has not met; a long wait for each is
        // not worth a smaller one.
        if stage.patience() <= BRIEF {
            stage.outwait(&mut all, |_, _, _| {}).await;
        }
        let campaign = ground::campaign(all.iter().map(|(scenario, played)| (*scenario, played)));
        let [(_, played), (_, control)] = all;
        let (before, after) = (accepted(&control), accepted(&control));
        let record = stage.judge((&made.scenario, &played), &Controls { before, after }, &campaign);
        let (before, _, was) = &self.best;
        let now = (made, played, record);
        // What should be refused, and is accepted as what must be is, is no fault of its own.
        let as_bad = taken(&self.best).zip(taken(&now)).is_some_and(|(was, now)| now >= was);
        let (made, played, record) = now;
        let alike = as_bad
            || reason(&record.reason) == reason(&was.reason)
                && Permitted::of(decision(&made, &record)) == Permitted::of(decision(before, was));
        let same = record.verdict == Verdict::Fail
            && alike
            && clause(&made, &record) == clause(before, was)
            && within(
                &made.decisions[culprit(&made, &record)].0,
                &before.decisions[culprit(before, was)].0,
            );
        if same {
            self.best = (made, played, record);
            self.case = smaller;
        }
        same
    }
}

/// The decision on the transaction that counts.
fn decision<'a>(made: &'a Made, record: &ScenarioRecord) -> &'a Decision {
    &made.decisions[culprit(made, record)].1
}

/// The clause, where a refusal is demanded or recommended. A sender's domain that is another's and one
/// that is nobody's are the same thing to who does not look at it.
fn clause(made: &Made, record: &ScenarioRecord) -> Option<ClauseId> {
    let decision = decision(made, record);
    let clause = match decision.clause {
        ClauseId::DomainListed => ClauseId::DomainMapped,
        clause => clause,
    };
    (decision.accept != Grade::Conforming).then_some(clause)
}

/// How bad it is that this was accepted, where it was and should not have been.
fn taken((made, played, record): &Evidence) -> Option<Grade> {
    let entries = played.transcript.entries();
    let t = u16::try_from(culprit(made, record)).unwrap_or(u16::MAX);
    let seen = observe::transaction(&entries, last_session(&entries), t);
    let accept = decision(made, record).accept;
    (matches!(seen, observe::TransactionEnd::Accepted { .. }) && accept != Grade::Conforming)
        .then_some(accept)
}
