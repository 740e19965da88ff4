//! The peer of a scenario, checked.

use fixtures::{
    dn::{Attribute, AttributeType, DistinguishedName, Rdn, Value},
    pki::Variant,
    space::cast::{OPERATORS, REVOCABLE},
};

use super::Check;
use crate::{
    oracle::{
        Fact as _,
        reception::facts::{DnStatus, EhloStatus, PtrStatus},
    },
    scenario::{
        model::{Peer, PeerTls, Presented},
        raw::{self, RawPeer},
    },
};

impl Check<'_> {
    pub(super) fn peer(&mut self, raw: &RawPeer) -> Option<Peer> {
        let before = self.problems.len();
        let operator = raw.operator.as_ref().map_or("alpha", |value| {
            let names: Vec<_> =
                OPERATORS.iter().map(|operator| (operator.name, operator.name)).collect();
            self.pick("operator", value, &names).unwrap_or_default()
        });
        let certificate =
            raw.certificate.as_ref().map_or(Presented::Certificate(Variant::Valid), |value| {
                let mut names: Vec<_> = Variant::ALL
                    .iter()
                    .map(|variant| (variant.name(), Presented::Certificate(*variant)))
                    .collect();
                names.push((raw::NONE, Presented::None));
                self.pick("certificate variant", value, &names).unwrap_or(Presented::None)
            });
        let ehlo = raw.ehlo.as_ref().and_then(|value| self.pick("ehlo", value, EhloStatus::NAMES));
        let ptr = raw.ptr.as_ref().and_then(|value| self.pick("ptr", value, PtrStatus::NAMES));
        let tls: Option<PeerTls> = raw.tls.as_ref().and_then(|value| self.name("tls", value));
        let name = self.dn(raw);
        let revoked = self.revoked(raw);
        let listed = raw.listed.as_ref().and_then(|it| self.pick("listed", it, DnStatus::NAMES));
        (self.problems.len() == before).then(|| Peer {
            operator: operator.to_owned(),
            certificate,
            ehlo: ehlo.unwrap_or_default(),
            ptr: ptr.unwrap_or_default(),
            tls: tls.unwrap_or_default(),
            name,
            revoked,
            listed,
        })
    }

    /// Only the certificate that is valid without it can be revoked by a change of the world alone.
    fn revoked(&mut self, raw: &RawPeer) -> bool {
        let Some(revoked) = raw.revoked.as_ref().filter(|revoked| *revoked.get_ref()) else {
            return false;
        };
        let other = raw
            .certificate
            .as_ref()
            .is_some_and(|value| value.get_ref().as_str() != Variant::Valid.name());
        if other || raw.dn.is_some() {
            let label = "of an operator's own valid certificate";
            self.report(revoked.span(), "`revoked` stands beside no other certificate", label);
        }
        if raw.operator.as_ref().is_none_or(|operator| operator.get_ref() != REVOCABLE) {
            let label = "others rest on its certificate; one operator is there to be revoked";
            let message = format!("`revoked` is for operator = \"{REVOCABLE}\"");
            self.report(revoked.span(), message, label);
        }
        true
    }

    /// The name of a peer's own, taken as it stands: no reader of DN strings has a part in it.
    fn dn(&mut self, raw: &RawPeer) -> Option<DistinguishedName> {
        let dn = raw.dn.as_ref()?;
        if raw.listed.is_none() {
            self.report(dn.span(), "`dn` needs `listed`", "how does it stand in the whitelist?");
        }
        if let Some(value) = &raw.certificate {
            let variant = Variant::ALL.iter().find(|it| it.name() == value.get_ref());
            if variant.is_some_and(|variant| variant.is_of_name()) {
                self.report(value.span(), "this variant changes the DN itself", "not beside `dn`");
            }
        }
        let attribute = |text: &String| {
            let (kind, value) = text.split_once('=')?;
            let kind = AttributeType::from_text(kind).ok()?;
            Some(Attribute { kind, value: Value::Text(value.to_owned()) })
        };
        let rdn = |rdn: &Vec<String>| Rdn::new(rdn.iter().map(attribute).collect::<Option<_>>()?);
        let rdns = dn.get_ref().iter().map(rdn).collect::<Option<Vec<_>>>();
        let name = rdns.and_then(|rdns| DistinguishedName::new(rdns).ok());
        if name.is_none() {
            let label = "each RDN is an array of `TYPE=value`";
            self.report(dn.span(), "this is no DN", label);
        }
        name
    }
}
