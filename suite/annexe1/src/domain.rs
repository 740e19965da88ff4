//! The domains that the form is about (GUIDE p. 20, 25).

use std::collections::BTreeMap;

use super::{
    Form, Problem, Rule,
    host_name::{label_fault, meant},
    problem::quoted,
};

/// Characters of the longest domain name (RFC 1035 §2.3.4).
const MOST: usize = 253;

/// Holds the domains to their rules.
pub(super) fn check(form: &Form) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (field, domain) in form.domains.all() {
        if let Some((message, correction)) = fault(domain) {
            found.push(Problem::error(Rule::Domain, field, message, correction));
            continue;
        }
        let first = seen.entry(super::dns_view::key(domain)).or_insert_with(|| field.clone());
        if *first != field {
            let list = |field: &str| field.split('[').next().unwrap_or_default().to_owned();
            let message = format!("{} est déjà dans {first}", quoted(domain));
            found.push(if list(first) == list(&field) {
                Problem::warning(Rule::DomainTwice, field, message, "retirez l'un des deux")
            } else {
                let correction = "un domaine est ajouté, modifié ou supprimé : gardez-en un seul";
                Problem::error(Rule::DomainTwice, field, message, correction)
            });
        }
    }
    let contacts = form.legal_representative.is_some()
        || form.project_manager.is_some()
        || form.incident.is_some();
    if form.domains.all().next().is_none() && !contacts {
        found.push(Problem::error(
            Rule::NothingAsked,
            "domains",
            "le formulaire ne demande rien : aucun domaine, aucune coordonnée",
            "remplissez add, modify ou remove",
        ));
    }
    found
}

/// What is wrong with a domain name, and what to do.
fn fault(domain: &str) -> Option<(String, String)> {
    let shown = quoted(domain);
    let form = meant(domain)
        .unwrap_or_else(|| "écrivez le domaine seul, comme hopital.mssante.fr".to_owned());
    if domain.trim().is_empty() {
        return Some(("un domaine est vide".to_owned(), form));
    }
    if let Some((_, after)) = domain.rsplit_once('@') {
        return Some((
            format!("{shown} est une adresse, non un domaine"),
            format!("écrivez {}", quoted(after)),
        ));
    }
    if !domain.is_ascii() {
        return Some((format!("{shown} contient un caractère qui n'est pas ASCII"), form));
    }
    if domain.len() > MOST {
        return Some((format!("{shown} a plus de {MOST} caractères"), form));
    }
    if !plain(domain) {
        return Some((format!("{shown} contient un caractère qu'un nom de domaine n'a pas"), form));
    }
    if let Some(label) = label_fault(domain) {
        return Some((format!("{shown} n'est pas un nom de domaine : {label}"), form));
    }
    (!domain.contains('.')).then(|| (format!("{shown} n'est pas un nom de domaine complet"), form))
}

fn plain(domain: &str) -> bool {
    domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::Severity;

    #[rstest]
    #[case::ordinary("hopital.mssante.fr", None)]
    #[case::a_label("xn--hpital-alpha-eib.mssante.test", None)]
    #[case::address("test@hopital.mssante.fr", Some("écrivez « hopital.mssante.fr »"))]
    #[case::accent("hôpital.mssante.fr", Some("« xn--hpital-ixa.mssante.fr »"))]
    #[case::at_sign_alone("@hopital.mssante.fr", Some("« hopital.mssante.fr »"))]
    #[case::space("hopital mssante.fr", Some("le domaine seul"))]
    #[case::final_dot("hopital.mssante.fr.", Some("« hopital.mssante.fr »"))]
    #[case::blank(" hopital.mssante.fr", Some("« hopital.mssante.fr »"))]
    #[case::one_label("hopital", Some("le domaine seul"))]
    #[case::empty("", Some("le domaine seul"))]
    fn faults(#[case] domain: &str, #[case] expected: Option<&str>) {
        let found = fault(domain);
        match expected {
            None => assert_eq!(found, None),
            Some(words) => {
                let (_, help) = found.expect("a fault");
                assert!(help.contains(words), "{help}");
            }
        }
    }

    #[test]
    fn a_domain_is_named_once() {
        let mut form = Form::default();
        form.domains.add = vec!["a.fr".to_owned(), "A.fr".to_owned()];
        form.domains.remove = vec!["a.fr".to_owned()];
        let found = check(&form);
        let seen: Vec<_> = found.iter().map(|p| (p.field.as_str(), p.severity)).collect();
        assert_eq!(
            seen,
            [("domains.add[1]", Severity::Warning), ("domains.remove[0]", Severity::Error)]
        );
        assert!(found.iter().all(|problem| problem.rule == Rule::DomainTwice));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            fault(&text);
        }
    }
}
