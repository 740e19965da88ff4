//! What a transcript shows of the lists of revoked certificates (RFC 5280 §5) that the target read.

use fixtures::{
    log::Resource,
    pki::Role,
    smtp::transcript::{Entry, Event},
};

/// Whether the target was given the CRL of this authority, as it was published when the scenario was
/// played: one given before the last change of it tells nothing of what is changed. A CRL that is published
/// so from the start may have been read at any time; `changed` says that this one is not.
///
/// What is told after a change was read after it: the transcript's own order tells, and no time of the system
/// clock, which may be set back while a run goes on.
#[must_use]
pub fn reads_crl(entries: &[Entry], authority: Role, changed: bool) -> bool {
    let is_change = |entry: &Entry| matches!(&entry.event, Event::Changed { change, .. } if change.is_of_crl(authority));
    let since = if changed {
        let Some(last) = entries.iter().rposition(is_change) else { return false };
        &entries[last..]
    } else {
        entries
    };
    since.iter().any(|entry| match &entry.event {
        Event::Fetched { what: Resource::Crl(role), fetch, .. } => {
            *role == authority && fetch.gave(Resource::Crl(authority))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use fixtures::change::{Change, CrlState};
    use jiff::Timestamp;
    use rstest::rstest;

    use super::*;
    use crate::observe::testing::{Played, crl_read};

    fn changed(authority: Role, at: i64) -> Event {
        Event::Changed {
            change: Change::Crl { authority, state: CrlState::Absent },
            at: Timestamp::from_second(at).expect("a time"),
            asked: String::new(),
            answer: String::new(),
        }
    }

    const OURS: Role = Role::Organisations;

    #[rstest]
    #[case::nothing(&[], false, false)]
    #[case::its_own(&[crl_read(OURS, 5, 200)], false, true)]
    #[case::another(&[crl_read(Role::Root, 5, 200)], false, false)]
    #[case::not_given(&[crl_read(OURS, 5, 404)], false, false)]
    // What is published so from the start is proven when the scenario begins, and was read before.
    #[case::standing(&[changed(OURS, 9), crl_read(OURS, 5, 200)], false, true)]
    #[case::before_the_change(&[crl_read(OURS, 5, 200), changed(OURS, 9)], true, false)]
    #[case::after_the_change(&[changed(OURS, 9), crl_read(OURS, 9, 200)], true, true)]
    // The clock was set back, or forward: their order is that of the transcript.
    #[case::after_it_by_a_clock_set_back(&[changed(OURS, 9), crl_read(OURS, 5, 200)], true, true)]
    #[case::before_it_by_a_clock_set_back(&[crl_read(OURS, 9, 200), changed(OURS, 5)], true, false)]
    #[case::before_the_last_change(
        &[changed(OURS, 1), crl_read(OURS, 2, 200), changed(OURS, 3)],
        true,
        false
    )]
    #[case::another_after_it(&[changed(OURS, 9), crl_read(Role::Root, 10, 200)], true, false)]
    #[case::change_of_another(&[changed(Role::Root, 9), crl_read(OURS, 10, 200)], true, false)]
    fn the_list_read_is_the_one_that_tells(
        #[case] events: &[Event],
        #[case] is_changed: bool,
        #[case] reads: bool,
    ) {
        let played = events.iter().cloned().fold(Played::new(), Played::push);
        assert_eq!(reads_crl(played.entries(), OURS, is_changed), reads);
    }
}
