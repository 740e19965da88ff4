//! A signature of a dossier, and what is known of who made it.

use annexe1::Form;
use fixtures::dn::{AttributeType, DistinguishedName, Rdn};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use suite::record::RunRecord;

use crate::bundle::{Authorities, Signature, Standing};

/// A signature, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub signature: Signature,
    /// What stands behind its certificate.
    pub standing: Standing,
    /// Whose organisation it names.
    pub organisation: Organisation,
}

/// The organisation that a signer's certificate names, held against the operator's names: those of Annexe 1
/// and of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Organisation {
    /// The operator's: the same O and the same OU.
    Operator,
    /// Another one: a vendor's, or nobody's that the dossier names.
    Other,
    /// One of the names lacks O or OU.
    Unknown,
}

impl Signed {
    /// What is known of who made `signature`, for who trusts `authorities`, at `now`.
    pub(super) fn of(
        signature: Signature,
        record: &RunRecord,
        form: Option<&Form>,
        authorities: Option<&Authorities>,
        now: Timestamp,
    ) -> Self {
        let standing = Standing::of(&signature, authorities, now);
        let own = DistinguishedName::from_der(&signature.name).ok();
        let organisation = own.map_or(Organisation::Unknown, |own| {
            Organisation::of(&own, &operator_names(record, form))
        });
        Self { signature, standing, organisation }
    }
}

/// Every name by which the operator is known in a dossier.
fn operator_names(record: &RunRecord, form: Option<&Form>) -> Vec<DistinguishedName> {
    let of_form = form.into_iter().flat_map(|form| form.operator.dn.iter());
    of_form.chain(&record.target.dn).filter_map(|text| text.parse().ok()).collect()
}

impl Organisation {
    fn of(signer: &DistinguishedName, operator: &[DistinguishedName]) -> Self {
        let compared: Vec<Option<bool>> =
            operator.iter().map(|name| of_one_organisation(signer, name)).collect();
        if compared.contains(&Some(true)) {
            Self::Operator
        } else if compared.contains(&Some(false)) {
            Self::Other
        } else {
            Self::Unknown
        }
    }
}

/// Whether O and OU of two names are the same (RFC 5280 §7.1); `None` where one of them is wanting and nothing
/// else differs.
fn of_one_organisation(one: &DistinguishedName, other: &DistinguishedName) -> Option<bool> {
    let parts = [AttributeType::Organization, AttributeType::OrganizationalUnit].map(|kind| {
        let part = |name: &DistinguishedName| {
            let text = name.first(&kind)?.to_owned();
            let alone = Rdn::single(kind.clone(), text);
            Some(DistinguishedName::new(vec![alone]).ok()?.canonical())
        };
        Some(part(one)? == part(other)?)
    });
    match parts {
        [Some(true), Some(true)] => Some(true),
        parts if parts.contains(&Some(false)) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const OPERATOR: &str = "CN=mss.test,OU=1440000073,O=CH TEST,ST=Paris (75),C=FR";

    #[rstest]
    #[case::the_same("CN=Direction,OU=1440000073,O=CH TEST,C=FR", Organisation::Operator)]
    #[case::in_other_letters("CN=Direction,OU=1440000073,O=ch  test,C=FR", Organisation::Operator)]
    #[case::another_unit("CN=Direction,OU=1750000010,O=CH TEST,C=FR", Organisation::Other)]
    #[case::another_one("CN=Vendeur,OU=1440000073,O=VENDEUR,C=FR", Organisation::Other)]
    #[case::another_without_unit("CN=Vendeur,O=VENDEUR,C=FR", Organisation::Other)]
    #[case::without_unit("CN=Direction,O=CH TEST,C=FR", Organisation::Unknown)]
    #[case::a_person("CN=Jeanne", Organisation::Unknown)]
    fn a_signer_is_of_the_operator_or_not(#[case] signer: &str, #[case] whose: Organisation) {
        let operator = [OPERATOR.parse().expect("a name")];
        let signer = signer.parse().expect("a name");
        assert_eq!(Organisation::of(&signer, &operator), whose);
        assert_eq!(Organisation::of(&signer, &[]), Organisation::Unknown);
    }
}
