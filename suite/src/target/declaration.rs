//! What an operator declared, as the record keeps it, and what follows from it for the scenarios.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use fixtures::smtp::sink::SinkProtocol;

use super::{NotApplicable, Observation, PlainAddress, Refresh, Target};
use crate::{
    record::{Declaration, TargetRecord, Tier},
    scenario::{Capability, ScenarioId},
};

impl Target {
    /// What was declared of it, as the record keeps it.
    #[must_use]
    pub fn declaration(&self) -> Declaration {
        let address = |mailbox: &Option<PlainAddress>| mailbox.as_ref().map(ToString::to_string);
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Declaration {
            domains: self.domains.clone(),
            mailbox: address(&self.mailboxes.valid),
            second: address(&self.mailboxes.second),
            unknown: address(&self.mailboxes.unknown),
            delivery: match &self.delivery {
                Observation::None => None,
                Observation::Memory => Some("observée en mémoire".to_owned()),
                Observation::Maildir(_) => {
                    Some("observée dans les maildirs de la cible".to_owned())
                }
                Observation::Sink(address, protocol) => {
                    let protocol = match protocol {
                        SinkProtocol::Smtp => "SMTP",
                        SinkProtocol::Lmtp => "LMTP",
                    };
                    Some(format!("reçue par la suite en {protocol} à {address}"))
                }
            },
            delivery_ms: ms(self.delivery_delay),
            outgoing: self.outgoing.map(|address| address.to_string()),
            trusts_space: self.trusts_space,
            uses_crl: self.uses_crl,
            uses_dns: self.uses_dns,
            list_refresh: self.refresh.list.as_ref().map(reread),
            crl_refresh: self.refresh.crl.as_ref().map(reread),
            destructive: self.destructive,
            pace_ms: ms(self.pace),
            max_connections: self.max_connections,
            reply_ms: ms(self.reply_time),
            retry_ms: ms(self.retry),
            not_applicable: self
                .not_applicable
                .iter()
                .map(|(id, reason)| (id.to_string(), reason.clone()))
                .collect(),
        }
    }

    /// What the target offers to scenarios.
    #[must_use]
    pub fn capabilities(&self) -> BTreeSet<Capability> {
        let identified = self.dn.is_some() && self.mx_host.is_some();
        let mut offered = self.declaration().offers(identified, Some(self.address));
        if self.embedded {
            offered.extend([Capability::Relay, Capability::Destructive]);
        }
        offered
    }
}

/// How the target comes to read something anew, in French. A command is the operator's own business.
fn reread(refresh: &Refresh) -> String {
    match refresh {
        Refresh::Period(period) => format!("par elle-même, en {} s au plus", period.as_secs()),
        Refresh::Command(_) => "par une commande".to_owned(),
        Refresh::Url(_) => "par une requête".to_owned(),
        Refresh::InProcess(_) => "dans ce processus".to_owned(),
    }
}

impl Declaration {
    /// What it offers to scenarios, of a target that declares its identity or not, at this address.
    fn offers(&self, identified: bool, address: Option<SocketAddr>) -> BTreeSet<Capability> {
        // The loopback of IPv6 has one address alone.
        let bindable = matches!(address, Some(SocketAddr::V4(at)) if at.ip().is_loopback());
        let has = [
            (self.trusts_space, Capability::SimulatedSpace),
            (self.mailbox.is_some(), Capability::Mailbox),
            (self.second.is_some(), Capability::SecondMailbox),
            (self.unknown.is_some(), Capability::UnknownMailbox),
            (self.delivery.is_some(), Capability::Delivery),
            (self.outgoing.is_some(), Capability::Relay),
            (bindable, Capability::SourceAddresses),
            (self.uses_dns, Capability::Dns),
            (identified, Capability::DeclaredIdentity),
            (self.list_refresh.is_some(), Capability::ListRefresh),
            (self.crl_refresh.is_some(), Capability::CrlRefresh),
            (self.destructive, Capability::Destructive),
        ];
        has.into_iter().filter(|(condition, _)| *condition).map(|(_, one)| one).collect()
    }
}

impl TargetRecord {
    /// What it offers to scenarios, by what is declared of it; the embedded proxy offers all.
    #[must_use]
    pub fn offered(&self) -> BTreeSet<Capability> {
        let identified = self.dn.is_some() && self.mx_host.is_some();
        match &self.declaration {
            None => Capability::ALL.into_iter().collect(),
            Some(declared) => declared.offers(identified, self.socket()),
        }
    }

    /// What is declared not to apply to it.
    #[must_use]
    pub fn not_applicable(&self) -> NotApplicable {
        let declared = self.declaration.iter().flat_map(|declared| &declared.not_applicable);
        declared.map(|(id, reason)| (ScenarioId::from(id.clone()), reason.clone())).collect()
    }

    /// How much can be learnt of it.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match &self.declaration {
            Some(declared) if !declared.trusts_space => Tier::BlackBox,
            _ => Tier::SimulatedSpace,
        }
    }

    /// Where it was reached, read from its address as [`Target::shown`] writes it: `127.0.0.1:25`, or
    /// `host:25 (127.0.0.1)`.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        if let Ok(address) = self.address.parse() {
            return Some(address);
        }
        let (host, ip) = self.address.strip_suffix(')')?.split_once(" (")?;
        let (_, port) = host.rsplit_once(':')?;
        Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?))
    }

    /// Whether it was given by a name, which may stand for several addresses.
    #[must_use]
    pub fn is_named_by_host(&self) -> bool {
        self.address.parse::<SocketAddr>().is_err()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn target() -> Target {
        Target::embedded(([127, 0, 0, 1], 25).into())
    }

    /// What is taken for granted where nothing is declared.
    #[test]
    fn the_embedded_proxy_offers_all() {
        assert_eq!(target().capabilities(), Capability::ALL.into_iter().collect());
    }

    #[rstest]
    #[case::all(|_: &mut Target| {})]
    #[case::no_trust(|target: &mut Target| target.trusts_space = false)]
    #[case::no_delivery(|target: &mut Target| target.delivery = Observation::None)]
    #[case::no_refresh(|target: &mut Target| target.refresh.list = None)]
    #[case::no_identity(|target: &mut Target| target.dn = None)]
    #[case::elsewhere(|target: &mut Target| target.address = ([192, 0, 2, 1], 25).into())]
    #[case::by_name(|target: &mut Target| target.host = "mx.test".to_owned())]
    fn a_record_offers_what_the_target_did(#[case] change: fn(&mut Target)) {
        let mut target = Target { embedded: false, ..target() };
        change(&mut target);
        let record = TargetRecord {
            name: target.name.clone(),
            address: if target.host == "mx.test" {
                target.shown()
            } else {
                target.address.to_string()
            },
            mx_host: target.mx_host.clone(),
            dn: target.dn.clone(),
            certificate: None,
            embedded: false,
            capabilities: Vec::new(),
            declaration: Some(target.declaration()),
        };
        assert_eq!(record.socket(), Some(target.address));
        assert_eq!(record.offered(), target.capabilities());
    }
}
