//! From a scenario to the facts of the family on trial.

use fixtures::{pki::Variant, smtp::transcript::Stage};

use super::{super::model::Presented, Oracle};
use crate::oracle::{
    Addressed, Bearing, Decided,
    reception::facts::EhloStatus,
    trial::{CLAUSES, Facts, Key, Name, decide},
};

/// The oracle of the family on trial.
pub(super) const ORACLE: Oracle = Oracle {
    transaction: |scenario, _, _| {
        let peer = &scenario.peer;
        let sound = peer.certificate == Presented::Certificate(Variant::Valid);
        let own = peer.ehlo == EhloStatus::MatchesCertificate;
        Ok(told(Facts {
            key: if sound { Key::Sound } else { Key::Worn },
            name: if own { Name::Own } else { Name::Other },
        }))
    },
    probe: |_, _| told(Facts::default()),
    clauses: &CLAUSES,
    interpretations: &[],
};

fn told(facts: Facts) -> Decided {
    let worn = facts.key == Key::Worn;
    let bearing = Bearing {
        shows: worn.then_some(Stage::Handshake),
        reverse_name: None,
        wrong_certificate: worn,
        before_the_message: worn,
        addressed: Addressed::Mailbox,
        null_sender: false,
    };
    Decided { facts: facts.rows(), bearing, decision: decide(&facts) }
}
