//! The attempts at one scenario: what ended with no word is tried again, until it is an answer.

use crate::observe::{REPEATS, Weak};

/// Attempts at most: a stray end between those that are alike does not use them up.
const ATTEMPTS: usize = REPEATS as usize + 2;

/// The ends with no word so far, in their order.
#[derive(Debug, Default)]
pub(super) struct Attempts(Vec<Weak>);

impl Attempts {
    /// Whether there is to be another attempt after one that ended in `end`, with no word if at all:
    /// the same end is to be seen [`REPEATS`] times.
    pub(super) fn goes_on_after(&mut self, end: Option<Weak>) -> bool {
        let Some(end) = end else { return false };
        self.0.push(end);
        self.0.len() < ATTEMPTS && self.count(end) < REPEATS
    }

    /// Whether a further silence would be the last that is needed: it is waited for longer.
    pub(super) fn await_the_last_silence(&self) -> bool {
        self.0.last() == Some(&Weak::Silence) && self.count(Weak::Silence) + 1 == REPEATS
    }

    fn count(&self, end: Weak) -> u16 {
        u16::try_from(self.0.iter().filter(|one| **one == end).count()).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ALERT: Option<Weak> = Some(Weak::Alert);
    const BUSY: Option<Weak> = Some(Weak::Busy);
    const CLOSE: Option<Weak> = Some(Weak::Close);
    const SILENCE: Option<Weak> = Some(Weak::Silence);

    #[rstest]
    #[case::an_answer(&[None], 1)]
    #[case::the_same_thrice(&[ALERT, ALERT, ALERT, ALERT], 3)]
    #[case::an_answer_at_last(&[CLOSE, CLOSE, None], 3)]
    #[case::a_stray_end_between(&[ALERT, BUSY, ALERT, ALERT], 4)]
    #[case::two_stray_ends(&[BUSY, ALERT, CLOSE, ALERT, ALERT], 5)]
    #[case::never_the_same(&[BUSY, ALERT, CLOSE, SILENCE, BUSY, BUSY], 5)]
    fn how_many_are_made(#[case] ends: &[Option<Weak>], #[case] made: usize) {
        let mut attempts = Attempts::default();
        let went_on = ends.iter().take_while(|end| attempts.goes_on_after(**end)).count();
        assert_eq!(went_on + 1, made);
    }

    #[rstest]
    #[case::none(&[], false)]
    #[case::one(&[SILENCE], false)]
    #[case::two(&[SILENCE, SILENCE], true)]
    #[case::two_and_another(&[SILENCE, SILENCE, CLOSE], false)]
    #[case::with_another_between(&[SILENCE, CLOSE, SILENCE], true)]
    fn the_last_silence_is_waited_for_longer(#[case] ends: &[Option<Weak>], #[case] longer: bool) {
        let mut attempts = Attempts::default();
        ends.iter().for_each(|end| assert!(attempts.goes_on_after(*end)));
        assert_eq!(attempts.await_the_last_silence(), longer);
    }
}
