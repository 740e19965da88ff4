//! All files of a run's folder at once.

use std::path::{Path, PathBuf};

use suite::record::RunRecord;

use crate::{ReportError, html, json, junit};

/// The files written for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFiles {
    /// `record.json`.
    pub record: PathBuf,
    /// `junit.xml`.
    pub junit: PathBuf,
    /// `report.html`.
    pub html: PathBuf,
}

/// Writes `record.json`, `junit.xml` and `report.html` to the run's folder, in this order: should
/// the disk fill up, the source of the other two is what is kept. The transcripts that the record
/// names are read from the same folder.
///
/// # Errors
/// A file cannot be written. Those before it are whole; nothing is left of it.
pub fn write_all(record: &RunRecord, run_dir: &Path) -> Result<RunFiles, ReportError> {
    let written = RunFiles {
        record: run_dir.join("record.json"),
        junit: run_dir.join("junit.xml"),
        html: run_dir.join("report.html"),
    };
    json::write(record, &written.record)?;
    junit::write(record, &written.junit)?;
    html::write(record, run_dir)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sample;

    #[test]
    fn the_three_files_are_there_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = folder.path().join("run");
        let written = write_all(&sample::record(), &run).expect("written");
        let mut names: Vec<_> = fs::read_dir(&run)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        names.sort();
        assert_eq!(names, [written.junit, written.record, written.html]);
    }

    #[test]
    fn a_file_in_the_way_of_the_folder_is_one_clear_message() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = folder.path().join("run");
        fs::write(&run, "un fichier").expect("written");
        let error = write_all(&sample::record(), &run).expect_err("in the way").to_string();
        assert!(error.contains("run/record.json ne peut pas être écrit"), "{error}");
        assert_eq!(fs::read_to_string(&run).expect("kept"), "un fichier");
    }
}
