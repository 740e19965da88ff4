//! `MANIFEST.sha256`: the digest of every file, as `sha256sum --check` reads it.

use std::{collections::BTreeMap, fmt::Write};

use sha2::{Digest, Sha256};

use super::{BundleError, Files, SIGNATURE};

/// The manifest's name in a bundle.
pub const MANIFEST: &str = "MANIFEST.sha256";

/// The digests of the files of a bundle, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest(pub BTreeMap<String, String>);

/// A file that is not as the manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Its digest is another one.
    Changed(String),
    /// It is not there.
    Missing(String),
    /// The manifest does not know it.
    Unlisted(String),
}

impl Manifest {
    /// SHA-256 of these octets, in hexadecimal, as a manifest has it.
    #[must_use]
    pub fn digest(bytes: &[u8]) -> String {
        digest(bytes)
    }

    /// The manifest of these files; itself and its signature are left out.
    #[must_use]
    pub fn of(files: &Files) -> Self {
        Self(
            files
                .iter()
                .filter(|(name, _)| *name != MANIFEST && *name != SIGNATURE)
                .map(|(name, bytes)| (name.clone(), digest(bytes)))
                .collect(),
        )
    }

    /// Its text, one line a file.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (name, digest)| {
            writeln!(text, "{digest}  {name}").expect("writing to a string");
            text
        })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`BundleError::Manifest`]: a line that is no digest and name.
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let mut digests = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let bad =
                || BundleError::Manifest { line: index + 1, text: line.chars().take(80).collect() };
            let (digest, name) = line.split_once("  ").ok_or_else(bad)?;
            let sound = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
            if !sound || name.is_empty() {
                return Err(bad());
            }
            if digests.insert(name.to_owned(), digest.to_ascii_lowercase()).is_some() {
                return Err(bad());
            }
        }
        Ok(Self(digests))
    }

    /// What is not as it says, by name.
    #[must_use]
    pub fn check(&self, files: &Files) -> Vec<Mismatch> {
        let actual = Self::of(files);
        let mut mismatches = Vec::new();
        for (name, digest) in &self.0 {
            match actual.0.get(name) {
                None => mismatches.push(Mismatch::Missing(name.clone())),
                Some(found) if found != digest => mismatches.push(Mismatch::Changed(name.clone())),
                Some(_) => {}
            }
        }
        let unlisted = actual.0.keys().filter(|name| !self.0.contains_key(*name));
        mismatches.extend(unlisted.cloned().map(Mismatch::Unlisted));
        mismatches
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string");
        text
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn files(names: &[(&str, &str)]) -> Files {
        names.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn it_reads_back() {
        let manifest = Manifest::of(&files(&[("a b.txt", "1"), ("transcripts/c.jsonl", "")]));
        assert_eq!(Manifest::parse(&manifest.render()).expect("sound"), manifest);
        assert!(manifest.render().contains(
            "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  a b.txt\n"
        ));
    }

    #[test]
    fn what_differs_is_named() {
        let manifest = Manifest::of(&files(&[("a", "1"), ("b", "2"), ("c", "3")]));
        let found = manifest.check(&files(&[("a", "1"), ("b", "other"), ("d", "4")]));
        assert_eq!(
            found,
            [
                Mismatch::Changed("b".into()),
                Mismatch::Missing("c".into()),
                Mismatch::Unlisted("d".into())
            ]
        );
    }

    #[rstest]
    #[case::words("voici mon dossier")]
    #[case::short("6b86  a")]
    #[case::no_name("6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  ")]
    #[case::twice(concat!(
        "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  a\n",
        "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  a\n"
    ))]
    fn what_is_no_manifest_is_refused(#[case] text: &str) {
        assert!(matches!(Manifest::parse(text), Err(BundleError::Manifest { .. })));
    }
}
