//! The form held against the target of a run: a report on one proxy is no ground for a form on
//! another.

use fixtures::dn::DistinguishedName;

use super::{Form, Problem, Rule, host_name::same, problem::quoted};
use suite::{record::TargetRecord, target::Target};

/// Holds what the form says of the operator against what the target declared of itself. What
/// either leaves out is not compared.
#[must_use]
pub fn against_target(form: &Form, target: &Target) -> Vec<Problem> {
    against(form, target.dn.as_deref(), target.mx_host.as_deref(), &target.domains)
}

/// The same, with the target as a run recorded it.
#[must_use]
pub fn against_record(form: &Form, target: &TargetRecord) -> Vec<Problem> {
    let domains = target.declaration.as_ref().map(|declared| declared.domains.as_slice());
    against(form, target.dn.as_deref(), target.mx_host.as_deref(), domains.unwrap_or_default())
}

fn against(
    form: &Form,
    declared_dn: Option<&str>,
    mx_host: Option<&str>,
    domains: &[String],
) -> Vec<Problem> {
    let mut found = Vec::new();
    let names = form.names();
    if let Some(declared) = declared_dn
        && !names.is_empty()
    {
        found.extend(dn(form, &names, declared));
    }
    let cns = form.common_names();
    if let Some(host) = mx_host
        && !cns.is_empty()
        && !cns.iter().any(|(_, cn)| same(cn, host))
    {
        found.push(Problem::error(
            Rule::TargetHost,
            cns[0].0.as_str(),
            format!(
                "le CN {} n'est pas le serveur MX de la cible testée, {}",
                quoted(&cns[0].1),
                quoted(host)
            ),
            "le rapport porte sur un autre serveur que ce formulaire : corrigez l'un des deux \
             (mx_host dans target.toml)",
        ));
    }
    let kept: Vec<&str> = form.domains.kept().map(|(_, domain)| domain).collect();
    for domain in domains {
        if !kept.is_empty() && !kept.iter().any(|kept| same(kept, domain)) {
            found.push(Problem::warning(
                Rule::TargetDomain,
                "domains",
                format!(
                    "le domaine {} de la cible testée n'est pas dans le formulaire",
                    quoted(domain)
                ),
                "ajoutez-le, s'il doit entrer dans la liste blanche",
            ));
        }
    }
    found
}

fn dn(form: &Form, names: &[(String, DistinguishedName)], declared: &str) -> Option<Problem> {
    // What the target declares was not checked: a text that is no DN equals no DN.
    let parsed: Option<DistinguishedName> = declared.parse().ok();
    let equal = parsed.and_then(|declared| {
        names.iter().find(|(_, name)| name.canonical() == declared.canonical())
    });
    let Some((field, _)) = equal else {
        return Some(Problem::error(
            Rule::TargetDn,
            names[0].0.as_str(),
            format!("ce n'est pas le DN de la cible testée, {}", quoted(declared)),
            "le rapport porte sur un autre certificat que ce formulaire : corrigez l'un des deux \
             (dn dans target.toml) d'après le certificat",
        ));
    };
    let written = form.operator.dn.iter().any(|written| written == declared);
    (!written).then(|| {
        Problem::warning(
            Rule::TargetDnText,
            field.as_str(),
            format!("c'est le DN de la cible testée, qui l'écrit {}", quoted(declared)),
            "écrivez-le aux deux endroits comme le certificat le porte",
        )
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const DN: &str = "CN=mx.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";

    #[rstest]
    #[case::agrees(Some(DN), Some("mx.a.fr"), &["a.fr"], &[])]
    #[case::declares_nothing(None, None, &[], &[])]
    #[case::text(Some("CN=MX.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR"), None, &[], &[Rule::TargetDnText])]
    #[case::other_dn(Some("CN=mx.b.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR"), None, &[], &[Rule::TargetDn])]
    #[case::no_dn(Some("mx.a.fr"), None, &[], &[Rule::TargetDn])]
    #[case::other_host(None, Some("mx.b.fr"), &[], &[Rule::TargetHost])]
    #[case::host_in_capitals(None, Some("MX.A.FR"), &[], &[])]
    #[case::more_domains(None, None, &["a.fr", "b.fr"], &[Rule::TargetDomain])]
    fn contradictions(
        #[case] dn: Option<&str>,
        #[case] host: Option<&str>,
        #[case] domains: &[&str],
        #[case] expected: &[Rule],
    ) {
        let mut form = Form::default();
        form.operator.dn = vec![DN.to_owned()];
        form.domains.add = vec!["A.fr".to_owned()];
        let mut target = Target::embedded("127.0.0.1:25".parse().expect("an address"));
        target.dn = dn.map(str::to_owned);
        target.mx_host = host.map(str::to_owned);
        target.domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        let rules: Vec<_> =
            against_target(&form, &target).iter().map(|problem| problem.rule).collect();
        assert_eq!(rules, expected);
        // A form that says nothing contradicts nothing.
        assert_eq!(against_target(&Form::default(), &target), []);
    }
}
