//! What the facts of a reception mean to whoever judges it.

use fixtures::{smtp::transcript::Stage, space::zone::PtrFault};

use super::facts::{
    CertificateStatus, Channel, DnStatus, EhloStatus, Facts, MailFrom, PtrStatus, Recipients,
};
use crate::oracle::bearing::{Addressed, Bearing};

impl Facts {
    /// What they mean to whoever judges what was seen.
    #[must_use]
    pub fn bearing(&self) -> Bearing {
        let clear = self.channel == Channel::Clear;
        let nominal = self.certificate == CertificateStatus::Valid && self.dn == DnStatus::Listed;
        Bearing {
            shows: self.shows(nominal),
            reverse_name: self.ptr.fault(),
            wrong_certificate: !nominal && self.certificate != CertificateStatus::Absent && !clear,
            before_the_message: clear || !nominal,
            addressed: match self.recipients {
                Recipients::Known => Addressed::Mailbox,
                Recipients::Several => Addressed::Several,
                Recipients::Postmaster => Addressed::Unwatched,
                Recipients::Unknown => Addressed::Unknown,
                Recipients::Foreign => Addressed::Foreign,
            },
            null_sender: self.mail_from == MailFrom::Null,
        }
    }

    /// The stage at which what is unusual first shows.
    fn shows(&self, certificate_is_nominal: bool) -> Option<Stage> {
        let nominal = Self::default();
        Some(if self.ptr != nominal.ptr {
            Stage::Connect
        } else if self.ehlo != EhloStatus::MatchesCertificate {
            Stage::Ehlo
        } else if self.channel == Channel::Clear {
            Stage::StartTls
        } else if !certificate_is_nominal {
            Stage::Handshake
        } else if self.mail_from != nominal.mail_from || self.domain != nominal.domain {
            Stage::Mail
        } else if self.recipients != nominal.recipients {
            Stage::Rcpt
        } else {
            return None;
        })
    }
}

impl PtrStatus {
    /// The fault of the zone that makes it.
    #[must_use]
    pub fn fault(self) -> Option<PtrFault> {
        Some(match self {
            Self::Valid => return None,
            Self::Absent => PtrFault::Absent,
            Self::Wrong => PtrFault::Wrong,
            Self::Several => PtrFault::Several,
            Self::Servfail => PtrFault::Servfail,
            Self::Silent => PtrFault::Silent,
        })
    }
}
