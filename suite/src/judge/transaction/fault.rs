//! What is wrong with a peer: from which stage it may be refused for that, and whether it was shown.

use fixtures::smtp::transcript::{Entry, Event, Stage};

use crate::oracle::reception::{
    Facts,
    facts::{CertificateStatus, Channel, DnStatus, EhloStatus, PtrStatus},
};

/// The stage from which a refusal may be due to what the scenario changes.
pub(super) fn fault_stage(facts: &Facts) -> Stage {
    let nominal = Facts::default();
    if facts.ptr != PtrStatus::Valid {
        Stage::Connect
    } else if facts.ehlo != EhloStatus::MatchesCertificate {
        Stage::Ehlo
    } else if facts.channel == Channel::Clear {
        Stage::StartTls
    } else if !certificate_is_nominal(facts) {
        Stage::Handshake
    } else if facts.mail_from != nominal.mail_from || facts.domain != nominal.domain {
        Stage::Mail
    } else if facts.recipients != nominal.recipients {
        Stage::Rcpt
    } else {
        Stage::Connect
    }
}

/// Whether the peer's certificate is the thing that is wrong.
fn presents_a_fault(facts: &Facts) -> bool {
    !certificate_is_nominal(facts)
        && facts.certificate != CertificateStatus::Absent
        && facts.channel != Channel::Clear
}

pub(super) const NOT_PRESENTED: &str =
    "le certificat fautif n'a pas été présenté : la cible ne l'a pas demandé";

/// Whether the target was shown the certificate that is wrong, if one is: it was ready to be
/// presented, and a finished handshake says that it was sent. A handshake that broke down was broken
/// by what it was shown, as far as the twin tells.
pub(super) fn was_presented(entries: &[Entry], session: u16, facts: &Facts) -> bool {
    if !presents_a_fault(facts) {
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

pub(super) fn certificate_is_nominal(facts: &Facts) -> bool {
    facts.certificate == CertificateStatus::Valid && facts.dn == DnStatus::Listed
}
