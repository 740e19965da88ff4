//! Who and what the report is about: after Annexe 1 where it is given, else after the record.

use annexe1::Form;
use suite::record::RunRecord;

use super::{
    quoted,
    text::{Row, UNKNOWN},
};
use crate::words;

const FORM: &str = "annexe 1";
const RECORD: &str = "déclaration de la cible";

/// The operator's name.
pub(super) fn operator(record: &RunRecord, form: Option<&Form>) -> String {
    form.map(|form| form.operator.name.trim())
        .filter(|name| !name.is_empty())
        .unwrap_or(&record.target.name)
        .to_owned()
}

/// The rows of the identification.
pub(super) fn rows(record: &RunRecord, form: Option<&Form>) -> Vec<Row> {
    let default = Form::default();
    let of = form.unwrap_or(&default);
    let connector = of.operator.connector.as_ref();
    let structure = of.legal_representative.as_ref();
    let declared = record.target.declaration.as_ref();
    // The form, and what the target declared of itself where the form says nothing.
    let either = |first: Row, second: Row| {
        if first.is_unknown() { second.from(RECORD) } else { first.from(FORM) }
    };
    vec![
        either(
            Row::quoted("Opérateur", &of.operator.name),
            Row::quoted("Opérateur", &record.target.name),
        ),
        Row::list("Structure juridique", structure.map(|who| &who.structure)).from(FORM),
        Row::list("Identifiant (FINESS ou SIRET)", structure.map(|who| &who.identifier)).from(FORM),
        Row::list("Connecteur, éditeur", connector.map(|connector| &connector.vendor)).from(FORM),
        Row::list("Connecteur, version", connector.map(|connector| &connector.version)).from(FORM),
        either(
            Row::list("DN du certificat", &of.operator.dn),
            Row::list("DN du certificat", &record.target.dn),
        ),
        Row::list("Serveur MX", &record.target.mx_host).from(RECORD),
        either(
            Row::list(
                "Domaines de messagerie",
                of.domains.kept().map(|(_, domain)| domain).collect::<Vec<_>>(),
            ),
            Row::list(
                "Domaines de messagerie",
                declared.map(|declared| declared.domains.as_slice()).unwrap_or_default(),
            ),
        ),
        Row::told("Espace demandé", space(form)).from(FORM),
    ]
}

/// What the cover tells: who, with what, when, and who is announced to sign.
pub(super) fn cover(record: &RunRecord, form: Option<&Form>, digest: &str) -> Vec<Row> {
    let default = Form::default();
    let of = form.unwrap_or(&default);
    let dn = if of.operator.dn.is_empty() {
        Row::list("DN du certificat", &record.target.dn)
    } else {
        Row::list("DN du certificat", &of.operator.dn)
    };
    let mut rows = vec![
        Row::quoted("Cible", &record.target.address),
        dn,
        connector(form),
        Row::told("Suite d'essai", format!("version {}", quoted(&record.suite_version))),
        Row::told(
            "Campagne",
            format!(
                "{}, {} en {}",
                words::moment(record.started),
                words::plural(record.scenarios.len(), "scénario"),
                words::duration(record.duration_ms)
            ),
        ),
        Row::told("Espace demandé", space(form)),
        announced(record, form),
    ];
    rows.push(Row::quoted("Empreinte de record.json, SHA-256", digest));
    rows
}

/// The vendor of the connector and its version, on one line.
pub(super) fn connector(form: Option<&Form>) -> Row {
    let connector = form.and_then(|form| form.operator.connector.as_ref());
    let told = connector.map(|connector| {
        let (vendor, version) = (connector.vendor.trim(), connector.version.trim());
        match (vendor.is_empty(), version.is_empty()) {
            (true, true) => String::new(),
            (true, false) => format!("éditeur non renseigné · version {version}"),
            (false, true) => format!("{vendor} · version non renseignée"),
            (false, false) => format!("{vendor} · version {version}"),
        }
    });
    Row::list("Connecteur (déclaré)", told)
}

/// Who is announced to sign: a signature covers the report, which cannot name who makes it.
fn announced(record: &RunRecord, form: Option<&Form>) -> Row {
    let who = form.and_then(|form| form.legal_representative.as_ref()).map(|who| {
        [&who.first_name, &who.last_name].map(|part| part.trim()).join(" ").trim().to_owned()
    });
    let operator = operator(record, form);
    Row::list(
        "Signataire annoncé (déclaré)",
        [match who.filter(|who| !who.is_empty()) {
            Some(who) => format!("{operator}, représenté par {who}"),
            None => operator,
        }],
    )
}

fn space(form: Option<&Form>) -> &'static str {
    match form.map(|form| (form.space.test, form.space.production)) {
        Some((true, false)) => "TEST",
        Some((false, true)) => "PRODUCTION",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_form_is_believed_first_and_what_nobody_told_is_said() {
        let record = sample::record();
        let mut form = Form::default();
        form.operator.name = "CH du formulaire".to_owned();
        form.space.production = true;
        let shown = |form: Option<&Form>| format!("{:?}", rows(&record, form));
        let (with, without) = (shown(Some(&form)), shown(None));
        assert!(with.contains("CH du formulaire") && with.contains("PRODUCTION"), "{with}");
        assert!(without.contains(&record.target.name), "{without}");
        assert!(without.contains(UNKNOWN), "no connector is known: {without}");
        assert!(!without.contains(FORM), "{without}");
        assert_eq!(operator(&record, Some(&form)), "CH du formulaire");
        assert_eq!(operator(&record, None), record.target.name);
    }
}
