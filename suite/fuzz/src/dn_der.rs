//! Distinguished names as the DER of certificates.

use fixtures::dn::{Attribute, DistinguishedName, Rdn};

use super::dn_text;

/// A name survives its string and its DER, and turned round it is the same name in another order.
pub fn check(data: &[u8]) {
    let Ok(name) = DistinguishedName::from_der(data) else { return };
    dn_text::round(&name);
    let reversed = turned(&name, |rdns| rdns.reverse(), |_| {});
    dn_text::agree(&name, &reversed);
    let sets = turned(&name, |_| {}, |attributes| attributes.reverse());
    dn_text::agree(&name, &sets);
    assert_eq!(sets.canonical(), name.canonical(), "an RDN is a set");
    assert_eq!(reversed.canonical_unordered(), name.canonical_unordered());
}

/// The name with its RDNs, and the attributes within each, in another order.
fn turned(
    name: &DistinguishedName,
    outside: impl Fn(&mut Vec<Rdn>),
    inside: impl Fn(&mut Vec<Attribute>),
) -> DistinguishedName {
    let rdns = name.rdns().iter().map(|rdn| {
        let mut attributes: Vec<_> = rdn.attributes().cloned().collect();
        inside(&mut attributes);
        Rdn::new(attributes).expect("as many attributes as before")
    });
    let mut rdns: Vec<_> = rdns.collect();
    outside(&mut rdns);
    DistinguishedName::new(rdns).expect("as many attributes as before")
}
