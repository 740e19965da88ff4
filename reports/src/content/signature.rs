//! Where those sign who answer for the report.

use annexe1::Form;
use serde::Serialize;
use suite::record::RunRecord;

use super::{certificate::Certificates, environment, identification, prose, quoted, text::Row};
use crate::words;

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

/// What those who sign answer for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Attestation {
    text: String,
    rows: Vec<Row>,
    /// Where an electronic signature is.
    apart: String,
}

/// The attestation on a run, whose record has this digest.
pub(super) fn attestation(
    record: &RunRecord,
    form: Option<&Form>,
    certificates: &Certificates,
    digest: &str,
) -> Attestation {
    let took = i64::try_from(record.duration_ms).unwrap_or(i64::MAX);
    let ended = record.started.checked_add(jiff::SignedDuration::from_millis(took));
    Attestation {
        text: prose(
            "Les soussignés attestent que la campagne ci-dessous a été menée contre le proxy que ce rapport \
             identifie, et qu'aucun de ses enregistrements n'a été modifié, retiré ni choisi parmi d'autres.",
        ),
        rows: vec![
            Row::told(
                "Conclusion",
                format!("{} sur le périmètre testé", words::conclusion(record.verdict)),
            ),
            Row::told(
                "Campagne",
                format!(
                    "du {} au {}",
                    words::moment(record.started),
                    words::moment(ended.unwrap_or(record.started))
                ),
            ),
            identification::connector(form),
            environment::presented(record, certificates),
            Row::quoted("Empreinte de record.json, SHA-256", digest),
        ],
        apart: prose(&words::held_apart()),
    }
}
