//! Both files of a matrix at once.

use std::path::{Path, PathBuf};

use proof::matrix::Matrix;

use super::page;
use crate::{ReportError, file, json};

/// The files written for a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixFiles {
    /// `mutants.json`.
    pub matrix: PathBuf,
    /// `mutants.html`.
    pub html: PathBuf,
}

/// Writes `mutants.json`, then `mutants.html`, to `folder`, which is created if need be.
///
/// # Errors
/// A file cannot be written; nothing is left of it then.
pub fn write_all(matrix: &Matrix, folder: &Path) -> Result<MatrixFiles, ReportError> {
    let written =
        MatrixFiles { matrix: folder.join("mutants.json"), html: folder.join("mutants.html") };
    file::write_atomically(&written.matrix, json::pretty(matrix)?.as_bytes())?;
    file::write_atomically(&written.html, page::render(matrix)?.as_bytes())?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::matrix::sample;

    #[test]
    fn a_matrix_reads_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let matrix = sample::matrix();
        let written = write_all(&matrix, &folder.path().join("neuf")).expect("written");
        let text = fs::read_to_string(&written.matrix).expect("read");
        assert_eq!(serde_json::from_str::<Matrix>(&text).expect("JSON"), matrix);
        assert!(fs::read_to_string(&written.html).expect("read").contains("</html>"));
    }

    #[test]
    fn the_format_stays_as_it_is() {
        insta::assert_snapshot!("mutants.json", json::pretty(&sample::matrix()).expect("rendered"));
    }
}
