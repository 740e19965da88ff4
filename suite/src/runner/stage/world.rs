//! The worlds of a stage: each is put in place, read by the target, played in, and undone.

use fixtures::{
    change::{Applied, Proof, World},
    smtp::transcript::Event,
};
use jiff::Timestamp;

use super::{Stage, standing::Standing};
use crate::{
    runner::{
        control::Control,
        epoch::{self, Epoch, Serving, changed},
        omission::not_played,
        run::RunEvent,
        select::Selection,
    },
    scenario::Scenario,
};

/// How a world ended.
struct Ended {
    /// What the transcript of each control after it begins with.
    head: Vec<Event>,
    /// Why nothing shows that the target is back in the nominal world, if so.
    left: Option<String>,
}

impl Stage<'_> {
    /// Plays all scenarios, the world of each in place.
    pub(in crate::runner) async fn play_everything(
        &self,
        selection: &Selection<'_>,
        before: &[Control],
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) {
        for epoch in epoch::epochs(selection) {
            if epoch.world.is_nominal() {
                self.play_epoch(&epoch, before, observe).await;
            } else if epoch.iter().any(|scenario| self.is_to_be_played(scenario)) {
                self.play_changed(&epoch, observe).await;
            } else {
                self.play_epoch(&epoch, &[], observe).await;
            }
        }
    }

    /// Whether this is neither left out nor known from before the run was cut short.
    fn is_to_be_played(&self, scenario: &Scenario) -> bool {
        let kept = self.kept.lock().expect("no panic while they are held");
        !kept.contains_key(&scenario.id)
            && not_played(scenario, &self.offers, &self.target.not_applicable).is_none()
    }

    /// Puts the world of an epoch in place, makes the target read it, plays, and puts the nominal world
    /// back.
    async fn play_changed(&self, epoch: &Epoch<'_>, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        if let Some(why) = self.left_over() {
            // What is seen in this world could come of the one before.
            self.stand_on(Standing::troubled(why));
            self.play_epoch(epoch, &[], observe).await;
            self.stand_on(Standing::default());
            return;
        }
        let (standing, applied) = match self.space.apply(&epoch.world).await {
            Err(error) => (Standing::troubled(error.to_string()), None),
            Ok(applied) => {
                let since = applied.since();
                let mut events = changed(applied.proofs());
                let read = epoch::read_anew(
                    self.space,
                    self.target,
                    (&epoch.world, Serving::World),
                    since,
                )
                .await;
                events.extend(read.events);
                events.extend(read.failed.map(|text| Event::Trouble { text }));
                (Standing { events, since }, Some(applied))
            }
        };
        self.stand_on(standing);
        self.play_epoch(epoch, &[], observe).await;
        self.stand_on(Standing::default());
        let Some(applied) = applied else { return };
        let Ended { head, left } = self.undo(&epoch.world, applied).await;
        if left.is_some() {
            *self.left.lock().expect("no panic while it is held") = left;
        }
        self.controls_of_world(epoch, &head, observe).await;
    }

    /// Why an earlier world may be what the target still goes by, if so.
    fn left_over(&self) -> Option<String> {
        if let Some(why) = &*self.left.lock().expect("no panic while it is held") {
            return Some(format!(
                "rien ne montre que la cible a relu l'état nominal de l'espace après le changement d'avant ({why})"
            ));
        }
        let between = self.between.lock().expect("no panic while they are held");
        // Whoever resumes a run has seen to what was wrong before.
        let own = between.iter().filter(|control| control.which.part == self.tokens.part());
        let refused = own.into_iter().find(|control| !control.accepted())?;
        Some(format!(
            "la cible n'accepte plus le message de contrôle depuis qu'un état changé de l'espace a pris fin ({}) : \
             rétablissez-la, puis rejouez ce qui manque avec --failed",
            refused.observed()
        ))
    }

    /// Puts the nominal world back and makes the target read it.
    async fn undo(&self, world: &World, applied: Applied<'_>) -> Ended {
        let mark = self.space.log().mark();
        match applied.restore().await {
            Err(error) => {
                let error = error.to_string();
                let failed = Event::RestoreFailed { at: Timestamp::now(), error: error.clone() };
                Ended { head: vec![failed], left: Some(error) }
            }
            Ok(proofs) => {
                let mut head: Vec<Event> = proofs.into_iter().map(Proof::restored).collect();
                let read =
                    epoch::read_anew(self.space, self.target, (world, Serving::Nominal), mark)
                        .await;
                head.extend(read.events);
                Ended { head, left: read.failed }
            }
        }
    }

    fn stand_on(&self, standing: Standing) {
        *self.standing.lock().expect("no panic while it is held") = standing;
    }
}
