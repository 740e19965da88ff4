//! The peer of a case: who connects, and the name that its certificate bears.

use fixtures::{
    pki::Variant,
    space::cast::{OPERATORS, Operator},
};

use super::{
    case::Case,
    name::{Change, Name},
    word::Look,
    world::{Truth, World},
};
use suite::{
    oracle::reception::facts::EhloStatus,
    scenario::{Peer, Presented},
};

/// Who connects.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// An operator of the cast, with a certificate of that variant or none.
    Cast(usize, Option<Variant>),
    /// The bearer of a name of the world.
    Named {
        /// The name's rank.
        name: usize,
        /// What is changed in the certificate's name.
        change: Option<Change>,
        /// How its values look there.
        looks: Vec<Look>,
        /// What else is wrong with the certificate.
        variant: Variant,
    },
}

/// The peer as it is made.
pub(super) struct MadePeer {
    /// The peer.
    pub(super) peer: Peer,
    /// The name that its certificate bears.
    pub(super) name: Name,
    /// Its text, where every reader agrees on one.
    pub(super) plain: Option<String>,
}

impl Case {
    /// The peer of this case in a world.
    pub(super) fn peer(&self, world: &World, truth: &Truth) -> MadePeer {
        let base = Peer {
            operator: OPERATORS[0].name.to_owned(),
            certificate: Presented::None,
            ehlo: self.ehlo,
            ptr: self.ptr,
            tls: self.tls,
            name: None,
            revoked: false,
            listed: None,
        };
        match &self.who {
            Who::Cast(rank, variant) => {
                let operator: &Operator = &OPERATORS[rank % OPERATORS.len()];
                let (name, plain) = of_variant(operator, *variant);
                let peer = Peer {
                    operator: operator.name.to_owned(),
                    certificate: variant.map_or(Presented::None, Presented::Certificate),
                    listed: Some(truth.everywhere(&name, plain.as_deref())),
                    ..base
                };
                MadePeer { peer, name, plain }
            }
            Who::Named { name: rank, change, looks, variant } => {
                let first = world.name(*rank);
                let changed = change.as_ref().map_or(first.clone(), |change| first.changed(change));
                // A target whose list is not ours to vary may resolve the CN: it stays the host's.
                let keeps = !world.entries.is_empty() || changed.host() == first.host();
                let name = if keeps { changed } else { first };
                let plain = name.plain(looks);
                // Who bears a name of no host has no EHLO name to match it.
                let ehlo = match (self.ehlo, name.host()) {
                    (EhloStatus::MatchesCertificate, None) => EhloStatus::OtherName,
                    (ehlo, _) => ehlo,
                };
                let operator = OPERATORS
                    .iter()
                    .find(|operator| name.host() == Some(operator.host))
                    .unwrap_or(&OPERATORS[0]);
                let peer = Peer {
                    operator: operator.name.to_owned(),
                    certificate: Presented::Certificate(*variant),
                    ehlo,
                    name: Some(name.presented(looks)),
                    listed: Some(truth.everywhere(&name, plain.as_deref())),
                    ..base
                };
                MadePeer { peer, name, plain }
            }
        }
    }
}

/// The name that a variant of an operator's certificate bears, and its text where every reader
/// agrees on one: what `fixtures::pki::defects` does, told again.
fn of_variant(operator: &Operator, variant: Option<Variant>) -> (Name, Option<String>) {
    const OU: usize = 1;
    let name = Name::of(operator);
    let change = match variant {
        Some(Variant::NulInCn) => Change::MoreWords(0, "\0.intrus.test"),
        Some(Variant::OuSmuggledInCn) => Change::MoreWords(0, ",OU="),
        Some(Variant::ExtraRdn) => Change::Add(2, OU, "SERVICE TEST"),
        Some(Variant::MissingRdn) => Change::Drop(3),
        Some(Variant::ShuffledRdns) => Change::Swap(2, 3),
        Some(Variant::MultiValuedRdn) => Change::Merge(0),
        Some(
            Variant::PrintableString
            | Variant::Utf8String
            | Variant::CaseVariant
            | Variant::SpaceVariant
            | Variant::NbspVariant,
        ) => return (name, None),
        _ => return (name, Some(operator.dn())),
    };
    let name = name.changed(&change);
    let plain = name.plain(&[]);
    (name, plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tellings of what the variants do to a name, one of them the judge's.
    #[test]
    fn variants_stand_to_the_list_of_the_cast_as_the_judge_says() {
        let truth = World::default().truth();
        for variant in Variant::ALL {
            let (name, plain) = of_variant(&OPERATORS[0], Some(*variant));
            let status = suite::scenario::facts::reception::status(*variant).1;
            assert_eq!(truth.everywhere(&name, plain.as_deref()), status, "{variant}");
        }
    }
}
