//! What the target put off, all together: the scenarios and the first control are played again within
//! the declared patience, in a few rounds.

use std::time::Duration;

/// The wait before the first round of a long patience; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(30);

/// How often the whole patience is waited at most: what got on by then, to the next thing that is put
/// off, deserves it again.
pub(super) const CYCLES: usize = 3;

/// How many that are put off again in a row end a round before the last: it is too early.
pub(super) const EARLY: usize = 3;

/// The waits before the rounds; together they are the patience.
pub(super) fn waits(patience: Duration) -> Vec<Duration> {
    let (mut waits, mut left, mut next) = (Vec::new(), patience, FIRST);
    while left > next * 2 {
        waits.push(next);
        left -= next;
        next *= 2;
    }
    waits.push(left);
    waits
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(0, &[0])]
    #[case::as_a_rule(3, &[3])]
    #[case::a_minute(60, &[60])]
    #[case::five_minutes(300, &[30, 60, 210])]
    #[case::an_hour(3_600, &[30, 60, 120, 240, 480, 960, 1_710])]
    fn the_waits_are_the_patience(#[case] patience: u64, #[case] expected: &[u64]) {
        let waits = waits(Duration::from_secs(patience));
        let seconds: Vec<u64> = waits.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, expected);
        assert_eq!(waits.iter().sum::<Duration>(), Duration::from_secs(patience));
    }
}
