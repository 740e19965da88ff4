//! The tests that were skipped in a run, which counts them as passed: what each lacked.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::exit::Trouble;

/// Tests named for each reason; a count tells the others.
const NAMED: usize = 3;

/// The file to which the tests of one run add what they lack ([`fixtures::skip`]).
#[derive(Debug)]
pub(crate) struct Skips {
    folder: TempDir,
}

impl Skips {
    /// An empty one.
    pub(crate) fn begin() -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(|error| {
            Trouble::environment(
                format!("aucun dossier temporaire ne peut être créé ({error})"),
                "vérifiez TMPDIR, et la place qui y reste",
            )
        })?;
        Ok(Self { folder })
    }

    /// Where the tests write.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("skips")
    }

    /// What to print last; `None` where nothing was skipped.
    pub(crate) fn told(&self) -> Option<String> {
        told(read(&self.file()))
    }
}

fn read(file: &Path) -> io::Result<String> {
    match fs::read(file) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn told(lines: io::Result<String>) -> Option<String> {
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) => return Some(format!("\n○ Tests sautés : illisibles ({error})\n")),
    };
    // By what lacks; a test that says it twice counts once.
    let mut lacking: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (test, what) in lines.lines().filter_map(|line| line.split_once('\t')) {
        let tests = lacking.entry(what).or_default();
        if !tests.contains(&test) {
            tests.push(test);
        }
    }
    if lacking.is_empty() {
        return None;
    }
    let count: usize = lacking.values().map(Vec::len).sum();
    let many = if count > 1 { "s" } else { "" };
    let mut text = format!(
        "\n○ {count} test{many} sauté{many}, que le compte tient pour réussi{many} ; il manquait :\n"
    );
    for (what, tests) in lacking {
        text += &format!("  ○ {what} : {}\n", tests.len());
        for test in tests.iter().take(NAMED) {
            text += &format!("      {test}\n");
        }
        if let more @ 1.. = tests.len().saturating_sub(NAMED) {
            text += &format!("      … et {more} autre{}\n", if more > 1 { "s" } else { "" });
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_skipped_says_nothing() {
        let skips = Skips::begin().expect("a folder");
        assert_eq!(skips.told(), None);
    }

    #[test]
    fn what_lacks_and_who_lacked_it() {
        let skips = Skips::begin().expect("a folder");
        let lines = "a::one\txmlsec1\nb\tExim absent\na::one\txmlsec1\na::two\txmlsec1\n\
                     a::three\txmlsec1\na::four\txmlsec1\na::five\txmlsec1\n";
        fs::write(skips.file(), lines).expect("written");
        insta::assert_snapshot!(skips.told().expect("some"));
    }

    #[test]
    fn one_alone() {
        let told = told(Ok("b\tExim\n".to_owned())).expect("one");
        assert!(
            told.contains("1 test sauté, que le compte tient pour réussi ; il manquait :\n"),
            "{told}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said() {
        let told = told(Err(io::Error::other("disque"))).expect("said");
        assert!(told.contains("illisibles (disque)"), "{told}");
    }
}
