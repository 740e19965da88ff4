//! From a scenario to the facts of the whitelist: how the list that is served stands, and where the sender stands in it
//! and in the one before.

use fixtures::{
    dn::{DistinguishedName, DnMatch},
    smtp::probe::Probe,
    space::cast::{self, OPERATORS, Operator},
    whitelist::{ListClass, ListFault},
};

use super::{
    super::{
        model::{ListChange, ReversePath as Path, Scenario, Transaction},
        template::{TemplateError, Variables, render},
    },
    Oracle,
};
use crate::oracle::{
    ClauseId, Decided,
    liste_blanche::{
        decide,
        facts::{Facts, ListState, ReversePath, Sender},
        interpretation,
    },
    reception::facts::Profile,
};

/// The oracle of the whitelist.
pub(super) const ORACLE: Oracle = Oracle {
    transaction: |scenario, transaction, _| Ok(told(facts(scenario, transaction)?)),
    probe: |_: Probe, _: Profile| told(Facts::default()),
    clauses: &ClauseId::LISTE_BLANCHE,
    interpretations: &interpretation::ALL,
};

fn told(facts: Facts) -> Decided {
    Decided { facts: facts.rows(), bearing: facts.bearing(), decision: decide(&facts) }
}

/// The facts of one transaction of a scenario, by the cast's whitelist and by what the scenario changes of it.
///
/// # Errors
/// A template that is wrong, which a loaded scenario has not.
pub fn facts(scenario: &Scenario, transaction: &Transaction) -> Result<Facts, TemplateError> {
    let operator = cast::operator(&scenario.peer.operator).unwrap_or(&OPERATORS[0]);
    let domain = match &transaction.from {
        Path::Address(address) => {
            let octets = render(address, &Variables::of(operator))?;
            let text = String::from_utf8_lossy(&octets).to_ascii_lowercase();
            Some(text.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned()))
        }
        Path::Absent | Path::Null => None,
    };
    let domain = domain.as_deref();
    let before = stands_in(&nominal(), domain, operator);
    let after = stands_in(&changed(&scenario.list), domain, operator);
    Ok(Facts {
        list: state(&scenario.list),
        sender: match (before, after) {
            (true, true) => Sender::Both,
            (false, true) => Sender::Added,
            (true, false) => Sender::Removed,
            (false, false) => Sender::Neither,
        },
        mail_from: match domain {
            Some(_) => ReversePath::Mailbox,
            None => ReversePath::Null,
        },
    })
}

fn state(list: &ListChange) -> ListState {
    match list.fault.map(|fault| fault.class()) {
        Some(ListClass::Unavailable) if list.fault.is_some_and(|one| one.is_of_the_server()) => {
            ListState::Unauthenticated
        }
        None if list.is_none() => ListState::Nominal,
        None => ListState::Changed,
        Some(ListClass::Sound) => ListState::Unusual,
        Some(ListClass::Open) => ListState::Open,
        Some(ListClass::Untrusted) => ListState::Untrusted,
        Some(ListClass::Unreadable) => ListState::Unreadable,
        Some(ListClass::Unavailable) => ListState::Unavailable,
    }
}

/// What stands behind the comment in a domain ([`ListFault::CommentInName`]).
const BEHIND_THE_COMMENT: &str = ".autre.mssante.test";

/// A domain and a DN of a list.
type Pair = (String, String);

fn nominal() -> Vec<Pair> {
    let listed = OPERATORS.iter().filter(|operator| operator.listed);
    let pairs = listed.flat_map(|operator| {
        operator.domains.iter().map(|domain| ((*domain).to_owned(), operator.dn()))
    });
    pairs.collect()
}

/// The pairs of the list that is served, as it was signed.
fn changed(list: &ListChange) -> Vec<Pair> {
    let stay = nominal().into_iter().filter(|(domain, _)| !list.remove.contains(domain));
    let come = list.add.iter().map(|entry| (entry.domain.clone(), entry.dn.clone()));
    let mut pairs: Vec<Pair> = stay.chain(come).collect();
    match list.fault {
        Some(ListFault::EmptyList) => pairs.clear(),
        // What is signed has no comment: the last domain is a longer one.
        Some(ListFault::CommentInName) => {
            if let Some((domain, _)) = pairs.last_mut() {
                domain.push_str(BEHIND_THE_COMMENT);
            }
        }
        _ => {}
    }
    pairs
}

/// Whether a list has the operator's DN for a domain, or at all.
fn stands_in(list: &[Pair], domain: Option<&str>, operator: &Operator) -> bool {
    let Ok(own) = operator.dn().parse::<DistinguishedName>() else { return false };
    list.iter().filter(|(listed, _)| domain.is_none_or(|domain| domain == listed)).any(|(_, dn)| {
        let same = |dn: DistinguishedName| {
            matches!(dn.compare(&own), DnMatch::Identical | DnMatch::Equivalent)
        };
        dn.parse().is_ok_and(same)
    })
}

#[cfg(test)]
mod tests {
    use fixtures::change::ListEntry;
    use rstest::rstest;

    use super::*;

    fn list(add: &[(&str, &str)], remove: &[&str]) -> ListChange {
        let entry = |(domain, operator): &(&str, &str)| ListEntry {
            domain: (*domain).to_owned(),
            dn: cast::operator(operator).expect("in the cast").dn(),
        };
        let remove = remove.iter().map(|domain| (*domain).to_owned()).collect();
        ListChange { add: add.iter().map(entry).collect(), remove, fault: None }
    }

    const BETA: &str = "beta.mssante.test";

    #[rstest]
    #[case::nominal(list(&[], &[]), Some(BETA), "beta", (true, true))]
    #[case::stranger(list(&[], &[]), Some("inconnu.mssante.test"), "inconnu", (false, false))]
    #[case::the_domain_of_another(list(&[], &[]), Some(BETA), "alpha", (false, false))]
    #[case::added(list(&[("neuf.test", "beta")], &[]), Some("neuf.test"), "beta", (false, true))]
    #[case::removed(list(&[], &[BETA]), Some(BETA), "beta", (true, false))]
    #[case::moved_from(list(&[(BETA, "delta")], &[BETA]), Some(BETA), "beta", (true, false))]
    #[case::moved_to(list(&[(BETA, "delta")], &[BETA]), Some(BETA), "delta", (false, true))]
    #[case::null_of_a_removed_operator(list(&[], &[BETA]), None, "beta", (true, false))]
    #[case::null_of_one_with_a_domain_left(
        list(&[], &["alpha.mssante.test"]), None, "alpha", (true, true))]
    #[case::null_of_a_stranger(list(&[], &[]), None, "inconnu", (false, false))]
    fn where_a_sender_stands(
        #[case] list: ListChange,
        #[case] domain: Option<&str>,
        #[case] operator: &str,
        #[case] expected: (bool, bool),
    ) {
        let operator = cast::operator(operator).expect("in the cast");
        let seen =
            (stands_in(&nominal(), domain, operator), stands_in(&changed(&list), domain, operator));
        assert_eq!(seen, expected);
    }

    /// A DN that is written otherwise is the same DN.
    #[test]
    fn a_dn_is_compared_as_a_name() {
        let beta = cast::operator("beta").expect("in the cast");
        let spelt = beta.dn().replace("HOPITAL", "\"HOPITAL").replace(" TEST", "  TEST\"");
        let pairs = [(BETA.to_owned(), spelt.to_lowercase())];
        assert!(stands_in(&pairs, Some(BETA), beta), "{}", pairs[0].1);
    }
}
