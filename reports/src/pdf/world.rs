//! What the templates may read: each other, the values, the attachments and three fonts. No disk, no
//! network, no clock.

use std::collections::HashMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use typst::{
    Library, LibraryExt, World, WorldExt,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};

use super::{
    document::{Attachment, broken},
    fonts,
};
use crate::ReportError;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("templates/", $name)))),+] };
}

/// The first one includes the others.
const TEMPLATES: [(&str, &str); 15] = templates![
    "report.typ",
    "style.typ",
    "parts.typ",
    "cover.typ",
    "conclusion.typ",
    "identification.typ",
    "coverage.typ",
    "steps.typ",
    "nonconformities.typ",
    "unjudged.typ",
    "remarks.typ",
    "scenarios.typ",
    "comparison.typ",
    "appendix.typ",
    "signatures.typ",
];

/// A document about to be laid out.
pub(super) struct Sheet {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    main: FileId,
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
    ident: String,
}

impl Sheet {
    /// With the values of the content, and the files to attach.
    pub(super) fn new(values: &Value, attachments: &[Attachment<'_>]) -> Result<Self, ReportError> {
        let content = serde_json::to_vec(values).map_err(|error| broken(error.to_string()))?;
        let ident = hex(&Sha256::digest(&content));
        let mut sources = HashMap::new();
        for (name, text) in TEMPLATES {
            let id = id(name)?;
            sources.insert(id, Source::new(id, text.to_owned()));
        }
        let mut files = HashMap::from([(id("content.json")?, Bytes::new(content))]);
        for attachment in attachments {
            files.insert(id(attachment.name)?, Bytes::new(attachment.bytes.to_vec()));
        }
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(fonts::all())),
            main: id(TEMPLATES[0].0)?,
            sources,
            files,
            ident,
        })
    }

    /// What tells this document from another one.
    pub(super) fn ident(&self) -> &str {
        &self.ident
    }

    /// An error with its template and line.
    pub(super) fn located(&self, error: &SourceDiagnostic) -> String {
        let place = error.span.id().and_then(|id| {
            let line = self
                .range(error.span)
                .and_then(|range| self.sources.get(&id)?.lines().byte_to_line(range.start))?;
            Some(format!("{}:{} : ", id.vpath().get_without_slash(), line + 1))
        });
        format!("{}{}", place.unwrap_or_default(), error.message)
    }
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts::all().get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn id(name: &str) -> Result<FileId, ReportError> {
    let path = VirtualPath::new(format!("/{name}")).map_err(|error| broken(error.to_string()))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// Octets in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
