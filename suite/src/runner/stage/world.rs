//! The worlds of a stage: each is put in place, read by the target, played in, and undone.

use fixtures::{
    change::{Applied, Proof, World},
    smtp::transcript::Event,
};
use jiff::Timestamp;

use super::{Stage, standing::Standing};
use crate::{
    record::UndoneRecord,
    runner::{
        changes,
        control::Control,
        epoch::{self, Epoch, changed},
        omission::not_played,
        run::RunEvent,
        select::Selection,
    },
    scenario::Scenario,
};

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
                let read = epoch::read_anew(self.space, self.target, &epoch.world, since).await;
                events.extend(read.events);
                events.extend(read.failed.map(|text| Event::Trouble { text }));
                (Standing { events, since }, Some(applied))
            }
        };
        self.stand_on(standing);
        self.play_epoch(epoch, &[], observe).await;
        self.stand_on(Standing::default());
        let Some(applied) = applied else { return };
        let began = applied.proofs().iter().map(|proof| proof.at).min();
        let undone = self.undo(&epoch.world, applied).await;
        if let Some(why) = &undone.failed {
            self.remarks.lock().expect("no panic while they are held").push(format!(
                "l'espace simulé a été rendu à son état nominal, mais rien ne montre que la cible l'a relu : {why}"
            ));
        }
        self.controls_of_world(epoch, observe).await;
        if let Some(began) = began {
            self.undone.lock().expect("no panic while it is held").insert(began, undone);
        }
    }

    /// Why an earlier world may be what the target still goes by, if so.
    fn left_over(&self) -> Option<String> {
        let undone = self.undone.lock().expect("no panic while it is held");
        if let Some(why) = undone.values().find_map(|one| one.failed.as_ref()) {
            return Some(format!(
                "rien ne montre que la cible a relu l'état nominal de l'espace après le changement d'avant ({why})"
            ));
        }
        let between = self.between.lock().expect("no panic while they are held");
        let refused = between.iter().find(|control| !control.accepted())?;
        Some(format!(
            "la cible n'accepte plus le message de contrôle depuis qu'un état changé de l'espace a pris fin ({}) : \
             rétablissez-la, puis rejouez ce qui manque avec --failed",
            refused.observed()
        ))
    }

    /// Puts the nominal world back and makes the target read it.
    async fn undo(&self, world: &World, applied: Applied<'_>) -> UndoneRecord {
        let mark = self.space.log().mark();
        let mut undone = UndoneRecord {
            since: Timestamp::now(),
            proofs: Vec::new(),
            read: Vec::new(),
            failed: None,
        };
        match applied.restore().await {
            Err(error) => undone.failed = Some(error.to_string()),
            Ok(proofs) => {
                let said = |proof: Proof| format!("{} → {}", proof.asked, proof.answer);
                undone.since = proofs.iter().map(|proof| proof.at).min().unwrap_or(undone.since);
                undone.proofs = proofs.into_iter().map(said).collect();
                let read = epoch::read_anew(self.space, self.target, world, mark).await;
                undone.read = read.events.iter().filter_map(changes::fetch).collect();
                undone.failed = read.failed;
            }
        }
        undone
    }

    fn stand_on(&self, standing: Standing) {
        *self.standing.lock().expect("no panic while it is held") = standing;
    }
}
