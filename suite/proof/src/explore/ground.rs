//! What cases are played against: the embedded proxy with a list of each world's own, or a target
//! with the list that its kit has.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use fixtures::{smtp::mailroom::Mailroom, space::Space};

use super::world::World;
use crate::proxy::{OwnList, OwnListError, mutants::Mutant};
use suite::{
    family::Family,
    judge::{Campaign, Twin},
    observe::{
        self,
        deferral::{self, Deferral},
        last_session,
    },
    oracle::reception::facts::Profile,
    play::Tokens,
    record::ScenarioRecord,
    runner::{Again, Bench, Played, outwait},
    scenario::{ListEntry, Scenario, ScenarioId},
    target::Target,
};

/// A change of what the proxy is told of a list: a fault put in on purpose, to see it found.
pub type Spoil = fn(&mut Vec<ListEntry>);

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub enum Ground<'a> {
    /// The embedded reference proxy: each world has its list.
    Embedded {
        /// The space around it.
        space: &'a Space,
        /// A fault of the proxy's list.
        spoil: Option<Spoil>,
        /// A mutant in the place of the proxy, to be found out.
        mutant: Option<&'a Mutant>,
    },
    /// A target in the space that it trusts, whose list is what it is.
    Target {
        /// The space.
        space: &'a Space,
        /// The target.
        target: &'a Target,
    },
}

/// A world at work.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    space: &'a Space,
    target: Target,
    mailroom: Mailroom,
    manner: &'a Manner,
    _own: Option<OwnList>,
}

/// How everything is played.
#[derive(Debug)]
pub(super) struct Manner {
    /// The family that is explored.
    pub(super) family: Family,
    /// Its nominal scenario, as a control.
    pub(super) nominal: Scenario,
    /// SHOULD counts as MUST.
    pub(super) strict: bool,
    /// The letter that the target is held to.
    pub(super) profile: Profile,
    /// Seed of the tokens.
    pub(super) seed: u64,
    /// Number of the last thing played: no two share a token.
    pub(super) played: AtomicI64,
}

impl<'a> Ground<'a> {
    /// Whether the list is drawn anew for each world.
    #[must_use]
    pub fn draws_lists(&self) -> bool {
        matches!(self, Self::Embedded { .. })
    }

    /// The space.
    #[must_use]
    pub fn space(&self) -> &'a Space {
        match self {
            Self::Embedded { space, .. } | Self::Target { space, .. } => space,
        }
    }

    /// The target, as far as it is the same for all worlds.
    #[must_use]
    pub fn target(&self) -> Target {
        match self {
            Self::Embedded { .. } => Target::embedded(([127, 0, 0, 1], 0).into()),
            Self::Target { target, .. } => (*target).clone(),
        }
    }

    /// Puts a world in place.
    pub(super) async fn open(
        &self,
        world: &World,
        manner: &'a Manner,
    ) -> Result<Stage<'a>, OwnListError> {
        match *self {
            Self::Embedded { space, spoil, mutant } => {
                let mut list = world.list();
                if let Some(spoil) = spoil {
                    spoil(&mut list);
                }
                let mailroom = Mailroom::new();
                let own = OwnList::start(space, &list, &mailroom, mutant).await?;
                let target = own.target.clone();
                Ok(Stage { space, target, mailroom, manner, _own: Some(own) })
            }
            Self::Target { space, target } => {
                // Nothing of the world before is under way any more.
                let mailroom = space.mailroom().clone();
                mailroom.clear();
                Ok(Stage { space, target: target.clone(), mailroom, manner, _own: None })
            }
        }
    }
}

/// What was played, of which some was put off.
struct Rest<'r, 's> {
    stage: &'r Stage<'r>,
    played: &'r mut [(&'s Scenario, Played)],
}

impl Again<usize> for Rest<'_, '_> {
    async fn again(&mut self, at: usize) -> Option<Deferral> {
        let (scenario, played) = &mut self.played[at];
        self.stage.again(scenario, played).await;
        put_off(&self.played[at])
    }
}

/// The temporary reply with which this ended, if it did.
fn put_off((scenario, played): &(&Scenario, Played)) -> Option<Deferral> {
    deferral::pending(&scenario.action, &played.transcript.entries())
}

/// What became of the controls around what is judged: why one was not accepted, if so.
pub(super) struct Controls {
    /// The one before.
    pub(super) before: Result<(), String>,
    /// The one after.
    pub(super) after: Result<(), String>,
}

/// Whether a control was accepted; else why not.
pub(super) fn accepted(control: &Played) -> Result<(), String> {
    let entries = control.transcript.entries();
    match observe::transaction(&entries, last_session(&entries), 0) {
        observe::TransactionEnd::Accepted { .. } => Ok(()),
        observe::TransactionEnd::Refused(refusal) => Err(observe::describe(&refusal)),
        observe::TransactionEnd::Broken(cause) => Err(cause),
    }
}

/// What these show together.
pub(super) fn campaign<'p>(
    played: impl IntoIterator<Item = (&'p Scenario, &'p Played)>,
) -> Campaign {
    let mut campaign = Campaign::default();
    for (scenario, played) in played {
        campaign.add_scenario(scenario, &played.transcript.entries());
    }
    campaign
}

impl Stage<'_> {
    /// Plays a scenario once, under tokens of its own.
    pub(super) async fn play(&self, scenario: &Scenario) -> Played {
        let number = self.manner.played.fetch_add(1, Ordering::Relaxed);
        let tokens = Tokens::new(self.manner.seed, number);
        self.bench(&tokens).play(scenario).await
    }

    /// The family that is explored.
    pub(super) fn family(&self) -> &Family {
        &self.manner.family
    }

    /// The nominal message, as a control.
    pub(super) fn control(&self) -> Scenario {
        let id = ScenarioId(Arc::from("controle/exploration"));
        Scenario { id, ..self.manner.nominal.clone() }
    }

    /// Plays once more what was put off. Its messages have names of their own: those of the first
    /// attempt may still arrive.
    async fn again(&self, scenario: &Scenario, played: &mut Played) {
        let number = self.manner.played.fetch_add(1, Ordering::Relaxed);
        self.bench(&Tokens::new(self.manner.seed, number)).again(scenario, played).await;
    }

    /// Plays again within the target's patience what it put off of these, all of it together. Before each
    /// round `waiting` is told how many wait, how long, and a reply.
    pub(super) async fn outwait(
        &self,
        played: &mut [(&Scenario, Played)],
        waiting: impl Fn(usize, Duration, &str),
    ) {
        let left: Vec<(usize, Deferral)> =
            played.iter().enumerate().filter_map(|(at, one)| Some((at, put_off(one)?))).collect();
        outwait(self.target.retry, left, Rest { stage: self, played }, waiting).await;
    }

    /// How long the target is waited for when it puts off.
    pub(super) fn patience(&self) -> Duration {
        self.target.retry
    }

    /// Judges what was played, beside what all of them show.
    pub(super) fn judge(
        &self,
        (scenario, played): (&Scenario, &Played),
        controls: &Controls,
        campaign: &Campaign,
    ) -> ScenarioRecord {
        let twin = match &controls.before {
            Ok(()) => Twin::Passed,
            Err(why) => Twin::NotPassed(format!("message de contrôle : {why}")),
        };
        let tokens = Tokens::new(0, 0);
        let bench = self.bench(&tokens);
        let after = controls.after.is_ok();
        bench.sweep(played, after);
        bench.judge(scenario, played, twin, Some(after), campaign)
    }

    /// How many cases may be played at once.
    pub(super) fn at_once(&self, jobs: usize) -> usize {
        jobs.min(self.target.max_connections).max(1)
    }

    fn bench<'s>(&'s self, tokens: &'s Tokens) -> Bench<'s> {
        Bench {
            space: self.space,
            target: &self.target,
            mailroom: &self.mailroom,
            tokens,
            strict: self.manner.strict,
            profile: self.manner.profile,
        }
    }
}
