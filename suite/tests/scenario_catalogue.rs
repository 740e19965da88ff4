//! The scenarios of this repository, as a whole.

use std::{fmt::Write as _, path::Path};

use fixtures::{pki::Variant, smtp::probe::Probe, whitelist::ListFault};
use rstest::rstest;
use suite::{
    family::Rules,
    oracle::{
        ClauseId, Decision, Grade, Outcome,
        reception::facts::{EhloStatus, Profile, PtrStatus},
    },
    record::Level,
    scenario::{
        Action, Expected, Library, ListChange, Peer, PeerTls, Presented, ReversePath, Scenario,
        Transaction, Variables, load, render, template,
    },
};

fn library() -> Library {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"));
    match load(root) {
        Ok(library) => library,
        Err(errors) => panic!("{:?}", miette::Report::new(errors)),
    }
}

/// The faults found over all scenarios, so that one run shows them all.
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn all_files_load_and_there_are_enough() {
    let library = library();
    assert!(library.scenarios.len() >= 115, "{}", library.scenarios.len());
    assert!(library.scenarios.is_sorted_by(|a, b| a.id < b.id), "ids are unique and sorted");
    assert_eq!(library.sha256.len(), 64);
}

#[test]
fn the_clauses_are_those_of_the_oracle() {
    let library = library();
    for family in &library.catalogue.families {
        let ids: Vec<_> = family.clauses.iter().map(|clause| clause.id).collect();
        assert_eq!(ids, family.rules.oracle().clauses, "{}", family.folder);
    }
    for clause in library.catalogue.clauses() {
        assert!(clause.source.starts_with("ERR §2."), "{}", clause.id);
        assert!(clause.wording.contains('«'), "{} quotes its source", clause.id);
    }
}

/// What no title says would show in reports as a folder.
#[test]
fn every_scenario_lies_in_a_step_of_its_family_and_every_step_has_some() {
    let library = library();
    let step_of = |scenario: &Scenario| library.catalogue.family(&scenario.id)?.step(&scenario.id);
    let without = library.scenarios.iter().filter(|scenario| step_of(scenario).is_none());
    none(without.map(|scenario| scenario.id.to_string()).collect());
    for step in library.catalogue.families.iter().flat_map(|family| &family.steps) {
        assert!(library.scenarios.iter().any(|one| step_of(one) == Some(step)), "{}", step.folder);
    }
}

#[test]
fn every_clause_has_a_scenario() {
    let library = library();
    let clauses = library.catalogue.clauses().map(|clause| clause.id);
    let without = clauses
        .filter(|clause| !library.scenarios.iter().any(|scenario| scenario.clause == *clause));
    none(without.map(|clause| clause.to_string()).collect());
}

/// A way to spoil or to serve a list that no scenario plays shows nothing.
#[test]
fn every_way_to_serve_a_list_has_a_scenario() {
    let library = library();
    let served = |fault: &&ListFault| {
        library.scenarios.iter().any(|scenario| scenario.list.fault == Some(**fault))
    };
    let idle = ListFault::ALL.iter().filter(|fault| !served(fault));
    none(idle.map(|fault| fault.name().to_owned()).collect());
}

/// The facts of that family look at nothing else: what is unusual of a peer would be laid to the list.
#[test]
fn a_scenario_about_the_list_changes_nothing_else() {
    let library = library();
    let of_the_list = library.scenarios.iter().filter(|one| one.rules == Rules::ListeBlanche);
    let unusual = of_the_list.filter(|scenario| {
        let Peer { certificate, ehlo, ptr, tls, name, revoked, listed, .. } = &scenario.peer;
        let usual = *certificate == Presented::Certificate(Variant::Valid)
            && *ehlo == EhloStatus::default()
            && *ptr == PtrStatus::default()
            && *tls == PeerTls::Any
            && name.is_none()
            && !revoked
            && listed.is_none();
        let plain = |one: &Transaction| {
            one.stated == Default::default()
                && one.size.is_none()
                && one.message == Default::default()
                && one.by == Default::default()
        };
        let plain = match &scenario.action {
            Action::Transactions(all) => all.iter().all(plain),
            Action::Request(_) => true,
            _ => false,
        };
        !(usual && plain)
    });
    none(unusual.map(|scenario| scenario.id.to_string()).collect());
}

#[test]
fn every_entry_that_the_oracle_rests_on_is_in_the_register() {
    let library = library();
    let slugs =
        library.catalogue.families.iter().flat_map(|one| one.rules.oracle().interpretations);
    let missing = slugs.filter(|slug| !library.catalogue.interpretations.contains_key(**slug));
    none(missing.map(|slug| (*slug).to_owned()).collect());
}

#[test]
fn each_refused_must_has_an_accepted_twin() {
    let library = library();
    let mut faults = Vec::new();
    for scenario in &library.scenarios {
        if scenario.level == Level::Must && scenario.is_negative() {
            let twin = scenario.twin.as_ref().and_then(|twin| library.scenario(twin));
            if !twin.is_some_and(Scenario::is_positive) {
                faults.push(scenario.id.to_string());
            }
        }
    }
    none(faults);
}

#[test]
fn every_source_is_one_of_ours() {
    let mut faults = Vec::new();
    for scenario in &library().scenarios {
        let known = scenario
            .source
            .split(" ; ")
            .all(|one| ["ERR §", "GUIDE, ", "RFC "].iter().any(|key| one.starts_with(key)));
        if !known || scenario.source.contains("EX_") {
            faults.push(format!("{}: {}", scenario.id, scenario.source));
        }
    }
    none(faults);
}

/// What is wrong with a piece of advice, if anything.
fn fault_of_advice(advice: Option<&str>) -> Option<&'static str> {
    match advice {
        None => Some("no advice"),
        Some(text) if !text.ends_with('.') => Some("no full stop"),
        Some(text) if text.chars().count() > 300 => Some("longer than 300 characters"),
        Some(text) if text.contains(['{', '}']) => Some("a variable, that nothing fills in"),
        Some(text) if text.contains("EX_") => Some("a number that no source gives"),
        Some(text) if text.trim() != text || text.chars().any(char::is_control) => {
            Some("more than one line, or spaces around it")
        }
        Some(_) => None,
    }
}

#[test]
fn who_misses_a_must_or_a_should_is_told_what_to_do() {
    let library = library();
    let binding = library.scenarios.iter().filter(|scenario| scenario.level != Level::May);
    let faults = binding.filter_map(|scenario| {
        let fault = fault_of_advice(scenario.advice.as_deref())?;
        Some(format!("{}: {fault}", scenario.id))
    });
    none(faults.collect());
}

#[rstest]
#[case::none(None, Some("no advice"))]
#[case::no_end(Some("Comparer le DN entier"), Some("no full stop"))]
#[case::variable(Some("Écrire à {mailbox}."), Some("a variable, that nothing fills in"))]
#[case::two_lines(Some("Un.\nDeux."), Some("more than one line, or spaces around it"))]
#[case::good(Some("Comparer le DN entier, non le CN seul."), None)]
fn a_fault_of_advice_is_seen(#[case] advice: Option<&str>, #[case] fault: Option<&str>) {
    assert_eq!(fault_of_advice(advice), fault);
}

/// What is wrong with what is said to come of a failure, if anything: what could happen is said in the
/// conditional, and no more than that.
fn fault_of_consequence(consequence: Option<&str>) -> Option<&'static str> {
    match consequence {
        None => Some("no consequence, of its own or of its clause"),
        Some(text) if !text.ends_with('.') => Some("no full stop"),
        Some(text) if text.matches(". ").count() > 0 => Some("more than one sentence"),
        Some(text) if text.chars().count() > 200 => Some("longer than 200 characters"),
        Some(text) if !text.contains("pourrai") => Some("not in the conditional"),
        Some(text) if text.contains(['{', '}']) => Some("a variable, that nothing fills in"),
        Some(text) if text.trim() != text || text.chars().any(char::is_control) => {
            Some("more than one line, or spaces around it")
        }
        Some(_) => None,
    }
}

#[test]
fn whoever_can_fail_says_what_could_come_of_it() {
    let library = library();
    let faults = library.scenarios.iter().filter_map(|scenario| {
        let fault = match (scenario.level, &scenario.consequence) {
            (Level::May, None) => return None,
            (Level::May, Some(_)) => "it cannot fail, and has a consequence",
            (_, consequence) => fault_of_consequence(consequence.as_deref())?,
        };
        Some(format!("{}: {fault}", scenario.id))
    });
    none(faults.collect());
}

#[rstest]
#[case::none(None, Some("no consequence, of its own or of its clause"))]
#[case::no_end(Some("Un tiers pourrait entrer"), Some("no full stop"))]
#[case::two(Some("Un tiers pourrait entrer. Ou sortir."), Some("more than one sentence"))]
#[case::certain(Some("Un tiers entre."), Some("not in the conditional"))]
#[case::good(Some("Un tiers pourrait entrer."), None)]
fn a_fault_of_a_consequence_is_seen(
    #[case] consequence: Option<&str>,
    #[case] fault: Option<&str>,
) {
    assert_eq!(fault_of_consequence(consequence), fault);
}

#[test]
fn the_table_of_all_scenarios() {
    let table = library().scenarios.iter().fold(String::new(), |mut out, scenario| {
        let level = match scenario.level {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
        };
        let Scenario { id, clause, source, .. } = scenario;
        let _ = writeln!(out, "{id} | {level} | {clause} | {source}");
        out
    });
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("table", table);
    });
}

/// Every transaction, with the facts that the oracle decides on.
fn transactions(library: &Library) -> Vec<(&Scenario, &Transaction, Decision)> {
    let mut out = Vec::new();
    for scenario in &library.scenarios {
        if let Action::Transactions(all) = &scenario.action {
            for transaction in all {
                let of = scenario.rules.oracle().transaction;
                let told = of(scenario, transaction, Profile::Default);
                out.push((scenario, transaction, told.expect("a loaded template").decision));
            }
        }
    }
    out
}

/// What a file says about both outcomes must be what the oracle says.
fn agrees(level: Level, expected: Expected, decision: &Decision) -> bool {
    let accept = decision.grade(Outcome::Accepted);
    let refuse = decision.grade(Outcome::Refused);
    match (expected, level) {
        (Expected::Refused, Level::Must) => accept == Grade::NonConforming,
        (Expected::Accepted, Level::Must) => refuse == Grade::NonConforming,
        (Expected::Refused, Level::Should) => accept == Grade::Remark,
        (Expected::Accepted, Level::Should) => refuse == Grade::Remark,
        (Expected::Either, Level::May) => {
            accept != Grade::NonConforming && refuse != Grade::NonConforming
        }
        _ => false,
    }
}

#[test]
fn the_oracle_and_the_files_expect_the_same() {
    let library = library();
    let all = transactions(&library);
    assert!(all.len() >= 80, "{} transactions", all.len());
    // No source says how often a list is read: what rests on its change is recommended at most, be it that the oracle of
    // the family, which knows nothing of the change, demands it.
    let agrees = |scenario: &Scenario, transaction: &Transaction, decision: &Decision| {
        let dated = scenario.level == Level::Should && scenario.is_dated();
        agrees(scenario.level, transaction.expect, decision)
            || dated && agrees(Level::Must, transaction.expect, decision)
    };
    let faults = all.iter().filter(|(s, t, d)| !agrees(s, t, d)).map(|(s, t, d)| {
        format!(
            "{}: {:?} {:?}, oracle accept {:?} refuse {:?} by {}",
            s.id, s.level, t.expect, d.accept, d.refuse, d.clause
        )
    });
    none(faults.collect());
}

#[test]
fn an_open_point_is_settled_by_the_same_entry() {
    let library = library();
    let all = transactions(&library);
    let mut faults = Vec::new();
    for (scenario, _, decision) in all {
        if let Some(entry) = decision.interpretation
            && scenario.interpretation.as_deref() != Some(entry)
        {
            faults.push(format!("{}: {entry}, not {:?}", scenario.id, scenario.interpretation));
        }
    }
    none(faults);
}

/// ERR does not say what the verification of a certificate holds: whoever demands a refusal for it
/// shows the reading that it rests on.
#[test]
fn a_refused_certificate_names_the_reading_behind_it() {
    let library = library();
    let silent = library.scenarios.iter().filter(|scenario| {
        scenario.clause == ClauseId::Certificate
            && scenario.level == Level::Must
            && scenario.is_negative()
            && scenario.interpretation.is_none()
    });
    none(silent.map(|scenario| scenario.id.to_string()).collect());
}

/// A scenario whose verdict rests on a single transaction names a clause on the oracle's path.
#[test]
fn the_clause_of_a_refusal_is_one_that_the_oracle_found_broken() {
    use suite::oracle::Finding;
    let library = library();
    let mut faults = Vec::new();
    for (scenario, transaction, decision) in transactions(&library) {
        // 5d is about how a refusal is told, 5e names the check of the DN that `<>` demands.
        let told = [ClauseId::Notified, ClauseId::NullSender].contains(&scenario.clause);
        let single = matches!(&scenario.action, Action::Transactions(all) if all.len() == 1);
        let broken = decision
            .path
            .iter()
            .any(|rule| rule.clause == scenario.clause && rule.finding >= Finding::ShouldRefuse);
        if transaction.expect == Expected::Refused && single && !told && !broken {
            faults.push(format!("{}: {}", scenario.id, scenario.clause));
        }
    }
    none(faults);
}

#[test]
fn the_oracle_and_the_probes_expect_the_same() {
    let mut probes = 0;
    let mut faults = Vec::new();
    for scenario in &library().scenarios {
        if let Action::Probe { hello, expect } = &scenario.action {
            probes += 1;
            let decision = (scenario.rules.oracle().probe)(*hello, Profile::Default).decision;
            if !agrees(scenario.level, *expect, &decision) {
                faults.push(format!("{}: {expect:?}, oracle {decision:?}", scenario.id));
            }
        }
    }
    assert_eq!(probes, Probe::ALL.len(), "each probe has one scenario");
    none(faults);
}

#[test]
fn every_certificate_variant_has_a_scenario() {
    let library = library();
    let unused = fixtures::pki::Variant::ALL.iter().filter(|variant| {
        let presented = Presented::Certificate(**variant);
        !library.scenarios.iter().any(|scenario| scenario.peer.certificate == presented)
    });
    none(unused.map(|variant| variant.name().to_owned()).collect());
}

/// A negative transaction and its twin, when that is one transaction too, differ in one thing only.
#[test]
fn a_refusal_differs_from_its_twin_by_one_change() {
    let library = library();
    let mut faults = Vec::new();
    for scenario in library.scenarios.iter().filter(|scenario| scenario.is_negative()) {
        let twin = scenario.twin.as_ref().and_then(|twin| library.scenario(twin));
        let Some((twin, [other], [one])) =
            twin.and_then(|twin| Some((twin, single(&twin.action)?, single(&scenario.action)?)))
        else {
            continue;
        };
        let peers = (&scenario.peer, &twin.peer);
        let changes = peer_changes(peers.0, peers.1)
            + list_changes(&scenario.list, &twin.list)
            + usize::from(sender(one, peers.0) != sender(other, peers.1))
            + usize::from(one.to != other.to)
            + usize::from(one.mail_parameters != other.mail_parameters)
            + usize::from(one.message != other.message)
            + usize::from(one.by != other.by);
        if changes > 1 {
            faults.push(format!("{}: {changes} changes from {}", scenario.id, twin.id));
        }
    }
    none(faults);
}

fn single(action: &Action) -> Option<&[Transaction; 1]> {
    match action {
        Action::Transactions(all) => all.as_slice().try_into().ok(),
        _ => None,
    }
}

/// How many things differ between the list of a scenario and that of its twin: all of it, against the nominal one, is one.
fn list_changes(list: &ListChange, twin: &ListChange) -> usize {
    if twin.is_none() {
        return usize::from(!list.is_none());
    }
    usize::from(list.add != twin.add)
        + usize::from(list.remove != twin.remove)
        + usize::from(list.fault != twin.fault)
}

fn peer_changes(a: &Peer, b: &Peer) -> usize {
    usize::from(a.operator != b.operator)
        + usize::from(a.certificate != b.certificate)
        + usize::from(a.revoked != b.revoked)
        + usize::from(a.ehlo != b.ehlo)
        + usize::from(a.ptr != b.ptr)
        + usize::from(a.tls != b.tls)
}

/// The reverse-path as it goes over the wire.
fn sender(transaction: &Transaction, peer: &Peer) -> Option<Vec<u8>> {
    let operator = fixtures::space::cast::operator(&peer.operator).expect("in the cast");
    match &transaction.from {
        ReversePath::Absent => None,
        ReversePath::Null => Some(Vec::new()),
        ReversePath::Address(address) => {
            Some(render(address, &Variables::of(operator)).expect("a loaded template"))
        }
    }
}

#[test]
fn the_readme_documents_every_variable_and_word() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/README.md"));
    let readme = std::fs::read_to_string(path).expect("scenarios/README.md");
    let with_octets = ["chunk OCTETS", "last-chunk OCTETS"].map(str::to_owned);
    let words = suite::scenario::script::WORDS.iter().map(|(word, _)| (*word).to_owned());
    let words = words.chain(with_octets);
    let variables = template::VARIABLES.iter().map(|(name, _)| format!("{{{name}}}"));
    let macros = template::MACROS.iter().map(|(name, ..)| format!("{{{name}}}"));
    let missing =
        words.chain(variables).chain(macros).filter(|name| !readme.contains(&format!("`{name}`")));
    none(missing.collect());
}
