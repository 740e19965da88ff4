//! Faults in checking the certificate (TM3.1P/4a).

use super::mutant::{Mutant, as_is};
use crate::{
    oracle::{ClauseId, Facts, decide, facts::CertificateStatus},
    proxy::{Behaviour, Scene},
};

pub(super) const MUTANTS: &[Mutant] = &[Mutant {
    id: "certificat-expire-accepte",
    fault: "accepte un certificat expiré",
    clause: ClauseId::Certificate,
    killers: &[
        "reception/4-certificat/expire",
        "reception/4-certificat/expire-tls-1-2",
        "reception/4-certificat/expire-tls-1-3",
    ],
    setting: as_is,
    behaviour: Behaviour {
        decision: |scene| decide(&overlook(scene, CertificateStatus::Expired)),
        ..Behaviour::REFERENCE
    },
}];

/// The facts with one defect of the certificate overlooked.
fn overlook(scene: &Scene<'_>, defect: CertificateStatus) -> Facts {
    let facts = scene.facts();
    if facts.certificate == defect {
        Facts { certificate: CertificateStatus::Valid, ..facts }
    } else {
        facts
    }
}
