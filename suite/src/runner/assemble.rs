//! Records from scenarios, judgements and the state of the run.

use std::{collections::BTreeSet, fs, io, path::Path, time::Duration};

use fixtures::{pki::Variant, smtp::transcript::Entry, space::cast};
use sha2::{Digest, Sha256};

use super::{evidence::evidence, options::Options};
use crate::{
    judge::{self, Campaign, Context, Judgement, Twin},
    oracle::{
        self, Decision, Facts, Grade,
        facts::{CertificateStatus, EhloStatus, Profile, PtrStatus},
        words,
    },
    record::{Level, ScenarioRecord, TranscriptRef, Verdict},
    scenario::{
        Action, Capability, Expected, Scenario, ScenarioId, facts,
        model::{MessageKind, PeerTls, Presented, ReversePath, Template, Transaction},
        template::TemplateError,
    },
    target::{Observation, Target, how_to_supply},
};

/// What was seen of a scenario's playing.
pub(super) struct Seen<'a> {
    /// Its transcript.
    pub entries: &'a [Entry],
    /// Its twin.
    pub twin: Twin,
    /// Whether the final control was accepted; `None` before it.
    pub control_after: Option<bool>,
    /// What the whole run shows; `None` before its end.
    pub campaign: Option<&'a Campaign>,
    /// How long it took.
    pub took: Duration,
}

/// What a verdict rests on beside the scenario and its transcript, the same for a whole run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basis {
    /// SHOULD counts as MUST.
    pub strict: bool,
    /// The letter that the target is held to.
    pub profile: Profile,
    /// Whether the target could know of a revocation.
    pub reads_crl: bool,
    /// Whether deliveries were observed.
    pub delivery_observed: bool,
    /// Whether the target's outgoing mail was observed.
    pub outgoing_observed: bool,
}

impl Basis {
    /// The basis of a run under way.
    pub(super) fn of(target: &Target, options: &Options, reads_crl: bool) -> Self {
        Self {
            strict: options.strict,
            profile: options.profile,
            reads_crl,
            delivery_observed: target.delivery != Observation::None,
            outgoing_observed: target.outgoing_observed(),
        }
    }
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
        Some(record) => Twin::NotPassed(format!("{id} : {}", record.observed)),
        None => Twin::NotPassed(format!("{id} n'a pas été joué")),
    }
}

/// The file name of a scenario's transcript.
pub(super) fn transcript_name(id: &ScenarioId) -> String {
    format!("{}.jsonl", id.as_str().replace('/', "-"))
}

/// The record of a scenario that this target cannot be played, if so.
pub(super) fn not_played(
    scenario: &Scenario,
    offers: &BTreeSet<Capability>,
    target: &Target,
) -> Option<ScenarioRecord> {
    let declared = target.not_applicable.contains(&scenario.id);
    if declared && scenario.level != Level::Must {
        let reason = "déclaré non applicable par l'opérateur dans target.toml";
        return Some(unplayed(scenario, Verdict::NotApplicable, reason));
    }
    if declared {
        let reason = "déclaré non applicable dans target.toml, mais obligatoire : retirez-le de not_applicable";
        return Some(unplayed(scenario, Verdict::Skipped, reason));
    }
    // The first thing that lacks, in the order in which an operator would supply them.
    let lacks = scenario.needs.iter().find(|need| !offers.contains(need))?;
    Some(unplayed(scenario, Verdict::Skipped, how_to_supply(*lacks)))
}

/// The record of a scenario that was not played.
pub(super) fn unplayed(scenario: &Scenario, verdict: Verdict, reason: &str) -> ScenarioRecord {
    ScenarioRecord {
        id: scenario.id.to_string(),
        title: scenario.title.clone(),
        purpose: scenario.purpose.clone(),
        clause: scenario.clause.to_string(),
        level: scenario.level,
        twin: scenario.twin.as_ref().map(ToString::to_string),
        permitted: Vec::new(),
        rule_path: Vec::new(),
        facts: None,
        interpretation: scenario.interpretation.clone(),
        stage: None,
        advice: scenario.advice.clone(),
        expected: String::new(),
        observed: "non joué".into(),
        verdict,
        reason: reason.into(),
        evidence: Vec::new(),
        duration_ms: 0,
        transcript: None,
    }
}

/// The record of a scenario that was played.
pub(super) fn judged(scenario: &Scenario, basis: &Basis, seen: &Seen<'_>) -> Judged {
    let entries = seen.entries;
    let context = Context {
        entries,
        twin: seen.twin.clone(),
        control_after: seen.control_after,
        campaign: seen.campaign,
        delivery_observed: basis.delivery_observed,
        outgoing_observed: basis.outgoing_observed,
        is_nominal: is_the_nominal_message(scenario),
    };
    let (judgement, decided) = judge(scenario, basis, &context);
    let witness = judgement.is_witness();
    // A scenario that permits every outcome demands none, strictly or not.
    let verdict = match judgement.verdict {
        Verdict::PassWithRemark if basis.strict && scenario.level != Level::May => Verdict::Fail,
        verdict => verdict,
    };
    let (facts, decision) = decided.into_iter().next().unzip();
    let expected = judgement.expected.clone();
    let record = ScenarioRecord {
        permitted: decision.as_ref().map_or_else(Vec::new, words::permitted_texts),
        rule_path: decision.as_ref().map_or_else(Vec::new, words::rule_path),
        facts,
        interpretation: scenario
            .interpretation
            .clone()
            .or_else(|| decision.as_ref().and_then(|d| d.interpretation.map(str::to_owned))),
        stage: judgement.stage.map(|stage| judge::observation::place(stage).to_owned()),
        expected,
        observed: judgement.observed,
        reason: judgement.reason,
        evidence: evidence(entries, &context),
        duration_ms: u64::try_from(seen.took.as_millis()).unwrap_or(u64::MAX),
        ..unplayed(scenario, verdict, "")
    };
    Judged { record, witness }
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
            && own.expect == Expected::Accepted
    };
    let own =
        matches!(&scenario.action, Action::Transactions(own) if own.len() == 1 && nominal(&own[0]));
    alpha && own && scenario.twin.is_none()
}

fn judge(
    scenario: &Scenario,
    basis: &Basis,
    context: &Context<'_>,
) -> (Judgement, Vec<(Facts, Decision)>) {
    let (judgement, decided) = judge_action(scenario, basis, context);
    match judge::version::not_offered(scenario, context) {
        Some(not_offered)
            if judgement.verdict != Verdict::Fail || scenario.level != Level::Must =>
        {
            (not_offered, decided)
        }
        _ => (judgement, decided),
    }
}

fn judge_action(
    scenario: &Scenario,
    basis: &Basis,
    context: &Context<'_>,
) -> (Judgement, Vec<(Facts, Decision)>) {
    match &scenario.action {
        Action::Transactions(transactions) => {
            let decided: Result<Vec<(Facts, Decision)>, _> = transactions
                .iter()
                .map(|transaction| {
                    let facts = facts::facts(transaction, &scenario.peer)?;
                    let facts = as_played(facts, basis);
                    Ok::<_, TemplateError>((facts, oracle::decide(&facts)))
                })
                .collect();
            let decided = match decided {
                Ok(decided) => decided,
                Err(error) => return (Judgement::inconclusive(error.to_string()), Vec::new()),
            };
            let parts = decided
                .iter()
                .enumerate()
                .map(|(t, (facts, decision))| {
                    let t = u16::try_from(t).unwrap_or(u16::MAX);
                    judge::transaction::judge(context, t, facts, decision)
                })
                .collect();
            (Judgement::combine(parts), decided)
        }
        Action::Script { lines, effects, .. } => {
            (judge::script::judge(context, scenario.level, lines, effects), Vec::new())
        }
        Action::Probe { hello, expect } => {
            let channel = facts::channel_of_probe(*hello);
            let facts = Facts { profile: basis.profile, channel, ..Facts::default() };
            let decision = oracle::decide(&facts);
            let level = probe_level(*expect, &decision);
            (judge::probe::hello(context, level, *expect), vec![(facts, decision)])
        }
        Action::Inspect(inspection) => {
            (judge::probe::inspection(context, scenario.level, *inspection), Vec::new())
        }
    }
}

/// The level of a probe under the profile of the run: what the unexpected outcome would be graded.
fn probe_level(expect: Expected, decision: &Decision) -> Level {
    let unexpected = match expect {
        Expected::Accepted => decision.refuse,
        Expected::Refused => decision.accept,
        Expected::Either => Grade::Conforming,
    };
    match unexpected {
        Grade::NonConforming => Level::Must,
        Grade::Remark => Level::Should,
        Grade::Conforming => Level::May,
    }
}

/// The facts of a scenario as this run plays it: with its profile, and with what the target could
/// know of a revocation.
fn as_played(facts: Facts, basis: &Basis) -> Facts {
    let certificate = match facts.certificate {
        CertificateStatus::Revoked if !basis.reads_crl => CertificateStatus::RevokedUnseen,
        status => status,
    };
    Facts { profile: basis.profile, certificate, ..facts }
}

/// Adds the transcript's digest to a record.
pub(super) fn seal(record: ScenarioRecord, path: &Path) -> io::Result<ScenarioRecord> {
    Ok(ScenarioRecord { transcript: Some(reference(path)?), ..record })
}

/// A transcript's name and digest.
pub(super) fn reference(path: &Path) -> io::Result<TranscriptRef> {
    let sha256 = hex::encode(Sha256::digest(fs::read(path)?));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(TranscriptRef { path: format!("transcripts/{name}"), sha256 })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::scenario::Library;
    use crate::{judge::testing::Played, scenario};

    fn library() -> Library {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        scenario::load(&root).expect("all scenarios load")
    }

    fn id(name: &str) -> ScenarioId {
        ScenarioId::from(format!("reception/{name}"))
    }

    fn target() -> Target {
        Target::embedded(([127, 0, 0, 1], 25).into())
    }

    fn basis(strict: bool) -> Basis {
        let profile = Profile::Default;
        let (delivery_observed, outgoing_observed) = (true, true);
        Basis { strict, profile, reads_crl: false, delivery_observed, outgoing_observed }
    }

    #[rstest]
    #[case::offered("4-certificat/expire", None, true, None)]
    #[case::must_declared(
        "4-certificat/expire",
        Some("4-certificat/expire"),
        true,
        Some((Verdict::Skipped, "retirez-le de not_applicable"))
    )]
    #[case::should_declared(
        "4-certificat/valide-tls-1-3",
        Some("4-certificat/valide-tls-1-3"),
        true,
        Some((Verdict::NotApplicable, "déclaré non applicable"))
    )]
    #[case::no_trust(
        "4-certificat/expire",
        None,
        false,
        Some((Verdict::Skipped, "--space kit"))
    )]
    #[case::foreign_needs_no_trust("4-certificat/autre-igc", None, false, None)]
    fn who_is_not_played(
        #[case] name: &str,
        #[case] declared: Option<&str>,
        #[case] trusts: bool,
        #[case] expected: Option<(Verdict, &str)>,
    ) {
        let library = library();
        let scenario = library.scenario(&id(name)).expect("there is one");
        let mut target = target();
        target.trusts_space = trusts;
        target.not_applicable.extend(declared.map(id));
        let record = not_played(scenario, &target.capabilities(), &target);
        match (record, expected) {
            (None, None) => {}
            (Some(record), Some((verdict, words))) => {
                assert_eq!(record.verdict, verdict);
                assert!(record.reason.contains(words), "{}", record.reason);
                assert_eq!((record.transcript, record.observed.as_str()), (None, "non joué"));
            }
            (record, _) => panic!("{record:?}"),
        }
    }

    /// Whatever a target lacks, each scenario left out says one thing that it needs and the target does
    /// not offer.
    #[test]
    fn a_skipped_scenario_names_what_lacks() {
        let library = library();
        let all = target().capabilities();
        let mut skipped = 0;
        for lacking in &all {
            let offers: BTreeSet<Capability> =
                all.iter().copied().filter(|c| c != lacking).collect();
            for scenario in &library.scenarios {
                let record = not_played(scenario, &offers, &target());
                assert_eq!(record.is_some(), scenario.needs.contains(lacking), "{}", scenario.id);
                let Some(record) = record else { continue };
                assert_eq!(record.verdict, Verdict::Skipped);
                assert_eq!(record.reason, how_to_supply(*lacking), "{}", scenario.id);
                skipped += 1;
            }
        }
        assert!(skipped > library.scenarios.len(), "most need more than one thing: {skipped}");
    }

    fn judged_as(name: &str, played: &Played, strict: bool, twin: Twin) -> Judged {
        let library = library();
        let scenario = library.scenario(&id(name)).expect("there is one");
        let control_after = Some(true);
        let seen = Seen {
            entries: played.entries(),
            twin,
            control_after,
            campaign: None,
            took: Duration::ZERO,
        };
        judged(scenario, &basis(strict), &seen)
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

    #[test]
    fn a_remark_makes_a_twin_all_the_same_strictly() {
        let played = Played::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], false, "x");
        let Judged { record, witness } =
            judged_as("4-certificat/valide", &played, true, Twin::None);
        assert_eq!((record.verdict, witness), (Verdict::Fail, true));
    }

    #[test]
    fn a_foreign_certificate_without_its_twin() {
        let library = library();
        let mut target = target();
        target.trusts_space = false;
        let valid = library.scenario(&id("4-certificat/valide")).expect("there is one");
        let skipped = not_played(valid, &target.capabilities(), &target).expect("not trusted");
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
}
