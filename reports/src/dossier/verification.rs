//! What a check of a dossier finds.

use annexe1::{Connector, Form};
use suite::{
    observe::possession::Possession,
    record::{Observation, RunRecord, RunVerdict, Verdict},
    runner::{Contradiction, VerifyError},
};

use super::Signed;
use crate::{
    ReportError,
    bundle::{BundleError, Mismatch},
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
        parts: Vec<String>,
    },
    /// Another field of the record is not what the suite and the transcripts give.
    Field {
        /// Its path in the record.
        path: String,
        /// What is recorded, cut to what one reads; empty where it is not there.
        recorded: String,
        /// What is derived, cut likewise.
        derived: String,
    },
    /// Transcripts and record cannot be of one run against the target that is named.
    Inconsistent(Contradiction),
    /// A document is not what the record gives.
    Document(String),
    /// A document that cannot be laid out anew: what it is made from is not there, or not sound.
    Unmade(String),
    /// A file that is no part of a dossier.
    Foreign(String),
    /// The handshakes do not prove what the record says.
    Possession,
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

/// The kinds of findings, by their names in JSON.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A file that is missing, changed, or not of the dossier.
    File,
    /// The manifest.
    Manifest,
    /// A signature.
    Signature,
    /// A moment that cannot be.
    Moment,
    /// A transcript that is missing, or cannot be judged.
    Transcript,
    /// A scenario left out, added, or never played.
    Scenario,
    /// A verdict.
    Verdict,
    /// The words of a scenario.
    Words,
    /// A document.
    Document,
    /// What the handshakes prove.
    Possession,
    /// The counts.
    Counts,
    /// The conclusion.
    Conclusion,
    /// Another field of the record.
    Record,
    /// Transcripts that contradict each other or the record.
    Consistency,
}

impl Finding {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> FindingKind {
        match self {
            Self::File(_) | Self::Foreign(_) => FindingKind::File,
            Self::Manifest(_) => FindingKind::Manifest,
            Self::Signature(_) => FindingKind::Signature,
            Self::Moment(_) => FindingKind::Moment,
            Self::Transcript(_) | Self::Unjudged(_) => FindingKind::Transcript,
            Self::MissingScenario(_) | Self::UnknownScenario(_) | Self::Unplayed(_) => {
                FindingKind::Scenario
            }
            Self::Verdict { .. } => FindingKind::Verdict,
            Self::Words { .. } => FindingKind::Words,
            Self::Document(_) | Self::Unmade(_) => FindingKind::Document,
            Self::Possession => FindingKind::Possession,
            Self::Counts => FindingKind::Counts,
            Self::Conclusion { .. } => FindingKind::Conclusion,
            Self::Field { .. } => FindingKind::Record,
            Self::Inconsistent(_) => FindingKind::Consistency,
        }
    }
}

/// What a check of a dossier came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The record in it.
    pub record: RunRecord,
    /// The form in it, where it is sound.
    pub form: Option<Form>,
    /// Whether it compares with an earlier run, whose record alone is in it.
    pub earlier: bool,
    /// Files named by the manifest; `None` where there is none.
    pub manifest: Option<usize>,
    /// The signatures, one a signer; none where there is none or one does not verify.
    pub signatures: Vec<Signed>,
    /// Verdicts derived again from transcripts.
    pub derived: usize,
    /// What the handshakes prove, by the transcripts; `None` where these are not whole.
    pub possession: Option<Possession>,
    /// The documents laid out anew.
    pub rendered: Rendered,
    /// Documents that are there and were not laid out anew: of these the digest alone is known.
    pub unchecked: Vec<String>,
    /// Fields of the record that another version of the suite wrote otherwise than this one would, by their paths.
    pub uncompared: Vec<String>,
    /// What the transcripts show that is worth a word, and no alteration.
    pub observations: Vec<Observation>,
    /// Everything that is wrong. Empty: the dossier is intact.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// The operator's name: of the form, or else as the run names its target.
    #[must_use]
    pub fn operator(&self) -> &str {
        self.form.as_ref().map_or(&self.record.target.name, |form| &form.operator.name)
    }

    /// The DNs of the operator's certificates: of the form, or else of the target.
    #[must_use]
    pub fn dn(&self) -> &[String] {
        match &self.form {
            Some(form) => &form.operator.dn,
            None => self.record.target.dn.as_slice(),
        }
    }

    /// The connector, where the form names one.
    #[must_use]
    pub fn connector(&self) -> Option<&Connector> {
        self.form.as_ref()?.operator.connector.as_ref()
    }

    /// The spaces that the form is for.
    #[must_use]
    pub fn spaces(&self) -> Vec<&'static str> {
        let boxes = self.form.as_ref().map(|form| form.space).unwrap_or_default();
        let ticked = [("test", boxes.test), ("production", boxes.production)];
        ticked.into_iter().filter(|(_, ticked)| *ticked).map(|(name, _)| name).collect()
    }
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
    /// User: a file of the dossier.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}
