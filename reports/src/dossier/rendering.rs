//! The documents of a dossier laid out anew: a page that says more or less than its record is found,
//! manifest or not.

use std::path::Path;

use annexe1::{Document, Form, Problem};
use suite::record::RunRecord;

use super::{
    Finding, Rendered,
    assemble::{EARLIER, FORM, PAPER, Paper, RECORD, REPORT, documents, is_dossier},
};
use crate::{ReportError, bundle::Files, html, json, junit};

/// The page of a run's folder, and its results for a CI.
const PAGE: &str = "report.html";
const JUNIT: &str = "junit.xml";

/// What somebody may read in place of the record: in a dossier, and in the folder of a run.
const OF_A_DOSSIER: &[&str] = &[REPORT, PAPER, JUNIT, FORM];
const OF_A_RUN: &[&str] = &[PAGE, JUNIT];

/// Holds each document of `files` against what `record` and the transcripts beside it give; with it,
/// the documents that were not laid out anew.
pub(super) fn check(
    record: &RunRecord,
    files: &Files,
    complete: bool,
    findings: &mut Vec<Finding>,
) -> (Rendered, Vec<String>) {
    let documents = if is_dossier(files) { OF_A_DOSSIER } else { OF_A_RUN };
    let present = documents.iter().filter(|name| files.contains_key(**name));
    if record.suite_version != suite::VERSION {
        let unchecked = present.map(|name| (*name).to_owned()).collect();
        return (Rendered::OtherVersion(record.suite_version.clone()), unchecked);
    }
    let given = files.get(RECORD).map(Vec::as_slice);
    if json::render(record).ok().as_ref().map(String::as_bytes) != given {
        findings.push(Finding::Document(RECORD.to_owned()));
    }
    if !complete {
        let unchecked = present.map(|name| (*name).to_owned()).collect();
        return (Rendered::Incomplete, unchecked);
    }
    let (anew, broken) = anew(record, files);
    findings.extend(broken.into_iter().map(|name| Finding::Document(name.to_owned())));
    let mut compared = Vec::new();
    for (name, bytes) in anew {
        let Some(given) = files.get(&name) else { continue };
        if *given != bytes {
            findings.push(Finding::Document(name.clone()));
        }
        compared.push(name);
    }
    let unchecked = present
        .filter(|name| !compared.iter().any(|one| one == **name))
        .map(|name| (*name).to_owned())
        .collect();
    (Rendered::Compared(compared), unchecked)
}

/// What each document must be, and the names of sources that cannot be read or laid out.
fn anew(record: &RunRecord, files: &Files) -> (Vec<(String, Vec<u8>)>, Vec<&'static str>) {
    let mut broken = Vec::new();
    let mut keep = |name, made: Result<Vec<(String, Vec<u8>)>, ReportError>| {
        made.unwrap_or_else(|_| {
            broken.push(name);
            Vec::new()
        })
    };
    if !is_dossier(files) {
        let one = |name: &str, bytes| vec![(name.to_owned(), bytes)];
        let mut anew = Vec::new();
        if files.contains_key(JUNIT) {
            anew.extend(keep(JUNIT, junit::render(record).map(|bytes| one(JUNIT, bytes))));
        }
        if files.contains_key(PAGE) {
            let page = html::render(record, files).map(|page| one(PAGE, page.into_bytes()));
            anew.extend(keep(PAGE, page));
        }
        return (anew, broken);
    }
    // That it is missing is told where the list of files is looked at.
    let Some(form) = files.get(FORM) else { return (Vec::new(), broken) };
    let Some(form) = self::form(form) else { return (Vec::new(), vec![FORM]) };
    // The form is about the target of the run, or it is not the one that goes with it.
    if annexe1::against_record(&form, &record.target).iter().any(Problem::is_error) {
        return (Vec::new(), vec![FORM]);
    }
    let earlier = match files.get(EARLIER).map(|bytes| json::parse(Path::new(EARLIER), bytes)) {
        Some(Err(_)) => return (Vec::new(), vec![EARLIER]),
        earlier => earlier.and_then(Result::ok),
    };
    let paper = if files.contains_key(PAPER) { Paper::BEST } else { Paper::None };
    let anew = keep(FORM, documents(record, files, &form, earlier.as_ref(), paper));
    (anew, broken)
}

/// Octets of the largest form that is read.
const LARGEST: usize = 1 << 20;

/// The form that a file holds, if it is sound as text, and of a size that one has.
pub(super) fn form(bytes: &[u8]) -> Option<Form> {
    if bytes.len() > LARGEST {
        return None;
    }
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let document = Document::parse(FORM, text);
    document.form.filter(|_| document.problems.is_empty())
}
