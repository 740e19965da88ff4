//! The pages from the templates.

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use typst::{
    comemo,
    diag::SourceDiagnostic,
    foundations::{Datetime, Smart},
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::{values, world::Sheet};
use crate::{ReportError, content::Content};

/// A file that goes inside the document.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// Its name, without a folder.
    pub name: &'static str,
    /// Its media type.
    pub media: &'static str,
    /// What it is to the document.
    pub relation: Relation,
    /// What it is, in French.
    pub description: &'static str,
    /// Its octets.
    pub bytes: &'a [u8],
}

/// What an attachment is to the document (ISO 32000-2, 7.11.3, `AFRelationship`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The document was made from it.
    Source,
    /// What the document shows was derived from it.
    Data,
    /// The same, told in another way.
    Alternative,
    /// More on the matter.
    Supplement,
}

/// The document on `content`, dated `issued`.
///
/// # Errors
/// None that outside input can cause.
pub fn render(
    content: &Content,
    issued: Timestamp,
    attachments: &[Attachment<'_>],
) -> Result<Vec<u8>, ReportError> {
    let sheet = Sheet::new(&values::of(content, attachments)?, attachments)?;
    let bytes = export(&sheet, issued);
    // What was remembered for a next time would only take memory: there is none.
    comemo::evict(0);
    bytes
}

fn export(sheet: &Sheet, issued: Timestamp) -> Result<Vec<u8>, ReportError> {
    let at = issued.to_zoned(TimeZone::UTC);
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    let date = Datetime::from_ymd_hms(
        at.year().into(),
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    );
    let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
        .map_err(|error| broken(error.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(sheet.ident().to_owned()),
        creator: Smart::Custom(Some(
            concat!("MSSanté, suite de conformité ", env!("CARGO_PKG_VERSION")).to_owned(),
        )),
        timestamp: date.map(typst_pdf::Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    let document = typst::compile::<PagedDocument>(sheet).output;
    let document = document.map_err(|errors| trouble(sheet, &errors))?;
    typst_pdf::pdf(&document, &options).map_err(|errors| trouble(sheet, &errors))
}

fn trouble(sheet: &Sheet, errors: &[SourceDiagnostic]) -> ReportError {
    let said: Vec<String> = errors.iter().take(5).map(|error| sheet.located(error)).collect();
    broken(said.join(" ; "))
}

/// What the operator reads when it goes wrong.
pub(super) fn broken(detail: String) -> ReportError {
    ReportError::Render { format: "PDF", detail }
}
