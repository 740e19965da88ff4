//! The end of a stage: the sweep, and the transcripts sealed.

use std::{collections::BTreeSet, path::Path, time::Duration};

use fixtures::smtp::transcript::Transcript;

use super::Stage;
use crate::{
    record::{Verdict, When, family_of},
    runner::{
        control::Control,
        deliveries,
        omission::{INTERRUPTED, unplayed},
        select::Selection,
        transcript_ref,
        verdicts::{Checked, Proceeding, Proceedings},
    },
};

impl Stage<'_> {
    /// Sweeps the mailroom for what should not be there and seals the transcripts: all that is judged
    /// together.
    pub(in crate::runner) fn finish(
        &self,
        selection: &Selection<'_>,
        controls: &[Control],
    ) -> Proceedings {
        let mut performances =
            self.performances.lock().expect("no panic while the performances are held");
        // Where a resumed run was interrupted again, some were not come to.
        performances.append(&mut self.kept.lock().expect("no panic while they are held"));
        let mut verdicts = self.verdicts.lock().expect("no panic while the verdicts are held");
        let mut all = Proceedings::default();
        for control in controls {
            control.sweep(self.space.mailroom());
            let sealed = self.seal(&control.transcript, &control.path, Duration::ZERO);
            all.controls.push(Checked { which: control.which.clone(), played: sealed });
        }
        let closes =
            |control: &&Control| control.which.when == Some(When::After) && control.delivered();
        let closed: BTreeSet<&str> =
            controls.iter().filter(closes).map(|one| one.which.family.as_str()).collect();
        for scenario in selection.iter() {
            let id = scenario.id.clone();
            let Some(performance) = performances.get(&id) else {
                let record = verdicts.records.remove(&id);
                let interrupted = || unplayed(scenario, Verdict::Skipped, INTERRUPTED);
                all.left_out.insert(id, record.unwrap_or_else(interrupted));
                continue;
            };
            deliveries::sweep(
                &performance.letters,
                self.space.mailroom(),
                closed.contains(family_of(id.as_str())).then_some(self.target.delivery_delay),
                &performance.transcript,
            );
            let path = self.folder.join(id.transcript_name());
            all.played.insert(id, self.seal(&performance.transcript, &path, performance.took));
        }
        all
    }

    fn seal(&self, transcript: &Transcript, path: &Path, took: Duration) -> Proceeding {
        let (named, unwritten) = transcript_ref::reference(transcript, path);
        self.lose(path, unwritten);
        Proceeding { entries: transcript.entries(), transcript: named, took }
    }
}
