//! Tests of a form held against the DNS.

use rstest::rstest;

use super::*;

/// A sound delegation as the DNS would show it.
fn view() -> DnsView {
    let mut view = DnsView::default();
    let address = Addresses::plain(&[[127, 0, 0, 1].into()]);
    for server in ["mx.a.fr", "ns1.a.fr", "ns2.a.fr"] {
        view.servers.insert(server.to_owned(), Learnt::Known(address.clone()));
    }
    let domain = "a.mssante.fr".to_owned();
    let mx = vec!["mx.a.fr".to_owned()];
    view.mx.insert(domain.clone(), Learnt::Known(mx.clone()));
    let names = vec!["ns1.a.fr".to_owned(), "ns2.a.fr".to_owned()];
    view.name_servers.insert(domain.clone(), Learnt::Known(names.clone()));
    for name in names {
        let answer = Authority { authoritative: true, mx: mx.clone() };
        view.authorities.insert((domain.clone(), name), Learnt::Known(answer));
    }
    view
}

fn form(list: &str) -> Form {
    let text = format!(
        "[operator]\ndn = ['CN=mx.a.fr,OU=1750048886,O=A,ST=Paris (75),C=FR']\n\
         [dns.delegation]\nprimary = 'ns1.a.fr'\nsecondary = 'NS2.a.fr'\n\
         [domains]\n{list} = ['A.mssante.fr']\n"
    );
    toml::from_str(&text).expect("a form")
}

fn authority(view: &mut DnsView, name: &str, answer: Learnt<Authority>) {
    view.authorities.insert(("a.mssante.fr".to_owned(), name.to_owned()), answer);
}

#[rstest]
#[case::sound(|_: &mut DnsView| {}, &[], 0)]
#[case::not_authoritative(
    |view: &mut DnsView| {
        let mx = vec!["mx.a.fr".to_owned()];
        authority(view, "ns2.a.fr", Learnt::Known(Authority { authoritative: false, mx }));
    },
    &[(Rule::NameServerAuthority, "dns.delegation.secondary")], 0)]
#[case::other_mx(
    |view: &mut DnsView| {
        let mx = vec!["mx.b.fr".to_owned()];
        authority(view, "ns2.a.fr", Learnt::Known(Authority { authoritative: true, mx }));
    },
    &[(Rule::NameServersAgree, "domains.add[0]")], 0)]
#[case::silent(
    |view: &mut DnsView| authority(view, "ns1.a.fr", Learnt::Unknown("silence".to_owned())),
    &[], 1)]
#[case::no_address(
    |view: &mut DnsView| {
        view.servers.insert("ns1.a.fr".to_owned(), Learnt::Known(Addresses::default()));
        view.authorities.remove(&("a.mssante.fr".to_owned(), "ns1.a.fr".to_owned()));
    },
    &[(Rule::NameServerAddress, "dns.delegation.primary")], 0)]
#[case::delegated_elsewhere(
    |view: &mut DnsView| {
        let names = vec!["ns.ailleurs.fr".to_owned()];
        view.name_servers.insert("a.mssante.fr".to_owned(), Learnt::Known(names));
    },
    &[(Rule::NameServersPublished, "domains.add[0]")], 0)]
#[case::resolver_failed(
    |view: &mut DnsView| {
        view.mx.insert("a.mssante.fr".to_owned(), Learnt::Unknown("SERVFAIL".to_owned()));
    },
    &[], 1)]
fn of_a_delegation(
    #[case] change: fn(&mut DnsView),
    #[case] expected: &[(Rule, &str)],
    #[case] unknown: usize,
) {
    let mut view = view();
    change(&mut view);
    let found = against_dns(&form("add"), &view);
    let seen: Vec<_> =
        found.problems.iter().map(|problem| (problem.rule, problem.field.as_str())).collect();
    assert_eq!(seen, expected);
    assert_eq!(found.unknown.len(), unknown);
}

#[test]
fn what_is_not_published_yet_is_a_fault_only_of_what_is_in_service() {
    let mut view = view();
    view.mx.insert("a.mssante.fr".to_owned(), Learnt::Known(Vec::new()));
    for (list, error) in [("add", false), ("modify", true)] {
        let found = against_dns(&form(list), &view);
        let [problem] = found.problems.as_slice() else { panic!("{found:?}") };
        assert_eq!((problem.rule, problem.is_error()), (Rule::MxMissing, error));
    }
    // What is to be removed is not looked at.
    assert_eq!(against_dns(&form("remove"), &view), DnsFindings::default());
}

#[rstest]
#[case::of_its_own_domain("add", "a.fr", true)]
#[case::of_the_agency_s_zone("add", "a.mssante.fr", false)]
#[case::changed("modify", "a.fr", false)]
fn an_mx_that_the_form_may_be_there_to_move_is_no_error(
    #[case] list: &str,
    #[case] domain: &str,
    #[case] error: bool,
) {
    let mut form = form(list);
    form.dns.delegation = None;
    for domains in [&mut form.domains.add, &mut form.domains.modify] {
        domains.iter_mut().for_each(|one| domain.clone_into(one));
    }
    let mut view = view();
    view.mx.insert(domain.to_owned(), Learnt::Known(vec!["mx.b.fr".to_owned()]));
    let found = against_dns(&form, &view);
    let [problem] = found.problems.as_slice() else { panic!("{found:?}") };
    assert_eq!((problem.rule, problem.is_error()), (Rule::Mx, error));
}
