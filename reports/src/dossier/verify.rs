//! A dossier checked again: digests, signature, every verdict derived from the transcripts, and the
//! documents laid out anew.

use std::{collections::BTreeSet, path::Path};

use jiff::{SignedDuration, Timestamp};
use suite::{
    record::RunRecord,
    runner::{VerifyError, rejudge},
    scenario::Library,
};

use super::{
    Finding, Rendered, Signed, Verification, VerificationError,
    assemble::{EARLIER, FORM, PAPER, RECORD, REPORT, is_dossier},
    differences, rendering,
};
use crate::{
    bundle::{Authorities, Files, MANIFEST, Manifest, Mismatch, SIGNATURE, Signature},
    json,
};

/// Checks the files of a dossier, or of a run's folder, with the scenarios at hand, at `now`; its signers
/// with the authorities that the reader trusts, if he names any.
///
/// # Errors
/// It could not be checked: no record, or other scenarios than those of the run. All that is wrong
/// with it is in the findings.
pub fn verify(
    files: &Files,
    library: &Library,
    authorities: Option<&Authorities>,
    now: Timestamp,
) -> Result<Verification, VerificationError> {
    let mut findings = Vec::new();
    let manifest = manifest(files, &mut findings);
    let signatures = signatures(files, &mut findings);

    let bytes = files.get(RECORD).ok_or(VerificationError::NoRecord)?;
    let record = json::parse(Path::new(RECORD), bytes)?;
    moments(&record, &signatures, now, &mut findings);
    let complete = complete(&record, files, &mut findings);

    let mut possession = None;
    let (mut derived, mut open_fields, mut observations) = (0, Vec::new(), Vec::new());
    if complete {
        match rejudge(library, &record, files) {
            Ok(again) => {
                derived = again.played;
                let (found, open) = differences::findings(&record, &again);
                findings.extend(found);
                findings.extend(again.contradictions.into_iter().map(Finding::Inconsistent));
                observations = again.record.observations;
                open_fields = open;
                possession = Some(again.record.possession);
            }
            Err(error @ VerifyError::OtherCatalogue { .. }) => {
                return Err(VerificationError::Catalogue(error));
            }
            Err(error) => findings.push(Finding::Unjudged(error.to_string())),
        }
    }
    closed(&record, files, &mut findings);
    let (rendered, unchecked) = rendering::check(&record, files, complete, &mut findings);
    // The PDF alone has a command that lays it out; of the others the sources are wanting.
    let unmade = unchecked.iter().filter(|name| *name != PAPER);
    if matches!(rendered, Rendered::Compared(_)) {
        findings.extend(unmade.cloned().map(Finding::Unmade));
    }
    let form = files.get(FORM).and_then(|bytes| rendering::form(bytes));
    let signed = |signature| Signed::of(signature, &record, form.as_ref(), authorities, now);
    let signatures = signatures.into_iter().map(signed).collect();
    let earlier = files.contains_key(EARLIER);
    Ok(Verification {
        record,
        form,
        earlier,
        manifest,
        signatures,
        derived,
        possession,
        rendered,
        unchecked,
        uncompared: open_fields,
        observations,
        findings,
    })
}

/// That a dossier has what it must have, and nothing else; a run's folder is its owner's.
fn closed(record: &RunRecord, files: &Files, findings: &mut Vec<Finding>) {
    if !is_dossier(files) {
        return;
    }
    let needed = [REPORT, "junit.xml", FORM, MANIFEST];
    for name in needed.iter().filter(|name| !files.contains_key(**name)) {
        let missing = Finding::File(Mismatch::Missing((*name).to_owned()));
        if !findings.contains(&missing) {
            findings.push(missing);
        }
    }
    let known = [RECORD, SIGNATURE, PAPER, EARLIER].into_iter().chain(needed);
    let transcripts = record.scenarios.iter().filter_map(|scenario| scenario.transcript.as_ref());
    let controls = record.controls().map(|control| &control.transcript);
    let known: BTreeSet<&str> =
        known.chain(transcripts.chain(controls).map(|one| one.path.as_str())).collect();
    for name in files.keys().filter(|name| !known.contains(name.as_str())) {
        // Once is enough: the manifest may have said it.
        if !findings.contains(&Finding::File(Mismatch::Unlisted(name.clone()))) {
            findings.push(Finding::Foreign(name.clone()));
        }
    }
}

fn manifest(files: &Files, findings: &mut Vec<Finding>) -> Option<usize> {
    let text = String::from_utf8_lossy(files.get(MANIFEST)?);
    match Manifest::parse(&text) {
        Ok(manifest) => {
            findings.extend(manifest.check(files).into_iter().map(Finding::File));
            Some(manifest.0.len())
        }
        Err(error) => {
            findings.push(Finding::Manifest(error.to_string()));
            None
        }
    }
}

fn signatures(files: &Files, findings: &mut Vec<Finding>) -> Vec<Signature> {
    let Some(p7s) = files.get(SIGNATURE) else { return Vec::new() };
    let Some(manifest) = files.get(MANIFEST) else {
        findings
            .push(Finding::Signature("MANIFEST.sha256, qu'elle signe, n'est pas là".to_owned()));
        return Vec::new();
    };
    Signature::verify(manifest, p7s).unwrap_or_else(|why| {
        findings.push(Finding::Signature(why));
        Vec::new()
    })
}

/// How far two clocks may be apart.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);

/// That the run was played before it was signed, both in the past, and signed by certificates in force.
fn moments(
    record: &RunRecord,
    signatures: &[Signature],
    now: Timestamp,
    findings: &mut Vec<Finding>,
) {
    let after = |one: Timestamp, other: Timestamp| one.duration_since(other) > CLOCKS;
    // A run that has not begun has not ended: one of the two is enough.
    if after(record.started, now) {
        findings.push(Finding::Moment("la campagne est datée de l'avenir".to_owned()));
    } else if after(record.ended(), now) {
        findings.push(Finding::Moment("la campagne finit dans l'avenir".to_owned()));
    }
    for signature in signatures {
        let why = match signature.at {
            None => "ne dit pas quand elle a été faite",
            Some(at) if after(at, now) => "est datée de l'avenir",
            Some(at) if after(record.started, at) => "est d'avant la campagne",
            Some(at) if after(record.ended(), at) => "est d'avant la fin de la campagne",
            Some(_) if !signature.in_validity => "est hors de la validité de son certificat",
            Some(_) => continue,
        };
        let subject = &signature.subject;
        findings.push(Finding::Moment(format!("la signature de {subject} {why}")));
    }
}

/// Whether every transcript that the record names is there.
fn complete(record: &RunRecord, files: &Files, findings: &mut Vec<Finding>) -> bool {
    let transcripts = record.scenarios.iter().filter_map(|scenario| scenario.transcript.as_ref());
    let controls = record.controls().map(|control| &control.transcript);
    let names: BTreeSet<&str> = transcripts.chain(controls).map(|t| t.path.as_str()).collect();
    let missing = names.into_iter().filter(|name| !files.contains_key(*name));
    let before = findings.len();
    findings.extend(missing.map(|name| Finding::Transcript(name.to_owned())));
    findings.len() == before
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::sample;

    /// A signature of the sample's run, made so many hours after its start.
    fn signature(hours: Option<i64>, in_validity: bool) -> Signature {
        Signature {
            subject: "CN=Direction".to_owned(),
            issuer: "CN=TEST AC".to_owned(),
            name: Vec::new(),
            serial: "1f".to_owned(),
            sha256: "ab".repeat(32),
            at: hours.map(|hours| sample::record().started + SignedDuration::from_hours(hours)),
            in_validity,
            self_signed: false,
            names_certificate: true,
            chain: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// A run of three hours, signed after one.
    #[test]
    fn a_signature_from_before_the_end_of_the_run_is_named() {
        let record = RunRecord { duration_ms: 3 * 3_600_000, ..sample::record() };
        let mut findings = Vec::new();
        let now = record.started + SignedDuration::from_hours(48);
        moments(&record, &[signature(Some(1), true)], now, &mut findings);
        let [Finding::Moment(why)] = &findings[..] else { panic!("{findings:?}") };
        assert!(why.contains("avant la fin de la campagne"), "{why}");
        findings.clear();
        let now = record.started + SignedDuration::from_hours(2);
        moments(&record, &[], now, &mut findings);
        let [Finding::Moment(why)] = &findings[..] else { panic!("{findings:?}") };
        assert!(why.contains("finit dans l'avenir"), "{why}");
    }

    #[rstest]
    #[case::in_order(48, &[(Some(1), true)], &[])]
    #[case::two_in_order(48, &[(Some(1), true), (Some(47), true)], &[])]
    #[case::unsigned(48, &[], &[])]
    #[case::a_run_to_come(-1, &[], &["datée de l'avenir"])]
    #[case::a_signature_to_come(48, &[(Some(49), true)], &["datée de l'avenir"])]
    #[case::before_the_run(48, &[(Some(-1), true)], &["d'avant la campagne"])]
    #[case::out_of_validity(48, &[(Some(1), false)], &["hors de la validité"])]
    #[case::without_a_date(48, &[(None, false)], &["ne dit pas quand"])]
    #[case::the_second(48, &[(Some(1), true), (Some(1), false)], &["hors de la validité"])]
    #[case::both(48, &[(None, false), (Some(-1), true)], &["ne dit pas quand", "d'avant"])]
    fn moments_that_cannot_be_are_named(
        #[case] now: i64,
        #[case] signed: &[(Option<i64>, bool)],
        #[case] words: &[&str],
    ) {
        let record = sample::record();
        let now = record.started + SignedDuration::from_hours(now);
        let signatures: Vec<_> = signed.iter().map(|(at, valid)| signature(*at, *valid)).collect();
        let mut findings = Vec::new();
        moments(&record, &signatures, now, &mut findings);
        assert_eq!(findings.len(), words.len(), "{findings:?}");
        for (finding, words) in findings.iter().zip(words) {
            assert!(matches!(finding, Finding::Moment(why) if why.contains(words)), "{finding:?}");
        }
    }
}
