//! The controls of a run: of each family before its scenarios, after each changed world, and after all.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use fixtures::smtp::transcript::Event;
use tokio::sync::watch;

use super::{Stage, part::Part};
use crate::{
    family::Family,
    observe::deferral::Deferral,
    record::{When, family_of},
    runner::{
        control::{self, Control, Which},
        epoch::Epoch,
        patience,
        run::RunEvent,
        select::Selection,
    },
};

impl Stage<'_> {
    /// The nominal message of a family, where the target is prepared for it.
    async fn control(&self, family: &Family, which: Which, head: &[Event]) -> Option<Control> {
        let nominal = self.library.nominal(family)?;
        if !nominal.needs.is_subset(&self.offers) {
            return None;
        }
        Some(control::control(which, nominal, head, self.stand()).await)
    }

    /// Plays the control of each family before the first scenario; silences are told as such unless one was
    /// answered.
    pub(in crate::runner) async fn controls_before(
        &self,
        selection: &Selection<'_>,
        before: &mut Vec<Control>,
    ) {
        for family in selection.families(self.library) {
            let which = Which::of_run(&family.folder, Some(When::Before));
            before.extend(self.control(family, which, &[]).await);
        }
        let answered = |one: &Control| one.accepted() || one.put_off().is_some();
        let answers = before.is_empty() || before.iter().any(answered);
        self.answers.store(answers, Ordering::Relaxed);
    }

    /// The control of each family after the last scenario, tried again while it is put off: all that was refused
    /// rests on it. None is played any more once the run is to stop.
    pub(in crate::runner) async fn controls_after(
        &self,
        selection: &Selection<'_>,
        stop: &mut watch::Receiver<bool>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Vec<Control> {
        let mut after = Vec::new();
        for family in selection.families(self.library) {
            if !*stop.borrow() {
                after.extend(self.control_after(family, stop, observe).await);
            }
        }
        after
    }

    async fn control_after(
        &self,
        family: &Family,
        stop: &mut watch::Receiver<bool>,
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) -> Option<Control> {
        let which = Which::of_run(&family.folder, Some(When::After));
        let control = self.control(family, which, &[]).await?;
        tokio::select! {
            () = self.outwait(&control, observe) => {}
            Ok(_) = stop.wait_for(|stop| *stop) => {}
        }
        Some(control)
    }

    /// Tries a control again while it is put off.
    async fn outwait(&self, control: &Control, observe: &(impl Fn(RunEvent<'_>) + Sync)) {
        let waits = patience::waits(self.target.retry).into_iter();
        for wait in waits.chain([self.target.retry; 2]) {
            let Some(Deferral { text, .. }) = control.put_off() else { break };
            observe(RunEvent::Waiting { scenarios: 1, wait, reply: &text });
            tokio::time::sleep(wait).await;
            self.repeat(Part::Control(control)).await;
        }
    }

    /// Plays the control of each family of an epoch once its world is undone, each with how it was at its `head`.
    pub(super) async fn controls_of_world(
        &self,
        epoch: &Epoch<'_>,
        head: &[Event],
        observe: &(impl Fn(RunEvent<'_>) + Sync),
    ) {
        let Some(place) = self.places.get(&epoch.world).copied() else { return };
        let folders: BTreeSet<&str> =
            epoch.iter().map(|scenario| family_of(scenario.id.as_str())).collect();
        for family in &self.library.catalogue.families {
            if folders.contains(family.folder.as_str())
                && let which = Which::of_world(&family.folder, place, self.tokens.part())
                && let Some(control) = self.control(family, which, head).await
            {
                self.outwait(&control, observe).await;
                self.note(&control.which.id(), &control.performance());
                self.between.lock().expect("no panic while they are held").push(control);
            }
        }
    }
}
