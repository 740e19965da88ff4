//! Records from scenarios, judgements and the state of the run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    time::Duration,
};

use fixtures::{
    smtp::transcript::{CertificateSummary, Entry, Event, Side, Stage},
    space::Space,
};
use sha2::{Digest, Sha256};

use super::{
    conclude::conclude,
    run::{NOMINAL, Options, tier},
    select::Selection,
};
use crate::{
    judge::{self, Context, Judgement, Twin},
    oracle::{
        self, Decision, Facts, Grade,
        facts::{CertificateStatus, Profile},
        words,
    },
    record::{
        ClauseRecord, ControlRecord, Level, RunRecord, SCHEMA, ScenarioRecord, TargetRecord, Tier,
        TranscriptRef, Verdict, WorldRecord,
    },
    scenario::{
        Action, Capability, Expected, Library, Scenario, ScenarioId, facts, template::TemplateError,
    },
    target::{Observation, Target, how_to_supply},
};

/// How a run ended.
pub(super) struct Ending {
    /// The controls made.
    pub controls: Vec<ControlRecord>,
    /// Whether the target could know of a revocation.
    pub reads_crl: bool,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// How long it took.
    pub took: Duration,
}

/// What was seen of a scenario's playing.
pub(super) struct Seen<'a> {
    /// Its transcript.
    pub entries: &'a [Entry],
    /// Its twin.
    pub twin: Twin,
    /// Whether the final control was accepted; `None` before it.
    pub control_after: Option<bool>,
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
        Some(record) => Twin::NotPassed(format!("{id} : {}", record.reason)),
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
        delivery_observed: basis.delivery_observed,
        outgoing_observed: basis.outgoing_observed,
        is_nominal: scenario.id.as_str() == NOMINAL,
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

fn judge(
    scenario: &Scenario,
    basis: &Basis,
    context: &Context<'_>,
) -> (Judgement, Vec<(Facts, Decision)>) {
    let (judgement, decided) = judge_action(scenario, basis, context);
    match judge::version::not_offered(scenario, context.entries) {
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

/// The lines that prove a verdict: what was presented, what was said last, the twin.
fn evidence(entries: &[Entry], context: &Context<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut presented = None;
    let mut said = None;
    let mut answered = None;
    for Entry { event, .. } in entries {
        match event {
            Event::DnsControl { name, kind, answer } => {
                lines.push(format!("DNS simulé, question de contrôle : {name} {kind} → {answer}"));
            }
            Event::TlsStarted { presenting, .. } => presented = presenting.first(),
            // The farewell proves nothing.
            Event::Sent { stage: Stage::Quit, .. } | Event::Reply { stage: Stage::Quit, .. } => {}
            Event::Sent { bytes, .. } => said = Some(bytes),
            Event::Reply { lines, .. } => answered = lines.last(),
            Event::Fetched { what, from } => lines.push(format!("{from} a demandé {what}")),
            Event::TlsAlert { by: Side::Target, description, .. } => {
                lines.push(format!("alerte TLS reçue : {description}"));
            }
            Event::Delivered { token, .. } => lines.push(format!("message {token} remis")),
            Event::Notified { token, .. } => lines.push(format!("avis de non-remise pour {token}")),
            _ => {}
        }
    }
    if let Some(certificate) = presented {
        lines.push(presented_line(certificate));
    }
    if let Some(said) = said {
        lines.push(format!("dernier envoi : {}", cut(&said.to_string())));
    }
    if let Some(answered) = answered {
        lines.push(format!("dernière réponse : {}", cut(&answered.to_string())));
    }
    match (&context.twin, context.control_after) {
        (Twin::Passed, Some(true)) => lines.push("témoin accepté ; contrôle final accepté".into()),
        (Twin::Passed, _) => lines.push("témoin accepté".into()),
        (Twin::NotPassed(why), _) => lines.push(format!("témoin non accepté : {why}")),
        (Twin::None, _) => {}
    }
    lines
}

fn presented_line(certificate: &CertificateSummary) -> String {
    format!(
        "certificat prêt à être présenté : {}, émis par {}, série {}, valide du {} au {}",
        certificate.subject,
        certificate.issuer,
        certificate.serial,
        certificate.not_before,
        certificate.not_after
    )
}

fn cut(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
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

/// The record of the run.
pub(super) fn record(
    library: &Library,
    space: &Space,
    target: &Target,
    options: &Options,
    selection: &Selection<'_>,
    mut records: BTreeMap<ScenarioId, ScenarioRecord>,
    ending: Ending,
) -> RunRecord {
    for scenario in selection.iter() {
        records.entry(scenario.id.clone()).or_insert_with(|| {
            unplayed(scenario, Verdict::Skipped, "non joué : la campagne a été interrompue")
        });
    }
    let scenarios: Vec<ScenarioRecord> = records.into_values().collect();
    let control_failed = ending.controls.iter().any(|control| control.after && !control.accepted);
    let partial = selection.leaves_out_a_must || ending.interrupted || control_failed;
    let (verdict, summary) = conclude(&scenarios, partial);
    let interpretations = scenarios
        .iter()
        .filter_map(|scenario| scenario.interpretation.as_ref())
        .filter_map(|slug| {
            library.catalogue.interpretations.get(slug).map(|text| (slug.clone(), text.clone()))
        })
        .collect();
    RunRecord {
        schema: SCHEMA.into(),
        suite_version: env!("CARGO_PKG_VERSION").into(),
        catalogue_sha256: library.sha256.clone(),
        started: options.started,
        duration_ms: u64::try_from(ending.took.as_millis()).unwrap_or(u64::MAX),
        seed: options.seed,
        profile: serde_json::to_value(options.profile)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default(),
        tier: tier(target),
        filter: options.filter.clone(),
        strict: options.strict,
        interrupted: ending.interrupted,
        target: target_record(target, options, ending.reads_crl),
        world: world(space),
        verdict,
        scope: scope(target, selection.leaves_out_a_must),
        summary,
        remarks: remarks(&ending),
        controls: ending.controls,
        clauses: clauses(library),
        interpretations,
        scenarios,
    }
}

fn remarks(ending: &Ending) -> Vec<String> {
    let mut remarks = Vec::new();
    for ControlRecord { after, observed, .. } in ending.controls.iter().filter(|c| !c.accepted) {
        remarks.push(if *after {
            format!(
                "le message de contrôle n'a pas été accepté à la fin de la campagne : {observed} ; \
                 les refus observés ne peuvent pas être attribués avec certitude"
            )
        } else {
            format!(
                "le message de contrôle n'a pas été accepté au début de la campagne : {observed}"
            )
        });
    }
    if ending.interrupted {
        remarks.push("campagne interrompue : les scénarios non joués sont signalés".into());
    }
    remarks
}

fn scope(target: &Target, partial: bool) -> String {
    let tier = match tier(target) {
        Tier::BlackBox => {
            "boîte noire : rien n'a été préparé chez la cible ; ce qui demande sa confiance dans \
             l'espace simulé n'a pas pu être testé"
        }
        Tier::SimulatedSpace => {
            "espace simulé : la cible fait confiance à l'IGC et à la liste blanche de test"
        }
    };
    let part = if partial {
        " ; campagne partielle : des scénarios obligatoires ont été écartés"
    } else {
        ""
    };
    format!(
        "Réception TM3.1P (erratum d'août 2015 au DSFT Opérateurs, guide d'intégration, RFC cités), {tier}{part}."
    )
}

fn target_record(target: &Target, options: &Options, reads_crl: bool) -> TargetRecord {
    let capabilities = target
        .capabilities()
        .iter()
        .filter_map(|capability| serde_json::to_value(capability).ok()?.as_str().map(str::to_owned))
        .collect();
    TargetRecord {
        name: target.name.clone(),
        address: format!("{}:{}", target.host, target.port),
        mx_host: target.mx_host.clone(),
        dn: target.dn.clone(),
        certificate: certificate(options),
        embedded: target.embedded,
        capabilities,
        reads_crl,
    }
}

/// The subject of the target's certificate, from the transcript of the first control or of any
/// scenario.
fn certificate(options: &Options) -> Option<String> {
    let folder = fs::read_dir(options.out.join("transcripts")).ok()?;
    folder.filter_map(Result::ok).find_map(|file| {
        let text = fs::read_to_string(file.path()).ok()?;
        text.lines().filter(|line| line.contains("tls-established")).find_map(|line| {
            match serde_json::from_str::<Entry>(line).ok()?.event {
                Event::TlsEstablished { peer, .. } => peer.first().map(|leaf| leaf.subject.clone()),
                _ => None,
            }
        })
    })
}

fn world(space: &Space) -> WorldRecord {
    let root = space.root();
    WorldRecord {
        space: space.dir().map(|dir| dir.display().to_string()),
        whitelist_sha256: hex::encode(Sha256::digest(space.whitelist_xml())),
        whitelist_entries: u32::try_from(space.whitelist().entries.len()).unwrap_or(u32::MAX),
        whitelist_url: space.whitelist_url(),
        crl_url: space.crl_url(),
        dns: space.dns().addr().to_string(),
        root: fixtures::pki::summarise(&root).subject,
        root_sha256: hex::encode(Sha256::digest(&root)),
    }
}

fn clauses(library: &Library) -> BTreeMap<String, ClauseRecord> {
    library
        .catalogue
        .clauses
        .iter()
        .map(|clause| {
            let record = ClauseRecord {
                wording: clause.wording.clone(),
                source: clause.source.clone(),
                referentiel: clause.referentiel.clone(),
            };
            (clause.id.to_string(), record)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
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

    fn judged_as(name: &str, played: &Played, strict: bool, twin: Twin) -> Judged {
        let library = library();
        let scenario = library.scenario(&id(name)).expect("there is one");
        let control_after = Some(true);
        let seen = Seen { entries: played.entries(), twin, control_after, took: Duration::ZERO };
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
        let record = judged_as("3-starttls/tls-1-2", &refused, false, Twin::Passed).record;
        assert_eq!(record.verdict, Verdict::Fail, "TLS 1.2 is demanded");
    }
}
