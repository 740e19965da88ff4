//! Where those sign who answer for the report.

use annexe1::Form;
use serde::Serialize;

use super::quoted;

/// One who signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Signatory {
    /// `opérateur` or `éditeur du connecteur`.
    role: &'static str,
    /// The name of the organisation.
    organisation: String,
}

/// The operator and, where the form names one, the vendor of its connector.
pub(super) fn signatories(operator: &str, form: Option<&Form>) -> Vec<Signatory> {
    let mut all = vec![Signatory { role: "opérateur", organisation: quoted(operator) }];
    let vendor = form.and_then(|form| form.operator.connector.as_ref()).map(|c| c.vendor.trim());
    if let Some(vendor) = vendor.filter(|vendor| !vendor.is_empty()) {
        all.push(Signatory { role: "éditeur du connecteur", organisation: quoted(vendor) });
    }
    all
}
