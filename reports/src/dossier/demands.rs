//! What who receives a dossier asks of it, and what it falls short of.

use fixtures::smtp::challenge::Challenge;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use suite::record::RunVerdict;

use super::{Verification, VerificationError};
use crate::bundle::Standing;

/// What a dossier must be beyond unaltered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// Signed.
    pub signature: bool,
    /// Signed by someone whom an authority answers for, that the reader named: without a signature nobody does.
    pub trust: bool,
    /// Concluant.
    pub concluant: bool,
    /// Played no more days ago than these.
    pub max_age: Option<u32>,
    /// Played under this challenge, to which each handshake answers.
    pub challenge: Option<Challenge>,
}

/// Why a dossier is not accepted, in the order of the codes that `verify` ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// It does not agree with itself, or is of a moment that cannot be.
    Altered,
    /// It cannot be read as a dossier.
    Unreadable,
    /// A part of it was not checked: another version of the suite made it, or the PDF was not laid out anew.
    Unchecked,
    /// A signature was asked for and is not there, or no authority that the reader trusts answers for it.
    Unsigned,
    /// The run was asked to be concluant, and is not.
    NotConcluant,
    /// The run is older than was asked.
    TooOld,
    /// A challenge was given, and not every handshake of the run is shown to answer to it.
    Unchallenged,
}

impl Shortfall {
    /// What a dossier that could not be checked falls short of.
    #[must_use]
    pub fn of(error: &VerificationError) -> Self {
        match error {
            VerificationError::Catalogue(_) => Self::Unchecked,
            VerificationError::Record(_)
            | VerificationError::NoRecord
            | VerificationError::Bundle(_) => Self::Unreadable,
        }
    }
}

impl Verification {
    /// What the dossier falls short of at `now`, the worst first; empty: it is accepted.
    #[must_use]
    pub fn shortfalls(&self, demands: &Demands, now: Timestamp) -> Vec<Shortfall> {
        let asked = [
            (Shortfall::Altered, !self.findings.is_empty()),
            (Shortfall::Unchecked, !(self.unchecked.is_empty() && self.uncompared.is_empty())),
            (Shortfall::Unsigned, self.is_unsigned(demands)),
            (
                Shortfall::NotConcluant,
                demands.concluant && self.record.verdict != RunVerdict::Concluant,
            ),
            (Shortfall::TooOld, demands.max_age.is_some_and(|days| self.age(now) > days)),
            (Shortfall::Unchallenged, self.is_unchallenged(demands)),
        ];
        asked.into_iter().filter(|(_, short)| *short).map(|(shortfall, _)| shortfall).collect()
    }

    /// Whole days since the run's end, counted at `now`.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> u32 {
        let hours = now.duration_since(self.record.ended()).as_hours();
        u32::try_from(hours / 24).unwrap_or(0)
    }

    /// Whether the challenge that was given is not that of the run, or a handshake is not shown to answer to it.
    fn is_unchallenged(&self, demands: &Demands) -> bool {
        demands.challenge.as_ref().is_some_and(|word| {
            let shown = self.possession.as_ref().filter(|shown| shown.answers());
            shown.and_then(|shown| shown.challenge.as_deref()) != Some(word.text())
        })
    }

    /// Whether a signature is wanting: none where one was asked for, or, where the reader named authorities,
    /// none that one of them answers for, or one that is revoked.
    fn is_unsigned(&self, demands: &Demands) -> bool {
        if self.signatures.is_empty() {
            return demands.signature || demands.trust;
        }
        let any = |is: fn(&Standing) -> bool| self.signatures.iter().any(|one| is(&one.standing));
        any(|standing| matches!(standing, Standing::Revoked { .. }))
            || !any(|standing| {
                !matches!(standing, Standing::Unattached(_) | Standing::Revoked { .. })
            })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use rstest::rstest;

    use super::*;
    use crate::{dossier::Rendered, sample};

    /// A day is over when its last hour is; a run that ends to come is of no age.
    #[rstest]
    #[case::unasked(None, 24 * 365, &[])]
    #[case::young(Some(30), 24 * 30, &[])]
    #[case::the_last_hour(Some(30), 24 * 31 - 1, &[])]
    #[case::too_old(Some(30), 24 * 31, &[Shortfall::TooOld])]
    #[case::of_today(Some(0), 23, &[])]
    #[case::of_yesterday(Some(0), 24, &[Shortfall::TooOld])]
    #[case::to_come(Some(0), -48, &[])]
    fn a_run_is_too_old_by_whole_days(
        #[case] max_age: Option<u32>,
        #[case] hours: i64,
        #[case] expected: &[Shortfall],
    ) {
        let record = sample::record();
        let now = record.ended() + SignedDuration::from_hours(hours);
        let made = Verification {
            record,
            form: None,
            earlier: false,
            manifest: None,
            signatures: Vec::new(),
            derived: 0,
            possession: None,
            rendered: Rendered::Compared(Vec::new()),
            unchecked: Vec::new(),
            uncompared: Vec::new(),
            observations: Vec::new(),
            findings: Vec::new(),
        };
        let demands = Demands { max_age, ..Demands::default() };
        assert_eq!(made.shortfalls(&demands, now), expected);
    }
}
