//! Records from scenarios, judgements and the state of the run.

use std::time::Duration;

use fixtures::{pki::Variant, smtp::transcript::Entry, space::cast};

use super::{
    evidence::evidence,
    judgement::{Basis, judge},
    omission::unplayed,
};
use crate::{
    judge::{Campaign, Context, Twin},
    observe,
    oracle::{
        Decided,
        reception::facts::{EhloStatus, PtrStatus},
        words,
    },
    record::{DecisionRecord, Level, ScenarioRecord, Verdict},
    scenario::{
        Action, Expected, Scenario, ScenarioId,
        model::{MessageKind, PeerTls, Presented, ReversePath, Template, Transaction, Transfer},
    },
};

/// What is known of a scenario's playing.
pub(super) struct Heard<'a> {
    /// Its transcript.
    pub entries: &'a [Entry],
    /// Its twin.
    pub twin: Twin,
    /// What only the end tells; `None` before it.
    pub end: Option<End<'a>>,
    /// How long it took.
    pub took: Duration,
}

/// What only the end of a run tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    /// Whether the final control was accepted; `None` where there was none.
    pub control_after: Option<bool>,
    /// What all that was played shows together.
    pub campaign: &'a Campaign,
}

/// A scenario's record, and whether the scenario went as expected.
pub(super) struct Judged {
    /// The record.
    pub record: ScenarioRecord,
    /// Whether it can be another one's twin.
    pub witness: bool,
}

/// What became of a twin, from whether it went as expected and its record.
pub(super) fn twin(id: &ScenarioId, witness: bool, record: Option<&ScenarioRecord>) -> Twin {
    match record {
        Some(_) if witness => Twin::Passed,
        Some(record) if record.transcript.is_none() && record.verdict == Verdict::Skipped => {
            Twin::NotPassed(format!("{id} n'a pas été joué : {}", record.reason))
        }
        // One that was declared away was not played, and came to no stage.
        Some(record) if record.stage.is_some() && record.verdict == Verdict::NotApplicable => {
            Twin::NotConcerned(record.reason.clone())
        }
        Some(record) => Twin::NotPassed(format!("{id} : {}", record.observed)),
        None => Twin::NotPassed(format!("{id} n'a pas été joué")),
    }
}

/// The record of a scenario that was played.
pub(super) fn judged(scenario: &Scenario, basis: &Basis, heard: &Heard<'_>) -> Judged {
    let (entries, end) = (heard.entries, heard.end);
    let context = Context {
        entries,
        twin: heard.twin.clone(),
        control_after: end.and_then(|end| end.control_after),
        patience: basis.patience,
        campaign: end.map(|end| end.campaign),
        delivery_observed: basis.delivery_observed,
        outgoing_observed: basis.outgoing_observed,
        embedded: basis.embedded,
        is_nominal: is_the_nominal_message(scenario),
        delivery: scenario.delivery,
        usual: end.map(|end| end.campaign.deliveries.usual(scenario)),
    };
    let (judgement, decided) = judge(scenario, basis, &context);
    let witness = judgement.is_witness();
    // A scenario that permits every outcome demands none, strictly or not; and what could not be shown
    // is no fault of the target.
    let verdict = match judgement.verdict {
        Verdict::PassWithRemark
            if basis.strict && scenario.level != Level::May && !judgement.untold =>
        {
            Verdict::Fail
        }
        verdict => verdict,
    };
    let decisions: Vec<DecisionRecord> = (1..).zip(decided).map(decided_on).collect();
    let open = || decisions.iter().find_map(|decision| decision.interpretation.clone());
    let expected = judgement.expected.clone();
    let record = ScenarioRecord {
        interpretation: scenario.interpretation.clone().or_else(open),
        decisions,
        stage: judgement.stage.map(|stage| observe::place(stage).to_owned()),
        expected,
        observed: judgement.observed,
        reason: judgement.reason,
        evidence: evidence(entries, &context),
        duration_ms: u64::try_from(heard.took.as_millis()).unwrap_or(u64::MAX),
        ..unplayed(scenario, verdict, "")
    };
    Judged { record, witness }
}

fn decided_on((transaction, decided): (u16, Decided)) -> DecisionRecord {
    let Decided { facts, decision, .. } = decided;
    DecisionRecord {
        transaction,
        clause: decision.clause.to_string(),
        permitted: words::permitted_texts(&decision),
        rule_path: words::rule_path(&decision),
        facts,
        interpretation: decision.interpretation.map(str::to_owned),
    }
}

/// Whether a scenario sends what the controls send: its own refusal is theirs.
fn is_the_nominal_message(scenario: &Scenario) -> bool {
    let peer = &scenario.peer;
    let alpha = peer.operator == cast::OPERATORS[0].name
        && peer.certificate == Presented::Certificate(Variant::Valid)
        && peer.ehlo == EhloStatus::default()
        && peer.ptr == PtrStatus::default()
        && peer.tls == PeerTls::default();
    let nominal = |own: &Transaction| {
        own.from == ReversePath::Address(Template("{peer.from}".into()))
            && own.to == [Template("{mailbox}".into())]
            && own.mail_parameters.is_none()
            && own.message == MessageKind::default()
            && own.size.is_none()
            && own.by == Transfer::Data
            && own.expect == Expected::Accepted
    };
    let own =
        matches!(&scenario.action, Action::Transactions(own) if own.len() == 1 && nominal(&own[0]));
    alpha && own && scenario.twin.is_none()
}

#[cfg(test)]
mod tests {
    use fixtures::pki::Role;
    use rstest::rstest;

    use super::*;
    use crate::{
        observe::testing::Played,
        oracle::reception::facts::Profile,
        runner::{
            omission::not_played,
            testing::{id, library, target},
        },
    };

    fn basis(strict: bool) -> Basis {
        let profile = Profile::Default;
        let (delivery_observed, outgoing_observed) = (true, true);
        let (patience, embedded) = (Duration::ZERO, false);
        let uses_crl = false;
        Basis {
            strict,
            profile,
            patience,
            uses_crl,
            delivery_observed,
            outgoing_observed,
            embedded,
        }
    }

    fn judged_as(name: &str, played: &Played, strict: bool, twin: Twin) -> Judged {
        let library = library();
        let scenario = library.scenario(&id(name)).expect("there is one");
        let mut campaign = Campaign::default();
        campaign.add_scenario(scenario, played.entries());
        let end = Some(End { control_after: Some(true), campaign: &campaign });
        let heard = Heard { entries: played.entries(), twin, end, took: Duration::ZERO };
        judged(scenario, &basis(strict), &heard)
    }

    #[rstest]
    #[case::should("4-certificat/rsa-1024", false, Verdict::PassWithRemark)]
    #[case::should_strictly("4-certificat/rsa-1024", true, Verdict::Fail)]
    #[case::may("4-certificat/crl-expiree", false, Verdict::PassWithRemark)]
    #[case::may_strictly("4-certificat/crl-expiree", true, Verdict::PassWithRemark)]
    #[case::unseen_revocation("4-certificat/revoque", false, Verdict::Inconclusive)]
    fn an_acceptance_is_weighed(
        #[case] name: &str,
        #[case] strict: bool,
        #[case] verdict: Verdict,
    ) {
        let played = Played::new().ready().body(0, "250 ok").delivered(0, 0);
        let record = judged_as(name, &played, strict, Twin::Passed).record;
        assert_eq!(record.verdict, verdict, "{}", record.reason);
    }

    /// Its own CRL, seen to be read, is knowledge enough; another is none.
    #[rstest]
    #[case::its_own(Role::Organisations, Verdict::Fail)]
    #[case::another(Role::Root, Verdict::Inconclusive)]
    fn a_revocation_is_known_by_the_crl_that_tells_of_it(
        #[case] read: Role,
        #[case] verdict: Verdict,
    ) {
        let played = Played::new().ready().body(0, "250 ok").delivered(0, 0).read_crl(read, 0);
        assert_eq!(
            judged_as("4-certificat/revoque", &played, false, Twin::Passed).record.verdict,
            verdict
        );
    }

    /// A revocation counts where the target could know of it; else its acceptance tells nothing.
    #[rstest]
    #[case::accepted_unseen(false, true)]
    #[case::accepted_seen(true, true)]
    #[case::refused_unseen(false, false)]
    #[case::refused_seen(true, false)]
    fn a_revocation(#[case] reads_crl: bool, #[case] accepted: bool) {
        let played = if accepted {
            Played::new().ready().body(0, "250 ok").delivered(0, 0)
        } else {
            Played::new()
                .until_starttls()
                .tls_started()
                .alert(fixtures::smtp::transcript::Stage::Handshake, "certificate_revoked")
        };
        let library = library();
        let scenario = library.scenario(&id("4-certificat/revoque")).expect("there is one");
        let campaign = Campaign::default();
        let end = Some(End { control_after: Some(true), campaign: &campaign });
        let heard =
            Heard { entries: played.entries(), twin: Twin::Passed, end, took: Duration::ZERO };
        let basis = Basis { uses_crl: reads_crl, ..basis(false) };
        let record = judged(scenario, &basis, &heard).record;
        let outcome = if accepted { "accepted" } else { "refused" };
        let knowledge = if reads_crl { "seen" } else { "unseen" };
        insta::assert_snapshot!(
            format!("revocation_{outcome}_{knowledge}"),
            format!(
                "{:?}\nattendu : {}\nraison : {}\n{}",
                record.verdict,
                record.expected,
                record.reason,
                record.decisions[0].rule_path.join("\n"),
            )
        );
    }

    #[test]
    fn a_remark_makes_a_twin_all_the_same_strictly() {
        let played = Played::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], false, "x");
        let Judged { record, witness } =
            judged_as("4-certificat/valide", &played, true, Twin::None);
        assert_eq!((record.verdict, witness), (Verdict::Fail, true));
    }

    /// A session of three messages, the second refused: each has a decision of its own.
    #[test]
    fn each_transaction_keeps_its_decision() {
        let played = Played::new().ready().body(0, "250 ok");
        let judged =
            judged_as("2-smtp/refus-entre-deux-transactions", &played, false, Twin::Passed);
        let decisions = judged.record.decisions;
        let numbers: Vec<u16> = decisions.iter().map(|decision| decision.transaction).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let refusals: Vec<bool> = decisions
            .iter()
            .map(|decision| decision.permitted.iter().all(|text| text.starts_with("un refus")))
            .collect();
        assert_eq!(refusals, [false, true, false]);
        let broken = |decision: &&DecisionRecord| {
            decision.rule_path.iter().any(|rule| rule.contains("non satisfaite"))
        };
        assert_eq!(decisions.iter().filter(broken).count(), 1, "{decisions:?}");
        assert!(broken(&&decisions[1]), "the refusal has its rule path");
    }

    #[test]
    fn a_foreign_certificate_without_its_twin() {
        let library = library();
        let mut target = target();
        target.trusts_space = false;
        let valid = library.scenario(&id("4-certificat/valide")).expect("there is one");
        let skipped =
            not_played(valid, &target.capabilities(), &target.not_applicable).expect("not trusted");
        let untold = twin(&valid.id, false, Some(&skipped));
        let refused = Played::new()
            .until_starttls()
            .tls_started()
            .alert(fixtures::smtp::transcript::Stage::Handshake, "unknown_ca");
        let record = judged_as("4-certificat/autre-igc", &refused, false, untold.clone()).record;
        assert_eq!(record.verdict, Verdict::Inconclusive);
        assert!(record.reason.contains("valide n'a pas été joué"), "{}", record.reason);
        let accepted = Played::new().ready().body(0, "250 ok");
        let record = judged_as("4-certificat/autre-igc", &accepted, false, untold).record;
        assert_eq!(record.verdict, Verdict::Fail);
    }

    #[test]
    fn a_target_without_tls_1_3() {
        let refused = Played::new()
            .until_starttls()
            .tls_started()
            .alert(fixtures::smtp::transcript::Stage::Handshake, "protocol_version");
        let twin = Twin::NotPassed("valide-tls-1-3".into());
        let record = judged_as("4-certificat/expire-tls-1-3", &refused, false, twin).record;
        assert_eq!(record.verdict, Verdict::NotApplicable);
        assert_eq!(record.reason, "la cible ne propose pas TLS 1.3");
        let judged = judged_as("4-certificat/valide-tls-1-3", &refused, false, Twin::Passed);
        assert_eq!((judged.record.verdict, judged.witness), (Verdict::PassWithRemark, false));
        let thrice = Played::times(3, |played| {
            played
                .until_starttls()
                .tls_started()
                .alert(fixtures::smtp::transcript::Stage::Handshake, "protocol_version")
        });
        let record = judged_as("3-starttls/tls-1-2", &thrice, false, Twin::Passed).record;
        assert_eq!(record.verdict, Verdict::Fail, "TLS 1.2 is demanded");
    }

    /// What judges, records and explains a family of which it knows neither facts nor rules.
    #[rstest]
    #[case::refused_as_it_must_be("fermee", false, Verdict::Pass, "worn")]
    #[case::accepted_all_the_same("fermee", true, Verdict::Fail, "worn")]
    #[case::accepted_as_it_must_be("ouverte", true, Verdict::Pass, "sound")]
    fn a_family_with_facts_of_its_own_is_judged_by_them(
        #[case] name: &str,
        #[case] accepted: bool,
        #[case] verdict: Verdict,
        #[case] key: &str,
    ) {
        let library = on_trial();
        let id = ScenarioId::from(format!("essai/1-porte/{name}"));
        let scenario = library.scenario(&id).expect("there is one");
        let played = if accepted {
            Played::new().ready().body(0, "250 ok").delivered(0, 0)
        } else {
            let alert = fixtures::smtp::transcript::Stage::Handshake;
            Played::new().until_starttls().tls_started().alert(alert, "access_denied")
        };
        let mut campaign = Campaign::default();
        campaign.add_scenario(scenario, played.entries());
        let end = Some(End { control_after: Some(true), campaign: &campaign });
        let twin = if scenario.twin.is_some() { Twin::Passed } else { Twin::None };
        let heard = Heard { entries: played.entries(), twin, end, took: Duration::ZERO };
        let record = judged(scenario, &basis(false), &heard).record;
        assert_eq!(record.verdict, verdict, "{record:?}");
        let [decision] = &record.decisions[..] else { panic!("one transaction: {record:?}") };
        assert_eq!(decision.clause, scenario.clause.as_str());
        let rows: Vec<(&str, &str, &str, bool)> = decision
            .facts
            .iter()
            .map(|row| (row.key.as_str(), row.label.as_str(), row.name.as_str(), row.changed))
            .collect();
        assert_eq!(
            rows,
            [("key", "Clé d'essai", key, key == "worn"), ("name", "Nom d'essai", "own", false)]
        );
        let told = crate::scenario::decisions(scenario);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].facts, decision.facts);
    }

    /// The family of `oracle::trial`, as files.
    fn on_trial() -> crate::scenario::Library {
        let family = r#"
            title       = "Porte d'essai"
            transaction = "TM9.9Z"
            rules       = "trial"
            scope       = "Porte d'essai"
            nominal     = "1-porte/ouverte"
            step        = [{ folder = "1-porte", title = "La porte" }]
        "#;
        let clauses = r#"
            [[clause]]
            id      = "TM9.9Z/1"
            wording = "« Qui a la clé entre »"
            source  = "ERR §2.2"
            level   = "must"
            [[clause]]
            id      = "TM9.9Z/2"
            wording = "« Qui ne l'a pas reste dehors »"
            source  = "ERR §2.2"
            level   = "must"
        "#;
        let open = r#"
            title   = "Porte ouverte"
            purpose = "Le proxy accepte qui a la clé."
            clause  = "TM9.9Z/1"
            source  = "ERR §2.2"
            level   = "must"
            expect  = { outcome = "accepted" }
        "#;
        let shut = r#"
            title   = "Porte fermée"
            purpose = "Le proxy refuse qui a une clé usée."
            clause  = "TM9.9Z/2"
            source  = "ERR §2.2"
            level   = "must"
            twin    = "essai/1-porte/ouverte"
            peer    = { certificate = "expired" }
            expect  = { outcome = "refused" }
        "#;
        let files = [
            ("interpretations.md", ""),
            ("essai/famille.toml", family),
            ("essai/clauses.toml", clauses),
            ("essai/1-porte/ouverte.toml", open),
            ("essai/1-porte/fermee.toml", shut),
        ];
        let texts = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        crate::scenario::load_texts(std::path::Path::new("essais"), texts).expect("it loads")
    }
}
