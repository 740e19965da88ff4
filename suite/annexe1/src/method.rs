//! The DNS method: a delegation or a redirection, and the servers it names (GUIDE p. 10, 17, 19,
//! 22, 24).

use super::{
    Delegation, Form, Problem, Rule,
    contact::missing,
    host_name::{self, below, same},
    problem::quoted,
};

/// The domain of which the agency holds the DNS zone.
pub(super) const MSSANTE: &str = "mssante.fr";

/// Holds the DNS method to its rules, and to the CNs.
pub(super) fn check(form: &Form) -> Vec<Problem> {
    let mut found = Vec::new();
    let method = &form.dns;
    match (&method.delegation, &method.redirection) {
        (Some(_), None) | (None, Some(_)) => {}
        (Some(_), Some(_)) => found.push(Problem::error(
            Rule::MethodChoice,
            "dns",
            "la délégation et la redirection sont toutes deux choisies",
            "gardez [dns.delegation] (à privilégier) ou [dns.redirection], et retirez l'autre",
        )),
        (None, None) => found.push(Problem::error(
            Rule::MethodChoice,
            "dns",
            "aucune méthode de résolution DNS n'est choisie",
            "remplissez [dns.delegation] (à privilégier) ou [dns.redirection]",
        )),
    }
    if let Some(delegation) = &method.delegation {
        found.extend(name_servers(delegation, form));
    }
    let names = form.common_names();
    if let Some(redirection) = &method.redirection {
        let field = "dns.redirection.server";
        let server = redirection.server.as_str();
        let lacks = missing(Rule::MethodField, field, "le serveur de messagerie", server);
        if lacks.is_none() {
            found.extend(host_name::check(field, "le serveur de messagerie", server));
            if !names.is_empty() && !names.iter().any(|(_, cn)| same(cn, server)) {
                let cns: Vec<_> = names.iter().map(|(_, cn)| quoted(cn)).collect();
                found.push(Problem::error(
                    Rule::RedirectionServer,
                    field,
                    format!(
                        "le serveur de messagerie, {}, n'est pas le CN du certificat, {}",
                        quoted(server),
                        cns.join(" ni ")
                    ),
                    "écrivez ici le nom que le certificat porte en CN",
                ));
            }
        }
        found.extend(lacks);
        if method.delegation.is_none() {
            for (field, cn) in names.iter().filter(|(_, cn)| below(cn, MSSANTE)) {
                found.push(Problem::error(
                    Rule::MssanteCn,
                    field.as_str(),
                    format!(
                        "le CN {} est sous {MSSANTE}, ce qui demande une délégation",
                        quoted(cn)
                    ),
                    "choisissez [dns.delegation], ou demandez un certificat dont le CN est dans \
                     votre propre domaine",
                ));
            }
        }
    }
    found
}

fn name_servers(delegation: &Delegation, form: &Form) -> Vec<Problem> {
    let mut found = Vec::new();
    let servers = [
        ("dns.delegation.primary", &delegation.primary, "le serveur DNS primaire"),
        ("dns.delegation.secondary", &delegation.secondary, "le serveur DNS secondaire"),
    ];
    for (field, name, what) in servers {
        if let Some(lacks) = missing(Rule::MethodField, field, what, name) {
            found.push(lacks);
            continue;
        }
        found.extend(host_name::check(field, what, name));
        let inside = |domain: &str| same(name, domain) || below(name, domain);
        if let Some((_, domain)) = form.domains.kept().find(|(_, domain)| inside(domain)) {
            found.push(Problem::warning(
                Rule::NameServerGlue,
                field,
                format!(
                    "{what}, {}, est dans le domaine délégué {} : son adresse doit aussi être \
                     publiée au-dessus",
                    quoted(name),
                    quoted(domain)
                ),
                "donnez son adresse à l'ANS avec le formulaire, ou nommez un serveur d'un autre \
                 domaine",
            ));
        }
    }
    let [primary, secondary] = [&delegation.primary, &delegation.secondary];
    if !primary.trim().is_empty() && same(primary, secondary) {
        found.push(Problem::error(
            Rule::NameServerTwice,
            "dns.delegation.secondary",
            "le serveur secondaire est le serveur primaire",
            "nommez un second serveur DNS",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn form(cn: &str, dns: &str) -> Form {
        let dn = format!("CN={cn},OU=1750048886,O=A,ST=Paris (75),C=FR");
        toml::from_str(&format!(
            "[operator]\ndn = ['{dn}']\n{dns}\n[domains]\nadd = ['a.mssante.fr']\n"
        ))
        .expect("a form")
    }

    const REDIRECTED: &str = "[dns.redirection]\nserver = 'mx.a.fr'";
    const DELEGATED: &str = "[dns.delegation]\nprimary = 'ns1.a.fr'\nsecondary = 'ns2.a.fr'";

    #[rstest]
    #[case::redirection("mx.a.fr", REDIRECTED, &[])]
    #[case::other_case("MX.A.fr", REDIRECTED, &[])]
    #[case::delegation("mx.a.fr", DELEGATED, &[])]
    #[case::neither("mx.a.fr", "", &[Rule::MethodChoice])]
    #[case::both("mx.a.fr", &format!("{REDIRECTED}\n{DELEGATED}"), &[Rule::MethodChoice])]
    #[case::other_server("mx.b.fr", REDIRECTED, &[Rule::RedirectionServer])]
    #[case::no_server("mx.a.fr", "[dns.redirection]\nserver = ' '", &[Rule::MethodField])]
    #[case::mssante_redirected(
        "mx.a.mssante.fr", "[dns.redirection]\nserver = 'mx.a.mssante.fr'", &[Rule::MssanteCn])]
    #[case::mssante_delegated("mx.a.mssante.fr", DELEGATED, &[])]
    #[case::no_secondary(
        "mx.a.fr", "[dns.delegation]\nprimary = 'ns1.a.fr'", &[Rule::MethodField])]
    #[case::twice(
        "mx.a.fr", "[dns.delegation]\nprimary = 'ns1.a.fr'\nsecondary = 'NS1.a.fr'",
        &[Rule::NameServerTwice])]
    #[case::glue(
        "mx.a.fr", "[dns.delegation]\nprimary = 'ns.a.mssante.fr'\nsecondary = 'ns2.a.fr'",
        &[Rule::NameServerGlue])]
    fn rules(#[case] cn: &str, #[case] dns: &str, #[case] expected: &[Rule]) {
        let rules: Vec<_> = check(&form(cn, dns)).iter().map(|problem| problem.rule).collect();
        assert_eq!(rules, expected);
    }
}
