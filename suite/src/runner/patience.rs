//! What the target put off, all together: played again within the declared patience, in a few rounds.

use std::time::Duration;

use crate::observe::deferral::Deferral;

/// The wait before the first round of a long patience; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(30);

/// How often the whole patience is waited at most: what got on by then, to the next thing that is put
/// off, deserves it again.
const CYCLES: usize = 3;

/// How many that are put off again in a row end a round before the last: it is too early.
const EARLY: usize = 3;

/// What can play its parts once more.
pub trait Again<P> {
    /// Plays this one once more: the temporary reply with which it ended, if it did.
    fn again(&mut self, part: P) -> impl Future<Output = Option<Deferral>> + Send;
}

/// Plays again what was put off, within the patience: all of it together, one connection at a time.
/// Before each round `waiting` is told how many wait, how long, and a reply. Gives what is put off still.
pub async fn outwait<P: Copy + PartialEq>(
    patience: Duration,
    mut left: Vec<(P, Deferral)>,
    mut player: impl Again<P>,
    waiting: impl Fn(usize, Duration, &str),
) -> Vec<(P, Deferral)> {
    for _ in 0..CYCLES {
        let before = left.clone();
        let waits = waits(patience);
        for (i, &wait) in waits.iter().enumerate() {
            let Some((_, deferral)) = left.first() else { return left };
            waiting(left.len(), wait, &deferral.text);
            tokio::time::sleep(wait).await;
            left = round(left, i + 1 == waits.len(), &mut player).await;
        }
        // A limit lets some through each time; a script may meet the next sender who is new.
        if stand_where(&left, &before) {
            break;
        }
    }
    left
}

/// Plays these once more, and gives those that are put off again. A round that is not the last ends
/// where it is seen to come too early.
async fn round<P: Copy>(
    parts: Vec<(P, Deferral)>,
    last: bool,
    player: &mut impl Again<P>,
) -> Vec<(P, Deferral)> {
    let (mut left, mut in_a_row) = (Vec::new(), 0);
    for (part, was) in parts {
        if !last && in_a_row >= EARLY {
            left.push((part, was));
            continue;
        }
        match player.again(part).await {
            Some(deferral) => {
                in_a_row += 1;
                left.push((part, deferral));
            }
            None => in_a_row = 0,
        }
    }
    left
}

/// Whether the same are put off at the same places, whatever the replies say.
fn stand_where<P: PartialEq>(these: &[(P, Deferral)], those: &[(P, Deferral)]) -> bool {
    these.len() == those.len()
        && these.iter().zip(those).all(|((part, at), (other, was))| {
            part == other && (at.part, at.stage) == (was.part, was.stage)
        })
}

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
