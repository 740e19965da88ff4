//! Whether the certificate that is wrong was shown.

use fixtures::smtp::transcript::{Entry, Event};

use crate::oracle::Bearing;

pub(super) const NOT_PRESENTED: &str =
    "le certificat fautif n'a pas été présenté : la cible ne l'a pas demandé";

/// Whether the target was shown the certificate that is wrong, if one is: it was ready to be
/// presented, and a finished handshake says that it was sent. A handshake that broke down was broken
/// by what it was shown, as far as the twin tells.
pub(super) fn was_presented(entries: &[Entry], session: u16, bearing: &Bearing) -> bool {
    if !bearing.wrong_certificate {
        return true;
    }
    let mut ready = false;
    for entry in entries {
        match &entry.event {
            Event::TlsStarted { session: s, presenting, .. } if *s == session => {
                ready |= !presenting.is_empty();
            }
            Event::TlsEstablished { session: s, certificate_sent: false, .. } if *s == session => {
                return false;
            }
            _ => {}
        }
    }
    ready
}
