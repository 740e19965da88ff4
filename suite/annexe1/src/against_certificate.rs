//! The form held against the operator's certificates.

use jiff::Timestamp;

use super::{Certificate, Form, Problem, Rule, host_name::same, problem::quoted};

/// Holds the form's DNs against the certificates given, at `now`.
#[must_use]
pub fn against_certificate(
    form: &Form,
    certificates: &[Certificate],
    now: Timestamp,
) -> Vec<Problem> {
    let mut found = Vec::new();
    for certificate in certificates {
        let field = field_of(form, certificate);
        match &field {
            Some((field, written)) => found.extend(text(certificate, field, written)),
            None => found.push(absent(form, certificate)),
        }
        let field = field.map_or_else(|| "operator.dn".to_owned(), |(field, _)| field);
        found.extend(validity(certificate, &field, now));
        found.extend(host(certificate, &field));
        found.extend(space(form, certificate));
    }
    found
}

/// The fields of the form's DNs that none of the certificates bears.
#[must_use]
pub fn uncertified(form: &Form, certificates: &[Certificate]) -> Vec<String> {
    form.names()
        .into_iter()
        .filter(|(_, name)| {
            certificates.iter().all(|certificate| certificate.dn.canonical() != name.canonical())
        })
        .map(|(field, _)| field)
        .collect()
}

/// The field that holds the certificate's DN, and how it is written.
fn field_of(form: &Form, certificate: &Certificate) -> Option<(String, String)> {
    let (field, _) = form
        .names()
        .into_iter()
        .find(|(_, name)| name.canonical() == certificate.dn.canonical())?;
    let rank: usize = field.strip_prefix("operator.dn[")?.strip_suffix(']')?.parse().ok()?;
    let written = form.operator.dn.get(rank)?.clone();
    Some((field, written))
}

fn absent(form: &Form, certificate: &Certificate) -> Problem {
    let own = certificate.dn.to_string();
    let (field, message) = match form.operator.dn.as_slice() {
        [_] => ("operator.dn[0]", "ce DN n'est pas celui du certificat".to_owned()),
        _ => ("operator.dn", "aucun des DN n'est celui du certificat".to_owned()),
    };
    let reordered = form
        .names()
        .iter()
        .any(|(_, name)| name.canonical_unordered() == certificate.dn.canonical_unordered());
    let why = if reordered { " : ses éléments y sont dans un autre ordre" } else { "" };
    Problem::error(
        Rule::CertificateDn,
        field,
        format!("{message}{why}"),
        format!("recopiez le DN du certificat : {own}"),
    )
}

fn text(certificate: &Certificate, field: &str, written: &str) -> Option<Problem> {
    let own = certificate.dn.to_string();
    (own != written).then(|| {
        Problem::warning(
            Rule::CertificateDnText,
            field,
            "ce DN est celui du certificat, écrit autrement : un proxy qui compare des textes le \
             refuserait",
            format!("recopiez le DN du certificat, lettre à lettre : {own}"),
        )
    })
}

fn validity(certificate: &Certificate, field: &str, now: Timestamp) -> Option<Problem> {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    if now > certificate.not_after {
        return Some(Problem::error(
            Rule::CertificateExpired,
            field,
            format!("le certificat a expiré le {}", day(certificate.not_after)),
            "demandez un nouveau certificat à l'IGC-Santé, et vérifiez qu'il porte ce DN",
        ));
    }
    (now < certificate.not_before).then(|| {
        Problem::error(
            Rule::CertificateNotYetValid,
            field,
            format!("le certificat n'est valable qu'à partir du {}", day(certificate.not_before)),
            "attendez cette date, ou vérifiez l'horloge de cette machine",
        )
    })
}

fn host(certificate: &Certificate, field: &str) -> Option<Problem> {
    let cn = certificate.dn.common_name()?;
    let covers = |name: &String| {
        same(name, cn)
            || name
                .strip_prefix("*.")
                .zip(cn.split_once('.'))
                .is_some_and(|(zone, (_, rest))| same(zone, rest))
    };
    (!certificate.names.iter().any(covers)).then(|| {
        Problem::warning(
            Rule::CertificateName,
            field,
            format!("le certificat n'a pas son CN, {}, parmi ses noms DNS (SAN)", quoted(cn)),
            "demandez un certificat SSL_SERVEUR pour ce serveur : un pair qui lit le SAN ne \
             reconnaîtrait pas le vôtre",
        )
    })
}

fn space(form: &Form, certificate: &Certificate) -> Option<Problem> {
    let issuer = quoted(&certificate.issuer.to_string());
    let (message, correction) = match (form.space.test, form.space.production) {
        (true, false) if certificate.production => (
            format!("TEST est cochée, mais le certificat est de production (émis par {issuer})"),
            "donnez le certificat de test obtenu par le formulaire F414, ou cochez PRODUCTION",
        ),
        (false, true) if !certificate.production => (
            format!(
                "PRODUCTION est cochée, mais le certificat ne semble pas être de production (émis \
                 par {issuer})"
            ),
            "donnez le certificat de production obtenu par le formulaire F413, ou cochez TEST",
        ),
        _ => return None,
    };
    Some(Problem::warning(Rule::CertificateSpace, "space", message, correction))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const DN: &str = "CN=mx.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";

    fn certificate() -> Certificate {
        Certificate {
            dn: DN.parse().expect("a DN"),
            not_before: "2025-01-01T00:00:00Z".parse().expect("a date"),
            not_after: "2028-01-01T00:00:00Z".parse().expect("a date"),
            names: vec!["mx.a.fr".to_owned()],
            issuer: "CN=AC IGC-SANTE TEST,O=ASIP-SANTE TEST,C=FR".parse().expect("a DN"),
            production: false,
        }
    }

    fn rules(dn: &str, change: impl FnOnce(&mut Certificate, &mut Form), now: &str) -> Vec<Rule> {
        let mut form = Form::default();
        form.space.test = true;
        form.operator.dn = vec![dn.to_owned()];
        let mut certificate = certificate();
        change(&mut certificate, &mut form);
        let now = now.parse().expect("a date");
        let found = against_certificate(&form, &[certificate], now);
        for problem in &found {
            assert!(problem.field == "space" || problem.field.starts_with("operator.dn"));
        }
        found.iter().map(|problem| problem.rule).collect()
    }

    #[rstest]
    #[case::the_same(DN, &[])]
    #[case::other_case(
        "cn=MX.a.fr,OU=1750048886,O=Hopital A,ST=Paris (75),C=FR", &[Rule::CertificateDnText])]
    #[case::spaces(
        "CN=mx.a.fr, OU=1750048886, O=HOPITAL A, ST=Paris (75), C=FR", &[Rule::CertificateDnText])]
    #[case::reordered(
        "C=FR,ST=Paris (75),O=HOPITAL A,OU=1750048886,CN=mx.a.fr", &[Rule::CertificateDn])]
    #[case::another("CN=mx.b.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR", &[Rule::CertificateDn])]
    #[case::no_space("CN=mx.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris(75),C=FR", &[Rule::CertificateDn])]
    fn names(#[case] dn: &str, #[case] expected: &[Rule]) {
        assert_eq!(rules(dn, |_, _| {}, "2026-01-01T00:00:00Z"), expected);
    }

    #[rstest]
    #[case::before("2024-12-31T23:59:59Z", &[Rule::CertificateNotYetValid])]
    #[case::first_moment("2025-01-01T00:00:00Z", &[])]
    #[case::last_moment("2028-01-01T00:00:00Z", &[])]
    #[case::after("2028-01-01T00:00:01Z", &[Rule::CertificateExpired])]
    fn periods(#[case] now: &str, #[case] expected: &[Rule]) {
        assert_eq!(rules(DN, |_, _| {}, now), expected);
    }

    #[rstest]
    #[case::wildcard(&["*.a.fr"], &[])]
    #[case::case_changed(&["MX.A.FR"], &[])]
    #[case::other(&["a.fr", "mx.b.fr"], &[Rule::CertificateName])]
    #[case::none(&[], &[Rule::CertificateName])]
    fn hosts(#[case] names: &[&str], #[case] expected: &[Rule]) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(rules(DN, |c, _| c.names = names, "2026-01-01T00:00:00Z"), expected);
    }

    #[rstest]
    #[case::test_for_test(true, false, &[])]
    #[case::production_for_test(true, true, &[Rule::CertificateSpace])]
    #[case::production_for_production(false, true, &[])]
    #[case::test_for_production(false, false, &[Rule::CertificateSpace])]
    fn spaces(#[case] test: bool, #[case] production: bool, #[case] expected: &[Rule]) {
        let change = |certificate: &mut Certificate, form: &mut Form| {
            certificate.production = production;
            form.space.test = test;
            form.space.production = !test;
        };
        assert_eq!(rules(DN, change, "2026-01-01T00:00:00Z"), expected);
    }

    #[test]
    fn a_second_dn_without_its_certificate_is_named() {
        let mut form = Form::default();
        let other = "CN=mx2.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";
        form.operator.dn = vec![other.to_owned(), DN.to_owned()];
        assert_eq!(uncertified(&form, &[certificate()]), ["operator.dn[0]"]);
        let now = "2026-01-01T00:00:00Z".parse().expect("a date");
        assert_eq!(against_certificate(&form, &[certificate()], now), []);
    }
}
