//! Who the peer of a scenario is: its address, its EHLO name, what it presents.

use std::{net::IpAddr, sync::Arc, time::Duration};

use fixtures::{
    change::{Change, CrlState},
    dns::{RecordType, reverse_name},
    pki::{Identity, PkiError, Variant},
    smtp::{
        tls::{TlsOffer, TlsVersions},
        transcript::Event,
    },
    space::{
        cast::{self, Operator},
        zone::PtrFault,
    },
};

use super::{Certified, Player};
use crate::{
    oracle::reception::facts::EhloStatus,
    scenario::model::{PeerTls, Presented},
};

/// How long our own DNS may take to answer our own query before it counts as silent.
const CONTROL: Duration = Duration::from_millis(300);

impl Player<'_> {
    /// The operator that the peer plays.
    pub(super) fn operator(&self) -> &'static Operator {
        cast::operator(&self.scenario.peer.operator).unwrap_or(&cast::OPERATORS[0])
    }

    /// The address to connect from, where the target can be reached from it.
    pub(super) fn source(&self) -> Option<IpAddr> {
        if !self.target.address.ip().is_loopback() || self.target.address.is_ipv6() {
            return None;
        }
        Some(match self.scenario.peer.ptr.fault() {
            Some(fault) => fault.source(),
            None => self.operator().source(),
        })
    }

    /// The name given in EHLO.
    pub(super) fn ehlo_name(&self) -> String {
        match self.scenario.peer.ehlo {
            EhloStatus::MatchesCertificate => {
                let own = self.scenario.peer.name.as_ref().and_then(|name| name.common_name());
                // A CN that is no host name (a wildcard, another alphabet) cannot be given in EHLO.
                let host = |name: &&str| {
                    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
                };
                own.filter(host).unwrap_or(self.operator().host).to_owned()
            }
            EhloStatus::OtherName => cast::OTHER_EHLO.to_owned(),
            EhloStatus::Unresolvable => cast::UNRESOLVABLE_EHLO.to_owned(),
            EhloStatus::AddressLiteral => {
                let source = self.source().unwrap_or_else(|| self.operator().source());
                format!("[{source}]")
            }
        }
    }

    /// What is offered in the handshake; `None` when the transaction goes on in clear.
    pub(super) fn offer(&self) -> Result<Option<TlsOffer>, String> {
        let versions = match self.scenario.peer.tls {
            PeerTls::Any => TlsVersions::Both,
            PeerTls::Tls12 => TlsVersions::Tls12,
            PeerTls::Tls13 => TlsVersions::Tls13,
            PeerTls::None => return Ok(None),
        };
        let identity = match self.scenario.peer.certificate {
            Presented::None => None,
            Presented::Certificate(variant) => Some(
                self.identity(variant)
                    .map(|identity| -> Certified { identity.certified() })
                    .map_err(|error| {
                        format!("certificat du pair simulé impossible à produire : {error}")
                    })?,
            ),
        };
        Ok(Some(TlsOffer { versions, identity, server_name: self.target.mx_host.clone() }))
    }

    fn identity(&self, variant: Variant) -> Result<Arc<Identity>, PkiError> {
        match &self.scenario.peer.name {
            Some(name) => self.space.identity_named(self.operator(), name, variant),
            None => self.space.identity(self.operator(), variant),
        }
    }

    /// Proves, by a query or fetch of our own, what sets the peer apart in the space: the CRL that tells of
    /// its certificate, and the fault of its reverse name.
    pub(super) async fn prove_world(&self) -> Result<(), String> {
        self.prove_crl().await?;
        self.prove_reverse_name().await
    }

    async fn prove_crl(&self) -> Result<(), String> {
        let Some(change) = self.crl()? else { return Ok(()) };
        let proof = self.space.prove(&change).await.map_err(|error| error.to_string())?;
        self.transcript.push(proof.into());
        Ok(())
    }

    /// What must be published of the certificate presented, where it is about revocation.
    fn crl(&self) -> Result<Option<Change>, String> {
        let Presented::Certificate(variant) = self.scenario.peer.certificate else {
            return Ok(None);
        };
        let Some(authority) = variant.told_by() else { return Ok(None) };
        let serial = |place: usize| {
            let identity = self.identity(variant).map_err(|error| error.to_string())?;
            let summary = identity.summary().into_iter().nth(place);
            let serial = summary.map(|certificate| certificate.serial);
            serial.ok_or_else(|| "la chaîne du pair simulé est trop courte".to_owned())
        };
        let state = match variant {
            Variant::CrlAbsent => CrlState::Absent,
            Variant::CrlExpired => CrlState::Expired,
            Variant::RevokedIntermediate => CrlState::Revoking(serial(1)?),
            _ => CrlState::Revoking(serial(0)?),
        };
        Ok(Some(Change::Crl { authority, state }))
    }

    async fn prove_reverse_name(&self) -> Result<(), String> {
        let Some(fault) = self.scenario.peer.ptr.fault() else { return Ok(()) };
        let name = reverse_name(fault.source());
        let answer = self
            .space
            .dns()
            .control(&name, RecordType::PTR, CONTROL)
            .await
            .map_err(|error| {
                format!("le DNS simulé ne répond pas à sa question de contrôle : {error}")
            })?
            .to_string();
        self.transcript.push(Event::DnsControl {
            name,
            kind: "PTR".into(),
            answer: answer.clone(),
        });
        let in_place = match fault {
            PtrFault::Absent => answer == "NXDOMAIN",
            PtrFault::Servfail => answer == "SERVFAIL",
            PtrFault::Silent => answer == "silence",
            PtrFault::Wrong | PtrFault::Several => answer.contains(cast::OPERATORS[1].host),
        };
        if in_place {
            Ok(())
        } else {
            Err(format!("le défaut de PTR n'est pas en place : {answer}"))
        }
    }
}
