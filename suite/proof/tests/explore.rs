//! Explorations of the embedded reference proxy: right, it agrees with the oracle; wrong, it is found
//! out, and what was found is a scenario that shows it again.

use std::path::{Path, PathBuf};

use fixtures::{
    pki::{Clock, KeyPool, Variant},
    smtp::mailroom::Mailroom,
    space::{
        Space,
        cast::{OPERATORS, Operator, operator},
    },
};
use jiff::Timestamp;
use proof::{
    explore::{
        Disagreement, Exploration, Ground, HARDLY, Permitted, Plan, Progress, Seens, Spoil,
        explore, write,
    },
    proxy::{Delivery, OwnList, Proxy, ProxyConfig, mutants},
};
use rstest::rstest;
use suite::{
    judge::{Campaign, Twin},
    oracle::reception::facts::Profile,
    play::Tokens,
    record::{RunRecord, Verdict},
    runner::{Bench, Options, run},
    scenario::{self, Action, Filter, Library, ListEntry, Manner, Presented, Scenario},
    target::{Refreshes, Target},
};
use tokio::sync::watch;

async fn space() -> Space {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    Space::ephemeral(&pool, Clock::System).await.expect("the space starts")
}

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn library(root: &Path) -> Library {
    match scenario::load(root) {
        Ok(library) => library,
        Err(errors) => panic!("{:?}", miette::Report::new(errors)),
    }
}

fn embedded(space: &Space) -> Ground<'_> {
    Ground::Embedded { space, spoil: None, mutant: None }
}

fn plan(cases: u32, seed: u64) -> Plan {
    Plan { cases, seed, jobs: 8, strict: true, profile: Profile::Default }
}

async fn explored(ground: Ground<'_>, plan: &Plan) -> Exploration {
    let (_go_on, stop) = watch::channel(false);
    explore(ground, &library(&scenarios()), plan, stop, |_| {}).await.expect("it explores")
}

fn told(found: &Exploration) -> String {
    found
        .disagreements
        .iter()
        .map(|d| {
            format!(
                "case {} (stable: {}): {} | {}\n{:#?}\n",
                d.number, d.stable, d.record.reason, d.record.observed, d.made.scenario
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_proxy_agrees_with_the_oracle() {
    let space = space().await;
    let cases = std::env::var("MSSANTE_EXPLORE_CASES").ok().and_then(|text| text.parse().ok());
    let plan = plan(cases.unwrap_or(300), 1);
    let begun = std::time::Instant::now();
    let found = explored(embedded(&space), &plan).await;
    eprintln!("{:.1} s, {:#?}", begun.elapsed().as_secs_f64(), found.tally);
    assert!(found.disagreements.is_empty(), "{}", told(&found));
    assert_eq!(found.tally.cases, plan.cases);
    // On a machine that is busy our own DNS may be slow to prove a fault: that is no disagreement.
    assert!(found.tally.untold() * 20 <= plan.cases, "{:?}", found.tally.inconclusive);
    let total = found.tally.total();
    let all = total.accepted + total.refused;
    assert!(
        all >= plan.cases / 10 * 9 && found.tally.hardly_seen().is_none(),
        "{HARDLY} %: {total:?}"
    );
}

/// Whoever puts newcomers off is asked again: what it takes in the end is right, or found out.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_is_played_again() {
    let space = space().await;
    let mutant = mutants::all().find(|mutant| mutant.id == "liste-grise-sans-controle");
    let ground = Ground::Embedded { space: &space, spoil: None, mutant };
    assert!(mutant.is_some());
    let waits = std::sync::atomic::AtomicUsize::new(0);
    let (_go_on, stop) = watch::channel(false);
    let observe = |progress: Progress<'_>| {
        if let Progress::Waiting { reply, .. } = progress {
            assert_eq!(reply, "450 4.7.1 Liste grise, revenez");
            waits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let library = library(&scenarios());
    let found = explore(ground, &library, &plan(40, 3), stop, observe).await.expect("it explores");
    assert!(waits.into_inner() > 0);
    let refused = |seens: &Seens| seens.refused;
    let of = |permitted| found.tally.transactions.iter().filter(move |((_, p), _)| *p == permitted);
    assert_eq!(of(Permitted::Acceptance).map(|(_, seens)| refused(seens)).sum::<u32>(), 0);
    assert_eq!(found.tally.untold(), 0, "{:?}", found.tally.inconclusive);
    assert!(!found.disagreements.is_empty(), "{:?}", found.tally);
    let wrong = |d: &Disagreement| d.record.reason.contains("devait être refusé");
    assert!(found.disagreements.iter().all(wrong), "{}", told(&found));
}

/// The proxy never hears of one of the entries that its world's list has.
fn without_the_first(list: &mut Vec<ListEntry>) {
    if !list.is_empty() {
        list.remove(0);
    }
}

/// The proxy takes an entry for one of a domain that the list does not have for it.
fn with_another_domain(list: &mut Vec<ListEntry>) {
    for entry in list {
        entry.domain = "beta.mssante.test".into();
    }
}

/// What a wrong proxy is found out by: a scenario of few entries, which loads, says the same as what
/// was played, and shows the same again on the same proxy.
#[rstest]
#[case::an_entry_is_missing(without_the_first, "refusé")]
#[case::a_domain_is_another(with_another_domain, "refusé")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_list_is_found_made_small_and_written(#[case] spoil: Spoil, #[case] reason: &str) {
    let space = space().await;
    let ground = Ground::Embedded { space: &space, spoil: Some(spoil), mutant: None };
    let found = explored(ground, &plan(60, 7)).await;
    let one = found
        .disagreements
        .iter()
        .find(|found| found.stable && found.record.reason.contains(reason))
        .unwrap_or_else(|| panic!("none of this kind: {}", told(&found)));
    let scenario = &one.made.scenario;
    let Action::Transactions(transactions) = &scenario.action else { panic!("{scenario:?}") };
    assert_eq!((transactions.len(), transactions[0].to.len()), (1, 1), "{scenario:#?}");
    assert!(scenario.list.add.len() <= 2, "{:#?}", scenario.list);
    assert_eq!(scenario.manner, Manner::default());

    let out = tempfile::tempdir().expect("a folder");
    let suite = library(&scenarios());
    let written = write(one, &scenarios(), &suite.catalogue, out.path()).expect("written");
    let small = library(&written.root);
    let again = small.scenario(&scenario.id).expect("it is among them");
    let as_loaded = Scenario {
        source: again.source.clone(),
        file: again.file.clone(),
        exclusive: again.exclusive,
        ..scenario.clone()
    };
    assert_eq!(*again, as_loaded);

    // The same wrong proxy, and the right one.
    for (spoil, verdict) in [(Some(spoil), Verdict::Fail), (None, Verdict::Pass)] {
        let mut list = again.list.add.clone();
        if let Some(spoil) = spoil {
            spoil(&mut list);
        }
        let mailroom = Mailroom::new();
        let own = OwnList::start(&space, &list, &mailroom, None).await.expect("starts");
        let tokens = Tokens::new(9, Timestamp::now().as_microsecond());
        let bench = Bench {
            space: &space,
            target: &own.target,
            mailroom: &mailroom,
            tokens: &tokens,
            strict: true,
            profile: Profile::Default,
        };
        let played = bench.play(again).await;
        let mut campaign = Campaign::default();
        campaign.add_scenario(again, &played.transcript.entries());
        let record = bench.judge(again, &played, Twin::Passed, Some(true), &campaign);
        assert_eq!(record.verdict, verdict, "{}", record.reason);
        if verdict == Verdict::Fail {
            assert_eq!(record.reason, one.record.reason);
        }
    }
}

/// A target whose list is what it is: what disagrees there is replayed by an ordinary run.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_explored_with_the_list_it_has_and_an_ordinary_run_replays() {
    let space = space().await;
    // Whatever domain it is, it is alpha's, and the operator whom nobody listed is listed.
    let [alpha, unlisted] = ["alpha", "inconnu"].map(|name| operator(name).expect("in the cast"));
    let mistake = |operator: &Operator| {
        [alpha, unlisted].map(|dn| ListEntry { domain: operator.domain().into(), dn: dn.dn() })
    };
    let mistaken: Vec<ListEntry> = OPERATORS.iter().flat_map(mistake).collect();
    let own = OwnList::start(&space, &mistaken, space.mailroom(), None).await.expect("starts");
    // As an operator would declare it: nothing of it is the suite's to vary.
    let target = Target { embedded: false, ..own.target.clone() };
    let ground = Ground::Target { space: &space, target: &target };
    let found = explored(ground, &plan(320, 5)).await;
    assert!(!found.disagreements.is_empty(), "{:?}", found.tally);
    let wrong = |d: &Disagreement| d.record.reason.contains("devait être refusé");
    assert!(found.disagreements.iter().all(wrong), "{}", told(&found));
    let one = found.disagreements.iter().find(|found| found.stable).expect("it is no accident");
    assert!(one.made.scenario.list.is_none());

    let out = tempfile::tempdir().expect("a folder");
    let suite = library(&scenarios());
    let written = write(one, &scenarios(), &suite.catalogue, out.path()).expect("written");
    let options = Options {
        jobs: 2,
        seed: 1,
        filter: Filter::default(),
        strict: false,
        profile: Profile::Default,
        out: out.path().join("run"),
        started: Timestamp::now(),
        challenge: None,
    };
    let (_go_on, stop) = watch::channel(false);
    let record = run(&library(&written.root), &space, &target, &options, stop, |_| {})
        .await
        .expect("the run is made");
    let id = one.made.scenario.id.to_string();
    let again = record.scenarios.iter().find(|scenario| scenario.id == id).expect("it was played");
    assert_eq!((again.verdict, &again.reason), (Verdict::Fail, &one.record.reason));
}

/// A scenario with a list of its own is played by an ordinary run of the embedded proxy.
#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_run_gives_the_embedded_proxy_the_list_of_a_scenario() {
    let space = space().await;
    let delivery = Delivery::Memory(space.mailroom().clone());
    let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let config = ProxyConfig::of_space(&space, anywhere, delivery).expect("there is a target");
    let proxy = Proxy::start(config).await.expect("starts");
    let target = proxy.target();
    let out = tempfile::tempdir().expect("a folder");
    let root = out.path().join("scenarios");
    let folder = root.join("reception/4-certificat");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::create_dir_all(root.join("reception/5-enveloppe")).expect("made");
    for name in [
        "interpretations.md",
        "reception/famille.toml",
        "reception/clauses.toml",
        "reception/5-enveloppe/nominal.toml",
    ] {
        std::fs::copy(scenarios().join(name), root.join(name)).expect("copied");
    }
    std::fs::write(
        folder.join("liste.toml"),
        r#"
title   = "DN multivalué, liste écrite autrement"
purpose = "Le proxy lit la liste."
clause  = "TM3.1P/5c"
source  = "ERR §2.2 étape 5"
level   = "should"
interpretation = "dn-equivalent"

[peer]
dn = [["CN=mx.k1.mssante.test", "OU=A, B"], ['O=Île "du" TEST ']]
listed = "equivalent"

[session]
pipelining = true
verbs = "mixed"

[[list.add]]
domain = "k1.mssante.test"
dn = 'ou="A, B" + cn=MX.k1.mssante.test, O=ÎLE \22DU\22  test'

[envelope]
from = "a@k1.mssante.test"
domain = "mapped"

[expect]
outcome = "accepted"
"#,
    )
    .expect("written");
    let library = library(&root);
    let mut options = Options {
        jobs: 2,
        seed: 1,
        filter: Filter::default(),
        strict: true,
        profile: Profile::Default,
        out: out.path().join("run"),
        started: Timestamp::now(),
        challenge: None,
    };
    let (_go_on, stop) = watch::channel(false);
    let record = run(&library, &space, &target, &options, stop.clone(), |_| {})
        .await
        .expect("the run is made");
    let of = |record: &RunRecord| {
        let one = &record.scenarios[0];
        (one.verdict, one.reason.clone())
    };
    assert_eq!(of(&record).0, Verdict::Pass, "{:?}", record.scenarios);

    // Any other target is told why not.
    let target = Target { refresh: Refreshes::default(), ..target };
    options.out = out.path().join("other");
    let record =
        run(&library, &space, &target, &options, stop, |_| {}).await.expect("the run is made");
    let (verdict, why) = of(&record);
    assert!(verdict == Verdict::Skipped && why.contains("[refresh] list"), "{why}");
}

/// The seed and the number draw the same cases.
#[tokio::test(flavor = "multi_thread")]
async fn a_seed_draws_the_same_cases_again() {
    let space = space().await;
    let ground = embedded(&space);
    let drawn = async |seed: u64| -> Vec<(String, Permitted, u32)> {
        let tally = explored(ground, &plan(60, seed)).await.tally;
        let all = |seens: &Seens| seens.accepted + seens.refused + seens.untold;
        tally
            .transactions
            .iter()
            .map(|((step, of), seens)| (step.clone(), *of, all(seens)))
            .collect()
    };
    let first = drawn(7).await;
    assert_eq!(drawn(7).await, first);
    assert_ne!(drawn(8).await, first);
}

/// A mutant of the reference proxy is found out, by what is wrong with it and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_mutant_is_found_and_made_small() {
    let space = space().await;
    let mutant = mutants::all().find(|mutant| mutant.id == "certificat-expire-accepte");
    let mutant = mutant.expect("there is such a mutant");
    let ground = Ground::Embedded { space: &space, spoil: None, mutant: Some(mutant) };
    // The first of these seeds draws an expired certificate at once; after a change of what is drawn, a
    // later one may have to.
    let mut found = Exploration::default();
    for seed in 34..200 {
        found = explored(ground, &plan(40, seed)).await;
        if !found.disagreements.is_empty() {
            break;
        }
    }
    let scenario = &found.disagreements[0].made.scenario;
    // Of the peer's own or of its issuer: the mutant looks at no validity period.
    assert!(
        matches!(
            scenario.peer.certificate,
            Presented::Certificate(Variant::Expired | Variant::IssuerExpired)
        ),
        "{:?}",
        scenario.peer.certificate
    );
    assert_eq!(scenario.clause, mutant.clause);
    assert!(matches!(&scenario.action, Action::Transactions(all) if all.len() == 1));
}

/// However many cases disagree, those of one cause are one disagreement, and counted.
#[rstest]
#[case::a_sender_that_is_not_bound("domaine-d-un-autre-accepte", &["expéditeur d'un autre domaine"])]
#[case::a_chain_that_is_not_verified(
    "chaine-non-verifiee",
    &["certificat auto-signé au DN attendu"]
)]
#[case::a_recipient_after_the_first(
    "relais-au-second-destinataire",
    &["destinataire d'un autre domaine après un bon"]
)]
#[case::a_sender_after_a_message(
    "expediteur-libre-apres-un-message",
    &["expéditeur d'un autre domaine", "un autre envoi avant dans la session"]
)]
#[tokio::test(flavor = "multi_thread")]
async fn cases_of_one_cause_are_one_disagreement(#[case] mutant: &str, #[case] with: &[&str]) {
    let space = space().await;
    let mutant = mutants::all().find(|one| one.id == mutant).expect("there is such a mutant");
    let ground = Ground::Embedded { space: &space, spoil: None, mutant: Some(mutant) };
    let found = explored(ground, &plan(480, 3)).await;
    let causes: Vec<String> = found
        .disagreements
        .iter()
        .map(|one| format!("{} × {}", 1 + one.alike, one.cause))
        .collect();
    let main = found.disagreements.iter().max_by_key(|one| one.alike).expect("it is found out");
    let told: Vec<&str> = main.cause.with.iter().map(String::as_str).collect();
    assert_eq!(told, with, "{causes:#?}");
    assert!(main.alike >= 2 && main.stable, "{causes:#?}");
    // One fault, and no more than one look of it beside.
    assert!(causes.len() <= 2, "{causes:#?}");
    assert!(found.more.is_empty());
}

/// A door that is not checked is named in each cause; the file plays it again.
#[tokio::test(flavor = "multi_thread")]
async fn what_bdat_alone_lets_in_is_said() {
    let space = space().await;
    let mutant = mutants::all().find(|one| one.id == "bdat-emetteur-non-controle");
    assert!(mutant.is_some());
    let ground = Ground::Embedded { space: &space, spoil: None, mutant };
    let found = explored(ground, &plan(120, 3)).await;
    let by_bdat =
        |one: &&Disagreement| one.cause.with.iter().any(|with| with.starts_with("par BDAT"));
    let all = &found.disagreements;
    assert!(!all.is_empty() && all.iter().all(|one| by_bdat(&one)), "{}", told(&found));

    let out = tempfile::tempdir().expect("a folder");
    let suite = library(&scenarios());
    let written = write(&all[0], &scenarios(), &suite.catalogue, out.path()).expect("written");
    let small = library(&written.root);
    let again = small.scenario(&all[0].made.scenario.id).expect("it is among them");
    assert_eq!(again.action, all[0].made.scenario.action);
}
