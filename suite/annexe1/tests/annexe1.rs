//! Annexe 1 held against the real list's DNs, and against the simulated space.

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use annexe1::{
    Certificate, Delegation, Document, Form, Problem, Redirection, Resolver, Rule, Severity,
    against_certificate, against_dns, against_whitelist, check, check_dn,
    department::{self, Spelling},
    identifier::{Identifier, Key},
    look_up, template,
};
use fixtures::{
    dn::{DistinguishedName, OddityKind},
    dns::{DnsServer, Zone},
    pki::{Clock, KeyPool, Options, Pki, Variant},
    space::{cast, list, subject, zone},
    whitelist::{Index, Whitelist, read},
};
use jiff::Timestamp;
use rstest::rstest;

/// The real list, where it is; a test without it is skipped.
fn real() -> Option<Whitelist> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/liste-blanche-reelle-2025-02-28-sans-contacts.xml");
    let Ok(bytes) = std::fs::read(&path) else {
        fixtures::skip::place("la liste réelle, qui n'est pas du dépôt");
        return None;
    };
    Some(read(&bytes).expect("the real list is one"))
}

/// Its distinct DN strings.
fn real_dns() -> Option<Vec<String>> {
    let mut dns: Vec<String> = real()?.entries.into_iter().map(|entry| entry.operator_dn).collect();
    dns.sort();
    dns.dedup();
    Some(dns)
}

/// What each kind found in the real list is, without a name.
fn explained(rule: Rule) -> &'static str {
    match rule {
        Rule::Dn(OddityKind::SpaceAfterComma | OddityKind::SpaceBeforeComma) => {
            "spaces around a comma are not of the name (RFC 4514), a comparison of texts sees them"
        }
        Rule::Dn(OddityKind::QuotedValue) => {
            "quoting of RFC 2253 §4, not of the value: the same operator is listed without it too"
        }
        Rule::Dn(OddityKind::InnerQuotes) => {
            "quotes inside the structure's name, part of the value"
        }
        Rule::Dn(OddityKind::NoBreakSpace) => {
            "a no-break space: a space by RFC 4518 §2.2, not in a comparison of texts"
        }
        Rule::Dn(OddityKind::SpaceRun) => {
            "spaces in a row: one by RFC 4518 §2.6, not in a comparison of texts"
        }
        Rule::Dn(OddityKind::LocalityForState) => {
            "an audit identity of the agency, with L where the GUIDE has ST"
        }
        Rule::Dn(OddityKind::NoSpaceBeforeDepartment) => {
            "the number without its space: another DN than with it (RFC 5280 §7.1)"
        }
        Rule::Dn(OddityKind::UnitLetter) => "an audit identity of the agency, no Corsican FINESS",
        Rule::DepartmentSpelling => "hyphens left out of the department's name",
        Rule::DepartmentName => "a letter left out of the department's name",
        Rule::HostQualified => "an identity of the agency whose CN is no FQDN",
        other => panic!("{other} was never seen in the list: look at it, then explain it here"),
    }
}

#[test]
fn every_odd_dn_of_the_real_list_is_named_and_explained() {
    let Some(dns) = real_dns() else { return };
    let mut kinds: BTreeMap<(Severity, String), (usize, &str)> = BTreeMap::new();
    let (mut sound, mut warned, mut wrong) = (0, 0, 0);
    for dn in &dns {
        let found = check_dn("operator.dn[0]", dn);
        match found.iter().map(|problem| problem.severity).min() {
            None => sound += 1,
            Some(Severity::Warning) => warned += 1,
            Some(Severity::Error) => wrong += 1,
        }
        let mut seen: Vec<Rule> = found.iter().map(|problem| problem.rule).collect();
        seen.sort();
        seen.dedup();
        for rule in seen {
            let severity = found.iter().find(|p| p.rule == rule).expect("seen").severity;
            let entry = kinds.entry((severity, rule.to_string())).or_insert((0, explained(rule)));
            entry.0 += 1;
        }
    }
    let mut table = format!(
        "{} DN strings: {sound} sound, {warned} with warnings only, {wrong} with errors\n",
        dns.len()
    );
    for ((severity, rule), (count, why)) in kinds {
        table.push_str(&format!("{count:3} {severity:?} {rule}: {why}\n"));
    }
    // Counts and kinds only: no name of the list is kept here.
    insta::assert_snapshot!("real_list_oddities", table);
}

#[test]
fn all_numeric_units_of_the_real_list_have_their_key() {
    let Some(dns) = real_dns() else { return };
    let (mut numeric, mut letters) = (0, 0);
    for dn in &dns {
        let name: DistinguishedName = dn.parse().expect("every DN of the list is readable");
        let unit = name.organizational_unit().expect("every DN of the list has an OU");
        let key = Identifier::from_unit(unit).map(|identifier| identifier.key());
        if unit.bytes().all(|byte| byte.is_ascii_digit()) {
            assert_eq!(key, Some(Key::Right));
            numeric += 1;
        } else {
            assert_eq!(key, Some(Key::Letter));
            letters += 1;
        }
    }
    assert_eq!((numeric, letters), (390, 1));
}

#[test]
fn the_departments_of_the_real_list_are_those_of_the_table() {
    let Some(dns) = real_dns() else { return };
    let (mut exact, mut near, mut other) = (0, 0, 0);
    for dn in &dns {
        let name: DistinguishedName = dn.parse().expect("readable");
        let state = name.state().or_else(|| name.first(&fixtures::dn::AttributeType::Locality));
        let (written, number) = state.and_then(department::parts).expect("a name and a number");
        match department::department(number).expect("a known number").spelling(written) {
            Spelling::Exact => exact += 1,
            Spelling::Near => near += 1,
            Spelling::Other => other += 1,
        }
    }
    assert_eq!((exact, near, other), (388, 2, 1));
}

/// A form of `tests/annexe1/`.
fn sample(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/annexe1").join(name);
    Document::parse(name, std::fs::read_to_string(path).expect("it is there"))
}

fn rules_of(name: &str) -> Vec<Rule> {
    let document = sample(name);
    let problems = document.form.as_ref().map_or_else(Vec::new, |form| check(form, &[]));
    let mut rules: Vec<Rule> =
        document.locate(problems).iter().map(|located| located.problem.rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

#[test]
fn the_sound_sample_is_sound() {
    assert_eq!(rules_of("sound.toml"), []);
}

#[test]
fn every_rule_of_the_form_itself_is_broken_by_a_sample() {
    let mut broken: Vec<Rule> = ["champs.toml", "autres.toml", "format.toml", "illisible.toml"]
        .into_iter()
        .flat_map(rules_of)
        .collect();
    broken.sort();
    broken.dedup();
    // The others are of what the form is held against, and tested with it.
    let own: Vec<Rule> =
        Rule::ALL.iter().copied().filter(|rule| *rule < Rule::CertificateDn).collect();
    let lacking: Vec<String> =
        own.iter().filter(|rule| !broken.contains(rule)).map(ToString::to_string).collect();
    assert_eq!(lacking, Vec::<String>::new());
}

/// A simulated IGC, made once.
fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/keys");
        let pool = KeyPool::open(&keys).expect("a key pool");
        let options =
            Options { clock: Clock::Fixed(now()), ..Options::new("http://127.0.0.1:40404") };
        Pki::ephemeral(&pool, &options).expect("an IGC")
    })
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a date")
}

fn certificate(operator: &cast::Operator) -> Certificate {
    let identity = pki().issue(&subject(operator), Variant::Valid).expect("issued");
    Certificate::from_der(identity.leaf()).expect("a certificate")
}

/// The form of an operator of the cast, begun with its certificate.
fn form(operator: &cast::Operator, certificate: &Certificate) -> Form {
    let mut form = Form::default();
    form.dns.redirection = Some(Redirection::default());
    form.take(certificate);
    form.operator.auto_reply = format!("reponse@{}", operator.domain());
    let domains = operator.domains.iter().map(|domain| (*domain).to_owned()).collect();
    if operator.listed {
        form.domains.modify = domains;
    } else {
        form.domains.add = domains;
    }
    form
}

async fn dns(change: impl FnOnce(&mut Zone)) -> DnsServer {
    let home = std::net::Ipv4Addr::LOCALHOST;
    let mut zone = zone::zone(&zone::TargetNames::cast().expect("sound"), home, home)
        .expect("the cast is sound");
    change(&mut zone);
    DnsServer::start("127.0.0.1:0".parse().expect("an address"), zone).await.expect("starts")
}

fn errors(problems: &[Problem]) -> Vec<&Problem> {
    problems.iter().filter(|problem| problem.is_error()).collect()
}

#[tokio::test]
async fn a_form_made_from_a_certificate_of_the_simulated_igc_passes_everything() {
    let server = dns(|_| {}).await;
    let index = Index::build(&list::whitelist(now()));
    for operator in cast::OPERATORS.iter().chain([&cast::TARGET]) {
        let certificate = certificate(operator);
        let form = form(operator, &certificate);
        assert_eq!(form.operator.dn, [operator.dn()]);
        let certificates = std::slice::from_ref(&certificate);
        // It goes through its file.
        let text = template::write(&form);
        let document = Document::parse("annexe1.toml", text);
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let form = document.form.expect("TOML");

        assert_eq!(check(&form, certificates), [], "{}", operator.name);
        assert_eq!(against_certificate(&form, certificates, now()), [], "{}", operator.name);
        let found = against_dns(&form, &look_up(&form, &Resolver::new(server.addr())).await);
        assert_eq!((errors(&found.problems), found.unknown), (vec![], vec![]), "{}", operator.name);
        let listed = against_whitelist(&form, &index);
        assert_eq!(errors(&listed), Vec::<&Problem>::new(), "{}", operator.name);
    }
}

#[rstest]
#[case::none(|_: &mut Zone| {}, &[])]
#[case::mx_elsewhere(
    |zone: &mut Zone| {
        let kind = fixtures::dns::RecordType::MX;
        zone.remove("cible.mssante.test", kind).expect("a name");
        zone.mx("cible.mssante.test", 10, "mx.ailleurs.test").expect("a name");
    },
    &[Rule::Mx])]
#[case::no_mx(
    |zone: &mut Zone| { zone.remove_name("cible.mssante.test").expect("a name"); },
    &[Rule::MxMissing])]
#[case::no_address(
    |zone: &mut Zone| { zone.remove_name("mss.cible.mssante.test").expect("a name"); },
    &[Rule::ServerAddress])]
#[case::alias(
    |zone: &mut Zone| {
        zone.remove_name("mss.cible.mssante.test").expect("a name");
        zone.cname("mss.cible.mssante.test", "mx.alpha.mssante.test").expect("a name");
    },
    &[Rule::ServerAlias])]
#[case::another_mx(
    |zone: &mut Zone| {
        zone.mx("cible.mssante.test", 20, "mx.alpha.mssante.test").expect("a name");
    },
    &[Rule::MxOther])]
#[tokio::test]
async fn each_fault_of_a_redirection_is_seen(
    #[case] change: fn(&mut Zone),
    #[case] expected: &[Rule],
) {
    let server = dns(change).await;
    let form = form(&cast::TARGET, &certificate(&cast::TARGET));
    let found = against_dns(&form, &look_up(&form, &Resolver::new(server.addr())).await);
    let rules: Vec<_> = found.problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, expected, "{found:?}");
    assert!(found.unknown.is_empty(), "{found:?}");
}

/// Two name servers of a delegated domain: the resolver on one loopback address, they on two others,
/// at the same port.
async fn delegated(
    primary: impl FnOnce(&mut Zone),
    secondary: Option<fn(&mut Zone)>,
) -> (Vec<DnsServer>, Form) {
    let resolver = dns(|zone| {
        zone.a("ns1.cible.test", [127, 0, 0, 61].into()).expect("a name");
        zone.a("ns2.cible.test", [127, 0, 0, 62].into()).expect("a name");
    })
    .await;
    let port = resolver.addr().port();
    let home = std::net::Ipv4Addr::LOCALHOST;
    let mut zones = vec![(
        61,
        zone::zone(&zone::TargetNames::cast().expect("sound"), home, home).expect("sound"),
    )];
    primary(&mut zones[0].1);
    if let Some(change) = secondary {
        let mut zone =
            zone::zone(&zone::TargetNames::cast().expect("sound"), home, home).expect("sound");
        change(&mut zone);
        zones.push((62, zone));
    }
    let mut servers = vec![resolver];
    for (last, zone) in zones {
        let address = std::net::SocketAddr::from(([127, 0, 0, last], port));
        servers.push(DnsServer::start(address, zone).await.expect("the address is free"));
    }
    let mut form = form(&cast::TARGET, &certificate(&cast::TARGET));
    form.dns.redirection = None;
    form.dns.delegation = Some(Delegation {
        primary: "ns1.cible.test".to_owned(),
        secondary: "NS2.cible.test".to_owned(),
    });
    (servers, form)
}

#[rstest]
#[case::both_agree(|_: &mut Zone| {}, Some((|_| {}) as fn(&mut Zone)), &[], 0)]
#[case::they_differ(
    |_: &mut Zone| {},
    Some((|zone| { zone.mx("cible.mssante.test", 5, "mx.ailleurs.test").expect("a name"); }) as fn(&mut Zone)),
    &[Rule::NameServersAgree], 0)]
#[case::primary_without_mx(
    |zone: &mut Zone| { zone.remove_name("cible.mssante.test").expect("a name"); },
    Some((|zone| { zone.remove_name("cible.mssante.test").expect("a name"); }) as fn(&mut Zone)),
    &[Rule::MxMissing], 0)]
#[case::secondary_is_down(|_: &mut Zone| {}, None, &[], 1)]
#[tokio::test]
async fn each_fault_of_a_delegation_is_seen(
    #[case] primary: fn(&mut Zone),
    #[case] secondary: Option<fn(&mut Zone)>,
    #[case] expected: &[Rule],
    #[case] unknown: usize,
) {
    let (servers, form) = delegated(primary, secondary).await;
    let mut resolver = Resolver::new(servers[0].addr());
    resolver.limit = std::time::Duration::from_secs(1);
    let found = against_dns(&form, &look_up(&form, &resolver).await);
    let rules: Vec<_> = found.problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, expected, "{found:?}");
    assert_eq!(found.unknown.len(), unknown, "{found:?}");
}

#[tokio::test]
async fn a_resolver_that_is_not_there_is_no_fault_of_the_form() {
    let gone = dns(|_| {}).await.addr();
    let form = form(&cast::TARGET, &certificate(&cast::TARGET));
    let mut resolver = Resolver::new(gone);
    resolver.limit = std::time::Duration::from_millis(300);
    let found = against_dns(&form, &look_up(&form, &resolver).await);
    assert!(found.problems.is_empty(), "{found:?}");
    assert!(!found.unknown.is_empty());
}
