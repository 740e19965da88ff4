//! The documents of a dossier laid out anew: a page that says more or less than its record is found,
//! manifest or not.

use std::path::Path;

use suite::{
    annexe1::{Document, Form},
    record::RunRecord,
};

use super::{
    Finding, Rendered,
    assemble::{EARLIER, FORM, documents},
};
use crate::{ReportError, bundle::Files, html, json, junit};

/// The page of a run's folder, and its results for a CI.
const PAGE: &str = "report.html";
const JUNIT: &str = "junit.xml";

/// Holds each document of `files` against what `record` and the transcripts in `folder` give.
pub(super) fn check(
    record: &RunRecord,
    files: &Files,
    folder: &Path,
    complete: bool,
    findings: &mut Vec<Finding>,
) -> Rendered {
    if record.suite_version != suite::VERSION {
        return Rendered::OtherVersion(record.suite_version.clone());
    }
    if !complete {
        return Rendered::Incomplete;
    }
    let (anew, broken) = anew(record, files, folder);
    findings.extend(broken.into_iter().map(|name| Finding::Document(name.to_owned())));
    let mut compared = Vec::new();
    for (name, bytes) in anew {
        let Some(given) = files.get(&name) else { continue };
        if *given != bytes {
            findings.push(Finding::Document(name.clone()));
        }
        compared.push(name);
    }
    Rendered::Compared(compared)
}

/// What each document must be, and the names of sources that cannot be read or laid out.
fn anew(
    record: &RunRecord,
    files: &Files,
    folder: &Path,
) -> (Vec<(String, Vec<u8>)>, Vec<&'static str>) {
    let mut broken = Vec::new();
    let mut keep = |name, made: Result<Vec<(String, Vec<u8>)>, ReportError>| {
        made.unwrap_or_else(|_| {
            broken.push(name);
            Vec::new()
        })
    };
    let Some(form) = files.get(FORM) else {
        let one = |name: &str, bytes| vec![(name.to_owned(), bytes)];
        let mut anew = keep(JUNIT, junit::render(record).map(|bytes| one(JUNIT, bytes)));
        let page = html::render(record, folder).map(|page| one(PAGE, page.into_bytes()));
        anew.extend(keep(PAGE, page));
        return (anew, broken);
    };
    let Some(form) = parsed(form) else { return (Vec::new(), vec![FORM]) };
    let earlier = match files.get(EARLIER).map(|bytes| json::parse(Path::new(EARLIER), bytes)) {
        Some(Err(_)) => return (Vec::new(), vec![EARLIER]),
        earlier => earlier.and_then(Result::ok),
    };
    let anew = keep(FORM, documents(record, folder, &form, earlier.as_ref()));
    (anew, broken)
}

fn parsed(bytes: &[u8]) -> Option<Form> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let document = Document::parse(FORM, text);
    document.form.filter(|_| document.problems.is_empty())
}
