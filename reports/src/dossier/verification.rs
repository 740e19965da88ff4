//! What a check of a dossier finds.

use std::io;

use suite::{
    record::{RunRecord, RunVerdict, Verdict},
    runner::VerifyError,
};

use crate::{
    ReportError,
    bundle::{BundleError, Mismatch, Signature},
};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A file is not as the manifest says.
    File(Mismatch),
    /// The manifest is no text of digests.
    Manifest(String),
    /// The signature is not to be relied on.
    Signature(String),
    /// The signature, or the run, is of a moment that cannot be.
    Moment(String),
    /// A transcript that the record names is not in the dossier.
    Transcript(String),
    /// The run could not be judged again to its end.
    Unjudged(String),
    /// The scenarios have this one and the record does not.
    MissingScenario(String),
    /// The record has this one and the scenarios do not.
    UnknownScenario(String),
    /// Recorded as judged, and nothing was played.
    Unplayed(String),
    /// The transcript gives another verdict.
    Verdict {
        /// The scenario.
        id: String,
        /// The verdict recorded.
        recorded: Verdict,
        /// The one derived.
        derived: Verdict,
    },
    /// The transcript gives the same verdict in other words.
    Words {
        /// The scenario.
        id: String,
        /// Parts that differ, by their names in the record.
        parts: Vec<&'static str>,
    },
    /// A document is not what the record gives.
    Document(String),
    /// A document that cannot be laid out anew: what it is made from is not there, or not sound.
    Unmade(String),
    /// A file that is no part of a dossier.
    Foreign(String),
    /// The counts are not those of the scenarios.
    Counts,
    /// The verdicts give another conclusion.
    Conclusion {
        /// The conclusion recorded.
        recorded: RunVerdict,
        /// The one derived.
        derived: RunVerdict,
    },
}

/// What a check of a dossier came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The record in it.
    pub record: RunRecord,
    /// Files named by the manifest; `None` where there is none.
    pub manifest: Option<usize>,
    /// The signatures, one a signer; none where there is none or one does not verify.
    pub signatures: Vec<Signature>,
    /// Verdicts derived again from transcripts.
    pub derived: usize,
    /// The documents laid out anew.
    pub rendered: Rendered,
    /// Documents that are there and were not laid out anew: of these the digest alone is known.
    pub unchecked: Vec<String>,
    /// Everything that is wrong. Empty: the dossier is intact.
    pub findings: Vec<Finding>,
}

/// Which documents were laid out anew, and held against those that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// These; one that differs is in the findings as well.
    Compared(Vec<String>),
    /// None: another version of the suite wrote them.
    OtherVersion(String),
    /// None: what they are made from is not whole.
    Incomplete,
}

/// A dossier that could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// User: there is no record in it, or none that this version reads.
    #[error(transparent)]
    Record(#[from] ReportError),
    /// User: the record is not there.
    #[error("le dossier ne contient pas record.json : demandez-le à nouveau, entier")]
    NoRecord,
    /// User: the scenarios at hand are not those of the run.
    #[error(transparent)]
    Catalogue(VerifyError),
    /// This machine: the files cannot be laid out.
    #[error(
        "les fichiers ne peuvent pas être déposés ({0}) : libérez de la place dans le dossier temporaire"
    )]
    Scratch(#[from] io::Error),
    /// User: a file of the dossier.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}
